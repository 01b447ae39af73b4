//! Whether the server is there, or a single event only makes it seem absent.

use std::{collections::HashMap, mem};

use tracing::{info, warn};

use super::round::{Report, Tried, Verdict};

/// So many entries are remembered. To forget them costs no more than a try that is not counted.
const REMEMBERED: usize = 10_000;

/// What a relay has seen of the server.
///
/// An entry that finds the server absent does not count that as a try: in an outage this says nothing about the
/// entry. But where others get answers it is the entry that is at fault; this is so in the same round, and also when
/// there was an answer since the last time that the entry found nobody. As each try that is counted takes an answer
/// to another entry, no outage, however long, uses up more than one.
#[derive(Debug, Default)]
pub(super) struct Availability {
    /// How many rounds in a row have found it absent.
    absences: u32,
    /// How many rounds have got answers.
    answers: u64,
    /// The entries that have found it absent, and how many answers there had been then.
    suspects: HashMap<i64, u64>,
}

impl Availability {
    /// Whether the last that was seen of the server is that it was absent.
    pub(super) fn is_absent(&self) -> bool {
        self.absences > 0
    }

    /// Takes in what a round has found out, and makes failures of what is the entries' own fault. If the server is
    /// absent: in how many rounds in a row.
    pub(super) fn judge(&mut self, report: &mut Report, max_tries: u32) -> Option<u32> {
        self.answers += u64::from(report.answered);
        if self.suspects.len() > REMEMBERED {
            self.suspects.clear();
        }
        let mut absent = None;
        for Tried { entry, verdict } in &mut report.tried {
            let Verdict::Absent(reason) = verdict else {
                self.suspects.remove(&entry.id);
                continue;
            };
            let before = self.suspects.insert(entry.id, self.answers);
            if report.answered || before.is_some_and(|answers| answers < self.answers) {
                *verdict = Verdict::failed(entry, mem::take(reason), max_tries);
            } else {
                absent = Some(reason.clone());
            }
        }
        if let Some(reason) = absent {
            self.absences = self.absences.saturating_add(1);
            if self.absences == 1 {
                warn!(reason, "The outbox's events cannot be sent now; trying until they can");
            }
            return Some(self.absences);
        }
        if report.answered && mem::take(&mut self.absences) > 0 {
            info!("The outbox's events are sent again");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::entry::Entry;

    const MAX_TRIES: u32 = 100;
    const NONE: [i64; 0] = [];

    fn absent(id: i64) -> Tried {
        let row = (id, String::new(), "Paid".into(), r#"["a"]"#.into(), "{}".into(), None, 0, 0);
        Tried { entry: Entry::from(row), verdict: Verdict::Absent("gone".to_owned()) }
    }

    fn round(tried: Vec<Tried>, answered: bool) -> Report {
        Report { tried, answered, unfinished: false }
    }

    /// Lets a round find the server absent at these entries; which of them have failed themselves.
    fn failures(availability: &mut Availability, ids: &[i64], answered: bool) -> Vec<i64> {
        let mut report = round(ids.iter().copied().map(absent).collect(), answered);
        let pause = availability.judge(&mut report, MAX_TRIES);
        let failed = |tried: &Tried| matches!(tried.verdict, Verdict::Failed(_));
        let failed: Vec<i64> =
            report.tried.iter().filter(|tried| failed(tried)).map(|tried| tried.entry.id).collect();
        assert_eq!(
            pause.is_none(),
            failed.len() == ids.len(),
            "a pause unless all is the entries' own fault"
        );
        failed
    }

    #[test]
    fn an_entry_is_at_fault_when_others_get_answers_in_its_round() {
        let mut availability = Availability::default();
        assert_eq!(failures(&mut availability, &[1, 2], true), [1, 2]);
        assert!(!availability.is_absent());
    }

    #[test]
    fn an_entry_is_at_fault_once_for_each_time_that_others_have_got_answers_in_between() {
        let mut availability = Availability::default();
        assert_eq!(failures(&mut availability, &[1], false), NONE);
        assert_eq!(failures(&mut availability, &[1], false), NONE);
        assert_eq!(failures(&mut availability, &[], true), NONE);
        assert_eq!(failures(&mut availability, &[1, 2], false), [1]);
        assert_eq!(failures(&mut availability, &[1, 2], false), NONE);
    }

    #[test]
    fn absences_are_counted_until_there_is_an_answer() {
        let mut availability = Availability::default();
        let judge = |availability: &mut Availability, id| {
            availability.judge(&mut round(vec![absent(id)], false), MAX_TRIES)
        };
        assert_eq!([1, 2, 3].map(|id| judge(&mut availability, id)), [Some(1), Some(2), Some(3)]);
        assert_eq!(availability.judge(&mut round(Vec::new(), false), MAX_TRIES), None);
        assert!(availability.is_absent(), "a round without entries says nothing");
        assert_eq!(availability.judge(&mut round(Vec::new(), true), MAX_TRIES), None);
        assert_eq!(judge(&mut availability, 4), Some(1));
    }
}
