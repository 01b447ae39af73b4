//! A shard as a thread, with services that show in which order things happen.

use std::{
    io::Read as _,
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use gema_hub::{Outboxes, Slot};
use gema_protocol::ws::{self, MessageLimit, OpCode};
use mio::Poll;

use super::{InboxSender, Measured, Message, Order, Service, Shard, inbox};

type Log = Arc<Mutex<Vec<String>>>;

/// Notes its calls. For each new connection it puts a delivery into the inbox of its own shard: something that
/// another thread has sent just then.
#[derive(Debug)]
struct Noting {
    log: Log,
    own_inbox: Arc<InboxSender<Order<(), &'static str>>>,
}

impl Noting {
    fn note(&self, what: &str) {
        self.log.lock().unwrap().push(what.to_owned());
    }
}

impl Measured for &'static str {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Service for Noting {
    type Welcome = ();
    type Delivery = &'static str;

    fn handle_connected(&mut self, _: Instant, slot: Slot, (): (), out: &mut Outboxes) {
        out.open(slot, 1000);
        self.note("connected");
        self.own_inbox.push(Order::Deliver("sent before the message"));
    }

    fn message_limit(&self, _: Slot) -> MessageLimit {
        MessageLimit { accept: 100, discard: 100 }
    }

    fn handle_message(&mut self, _: Instant, _: Slot, message: Message<'_>, _: &mut Outboxes) {
        if let Message::Text(text) = message {
            self.note(&text);
        }
    }

    fn handle_disconnected(&mut self, _: Instant, _: Slot, _: &mut Outboxes) {}

    fn handle_delivery(&mut self, _: Instant, delivery: &'static str, _: &mut Outboxes) -> usize {
        self.note(delivery);
        1
    }

    fn handle_inbox_emptied(&mut self) {
        self.note("emptied");
    }

    fn handle_shutdown(&mut self, _: &mut Outboxes) {}
}

/// Both ends of a connection, the second one non-blocking.
fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    (client, stream)
}

/// What a message subscribes to is counted from there: the inbox must not be called empty while it holds what was
/// sent before, or the subscriber would get that too.
#[test]
fn what_was_sent_before_a_message_behind_the_upgrade_is_delivered_before_the_inbox_is_called_empty() {
    let poll = Poll::new().unwrap();
    let (sender, inbox) = inbox(&poll, 1000).unwrap();
    let (sender, log) = (Arc::new(sender), Log::default());
    let service = Noting { log: Arc::clone(&log), own_inbox: Arc::clone(&sender) };
    let (_client, stream) = connected();
    let read_ahead = ws::masked(OpCode::Text, true, b"message", [1, 2, 3, 4]).into();
    sender.push(Order::Connect { stream: stream.into(), read_ahead, welcome: () });

    let shard = std::thread::spawn(move || Shard::new(poll, inbox, service).run());
    let give_up = Instant::now() + Duration::from_secs(10);
    while !log.lock().unwrap().iter().any(|what| what == "sent before the message") {
        assert!(Instant::now() < give_up);
        std::thread::yield_now();
    }
    sender.push(Order::Shutdown { grace: Duration::ZERO });
    shard.join().unwrap().unwrap();

    let log = log.lock().unwrap();
    let after_message = log.iter().skip_while(|what| *what != "message").skip(1).map(String::as_str);
    let until_delivered: Vec<_> =
        after_message.take_while(|what| *what != "sent before the message").collect();
    assert!(until_delivered.is_empty(), "{log:?}");
}

/// Sends what is delivered to its only connection.
#[derive(Debug)]
struct Sending {
    outbox: usize,
}

impl Measured for String {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Service for Sending {
    type Welcome = ();
    type Delivery = String;

    fn handle_connected(&mut self, _: Instant, slot: Slot, (): (), out: &mut Outboxes) {
        out.open(slot, self.outbox);
    }

    fn message_limit(&self, _: Slot) -> MessageLimit {
        MessageLimit { accept: 100, discard: 100 }
    }

    fn handle_message(&mut self, _: Instant, _: Slot, _: Message<'_>, _: &mut Outboxes) {}

    fn handle_disconnected(&mut self, _: Instant, _: Slot, _: &mut Outboxes) {}

    fn handle_delivery(&mut self, _: Instant, delivery: String, out: &mut Outboxes) -> usize {
        out.send_frame(Slot(0), ws::text(&delivery));
        1
    }

    fn handle_shutdown(&mut self, out: &mut Outboxes) {
        out.close(Slot(0), ws::close(4200, ""));
    }
}

#[test]
fn a_burst_that_is_larger_than_an_outbox_closes_nobody_who_reads() {
    let poll = Poll::new().unwrap();
    let (sender, inbox) = inbox(&poll, 10_000_000).unwrap();
    let (mut client, stream) = connected();
    sender.push(Order::Connect { stream: stream.into(), read_ahead: bytes::Bytes::new(), welcome: () });
    // All of it is in the inbox before the shard has its first turn.
    let message = "x".repeat(1000);
    for _ in 0..500 {
        sender.push(Order::Deliver(message.clone()));
    }
    sender.push(Order::Shutdown { grace: Duration::ZERO });
    let shard = std::thread::spawn(move || Shard::new(poll, inbox, Sending { outbox: 100_000 }).run());
    let mut received = Vec::new();
    client.read_to_end(&mut received).unwrap();
    shard.join().unwrap().unwrap();
    let expected =
        [ws::text(&message).as_bytes().repeat(500), ws::close(4200, "").as_bytes().to_vec()].concat();
    assert!(received == expected, "{} of {} bytes", received.len(), expected.len());
}

/// Notes what happens; each delivery is as much work as a turn may have.
#[derive(Debug)]
struct Heavy(Log);

impl Heavy {
    fn note(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }
}

impl Service for Heavy {
    type Welcome = ();
    type Delivery = &'static str;

    fn handle_connected(&mut self, _: Instant, slot: Slot, (): (), out: &mut Outboxes) {
        out.open(slot, 1000);
        self.note("connected");
    }

    fn message_limit(&self, _: Slot) -> MessageLimit {
        MessageLimit { accept: 100, discard: 100 }
    }

    fn handle_message(&mut self, _: Instant, _: Slot, _: Message<'_>, _: &mut Outboxes) {}

    fn handle_disconnected(&mut self, _: Instant, _: Slot, _: &mut Outboxes) {}

    fn handle_delivery(&mut self, _: Instant, delivery: &'static str, _: &mut Outboxes) -> usize {
        self.note(delivery);
        super::RECIPIENTS_PER_TURN
    }

    fn handle_turn_ended(&mut self, _: &super::Traffic) {
        self.note("turn");
    }

    fn handle_shutdown(&mut self, _: &mut Outboxes) {
        self.note("shutdown");
    }
}

/// A shard that finds these orders before its first turn; what it does until it ends.
fn heavy(fill: impl FnOnce(&InboxSender<Order<(), &'static str>>)) -> Vec<String> {
    let poll = Poll::new().unwrap();
    let (sender, inbox) = inbox(&poll, 1000).unwrap();
    fill(&sender);
    let log = Log::default();
    let service = Heavy(Arc::clone(&log));
    let shard = std::thread::spawn(move || Shard::new(poll, inbox, service).run());
    shard.join().unwrap().unwrap();
    std::mem::take(&mut *log.lock().unwrap())
}

#[test]
fn a_turn_ends_when_its_deliveries_were_for_many() {
    let log = heavy(|sender| {
        ["1", "2"].into_iter().for_each(|delivery| sender.push(Order::Deliver(delivery)));
        sender.push(Order::Shutdown { grace: Duration::ZERO });
    });
    assert_eq!(log, ["1", "turn", "2", "turn", "shutdown", "turn"]);
}

#[test]
fn who_connects_does_not_wait_behind_deliveries() {
    let (_client, stream) = connected();
    let log = heavy(|sender| {
        ["1", "2"].into_iter().for_each(|delivery| sender.push(Order::Deliver(delivery)));
        sender.push_urgent(Order::Connect {
            stream: stream.into(),
            read_ahead: bytes::Bytes::new(),
            welcome: (),
        });
        sender.push(Order::Shutdown { grace: Duration::ZERO });
    });
    assert_eq!(log, ["connected", "1", "turn", "2", "turn", "shutdown", "turn"]);
}

#[test]
fn the_end_comes_in_time_though_not_all_is_delivered() {
    let log = heavy(|sender| {
        (0..1000).for_each(|_| sender.push(Order::Deliver("1")));
        sender.push_urgent(Order::EndBy(Instant::now()));
        sender.push(Order::Shutdown { grace: Duration::from_secs(1000) });
    });
    assert_eq!(log, ["1", "turn", "shutdown"]);
}

#[test]
fn what_is_left_is_delivered_before_the_end_when_there_is_time() {
    let log = heavy(|sender| {
        sender.push_urgent(Order::EndBy(Instant::now() + Duration::from_secs(1000)));
        (0..10).for_each(|_| sender.push(Order::Deliver("1")));
        sender.push(Order::Shutdown { grace: Duration::ZERO });
    });
    assert_eq!(log.iter().filter(|what| *what == "1").count(), 10);
    assert_eq!(log[log.len() - 2..], ["shutdown", "turn"]);
}
