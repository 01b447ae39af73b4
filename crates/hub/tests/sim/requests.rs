//! What clients ask for, and what they ought to be answered.

use gema_hub::ClientEvents;
use gema_protocol::signature::sign_channel;

use crate::{
    app::{quoted, subscribe_with},
    model::{Member, Name},
    operation::{Identity, USERS},
    run::{MOST_MEMBERS, MOST_SUBSCRIPTIONS, Run},
    world::{Client, ClientId},
};

impl Run {
    pub(crate) fn subscribe(&mut self, client: ClientId, channel: &str, identity: Identity) {
        let name = (self.model.clients[client].app, channel.to_owned());
        let (channel_data, member) = self.identify(client, channel, identity);
        let Client { app, socket_id, .. } = &self.world.clients[client];
        let auth = match identity {
            Identity::Forged => format!("{}:{}", app.key, "0".repeat(64)),
            _ if channel.starts_with('p') => {
                sign_channel(&app.key, app.secrets.oldest(), socket_id, channel, channel_data.as_deref())
            }
            _ => String::new(),
        };
        self.send(client, &subscribe_with(channel, &auth, channel_data.as_deref()));
        match self.refusal(client, &name, identity, member.as_ref()) {
            None => self.model.subscribe(self.world.now, client, &name, member),
            Some((code, None)) => self.expect(client, &[&format!("error {code}")]),
            Some((code, Some(status))) => {
                let refused = format!("refused {channel} {status}");
                self.expect(client, &[&format!("error {code}"), &refused]);
            }
        }
    }

    /// The `channel_data` that a client sends, and who it is by that.
    fn identify(
        &self,
        client: ClientId,
        channel: &str,
        identity: Identity,
    ) -> (Option<String>, Option<Member>) {
        let is_presence = channel.starts_with("presence-");
        match identity {
            Identity::Text(user) => {
                let (id, info) = ((user % USERS).to_string(), format!(r#"{{"client":{client}}}"#));
                let data = format!(r#"{{"user_id":"{id}","user_info":{info}}}"#);
                if is_presence {
                    (Some(data), Some(Member { id, info: Some(info) }))
                } else {
                    // Some authorizers answer with channel_data for any channel: it is signed and says nothing.
                    (user.is_multiple_of(2).then_some(data), None)
                }
            }
            Identity::Number(user) if is_presence => {
                let id = (user % USERS).to_string();
                (Some(format!(r#"{{"user_id": {id}}}"#)), Some(Member { id, info: None }))
            }
            Identity::SignedIn if is_presence => (None, self.model.clients[client].user.clone()),
            Identity::Number(_) | Identity::SignedIn | Identity::Forged => (None, None),
        }
    }

    /// The code of the error and the status of the subscription error, if a subscription is to be refused.
    fn refusal(
        &self,
        client: ClientId,
        name: &Name,
        identity: Identity,
        member: Option<&Member>,
    ) -> Option<(u16, Option<u16>)> {
        let channel = name.1.as_str();
        let visible = |status: u16| (!channel.starts_with("private-encrypted-")).then_some(status);
        if channel == "not a channel" {
            return Some((4200, Some(400)));
        }
        if self.model.is_subscribed(client, name) {
            return Some((4200, None));
        }
        if self.model.subscriptions(client).len() >= MOST_SUBSCRIPTIONS {
            return Some((4004, visible(413)));
        }
        let may = if let Some(user) = channel.strip_prefix("#server-to-user-") {
            self.model.clients[client].user.as_ref().is_some_and(|member| member.id == user)
        } else if channel.starts_with('p') {
            !matches!(identity, Identity::Forged) && (member.is_some() || !channel.starts_with("presence-"))
        } else {
            true
        };
        if !may {
            return Some((4009, visible(401)));
        }
        let members = self.model.channels.get(name).map_or(&[][..], |channel| &channel.members);
        let is_new = |member: &Member| members.iter().all(|other| other.id != member.id);
        (member.is_some_and(is_new) && members.len() >= MOST_MEMBERS).then_some((4004, Some(413)))
    }

    pub(crate) fn client_event(&mut self, client: ClientId, channel: &str) {
        let data = self.next_event();
        let text = format!(r#"{{"event":"client-x","channel":{},"data":{{"n": {data}}}}}"#, quoted(channel));
        self.send(client, &text);
        let name = (self.model.clients[client].app, channel.to_owned());
        let anybody = self.world.clients[client].app.client_events == ClientEvents::All;
        let is_subscribed = self.model.is_subscribed(client, &name);
        let is_public = !channel.starts_with('p');
        let error = match channel {
            "not a channel" => Some("error 4200"),
            _ if channel.starts_with("private-encrypted-") || channel.starts_with('#') => Some("error 4301"),
            _ if is_public && !anybody => Some("error 4301"),
            _ if !is_subscribed && !anybody => Some("error 4009"),
            _ => None,
        };
        if let Some(error) = error {
            return self.expect(client, &[error]);
        }
        let channels = self.model.channels.get(&name);
        let sender = channels.and_then(|channel| channel.subscribers.get(&client)?.as_ref());
        let user = sender.map_or(String::new(), |member| format!(r#","user_id":{}"#, quoted(&member.id)));
        let data = quoted(&format!(r#"{{"n":{data}}}"#));
        let text = format!(r#"{{"event":"client-x","channel":{},"data":{data}{user}}}"#, quoted(channel));
        self.model.tell(&name, &text, Some(client));
    }

    pub(crate) fn sign_in(&mut self, client: ClientId, user: u8, watches: u8) {
        let watchlist: Vec<String> =
            (0..USERS).filter(|user| watches & (1 << user) != 0).map(|user| user.to_string()).collect();
        let info = format!(r#"{{"signed_in":{client}}}"#);
        let ids: Vec<String> = watchlist.iter().map(|id| quoted(id)).collect();
        let data = format!(r#"{{"id":"{user}","user_info":{info},"watchlist":[{}]}}"#, ids.join(","));
        let Client { app, socket_id, .. } = &self.world.clients[client];
        let text = crate::app::sign_in(app, *socket_id, &data);
        self.send(client, &text);
        let success = format!(
            r#"{{"event":"pusher:signin_success","data":{}}}"#,
            quoted(&format!(r#"{{"user_data":{}}}"#, quoted(&data)))
        );
        match &self.model.clients[client].user {
            Some(member) if member.id != user.to_string() => self.expect(client, &["error 4009"]),
            Some(_) => self.expect(client, &[&success]),
            None => {
                self.expect(client, &[&success]);
                let member = Member { id: user.to_string(), info: Some(info) };
                self.model.sign_in(client, member, &watchlist);
                let Client { app, shard, .. } = &self.world.clients[client];
                // Who signs in while the order to end the user is under way is taken to have been there.
                let user = user.to_string();
                self.conduct[client].has_to_go |=
                    self.world.directory.is_terminating(*shard, app.number, &user);
            }
        }
    }
}
