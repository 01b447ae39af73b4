//! A server that answers as a test tells it to and keeps what it was asked.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use gema_testkit::within_patience;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the server does with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Answer(u16, &'static str),
    /// Ends the connection without an answer.
    HangUp,
    /// Says nothing until the client has gone.
    Silence,
}

pub(crate) const OK: Step = Step::Answer(200, "{}");

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Which connection it came on, counted from 0.
    pub(crate) connection: usize,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    /// The path and the query.
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    /// The path as it was sent.
    pub(crate) fn path(&self) -> &str {
        self.target().split('?').next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Does one step for each request; a request beyond the last step ends the connection and is kept like the others.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    accepting: JoinHandle<()>,
}

impl Scripted {
    pub(crate) async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let steps = Arc::new(Mutex::new(steps.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::clone(&requests);
        let accepting = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, connection, Arc::clone(&steps), Arc::clone(&seen)));
            }
        });
        Self { address, requests, accepting }
    }

    /// All requests so far, in their order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.body).collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    steps: Arc<Mutex<VecDeque<Step>>>,
    requests: Arc<Mutex<Vec<Request>>>,
) {
    while let Some((head, body)) = read(&mut stream).await {
        requests.lock().unwrap().push(Request { connection, head, body });
        let step = steps.lock().unwrap().pop_front().unwrap_or(Step::HangUp);
        match step {
            Step::Answer(status, body) => {
                let length = body.len();
                let answer = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\n\r\n{body}");
                // A client may leave before the end of an answer that is too long for it.
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Step::HangUp => return,
            Step::Silence => {
                let mut nothing = [0];
                let _ = within_patience("the end of a client that waits", stream.read(&mut nothing)).await;
                return;
            }
        }
    }
}

/// The next request; nothing when the client has gone.
async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}
