//! What is remembered of a receiver, so that the next process goes on where this one ends.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    sync::Arc,
};

use gema_hub::Fact;
use serde::{Deserialize, Serialize};

use super::{
    names::Owner,
    reader::Position,
    spool::{Folder, private, replace},
    story::Story,
};

const STATE: &str = "state.json";
const ACCEPTED: &str = "accepted";

/// Where an event stands among all that are told: the line that it was told at, and its place among those of that line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) seq: u64,
    pub(super) index: u32,
}

/// An event that waits to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) place: Place,
    /// When it has happened, or its debounce has ended; unix milliseconds.
    pub(super) time_ms: u64,
    pub(super) fact: Fact<'static>,
}

/// The state of a receiver at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) url: String,
    /// Whose it is; states of earlier versions do not say.
    pub(super) owner: Option<Owner>,
    /// How far the spool has been read.
    pub(super) position: Position,
    /// Number of the last line that has been read.
    pub(super) read: u64,
    /// What has come of it.
    pub(super) story: Arc<Story>,
    /// What of it has not been accepted yet.
    pub(super) waiting: Vec<Waiting>,
}

/// The files of a receiver: its state, written from time to time, and the last event that it has accepted, written after
/// each request, so that little is sent again after a crash.
#[derive(Debug)]
pub(super) struct Files {
    name: String,
    accepted: File,
}

impl Files {
    /// The files of the receiver of this name, which are made if there are none.
    pub(super) fn open(folder: &Folder, name: String) -> io::Result<Self> {
        let path = folder.file(&format!("{name}.{ACCEPTED}"));
        let accepted = private().read(true).write(true).truncate(false).open(path)?;
        Ok(Self { name, accepted })
    }

    /// The state, if there is one.
    pub(super) fn read(&self, folder: &Folder) -> io::Result<Option<Checkpoint>> {
        read_state(folder, &self.name)
    }

    /// Writes the state.
    pub(super) fn write(folder: &Folder, name: &str, checkpoint: &Checkpoint) -> io::Result<()> {
        replace(&folder.file(&format!("{name}.{STATE}")), &serde_json::to_vec(checkpoint)?)
    }

    /// The last event that was accepted.
    pub(super) fn read_accepted(&self) -> Place {
        let mut bytes = [0; 40];
        let read = self.accepted.read_at(&mut bytes, 0).unwrap_or(0);
        parse_accepted(&bytes[..read]).unwrap_or_default()
    }

    /// Notes the last event that was accepted.
    pub(super) fn write_accepted(&self, place: Place) -> io::Result<()> {
        let text = format!("{:020} {:010}", place.seq, place.index);
        let line = format!("{text} {:08x}", crc32fast::hash(text.as_bytes()));
        self.accepted.write_all_at(line.as_bytes(), 0)
    }

    /// The name of the receiver.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// The names of receivers of which something is kept, and whose each is, where its state can be read and says so.
pub(super) fn kept(folder: &Folder) -> io::Result<BTreeMap<String, Option<Owner>>> {
    #[derive(Deserialize)]
    struct Owned {
        owner: Option<Owner>,
    }
    let mut kept = BTreeMap::new();
    for file in folder.names()? {
        let Some((name, kind)) = file.split_once('.').filter(|(_, kind)| [STATE, ACCEPTED].contains(kind))
        else {
            continue;
        };
        let owner = kept.entry(name.to_owned()).or_insert(None);
        if kind == STATE {
            let state = fs::read(folder.file(&file)).unwrap_or_default();
            *owner = serde_json::from_slice(&state).ok().and_then(|Owned { owner }| owner);
        }
    }
    Ok(kept)
}

/// Deletes what is kept of receivers that are not among these. `forget` is told the name and the last state of each.
pub(super) fn forget_others(
    folder: &Folder,
    names: &[String],
    mut forget: impl FnMut(&str, Option<Checkpoint>),
) -> io::Result<()> {
    for file in folder.names()? {
        let Some((name, kind)) = file.split_once('.').filter(|(_, kind)| [STATE, ACCEPTED].contains(kind))
        else {
            continue;
        };
        if names.iter().any(|known| known == name) {
            continue;
        }
        if kind == STATE {
            // Whatever it says, it goes.
            forget(name, read_state(folder, name).unwrap_or_default());
        }
        fs::remove_file(folder.file(&file))?;
    }
    Ok(())
}

/// Number of the last line that any receiver has read, by what is kept of all of them; what is damaged says nothing.
pub(super) fn last_known(folder: &Folder) -> io::Result<u64> {
    let mut last = 0;
    for file in folder.names()? {
        let known = match file.split_once('.') {
            Some((name, STATE)) => read_state(folder, name).ok().flatten().map(|state| state.read),
            Some((_, ACCEPTED)) => parse_accepted(&fs::read(folder.file(&file))?).map(|place| place.seq),
            _ => None,
        };
        last = last.max(known.unwrap_or(0));
    }
    Ok(last)
}

fn read_state(folder: &Folder, name: &str) -> io::Result<Option<Checkpoint>> {
    match fs::read(folder.file(&format!("{name}.{STATE}"))) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse_accepted(bytes: &[u8]) -> Option<Place> {
    let (text, checksum) = std::str::from_utf8(bytes).ok()?.rsplit_once(' ')?;
    if u32::from_str_radix(checksum, 16).ok()? != crc32fast::hash(text.as_bytes()) {
        return None;
    }
    let (seq, index) = text.split_once(' ')?;
    Some(Place { seq: seq.parse().ok()?, index: index.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let position = Position { segment: 1, offset: 2 };
        Checkpoint {
            url: "http://x/".to_owned(),
            owner: None,
            position,
            read: 3,
            story: Arc::default(),
            waiting: Vec::new(),
        }
    }

    #[test]
    fn what_is_remembered_is_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        let files = Files::open(&folder, "app-1".to_owned()).unwrap();
        assert_eq!(files.read(&folder).unwrap(), None);
        assert_eq!(files.read_accepted(), Place::default());
        Files::write(&folder, files.name(), &checkpoint()).unwrap();
        let place = Place { seq: u64::MAX, index: u32::MAX };
        files.write_accepted(place).unwrap();
        let files = Files::open(&folder, "app-1".to_owned()).unwrap();
        assert_eq!(files.read(&folder).unwrap(), Some(checkpoint()));
        assert_eq!(files.read_accepted(), place);
    }

    #[test]
    fn a_damaged_note_of_what_was_accepted_counts_as_none() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        let files = Files::open(&folder, "app-1".to_owned()).unwrap();
        files.write_accepted(Place { seq: 7, index: 1 }).unwrap();
        files.accepted.write_all_at(b"9", 0).unwrap();
        assert_eq!(files.read_accepted(), Place::default());
    }

    #[test]
    fn the_last_line_that_anybody_has_read_is_known_without_the_lines() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        assert_eq!(last_known(&folder).unwrap(), 0);
        Files::write(&folder, "app-1", &checkpoint()).unwrap();
        assert_eq!(last_known(&folder).unwrap(), 3);
        let files = Files::open(&folder, "app-2".to_owned()).unwrap();
        assert_eq!(last_known(&folder).unwrap(), 3, "an empty file says nothing");
        files.write_accepted(Place { seq: 7, index: 1 }).unwrap();
        fs::write(folder.file("app-3.state.json"), "").unwrap();
        assert_eq!(last_known(&folder).unwrap(), 7);
    }

    #[test]
    fn receivers_that_are_no_longer_configured_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        for name in ["app-1", "app-2"] {
            Files::open(&folder, name.to_owned()).unwrap();
            Files::write(&folder, name, &checkpoint()).unwrap();
        }
        let forget = || {
            let mut forgotten = Vec::new();
            let forget = |name: &str, state| forgotten.push((name.to_owned(), state));
            forget_others(&folder, &["app-1".to_owned()], forget).unwrap();
            forgotten
        };
        assert_eq!(forget(), [("app-2".to_owned(), Some(checkpoint()))]);
        assert_eq!(forget(), []);
        let files = Files::open(&folder, "app-1".to_owned()).unwrap();
        assert!(files.read(&folder).unwrap().is_some());
    }
}
