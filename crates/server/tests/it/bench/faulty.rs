//! A server that makes a mistake: what it publishes is lost, doubled or reordered once. Or one that makes none, and keeps
//! no connection alive.

use std::{
    io::{BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use gema_protocol::ws;

/// What happens to the third event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// It is not delivered.
    Loss,
    /// It is delivered twice.
    Double,
    /// It is delivered after the fourth.
    Order,
    /// None, but each answer ends its connection.
    Close,
}

/// Everybody's sockets, and the frames of all events so far.
#[derive(Debug, Default)]
struct State {
    subscribers: Vec<TcpStream>,
    frames: Vec<Vec<u8>>,
}

/// Serves in threads of its own until the process ends.
pub(super) fn serve(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let state = Arc::new(Mutex::new(State::default()));
    thread::spawn(move || {
        for socket in listener.incoming() {
            let (socket, state) = (socket.unwrap(), state.clone());
            // Who hangs up ends the thread.
            thread::spawn(move || converse(socket, fault, &state));
        }
    });
    address
}

fn converse(mut socket: TcpStream, fault: Fault, state: &Mutex<State>) -> std::io::Result<()> {
    let mut input = BufReader::new(socket.try_clone()?);
    loop {
        let Some(head) = read_head(&mut input)? else { return Ok(()) };
        if head.starts_with("GET ") {
            socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
            let established = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;
            socket.write_all(ws::text(established).as_bytes())?;
            // The only message of the generator is its subscription.
            input.read_exact(&mut [0; 2])?;
            let subscribed =
                r#"{"event":"pusher_internal:subscription_succeeded","channel":"bench","data":"{}"}"#;
            state.lock().unwrap().subscribers.push(socket.try_clone()?);
            socket.write_all(ws::text(subscribed).as_bytes())?;
            return std::io::copy(&mut input, &mut std::io::sink()).map(drop);
        }
        let mut body = vec![0; content_length(&head)];
        input.read_exact(&mut body)?;
        state.lock().unwrap().publish(std::str::from_utf8(&body).unwrap(), fault)?;
        if matches!(fault, Fault::Close) {
            return socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")?;
    }
}

impl State {
    fn publish(&mut self, body: &str, fault: Fault) -> std::io::Result<()> {
        let (_, data) = body.split_once(r#""data":"#).unwrap();
        let frame = ws::text(&format!(r#"{{"event":"bench","channel":"bench","data":{data}"#));
        self.frames.push(frame.as_bytes().to_vec());
        let (newest, number) = (self.frames.len() - 1, self.frames.len());
        let sent: &[usize] = match (fault, number) {
            (Fault::Loss | Fault::Order, 3) => &[],
            (Fault::Double, 3) => &[newest, newest],
            (Fault::Order, 4) => &[newest, newest - 1],
            _ => &[newest],
        };
        for &index in sent {
            for subscriber in &mut self.subscribers {
                subscriber.write_all(&self.frames[index])?;
            }
        }
        Ok(())
    }
}

fn read_head(input: &mut impl std::io::BufRead) -> std::io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if input.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

fn content_length(head: &str) -> usize {
    head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap()
}
