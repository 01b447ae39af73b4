//! WebSocket clients that break the rules, or keep to them all too eagerly.

use std::net::SocketAddr;

use gema_protocol::ws::{OpCode, masked};
use gema_testkit::{Credentials, PusherClient, WebSocket};
use tokio::net::TcpStream;

use super::{Counts, Outcomes, Until, anything, crowd, under_attack, victim};

const MASK: [u8; 4] = [1, 2, 3, 4];
const END: &str = "end of the connection";

async fn connect(address: SocketAddr) -> PusherClient {
    let stream = TcpStream::connect(address).await.unwrap();
    let socket = WebSocket::open(stream, &victim::app_path(), &[]).await;
    PusherClient::greet(socket, Credentials::of_tests()).await
}

/// One connection that sends these bytes as fast as it can, and reads what comes back, until that is `enough`.
async fn flood(
    address: SocketAddr,
    until: Until,
    bytes: Vec<u8>,
    enough: impl Fn(&Counts) -> bool,
) -> Outcomes {
    let client = connect(address).await;
    let (mut reading, mut writing) = tokio::io::split(client.socket.into_stream());
    let outcomes = Outcomes::default();
    let write = async {
        use tokio::io::AsyncWriteExt as _;
        while !until.is_reached(&outcomes, &enough) {
            if writing.write_all(&bytes).await.is_err() {
                return outcomes.count(END);
            }
            outcomes.count(format!("{} KiB taken", bytes.len() / 1024));
        }
    };
    let read = async {
        use tokio::io::AsyncReadExt as _;
        let mut buffer = vec![0; 65_536];
        while reading.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    };
    tokio::select! {
        () = write => {}
        () = read => outcomes.count(END),
    }
    outcomes
}

async fn survives(name: &str, bytes: Vec<u8>) {
    let attack = async |address, until: Until| flood(address, until, bytes, anything).await;
    let outcomes = under_attack(name, &[], attack).await;
    assert!(!outcomes.contains_key(END), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_messages_hurts_nobody_else() {
    let message = masked(OpCode::Text, true, br#"{"event":"pusher:pong","data":{}}"#, MASK);
    survives("a flood of messages on one connection", message.repeat(2000)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_pings_hurts_nobody_else() {
    survives(
        "a flood of Ping frames on one connection",
        masked(OpCode::Ping, true, b"12345678", MASK).repeat(4000),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_empty_frames_hurts_nobody_else() {
    survives(
        "a flood of empty messages on one connection",
        masked(OpCode::Text, true, b"", MASK).repeat(8000),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_countless_empty_fragments_hurts_nobody_else() {
    let outcomes = under_attack("a message of countless empty fragments", &[], async |address, until| {
        let fragments = masked(OpCode::Continuation, false, b"", MASK).repeat(8000);
        flood(address, until, fragments, |got| got.contains_key(END)).await
    })
    .await;
    // Without its beginning the message breaks the rules.
    assert!(outcomes.contains_key(END), "{outcomes:?}");
    let beginning = masked(OpCode::Text, false, b"{", MASK);
    let outcomes = under_attack("the same, with its beginning", &[], async |address, until| {
        let mut client = connect(address).await;
        client.socket.write(&beginning).await;
        let fragments = masked(OpCode::Continuation, false, b"", MASK).repeat(8000);
        let outcomes = Outcomes::default();
        while !until.is_reached(&outcomes, anything) {
            client.socket.write(&fragments).await;
            outcomes.count("47 KiB taken");
        }
        client.socket.send_frame(OpCode::Continuation, true, b"}").await;
        client.expect_error(4200).await;
        outcomes
    })
    .await;
    assert!(outcomes["47 KiB taken"] > 0, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_without_an_end_is_ended() {
    let outcomes = under_attack("messages without an end, 8 at a time", &[], async |address, until| {
        let outcomes = Outcomes::default();
        crowd(8, || {
            let (until, outcomes) = (until.clone(), outcomes.clone());
            async move {
                while !until.is_reached(&outcomes, anything) {
                    let mut client = connect(address).await;
                    client.socket.send_frame(OpCode::Text, false, b"x").await;
                    let fragment = masked(OpCode::Continuation, false, &[b'x'; 4096], MASK);
                    for _ in 0..50 {
                        client.socket.write(&fragment).await;
                    }
                    let (_, close) = client.socket.drain().await;
                    let code = close.and_then(|close| close.code).unwrap_or_default();
                    outcomes.count(format!("close {code}"));
                }
            }
        })
        .await;
        outcomes
    })
    .await;
    assert!(outcomes.keys().eq(["close 1009"]), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_frames_are_answered_with_a_close() {
    let broken: Vec<(Vec<u8>, u16)> = vec![
        (vec![0xc1, 0x80, 1, 2, 3, 4], 1002), // compressed, which was not agreed upon
        (vec![0xa1, 0x80, 1, 2, 3, 4], 1002), // RSV2
        (vec![0x91, 0x80, 1, 2, 3, 4], 1002), // RSV3
        (vec![0x81, 0x02, b'h', b'i'], 1002), // not masked
        (vec![0x83, 0x80, 1, 2, 3, 4], 1002), // an opcode that means nothing
        (vec![0x8f, 0x80, 1, 2, 3, 4], 1002), // another
        (vec![0x80, 0x80, 1, 2, 3, 4], 1002), // a continuation of nothing
        (vec![0x09, 0x80, 1, 2, 3, 4], 1002), // a Ping in pieces
        (vec![0x89, 0xfe, 0x00, 0x7e, 1, 2, 3, 4], 1002), // a Ping of 126 bytes
        (vec![0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], 1002), // a negative length
        (vec![0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], 1009), // the longest
        (masked(OpCode::Text, true, b"\xff\xfe", MASK), 1007),
        (masked(OpCode::Text, true, b"\xed\xa0\x80", MASK), 1007), // half of a surrogate pair
        (masked(OpCode::Close, true, b"\x03", MASK), 1002),
        (masked(OpCode::Close, true, b"\x03\xed", MASK), 1002), // 1005, which nobody may send
    ];
    let expected: Vec<_> = [1002, 1007, 1009].map(|code| format!("close {code}")).to_vec();
    let outcomes = under_attack("broken frames, 8 connections at a time", &[], async |address, until| {
        let outcomes = Outcomes::default();
        crowd(8, || {
            let (until, outcomes, broken) = (until.clone(), outcomes.clone(), broken.clone());
            async move {
                loop {
                    for (bytes, expected) in &broken {
                        let mut client = connect(address).await;
                        client.socket.write(bytes).await;
                        let close = client.socket.expect_close().await;
                        assert_eq!(close.code, Some(*expected), "{bytes:?}");
                        outcomes.count(format!("close {expected}"));
                    }
                    if until.is_reached(&outcomes, anything) {
                        break;
                    }
                }
            }
        })
        .await;
        outcomes
    })
    .await;
    assert!(outcomes.keys().eq(&expected), "{outcomes:?}");
}
