//! One request, and its answer checked against the document.

use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    pin::Pin,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Request},
};
use serde_json::Value;
use tower::ServiceExt as _;

use super::api::Api;

/// A request in the making; await it.
pub(crate) struct Call<'a> {
    api: &'a Api,
    method: String,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    peer: SocketAddr,
}

/// An answer whose status and body are as the document says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<'a> Call<'a> {
    pub(crate) fn new(api: &'a Api, method: &str, path: &str) -> Self {
        Self {
            api,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: "192.0.2.1:4711".parse().unwrap(),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests write `json!` where the value goes")]
    pub(crate) fn json(self, body: Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub(crate) fn raw(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut call = self.header("content-type", content_type);
        call.body = body.into();
        call
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn indonesian(self) -> Self {
        self.header("accept-language", "id-ID,id;q=0.9,en;q=0.8")
    }

    pub(crate) fn from(mut self, address: &str) -> Self {
        self.peer = SocketAddr::new(address.parse().unwrap(), 4711);
        self
    }

    async fn send(self) -> Answer {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(&self.path)
            .body(Body::from(self.body))
            .unwrap();
        *request.headers_mut() = self.headers;
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.api.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{} {}", self.method, self.path);
        self.api.document.check(&self.method, &self.path, &answer);
        answer
    }
}

impl<'a> IntoFuture for Call<'a> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The answer is a refusal with these two.
    #[track_caller]
    pub(crate) fn expect_message(&self, status: u16, message: &str) {
        assert_eq!(self.expect(status), serde_json::json!({ "message": message }));
    }

    /// The answer says that just this is wrong with just this field.
    #[track_caller]
    pub(crate) fn expect_invalid(&self, field: &str, sentence: &str) {
        let errors = serde_json::json!({ "message": sentence, "errors": { field: [sentence] } });
        assert_eq!(self.expect(422), errors);
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
