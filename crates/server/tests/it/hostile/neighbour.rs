//! Somebody who behaves, and how they are served.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use gema_testkit::{Credentials, HttpConnection, PusherClient, Stream, WebSocket, within_patience};
use tokio::{net::TcpSocket, task::JoinHandle};

use super::{
    LEAST_DELIVERIES,
    victim::{self, Door},
};

const PAUSE: Duration = Duration::from_millis(10);
/// Deliveries between two new connections.
const DELIVERIES_PER_CONNECT: usize = 10;

/// Somebody who publishes to a channel that they are subscribed to, and comes anew from time to time.
#[derive(Debug)]
pub(super) struct Neighbour {
    done: Arc<AtomicBool>,
    /// How often they have been served so far.
    pub(super) deliveries: Arc<AtomicUsize>,
    task: JoinHandle<Service>,
}

/// How they were served.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// From a request that publishes to the delivery.
    pub(super) deliveries: Times,
    /// From nothing to a subscription.
    pub(super) connects: Times,
}

/// How long something took each time.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Neighbour {
    pub(super) async fn start(door: &Door) -> Self {
        let mut client = connect(door).await;
        client.subscribe("neighbour").await;
        let publisher = HttpConnection::new(stream(door).await);
        let (done, deliveries) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let signs = (Arc::clone(&done), Arc::clone(&deliveries));
        let task = tokio::spawn(live(door.clone(), client, publisher, signs));
        Self { done, deliveries, task }
    }

    /// Has them stop once they have been served often enough.
    pub(super) async fn stop(self) -> Service {
        self.done.store(true, Ordering::Relaxed);
        self.task.await.expect("everybody is served")
    }
}

/// Every event must arrive, once and in order.
async fn live(
    door: Door,
    mut client: PusherClient,
    mut publisher: HttpConnection,
    (done, deliveries): (Arc<AtomicBool>, Arc<AtomicUsize>),
) -> Service {
    let (api, mut service) = (victim::api(door.address), Service::default());
    for at in 0.. {
        if at >= LEAST_DELIVERIES && done.load(Ordering::Relaxed) {
            break;
        }
        let started = Instant::now();
        publisher.write(&api.trigger_request(&["neighbour"], "e", &at.to_string())).await;
        let event = client.expect_event("e").await;
        service.deliveries.0.push(started.elapsed());
        assert_eq!(event.text(), at.to_string());
        publisher.response().await.success();
        deliveries.fetch_add(1, Ordering::Relaxed);
        if at % DELIVERIES_PER_CONNECT == 0 {
            let started = Instant::now();
            connect(&door).await.subscribe("newcomers").await;
            service.connects.0.push(started.elapsed());
        }
        tokio::time::sleep(PAUSE).await;
    }
    service
}

async fn stream(door: &Door) -> Stream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let stream = within_patience("a TCP connection", socket.connect(door.address)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    match &door.tls {
        Some(tls) => within_patience("a TLS handshake", tls.connect(stream)).await.unwrap().into(),
        None => stream.into(),
    }
}

/// A client at the neighbour's address.
pub(super) async fn connect(door: &Door) -> PusherClient {
    let socket = WebSocket::open(stream(door).await, &victim::app_path(), &[]).await;
    PusherClient::greet(socket, Credentials::of_tests()).await
}

impl Times {
    pub(super) fn p50(&self) -> Duration {
        self.quantile(50)
    }

    pub(super) fn p99(&self) -> Duration {
        self.quantile(99)
    }

    /// The longest, but for the worst one in a hundred, and but for one at least: that may be the machine's.
    pub(super) fn longest(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.truncate(sorted.len() - sorted.len().div_ceil(100));
        sorted.last().copied().unwrap_or_default()
    }

    fn quantile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }
}
