//! A server that answers as a test says, and remembers what came.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, serve::Listener};
use futures_util::future::BoxFuture;
use gema_broadcast::{BroadcastConfig, Broadcaster};
use gema_testkit::eventually;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Received {
    pub(crate) name: String,
    #[serde(alias = "channel", deserialize_with = "one_or_many")]
    pub(crate) channels: Vec<String>,
    #[serde(rename = "data")]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) socket_id: Option<String>,
}

/// A single channel is sent as a string, as Laravel does.
fn one_or_many<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Channels {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Channels::deserialize(value)? {
        Channels::One(channel) => vec![channel],
        Channels::Many(channels) => channels,
    })
}

impl Received {
    pub(crate) fn data(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn number(&self) -> u64 {
        self.data()["number"].as_u64().unwrap()
    }
}

type Script = Box<dyn Fn(Received) -> BoxFuture<'static, u16> + Send + Sync>;

/// What the server and the test both look at.
struct Record {
    script: Mutex<Arc<Script>>,
    requested: Mutex<Vec<Received>>,
    accepted: Mutex<Vec<Received>>,
    /// The events that are on their way.
    busy: Mutex<Vec<Received>>,
    /// Whether two events of one channel, by their numbers, may be on their way at the same time.
    may_cross: Mutex<fn(u64, u64) -> bool>,
    crossed: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    down: AtomicBool,
    turned_away: AtomicUsize,
}

/// The server; gone when it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    record: Arc<Record>,
    task: JoinHandle<()>,
}

/// A listener that can play dead. As every connection is for one request, nobody can go on then.
struct Door {
    listener: TcpListener,
    record: Arc<Record>,
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if !self.record.down.load(Ordering::SeqCst) {
                return (stream, address);
            }
            self.record.turned_away.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Receiver {
    /// One that accepts everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let record = Arc::new(Record {
            script: Mutex::new(Arc::new(Box::new(|_| Box::pin(async { 200 })))),
            requested: Mutex::default(),
            accepted: Mutex::default(),
            busy: Mutex::default(),
            may_cross: Mutex::new(|_, _| false),
            crossed: Mutex::default(),
            at_once: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            turned_away: AtomicUsize::new(0),
        });
        let door = Door { listener, record: record.clone() };
        let router = Router::new().fallback(receive).with_state(record.clone());
        let task = tokio::spawn(async move { axum::serve(door, router).await.unwrap() });
        Self { address, record, task }
    }

    /// From now on each request gets the status that the script says.
    pub(crate) fn answer<A: Future<Output = u16> + Send + 'static>(
        &self,
        script: impl Fn(Received) -> A + Send + Sync + 'static,
    ) {
        *self.record.script.lock().unwrap() = Arc::new(Box::new(move |received| Box::pin(script(received))));
    }

    pub(crate) fn let_cross(&self, may_cross: fn(u64, u64) -> bool) {
        *self.record.may_cross.lock().unwrap() = may_cross;
    }

    /// Whether connections are closed as soon as they come.
    pub(crate) fn set_down(&self, down: bool) {
        self.record.down.store(down, Ordering::SeqCst);
    }

    pub(crate) fn turned_away(&self) -> usize {
        self.record.turned_away.load(Ordering::SeqCst)
    }

    /// One that sends here, as the settings say.
    pub(crate) fn broadcaster_with(&self, setting: (&str, &str)) -> Broadcaster {
        let port = self.address.port().to_string();
        let config = BroadcastConfig::load(&|name| {
            let value = match name {
                "BROADCAST_CONNECTION" => "reverb",
                "REVERB_APP_ID" => "app",
                "REVERB_APP_KEY" => "key",
                "REVERB_APP_SECRET" => "secret",
                "REVERB_SCHEME" => "http",
                "REVERB_PORT" => &port,
                _ if name == setting.0 => setting.1,
                _ => return None,
            };
            Some(value.to_owned())
        });
        Broadcaster::new(config.unwrap()).unwrap()
    }

    pub(crate) fn broadcaster(&self) -> Broadcaster {
        self.broadcaster_with(("", ""))
    }

    /// All requests in the order in which they came.
    pub(crate) fn requested(&self) -> Vec<Received> {
        self.record.requested.lock().unwrap().clone()
    }

    /// Those that were answered with 200, in the order of the answers.
    pub(crate) fn accepted(&self) -> Vec<Received> {
        self.record.accepted.lock().unwrap().clone()
    }

    pub(crate) fn accepted_numbers(&self) -> Vec<u64> {
        self.accepted().iter().map(Received::number).collect()
    }

    pub(crate) async fn until_accepted(&self, numbers: &[u64]) {
        eventually(numbers.to_vec(), async || self.accepted_numbers()).await;
    }

    pub(crate) async fn until_requested(&self, count: usize) {
        eventually(count, async || self.requested().len()).await;
    }

    /// How many events are on their way.
    pub(crate) fn busy(&self) -> usize {
        self.record.busy.lock().unwrap().len()
    }

    /// How many events were on their way at the same time, at most.
    pub(crate) fn at_once(&self) -> usize {
        self.record.at_once.load(Ordering::SeqCst)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
        if !std::thread::panicking() {
            let crossed = self.record.crossed.lock().unwrap();
            assert!(crossed.is_empty(), "at the same time: {crossed:?}");
        }
    }
}

/// An event that is on its way, until the answer is there or the sender has gone away.
struct Busy {
    record: Arc<Record>,
    received: Received,
}

impl Busy {
    fn new(record: &Arc<Record>, received: &Received) -> Self {
        let mut busy = record.busy.lock().unwrap();
        let may_cross = *record.may_cross.lock().unwrap();
        for other in &*busy {
            let shared = other.channels.iter().any(|channel| received.channels.contains(channel));
            if shared && !may_cross(other.number(), received.number()) {
                record.crossed.lock().unwrap().push(format!("{} and {}", other.text, received.text));
            }
        }
        busy.push(received.clone());
        record.at_once.fetch_max(busy.len(), Ordering::SeqCst);
        Self { record: record.clone(), received: received.clone() }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut busy = self.record.busy.lock().unwrap();
        let at = busy.iter().position(|received| *received == self.received);
        busy.swap_remove(at.unwrap());
    }
}

async fn receive(State(record): State<Arc<Record>>, body: String) -> impl IntoResponse {
    let received: Received = serde_json::from_str(&body).unwrap();
    record.requested.lock().unwrap().push(received.clone());
    let busy = Busy::new(&record, &received);
    let script = record.script.lock().unwrap().clone();
    let status = script(received.clone()).await;
    drop(busy);
    if status == 200 {
        record.accepted.lock().unwrap().push(received);
    }
    (StatusCode::from_u16(status).unwrap(), [("connection", "close")], "{}")
}
