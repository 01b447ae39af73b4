//! One publisher, one channel, many subscribers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use hdrhistogram::Histogram;

use crate::{
    account::{Cpu, machine},
    crowd::{Channels, Crowd},
    publisher::Publisher,
    report::Report,
    target::{Target, Watchdog},
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
    /// Length of the measured interval
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Seconds at the same rate before it
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

/// What one phase has seen.
#[derive(Debug)]
struct Tally {
    /// When the first event had to be published, and its number.
    start: Instant,
    first: u64,
    interval: Duration,
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
    buffer: Box<[u8]>,
}

/// Publishes at a fixed rate to one channel; counts, checks and times every delivery.
///
/// # Errors
/// When a delivery is lost, doubled or out of order, or the server refuses something.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    let Options { target, sockets, rate, seconds, warmup, payload } = options;
    ensure!(*payload >= DIGITS, "--payload is at least {DIGITS}");
    ensure!(*rate > 0 && *seconds > 0 && *sockets > 0, "--rate, --seconds and --sockets are at least 1");
    let mut crowd = Crowd::new(target)?;
    crowd.gather(target, *sockets, Channels::Shared(CHANNEL))?;
    let mut fanout = Fanout {
        publisher: Publisher::connect(target, CHANNEL, crowd.poll.registry())?,
        crowd,
        expected: vec![0; *sockets],
        payload: *payload,
        published: 0,
        buffer: vec![0; 64 * 1024].into_boxed_slice(),
    };
    let interval = Duration::from_secs(1) / *rate;
    fanout.publish(interval, u64::from(*rate) * u64::from(*warmup))?;
    let before = Used::so_far(target)?;
    let tally = fanout.publish(interval, u64::from(*rate) * u64::from(*seconds))?;
    let used = Used::so_far(target)?.since(&before);
    fanout.expect_silence()?;
    Ok(report(&tally, &used))
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
    /// Publishes so many events and waits until everybody has all of them.
    fn publish(&mut self, interval: Duration, events: u64) -> anyhow::Result<Tally> {
        let mut tally = Tally::new(self.published, interval)?;
        let end = self.published + events;
        let expected = events * self.expected.len() as u64;
        let mut watchdog = Watchdog::new();
        while tally.deliveries < expected || self.publisher.unanswered > 0 {
            while self.published < end && tally.due(self.published) <= Instant::now() {
                let data = format!("{:0DIGITS$}{}", self.published, "x".repeat(self.payload - DIGITS));
                self.publisher.publish(&data)?;
                self.published += 1;
            }
            let next = tally.due(self.published).saturating_duration_since(Instant::now());
            self.receive(next.saturating_sub(SPIN), &mut tally)?;
            if watchdog.is_stuck(tally.deliveries + self.published) {
                bail!("{} of {expected} deliveries are lost", expected - tally.deliveries);
            }
        }
        tally.elapsed = tally.start.elapsed();
        Ok(tally)
    }

    /// Nothing more comes: what does is doubled.
    fn expect_silence(&mut self) -> anyhow::Result<()> {
        let mut tally = Tally::new(self.published, Duration::ZERO)?;
        while tally.start.elapsed() < AFTERMATH {
            self.receive(AFTERMATH, &mut tally)?;
        }
        Ok(())
    }

    /// Takes what has arrived.
    fn receive(&mut self, timeout: Duration, tally: &mut Tally) -> anyhow::Result<()> {
        let Self { crowd, publisher, expected, published, buffer, .. } = self;
        let mut reader = None;
        crowd.turn(
            Some(timeout),
            |event| publisher.handle_event(event, buffer),
            |subscriber, _, text| {
                let number = number(text)?;
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
    fn new(first: u64, interval: Duration) -> anyhow::Result<Self> {
        let latency = Histogram::new_with_bounds(1, LONGEST, 3)?;
        let start = Instant::now();
        Ok(Self { start, first, interval, deliveries: 0, reads: 0, latency, elapsed: Duration::ZERO })
    }

    /// When the event of this number has to be published, whether or not the ones before have been.
    fn due(&self, number: u64) -> Instant {
        self.start + self.interval * (number - self.first) as u32
    }

    fn take(&mut self, number: u64) {
        let late = Instant::now().saturating_duration_since(self.due(number)).as_micros();
        self.latency.saturating_record(u64::try_from(late).unwrap_or(LONGEST));
        self.deliveries += 1;
    }
}

/// The number of an event, from the start of its data.
fn number(text: &[u8]) -> anyhow::Result<u64> {
    let unexpected = || format!("unexpected message: {}", String::from_utf8_lossy(text));
    let at =
        text.windows(DATA.len()).position(|window| window == DATA).with_context(unexpected)? + DATA.len();
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
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        let milliseconds = latency.value_at_quantile(quantile) as f64 / 1e3;
        report.add(format!("latency_{name}_ms"), milliseconds, 2);
    }
    report.add("generator_cpu_percent", percent(used.generator.total), 0);
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
