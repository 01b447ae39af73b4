//! A WebSocket server that sends every message back, over the same codec and the same shards as Gema and without
//! the Pusher protocol: what a WebSocket test suite is run against.

use std::{
    convert::Infallible,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request, http::Response};
use clap::Parser;
use gema::{
    http::{handshake, stream::HttpStream},
    shard::{InboxSender, Measured, Message, Order, Service, Shard, inbox},
};
use gema_hub::{Outboxes, Slot};
use gema_protocol::ws::{self, MessageLimit};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use mio::Poll;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::either::Either;

/// Bytes of a message that are sent back.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// How long the answer to an upgrade may wait to be read.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends every WebSocket message back.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port on 127.0.0.1 to listen on.
    #[arg(long)]
    port: u16,
}

#[derive(Debug)]
struct Echo;

/// What other threads send to the echo.
#[derive(Debug)]
enum Nothing {}

impl Measured for Nothing {
    fn size(&self) -> usize {
        match *self {}
    }
}

impl Service for Echo {
    type Welcome = ();
    type Delivery = Nothing;

    fn handle_connected(&mut self, _now: Instant, slot: Slot, (): (), out: &mut Outboxes) {
        out.open(slot, 4 * MAX_MESSAGE);
    }

    fn message_limit(&self, _slot: Slot) -> MessageLimit {
        MessageLimit { accept: MAX_MESSAGE, discard: MAX_MESSAGE }
    }

    fn handle_message(&mut self, _now: Instant, slot: Slot, message: Message<'_>, out: &mut Outboxes) {
        match message {
            Message::Text(text) => out.send_frame(slot, ws::text(&text)),
            Message::Binary(bytes) => out.send_frame(slot, ws::binary(&bytes)),
            Message::Oversized(_) | Message::Ping | Message::Pong => {}
        }
    }

    fn handle_disconnected(&mut self, _now: Instant, _slot: Slot, _out: &mut Outboxes) {}

    fn handle_delivery(&mut self, _now: Instant, nothing: Nothing, _out: &mut Outboxes) -> usize {
        match nothing {}
    }

    fn handle_shutdown(&mut self, _out: &mut Outboxes) {}
}

type Connections = Arc<InboxSender<Order<(), Nothing>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { port } = Arguments::parse();
    let poll = Poll::new()?;
    let (sender, inbox) = inbox(&poll, usize::MAX)?;
    let connections: Connections = Arc::new(sender);
    std::thread::spawn(move || Shard::new(poll, inbox, Echo).run());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, Arc::clone(&connections)));
    }
}

async fn serve(stream: TcpStream, connections: Connections) {
    let service =
        service_fn(|request: Request<Incoming>| upgrade(request.map(Body::new), Arc::clone(&connections)));
    // A client that goes away in the middle of its upgrade is of no interest.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(HttpStream::new(Either::Left(stream), PATIENCE)), service)
        .with_upgrades()
        .await;
}

async fn upgrade(mut request: Request, connections: Connections) -> Result<Response<Body>, Infallible> {
    Ok(match handshake::accept(&mut request) {
        Ok((switching, upgrade)) => {
            tokio::spawn(async move {
                if let Ok((stream, read_ahead)) = upgrade.raw_stream().await {
                    connections.push_urgent(Order::Connect { stream, read_ahead, welcome: () });
                }
            });
            switching
        }
        Err(refusal) => refusal,
    })
}
