//! The folder in which webhooks wait: segments of lines, and what each receiver has been told.

use std::{
    collections::VecDeque,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::line;

/// Its existence and its lock say that a process uses the folder.
const LOCK: &str = "lock";
/// A random text that tells this spool from any other.
const IDENTITY: &str = "id";
const EXTENSION: &str = "log";
/// What a file is called before it is whole.
const UNFINISHED: &str = "new";

/// Why a spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Another process has it.
    #[error(
        "the folder {} is in use by another process: give each its own (GEMA_WEBHOOK_SPOOL)",
        .0.display()
    )]
    InUse(PathBuf),
    /// The system refuses something.
    #[error("the folder {} for webhooks cannot be used (GEMA_WEBHOOK_SPOOL): {error}", .path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The folder, which this process alone uses.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Tells this spool from any other.
    pub(super) identity: String,
    /// The folder itself, to flush the names in it. It stays open, so that no lack of descriptors is in the way.
    pub(super) names: File,
    _lock: File,
}

/// A file of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// Number of its first line.
    pub(super) first: u64,
    /// Bytes that are complete.
    pub(super) bytes: u64,
}

/// What an earlier process has left.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In their order.
    pub(super) segments: VecDeque<Segment>,
    /// Number of the last line.
    pub(super) seq: u64,
    /// Time of the last line.
    pub(super) time_ms: u64,
}

impl Folder {
    /// Takes the folder, which is made if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, SpoolError> {
        let fault = |error| SpoolError::Io { path: path.to_owned(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        let lock = private().append(true).open(path.join(LOCK)).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SpoolError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        if fs::metadata(path).map_err(fault)?.mode() & 0o022 != 0 {
            tracing::warn!(
                "Others may write to the folder {} of webhooks (GEMA_WEBHOOK_SPOOL)",
                path.display()
            );
        }
        let identity = identity(path).map_err(fault)?;
        let names = File::open(path).map_err(fault)?;
        let folder = Self { path: path.to_owned(), identity, names, _lock: lock };
        folder.remove_unfinished().map_err(fault)?;
        Ok(folder)
    }

    /// Removes what an earlier process could not finish; what stays is in nobody's way.
    fn remove_unfinished(&self) -> io::Result<()> {
        let is_unfinished = |name: &String| Path::new(name).extension().is_some_and(|end| end == UNFINISHED);
        for name in self.names()?.into_iter().filter(is_unfinished) {
            if let Err(error) = fs::remove_file(self.file(&name)) {
                tracing::warn!(%error, "The file {name} of the spool of webhooks cannot be deleted");
            }
        }
        Ok(())
    }

    /// The path of a file in the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The path of a segment.
    pub(super) fn segment(&self, first: u64) -> PathBuf {
        self.path.join(format!("{first:020}.{EXTENSION}"))
    }

    /// Waits until the disk has the names of the files.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.names.sync_all()
    }

    /// What is wrong with the folder.
    pub(super) fn fault(&self, error: io::Error) -> SpoolError {
        SpoolError::Io { path: self.path.clone(), error }
    }

    /// Names of the files in the folder.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    /// Looks for the segments of earlier processes, and cuts off a last line that was not finished.
    pub(super) fn find(&self) -> io::Result<Found> {
        let mut firsts: Vec<u64> = self
            .names()?
            .iter()
            .filter_map(|name| name.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok())
            .collect();
        firsts.sort_unstable();
        let mut found = Found::default();
        for (index, first) in firsts.iter().enumerate() {
            let path = self.segment(*first);
            let is_last = index + 1 == firsts.len();
            let bytes = if is_last { end_of(&path, *first, &mut found)? } else { fs::metadata(&path)?.len() };
            found.segments.push_back(Segment { first: *first, bytes });
        }
        Ok(found)
    }
}

/// Reads the last segment: where its last whole line ends, whose number and time are the last of the spool.
fn end_of(path: &Path, first: u64, found: &mut Found) -> io::Result<u64> {
    found.seq = first.saturating_sub(1);
    let mut reader = BufReader::new(File::open(path)?);
    let (mut end, mut line, mut at) = (0, Vec::new(), 0_u64);
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)? as u64;
        if read == 0 {
            break;
        }
        at += read;
        // A damaged line in the middle stays, for whoever reads it to report it; at the end it was never finished.
        if let Some((seq, time_ms)) = line.strip_suffix(b"\n").and_then(|line| line::parse_head(line).ok()) {
            (found.seq, found.time_ms, end) = (seq, time_ms, at);
        }
    }
    if end < at {
        tracing::warn!(
            bytes = at - end,
            "The spool of webhooks ends in a line that was not finished; it is cut off"
        );
        OpenOptions::new().write(true).open(path)?.set_len(end)?;
    }
    Ok(end)
}

fn identity(path: &Path) -> io::Result<String> {
    let path = path.join(IDENTITY);
    match fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let identity = format!("{:08x}", rand::random::<u32>());
    replace(&path, identity.as_bytes())?;
    Ok(identity)
}

/// Writes a file so that after a crash, even of the machine, it is the old one or the new one, whole.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension(UNFINISHED);
    let mut file = private().write(true).truncate(true).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(unfinished, path)?;
    flush(path.parent().unwrap_or(Path::new(".")))
}

/// Waits until the disk has the names of a folder's files.
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// How files are made that nobody else may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::line::{Entry, append, json};

    #[test]
    fn a_folder_belongs_to_one_process_and_keeps_its_identity() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("spool");
        let folder = Folder::open(&path).unwrap();
        assert!(matches!(Folder::open(&path), Err(SpoolError::InUse(_))));
        let identity = folder.identity.clone();
        drop(folder);
        assert_eq!(Folder::open(&path).unwrap().identity, identity);
    }

    #[test]
    fn a_line_that_was_not_finished_is_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        let mut lines = Vec::new();
        append(&mut lines, 5, 50, None, &json(&Entry::Tick));
        let whole = lines.len();
        append(&mut lines, 6, 60, None, &json(&Entry::Tick));
        for cut in whole + 1..lines.len() {
            fs::write(folder.segment(5), &lines[..cut]).unwrap();
            let found = folder.find().unwrap();
            assert_eq!((found.seq, found.time_ms), (5, 50));
            assert_eq!(found.segments, [Segment { first: 5, bytes: whole as u64 }]);
            assert_eq!(fs::read(folder.segment(5)).unwrap(), lines[..whole]);
        }
    }

    #[test]
    fn an_empty_segment_still_knows_its_number() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        fs::write(folder.segment(9), "").unwrap();
        assert_eq!(folder.find().unwrap().seq, 8);
    }
}
