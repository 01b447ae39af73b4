//! What waits to be written to the sockets of one shard.

use std::{fmt, io::IoSlice, rc::Rc};

use gema_protocol::{
    codes::ErrorCode,
    server::ServerMessage,
    ws::{self, Frame},
};

/// Where a connection lives in its shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

impl Slot {
    /// The slot as an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// "No node."
const NONE: u32 = u32::MAX;
/// Most bytes that a queue may be allowed to hold: the counter has room for a close above them.
const MOST_BYTES: u32 = u32::MAX / 2;
/// Nodes that may stay allocated when nothing waits.
const IDLE_NODES: usize = 4096;

/// The queues of all connections of a shard, in one arena of nodes: a silent connection owns no heap memory, and
/// putting a frame that is already shared into a queue copies and allocates nothing.
///
/// Overflow rule: a connection for which as many bytes wait as its limit says gets nothing more; what it has not begun
/// to receive is replaced by an error and a close frame with code 4100. It is never skipped in silence.
#[derive(Debug)]
pub struct Outboxes {
    queues: Vec<Queue>,
    nodes: Vec<Node>,
    free: u32,
    /// Nodes that have been put into queues since the beginning, and those that have left them: the difference is in use.
    pushed: u64,
    released: u64,
    pushed_bytes: u64,
    written_bytes: u64,
    /// What has left a queue without being written.
    dropped: u64,
    dropped_bytes: u64,
    slow: u64,
    dirty: Vec<Slot>,
    closed: Vec<Slot>,
    observer: Option<Observer>,
}

/// What has been counted of all queues since the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Frames that have been written as a whole.
    pub written: u64,
    /// Bytes that have been written.
    pub written_bytes: u64,
    /// Bytes that wait to be written.
    pub waiting_bytes: u64,
    /// Connections that overflowed.
    pub slow: u64,
}

/// Sees every frame that is put into a queue: for `--debug`.
pub struct Observer(Box<Observe>);

type Observe = dyn FnMut(Slot, &Frame);

impl Observer {
    /// Calls `observe` with every frame.
    pub fn new(observe: impl FnMut(Slot, &Frame) + 'static) -> Self {
        Self(Box::new(observe))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer(..)")
    }
}

#[derive(Debug)]
struct Node {
    frame: Option<Rc<Frame>>,
    next: u32,
}

#[derive(Debug, Clone, Copy)]
struct Queue {
    head: u32,
    tail: u32,
    /// Bytes that wait, those of a half-written head included.
    bytes: u32,
    limit: u32,
    /// Bytes of the head that are written.
    written: u32,
    state: State,
    /// Whether the slot is in the list of those to flush.
    dirty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Vacant,
    Open,
    /// A close frame is in the queue: nothing may follow it.
    Closing,
}

const VACANT: Queue =
    Queue { head: NONE, tail: NONE, bytes: 0, limit: 0, written: 0, state: State::Vacant, dirty: false };

impl Default for Outboxes {
    fn default() -> Self {
        Self::new()
    }
}

impl Outboxes {
    /// No queues.
    #[must_use]
    pub fn new() -> Self {
        Self {
            queues: Vec::new(),
            nodes: Vec::new(),
            free: NONE,
            pushed: 0,
            released: 0,
            pushed_bytes: 0,
            written_bytes: 0,
            dropped: 0,
            dropped_bytes: 0,
            slow: 0,
            dirty: Vec::new(),
            closed: Vec::new(),
            observer: None,
        }
    }

    /// Shows every frame to `observer` from now on.
    pub fn observe(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    /// Opens the queue of a new connection that may hold `limit` bytes.
    pub fn open(&mut self, slot: Slot, limit: usize) {
        if self.queues.len() <= slot.index() {
            self.queues.resize(slot.index() + 1, VACANT);
        }
        let dirty = self.queues[slot.index()].dirty;
        self.queues[slot.index()] = Queue { state: State::Open, dirty, ..VACANT };
        self.set_limit(slot, limit);
    }

    /// Lets the queue of a connection hold `limit` bytes from now on.
    pub fn set_limit(&mut self, slot: Slot, limit: usize) {
        let limit = u32::try_from(limit).map_or(MOST_BYTES, |limit| limit.min(MOST_BYTES));
        self.queues[slot.index()].limit = limit;
    }

    /// Drops the queue of a connection with all that waits in it.
    pub fn drop_queue(&mut self, slot: Slot) {
        self.clear(slot, false);
        self.queues[slot.index()].state = State::Vacant;
    }

    /// Gives the memory of all slots from `slots` on back, whose connections are gone. Nothing may be dirty.
    pub fn shrink(&mut self, slots: usize) {
        debug_assert!(self.dirty.is_empty(), "what is dirty has a queue");
        self.queues.truncate(slots);
        self.queues.shrink_to_fit();
        self.dirty = Vec::new();
    }

    /// Sends a message to one connection.
    pub fn send(&mut self, slot: Slot, message: &ServerMessage<'_>) {
        self.send_frame(slot, message.encode());
    }

    /// Sends a frame to one connection.
    pub fn send_frame(&mut self, slot: Slot, frame: Frame) {
        self.send_shared(slot, &Rc::new(frame));
    }

    /// Sends a frame that other connections get as well. A connection that is closing or gone gets nothing.
    pub fn send_shared(&mut self, slot: Slot, frame: &Rc<Frame>) {
        let Some(queue) = self.queues.get(slot.index()) else { return };
        if queue.state != State::Open {
            return;
        }
        // Before the frame, not with it: a large one, such as the members of a large channel, is no sign of a slow reader.
        if queue.bytes >= queue.limit {
            self.overflow(slot);
        } else {
            self.push(slot, Rc::clone(frame));
        }
    }

    /// Sends an error message and a close frame with the same code. Nothing follows.
    pub fn reject(&mut self, slot: Slot, code: ErrorCode, message: &str) {
        self.send(slot, &ServerMessage::Error { code: code.number(), message });
        self.close(slot, ws::close(code.number(), message));
    }

    /// Sends a close frame. Nothing follows.
    pub fn close(&mut self, slot: Slot, frame: Frame) {
        if self.queues[slot.index()].state == State::Open {
            self.push(slot, Rc::new(frame));
            self.queues[slot.index()].state = State::Closing;
            self.closed.push(slot);
        }
    }

    fn overflow(&mut self, slot: Slot) {
        self.slow += 1;
        self.clear(slot, true);
        let limit = self.queues[slot.index()].limit;
        let message = format!(
            "The connection reads too slowly: {limit} bytes or more wait for it (GEMA_APP_MAX_OUTBOX_SIZE)"
        );
        let code = ErrorCode::OverCapacity.number();
        self.push(slot, Rc::new(ServerMessage::Error { code, message: &message }.encode()));
        self.close(slot, ws::close(code, &message));
    }

    /// What has been counted since the beginning.
    #[must_use]
    pub fn counts(&self) -> OutboxCounts {
        OutboxCounts {
            written: self.released - self.dropped,
            written_bytes: self.written_bytes,
            waiting_bytes: self.pushed_bytes - self.written_bytes - self.dropped_bytes,
            slow: self.slow,
        }
    }

    /// Whether the connection may still be sent something.
    #[must_use]
    pub fn is_open(&self, slot: Slot) -> bool {
        self.queues.get(slot.index()).is_some_and(|queue| queue.state == State::Open)
    }

    /// The code of the close frame that waits for the connection, if one does.
    #[must_use]
    pub fn close_code(&self, slot: Slot) -> Option<u16> {
        let queue = self.queues.get(slot.index()).filter(|queue| queue.state == State::Closing)?;
        let frame = self.nodes.get(queue.tail as usize)?.frame.as_ref()?;
        Some(u16::from_be_bytes(frame.payload().first_chunk().copied()?))
    }

    /// Whether nothing waits for the connection.
    #[must_use]
    pub fn is_empty(&self, slot: Slot) -> bool {
        self.queues[slot.index()].head == NONE
    }

    /// A connection that has something to be written; each comes once until more is sent to it.
    pub fn poll_dirty(&mut self) -> Option<Slot> {
        let slot = self.dirty.pop()?;
        self.queues[slot.index()].dirty = false;
        Some(slot)
    }

    /// A connection that has been closed from here since the last call.
    pub fn poll_closed(&mut self) -> Option<Slot> {
        self.closed.pop()
    }

    /// The bytes that wait for a connection, if they are of one frame.
    #[must_use]
    pub fn single(&self, slot: Slot) -> Option<&[u8]> {
        let queue = &self.queues[slot.index()];
        if queue.head == NONE || queue.head != queue.tail {
            return None;
        }
        let frame = self.nodes[queue.head as usize].frame.as_ref()?;
        Some(&frame.as_bytes()[queue.written as usize..])
    }

    /// Fills `slices` with the bytes that wait for a connection; answers how many slices were filled.
    pub fn fill<'a>(&'a self, slot: Slot, slices: &mut [IoSlice<'a>]) -> usize {
        let queue = &self.queues[slot.index()];
        let (mut node, mut skip, mut filled) = (queue.head, queue.written as usize, 0);
        while node != NONE && filled < slices.len() {
            let Node { frame, next } = &self.nodes[node as usize];
            let frame = frame.as_ref().expect("a node in a queue holds a frame");
            slices[filled] = IoSlice::new(&frame.as_bytes()[skip..]);
            (node, skip, filled) = (*next, 0, filled + 1);
        }
        filled
    }

    /// Takes `written` bytes off the front of a connection's queue.
    pub fn advance(&mut self, slot: Slot, written: usize) {
        let queue = self.queues[slot.index()];
        let (mut head, mut left) = (queue.head, queue.written as usize + written);
        while head != NONE {
            let node = &mut self.nodes[head as usize];
            let length = node.frame.as_ref().map_or(0, |frame| frame.len());
            if left < length {
                break;
            }
            left -= length;
            let next = node.next;
            self.release(head);
            head = next;
        }
        let queue = &mut self.queues[slot.index()];
        queue.head = head;
        queue.bytes -= written as u32;
        queue.written = left as u32;
        self.written_bytes += written as u64;
        if head == NONE {
            queue.tail = NONE;
        }
    }

    fn push(&mut self, slot: Slot, frame: Rc<Frame>) {
        if let Some(Observer(observe)) = &mut self.observer {
            observe(slot, &frame);
        }
        let size = frame.len() as u32;
        let node = self.take_node(frame);
        let queue = &mut self.queues[slot.index()];
        queue.bytes += size;
        self.pushed_bytes += u64::from(size);
        if queue.tail == NONE {
            queue.head = node;
        } else {
            self.nodes[queue.tail as usize].next = node;
        }
        queue.tail = node;
        if !queue.dirty {
            queue.dirty = true;
            self.dirty.push(slot);
        }
    }

    fn take_node(&mut self, frame: Rc<Frame>) -> u32 {
        self.pushed += 1;
        let node = Node { frame: Some(frame), next: NONE };
        if self.free == NONE {
            self.nodes.push(node);
            return (self.nodes.len() - 1) as u32;
        }
        let index = self.free;
        self.free = self.nodes[index as usize].next;
        self.nodes[index as usize] = node;
        index
    }

    fn release(&mut self, index: u32) {
        self.nodes[index as usize] = Node { frame: None, next: self.free };
        self.free = index;
        self.released += 1;
        if self.released == self.pushed && self.nodes.len() > IDLE_NODES {
            self.nodes = Vec::new();
            self.free = NONE;
        }
    }

    /// Empties a queue; with `keep_started` a head that is half written stays, so that the next frame begins where
    /// a frame may begin.
    fn clear(&mut self, slot: Slot, keep_started: bool) {
        let queue = self.queues[slot.index()];
        let keep = keep_started && queue.written > 0;
        let first = if keep { self.nodes[queue.head as usize].next } else { queue.head };
        let released = self.released;
        let mut node = first;
        while node != NONE {
            let next = self.nodes[node as usize].next;
            self.release(node);
            node = next;
        }
        let kept =
            if keep { self.nodes[queue.head as usize].frame.as_ref().map_or(0, |f| f.len()) } else { 0 };
        if keep {
            self.nodes[queue.head as usize].next = NONE;
        }
        self.dropped += self.released - released;
        self.dropped_bytes += u64::from(queue.bytes);
        let queue = &mut self.queues[slot.index()];
        if keep {
            queue.tail = queue.head;
            queue.bytes = kept as u32 - queue.written;
            self.dropped_bytes -= u64::from(queue.bytes);
        } else {
            *queue = Queue { limit: queue.limit, state: queue.state, dirty: queue.dirty, ..VACANT };
        }
    }
}

#[cfg(test)]
mod tests;
