//! The files that the record is in.

use std::{
    fs::{self, File},
    io,
};

use super::{Journal, Segment, append_to, lock};

impl Journal {
    /// The empty file of the segment that begins with this line. One that is there is of an attempt that has failed.
    pub(super) fn begin_segment(&self, first: u64) -> io::Result<File> {
        let file = append_to(&self.folder.segment(first))?;
        file.set_len(0)?;
        if self.bounds.fsync {
            self.folder.flush()?;
        }
        Ok(file)
    }

    /// The segment that begins with this line, and the first line of the one that follows it.
    pub(in crate::webhooks) fn segment(&self, first: u64) -> Option<(Segment, Option<u64>)> {
        let segments = lock(&self.segments);
        let at = segments.iter().position(|segment| segment.first == first)?;
        Some((segments[at], segments.get(at + 1).map(|segment| segment.first)))
    }

    /// The first line of the segment that has this one.
    pub(in crate::webhooks) fn segment_of(&self, seq: u64) -> u64 {
        let segments = lock(&self.segments);
        let behind = segments.partition_point(|segment| segment.first <= seq);
        segments[behind.saturating_sub(1)].first
    }

    /// The first segment.
    pub(in crate::webhooks) fn oldest(&self) -> Segment {
        *lock(&self.segments).front().expect("there is always a segment")
    }

    /// The segment that is being written.
    pub(in crate::webhooks) fn newest(&self) -> Segment {
        *lock(&self.segments).back().expect("there is always a segment")
    }

    /// Bytes of all segments.
    pub(in crate::webhooks) fn bytes(&self) -> u64 {
        lock(&self.segments).iter().map(|segment| segment.bytes).sum()
    }

    /// Deletes the segments of which everybody who reads has read all: they are in the one that begins with `needed`, or
    /// behind it.
    pub(in crate::webhooks) fn delete_before(&self, needed: u64) {
        loop {
            let first = {
                let mut segments = lock(&self.segments);
                match segments.front() {
                    Some(segment) if segments.len() > 1 && segment.first < needed => segments.pop_front(),
                    _ => return,
                }
            };
            let Some(segment) = first else { return };
            if let Err(error) = fs::remove_file(self.folder.segment(segment.first)) {
                tracing::error!(%error, "A file of the spool of webhooks cannot be deleted");
            }
        }
    }

    /// The first line of the segment at which reading has to begin if the spool is to be within its bound.
    pub(in crate::webhooks) fn first_within_bound(&self) -> u64 {
        let segments = lock(&self.segments);
        let (mut total, mut first) = (0, segments.back().map_or(0, |segment| segment.first));
        for segment in segments.iter().rev() {
            total += segment.bytes;
            if total > self.bounds.spool {
                break;
            }
            first = segment.first;
        }
        first
    }
}
