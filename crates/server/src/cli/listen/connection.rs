//! One connection of a listener, until it is lost.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use gema_protocol::{
    names::{ChannelName, SocketId, UserId},
    signature::sign_channel,
};
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message as Frame,
        client::IntoClientRequest as _,
        http::{HeaderValue, header::ORIGIN},
    },
};

use super::{message::Message, tell};
use crate::cli::{
    ToolError,
    api::shown,
    target::Target,
    tls,
    tool_error::{chain, remedy_of},
    way,
};

/// How long a connection may take to come about, and a server to answer a ping.
const PATIENCE: Duration = Duration::from_secs(15);
/// Seconds of silence after which the server is asked, unless it says otherwise.
const ACTIVITY_TIMEOUT: u64 = 120;

/// A stream to a server, with or without TLS.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection to a server.
pub(super) struct Connection {
    socket: WebSocketStream<Box<dyn Stream>>,
    socket_id: Option<SocketId>,
    activity_timeout: Duration,
    /// When the server has to be asked whether it is there, or has to have answered.
    deadline: Instant,
    asked: bool,
}

/// A connection that is lost, and may come back.
pub(super) struct Lost {
    pub(super) reason: String,
    /// Whether the server had accepted it.
    pub(super) was_connected: bool,
}

impl Connection {
    /// Connects.
    pub(super) async fn open(target: &Target) -> Result<Self, ToolError> {
        match timeout(PATIENCE, connect(target)).await {
            Ok(socket) => Ok(Self {
                socket: socket?,
                socket_id: None,
                activity_timeout: Duration::from_secs(ACTIVITY_TIMEOUT),
                deadline: Instant::now() + PATIENCE,
                asked: true,
            }),
            Err(_) => Err(unreachable(target, "no answer in time".to_owned())),
        }
    }

    /// Waits for the welcome; the id of the connection.
    pub(super) async fn greet(&mut self, target: &Target) -> Result<Result<String, Lost>, ToolError> {
        let message = match self.receive(target).await? {
            Ok(message) => message,
            Err(lost) => return Ok(Err(lost)),
        };
        if message.event == "pusher:error" {
            return match message.member("code").as_u64() {
                Some(code) if code >= 4100 => {
                    Ok(Err(self.lost(&format!("the server says: {}", shown(&message.data)))))
                }
                _ => Err(self.ended(target, &message)),
            };
        }
        let id = message.member("socket_id").as_str().unwrap_or_default().to_owned();
        self.socket_id = id.parse().ok();
        if message.event != "pusher:connection_established" || self.socket_id.is_none() {
            return Err(refused(
                target,
                format!("it greets with `{}`", shown(&message.event)),
                Some("That is no Pusher server: --url names another address.".to_owned()),
            ));
        }
        let seconds = message.member("activity_timeout").as_u64().filter(|seconds| *seconds > 0);
        self.activity_timeout = Duration::from_secs(seconds.unwrap_or(ACTIVITY_TIMEOUT));
        self.heard();
        Ok(Ok(id))
    }

    /// Asks for a subscription, which is answered later. That the connection is lost shows there as well.
    pub(super) async fn subscribe(&mut self, target: &Target, channel: &ChannelName, user: &UserId) {
        let name = channel.as_str();
        let mut data = json!({ "channel": name });
        let member = channel.is_presence().then(|| json!({ "user_id": user.as_str() }).to_string());
        if let Some(socket_id) = &self.socket_id
            && (name.starts_with("private-") || member.is_some())
        {
            let auth = sign_channel(&target.key, &target.secret, socket_id, name, member.as_deref());
            data["auth"] = auth.into();
        }
        if let Some(member) = member {
            data["channel_data"] = member.into();
        }
        self.send(json!({ "event": "pusher:subscribe", "data": data })).await;
    }

    /// The next event that is for the user. What the protocol needs is done in between.
    pub(super) async fn next(&mut self, target: &Target) -> Result<Result<Message, Lost>, ToolError> {
        loop {
            let message = match self.receive(target).await? {
                Ok(message) => message,
                Err(lost) => return Ok(Err(lost)),
            };
            match message.event.as_str() {
                "pusher:ping" => self.send(json!({ "event": "pusher:pong", "data": {} })).await,
                "pusher:pong" => {}
                "pusher_internal:subscription_succeeded" => tell_subscribed(&message),
                "pusher:subscription_error" => return Err(subscription_refused(target, &message)),
                "pusher:error" => match message.member("code").as_u64() {
                    Some(4000..=4099) => return Err(self.ended(target, &message)),
                    _ => tell(&format!("the server reports: {}", shown(&message.data))),
                },
                _ => return Ok(Ok(message.public())),
            }
        }
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        // Everything has been printed; a server that does not listen any more changes nothing.
        let _ = timeout(PATIENCE, self.socket.close(None)).await;
    }

    /// The next message, while the server is alive.
    async fn receive(&mut self, target: &Target) -> Result<Result<Message, Lost>, ToolError> {
        loop {
            let frame = tokio::select! {
                frame = self.socket.next() => frame,
                () = sleep_until(self.deadline) => {
                    if self.asked {
                        return Ok(Err(self.lost("the server is silent")));
                    }
                    self.asked = true;
                    self.deadline = Instant::now() + PATIENCE;
                    self.send(json!({ "event": "pusher:ping", "data": {} })).await;
                    continue;
                }
            };
            let reason = match frame {
                Some(Ok(Frame::Text(text))) => {
                    self.heard();
                    match Message::parse(text.as_str()) {
                        Some(message) => return Ok(Ok(message)),
                        None => tell(&format!("not a message of the protocol: {}", shown(text.as_str()))),
                    }
                    continue;
                }
                Some(Ok(Frame::Close(Some(close)))) => {
                    let code = u16::from(close.code);
                    let said = format!("the server has closed with {code} {}", shown(close.reason.as_str()));
                    if (4000..4100).contains(&code) {
                        return Err(refused(target, said, self.remedy(target, code.into())));
                    }
                    said.trim_end().to_owned()
                }
                Some(Ok(Frame::Close(None))) | None => "the server has closed the connection".to_owned(),
                Some(Ok(_)) => {
                    self.heard();
                    continue;
                }
                Some(Err(error)) => format!("the connection is lost: {}", chain(&error)),
            };
            return Ok(Err(self.lost(&reason)));
        }
    }

    fn heard(&mut self) {
        // Until the welcome nothing counts as a sign of life.
        if self.socket_id.is_some() {
            self.asked = false;
            self.deadline = Instant::now() + self.activity_timeout;
        }
    }

    /// The server ends the connection with an error that does not go away.
    fn ended(&self, target: &Target, message: &Message) -> ToolError {
        let (code, said) = (message.member("code"), message.member("message"));
        let reason = format!("{code} {}", shown(said.as_str().unwrap_or_default()));
        refused(target, reason, self.remedy(target, code.as_u64().unwrap_or_default()))
    }

    /// What to do about a code.
    fn remedy(&self, target: &Target, code: u64) -> Option<String> {
        match code {
            4001 => {
                Some(format!("Its applications do not have the key {} ({}).", target.key, target.key_from))
            }
            // Before the welcome nothing is signed.
            4009 if self.socket_id.is_none() => Some(wrong_origin(target)),
            4009 => Some(wrong_secret(target)),
            _ => None,
        }
    }

    fn lost(&self, reason: &str) -> Lost {
        Lost { reason: reason.to_owned(), was_connected: self.socket_id.is_some() }
    }

    async fn send(&mut self, message: Value) {
        // A lost connection shows when the next message is waited for.
        let _ = self.socket.send(Frame::text(message.to_string())).await;
    }
}

async fn connect(target: &Target) -> Result<WebSocketStream<Box<dyn Stream>>, ToolError> {
    let address = &target.address;
    let failed = |reason: String| unreachable(target, reason);
    let connect = async {
        let way = way::to(address).await?;
        TcpStream::connect((way.host.as_str(), way.port)).await
    };
    let tcp = connect.await.map_err(|error| failed(chain(&error)))?;
    let stream: Box<dyn Stream> = if address.tls {
        let config = tls::client(target.check_certificate).map_err(|error| failed(chain(&error)))?;
        let name = ServerName::try_from(address.host.clone()).map_err(|error| failed(error.to_string()))?;
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        Box::new(tls.map_err(|error| failed(chain(&error)))?)
    } else {
        Box::new(tcp)
    };
    let version = env!("CARGO_PKG_VERSION");
    let path = format!("/app/{}?protocol=7&client=gema&version={version}&flash=false", target.key);
    let mut request = format!("{}{path}", address.websocket())
        .into_client_request()
        .map_err(|error| failed(chain(&error)))?;
    if let Some(origin) = &target.origin {
        let origin = HeaderValue::from_str(origin).map_err(|error| failed(error.to_string()))?;
        request.headers_mut().insert(ORIGIN, origin);
    }
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => {
            let body = String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default()).into_owned();
            Err(refused(
                target,
                format!("{} instead of a WebSocket: {}", answer.status(), shown(&body)),
                Some(
                    "Is the path prefix right (REVERB_SERVER_PATH)? A proxy has to forward /app with the headers Upgrade \
                     and Connection: docs/operations.md."
                        .to_owned(),
                ),
            ))
        }
        Err(error) => Err(failed(chain(&error))),
    }
}

fn tell_subscribed(message: &Message) {
    let channel = message.channel.as_deref().unwrap_or_default();
    match message.member("presence")["count"].as_u64() {
        Some(count) => tell(&format!("subscribed to {channel}; members: {count}")),
        None => tell(&format!("subscribed to {channel}")),
    }
}

fn subscription_refused(target: &Target, message: &Message) -> ToolError {
    let channel = message.channel.as_deref().unwrap_or_default();
    let said = message.member("error");
    let reason = format!("{}: {}", shown(channel), shown(said.as_str().unwrap_or(&message.data)));
    let is_signature = message.member("status") == 401 || message.member("type") == "AuthError";
    refused(target, reason, is_signature.then(|| wrong_secret(target)))
}

fn wrong_origin(target: &Target) -> String {
    let given = match &target.origin {
        Some(origin) => format!("It does not take the origin {origin}"),
        None => "It takes nobody without an origin".to_owned(),
    };
    format!(
        "{given}: --origin names another one, which has to match a pattern of REVERB_APP_ALLOWED_ORIGINS at the server."
    )
}

fn wrong_secret(target: &Target) -> String {
    format!(
        "The subscription is signed with the secret of application {} ({}). Does the server have the same? `gema config \
         print --origin` beside it tells.",
        target.id, target.app_from
    )
}

fn unreachable(target: &Target, reason: String) -> ToolError {
    ToolError::Unreachable {
        address: target.address.websocket(),
        from: target.address_from.clone(),
        remedy: remedy_of(&reason),
        reason,
    }
}

fn refused(target: &Target, reason: String, remedy: Option<String>) -> ToolError {
    ToolError::Refused { address: target.address.websocket(), reason, remedy }
}
