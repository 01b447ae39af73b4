//! Attackers that take their time.

use std::{net::SocketAddr, time::Duration};

use gema_testkit::{ApiClient, Credentials, HttpConnection, PusherClient, WebSocket, opening_request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::{OVERTIME, Outcomes, Until, anything, crowd, under_attack, victim};

const SLOW: usize = 1000;
/// Between two bytes of one connection.
const DRIP: Duration = Duration::from_millis(100);
const SHORT_HEADS: &[(&str, &str)] = &[("GEMA_HANDSHAKE_TIMEOUT", "1")];
/// Nothing else may end a connection whose head is read late.
const SHORT_BODIES: &[(&str, &str)] = &[("GEMA_HANDSHAKE_TIMEOUT", "1000"), ("GEMA_REQUEST_TIMEOUT", "1")];

/// Sends the head, then a byte at a time, over and over; counts what comes back.
async fn drip(address: SocketAddr, until: Until, head: Vec<u8>, outcomes: Outcomes) {
    while !until.is_reached(&outcomes, anything) {
        let Ok(mut stream) = TcpStream::connect(address).await else { continue };
        if stream.write_all(&head).await.is_err() {
            continue;
        }
        let mut answer = vec![0; 1000];
        loop {
            match timeout(DRIP, stream.read(&mut answer)).await {
                Ok(Ok(0) | Err(_)) => break outcomes.count("end without an answer"),
                Ok(Ok(read)) => {
                    let status = String::from_utf8_lossy(&answer[..read]);
                    break outcomes.count(status.split(' ').nth(1).unwrap_or("?"));
                }
                Err(_) if until.is_reached(&outcomes, anything) => return,
                Err(_) => {
                    // Whether the server still listens is seen from what it sends.
                    let _ = stream.write_all(b"a").await;
                }
            }
        }
    }
}

async fn drips(address: SocketAddr, until: Until, head: Vec<u8>) -> Outcomes {
    let outcomes = Outcomes::default();
    crowd(SLOW, || drip(address, until.clone(), head.clone(), outcomes.clone())).await;
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_heads_are_given_up() {
    let head = b"GET /apps/4711/channels HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_vec();
    let outcomes = under_attack("slow heads, 1,000 connections", SHORT_HEADS, async |address, until| {
        drips(address, until, head).await
    })
    .await;
    assert!(outcomes.keys().eq(["end without an answer"]), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_upgrades_are_given_up() {
    let head = opening_request(&victim::app_path(), &[("X-Slow", "")]);
    let head = head.trim_end().as_bytes().to_vec();
    let outcomes = under_attack("slow upgrades, 1,000 connections", SHORT_HEADS, async |address, until| {
        drips(address, until, head).await
    })
    .await;
    assert!(outcomes.keys().eq(["end without an answer"]), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_of_strangers_are_not_waited_for() {
    let outcomes = under_attack(
        "slow bodies with a wrong signature, 1,000 connections",
        SHORT_BODIES,
        async |address, until| {
            let forger = ApiClient::new(address, "", Credentials::new("4711", "test-key", "guess"));
            let request = forger.trigger_request(&["x"], "e", &"x".repeat(5000));
            drips(address, until, request[..request.len() - 4000].to_vec()).await
        },
    )
    .await;
    let refused = outcomes.keys().all(|status| status == "401" || status == "429");
    assert!(refused && !outcomes.is_empty(), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_of_applications_are_given_up() {
    let outcomes = under_attack(
        "slow bodies with a right signature, 1,000 connections",
        SHORT_BODIES,
        async |address, until| {
            let request = victim::api(address).trigger_request(&["x"], "e", &"x".repeat(5000));
            drips(address, until, request[..request.len() - 4000].to_vec()).await
        },
    )
    .await;
    assert!(outcomes.keys().eq(["408"]), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_are_given_up() {
    let outcomes = under_attack(
        "pipelined requests, answers not read, 10 connections",
        &[("GEMA_HTTP_IDLE_TIMEOUT", "3")],
        async |address, until| {
            let outcomes = Outcomes::default();
            let requests = b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
            crowd(10, || {
                let (until, outcomes, requests) = (until.clone(), outcomes.clone(), requests.clone());
                async move {
                    while !until.is_reached(&outcomes, anything) {
                        let socket = TcpSocket::new_v4().unwrap();
                        // Little room, so that it is soon full.
                        socket.set_recv_buffer_size(4096).unwrap();
                        let Ok(mut stream) = socket.connect(address).await else { continue };
                        // Each has tens of thousands of answers, until no more fit anywhere.
                        let flood = async {
                            while stream.write_all(&requests).await.is_ok() {
                                if until.is_reached(&outcomes, anything) {
                                    return;
                                }
                            }
                            outcomes.count("end without an answer");
                        };
                        let _ = timeout(OVERTIME, flood).await;
                    }
                }
            })
            .await;
            outcomes
        },
    )
    .await;
    assert!(outcomes["end without an answer"] > 0, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_is_closed() {
    let outcomes = under_attack("20 subscribers that never read", &[], async |address, until| {
        let mut sleepers = Vec::new();
        for _ in 0..20 {
            let stream = TcpStream::connect(address).await.unwrap();
            let socket = WebSocket::open(stream, &victim::app_path(), &[]).await;
            let mut client = PusherClient::greet(socket, Credentials::of_tests()).await;
            client.subscribe("noise").await;
            sleepers.push(client);
        }
        let mut publisher = HttpConnection::new(TcpStream::connect(address).await.unwrap());
        let request = victim::api(address).trigger_request(&["noise"], "e", &"x".repeat(10_000));
        // Enough to fill the buffers of the system and the outbox, however short the attack is.
        let (outcomes, mut published) = (Outcomes::default(), 0);
        while published < 1500 || !until.is_reached(&outcomes, |_| true) {
            publisher.request(&request).await.success();
            published += 1;
        }
        for mut sleeper in sleepers {
            let (_, close) = sleeper.socket.drain().await;
            outcomes.count(close.map_or("end without a close".to_owned(), |close| match close.code {
                Some(code) => format!("close {code}"),
                None => "close without a code".to_owned(),
            }));
        }
        outcomes
    })
    .await;
    assert!(!outcomes.contains_key("close without a code"), "{outcomes:?}");
}
