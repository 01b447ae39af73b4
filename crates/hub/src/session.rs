//! The protocol state of one connection.

mod client_event;
mod liveness;
mod rate;
mod refusal;
mod user;

use std::{sync::Arc, time::Instant};

use gema_protocol::{
    client::{ClientMessage, Subscribe},
    codes::{ErrorCode, INVALID_MESSAGE},
    names::{ChannelKind, ChannelName, SocketId, UserId},
    server::{Member, ServerMessage},
    signature,
    ws::Frame,
};

use crate::{
    App, Fact, Replay, SessionLimit, SubscribeRefused, Subscribed, counts::Note, local_channels::Place,
};
use liveness::Liveness;
use rate::Rates;
use refusal::SubscribeError;
pub(crate) use user::SignedIn;

/// The protocol state of one connection. It does no I/O and reads no clock: feed it with `handle_*`; what is to be
/// done comes out in the `Effects` that it is given. Those belong to the shard and not to each session, so that a
/// silent session owns no heap memory.
#[derive(Debug)]
pub struct Session {
    app: Arc<App>,
    socket_id: SocketId,
    subscriptions: Vec<Subscription>,
    user: Option<Box<SignedIn>>,
    liveness: Liveness,
    rates: Rates,
}

/// One subscription of a connection.
#[derive(Debug)]
pub struct Subscription {
    /// The channel.
    pub channel: ChannelName,
    /// Who the connection is there, on a presence channel.
    pub user: Option<UserId>,
    /// Where the connection stands in the shard's list of the channel.
    pub(crate) place: Place,
}

/// What a session wants done, in order.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send to this connection.
    Send(Frame),
    /// Register the subscription, then call [`Session::handle_subscribed`] or [`Session::handle_refused`].
    Subscribe { channel: ChannelName, member: Option<Member> },
    /// Take the subscription away.
    Unsubscribe(Subscription),
    /// Send to the other subscribers of a channel.
    Broadcast(ClientBroadcast),
    /// Register the user, then send which watched users are online.
    SignIn,
    /// Ask for a sign of life: with a protocol frame, and unless `only_control` with `pusher:ping` as well.
    Ping { only_control: bool },
    /// Send the error and close with its code.
    Reject(ErrorCode, String),
    /// Count this.
    Note(Note),
}

/// A client event for the other subscribers of a channel.
#[derive(Debug)]
pub(crate) struct ClientBroadcast {
    pub(crate) channel: ChannelName,
    pub(crate) frame: Frame,
    /// What webhooks are told of it, where one wants to know.
    pub(crate) fact: Option<Box<Fact<'static>>>,
}

/// Collects what a session wants done.
pub(crate) type Effects = std::collections::VecDeque<Effect>;

impl Session {
    /// A connection that has been accepted.
    pub(crate) fn new(now: Instant, app: Arc<App>, socket_id: SocketId) -> Self {
        Self {
            app,
            socket_id,
            subscriptions: Vec::new(),
            user: None,
            liveness: Liveness::new(now),
            rates: Rates::default(),
        }
    }

    /// The first message: the client learns its id.
    pub(crate) fn greet(&self, effects: &mut Effects) {
        send(
            effects,
            &ServerMessage::ConnectionEstablished {
                socket_id: self.socket_id,
                activity_timeout: self.app.activity_timeout.as_secs(),
            },
        );
    }

    /// The application of the connection.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The application is configured anew.
    pub(crate) fn set_app(&mut self, app: Arc<App>) {
        self.app = app;
    }

    /// The id of the connection.
    #[must_use]
    pub fn socket_id(&self) -> SocketId {
        self.socket_id
    }

    /// The channels that the connection is subscribed to.
    #[must_use]
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    pub(crate) fn subscription_mut(&mut self, place: Place) -> Option<&mut Subscription> {
        self.subscriptions.iter_mut().find(|subscription| subscription.place.channel == place.channel)
    }

    pub(crate) fn take_subscriptions(&mut self) -> Vec<Subscription> {
        std::mem::take(&mut self.subscriptions)
    }

    pub(crate) fn user(&self) -> Option<&SignedIn> {
        self.user.as_deref()
    }

    // === messages ===

    /// A text message has arrived.
    pub(crate) fn handle_text(&mut self, now: Instant, text: &str, effects: &mut Effects) {
        if !self.admit_message(now, effects) {
            return;
        }
        match ClientMessage::parse(text) {
            Ok(ClientMessage::Ping) => send(effects, &ServerMessage::Pong),
            Ok(ClientMessage::Pong) => {}
            Ok(ClientMessage::Subscribe(subscribe)) => self.handle_subscribe(&subscribe, effects),
            Ok(ClientMessage::Unsubscribe { channel }) => self.handle_unsubscribe(&channel, effects),
            Ok(ClientMessage::SignIn(sign_in)) => self.handle_sign_in(&sign_in, effects),
            Ok(ClientMessage::ClientEvent(event)) => self.handle_client_event(now, &event, effects),
            Err(error) => fail(effects, INVALID_MESSAGE, &error.to_string()),
        }
    }

    /// A binary message has arrived: the protocol has none.
    pub(crate) fn handle_binary(&mut self, now: Instant, effects: &mut Effects) {
        if self.admit_message(now, effects) {
            let message = "Invalid message format: binary messages are not part of the protocol";
            fail(effects, INVALID_MESSAGE, message);
        }
    }

    /// A message over the application's limit has arrived and was thrown away.
    pub(crate) fn handle_oversized(&mut self, now: Instant, size: u64, effects: &mut Effects) {
        if !self.admit_message(now, effects) {
            return;
        }
        effects.push_back(Effect::Note(Note::Limit(SessionLimit::MessageSize)));
        let limit = self.app.limits.message_size;
        let message = format!(
            "The message exceeds the maximum message size ({limit} bytes): it has {size} bytes \
             (REVERB_APP_MAX_MESSAGE_SIZE)"
        );
        fail(effects, ErrorCode::ClientEventRejected.number(), &message);
    }

    /// A protocol ping or pong has arrived.
    pub(crate) fn handle_control(&mut self, now: Instant, is_ping: bool) {
        self.liveness.touch(now);
        if is_ping {
            self.liveness.prefer_control_frames();
        }
    }

    /// Counts a message of any kind, and answers whether it is within the rate; one that is not is refused.
    fn admit_message(&mut self, now: Instant, effects: &mut Effects) -> bool {
        self.liveness.touch(now);
        let Some(limit) = &self.app.rate_limit else { return true };
        let allowed = self.rates.allow_message(now, limit);
        if !allowed {
            self.refuse_over_rate(limit.terminate, effects);
        }
        allowed
    }

    fn refuse_over_rate(&self, terminate: bool, effects: &mut Effects) {
        effects.push_back(Effect::Note(Note::Limit(SessionLimit::MessageRate)));
        let message = "Rate limit exceeded";
        if terminate {
            send(effects, &ServerMessage::Error { code: ErrorCode::ClientEventRejected.number(), message });
            // A 43xx close would end pusher-js for good; 4100 lets it come back after a second.
            effects.push_back(Effect::Reject(ErrorCode::OverCapacity, message.to_owned()));
        } else {
            fail(effects, ErrorCode::ClientEventRejected.number(), message);
        }
    }

    // === subscriptions ===

    fn handle_subscribe(&self, subscribe: &Subscribe<'_>, effects: &mut Effects) {
        match self.admit(subscribe) {
            Ok((channel, member)) => effects.push_back(Effect::Subscribe { channel, member }),
            Err(error) => self.refuse_subscription(&subscribe.channel, &error, effects),
        }
    }

    fn admit(&self, subscribe: &Subscribe<'_>) -> Result<(ChannelName, Option<Member>), SubscribeError> {
        let channel: ChannelName = subscribe.channel.parse()?;
        if self.is_subscribed(&channel) {
            return Err(SubscribeError::Existing(channel));
        }
        let limit = self.app.limits.channels_per_connection;
        if self.subscriptions.len() >= limit {
            return Err(SubscribeError::TooManyChannels { limit });
        }
        let kind = channel.kind();
        match kind {
            ChannelKind::Public => return Ok((channel, None)),
            ChannelKind::ServerToUser => {
                let signed_in = self.user().map(|user| user.id().as_str());
                return if signed_in == channel.server_to_user() {
                    Ok((channel, None))
                } else {
                    Err(SubscribeError::NotTheUser)
                };
            }
            ChannelKind::Private | ChannelKind::Encrypted | ChannelKind::Presence => {}
        }
        signature::verify_channel(
            &self.app.key,
            &self.app.secrets,
            subscribe.auth.as_deref().unwrap_or_default(),
            &self.socket_id,
            channel.as_str(),
            subscribe.channel_data.as_deref(),
        )?;
        let member = match kind {
            ChannelKind::Presence => Some(self.member(subscribe.channel_data.as_deref())?),
            _ => None,
        };
        Ok((channel, member))
    }

    fn member(&self, channel_data: Option<&str>) -> Result<Member, SubscribeError> {
        let limit = self.app.limits.presence_member_size;
        match (channel_data, self.user()) {
            (Some(data), _) if data.len() > limit => {
                Err(SubscribeError::MemberTooLarge { size: data.len(), limit })
            }
            (Some(data), _) => user::member_of(data).map_err(SubscribeError::Member),
            (None, Some(user)) => {
                let size = user.channel_data_size();
                if size > limit {
                    return Err(SubscribeError::MemberTooLarge { size, limit });
                }
                Ok(user.member().clone())
            }
            (None, None) => Err(SubscribeError::NoMember),
        }
    }

    fn refuse_subscription(&self, channel: &str, error: &SubscribeError, effects: &mut Effects) {
        effects.extend(error.note().map(Effect::Note));
        let (code, kind, status) = error.view();
        let text = error.to_string();
        fail(effects, code, &text);
        // Java tries to decrypt whatever arrives on an encrypted channel. A second subscription has not failed.
        let silent =
            channel.starts_with("private-encrypted-") || matches!(error, SubscribeError::Existing(_));
        if !silent && !channel.is_empty() {
            send(effects, &ServerMessage::SubscriptionError { channel, kind, error: &text, status });
        }
    }

    /// The subscription is registered.
    pub(crate) fn handle_subscribed(
        &mut self,
        subscription: Subscription,
        subscribed: &Subscribed,
        effects: &mut Effects,
    ) {
        let channel = &subscription.channel;
        let data = subscribed.presence.as_deref().unwrap_or("{}");
        send(effects, &ServerMessage::SubscriptionSucceeded { channel, data });
        match &subscribed.replay {
            Some(Replay::Event(frame)) => effects.push_back(Effect::Send(frame.clone())),
            Some(Replay::Miss) => send(effects, &ServerMessage::CacheMiss { channel }),
            None => {}
        }
        if self.subscriptions.capacity() == 0 {
            self.subscriptions.reserve_exact(1);
        }
        self.subscriptions.push(subscription);
    }

    /// The channel has refused the subscription.
    pub(crate) fn handle_refused(
        &self,
        channel: &ChannelName,
        refused: SubscribeRefused,
        effects: &mut Effects,
    ) {
        self.refuse_subscription(channel.as_str(), &SubscribeError::Refused(refused), effects);
    }

    fn handle_unsubscribe(&mut self, channel: &str, effects: &mut Effects) {
        match self.subscriptions.iter().position(|subscription| subscription.channel.as_str() == channel) {
            Some(index) => effects.push_back(Effect::Unsubscribe(self.subscriptions.swap_remove(index))),
            None => {
                let channel: String = channel.chars().take(200).collect();
                let text =
                    format!("No current subscription to channel {channel}, or subscription in progress");
                fail(effects, INVALID_MESSAGE, &text);
            }
        }
    }

    fn is_subscribed(&self, channel: &ChannelName) -> bool {
        self.subscriptions.iter().any(|subscription| subscription.channel == *channel)
    }
}

fn send(effects: &mut Effects, message: &ServerMessage<'_>) {
    effects.push_back(Effect::Send(message.encode()));
}

fn fail(effects: &mut Effects, code: u16, message: &str) {
    send(effects, &ServerMessage::Error { code, message });
}
