//! Taking entries for one round of a relay.
//!
//! # Why nothing is doubled and no channel's order is broken
//!
//! On SQLite there is one relay. On PostgreSQL there may be many, each in a transaction of its own (READ COMMITTED:
//! every statement sees what was committed when it began). A round is: *look* for entries that could go, without a
//! lock; *take* a window of them with `FOR UPDATE SKIP LOCKED`; *check* them against all undelivered entries up to
//! the last one taken; send; delete or mark; commit. While nobody crashes:
//!
//! **Nothing is sent twice.** Only the relay that has an entry's lock sends it, and it keeps the lock until its
//! deletion is committed. Another relay that looked before and takes after finds the row gone: PostgreSQL locks the
//! newest version of a row and evaluates the condition on that, so neither a row that was deleted nor one that was
//! put off in between is taken.
//!
//! **No entry is sent before an earlier one of its channels.** Let `e` be taken by this relay, and `f` be earlier,
//! of the same channel, and committed before `e` was put in. When the check looks at `f`, the lock on `e` is held
//! already, and one of these is true:
//!
//! * `f` is taken by this round too. Then both are in one chain, and `f` goes first; if it fails, `e` stays.
//! * `f` is not in the snapshot. As it was committed before `e` was even put in, it has been deleted: it is
//!   delivered. (Or it is a dead letter, which holds back nobody.)
//! * `f` is in the snapshot but not taken: it waits after a failure, or another relay has it, which may have sent it
//!   already without having committed. Then `e` stays. What stays holds back its own later ones, as in [`Lanes`].
//!
//! What other relays do after the check does not matter: they cannot send `e`, and they leave everything later of its
//! channels, because `e` is in their snapshots until this round's commit.
//!
//! The first look is only there for progress: without it, the many entries behind a failed one would fill every
//! window, and other channels would starve. What it finds may be outdated; take and check decide. Both walks read
//! every entry that is held back, so a round costs more the more there are: some hundred milliseconds for 100,000.

use std::ops::ControlFlow;

use sqlx::Transaction;

use super::{
    database::{OutboxDatabase, Statements},
    entry::{Entry, Outline},
    lanes::Lanes,
};

/// How many outlines are read at a time.
const PAGE: i64 = 500;

/// For how many windows candidates are looked for, so that several relays find something each.
const WINDOWS: usize = 4;

/// What a relay has taken for one round.
#[derive(Debug)]
pub struct Claim<DB: Statements> {
    pub(super) entries: Entries,
    /// What holds the locks on the entries, where there are any.
    pub(super) transaction: Option<Transaction<'static, DB>>,
}

/// The entries of a round.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Those that may be sent, in the order of their ids.
    pub(super) ready: Vec<Entry>,
    /// Whether as many as permitted were taken, so that more may be there.
    pub(super) full: bool,
    /// Whether some of those that were taken have to wait for another relay.
    pub(super) waiting: bool,
    /// How many undelivered entries were looked at to find these.
    pub(super) looked_at: usize,
}

/// Takes up to `window` entries that are due at `now`.
pub(super) async fn take_entries<DB: OutboxDatabase>(
    connection: &mut DB::Connection,
    now: i64,
    window: usize,
) -> sqlx::Result<Entries> {
    let (candidates, looked_at) = candidates::<DB>(connection, now, window.saturating_mul(WINDOWS)).await?;
    if candidates.is_empty() {
        return Ok(Entries { looked_at, ..Entries::default() });
    }
    let limit = i64::try_from(window).unwrap_or(i64::MAX);
    let rows = DB::take(connection, &candidates, now, limit).await?;
    let taken: Vec<Entry> = rows.into_iter().map(Entry::from).collect();
    let full = taken.len() == window;
    let Some(last) = taken.last().map(|entry| entry.id) else {
        return Ok(Entries { looked_at, ..Entries::default() });
    };
    let mut lanes = Lanes::default();
    let mut permitted = vec![false; taken.len()];
    survey::<DB>(connection, last, |outline| {
        let own = taken.binary_search_by_key(&outline.id, |entry| entry.id);
        let admitted = lanes.admit(&outline.channels, own.is_ok());
        if let Ok(at) = own {
            permitted[at] = admitted;
        }
        ControlFlow::Continue(())
    })
    .await?;
    let waiting = permitted.contains(&false);
    let ready = taken.into_iter().zip(permitted).filter_map(|(entry, yes)| yes.then_some(entry)).collect();
    Ok(Entries { ready, full, waiting, looked_at })
}

/// The first entries that are due and wait for no entry that is not, and how many had to be looked at.
async fn candidates<DB: OutboxDatabase>(
    connection: &mut DB::Connection,
    now: i64,
    limit: usize,
) -> sqlx::Result<(Vec<i64>, usize)> {
    let mut lanes = Lanes::default();
    let mut candidates = Vec::new();
    let mut looked_at = 0;
    survey::<DB>(connection, i64::MAX, |outline| {
        looked_at += 1;
        if lanes.admit(&outline.channels, outline.available_at <= now) {
            candidates.push(outline.id);
        }
        if candidates.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .await?;
    Ok((candidates, looked_at))
}

/// Walks over the undelivered entries up to an id, in order. Each page is a statement of its own and sees what was
/// committed when it began.
async fn survey<DB: OutboxDatabase>(
    connection: &mut DB::Connection,
    up_to: i64,
    mut visit: impl FnMut(&Outline) -> ControlFlow<()>,
) -> sqlx::Result<()> {
    let mut after = 0;
    loop {
        let page = DB::outlines(connection, after, up_to, PAGE).await?;
        let complete = i64::try_from(page.len()).is_ok_and(|read| read < PAGE);
        for row in page {
            let outline = Outline::from(row);
            after = outline.id;
            if visit(&outline).is_break() {
                return Ok(());
            }
        }
        if complete {
            return Ok(());
        }
    }
}
