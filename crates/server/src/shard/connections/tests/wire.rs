//! A socket that behaves as told.

use std::{
    cell::{Ref, RefCell},
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Read, Write},
    rc::Rc,
};

use crate::shard::Wire;

/// What one read does.
#[derive(Debug, Clone)]
pub(super) enum ReadStep {
    /// As many of these bytes as there is room for; the rest stays for the next read.
    Bytes(Vec<u8>),
    WouldBlock,
    Interrupted,
    Reset,
    End,
}

/// What one write does.
#[derive(Debug, Clone)]
pub(super) enum WriteStep {
    /// Takes at most so many bytes.
    Take(usize),
    WouldBlock,
    Interrupted,
    Reset,
}

/// The server's end. Without a script it has nothing to read and takes whatever is written.
#[derive(Debug)]
pub(super) struct ScriptedWire(Rc<RefCell<Script>>);

/// The test's end.
#[derive(Debug, Clone, Default)]
pub(super) struct Peer(Rc<RefCell<Script>>);

#[derive(Debug, Default)]
struct Script {
    reads: VecDeque<ReadStep>,
    writes: VecDeque<WriteStep>,
    written: Vec<u8>,
    writing_ended: bool,
    dropped: bool,
}

impl Peer {
    pub(super) fn wire(&self) -> ScriptedWire {
        ScriptedWire(Rc::clone(&self.0))
    }

    pub(super) fn will_read(&self, steps: impl IntoIterator<Item = ReadStep>) {
        self.0.borrow_mut().reads.extend(steps);
    }

    pub(super) fn will_write(&self, steps: impl IntoIterator<Item = WriteStep>) {
        self.0.borrow_mut().writes.extend(steps);
    }

    /// From now on the socket takes whatever is written.
    pub(super) fn takes_everything(&self) {
        self.0.borrow_mut().writes.clear();
    }

    pub(super) fn written(&self) -> Ref<'_, [u8]> {
        Ref::map(self.0.borrow(), |script| &*script.written)
    }

    /// Whether the server has said that it will write nothing more.
    pub(super) fn writing_ended(&self) -> bool {
        self.0.borrow().writing_ended
    }

    /// Whether the server has dropped the socket.
    pub(super) fn is_dropped(&self) -> bool {
        self.0.borrow().dropped
    }

    /// Whether the server has read all that there was.
    pub(super) fn is_read(&self) -> bool {
        self.0.borrow().reads.is_empty()
    }
}

impl Read for ScriptedWire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut script = self.0.borrow_mut();
        match script.reads.pop_front() {
            Some(ReadStep::Bytes(bytes)) => {
                let length = bytes.len().min(buffer.len());
                buffer[..length].copy_from_slice(&bytes[..length]);
                if length < bytes.len() {
                    script.reads.push_front(ReadStep::Bytes(bytes[length..].to_vec()));
                }
                Ok(length)
            }
            None | Some(ReadStep::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
            Some(ReadStep::Interrupted) => Err(ErrorKind::Interrupted.into()),
            Some(ReadStep::Reset) => Err(ErrorKind::ConnectionReset.into()),
            Some(ReadStep::End) => {
                script.reads.push_front(ReadStep::End);
                Ok(0)
            }
        }
    }
}

impl Write for ScriptedWire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut script = self.0.borrow_mut();
        assert!(!script.writing_ended, "the server writes after it has ended writing");
        let most = match script.writes.pop_front() {
            None => usize::MAX,
            Some(WriteStep::Take(most)) => most,
            Some(WriteStep::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
            Some(WriteStep::Interrupted) => return Err(ErrorKind::Interrupted.into()),
            Some(WriteStep::Reset) => return Err(ErrorKind::BrokenPipe.into()),
        };
        let before = script.written.len();
        for slice in slices {
            let room = most - (script.written.len() - before);
            script.written.extend(&slice[..slice.len().min(room)]);
        }
        Ok(script.written.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire for ScriptedWire {
    fn end_writing(&mut self) -> io::Result<()> {
        self.0.borrow_mut().writing_ended = true;
        Ok(())
    }
}

impl Drop for ScriptedWire {
    fn drop(&mut self) {
        self.0.borrow_mut().dropped = true;
    }
}
