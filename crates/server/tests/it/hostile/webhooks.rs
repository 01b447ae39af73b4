//! Strangers who make webhooks tell.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{Credentials, PusherClient, WebSocket};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};

use super::{OVERTIME, Outcomes, Until, anything, crowd, under_attack, victim};

const STRANGERS: usize = 8;
/// Channels that a stranger comes to and leaves with one write.
const AT_ONCE: usize = 50;
/// Writes of a stranger, however short the attack is: all together are told in some megabytes.
const LEAST_WRITES: usize = 50;
/// What may wait in the spool; less than a tenth of what there is to tell.
const SPOOL: u64 = 256 * 1024;
/// What its folder may ever take: that, what happens until it is tidied up again, and the state of the webhook, old and new
/// while it is written, which has the channels that were left within three seconds. Far more than the figure in
/// `docs/security.md`, because it goes with the speed of the machine.
const MOST: u64 = 512 << 20;

/// Comes to channels with ever new names and leaves them, as fast as the server takes it.
async fn come_and_go(address: SocketAddr, until: Until, outcomes: Outcomes) {
    let stream = TcpStream::connect(address).await.unwrap();
    let socket = WebSocket::open(stream, &victim::app_path(), &[]).await;
    let mut client = PusherClient::greet(socket, Credentials::of_tests()).await;
    for write in 0.. {
        if write >= LEAST_WRITES && until.is_reached(&outcomes, anything) {
            break;
        }
        let mut bytes = Vec::new();
        for channel in 0..AT_ONCE {
            let channel = format!("strange-{}-{write}-{channel}", client.socket_id);
            for event in ["pusher:subscribe", "pusher:unsubscribe"] {
                let message = json!({ "event": event, "data": { "channel": channel } }).to_string();
                bytes.extend(ws::masked(OpCode::Text, true, message.as_bytes(), [1, 2, 3, 4]));
            }
        }
        client.socket.write(&bytes).await;
        for _ in 0..AT_ONCE {
            client.expect_event("pusher_internal:subscription_succeeded").await;
            outcomes.count("subscribed");
        }
    }
}

/// Bytes of the files in a folder whose names end so; some may just be deleted.
fn size(folder: &Path, end: &str) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = files.filter(|file| file.file_name().to_string_lossy().ends_with(end));
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

/// The most bytes that a folder has had, as far as somebody who looks all the time can see.
fn watch(folder: PathBuf) -> Arc<AtomicU64> {
    let most = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&most);
    tokio::spawn(async move {
        loop {
            seen.fetch_max(size(&folder, ""), Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_come_and_go_fill_no_more_than_the_spool_of_a_dead_receiver() {
    // Its port is taken, and nobody listens there.
    let dead = TcpSocket::new_v4().unwrap();
    dead.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", dead.local_addr().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("spool");
    let settings = [
        ("GEMA_APP_WEBHOOK_URL", &*url),
        ("GEMA_WEBHOOK_SPOOL", folder.to_str().unwrap()),
        ("GEMA_WEBHOOK_SPOOL_SIZE", &SPOOL.to_string()),
    ];
    let most = watch(folder.clone());
    let name = "8 strangers on ever new channels, webhooks to a dead receiver";
    let outcomes = under_attack(name, &settings, async |address, until| {
        let outcomes = Outcomes::default();
        crowd(STRANGERS, || come_and_go(address, until.clone(), outcomes.clone())).await;
        // What has waited longest is lost, and what is left is what may wait.
        let tidied_up = async {
            while size(&folder, ".log") >= 2 * SPOOL {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // All that they have done is read again for that.
        tokio::time::timeout(OVERTIME, tidied_up).await.expect("the spool is still too large");
        outcomes.add("MiB of the disk at most", most.load(Ordering::Relaxed).div_ceil(1 << 20));
        outcomes
    })
    .await;
    assert!(outcomes["subscribed"] >= (STRANGERS * LEAST_WRITES * AT_ONCE) as u64, "{outcomes:?}");
    let most = most.load(Ordering::Relaxed);
    assert!((SPOOL..MOST).contains(&most), "the spool has taken {most} bytes of the disk");
}
