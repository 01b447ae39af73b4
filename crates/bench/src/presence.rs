//! A join storm: all subscribe to one presence channel at once.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use memchr::memmem;
use serde::Deserialize;

use crate::{
    course::AFTERMATH,
    crowd::Crowd,
    report::Report,
    subscription::{self, Place},
    target::{Target, Watchdog},
    usage::Usage,
};

const SUCCEEDED: &str = "pusher_internal:subscription_succeeded";
const ADDED: &[u8] = br#""event":"pusher_internal:member_added""#;
/// Before the id in the data of `member_added`, which is JSON in JSON.
const USER_ID: &[u8] = br#"user_id\":\""#;
/// Digits of an id.
const DIGITS: usize = 6;

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Presence {
    #[command(flatten)]
    target: Target,
    /// Members of the channel, one storm for each number
    #[arg(long, value_delimiter = ',', default_values_t = [625, 1250, 2500, 5000])]
    sizes: Vec<usize>,
}

/// A member's view of the channel.
#[derive(Debug, Clone, Default)]
struct View {
    /// A bit for each member that it knows of.
    seen: Vec<u64>,
}

#[derive(Debug)]
struct Storm {
    members: usize,
    views: Vec<View>,
    /// How often a member was told of a member.
    told: u64,
    finder: memmem::Finder<'static>,
    id: memmem::Finder<'static>,
}

/// What one storm has cost.
#[derive(Debug)]
struct Cost {
    elapsed: Duration,
    told: u64,
    used: Usage,
}

#[derive(Deserialize)]
struct Succeeded {
    event: String,
    data: String,
}

#[derive(Deserialize)]
struct Roster {
    presence: Members,
}

#[derive(Deserialize)]
struct Members {
    count: usize,
    ids: HashSet<String>,
}

impl Presence {
    /// Lets all subscribe at once, and waits until each has been told of each, itself included, exactly once. The cost
    /// is counted for each such telling, whether it came in the list or as `member_added`: a quadratic step would make
    /// it grow with the number of members.
    ///
    /// # Errors
    /// When somebody is told twice, or of somebody who is not there, or is not told.
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        let mut report = Report::new("presence");
        let mut points = Vec::new();
        for &members in &self.sizes {
            ensure!(members > 0 && members < 10_usize.pow(DIGITS as u32), "--sizes are below a million");
            let Cost { elapsed, told, used } = storm(&self.target, members)?;
            report.add(format!("seconds_{members}"), elapsed.as_secs_f64(), 3);
            report.add(format!("deliveries_{members}"), told as f64, 0);
            let generator = 100.0 * used.of_generator().as_secs_f64() / elapsed.as_secs_f64();
            report.add(format!("generator_cpu_percent_{members}"), generator, 0);
            report.warn_if_saturated(generator);
            // A small storm may cost less than what /proc counts in.
            if let Some(server) = used.of_server().filter(|server| !server.is_zero()) {
                points.push((told as f64, server.as_secs_f64()));
                report.add(
                    format!("cpu_per_delivery_us_{members}"),
                    server.as_secs_f64() * 1e6 / told as f64,
                    3,
                );
            }
        }
        if points.len() > 1 {
            report.add("fit_exponent", exponent(&points), 3);
            report.add_points("CPU of a join storm", "deliveries", "seconds", points);
        }
        Ok(report)
    }
}

fn storm(target: &Target, members: usize) -> anyhow::Result<Cost> {
    let mut crowd = Crowd::new(target)?;
    crowd.gather(members, |_| None)?;
    Usage::wait_for_rest(target)?;
    let before = Usage::so_far(target, crowd.spun)?;
    let start = Instant::now();
    for (index, connection) in crowd.connections.iter_mut().enumerate() {
        let channel = format!("presence-bench-{members}");
        let place = Place { channel, user_id: Some(format!("{index:0DIGITS$}")) };
        subscription::send(connection, target, &place)?;
    }
    let mut storm = Storm::new(members);
    let (mut watchdog, all) = (Watchdog::new(), (members * members) as u64);
    while storm.told < all {
        crowd.turn(Some(Duration::from_millis(100)), |index, _, text| storm.take(index, text))?;
        if watchdog.is_stuck(storm.told) {
            bail!("{} times somebody was not told of a member", all - storm.told);
        }
    }
    let elapsed = start.elapsed();
    let used = Usage::so_far(target, crowd.spun)?.since(&before);
    // Who is told once more is told twice.
    crowd.turn(Some(AFTERMATH), |index, _, text| storm.take(index, text))?;
    Ok(Cost { elapsed, told: storm.told, used })
}

impl Storm {
    fn new(members: usize) -> Self {
        let views = vec![View { seen: vec![0; members.div_ceil(64)] }; members];
        let (finder, id) = (memmem::Finder::new(ADDED), memmem::Finder::new(USER_ID));
        Self { members, views, told: 0, finder, id }
    }

    fn take(&mut self, member: usize, text: &[u8]) -> anyhow::Result<()> {
        let unexpected = || format!("unexpected message: {}", String::from_utf8_lossy(text));
        if self.finder.find(text).is_some() {
            let at = self.id.find(text).with_context(unexpected)? + USER_ID.len();
            let id = text.get(at..at + DIGITS).with_context(unexpected)?;
            return self.see(member, std::str::from_utf8(id)?);
        }
        let message: Succeeded = serde_json::from_slice(text).with_context(unexpected)?;
        ensure!(message.event == SUCCEEDED, unexpected());
        let Roster { presence: Members { count, ids } } = serde_json::from_str(&message.data)?;
        ensure!(count == ids.len(), "the list has {} members and says {count}", ids.len());
        ids.iter().try_for_each(|id| self.see(member, id))
    }

    fn see(&mut self, member: usize, id: &str) -> anyhow::Result<()> {
        let other: usize = id.parse().with_context(|| format!("nobody has the id {id}"))?;
        ensure!(other < self.members, "nobody has the id {id}");
        let (word, bit) = (&mut self.views[member].seen[other / 64], 1 << (other % 64));
        ensure!(*word & bit == 0, "member {member} is told of {id} twice");
        *word |= bit;
        self.told += 1;
        Ok(())
    }
}

/// How `y` grows with `x`: the slope of a line through the logarithms. 1 is linear, 2 quadratic.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logarithms = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let count = points.len() as f64;
    let (x_mean, y_mean) = (
        logarithms().map(|(x, _)| x).sum::<f64>() / count,
        logarithms().map(|(_, y)| y).sum::<f64>() / count,
    );
    let covariance: f64 = logarithms().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let variance: f64 = logarithms().map(|(x, _)| (x - x_mean).powi(2)).sum();
    covariance / variance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_tells_linear_from_quadratic() {
        let points = |power: i32| [1.0, 2.0, 4.0, 8.0].map(|x: f64| (x, 3.0 * x.powi(power)));
        assert!((exponent(&points(1)) - 1.0).abs() < 1e-9);
        assert!((exponent(&points(2)) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn who_is_told_twice_says_so() {
        let mut storm = Storm::new(2);
        let added =
            br#"{"event":"pusher_internal:member_added","channel":"c","data":"{\"user_id\":\"000001\"}"}"#;
        storm.take(0, added).unwrap();
        assert_eq!(storm.told, 1);
        assert_eq!(storm.take(0, added).unwrap_err().to_string(), "member 0 is told of 000001 twice");
    }
}
