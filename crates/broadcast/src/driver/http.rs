//! Signed requests to a server's HTTP API.

use std::{
    error::Error as _,
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use gema_protocol::signature::request::sign_request;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Response, Url, header::CONTENT_TYPE, redirect};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tracing::warn;

use super::{
    Attempts,
    trigger::{self, Part},
};
use crate::{BroadcastError, Credentials, Message, ReverbConnection, backoff::Backoff};

/// Everything that RFC 3986 does not permit in a segment of a path. What it permits is sent as it is: the decoded path
/// is signed, while Reverb verifies the path as it was sent. For names of channels, whose characters are all permitted
/// but the `#` of those of users, both are the same.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');
/// The pauses before a request is sent again.
const RETRY: Backoff = Backoff { first: Duration::from_millis(100), limit: Duration::from_secs(2) };
const LIBRARY: &str = concat!("gema-broadcast ", env!("CARGO_PKG_VERSION"));
/// How long a connection without a request is kept: less than the 60 seconds after which servers close it, so
/// that hardly any request meets a connection that is just being closed.
const KEPT_IDLE: Duration = Duration::from_secs(50);
/// How much of an answer an error shows, in characters.
const SHOWN: usize = 500;
/// Longest answer to what is sent, in bytes. It says little more than that it was taken.
const LONGEST_ANSWER: usize = 1 << 20;
/// Longest answer to a question, in bytes: a list of some hundred thousand channels.
const LONGEST_LIST: usize = 64 << 20;

/// A server and an application at it. Connections are kept and used again.
#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    /// The URL up to the paths of the API; the path prefix at its end is not signed.
    server: String,
    app_path: String,
    credentials: Credentials,
    retries: u32,
}

struct Request<'a> {
    method: Method,
    /// The path behind that of the application.
    path: &'a str,
    params: &'a [(&'a str, &'a str)],
    body: &'a str,
}

/// A text as one segment of a path.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

impl Http {
    pub(crate) fn new(connection: ReverbConnection) -> Result<Self, BroadcastError> {
        let server = format!("{}{}", connection.origin(), connection.path);
        let fault = |reason: String| BroadcastError::Client { server: server.clone(), reason };
        Url::parse(&server).map_err(|error| fault(error.to_string()))?;
        let client = Client::builder()
            .connect_timeout(connection.connect_timeout)
            .timeout(connection.timeout)
            .pool_idle_timeout(KEPT_IDLE)
            // A POST that is redirected would become a GET.
            .redirect(redirect::Policy::none());
        // No proxy can reach a server on this machine.
        let client = if is_loopback(&connection.host) { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| fault(reason(&error)))?;
        Ok(Self {
            client,
            app_path: format!("/apps/{}", escape(&connection.app_id)),
            credentials: connection.credentials,
            retries: connection.retries,
            server,
        })
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) async fn send(&self, message: &Message, attempts: Attempts) -> Result<(), BroadcastError> {
        let parts = trigger::parts(message, self.credentials.encryption_key.as_ref())?;
        self.post_parts("/events", &parts, attempts).await
    }

    pub(super) async fn send_batch(&self, messages: &[Message]) -> Result<(), BroadcastError> {
        let parts = trigger::batch_parts(messages, self.credentials.encryption_key.as_ref())?;
        self.post_parts("/batch_events", &parts, Attempts::AsConfigured).await
    }

    /// Posts something whose answer says no more than that it has succeeded.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &str,
        attempts: Attempts,
    ) -> Result<(), BroadcastError> {
        let request = Request { method: Method::POST, path, params: &[], body };
        self.answer::<Map<String, Value>>(&request, attempts).await.map(drop)
    }

    /// Asks a question.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        params: &[(&str, &str)],
    ) -> Result<T, BroadcastError> {
        let request = Request { method: Method::GET, path, params, body: "" };
        self.answer(&request, Attempts::AsConfigured).await
    }

    async fn post_parts(&self, path: &str, parts: &[Part], attempts: Attempts) -> Result<(), BroadcastError> {
        let total = parts.len();
        for (at, part) in parts.iter().enumerate() {
            self.post(path, &part.body, attempts).await.map_err(|error| match total {
                1 => error,
                _ => {
                    let source = Box::new(error);
                    BroadcastError::Part { number: at + 1, total, what: part.what.clone(), source }
                }
            })?;
        }
        Ok(())
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        attempts: Attempts,
    ) -> Result<T, BroadcastError> {
        let mut retries = 1..=match attempts {
            Attempts::Once => 0,
            Attempts::AsConfigured => self.retries,
        };
        loop {
            let error = match self.answer_once(request).await {
                Err(error) if error.is_retryable() => error,
                decided => return decided,
            };
            let Some(retry) = retries.next() else { return Err(error) };
            let pause = RETRY.pause(retry, rand::random());
            warn!(retry, pause_ms = pause.as_millis(), "Sending again, since {error}");
            tokio::time::sleep(pause).await;
        }
    }

    async fn answer_once<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, BroadcastError> {
        let http_request = self
            .client
            .request(request.method.clone(), self.url(request)?)
            .header(CONTENT_TYPE, "application/json")
            .header("X-Pusher-Library", LIBRARY)
            .body(request.body.to_owned());
        let mut response = http_request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let longest = if request.method == Method::GET { LONGEST_LIST } else { LONGEST_ANSWER };
        let body = self.read(&mut response, longest).await?;
        let shown = || String::from_utf8_lossy(&body).chars().take(SHOWN).collect::<String>();
        if status != 200 {
            return Err(BroadcastError::Status { status, body: shown() });
        }
        let unexpected = |reason: String| BroadcastError::Answer { reason, body: shown() };
        if body.len() > longest {
            return Err(unexpected(format!("it is longer than {longest} bytes")));
        }
        serde_json::from_slice(&body).map_err(|error| unexpected(error.to_string()))
    }

    /// An answer to its end, or a little more than the longest that it may be.
    async fn read(&self, response: &mut Response, longest: usize) -> Result<Vec<u8>, BroadcastError> {
        let mut body = Vec::new();
        while body.len() <= longest
            && let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))?
        {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn url(&self, request: &Request<'_>) -> Result<Url, BroadcastError> {
        let path = format!("{}{}", self.app_path, request.path);
        let Credentials { key, secret, .. } = &self.credentials;
        let (method, body) = (request.method.as_str(), request.body.as_bytes());
        let query = sign_request(method, &path, request.params, body, key, secret, unix_seconds());
        let fault = || BroadcastError::Path(path.clone());
        let url = Url::parse(&format!("{}{path}?{query}", self.server)).map_err(|_| fault())?;
        // URLs have no segments `.` and `..`: what is left without them would be another request.
        if url.path().ends_with(&path) { Ok(url) } else { Err(fault()) }
    }

    fn unreachable(&self, error: &reqwest::Error) -> BroadcastError {
        BroadcastError::Unreachable { server: self.server.clone(), reason: reason(error) }
    }
}

/// What lies at the bottom of an error. The outer ones show the URL, which is signed.
fn reason(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "connection lost"
    };
    let innermost = std::iter::successors(error.source(), |&error| error.source()).last();
    innermost.map_or_else(|| kind.to_owned(), |innermost| format!("{kind} ({innermost})"))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn unix_seconds() -> u64 {
    // A clock before 1970 gets the server's answer about it.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_sent_again_after_100_milliseconds_doubling_up_to_two_seconds() {
        let whole = [100, 200, 400, 800, 1600, 2000, 2000].map(Duration::from_millis);
        assert_eq!([1, 2, 3, 4, 5, 6, 101].map(|retry| RETRY.pause(retry, 0.0)), whole);
    }

    #[test]
    fn chance_takes_off_up_to_a_half_of_a_pause() {
        assert_eq!(RETRY.pause(1, 1.0), Duration::from_millis(50));
        assert_eq!(RETRY.pause(2, 0.5), Duration::from_millis(150));
        assert_eq!(RETRY.pause(u32::MAX, 1.0), Duration::from_secs(1));
    }
}
