//! One publisher, one channel, many subscribers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use hdrhistogram::Histogram;

use crate::{
    account::{Cpu, machine},
    crowd::{Channels, Crowd},
    progress::Progress,
    publisher::Publisher,
    report::Report,
    target::{Target, Watchdog},
    timeline::Timeline,
};

const CHANNEL: &str = "bench";
/// The data of an event begins with its number, in so many digits.
const DIGITS: usize = 12;
const DATA: &[u8] = br#""data":""#;
/// When the next event is nearer than this, the generator does not sleep: a poll wakes up to a millisecond late.
const SPIN: Duration = Duration::from_millis(2);
/// How long after the last delivery a further one would be noticed.
const AFTERMATH: Duration = Duration::from_millis(200);
const LONGEST: u64 = 60_000_000;

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Subscribers of the channel
    #[arg(long, default_value_t = 1000)]
    sockets: usize,
    /// Events per second, published whether or not the server keeps up
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// As many events as the server takes: the next one when fewer than so many are not delivered to all
    #[arg(long, value_name = "EVENTS", conflicts_with = "rate")]
    outstanding: Option<u64>,
    /// Length of the measured interval
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Seconds at the same pace before it
    #[arg(long, default_value_t = 1)]
    warmup: u32,
    /// Bytes of the data of an event
    #[arg(long, default_value_t = 100)]
    payload: usize,
}

/// CPU time in the measured interval.
#[derive(Debug)]
struct Used {
    /// Of the server, where its process is known.
    server: Option<Cpu>,
    generator: Cpu,
    /// Of all processes.
    machine: Duration,
}

/// When the next event is published.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// At fixed times.
    Rate(u32),
    /// When fewer than so many are not delivered to all.
    Outstanding(u64),
}

/// What one phase has seen.
#[derive(Debug)]
struct Tally {
    start: Instant,
    /// The number of its first event.
    first: u64,
    /// When each event had to be published, whether or not the ones before had been.
    due: Vec<Instant>,
    deliveries: u64,
    /// Reads that brought them: fewer when several deliveries came together.
    reads: u64,
    /// Microseconds from when an event had to be published to each delivery.
    latency: Histogram<u64>,
    elapsed: Duration,
}

#[derive(Debug)]
struct Fanout {
    crowd: Crowd,
    publisher: Publisher,
    /// The number that each subscriber has to get next.
    expected: Vec<u64>,
    payload: usize,
    published: u64,
    /// Where the number stood in the last event: nearly always where it stands in the next.
    data_at: usize,
    buffer: Box<[u8]>,
}

/// Publishes at a fixed rate to one channel; counts, checks and times every delivery.
///
/// # Errors
/// When a delivery is lost, doubled or out of order, or the server refuses something.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    let Options { target, sockets, rate, outstanding, seconds, warmup, payload } = options;
    ensure!(*payload >= DIGITS, "--payload is at least {DIGITS}");
    ensure!(*rate > 0 && *seconds > 0 && *sockets > 0, "--rate, --seconds and --sockets are at least 1");
    ensure!(*outstanding != Some(0), "--outstanding is at least 1");
    let pace = outstanding.map_or(Pace::Rate(*rate), Pace::Outstanding);
    let mut crowd = Crowd::new(target)?;
    crowd.gather(target, *sockets, Channels::Shared(CHANNEL))?;
    let mut fanout = Fanout {
        publisher: Publisher::connect(target, CHANNEL, crowd.poll.registry())?,
        crowd,
        expected: vec![0; *sockets],
        payload: *payload,
        published: 0,
        data_at: 0,
        buffer: vec![0; 64 * 1024].into_boxed_slice(),
    };
    fanout.publish(pace, *warmup, &mut Timeline::new(None))?;
    let before = Used::so_far(target)?;
    let mut timeline = Timeline::new(target.pid);
    let tally = fanout.publish(pace, *seconds, &mut timeline)?;
    let used = Used::so_far(target)?.since(&before);
    fanout.expect_silence()?;
    let mut report = report(&tally, &used);
    report.add_timeline(timeline);
    Ok(report)
}

impl Used {
    fn so_far(target: &Target) -> anyhow::Result<Self> {
        let server = target.pid.map(Cpu::of).transpose()?;
        Ok(Self { server, generator: Cpu::of(std::process::id())?, machine: machine()? })
    }

    fn since(self, earlier: &Self) -> Self {
        Self {
            server: self.server.zip(earlier.server.as_ref()).map(|(now, earlier)| now.since(earlier)),
            generator: self.generator.since(&earlier.generator),
            machine: self.machine.saturating_sub(earlier.machine),
        }
    }

    /// What neither `server` nor the generator has used.
    fn others(&self, server: &Cpu) -> Duration {
        self.machine.saturating_sub(server.total + self.generator.total)
    }
}

impl Fanout {
    /// Publishes for so long, and waits until everybody has all of it.
    fn publish(&mut self, pace: Pace, seconds: u32, timeline: &mut Timeline) -> anyhow::Result<Tally> {
        let progress = Progress::new("seconds", u64::from(seconds));
        let mut tally = Tally::new(self.published)?;
        let end = tally.start + Duration::from_secs(u64::from(seconds));
        let mut watchdog = Watchdog::new();
        loop {
            let next = self.publish_due(pace, &mut tally, end)?;
            let missing = self.missing(&tally);
            if next.is_none() && missing == 0 && self.publisher.unanswered == 0 {
                tally.elapsed = tally.start.elapsed();
                return Ok(tally);
            }
            let pause = next.unwrap_or(end).saturating_duration_since(Instant::now()).saturating_sub(SPIN);
            self.receive(if next.is_some() { pause } else { AFTERMATH }, &mut tally)?;
            timeline.tick(tally.deliveries);
            progress.set(tally.start.elapsed().as_secs());
            if watchdog.is_stuck(tally.deliveries + self.published) {
                bail!("{missing} deliveries are lost");
            }
        }
    }

    fn subscribers(&self) -> u64 {
        self.expected.len() as u64
    }

    /// Deliveries of events that were published, which have not come yet.
    fn missing(&self, tally: &Tally) -> u64 {
        tally.due.len() as u64 * self.subscribers() - tally.deliveries
    }

    /// Publishes what is due; answers until when nothing is, or nothing when the phase is over.
    fn publish_due(
        &mut self,
        pace: Pace,
        tally: &mut Tally,
        end: Instant,
    ) -> anyhow::Result<Option<Instant>> {
        loop {
            let now = Instant::now();
            let due = match pace {
                Pace::Rate(rate) => tally.start + Duration::from_secs(1) / rate * tally.due.len() as u32,
                Pace::Outstanding(most) if self.missing(tally) <= (most - 1) * self.subscribers() => now,
                // A delivery wakes it up before that.
                Pace::Outstanding(_) => now + AFTERMATH,
            };
            if due >= end {
                return Ok(None);
            }
            if due > now {
                return Ok(Some(due));
            }
            let data = format!("{:0DIGITS$}{}", self.published, "x".repeat(self.payload - DIGITS));
            self.publisher.publish(&data)?;
            self.published += 1;
            tally.due.push(due);
        }
    }

    /// Nothing more comes: what does is doubled.
    fn expect_silence(&mut self) -> anyhow::Result<()> {
        let mut tally = Tally::new(self.published)?;
        while tally.start.elapsed() < AFTERMATH {
            self.receive(AFTERMATH, &mut tally)?;
        }
        Ok(())
    }

    /// Takes what has arrived.
    fn receive(&mut self, timeout: Duration, tally: &mut Tally) -> anyhow::Result<()> {
        let Self { crowd, publisher, expected, published, data_at, buffer, .. } = self;
        let mut reader = None;
        crowd.turn(
            Some(timeout),
            |event| publisher.handle_event(event, buffer),
            |subscriber, _, text| {
                let number = number(text, data_at)?;
                let next = &mut expected[subscriber];
                if number != *next || number >= *published {
                    bail!("event {number} arrives where event {next} has to follow");
                }
                *next += 1;
                tally.reads += u64::from(reader.replace(subscriber) != Some(subscriber));
                tally.take(number);
                Ok(())
            },
        )
    }
}

impl Tally {
    fn new(first: u64) -> anyhow::Result<Self> {
        let latency = Histogram::new_with_bounds(1, LONGEST, 3)?;
        let (start, elapsed) = (Instant::now(), Duration::ZERO);
        Ok(Self { start, first, due: Vec::new(), deliveries: 0, reads: 0, latency, elapsed })
    }

    /// A delivery of the event of this number, which was published in this phase.
    fn take(&mut self, number: u64) {
        let due = self.due[(number - self.first) as usize];
        let late = Instant::now().saturating_duration_since(due).as_micros();
        self.latency.saturating_record(u64::try_from(late).unwrap_or(LONGEST));
        self.deliveries += 1;
    }
}

/// The number of an event, from the start of its data, which is looked for at `data_at` first.
fn number(text: &[u8], data_at: &mut usize) -> anyhow::Result<u64> {
    let unexpected = || format!("unexpected message: {}", String::from_utf8_lossy(text));
    if !text.get(*data_at..).is_some_and(|rest| rest.starts_with(DATA)) {
        *data_at = text.windows(DATA.len()).position(|window| window == DATA).with_context(unexpected)?;
    }
    let at = *data_at + DATA.len();
    let digits = text.get(at..at + DIGITS).with_context(unexpected)?;
    std::str::from_utf8(digits)?.parse().with_context(unexpected)
}

fn report(tally: &Tally, used: &Used) -> Report {
    let Tally { deliveries, reads, latency, elapsed, .. } = tally;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / *deliveries as f64;
    let percent = |time: Duration| 100.0 * time.as_secs_f64() / elapsed.as_secs_f64();
    let mut report = Report::new("fanout");
    report.add("deliveries", *deliveries as f64, 0);
    report.add("deliveries_per_second", *deliveries as f64 / elapsed.as_secs_f64(), 0);
    report.add("deliveries_per_read", *deliveries as f64 / *reads as f64, 3);
    report.add_latencies(latency);
    report.add("generator_cpu_percent", percent(used.generator.total), 0);
    report.warn_if_saturated(percent(used.generator.total));
    if let Some(server) = &used.server {
        report.add("server_cpu_percent", percent(server.total), 0);
        report.add("others_cpu_percent", percent(used.others(server)), 0);
        report.add("cpu_per_delivery_us", each(server.total), 3);
        for (name, user, system) in &server.threads {
            if *user + *system > Duration::ZERO {
                report.add(format!("thread_{name}_user_per_delivery_us"), each(*user), 3);
                report.add(format!("thread_{name}_system_per_delivery_us"), each(*system), 3);
            }
        }
    }
    report
}
