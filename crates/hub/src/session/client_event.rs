//! Client events: what a client sends to the other subscribers of a channel.

use std::time::Instant;

use gema_protocol::{
    client::ClientEvent,
    names::{ChannelKind, ChannelName, MAX_EVENT_NAME},
    server::ServerMessage,
};

use super::{ClientBroadcast, Effect, Effects, Session, fail, refusal::ClientEventError};
use crate::{ClientEvents, Fact, FactKind, counts::Note};

impl Session {
    pub(super) fn handle_client_event(
        &mut self,
        now: Instant,
        event: &ClientEvent<'_>,
        effects: &mut Effects,
    ) {
        let admitted = self.admit_client_event(now);
        match admitted.and_then(|()| self.forward(event)) {
            Ok(effect) => effects.push_back(effect),
            Err(error) => {
                effects.push_back(Effect::Note(Note::ClientEventRefused));
                effects.extend(error.limit().map(|limit| Effect::Note(Note::Limit(limit))));
                fail(effects, error.code(), &error.to_string());
            }
        }
    }

    fn admit_client_event(&mut self, now: Instant) -> Result<(), ClientEventError> {
        match self.app.limits.client_events_per_second {
            Some(limit) if !self.rates.allow_client_event(now, limit) => {
                Err(ClientEventError::TooMany { limit })
            }
            _ => Ok(()),
        }
    }

    fn forward(&self, event: &ClientEvent<'_>) -> Result<Effect, ClientEventError> {
        if self.app.client_events == ClientEvents::None {
            return Err(ClientEventError::Disabled);
        }
        let channel: ChannelName = event.channel.parse().map_err(ClientEventError::Channel)?;
        let subscription = self.subscriptions.iter().find(|subscription| subscription.channel == channel);
        match channel.kind() {
            ChannelKind::Encrypted | ChannelKind::ServerToUser => return Err(ClientEventError::Kind),
            ChannelKind::Public if self.app.client_events != ClientEvents::All => {
                return Err(ClientEventError::Kind);
            }
            ChannelKind::Public | ChannelKind::Private | ChannelKind::Presence => {}
        }
        if subscription.is_none() && self.app.client_events == ClientEvents::Members {
            return Err(ClientEventError::NotSubscribed(channel));
        }
        let limit = self.app.limits.event_size;
        if event.data.len() > limit {
            return Err(ClientEventError::TooLarge { size: event.data.len(), limit });
        }
        let length = event.event.chars().count();
        if length > MAX_EVENT_NAME {
            return Err(ClientEventError::NameTooLong(length));
        }
        let frame = ServerMessage::Event {
            event: &event.event,
            channel: &channel,
            data: &event.data,
            user_id: subscription.and_then(|subscription| subscription.user.as_ref()),
        }
        .encode();
        let user = subscription.and_then(|subscription| subscription.user.as_ref());
        let fact = self.app.webhooks.as_ref().filter(|webhooks| webhooks.want(FactKind::ClientEvent));
        let fact = fact.map(|_| Box::new(Fact::client_event(&channel, event, self.socket_id, user)));
        Ok(Effect::Broadcast(ClientBroadcast { channel, frame, fact }))
    }
}
