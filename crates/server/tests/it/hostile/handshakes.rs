//! Attackers that come in great numbers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gema_testkit::opening_request;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Barrier, Mutex},
};

use super::{
    Counts, Outcomes, attack_on, crowd, neighbour, under_attack,
    victim::{self, Door, Victim},
};

/// More than the 10 000 HTTP connections that a server has by default. Attacker and server are two processes, each of
/// which may have that many open files. Nothing but their number may end them while the test runs.
const PATIENT: &[(&str, &str)] = &[("GEMA_HANDSHAKE_TIMEOUT", "1000")];
const HALF_OPEN: usize = 10_500;
const OPENERS: usize = 50;
const END: &str = "end without an answer";

/// Where all tests run in one process, they would have more files open together than it may.
static IN_TURN: Mutex<()> = Mutex::const_new(());

/// Opens connections that send these bytes and no more, and keeps them until somebody else has come and was served.
async fn half_open(door: Door, bytes: Vec<u8>) -> Outcomes {
    let address = door.address;
    let outcomes = Outcomes::default();
    let opened = Arc::new(Barrier::new(OPENERS + 1));
    let served = Arc::new(Barrier::new(OPENERS + 1));
    let attack = crowd(OPENERS, || {
        let (outcomes, bytes) = (outcomes.clone(), bytes.clone());
        let (opened, served) = (Arc::clone(&opened), Arc::clone(&served));
        async move {
            let mut kept = Vec::new();
            for _ in 0..HALF_OPEN / OPENERS {
                let mut stream = TcpStream::connect(address).await.unwrap();
                // It may have been ended already.
                let _ = stream.write_all(&bytes).await;
                kept.push(stream);
            }
            opened.wait().await;
            served.wait().await;
            for stream in kept {
                outcomes.count(if is_open(&stream) { "kept waiting" } else { END });
            }
        }
    });
    let newcomer = async {
        opened.wait().await;
        neighbour::connect(&door).await.subscribe("newcomers").await;
        served.wait().await;
    };
    tokio::join!(attack, newcomer);
    outcomes
}

fn is_open(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0; 1]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

/// Attacks with half-open connections; none of them may keep anybody waiting.
async fn check(name: &str, victim: impl FnOnce() -> Victim, bytes: &[u8]) {
    let _turn = IN_TURN.lock().await;
    let (files, needed) = (gema::fd_limit::raise().unwrap(), HALF_OPEN as u64 + 500);
    assert!(files >= needed, "{needed} open files are needed, and `ulimit -Hn` is {files}");
    let victim = victim();
    let (door, bytes) = (victim.door.clone(), bytes.to_vec());
    let outcomes = attack_on(victim, name, async |_, _| half_open(door, bytes).await).await;
    // Those make room that are more than there may be, and nobody else has to: all the others are still waiting.
    assert!(outcomes[END] >= 450, "{outcomes:?}");
    assert!(outcomes["kept waiting"] >= 9_900, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_connections_that_say_nothing_keep_nobody_waiting() {
    check("10,500 connections that say nothing", || Victim::start(PATIENT, None), b"").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_half_upgrades_keep_nobody_waiting() {
    let request = opening_request(&victim::app_path(), &[]);
    let half = &request.as_bytes()[..request.len() - 2];
    check("10,500 half requests to upgrade", || Victim::start(PATIENT, None), half).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_half_handshakes_of_tls_keep_nobody_waiting() {
    // The beginning of a ClientHello of 512 bytes.
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x01\x02\x03\x04\x05\x06";
    check("10,500 half handshakes of TLS", || Victim::encrypted(PATIENT), hello).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_files_run_out_those_that_say_nothing_give_theirs_back() {
    // Each shard needs some for itself, and by default there is one for each core.
    let victim = Victim::start(&[("GEMA_SHARDS", "2")], Some(300));
    let outcomes =
        attack_on(victim, "1,000 connections that say nothing, 300 files", async |address, until| {
            let outcomes = Outcomes::default();
            crowd(10, || {
                let (until, outcomes) = (until.clone(), outcomes.clone());
                async move {
                    while !until.is_reached(&outcomes, |got| got.contains_key(END)) {
                        let mut kept = Vec::new();
                        for _ in 0..100 {
                            kept.push(TcpStream::connect(address).await.unwrap());
                        }
                        tokio::time::sleep(Duration::from_millis(500)).await;
                        for stream in kept {
                            outcomes.count(if is_open(&stream) { "kept waiting" } else { END });
                        }
                    }
                }
            })
            .await;
            outcomes
        })
        .await;
    assert!(outcomes[END] > 0, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_connects_from_one_address_is_told_to_come_back_then_ignored() {
    let settings = [("GEMA_MAX_CONNECTS_PER_ADDRESS", "100")];
    let came_to_it =
        |got: &Counts| got.get("4100").is_some_and(|refused| *refused >= 100) && got.contains_key(END);
    let started = Instant::now();
    let outcomes = under_attack("a flood of connects, limited to 100", &settings, async |address, until| {
        let outcomes = Outcomes::default();
        crowd(8, || {
            let (until, outcomes) = (until.clone(), outcomes.clone());
            async move {
                while !until.is_reached(&outcomes, came_to_it) {
                    let Ok(stream) = TcpStream::connect(address).await else { continue };
                    outcomes.count(connect(stream).await);
                }
            }
        })
        .await;
        outcomes
    })
    .await;
    // A hundred in a minute are less than two in a second.
    let most = 100 + 2 * (started.elapsed().as_secs() + 1);
    assert!((100..=most).contains(&outcomes["welcome"]), "{outcomes:?}");
    assert!(came_to_it(&outcomes), "{outcomes:?}");
}

/// Upgrades, and reads until it is clear how the server answers.
async fn connect(mut stream: TcpStream) -> &'static str {
    let request = opening_request(&victim::app_path(), &[]);
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut answer).await {
        let contains = |part: &[u8]| answer.windows(part.len()).any(|window| window == part);
        if contains(b"connection_established") {
            return "welcome";
        }
        if contains(b"\"code\":4100") {
            return "4100";
        }
    }
    END
}
