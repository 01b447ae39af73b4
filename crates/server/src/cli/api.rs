//! Requests to a server's HTTP API, signed as every Pusher SDK signs them.

use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use gema_protocol::signature::request::sign_request;
use reqwest::{Client, Method, StatusCode, header::CONTENT_TYPE, redirect};
use serde_json::Value;

use super::{
    ToolError,
    target::{Address, Target},
    tls,
    tool_error::{chain, remedy_of},
    way,
};

/// How much of an answer a message shows, in characters.
const SHOWN: usize = 300;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// An application's side of the HTTP API.
#[derive(Debug)]
pub(super) struct Api<'a> {
    client: Client,
    target: &'a Target,
}

/// A client that goes to the address itself: no proxy, no redirection.
pub(super) fn http_client(
    address: &Address,
    check_certificate: bool,
    patience: Duration,
) -> Result<Client, ToolError> {
    // Without TLS nothing is checked, and no authority is looked for: a container may have none.
    let tls = tls::client(check_certificate && address.tls).map_err(|error| ToolError::Unreachable {
        address: address.to_string(),
        from: "TLS".to_owned(),
        reason: error.to_string(),
        remedy: "Install certificates of authorities (ca-certificates), or name a file of them in SSL_CERT_FILE.",
    })?;
    Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(patience)
        .build()
        .map_err(|error| ToolError::Argument(format!("{address}: {}", chain(&error))))
}

/// Why a request has no answer.
pub(super) fn unreachable(address: &Address, from: &str, error: reqwest::Error) -> ToolError {
    // Its URL has the signature in it.
    let error = error.without_url();
    let reason = if error.is_timeout() { "no answer in time".to_owned() } else { chain(&error) };
    ToolError::Unreachable {
        address: address.to_string(),
        from: from.to_owned(),
        remedy: remedy_of(&reason),
        reason,
    }
}

/// Why there is no connection.
pub(super) fn away(address: &Address, from: &str, error: &io::Error) -> ToolError {
    let reason = chain(error);
    ToolError::Unreachable {
        address: address.to_string(),
        from: from.to_owned(),
        remedy: remedy_of(&reason),
        reason,
    }
}

impl<'a> Api<'a> {
    pub(super) fn new(target: &'a Target) -> Result<Self, ToolError> {
        let client = http_client(&target.address, target.check_certificate, PATIENCE)?;
        Ok(Self { client, target })
    }

    /// Asks; the path is that behind the application's.
    pub(super) async fn get(&self, path: &str, params: &[(&str, &str)]) -> Result<Value, ToolError> {
        self.request(Method::GET, path, params, String::new()).await
    }

    /// Sends a body.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, ToolError> {
        self.request(Method::POST, path, &[], body.to_string()).await
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        params: &[(&str, &str)],
        body: String,
    ) -> Result<Value, ToolError> {
        let Target { address, id, key, secret, .. } = self.target;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let path = format!("/apps/{id}{path}");
        let query = sign_request(method.as_str(), &path, params, body.as_bytes(), key, secret, now);
        let way = way::to(address).await.map_err(|error| away(address, &self.target.address_from, &error))?;
        let mut request = self.client.request(method, format!("{way}{path}?{query}"));
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let failed = |error| unreachable(address, &self.target.address_from, error);
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let text = answer.text().await.map_err(failed)?;
        match serde_json::from_str(&text) {
            Ok(value @ Value::Object(_)) if status == StatusCode::OK => Ok(value),
            parsed => Err(self.refused(status, &text, parsed.is_ok())),
        }
    }

    fn refused(&self, status: StatusCode, text: &str, is_json: bool) -> ToolError {
        let Target { address, id, app_from, .. } = self.target;
        ToolError::Refused {
            address: address.to_string(),
            reason: format!("{status}: {}", shown(text)),
            remedy: remedy(status, text, is_json, id, app_from),
        }
    }
}

/// What to do about a refusal.
fn remedy(status: StatusCode, text: &str, is_json: bool, id: &str, app_from: &str) -> Option<String> {
    let remedy = match status {
        StatusCode::UNAUTHORIZED if text.contains("Timestamp expired") => {
            "The clocks of this machine and of the server differ by ten minutes: set them.".to_owned()
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => format!(
            "The request is signed for application {id} with its secret ({app_from}). Does the server have the same? \
             `gema config print --origin` beside it tells."
        ),
        StatusCode::NOT_FOUND if is_json && text.contains("application") => format!(
            "Is the server another one, or its application? The id {id} belongs to the secret ({app_from}); --app-id names \
             another."
        ),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "There is no API under this path. Is the path prefix right (REVERB_SERVER_PATH)? A proxy has to forward /apps \
             as well as /app: docs/operations.md."
                .to_owned()
        }
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            "A proxy answers for a server that it cannot reach: is Gema running behind it? --local asks past the proxy."
                .to_owned()
        }
        StatusCode::OK => "That is no Pusher server: --url names another address.".to_owned(),
        status if status.is_redirection() => {
            "The address leads to another one: give that with --url, mostly https:// for http://.".to_owned()
        }
        _ => return None,
    };
    Some(remedy)
}

/// The beginning of what somebody else has written, without what a terminal would obey.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.trim().chars().take(SHOWN).flat_map(visible).collect();
    if text.trim().chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// A character, or what stands for it when a terminal would obey it.
pub(super) fn visible(c: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = if c.is_control() { (None, Some(c.escape_unicode())) } else { (Some(c), None) };
    plain.into_iter().chain(escaped.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_is_cut_and_does_not_reach_the_terminal() {
        assert_eq!(shown(" \u{1b}[31mred\n "), "\\u{1b}[31mred");
        let long = shown(&"é".repeat(SHOWN + 1));
        assert_eq!(long.chars().count(), SHOWN + 1);
        assert!(long.ends_with('…'));
        assert!(!shown(&"é".repeat(SHOWN)).ends_with('…'));
    }

    #[test]
    fn a_refusal_tells_what_to_look_at() {
        let check = |status: u16, text: &str, part: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            let is_json = serde_json::from_str::<Value>(text).is_ok();
            let remedy = remedy(status, text, is_json, "7", "REVERB_APP_SECRET, from ./.env").unwrap();
            assert!(remedy.contains(part), "{remedy}");
        };
        check(401, r#"{"auth_signature":["no"]}"#, "REVERB_APP_SECRET, from ./.env");
        check(401, r#"{"auth_timestamp":["Timestamp expired"]}"#, "clocks");
        check(404, r#"{"app_id":["No matching application for ID [7]."]}"#, "--app-id");
        check(404, "<html>nginx</html>", "/apps");
        check(502, "<html>nginx</html>", "behind it");
        check(301, "", "https://");
        check(200, "<html>", "no Pusher server");
        assert_eq!(remedy(StatusCode::PAYLOAD_TOO_LARGE, "{}", true, "7", ""), None);
    }
}
