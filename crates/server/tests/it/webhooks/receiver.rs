//! A receiver that shows every byte of a request, and answers as well or badly as a test wants it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use gema_protocol::signature::sign;
use gema_testkit::{Credentials, within_patience};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::Instant,
};

/// What the receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// It answers with this status.
    Status(u16),
    /// It wants to be called elsewhere.
    Redirect(String),
    /// It answers 200 when it is told to.
    Held(Arc<Notify>),
    /// It answers 200 after so long.
    Late(Duration),
    /// It answers 500 after so long.
    LateRefusal(Duration),
    /// It hangs up.
    Reset,
    /// It accepts, and hangs up before it can say so.
    AcceptAndReset,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
    /// Whether it was answered with 200.
    pub(crate) accepted: bool,
}

pub(crate) struct Receiver {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<Received>,
    serving: JoinHandle<()>,
}

type Behaviour = Arc<dyn Fn(usize, &Received) -> Answer + Send + Sync>;

impl Receiver {
    /// A receiver that accepts everything.
    pub(crate) async fn start() -> Self {
        Self::answering(|_, _| Answer::Status(200)).await
    }

    /// A receiver that answers as it is told to: the argument is the number of the request, from 0.
    pub(crate) async fn answering(
        answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let answer: Behaviour = Arc::new(answer);
        let count = Arc::new(AtomicUsize::new(0));
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, sender.clone(), Arc::clone(&answer), Arc::clone(&count)));
            }
        });
        Self { address, received, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks?from=gema", self.address)
    }

    /// A receiver that accepts everything, the first request when it is told to: what happens before that waits
    /// together.
    pub(crate) async fn holding_the_first() -> (Self, Arc<Notify>) {
        let release = Arc::new(Notify::new());
        let held = Answer::Held(Arc::clone(&release));
        let answer = move |number, _: &_| if number == 0 { held.clone() } else { Answer::Status(200) };
        (Self::answering(answer).await, release)
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Received {
        within_patience("a webhook", self.received.recv()).await.unwrap()
    }

    /// The next events that were accepted, until there are so many.
    pub(crate) async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let received = self.next().await;
            if received.accepted {
                events.extend(received.events());
            }
        }
        events
    }

    /// The next events that were accepted, as `name channel user`.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<String> {
        self.events(count).await.iter().map(line).collect()
    }

    /// The requests that have come so far.
    pub(crate) fn so_far(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.json()["events"].as_array().unwrap().clone()
    }

    /// The value of a header with exactly this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Checks that the request is signed for the application of tests.
    pub(crate) fn verify(&self) {
        let app = Credentials::of_tests();
        assert_eq!(self.header("X-Pusher-Key"), Some(app.key.as_str()));
        let signature = sign(&app.secret, self.body.as_bytes());
        assert_eq!(self.header("X-Pusher-Signature"), Some(signature.as_str()));
    }
}

/// An event as `name channel user`.
pub(crate) fn line(event: &Value) -> String {
    let text = |field: &str| event[field].as_str().unwrap_or_default();
    format!("{} {} {}", text("name"), text("channel"), text("user_id")).trim_end().to_owned()
}

async fn serve(
    mut stream: TcpStream,
    sender: mpsc::UnboundedSender<Received>,
    answer: Behaviour,
    count: Arc<AtomicUsize>,
) {
    let mut bytes = Vec::new();
    while let Some(mut received) = read_request(&mut stream, &mut bytes).await {
        received.verify();
        let answer = answer(count.fetch_add(1, Ordering::SeqCst), &received);
        received.accepted =
            matches!(answer, Answer::Status(200..=299) | Answer::Held(_) | Answer::AcceptAndReset);
        // The test may have ended.
        let _ = sender.send(received);
        let (status, header) = match answer {
            Answer::Status(status) => (status, String::new()),
            Answer::Redirect(to) => (302, format!("Location: {to}\r\n")),
            Answer::Held(release) => {
                release.notified().await;
                (200, String::new())
            }
            Answer::Late(after) => {
                tokio::time::sleep(after).await;
                (200, String::new())
            }
            Answer::LateRefusal(after) => {
                tokio::time::sleep(after).await;
                (500, String::new())
            }
            Answer::Reset | Answer::AcceptAndReset => return,
        };
        let response = format!("HTTP/1.1 {status} Said\r\n{header}Content-Length: 0\r\n\r\n");
        if stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Received> {
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end + 2].to_vec()).unwrap();
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let whole = end + 4 + length.unwrap_or(0);
            if bytes.len() >= whole {
                let body = String::from_utf8(bytes[end + 4..whole].to_vec()).unwrap();
                bytes.drain(..whole);
                return Some(Received { head, body, at: Instant::now(), accepted: false });
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
