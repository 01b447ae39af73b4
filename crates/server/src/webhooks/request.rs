//! One request of a webhook: its body, its signature, and what comes of it.

use std::{error::Error, fmt, net::IpAddr, time::Duration};

use bytes::Bytes;
use gema_hub::{App, Fact, Webhook};
use gema_protocol::signature::sign;
use reqwest::{
    Client, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
    redirect,
};
use serde::Serialize;

/// How long an idle connection to a receiver is kept.
const KEPT_IDLE: Duration = Duration::from_secs(30);

/// An event as it is told: what has happened, and which telling it is. The id of an event that is told again is the same.
#[derive(Debug, Serialize)]
pub(crate) struct Told<'a> {
    #[serde(flatten)]
    pub(crate) fact: &'a Fact<'a>,
    pub(crate) id: String,
}

/// The body of a request. It is signed as it is.
pub(crate) fn body(time_ms: u64, events: &[Told<'_>]) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a> {
        time_ms: u64,
        events: &'a [Told<'a>],
    }
    serde_json::to_vec(&Body { time_ms, events }).expect("texts and numbers are JSON").into()
}

/// What has come of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The receiver has answered with 2xx.
    Accepted(u16),
    /// The receiver has answered with something else.
    Refused(u16),
    /// The receiver wants to be called elsewhere, which is not done.
    Redirected(u16, Option<String>),
    /// There was no answer in time.
    TimedOut(Duration),
    /// There was no answer at all.
    Unreachable(String),
}

/// Sends the requests of one webhook.
#[derive(Debug)]
pub(crate) struct Poster {
    client: Client,
    url: Url,
    timeout: Duration,
    headers: HeaderMap,
}

impl Poster {
    /// A poster for a webhook, whose settings have been checked.
    pub(crate) fn new(webhook: &Webhook) -> reqwest::Result<Self> {
        let url = Url::parse(&webhook.url).expect("the configuration takes nothing but URLs");
        let client = Client::builder()
            // HTTP/2 and lower-case names would not do: receivers look for the names as Pusher writes them.
            .http1_only()
            .http1_title_case_headers()
            .user_agent(concat!("Gema/", env!("CARGO_PKG_VERSION")))
            .pool_idle_timeout(KEPT_IDLE)
            .redirect(redirect::Policy::none());
        // No proxy can reach a receiver on this machine.
        let client = if is_loopback(&url) { client.no_proxy() } else { client };
        let mut headers = HeaderMap::new();
        for header in &webhook.headers {
            let name = header.name.parse::<HeaderName>().expect("the configuration takes nothing else");
            let mut value =
                header.value.parse::<HeaderValue>().expect("the configuration takes nothing else");
            value.set_sensitive(true);
            headers.append(name, value);
        }
        Ok(Self { client: client.build()?, url, timeout: webhook.timeout, headers })
    }

    /// Sends a body, signed for the application.
    pub(crate) async fn post(&self, app: &App, body: Bytes) -> Outcome {
        let signature = sign(app.secrets.oldest(), &body);
        let request = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header("X-Pusher-Key", &app.key)
            .header("X-Pusher-Signature", signature)
            .header(CONTENT_TYPE, "application/json")
            .timeout(self.timeout)
            .body(body);
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                match status.as_u16() {
                    code if status.is_success() => Outcome::Accepted(code),
                    code if status.is_redirection() => Outcome::Redirected(code, location.map(str::to_owned)),
                    code => Outcome::Refused(code),
                }
            }
            Err(error) if error.is_timeout() => Outcome::TimedOut(self.timeout),
            Err(error) => Outcome::Unreachable(reason(&error)),
        }
    }

    /// Where the requests go, without what may be secret: user, password, query.
    pub(crate) fn shown(&self) -> String {
        shown(&self.url)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(status) => write!(f, "answered with {status}"),
            Self::Refused(status) => write!(f, "answered with {status}, not 2xx"),
            Self::Redirected(status, None) => write!(f, "redirects ({status}), which is not followed"),
            Self::Redirected(status, Some(location)) => {
                let location =
                    Url::parse(location).map_or_else(|_| without_query(location), |url| shown(&url));
                write!(f, "redirects ({status}) to {location}, which is not followed")
            }
            Self::TimedOut(timeout) => write!(f, "has not answered within {} seconds", timeout.as_secs()),
            Self::Unreachable(reason) => write!(f, "cannot be reached: {reason}"),
        }
    }
}

/// The same of a reference to a place at the same host.
fn without_query(location: &str) -> String {
    location.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// A URL without what may be secret.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // A URL that cannot have them has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// The innermost cause says what is wrong; the outer ones repeat the URL.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use gema_protocol::signature::Secret;

    use super::*;

    #[test]
    fn the_documented_bodies_have_the_documented_signatures() {
        let check = |body: &str, signature: &str| {
            assert_eq!(sign(&Secret::new("7ad3773142a6692b25b8"), body.as_bytes()), signature, "{body}");
        };
        check(
            r#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"my-channel"}]}"#,
            "c19001ae3963ccb13bf618e5b16ba9848e7e74df0993aa0689168e341c6833cf",
        );
        check(
            r#"{"time_ms":1327078148132,"events":[{"name":"client_event","channel":"presence-x","event":"client-a","data":"{\"a\":1}","socket_id":"1234.1234","user_id":"u1"}]}"#,
            "9db7d7328acbba3b2b6f8c62d8215cf041a45c2096ea201f22cb6bcb6b0ade25",
        );
    }

    #[test]
    fn a_redirection_is_told_without_what_may_be_secret() {
        for (location, shown) in [
            ("https://user:pass@a.test/b?token=1#c", "https://a.test/b"),
            ("/login?token=1", "/login"),
            ("?token=1", ""),
        ] {
            let told = Outcome::Redirected(302, Some(location.to_owned())).to_string();
            assert_eq!(told, format!("redirects (302) to {shown}, which is not followed"));
        }
    }

    #[test]
    fn a_body_has_the_documented_form_and_an_id_in_addition() {
        let event = |fact: &Fact<'_>, expected: &str| {
            let body = body(1327078148132, &[Told { fact, id: "i-1-0".to_owned() }]);
            assert_eq!(body, format!(r#"{{"time_ms":1327078148132,"events":[{expected}]}}"#));
        };
        event(
            &Fact::ChannelOccupied { channel: "my-channel".into() },
            r#"{"name":"channel_occupied","channel":"my-channel","id":"i-1-0"}"#,
        );
        event(
            &Fact::ClientEvent {
                channel: "presence-x".into(),
                event: "client-a".into(),
                data: r#"{"a":1}"#.into(),
                socket_id: "1234.1234".into(),
                user_id: Some("u1".into()),
            },
            r#"{"name":"client_event","channel":"presence-x","event":"client-a","data":"{\"a\":1}","socket_id":"1234.1234","user_id":"u1","id":"i-1-0"}"#,
        );
        event(
            &Fact::SubscriptionCount { channel: "c".into(), subscription_count: 3 },
            r#"{"name":"subscription_count","channel":"c","subscription_count":3,"id":"i-1-0"}"#,
        );
    }

    #[test]
    fn what_is_shown_of_a_url_has_no_secret() {
        let url = Url::parse("https://user:word@example.com/hooks?token=x#y").unwrap();
        assert_eq!(shown(&url), "https://example.com/hooks");
    }
}
