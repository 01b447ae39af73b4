//! A server that makes a mistake: what it publishes is lost, doubled or reordered once. Or one that makes none, and keeps
//! no connection alive.

use std::{
    io::{BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use gema_protocol::ws;

/// What happens to one of the events.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// It is not delivered.
    Loss,
    /// It is delivered twice.
    Double,
    /// It is delivered after the next one.
    Order,
    /// It is delivered once more when the request has been answered.
    LateDouble,
    /// None, but each answer ends its connection.
    Close,
}

/// Everybody's sockets, and the frames of all events so far.
#[derive(Debug, Default)]
struct State {
    subscribers: Vec<TcpStream>,
    frames: Vec<Vec<u8>>,
}

/// Serves in threads of its own until the process ends; event number `at`, from 1 on, suffers the fault.
pub(super) fn serve(fault: Fault, at: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let state = Arc::new(Mutex::new(State::default()));
    thread::spawn(move || {
        for socket in listener.incoming() {
            let (socket, state) = (socket.unwrap(), state.clone());
            // Who hangs up ends the thread.
            thread::spawn(move || converse(socket, (fault, at), &state));
        }
    });
    address
}

fn converse(mut socket: TcpStream, (fault, at): (Fault, usize), state: &Mutex<State>) -> std::io::Result<()> {
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
        state.lock().unwrap().publish(std::str::from_utf8(&body).unwrap(), fault, at)?;
        if matches!(fault, Fault::Close) {
            return socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")?;
        let mut state = state.lock().unwrap();
        if matches!(fault, Fault::LateDouble) && state.frames.len() == at {
            state.send(at - 1)?;
        }
    }
}

impl State {
    fn publish(&mut self, body: &str, fault: Fault, at: usize) -> std::io::Result<()> {
        let (_, data) = body.split_once(r#""data":"#).unwrap();
        let frame = ws::text(&format!(r#"{{"event":"bench","channel":"bench","data":{data}"#));
        self.frames.push(frame.as_bytes().to_vec());
        let newest = self.frames.len() - 1;
        let sent: &[usize] = match fault {
            Fault::Loss | Fault::Order if newest + 1 == at => &[],
            Fault::Double if newest + 1 == at => &[newest, newest],
            Fault::Order if newest == at => &[newest, newest - 1],
            _ => &[newest],
        };
        sent.iter().try_for_each(|&index| self.send(index))
    }

    fn send(&mut self, index: usize) -> std::io::Result<()> {
        self.subscribers.iter_mut().try_for_each(|subscriber| subscriber.write_all(&self.frames[index]))
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
