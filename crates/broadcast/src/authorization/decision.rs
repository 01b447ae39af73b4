//! From a channel and its user to the signature, or to none.

use axum::BoxError;
use gema_protocol::{
    names::{ChannelKind, ChannelName, InvalidUserId, SocketId, UserId},
    signature::{sign_channel, sign_user},
};
use serde::Serialize;
use serde_json::Value;
use tracing::error;

use super::{
    Access, BoundHandler, BroadcastUser, ChannelAuthorizer, DEFAULT_GUARD, Join, Kind, Resolver, Rule,
    guard::Users, refusal::Refusal,
};

/// What lets a connection subscribe to a channel.
#[derive(Debug, Serialize)]
pub(super) struct Grant {
    auth: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_secret: Option<String>,
}

/// What lets a connection sign in as a user.
#[derive(Debug, Serialize)]
pub(super) struct SignIn {
    auth: String,
    user_data: String,
}

/// A member of a presence channel as the server and the other members are told.
#[derive(Serialize)]
struct Member<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_info: Option<Value>,
}

impl<U, S> ChannelAuthorizer<U, S>
where
    U: BroadcastUser + Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    /// Asks the rules for this channel, one after the other.
    pub(super) async fn authorize(
        &self,
        users: &mut Users<'_, U, S>,
        socket_id: SocketId,
        channel: &ChannelName,
    ) -> Result<Grant, Refusal> {
        let mut is_known = None;
        for (rule, decide) in self.matching(channel) {
            let Some(user) = users.first(&rule.guards).await? else {
                is_known.get_or_insert(false);
                continue;
            };
            is_known = Some(true);
            let state = users.state().clone();
            let join = Join { user: user.clone(), state, channel: channel.clone(), socket_id };
            let user_info = match decide(join).await.map_err(|cause| handler_failed(channel, &cause))? {
                Access::Skip => continue,
                Access::Deny => return Err(Refusal::Forbidden),
                Access::Allow => None,
                Access::Member(user_info) => Some(user_info),
            };
            let channel_data = match rule.kind {
                Kind::Presence => Some(member(&user, user_info)?),
                Kind::Private | Kind::Encrypted => None,
            };
            return self.grant(rule.kind, socket_id, channel, channel_data);
        }
        let is_known = match is_known {
            Some(is_known) => is_known,
            None => users.first(&[DEFAULT_GUARD]).await?.is_some(),
        };
        Err(if is_known { Refusal::Forbidden } else { Refusal::Unauthorized })
    }

    /// The rules for a channel with their handlers, in the order of registration.
    fn matching<'a>(
        &'a self,
        channel: &'a ChannelName,
    ) -> impl Iterator<Item = (&'a Rule<U, S>, BoundHandler<U, S>)> {
        let guarded = guarded(channel);
        self.rules.iter().filter_map(move |rule| {
            let (_, name) = guarded.filter(|(kind, _)| *kind == rule.kind)?;
            let parameters = rule.pattern.capture(name)?;
            Some((rule, (rule.bind)(&parameters)?))
        })
    }

    fn grant(
        &self,
        kind: Kind,
        socket_id: SocketId,
        channel: &ChannelName,
        channel_data: Option<String>,
    ) -> Result<Grant, Refusal> {
        let shared_secret = match kind {
            Kind::Encrypted => Some(self.shared_secret(channel)?),
            Kind::Private | Kind::Presence => None,
        };
        let (key, secret) = (&self.credentials.key, &self.credentials.secret);
        let auth = sign_channel(key, secret, &socket_id, channel.as_str(), channel_data.as_deref());
        Ok(Grant { auth, channel_data, shared_secret })
    }

    fn shared_secret(&self, channel: &ChannelName) -> Result<String, Refusal> {
        let Some(key) = &self.credentials.encryption_key else {
            error!(
                channel.name = %channel,
                "Channel `{channel}` is encrypted, and there is no key: set BROADCAST_ENCRYPTION_KEY to base64 of 32 \
                 random bytes"
            );
            return Err(Refusal::Failed);
        };
        Ok(key.shared_secret(channel.as_str()))
    }

    /// Who wants to sign in, and who says as whom.
    pub(super) async fn signing_in(
        &self,
        users: &mut Users<'_, U, S>,
    ) -> Result<(&Resolver<U, S>, U), Refusal> {
        let resolve = self.resolver.as_deref().ok_or(Refusal::Forbidden)?;
        let user = users.first(&[DEFAULT_GUARD]).await?.ok_or(Refusal::Unauthorized)?;
        Ok((resolve, user))
    }

    /// Signs in as whom the resolver says.
    pub(super) async fn sign_in(
        &self,
        (resolve, user): (&Resolver<U, S>, U),
        state: &S,
        socket_id: SocketId,
    ) -> Result<SignIn, Refusal> {
        let resolved = resolve(user, state.clone()).await.map_err(|cause| {
            error!(error = &*cause, "The data of a user who signs in could not be found");
            Refusal::Failed
        })?;
        let Some(data) = resolved else { return Err(Refusal::Forbidden) };
        user_id(&data.id)?;
        let user_data = serde_json::to_string(&data).expect("texts and JSON values are JSON");
        let (key, secret) = (&self.credentials.key, &self.credentials.secret);
        Ok(SignIn { auth: sign_user(key, secret, &socket_id, &user_data), user_data })
    }
}

/// The kind of a channel that needs an authorization, and the name behind its prefix, which is removed once.
fn guarded(channel: &ChannelName) -> Option<(Kind, &str)> {
    let (kind, prefix) = match channel.kind() {
        ChannelKind::Private => (Kind::Private, "private-"),
        ChannelKind::Encrypted => (Kind::Encrypted, "private-encrypted-"),
        ChannelKind::Presence => (Kind::Presence, "presence-"),
        ChannelKind::Public | ChannelKind::ServerToUser => return None,
    };
    Some((kind, channel.as_str().strip_prefix(prefix)?))
}

/// The `channel_data` of a user.
fn member<U: BroadcastUser>(user: &U, user_info: Option<Value>) -> Result<String, Refusal> {
    let id = user_id(&user.broadcast_id())?;
    let member = Member { user_id: id.as_str(), user_info };
    Ok(serde_json::to_string(&member).expect("texts and JSON values are JSON"))
}

/// An id that the server will take. The id is the application's own, so it is no mistake of the client.
fn user_id(id: &str) -> Result<UserId, Refusal> {
    id.parse().map_err(|cause: InvalidUserId| {
        error!(error = &cause as &dyn std::error::Error, "The id of a user cannot be broadcast");
        Refusal::Failed
    })
}

fn handler_failed(channel: &ChannelName, cause: &BoxError) -> Refusal {
    error!(channel.name = %channel, error = &**cause, "The handler of channel `{channel}` has failed");
    Refusal::Failed
}
