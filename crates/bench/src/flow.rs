//! Numbered events to channels in turn.

use std::{ops::Range, time::Instant};

use anyhow::{Context as _, bail, ensure};

use crate::{
    course::AFTERMATH,
    crowd::Crowd,
    pace::{Next, Pace, Schedule},
    subscription::Place,
    tally::Tally,
};

/// The data of an event begins with its number, in so many digits.
const DIGITS: usize = 12;
const DATA: &[u8] = br#""data":""#;

/// Numbered events to channels in turn, each of which has the same number of subscribers.
#[derive(Debug)]
pub(crate) struct Flow {
    plan: Plan,
    /// Its connections: those of the first channel, of the second, and so on.
    members: Range<usize>,
    /// Its publishers, if it has any.
    publishers: Range<usize>,
    /// The number that each subscriber has to get next.
    expected: Vec<u64>,
    published: u64,
    /// Where the number stood in the last event: nearly always where it stands in the next.
    data_at: usize,
    /// The subscriber that got the last delivery in this turn.
    reader: Option<usize>,
    pub(crate) tally: Tally,
}

/// What flows.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The channels' names; the number of a channel is added when there are several.
    pub(crate) channel: &'static str,
    pub(crate) channels: usize,
    /// Of each channel.
    pub(crate) subscribers: usize,
    pub(crate) sender: Sender,
    pub(crate) pace: Pace,
    /// Bytes of the data of an event.
    pub(crate) payload: usize,
    /// No more events than this in a phase.
    pub(crate) most: Option<u64>,
}

/// Who sends the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// So many publishers, each for its share of the channels.
    Publishers(usize),
    /// The first subscriber of each channel, who does not get it.
    FirstSubscriber,
}

impl Flow {
    /// Gathers the subscribers.
    pub(crate) fn gather(plan: Plan, crowd: &mut Crowd) -> anyhow::Result<Self> {
        ensure!(plan.payload >= DIGITS, "--payload is at least {DIGITS}");
        let subscribers = plan.subscribers;
        let members = crowd.gather(plan.channels * subscribers, |member| {
            Some(Place::in_channel(plan.channel(member / subscribers)))
        })?;
        let publishers = match plan.sender {
            Sender::Publishers(count) => crowd.add_publishers(count),
            Sender::FirstSubscriber => 0..0,
        };
        let expected =
            members.clone().map(|member| ((member - members.start) / subscribers) as u64).collect();
        let tally = Tally::new(Instant::now(), 0)?;
        Ok(Self { plan, members, publishers, expected, published: 0, data_at: 0, reader: None, tally })
    }

    /// How many events there are in a phase, where that is what ends it.
    pub(crate) fn most(&self) -> Option<u64> {
        self.plan.most
    }

    /// Begins a new phase.
    pub(crate) fn begin(&mut self, start: Instant) -> anyhow::Result<()> {
        self.tally = Tally::new(start, self.published)?;
        Ok(())
    }

    /// Whether the connection belongs to it.
    pub(crate) fn has(&self, connection: usize) -> bool {
        self.members.contains(&connection)
    }

    /// Deliveries of events that were sent, which have not come yet. Nobody gets an event twice or leaves one out, so
    /// that none missing means that all have all.
    pub(crate) fn missing(&self) -> u64 {
        self.tally.sent() * self.plan.receivers() - self.tally.deliveries
    }

    /// Whether everything that was sent has been answered and delivered.
    pub(crate) fn is_complete(&self, crowd: &Crowd) -> bool {
        self.missing() == 0 && self.publishers.clone().all(|publisher| crowd.unanswered(publisher) == 0)
    }

    /// Sends what is due; answers until when nothing is, or nothing when the phase is over.
    pub(crate) fn send_due(&mut self, crowd: &mut Crowd, end: Instant) -> anyhow::Result<Option<Instant>> {
        loop {
            match self.next(end) {
                Next::Send(due) => {
                    self.send(crowd)?;
                    self.tally.send(due);
                }
                Next::Wait(until) => return Ok(Some(until)),
                Next::Over { unsent } => {
                    self.tally.unsent = unsent;
                    return Ok(None);
                }
            }
        }
    }

    fn next(&self, end: Instant) -> Next {
        let (now, sent) = (Instant::now(), self.tally.sent());
        match self.plan.pace {
            _ if self.plan.most == Some(sent) => Next::Over { unsent: 0 },
            Pace::Rate(rate) => Schedule { start: self.tally.start, end, rate }.next(sent, now),
            Pace::Outstanding(_) if now >= end => Next::Over { unsent: 0 },
            Pace::Outstanding(most) if self.missing() <= (most - 1) * self.plan.receivers() => {
                Next::Send(now)
            }
            // A delivery wakes it up before that.
            Pace::Outstanding(_) => Next::Wait(now + AFTERMATH),
        }
    }

    fn send(&mut self, crowd: &mut Crowd) -> anyhow::Result<()> {
        let channel = (self.published % self.plan.channels as u64) as usize;
        let name = self.plan.channel(channel);
        let data = format!("{:0DIGITS$}{}", self.published, "x".repeat(self.plan.payload - DIGITS));
        self.published += 1;
        match self.plan.sender {
            Sender::Publishers(count) => crowd.publish(self.publishers.start + channel % count, &name, &data),
            Sender::FirstSubscriber => {
                let sender = self.members.start + channel * self.plan.subscribers;
                let text = format!(r#"{{"event":"client-bench","data":"{data}","channel":"{name}"}}"#);
                crowd.connections[sender].send(&text)
            }
        }
    }

    /// A new turn of the poll begins: what comes for a connection comes in one read.
    pub(crate) fn begin_turn(&mut self) {
        self.reader = None;
    }

    /// Takes a message to one of its connections.
    pub(crate) fn take(&mut self, connection: usize, text: &[u8]) -> anyhow::Result<()> {
        let number = number(text, &mut self.data_at)?;
        let member = connection - self.members.start;
        if self.plan.sender == Sender::FirstSubscriber && member.is_multiple_of(self.plan.subscribers) {
            bail!("event {number} comes back to its sender");
        }
        let next = &mut self.expected[member];
        if number != *next || number >= self.published {
            bail!("event {number} arrives where event {next} has to follow");
        }
        *next += self.plan.channels as u64;
        self.tally.reads += u64::from(self.reader.replace(member) != Some(member));
        self.tally.take(number);
        Ok(())
    }
}

impl Plan {
    fn channel(&self, number: usize) -> String {
        match self.channels {
            1 => self.channel.to_owned(),
            // Of one length, so that the number of an event stands in one place.
            _ => format!("{}-{number:04}", self.channel),
        }
    }

    /// How many get an event.
    fn receivers(&self) -> u64 {
        match self.sender {
            Sender::Publishers(_) => self.subscribers as u64,
            Sender::FirstSubscriber => self.subscribers as u64 - 1,
        }
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
