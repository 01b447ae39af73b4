//! Connections over TLS over simulated sockets.

use std::{
    io::{Read as _, Write as _},
    sync::Arc,
    time::Instant,
};

use gema_hub::Slot;
use proptest::prelude::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion,
    crypto::aws_lc_rs::default_provider,
    version::{TLS12, TLS13},
};

use super::{
    Call, Command, Connections, Peer, ReadStep, Recorder, Seen, WriteStep, close, frames, recorder, text,
    wire::ScriptedWire,
};
use crate::shard::Tls;

/// A record of TLS and what is around it are never more than this over what is in it.
const RECORD: usize = 16 * 1024;

/// One connection over TLS, and the client's end.
struct Encrypted {
    connections: Connections<Recorder, Tls<ScriptedWire>>,
    now: Instant,
    slot: Slot,
    peer: Peer,
    client: ClientConnection,
    /// What the client has been sent, as far as it was decrypted.
    taken: usize,
    received: Vec<u8>,
}

impl Encrypted {
    fn new(version: &'static SupportedProtocolVersion, outbox: usize) -> Self {
        let (client, server) = shake_hands(version);
        let now = Instant::now();
        let peer = Peer::default();
        let mut connections = Connections::new(Recorder::new(outbox), now);
        let slot = connections.insert(now, Tls::new(peer.wire(), server), ());
        Self { connections, now, slot, peer, client, taken: 0, received: Vec::new() }
    }

    /// What the client sends for these bytes, in records of at most so many bytes.
    fn encrypt(&mut self, bytes: &[u8], record: usize) -> Vec<u8> {
        let mut sent = Vec::new();
        for part in bytes.chunks(record) {
            self.client.writer().write_all(part).unwrap();
            self.drain(&mut sent);
        }
        sent
    }

    fn drain(&mut self, sent: &mut Vec<u8>) {
        while self.client.wants_write() {
            self.client.write_tls(sent).unwrap();
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        let sent = self.encrypt(bytes, RECORD);
        self.peer.will_read([ReadStep::Bytes(sent)]);
        self.readable();
    }

    /// One turn in which there is something to read, as the system tells without an end in sight.
    fn readable(&mut self) {
        self.connections.handle_readable(self.now, self.slot, false);
        self.connections.flush(self.now);
    }

    /// Turns until nothing more is to be read.
    fn read_all(&mut self) {
        self.readable();
        while self.connections.has_more_to_read() {
            self.connections.read_more(self.now);
            self.connections.flush(self.now);
        }
    }

    fn send(&mut self, message: &str) {
        self.connections.deliver(self.now, Command::Send(self.slot, message.to_owned()));
    }

    fn writable(&mut self) {
        self.connections.handle_writable(self.now, self.slot);
        self.connections.flush(self.now);
    }

    /// What the client has decrypted of all that has been written.
    fn received(&mut self) -> Vec<Seen> {
        let written = self.peer.written()[self.taken..].to_vec();
        self.taken += written.len();
        let mut rest = &written[..];
        while !rest.is_empty() {
            self.client.read_tls(&mut rest).unwrap();
            self.client.process_new_packets().unwrap();
            // The end is told by `WouldBlock`, or by a close of TLS.
            let _ = self.client.reader().read_to_end(&mut self.received);
        }
        frames(&self.received)
    }

    fn calls(&self) -> &[Call] {
        self.connections.service().calls()
    }
}

/// Both ends after a handshake in memory.
fn shake_hands(version: &'static SupportedProtocolVersion) -> (ClientConnection, ServerConnection) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets().unwrap();
        }
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets().unwrap();
        }
    }
    (client, server)
}

#[test]
fn many_frames_become_one_record_and_one_write() {
    for version in [&TLS12, &TLS13] {
        let mut encrypted = Encrypted::new(version, 1_000_000);
        encrypted.peer.will_write([WriteStep::Take(usize::MAX), WriteStep::WouldBlock]);
        let texts: Vec<_> = (0..50).map(|at| format!("message {at}")).collect();
        for text in &texts {
            encrypted.send(text);
        }
        encrypted.connections.flush(encrypted.now);
        let records = encrypted.peer.written().len();
        assert!(records < texts.iter().map(|text| 2 + text.len()).sum::<usize>() + 40, "{records} bytes");
        assert_eq!(encrypted.received(), texts.into_iter().map(Seen::Text).collect::<Vec<_>>());
    }
}

/// Nothing is left in the outbox then, but something behind it.
#[test]
fn the_rest_of_a_record_goes_out_when_the_socket_takes_bytes_again() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    encrypted.peer.will_write([WriteStep::Take(3), WriteStep::WouldBlock]);
    encrypted.send("one");
    encrypted.connections.flush(encrypted.now);
    assert_eq!(encrypted.peer.written().len(), 3);
    encrypted.writable();
    assert_eq!(encrypted.received(), [Seen::Text("one".to_owned())]);
}

#[test]
fn an_answer_to_a_close_that_does_not_go_out_at_once_goes_out_later() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    encrypted.peer.will_write([WriteStep::Take(3), WriteStep::WouldBlock]);
    encrypted.receive(&close(1000));
    encrypted.receive(&text("nobody hears this"));
    assert!(!encrypted.peer.is_dropped());
    encrypted.writable();
    assert_eq!(encrypted.received(), [Seen::Close(Some(1000))]);
    assert!(encrypted.peer.is_dropped());
}

/// The client hangs up within TLS only: the system has no end to tell.
#[test]
fn a_client_that_ends_tls_is_answered_and_dropped() {
    for version in [&TLS12, &TLS13] {
        let mut encrypted = Encrypted::new(version, 1_000_000);
        let mut sent = encrypted.encrypt(&text("echo last words"), RECORD);
        encrypted.client.send_close_notify();
        encrypted.drain(&mut sent);
        encrypted.peer.will_read([ReadStep::Bytes(sent)]);
        encrypted.read_all();
        assert_eq!(encrypted.received(), [Seen::Text("last words".to_owned())]);
        assert!(encrypted.peer.is_dropped() && encrypted.connections.is_empty());
        // The server has said its own end.
        assert!(matches!(encrypted.client.reader().read(&mut [0]), Ok(0)));
    }
}

#[test]
fn who_breaks_the_rules_of_websocket_is_told_and_sees_the_end_of_tls() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    encrypted.peer.will_write([WriteStep::Take(5), WriteStep::WouldBlock]);
    encrypted.receive(&[0x81, 0x02, b'h', b'i']);
    assert!(!encrypted.peer.writing_ended());
    encrypted.writable();
    assert_eq!(encrypted.received(), [Seen::Close(Some(1002))]);
    assert!(encrypted.peer.writing_ended() && !encrypted.peer.is_dropped());
    assert!(matches!(encrypted.client.reader().read(&mut [0]), Ok(0)));
}

#[test]
fn who_breaks_tls_gets_an_alert() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    let mut sent = encrypted.encrypt(&text("x"), RECORD);
    *sent.last_mut().unwrap() ^= 1;
    encrypted.peer.will_read([ReadStep::Bytes(sent)]);
    encrypted.readable();
    assert!(encrypted.peer.is_dropped() && encrypted.connections.is_empty());
    let written = encrypted.peer.written().to_vec();
    encrypted.client.read_tls(&mut &written[..]).unwrap();
    let error = encrypted.client.process_new_packets().unwrap_err();
    assert!(matches!(error, rustls::Error::AlertReceived(_)), "{error}");
    assert_eq!(encrypted.calls().last(), Some(&Call::Disconnected(encrypted.slot)));
}

#[test]
fn who_breaks_tls_behind_a_message_is_heard_and_dropped() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    let mut sent = encrypted.encrypt(&text("x"), RECORD);
    sent.extend(encrypted.encrypt(&text("y"), RECORD));
    *sent.last_mut().unwrap() ^= 1;
    encrypted.peer.will_read([ReadStep::Bytes(sent)]);
    encrypted.read_all();
    assert!(encrypted.peer.is_dropped() && encrypted.connections.is_empty());
    let heard = Call::Text(encrypted.slot, "x".to_owned());
    assert_eq!(encrypted.calls()[1..], [heard, Call::Disconnected(encrypted.slot)]);
}

#[test]
fn who_changes_its_keys_without_end_is_dropped() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    let mut sent = Vec::new();
    for _ in 0..1000 {
        encrypted.client.refresh_traffic_keys().unwrap();
        encrypted.drain(&mut sent);
    }
    encrypted.peer.will_read([ReadStep::Bytes(sent)]);
    encrypted.read_all();
    assert!(encrypted.peer.is_dropped() && encrypted.connections.is_empty());
}

/// Much to decrypt, and little in it: the buffer of the shard never fills.
#[test]
fn a_flood_of_tiny_records_leaves_time_for_the_others_and_is_heard_to_its_end() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    let message = text("x");
    let messages = 100_000 / message.len();
    let sent = encrypted.encrypt(&message.repeat(messages), 1);
    encrypted.peer.will_read([ReadStep::Bytes(sent)]);
    encrypted.readable();
    let first = encrypted.calls().len() - 1;
    assert!(0 < first && first < messages / 2, "{first} of {messages} messages in one turn");
    while encrypted.connections.has_more_to_read() {
        encrypted.connections.read_more(encrypted.now);
    }
    assert_eq!(encrypted.calls().len(), 1 + messages);
}

#[test]
fn a_flood_of_messages_is_heard_to_its_end_without_another_event() {
    let mut encrypted = Encrypted::new(&TLS13, 1_000_000);
    let message = text("x");
    let messages = 1_000_000 / message.len();
    let sent = encrypted.encrypt(&message.repeat(messages), RECORD);
    encrypted.peer.will_read([ReadStep::Bytes(sent)]);
    encrypted.readable();
    let first = encrypted.calls().len() - 1;
    assert!(0 < first && first < messages / 2, "{first} of {messages} messages in one turn");
    while encrypted.connections.has_more_to_read() {
        encrypted.connections.read_more(encrypted.now);
    }
    assert_eq!(encrypted.calls().len(), 1 + messages);
}

fn versions() -> impl Strategy<Value = &'static SupportedProtocolVersion> {
    prop_oneof![Just(&TLS12), Just(&TLS13)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the socket does, the client gets exactly its frames in their order.
    #[test]
    fn frames_come_out_of_tls_in_order(
        version in versions(),
        script in super::writing::write_steps(),
        messages in proptest::collection::vec((0_usize..40_000, 0_u8..4), 0..30),
    ) {
        let mut encrypted = Encrypted::new(version, 10_000_000);
        encrypted.peer.will_write(script);
        let mut expected = Vec::new();
        for (at, (length, then)) in messages.into_iter().enumerate() {
            let message = format!("{at} {}", "x".repeat(length));
            encrypted.send(&message);
            expected.push(Seen::Text(message));
            match then {
                0 => encrypted.connections.flush(encrypted.now),
                1 => encrypted.writable(),
                2 => encrypted.receive(&text("nothing")),
                _ => {}
            }
        }
        encrypted.connections.flush(encrypted.now);
        encrypted.peer.takes_everything();
        encrypted.writable();
        prop_assert_eq!(encrypted.received(), expected);
    }

    /// However records are made and cut into reads, the service hears the same, and needs no event for what TLS holds.
    #[test]
    fn messages_do_not_depend_on_how_records_are_cut(
        version in versions(),
        lengths in proptest::collection::vec(0_usize..900, 1..80),
        record in 1_usize..3000,
        cuts in proptest::collection::vec((1_usize..9000, 0_u8..4), 1..40),
    ) {
        let mut encrypted = Encrypted::new(version, 1_000_000);
        let texts: Vec<_> = lengths.iter().enumerate().map(|(at, length)| format!("{at} {}", "x".repeat(*length))).collect();
        let whole: Vec<_> = texts.iter().flat_map(|message| text(message)).collect();
        let whole = encrypted.encrypt(&whole, record);
        let mut rest = &whole[..];
        for (length, then) in cuts {
            let (now, later) = rest.split_at(length.min(rest.len()));
            rest = later;
            if !now.is_empty() {
                encrypted.peer.will_read([ReadStep::Bytes(now.to_vec())]);
            }
            match then {
                0 => encrypted.peer.will_read([ReadStep::Interrupted]),
                1 => encrypted.read_all(),
                _ => {}
            }
        }
        if !rest.is_empty() {
            encrypted.peer.will_read([ReadStep::Bytes(rest.to_vec())]);
        }
        // Each part of the script is an event of its own.
        while !encrypted.peer.is_read() {
            encrypted.read_all();
        }
        let expected: Vec<_> = texts.into_iter().map(|message| Call::Text(encrypted.slot, message)).collect();
        prop_assert_eq!(&encrypted.calls()[1..], &expected[..]);
    }
}

const _: () = assert!(recorder::ACCEPT >= 910, "the messages above are heard");
