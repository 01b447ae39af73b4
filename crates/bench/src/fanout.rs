//! One publisher, one channel, many subscribers; or many channels, each with a few.

use std::time::Duration;

use anyhow::ensure;

use crate::{
    course::Course,
    flow::{Plan, Sender},
    pace::{PaceOptions, positive, seconds},
    report::Report,
    target::Target,
    timeline::Timeline,
};

const CHANNEL: &str = "bench";
const PRIVATE_CHANNEL: &str = "private-bench";

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Fanout {
    #[command(flatten)]
    course: Options,
    /// Subscribers of the channel
    #[arg(long, default_value_t = 1000)]
    sockets: usize,
}

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Channels {
    #[command(flatten)]
    course: Options,
    /// Channels, to which events go in turn
    #[arg(long, default_value_t = 1000)]
    channels: usize,
    /// Subscribers of each channel
    #[arg(long, default_value_t = 5)]
    subscribers: usize,
    /// Connections of publishers, each for its share of the channels
    #[arg(long, default_value_t = 1)]
    publishers: usize,
}

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Whisper {
    #[command(flatten)]
    course: Options,
    /// Clients that send client events, each to a channel of its own
    #[arg(long, default_value_t = 50)]
    senders: usize,
    /// Subscribers of each channel, with the sender
    #[arg(long, default_value_t = 100)]
    members: usize,
}

/// Options of every scenario in which events flow.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    pace: PaceOptions,
    /// Length of the measured interval
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    seconds: f64,
    /// Seconds at the same pace before it
    #[arg(long, default_value_t = 1.0, value_parser = seconds)]
    warmup: f64,
    /// Bytes of the data of an event
    #[arg(long, default_value_t = 100)]
    payload: usize,
}

impl Fanout {
    /// Publishes to one channel; counts, checks and times every delivery.
    ///
    /// # Errors
    /// When a delivery is lost, doubled or out of order, or the server refuses something.
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        self.course.run("fanout", self.course.plan(CHANNEL, 1, self.sockets, Sender::Publishers(1)))
    }
}

impl Channels {
    /// Publishes to many channels in turn; counts, checks and times every delivery.
    ///
    /// # Errors
    /// As [`Fanout::run`].
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        ensure!(self.publishers > 0, "--publishers is at least 1");
        let sender = Sender::Publishers(self.publishers);
        self.course.run("channels", self.course.plan(CHANNEL, self.channels, self.subscribers, sender))
    }
}

impl Whisper {
    /// Client events in many channels in turn; counts, checks and times every delivery.
    ///
    /// # Errors
    /// As [`Fanout::run`].
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        ensure!(self.members > 1, "--members is at least 2: the sender does not get its event");
        let plan = self.course.plan(PRIVATE_CHANNEL, self.senders, self.members, Sender::FirstSubscriber);
        self.course.run("whisper", plan)
    }
}

impl Options {
    fn plan(&self, channel: &'static str, channels: usize, subscribers: usize, sender: Sender) -> Plan {
        let (pace, payload) = (self.pace.pace(), self.payload);
        Plan { channel, channels, subscribers, sender, pace, payload, most: None }
    }

    fn run(&self, scenario: &'static str, plan: Plan) -> anyhow::Result<Report> {
        ensure!(plan.channels > 0 && plan.subscribers > 0, "there is nobody to send to");
        let mut course = Course::gather(&self.target, vec![plan])?;
        course.phase(Duration::from_secs_f64(self.warmup), &mut Timeline::new(None))?;
        let before = course.usage()?;
        let mut timeline = Timeline::new(self.target.pid);
        let elapsed = course.phase(Duration::from_secs_f64(self.seconds), &mut timeline)?;
        let used = course.usage()?.since(&before);
        let mut report = Report::new(scenario);
        let tally = &course.flows[0].tally;
        tally.report(elapsed, "deliveries", &mut report);
        used.report(elapsed, "delivery", tally.deliveries, &mut report);
        report.add_timeline(timeline);
        course.expect_silence()?;
        Ok(report)
    }
}
