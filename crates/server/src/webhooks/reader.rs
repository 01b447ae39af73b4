//! Reading the record from a place on, across segments.

use std::{fs::File, io, os::unix::fs::FileExt as _, sync::Arc};

use serde::{Deserialize, Serialize};

use super::journal::Journal;

/// Bytes of one read.
const CHUNK: usize = 64 * 1024;

/// A place between two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The segment, by its first line.
    pub(super) segment: u64,
    /// Bytes of it that have been read.
    pub(super) offset: u64,
}

/// Reads lines. Its reads are of what has just been written, so that the system has it in memory, and of one chunk at a
/// time.
#[derive(Debug)]
pub(super) struct Reader {
    journal: Arc<Journal>,
    file: Option<File>,
    position: Position,
    buffer: Vec<u8>,
    /// How much of the buffer has been handed out.
    taken: usize,
}

impl Reader {
    /// Reads from here on. A place that is gone is replaced by the beginning of the oldest segment, or by the end of its
    /// own if that is shorter.
    pub(super) fn new(journal: Arc<Journal>, position: Position) -> Self {
        let position = match journal.segment(position.segment) {
            Some((segment, _)) => Position { offset: position.offset.min(segment.bytes), ..position },
            None => Self::beginning(&journal),
        };
        Self { journal, file: None, position, buffer: Vec::new(), taken: 0 }
    }

    /// The beginning of what is left.
    pub(super) fn beginning(journal: &Journal) -> Position {
        Position { segment: journal.oldest().first, offset: 0 }
    }

    /// The end of what has been written.
    pub(super) fn end(journal: &Journal) -> Position {
        let newest = journal.newest();
        Position { segment: newest.first, offset: newest.bytes }
    }

    /// Behind the last line that was handed out.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// The next line, without its line break; `None` when there is none yet.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let rest = &self.buffer[self.taken..];
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let start = self.taken;
                self.taken += length + 1;
                self.position.offset += length as u64 + 1;
                return Ok(Some(&self.buffer[start..start + length]));
            }
            if !self.read_more()? {
                return Ok(None);
            }
        }
    }

    /// Reads a chunk, of the next segment at the end of one. Answers whether there was something.
    fn read_more(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let Some((segment, next)) = self.journal.segment(self.position.segment) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "a segment of the spool is gone"));
        };
        let at = self.position.offset + self.buffer.len() as u64;
        if at >= segment.bytes {
            let Some(next) = next else { return Ok(false) };
            self.file = None;
            self.buffer.clear();
            self.position = Position { segment: next, offset: 0 };
            return Ok(true);
        }
        let file = match &mut self.file {
            Some(file) => file,
            file => file.insert(File::open(self.journal.folder().segment(self.position.segment))?),
        };
        let kept = self.buffer.len();
        let most = usize::try_from(segment.bytes - at).map_or(CHUNK, |left| left.min(CHUNK));
        self.buffer.resize(kept + most, 0);
        let read = file.read_at(&mut self.buffer[kept..], at)?;
        self.buffer.truncate(kept + read);
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a segment of the spool has lost its end",
            ));
        }
        Ok(true)
    }
}
