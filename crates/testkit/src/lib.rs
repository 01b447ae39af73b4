//! A Pusher client and an in-process server for tests; never published.
//!
//! Everything here waits for what a test expects and panics with what came instead. No test has to sleep: what is
//! awaited has [`PATIENCE`], which only a failing test uses up.
//!
//! * [`TestServer`]: `gema::run` on a port of its own
//! * [`PusherClient`] over [`WebSocket`]: the protocol over somebody else's WebSocket code
//! * [`TestAuthority`] and [`TlsClient`]: certificates, and who trusts them
//! * [`ApiClient`] over [`HttpConnection`]: signed requests, and whatever bytes a test wants to send

use std::time::Duration;

mod api;
mod client;
mod event;
mod http;
mod scrape;
mod server;
mod stream;
mod tls;
mod websocket;

pub use api::{ApiClient, now};
pub use client::PusherClient;
pub use event::Event;
pub use http::{HttpConnection, HttpResponse};
pub use scrape::{Scrape, declared_series, declared_values};
pub use server::{Credentials, ServerBuilder, TestServer};
pub use stream::Stream;
pub use tls::{TestAuthority, TlsClient};
pub use tokio_tungstenite::tungstenite::Message;
pub use websocket::{Close, Traffic, WebSocket, opening_request};

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Waits for something to happen, but not for ever.
///
/// # Panics
/// When it takes longer than [`PATIENCE`].
pub async fn within_patience<T>(what: &str, happening: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happening).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing within {PATIENCE:?}"),
    }
}

/// Asks again and again until the answer is as expected.
///
/// # Panics
/// When that takes longer than [`PATIENCE`].
pub async fn eventually<T: PartialEq + std::fmt::Debug>(expected: T, mut ask: impl AsyncFnMut() -> T) {
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if answer == expected {
            return;
        }
        assert!(tokio::time::Instant::now() < give_up, "still {answer:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
