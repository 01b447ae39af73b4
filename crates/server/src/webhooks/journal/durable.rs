//! What the disk has of the record.

use std::{
    fs::File,
    io,
    sync::{Mutex, MutexGuard},
};

use super::{Journal, lock};

/// How far the disk has the record. Whoever flushes holds it, so that others wait instead of flushing the same files.
#[derive(Debug, Default)]
pub(super) struct Durable(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    /// Number of the last entry that the last flush has found; 0 before the first one.
    pub(super) seq: u64,
    /// Whether the last flush has failed.
    failing: bool,
}

impl Durable {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl Journal {
    /// Waits until the disk has this entry, which is written, and with it all others that are: what is told must still
    /// be known after a power cut. Each failure is counted, and the first one of several is logged.
    pub(in crate::webhooks) fn flush(&self, seq: u64) {
        let mut durable = self.durable.lock();
        // Where each write waits for the disk, only what an earlier process has written may not be there yet.
        if durable.seq >= seq || (self.bounds.fsync && durable.seq > 0) {
            return;
        }
        let written = self.written();
        match self.flush_files(durable.seq + 1) {
            Ok(()) => {
                durable.seq = written;
                if std::mem::take(&mut durable.failing) {
                    tracing::info!("The spool of webhooks can be flushed to the disk again");
                }
            }
            Err(error) => {
                self.metrics.count_spool_error();
                if !std::mem::replace(&mut durable.failing, true) {
                    tracing::error!(
                        %error,
                        "The spool of webhooks cannot be flushed to the disk; what is told now may be forgotten by a \
                         power cut"
                    );
                }
            }
        }
    }

    /// Flushes the segments from the one with this entry on, and their names.
    fn flush_files(&self, seq: u64) -> io::Result<()> {
        let from = self.segment_of(seq);
        let firsts: Vec<_> = lock(&self.segments).iter().map(|segment| segment.first).collect();
        for first in firsts.into_iter().filter(|first| *first >= from) {
            match File::open(self.folder.segment(first)).and_then(|file| file.sync_data()) {
                // What has been deleted since need not be known any more.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        self.folder.flush()
    }
}
