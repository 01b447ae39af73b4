//! The queues of a shard against the simplest model of them: a list of frames each.

use std::collections::BTreeSet;

use gema_protocol::ws::text;
use proptest::prelude::*;

use super::*;

const A: Slot = Slot(0);
const B: Slot = Slot(1);

fn outboxes(limit: usize) -> Outboxes {
    let mut out = Outboxes::new();
    out.open(A, limit);
    out.open(B, limit);
    out
}

fn frame(size: usize) -> Rc<Frame> {
    Rc::new(text(&"x".repeat(size)))
}

/// Everything that waits for a connection, filled into so many slices at most.
fn waiting(out: &Outboxes, slot: Slot, slices: usize) -> Vec<u8> {
    let mut buffers = vec![IoSlice::new(&[]); slices];
    let filled = out.fill(slot, &mut buffers);
    buffers[..filled].iter().flat_map(|buffer| buffer.iter().copied()).collect()
}

/// The error and the close frame of an outbox that has run over.
fn overflow_frames(limit: u32) -> [Frame; 2] {
    let message = format!(
        "The connection reads too slowly: {limit} bytes or more wait for it (GEMA_APP_MAX_OUTBOX_SIZE)"
    );
    [ServerMessage::Error { code: 4100, message: &message }.encode(), ws::close(4100, &message)]
}

#[test]
fn outboxes_that_were_made_by_default_are_as_good_as_new_ones() {
    let mut out = Outboxes::default();
    out.open(A, 100);
    out.send_shared(A, &frame(1));
    assert_eq!(waiting(&out, A, 4), frame(1).as_bytes());
}

#[test]
fn a_write_may_end_at_every_byte() {
    let frames = [frame(3), frame(0), frame(200)];
    let whole: Vec<u8> = frames.iter().flat_map(|frame| frame.as_bytes().to_vec()).collect();
    for first in 0..=whole.len() {
        for second in [0, 1, 4, 5, whole.len()] {
            let second = second.min(whole.len() - first);
            let mut out = outboxes(1000);
            for frame in &frames {
                out.send_shared(A, frame);
            }
            out.advance(A, first);
            assert_eq!(waiting(&out, A, 8), whole[first..]);
            out.advance(A, second);
            assert_eq!(waiting(&out, A, 8), whole[first + second..]);
            assert_eq!(out.is_empty(A), first + second == whole.len());
            out.send_shared(A, &frames[0]);
            assert_eq!(waiting(&out, A, 8), [&whole[first + second..], frames[0].as_bytes()].concat());
        }
    }
}

#[test]
fn a_queue_that_runs_over_keeps_the_frame_that_is_half_written_and_nothing_else() {
    let head = frame(10);
    for written in 0..=head.len() {
        let mut out = outboxes(40);
        out.send_shared(A, &head);
        out.send_shared(A, &frame(10));
        out.send_shared(A, &frame(10));
        out.advance(A, written);
        for _ in 0..4 {
            out.send_shared(A, &frame(20));
        }
        let rest = if written == 0 || written == head.len() { &[][..] } else { &head.as_bytes()[written..] };
        let [error, close] = overflow_frames(40);
        assert_eq!(waiting(&out, A, 8), [rest, error.as_bytes(), close.as_bytes()].concat(), "{written}");
        assert!(!out.is_open(A));
        assert_eq!(out.poll_closed(), Some(A));
        assert_eq!(out.poll_closed(), None);
        out.advance(A, rest.len() + error.len() + close.len());
        assert!(out.is_empty(A));
        assert_eq!((in_use(&out), out.queues[0].bytes), (0, 0));
    }
}

#[test]
fn a_frame_that_is_larger_than_the_limit_is_sent_to_who_reads() {
    let mut out = outboxes(40);
    for _ in 0..3 {
        out.send_shared(A, &frame(1000));
        assert!(out.is_open(A));
        out.advance(A, frame(1000).len());
    }
}

#[test]
fn a_queue_may_be_full_to_the_last_byte() {
    let mut out = outboxes(2 * frame(10).len());
    out.send_shared(A, &frame(10));
    out.send_shared(A, &frame(10));
    assert!(out.is_open(A));
    out.send_shared(A, &frame(0));
    assert!(!out.is_open(A));
    assert!(out.is_open(B), "the other queue has nothing to do with it");
}

#[test]
fn without_a_limit_the_counter_of_bytes_is_the_limit() {
    let mut out = outboxes(usize::MAX);
    let large = frame(1 << 24);
    for _ in 0..300 {
        out.send_shared(A, &large);
    }
    assert!(!out.is_open(A));
    assert!(waiting(&out, A, 2).len() < 1000, "an error and a close frame");
}

#[test]
fn nothing_follows_a_close_frame() {
    let mut out = outboxes(1000);
    let close = ws::close(4200, "bye");
    out.send_shared(A, &frame(1));
    out.close(A, close.clone());
    out.send_shared(A, &frame(2));
    out.send(A, &ServerMessage::Ping);
    out.reject(A, ErrorCode::Unauthorized, "no");
    out.close(A, ws::close(4201, "again"));
    assert_eq!(waiting(&out, A, 8), [frame(1).as_bytes(), close.as_bytes()].concat());
    assert_eq!((out.poll_closed(), out.poll_closed()), (Some(A), None));
}

#[test]
fn a_rejection_is_an_error_and_a_close_frame_with_the_same_code() {
    let mut out = outboxes(1000);
    let message = "é".repeat(100);
    out.reject(A, ErrorCode::OverCapacity, &message);
    let error = ServerMessage::Error { code: 4100, message: &message }.encode();
    assert_eq!(waiting(&out, A, 8), [error.as_bytes(), ws::close(4100, &message).as_bytes()].concat());
}

#[test]
fn a_queue_that_is_gone_or_never_was_takes_nothing() {
    let mut out = outboxes(1000);
    let shared = frame(1);
    out.send_shared(A, &shared);
    out.drop_queue(A);
    out.send_shared(A, &shared);
    out.send_shared(Slot(99), &shared);
    assert!(!out.is_open(A) && !out.is_open(Slot(99)));
    assert!(out.is_empty(A));
    assert_eq!(Rc::strong_count(&shared), 1);
    out.open(A, 1000);
    assert!(waiting(&out, A, 8).is_empty(), "a new connection begins with nothing");
}

#[test]
fn each_queue_that_has_something_is_dirty_once() {
    let mut out = outboxes(1000);
    let shared = frame(1);
    for slot in [A, B, A, B, A] {
        out.send_shared(slot, &shared);
    }
    let dirty: BTreeSet<Slot> = std::iter::from_fn(|| out.poll_dirty()).collect();
    assert_eq!(dirty, BTreeSet::from([A, B]));
    out.send_shared(A, &shared);
    out.drop_queue(A);
    out.open(A, 1000);
    out.send_shared(A, &shared);
    assert_eq!((out.poll_dirty(), out.poll_dirty()), (Some(A), None), "a reused slot is not there twice");
}

#[test]
fn the_arena_shrinks_when_nothing_waits_and_not_before() {
    let mut out = outboxes(1 << 20);
    let shared = frame(1);
    for round in 0..3 {
        for _ in 0..2 * IDLE_NODES {
            out.send_shared(A, &shared);
        }
        out.send_shared(B, &shared);
        assert_eq!(out.nodes.len(), 2 * IDLE_NODES + 1, "round {round}");
        out.advance(A, 2 * IDLE_NODES * shared.len());
        assert_eq!(out.nodes.len(), 2 * IDLE_NODES + 1, "somebody still waits");
        assert_eq!(waiting(&out, B, 8), shared.as_bytes());
        out.advance(B, shared.len());
        assert_eq!(out.nodes.capacity(), 0);
    }
    for _ in 0..IDLE_NODES {
        out.send_shared(A, &shared);
    }
    out.drop_queue(A);
    assert_eq!(out.nodes.len(), IDLE_NODES, "what is needed all the time stays");
    assert_eq!(Rc::strong_count(&shared), 1);
}

#[test]
fn an_observer_sees_each_frame_that_goes_into_a_queue() {
    let seen = Rc::new(std::cell::RefCell::new(Vec::new()));
    let mut out = outboxes(60);
    let log = Rc::clone(&seen);
    out.observe(Observer::new(move |slot, frame| log.borrow_mut().push((slot, frame.clone()))));
    out.send_shared(A, &frame(1));
    let large = frame(100);
    out.send_shared(B, &large);
    out.send_shared(B, &frame(1));
    let [error, close] = overflow_frames(60);
    assert_eq!(*seen.borrow(), [(A, text("x")), (B, Frame::clone(&large)), (B, error), (B, close)]);
}

/// Nodes that are in queues.
fn in_use(out: &Outboxes) -> usize {
    (out.pushed - out.released) as usize
}

// === against a model ===

#[derive(Debug, Clone)]
enum Operation {
    Open { slot: u32, limit: u16 },
    Send { slots: Vec<u32>, size: u8 },
    Close { slot: u32 },
    Reject { slot: u32 },
    Write { slot: u32, slices: u8, part: u8 },
    Drop { slot: u32 },
    PollDirty,
    PollClosed,
}

#[derive(Debug, Default)]
struct Model {
    frames: Vec<Vec<u8>>,
    written: usize,
    limit: usize,
    is_open: bool,
    /// Since the beginning, whoever was in the slot.
    counted: OutboxCounts,
}

impl Model {
    fn bytes(&self) -> Vec<u8> {
        self.frames.concat()[self.written..].to_vec()
    }

    fn send(&mut self, frame: &Frame) {
        if !self.is_open {
            return;
        }
        if self.bytes().len() >= self.limit {
            self.frames.truncate(usize::from(self.written > 0));
            self.counted.slow += 1;
            let [error, close] = overflow_frames(self.limit as u32);
            self.frames.push(error.as_bytes().to_vec());
            self.close(&close);
        } else {
            self.frames.push(frame.as_bytes().to_vec());
        }
    }

    fn close(&mut self, frame: &Frame) {
        if self.is_open {
            self.frames.push(frame.as_bytes().to_vec());
            self.is_open = false;
        }
    }

    fn write(&mut self, bytes: usize) {
        self.written += bytes;
        self.counted.written_bytes += bytes as u64;
        while self.frames.first().is_some_and(|frame| frame.len() <= self.written) {
            self.written -= self.frames.remove(0).len();
            self.counted.written += 1;
        }
    }
}

fn counts_of(models: &[Model]) -> OutboxCounts {
    let sum = |of: fn(&Model) -> u64| models.iter().map(of).sum();
    OutboxCounts {
        written: sum(|model| model.counted.written),
        written_bytes: sum(|model| model.counted.written_bytes),
        waiting_bytes: sum(|model| model.bytes().len() as u64),
        slow: sum(|model| model.counted.slow),
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    let slot = 0..4_u32;
    prop_oneof![
        2 => (slot.clone(), 0..700_u16).prop_map(|(slot, limit)| Operation::Open { slot, limit }),
        20 => (prop::collection::vec(slot.clone(), 1..5), any::<u8>())
            .prop_map(|(slots, size)| Operation::Send { slots, size }),
        1 => slot.clone().prop_map(|slot| Operation::Close { slot }),
        1 => slot.clone().prop_map(|slot| Operation::Reject { slot }),
        12 => (slot.clone(), 1..6_u8, any::<u8>())
            .prop_map(|(slot, slices, part)| Operation::Write { slot, slices, part }),
        1 => slot.prop_map(|slot| Operation::Drop { slot }),
        4 => Just(Operation::PollDirty),
        1 => Just(Operation::PollClosed),
    ]
}

fn apply(out: &mut Outboxes, models: &mut [Model; 4], operation: &Operation) {
    match operation {
        &Operation::Open { slot, limit } => {
            out.drop_queue(Slot(slot));
            out.open(Slot(slot), limit.into());
            let counted = models[slot as usize].counted;
            models[slot as usize] = Model { limit: limit.into(), is_open: true, counted, ..Model::default() };
        }
        Operation::Send { slots, size } => {
            let shared = frame(usize::from(*size));
            for &slot in slots {
                out.send_shared(Slot(slot), &shared);
                models[slot as usize].send(&shared);
            }
        }
        &Operation::Close { slot } => {
            out.close(Slot(slot), ws::close(4200, ""));
            models[slot as usize].close(&ws::close(4200, ""));
        }
        &Operation::Reject { slot } => {
            out.reject(Slot(slot), ErrorCode::PongTimeout, "x");
            models[slot as usize].send(&ServerMessage::Error { code: 4201, message: "x" }.encode());
            models[slot as usize].close(&ws::close(4201, "x"));
        }
        &Operation::Write { slot, slices, part } => {
            let bytes = waiting(out, Slot(slot), slices.into());
            let model = &models[slot as usize];
            let whole: Vec<u8> = model.frames.iter().take(slices.into()).flatten().copied().collect();
            assert_eq!(bytes, whole.get(model.written..).unwrap_or_default());
            let part = bytes.len() * usize::from(part) / 255;
            out.advance(Slot(slot), part);
            models[slot as usize].write(part);
        }
        &Operation::Drop { slot } => {
            out.drop_queue(Slot(slot));
            models[slot as usize] = Model { counted: models[slot as usize].counted, ..Model::default() };
        }
        Operation::PollDirty => drop(out.poll_dirty()),
        Operation::PollClosed => drop(out.poll_closed()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn queues_behave_as_lists_of_frames(operations in prop::collection::vec(operation(), 0..120)) {
        let mut out = Outboxes::new();
        (0..4).for_each(|slot| out.open(Slot(slot), 0));
        let mut models = [(); 4].map(|()| Model { is_open: true, ..Model::default() });
        for operation in &operations {
            apply(&mut out, &mut models, operation);
            for (slot, model) in (0..4).map(Slot).zip(&models) {
                prop_assert_eq!(waiting(&out, slot, 1000), model.bytes());
                prop_assert_eq!(out.queues[slot.index()].bytes as usize, model.bytes().len());
                prop_assert_eq!(out.is_open(slot), model.is_open);
                prop_assert_eq!(out.is_empty(slot), model.frames.is_empty());
            }
            prop_assert_eq!(in_use(&out), models.iter().map(|model| model.frames.len()).sum::<usize>());
            prop_assert_eq!(out.counts(), counts_of(&models));
        }
        (0..4).for_each(|slot| out.drop_queue(Slot(slot)));
        prop_assert!(in_use(&out) == 0 && out.nodes.iter().all(|node| node.frame.is_none()));
    }
}
