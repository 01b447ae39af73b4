//! A publisher as the official SDKs are one.

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use gema_protocol::signature::request::sign_request;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{Credentials, HttpConnection, HttpResponse, TlsClient, within_patience};

/// Signs requests of one application. Paths are those behind `/apps/{app_id}`.
#[derive(Debug, Clone)]
pub struct ApiClient {
    address: SocketAddr,
    prefix: String,
    app: Credentials,
    /// How it speaks TLS, if it does.
    tls: Option<TlsClient>,
    /// The time of all requests, where it is not that of the clock.
    time: Option<u64>,
}

/// The time in unix seconds.
///
/// # Panics
/// When the clock stands before 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs()
}

impl ApiClient {
    /// A publisher of `app` for the server at `address` with this path prefix, which may be empty.
    #[must_use]
    pub fn new(address: SocketAddr, prefix: &str, app: Credentials) -> Self {
        Self { address, prefix: prefix.to_owned(), app, tls: None, time: None }
    }

    /// The same publisher over TLS.
    #[must_use]
    pub fn over(&self, tls: Option<TlsClient>) -> Self {
        Self { tls, ..self.clone() }
    }

    /// The same publisher with its clock stopped at this time, in unix seconds.
    #[must_use]
    pub fn at(&self, time: u64) -> Self {
        Self { time: Some(time), ..self.clone() }
    }

    /// Path and query of a signed request, without the prefix of the server.
    #[must_use]
    pub fn target(&self, method: &str, path: &str, params: &[(&str, &str)], body: &[u8]) -> String {
        let path = format!("/apps/{}{path}", self.app.id);
        let time = self.time.unwrap_or_else(now);
        let query = sign_request(method, &path, params, body, &self.app.key, &self.app.secret, time);
        format!("{path}?{query}")
    }

    /// The bytes of a signed GET.
    #[must_use]
    pub fn get_request(&self, path: &str, params: &[(&str, &str)]) -> Vec<u8> {
        let target = self.target("GET", path, params, b"");
        format!("GET {}{target} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.prefix).into_bytes()
    }

    /// The bytes of a signed POST.
    #[must_use]
    pub fn post_request(&self, path: &str, body: &[u8]) -> Vec<u8> {
        let target = self.target("POST", path, &[], body);
        let head = format!(
            "POST {}{target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.prefix,
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// The bytes of the request that triggers an event.
    #[must_use]
    pub fn trigger_request(&self, channels: &[&str], event: &str, data: &str) -> Vec<u8> {
        let body = json!({ "name": event, "channels": channels, "data": data });
        self.post_request("/events", body.to_string().as_bytes())
    }

    /// Sends a signed GET on a connection of its own.
    pub async fn get(&self, path: &str, params: &[(&str, &str)]) -> HttpResponse {
        self.connect().await.request(&self.get_request(path, params)).await
    }

    /// Sends a signed POST on a connection of its own.
    pub async fn post(&self, path: &str, body: &Value) -> HttpResponse {
        self.connect().await.request(&self.post_request(path, body.to_string().as_bytes())).await
    }

    /// Triggers an event, which must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn trigger(&self, channel: &str, event: &str, data: &str) {
        let answer = self.connect().await.request(&self.trigger_request(&[channel], event, data)).await;
        assert_eq!(answer.success(), json!({}));
    }

    /// The connections of the application.
    ///
    /// # Panics
    /// When the server does not tell.
    pub async fn connections(&self) -> u64 {
        self.get("/connections", &[]).await.success()["connections"].as_u64().expect("a number")
    }

    /// The occupied channels of the application, by name.
    ///
    /// # Panics
    /// When the server does not tell.
    pub async fn channels(&self) -> Vec<String> {
        let answer = self.get("/channels", &[]).await.success();
        answer["channels"].as_object().expect("an object").keys().cloned().collect()
    }

    /// The number of subscriptions to a channel.
    ///
    /// # Panics
    /// When the server does not tell.
    pub async fn subscriptions(&self, channel: &str) -> u64 {
        let path = format!("/channels/{channel}");
        let answer = self.get(&path, &[("info", "subscription_count")]).await.success();
        answer["subscription_count"].as_u64().expect("a number")
    }

    /// A connection for requests.
    ///
    /// # Panics
    /// When there is none to be had.
    pub async fn connect(&self) -> HttpConnection {
        let stream = within_patience("a TCP connection", TcpStream::connect(self.address)).await;
        let stream = stream.expect("the server listens");
        match &self.tls {
            None => HttpConnection::new(stream),
            Some(tls) => {
                let stream = within_patience("a TLS handshake", tls.connect(stream)).await;
                HttpConnection::new(stream.expect("the handshake succeeds"))
            }
        }
    }
}
