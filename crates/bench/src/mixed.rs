//! Everything at the same time, for as long as one likes.

use std::time::Duration;

use anyhow::ensure;

use crate::{
    churn::Churn,
    course::Course,
    flow::{Plan, Sender},
    pace::{PaceOptions, positive, seconds},
    report::Report,
    target::Target,
    timeline::Timeline,
};

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Mixed {
    #[command(flatten)]
    target: Target,
    /// Of each kind: events to a large channel, events to many small ones, client events
    #[command(flatten)]
    pace: PaceOptions,
    /// Subscribers of the large channel
    #[arg(long, default_value_t = 500)]
    sockets: usize,
    /// Small channels with five subscribers each
    #[arg(long, default_value_t = 50)]
    channels: usize,
    /// Clients that send client events, each to a channel with 25 members
    #[arg(long, default_value_t = 10)]
    senders: usize,
    /// Members of a presence channel who come and go
    #[arg(long, default_value_t = 100)]
    churners: usize,
    /// Connections per second that begin, in place of the oldest ones of these
    #[arg(long, default_value_t = 20.0, value_parser = positive)]
    churn: f64,
    /// Length of the measured interval
    #[arg(long, default_value_t = 60.0, value_parser = positive)]
    seconds: f64,
    /// Seconds at the same pace before it
    #[arg(long, default_value_t = 1.0, value_parser = seconds)]
    warmup: f64,
    /// Bytes of the data of an event
    #[arg(long, default_value_t = 100)]
    payload: usize,
}

impl Mixed {
    /// Lets everything happen; counts, checks and times every delivery.
    ///
    /// # Errors
    /// When a delivery is lost, doubled or out of order, or the server refuses something.
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        ensure!(
            self.sockets > 0 && self.channels > 0 && self.senders > 0,
            "--sockets, --channels and --senders are at least 1"
        );
        let mut course = Course::gather(&self.target, self.plans())?;
        course.churn = (self.churners > 0).then(|| Churn::new(&self.target, self.churners, self.churn));
        course.phase(Duration::from_secs_f64(self.warmup), &mut Timeline::new(None))?;
        let before = course.usage()?;
        let mut timeline = Timeline::new(self.target.pid);
        let elapsed = course.phase(Duration::from_secs_f64(self.seconds), &mut timeline)?;
        let used = course.usage()?.since(&before);
        let mut report = Report::new("mixed");
        let tally = course.tally()?;
        tally.report(elapsed, "deliveries", &mut report);
        if let Some(churn) = &course.churn {
            report.add("connections_begun", churn.begun as f64, 0);
            report.add("connections_subscribed", churn.subscribed as f64, 0);
        }
        used.report(elapsed, "delivery", tally.deliveries, &mut report);
        report.add_timeline(timeline);
        course.expect_silence()?;
        Ok(report)
    }

    fn plans(&self) -> Vec<Plan> {
        let flow = |channel, channels, subscribers, sender| Plan {
            channel,
            channels,
            subscribers,
            sender,
            pace: self.pace.pace(),
            payload: self.payload,
            most: None,
        };
        vec![
            flow("bench", 1, self.sockets, Sender::Publishers(1)),
            flow("bench-small", self.channels, 5, Sender::Publishers(1)),
            flow("private-bench", self.senders, 25, Sender::FirstSubscriber),
        ]
    }
}
