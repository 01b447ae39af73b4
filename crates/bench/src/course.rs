//! Flows of events through a server, one phase after the other.

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::{
    churn::Churn,
    crowd::Crowd,
    flow::{Flow, Plan},
    progress::Progress,
    tally::Tally,
    target::{Target, Watchdog},
    timeline::Timeline,
    usage::Usage,
};

/// When the next event is nearer than this, the generator does not sleep: a poll wakes up to a millisecond late.
pub(crate) const SPIN: Duration = Duration::from_millis(2);
/// How long after the last delivery a further one would be noticed.
pub(crate) const AFTERMATH: Duration = Duration::from_millis(200);

/// Flows of events through a server.
#[derive(Debug)]
pub(crate) struct Course {
    crowd: Crowd,
    pub(crate) flows: Vec<Flow>,
    pub(crate) churn: Option<Churn>,
}

impl Course {
    /// Gathers everybody.
    pub(crate) fn gather(target: &Target, plans: Vec<Plan>) -> anyhow::Result<Self> {
        let mut crowd = Crowd::new(target)?;
        let flows =
            plans.into_iter().map(|plan| Flow::gather(plan, &mut crowd)).collect::<anyhow::Result<_>>()?;
        Ok(Self { crowd, flows, churn: None })
    }

    /// Nothing flows: so many connections that have subscribed to nothing.
    pub(crate) fn silent(target: &Target, sockets: usize) -> anyhow::Result<Self> {
        let mut crowd = Crowd::new(target)?;
        crowd.gather(sockets, |_| None)?;
        Ok(Self { crowd, flows: Vec::new(), churn: None })
    }

    /// Sends for so long, and waits until everybody has all of it; answers how long that took.
    pub(crate) fn phase(&mut self, length: Duration, timeline: &mut Timeline) -> anyhow::Result<Duration> {
        let start = Instant::now();
        self.flows.iter_mut().try_for_each(|flow| flow.begin(start))?;
        let end = start + length;
        if let Some(churn) = &mut self.churn {
            churn.begin(start);
        }
        let mut watchdog = Watchdog::new();
        let most = self.flows.iter().find_map(Flow::most);
        let progress = most.map_or_else(
            || Progress::new("seconds", length.as_secs()),
            |events| Progress::new("events", events),
        );
        loop {
            let next = self.send_due(end)?;
            if next.is_none() && self.is_complete() {
                return Ok(start.elapsed());
            }
            let pause = next.unwrap_or(end).saturating_duration_since(Instant::now()).saturating_sub(SPIN);
            self.receive(if next.is_some() { pause } else { AFTERMATH })?;
            timeline.tick(self.flows.iter().map(|flow| flow.tally.deliveries).sum());
            let sent = self.flows.iter().map(|flow| flow.tally.sent()).sum();
            progress.set(if most.is_some() { sent } else { start.elapsed().as_secs() });
            if watchdog.is_stuck(self.progress()) && !self.is_complete() {
                self.tell_what_is_missing()?;
            }
        }
    }

    fn is_complete(&self) -> bool {
        let churned = self.churn.as_ref().map_or(0, Churn::unconfirmed);
        churned == 0 && self.flows.iter().all(|flow| flow.is_complete(&self.crowd))
    }

    fn tell_what_is_missing(&self) -> anyhow::Result<()> {
        match self.flows.iter().map(Flow::missing).sum::<u64>() {
            0 => bail!("the server has stopped answering"),
            missing => bail!("{missing} deliveries are lost"),
        }
    }

    /// CPU time so far.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::so_far(self.crowd.target(), self.crowd.spun)
    }

    /// Takes what has come while nobody looked: whether somebody has been hung up on, above all.
    pub(crate) fn look(&mut self) -> anyhow::Result<()> {
        self.receive(Duration::ZERO)
    }

    /// Nothing more comes: what does is doubled.
    pub(crate) fn expect_silence(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        self.flows.iter_mut().try_for_each(|flow| flow.begin(start))?;
        while start.elapsed() < AFTERMATH {
            self.receive(AFTERMATH)?;
        }
        Ok(())
    }

    /// What all flows of the phase have seen.
    pub(crate) fn tally(&self) -> anyhow::Result<Tally> {
        let mut all = Tally::new(Instant::now(), 0)?;
        self.flows.iter().try_for_each(|flow| all.add(&flow.tally))?;
        Ok(all)
    }

    fn progress(&self) -> u64 {
        self.flows.iter().map(|flow| flow.tally.deliveries + flow.tally.sent()).sum()
    }

    /// Sends what is due; answers until when nothing is, or nothing when the phase is over.
    fn send_due(&mut self, end: Instant) -> anyhow::Result<Option<Instant>> {
        let mut next: Option<Instant> = None;
        for flow in &mut self.flows {
            let due = flow.send_due(&mut self.crowd, end)?;
            next = next.into_iter().chain(due).min();
        }
        if let Some(churn) = &mut self.churn {
            let due = churn.turn_over(&mut self.crowd, end)?;
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// Takes what has arrived.
    fn receive(&mut self, timeout: Duration) -> anyhow::Result<()> {
        let Self { crowd, flows, churn } = self;
        flows.iter_mut().for_each(Flow::begin_turn);
        crowd.turn(Some(timeout), |connection, socket, text| {
            match flows.iter_mut().find(|flow| flow.has(connection)) {
                Some(flow) => flow.take(connection, text),
                None => churn.as_mut().map_or(Ok(()), |churn| churn.take(connection, socket, text)),
            }
        })
    }
}
