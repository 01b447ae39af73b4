//! HTTP/1.1 byte by byte, so that requests can be as odd as a test wants them.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{Stream, within_patience};

/// One connection for requests in whatever form.
#[derive(Debug)]
pub struct HttpConnection {
    stream: Stream,
    /// What has been read and not yet been looked at.
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, without the marks of chunks.
    pub body: Vec<u8>,
}

impl HttpConnection {
    /// Over a connection on which nothing has been received.
    #[must_use]
    pub fn new(stream: impl Into<Stream>) -> Self {
        Self { stream: stream.into(), buffer: Vec::new() }
    }

    /// Sends bytes; a connection that is gone takes them as well.
    pub async fn write(&mut self, bytes: &[u8]) {
        // The server may have closed already; the test sees that from what it receives.
        let _ = within_patience("room for bytes", self.stream.write_all(bytes)).await;
    }

    /// Sends a request and reads its answer.
    pub async fn request(&mut self, request: &[u8]) -> HttpResponse {
        self.write(request).await;
        self.response().await
    }

    /// The next answer.
    ///
    /// # Panics
    /// When the connection ends or stays silent.
    pub async fn response(&mut self) -> HttpResponse {
        self.response_to("GET").await
    }

    /// The next answer, to a request of this method: what answers a HEAD has no body.
    ///
    /// # Panics
    /// When the connection ends or stays silent.
    pub async fn response_to(&mut self, method: &str) -> HttpResponse {
        let answer = within_patience("an HTTP response", self.try_response(method)).await;
        answer.expect("the connection has ended without an answer")
    }

    /// Where the test is the server: the next request, which has no body; nothing when the connection has ended.
    pub async fn next_request_head(&mut self) -> Option<String> {
        let head = within_patience("a request", self.take_until(b"\r\n\r\n")).await?;
        Some(String::from_utf8(head).expect("heads are text"))
    }

    /// Waits for the end of the connection; answers whatever came before.
    pub async fn drain(mut self) -> Vec<u8> {
        within_patience("the end of the connection", async { while self.read_more().await {} }).await;
        self.buffer
    }

    /// The connection, and what has been read beyond the last answer.
    #[must_use]
    pub fn into_parts(self) -> (Stream, Vec<u8>) {
        (self.stream, self.buffer)
    }

    /// Reads once; `false` at the end, a reset included.
    async fn read_more(&mut self) -> bool {
        self.stream.read_buf(&mut self.buffer).await.is_ok_and(|read| read > 0)
    }

    async fn try_response(&mut self, method: &str) -> Option<HttpResponse> {
        let head = self.take_until(b"\r\n\r\n").await?;
        let head = String::from_utf8(head).expect("heads are text");
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let mut response = HttpResponse {
            status: status.unwrap_or_else(|| panic!("no status: {status_line}")),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: Vec::new(),
        };
        if method == "HEAD" || matches!(response.status, 100..=199 | 204 | 304) {
            return Some(response);
        }
        response.body = if response.header("transfer-encoding") == Some("chunked") {
            self.take_chunks().await?
        } else {
            let length = response.header("content-length").and_then(|length| length.parse().ok());
            self.take(length.unwrap_or_else(|| panic!("no length: {response:?}"))).await?
        };
        Some(response)
    }

    async fn take_chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = self.take_until(b"\r\n").await?;
            let size = std::str::from_utf8(&size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
            let mut chunk = self.take(size.expect("a chunk has a size") + 2).await?;
            chunk.truncate(chunk.len() - 2);
            if chunk.is_empty() {
                return Some(body);
            }
            body.append(&mut chunk);
        }
    }

    /// The bytes before this mark, which is taken as well.
    async fn take_until(&mut self, mark: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.windows(mark.len()).position(|window| window == mark) {
                let taken = self.take(end + mark.len()).await?;
                return Some(taken[..end].to_vec());
            }
            if !self.read_more().await {
                return None;
            }
        }
    }

    async fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.read_more().await {
                return None;
            }
        }
        let rest = self.buffer.split_off(length);
        Some(std::mem::replace(&mut self.buffer, rest))
    }
}

impl HttpResponse {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("bodies are text")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not a JSON object, or not announced as JSON: some SDKs would fail.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        let value: Value =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(value.is_object(), "{value}");
        value
    }

    /// What the publisher of a request that succeeded reads.
    ///
    /// # Panics
    /// When the status is another than 200: the PHP SDK takes nothing else.
    pub fn success(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The message of a refusal for this field, which must be the only one.
    ///
    /// # Panics
    /// When the refusal is another, or none.
    pub fn refusal(&self, status: u16, field: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        let messages = body[field].as_array().unwrap_or_else(|| panic!("nothing about {field}: {body}"));
        assert_eq!((body.as_object().map(serde_json::Map::len), messages.len()), (Some(1), 1), "{body}");
        messages[0].as_str().expect("messages are texts").to_owned()
    }
}
