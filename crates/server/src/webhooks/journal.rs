//! The one record of what webhooks have to tell: everybody adds to it, and it is in a file before clients can know.

mod durable;
mod segments;

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write as _},
    mem,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use durable::Durable;

use super::{
    checkpoint::last_known,
    clock::Clock,
    line::{self, Entry},
    lock,
    spool::{Folder, Segment, SpoolError, private},
};
use crate::metrics::{Dropped, Metrics};

/// Bytes that wait in memory while the file cannot be written, twice: those of the next attempt, and those behind them.
const MOST_PENDING: usize = 16 * 1024 * 1024;
/// Bytes that are too many to wait for the next write to a socket.
const MUCH: usize = 1024 * 1024;
/// Capacity that a buffer keeps.
const KEPT_CAPACITY: usize = 256 * 1024;
/// How long nothing is written after the system has refused to.
const PAUSE: Duration = Duration::from_secs(1);

/// How large and how safe the spool is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of all segments.
    pub(super) spool: u64,
    /// Bytes after which a segment is followed by another one.
    pub(super) segment: u64,
    /// Whether each write waits for the disk.
    pub(super) fsync: bool,
}

/// The record. Entries get their number and their time when they are [pushed](Self::push), in one order for all
/// threads; [`sync`](Self::sync) writes whatever anybody has pushed.
///
/// `sync` before writing to a socket is what makes the record complete: what a client can learn from the socket has
/// been pushed before, if by another shard, and is in the file before the client has it. A process that is killed
/// leaves the file's bytes to the system.
#[derive(Debug)]
pub(super) struct Journal {
    folder: Folder,
    bounds: Bounds,
    metrics: Arc<Metrics>,
    clock: Clock,
    pending: Mutex<Pending>,
    /// Its bytes, for those who must not wait for its lock.
    pending_bytes: AtomicUsize,
    /// Held while writing, never together with a lock of somebody who pushes.
    writer: Mutex<Writer>,
    segments: Mutex<VecDeque<Segment>>,
    /// Number of the last entry that was pushed.
    pushed: AtomicU64,
    /// Number of the last entry that is in the file, or is lost.
    written: AtomicU64,
    durable: Durable,
    /// The file has grown.
    grown: Notify,
}

#[derive(Debug)]
struct Pending {
    bytes: Vec<u8>,
    seq: u64,
    /// Entries that were dropped since it was taken: too much waited. Whoever pushes must not wait for a log.
    dropped: u64,
}

#[derive(Debug)]
struct Writer {
    file: File,
    segment: Segment,
    /// What is to be written; not empty between two calls only if writing has failed.
    buffer: Vec<u8>,
    /// Number of the last entry in the buffer, or in the file.
    seq: u64,
    /// Whether the file may have more than the segment's bytes: a part of what could not be written.
    torn: bool,
    retry_at: Option<Instant>,
}

impl Journal {
    /// Opens the record and notes that a process begins.
    pub(super) fn open(path: &Path, bounds: Bounds, metrics: Arc<Metrics>) -> Result<Self, SpoolError> {
        let folder = Folder::open(path)?;
        let mut found = folder.find().map_err(|error| folder.fault(error))?;
        let known = last_known(&folder).map_err(|error| folder.fault(error))?;
        let has_gap = known > found.seq;
        if has_gap {
            tracing::error!(
                "The spool of webhooks has lost its last lines ({} to {known}), by a power cut or because files were \
                 deleted; what they told is lost to the webhooks that had not read it",
                found.seq + 1
            );
            metrics.count_spool_error();
            found.seq = known;
        }
        // Lines that are lost leave a gap between two segments: within one, places would no longer be right.
        if found.segments.is_empty() || has_gap {
            found.segments.push_back(Segment { first: found.seq + 1, bytes: 0 });
        }
        let segment = *found.segments.back().expect("there is always a segment");
        let file = append_to(&folder.segment(segment.first)).map_err(|error| folder.fault(error))?;
        let journal = Self {
            clock: Clock::from(found.time_ms),
            pending: Mutex::new(Pending { bytes: Vec::new(), seq: found.seq, dropped: 0 }),
            pending_bytes: AtomicUsize::new(0),
            writer: Mutex::new(Writer {
                file,
                segment,
                buffer: Vec::new(),
                seq: found.seq,
                torn: false,
                retry_at: None,
            }),
            segments: Mutex::new(found.segments),
            pushed: AtomicU64::new(found.seq),
            written: AtomicU64::new(found.seq),
            durable: Durable::default(),
            grown: Notify::new(),
            folder,
            bounds,
            metrics,
        };
        journal.push(None, &Entry::Start);
        journal.sync();
        Ok(journal)
    }

    /// The folder of the record.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Adds an entry; without an application it concerns all.
    pub(super) fn push(&self, app_id: Option<&str>, entry: &Entry<'_>) {
        let json = line::json(entry);
        let mut pending = lock(&self.pending);
        if pending.bytes.len() + json.len() > MOST_PENDING {
            pending.dropped += 1;
            drop(pending);
            self.metrics.count_webhook_dropped(Dropped::SpoolError, 1);
            return;
        }
        let Pending { bytes, seq, .. } = &mut *pending;
        *seq += 1;
        line::append(bytes, *seq, self.clock.now_ms(), app_id, &json);
        self.pending_bytes.store(bytes.len(), Ordering::Relaxed);
        self.pushed.store(*seq, Ordering::Release);
    }

    /// Notes that time has passed, for those who wait for the end of a time.
    pub(super) fn tick(&self) {
        self.push(None, &Entry::Tick);
        self.sync();
    }

    /// Writes whatever has been pushed, by whomever. Afterwards it survives the process, unless the file cannot be
    /// written: that is logged and counted, and tried again later.
    pub(super) fn sync(&self) {
        if self.written.load(Ordering::Acquire) < self.pushed.load(Ordering::Acquire) {
            self.write();
        }
    }

    /// As [`sync`](Self::sync), but only where much waits: for those who go on pushing before they write to a socket.
    pub(super) fn sync_if_much(&self) {
        if self.pending_bytes.load(Ordering::Relaxed) >= MUCH {
            self.write();
        }
    }

    /// The last [`sync`](Self::sync): it does not wait for a better time, and counts what remains as lost.
    pub(super) fn close(&self) {
        let mut writer = lock(&self.writer);
        while !self.is_synced() && self.write_now(&mut writer) {}
        let mut pending = lock(&self.pending);
        let remains = [&writer.buffer, &pending.bytes].map(|bytes| lines(bytes)).iter().sum();
        log_dropped(mem::take(&mut pending.dropped));
        if remains > 0 {
            tracing::error!("{remains} entries of the spool of webhooks could not be written and are lost");
            self.metrics.count_webhook_dropped(Dropped::SpoolError, remains);
        }
    }

    #[cold]
    fn write(&self) {
        let mut writer = lock(&self.writer);
        if writer.retry_at.is_none_or(|at| Instant::now() >= at) {
            self.write_now(&mut writer);
        }
    }

    /// Answers whether it has succeeded.
    fn write_now(&self, writer: &mut Writer) -> bool {
        self.take_pending(writer);
        let result = self.write_buffer(writer);
        match &result {
            Ok(()) => {
                if writer.retry_at.take().is_some() {
                    tracing::info!("The spool of webhooks can be written again");
                }
                self.written.store(writer.seq, Ordering::Release);
                self.grown.notify_waiters();
            }
            Err(error) => {
                if writer.retry_at.is_none() {
                    tracing::error!(
                        %error,
                        "The spool of webhooks cannot be written ({}): what happens now waits in memory, is lost with \
                         the process, and after {MOST_PENDING} bytes at once",
                        self.folder.segment(writer.segment.first).display(),
                    );
                }
                self.metrics.count_spool_error();
                writer.retry_at = Some(Instant::now() + PAUSE);
                // What is there of the failed write takes room that others may need more.
                writer.torn = writer.torn && writer.file.set_len(writer.segment.bytes).is_err();
            }
        }
        result.is_ok()
    }

    /// Takes what has been pushed, unless too much waits already that could not be written.
    fn take_pending(&self, writer: &mut Writer) {
        let mut pending = lock(&self.pending);
        if writer.buffer.is_empty() {
            mem::swap(&mut writer.buffer, &mut pending.bytes);
        } else if writer.buffer.len() + pending.bytes.len() <= MOST_PENDING {
            writer.buffer.append(&mut pending.bytes);
        } else {
            return;
        }
        writer.seq = pending.seq;
        self.pending_bytes.store(0, Ordering::Relaxed);
        let dropped = mem::take(&mut pending.dropped);
        drop(pending);
        log_dropped(dropped);
    }

    fn write_buffer(&self, writer: &mut Writer) -> io::Result<()> {
        let Writer { file, segment, buffer, torn, .. } = writer;
        while !buffer.is_empty() {
            if *torn {
                file.set_len(segment.bytes)?;
                *torn = false;
            }
            if segment.bytes >= self.bounds.segment {
                let first = buffer_first(buffer).unwrap_or(segment.first + 1);
                // Both change or none: the bytes of one say nothing of the other.
                (*file, *segment) = (self.begin_segment(first)?, Segment { first, bytes: 0 });
                lock(&self.segments).push_back(*segment);
            }
            let lines = whole_lines(buffer, self.bounds.segment - segment.bytes);
            // If that fails a part may be there; the next attempt begins where this one did.
            *torn = true;
            file.write_all(&buffer[..lines])?;
            if self.bounds.fsync {
                file.sync_data()?;
            }
            *torn = false;
            segment.bytes += lines as u64;
            if let Some(last) = lock(&self.segments).back_mut() {
                last.bytes = segment.bytes;
            }
            buffer.drain(..lines);
        }
        buffer.shrink_to(KEPT_CAPACITY);
        Ok(())
    }

    // === for those who read ===

    /// Waits until the file grows. The future has to be made before looking whether it has.
    pub(super) fn grown(&self) -> tokio::sync::futures::Notified<'_> {
        self.grown.notified()
    }

    /// Now, as lines tell it; unix milliseconds that never go back.
    pub(super) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Whether everything is written that has been pushed.
    pub(super) fn is_synced(&self) -> bool {
        self.written() >= self.pushed.load(Ordering::Acquire)
    }

    /// Number of the last entry that is written.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }
}

fn log_dropped(dropped: u64) {
    if dropped > 0 {
        tracing::error!(
            "{dropped} entries of the spool of webhooks are lost: {MOST_PENDING} bytes waited to be written already"
        );
    }
}

/// The length of the lines that begin within so many bytes.
fn whole_lines(buffer: &[u8], room: u64) -> usize {
    let room = usize::try_from(room).map_or(buffer.len(), |room| room.min(buffer.len()));
    let rest = buffer[room..].iter().position(|byte| *byte == b'\n');
    rest.map_or(buffer.len(), |rest| room + rest + 1)
}

/// The number of the first line of a buffer.
fn buffer_first(buffer: &[u8]) -> Option<u64> {
    let line = buffer.split(|byte| *byte == b'\n').next()?;
    line::parse_head(line).ok().map(|(seq, _)| seq)
}

/// How many lines there are.
fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn append_to(path: &Path) -> io::Result<File> {
    private().append(true).open(path)
}

#[cfg(test)]
mod tests;
