//! What arrives from the directory, to the connections of this shard.

use std::{rc::Rc, sync::Arc};

use gema_protocol::{codes::ErrorCode, names::SocketId};

use super::Hub;
use crate::{App, AppNumber, AppsByNumber, Broadcast, Delivery, FanOut, Outboxes, Slot, UserKey, WatchEvent};

impl Hub {
    /// Something has arrived in the inbox of this shard. Answers whom it was for.
    pub fn handle_delivery(&mut self, delivery: &Delivery, out: &mut Outboxes) -> FanOut {
        let recipients = match delivery {
            Delivery::Broadcast(broadcast) => {
                let recipients = self.fan_out(broadcast, out);
                return FanOut { accepted: Some(broadcast.accepted), recipients };
            }
            Delivery::Watch(event) => self.tell_watchers(event, out),
            Delivery::Terminate(key) => self.terminate(key, out),
            Delivery::Apps(apps) => self.configure(apps, out),
        };
        FanOut { accepted: None, recipients }
    }

    /// Everything that was in the inbox when a round of emptying it began has been handled.
    pub fn handle_inbox_emptied(&mut self) {
        self.newcomers.end_round();
        self.new_watchers.end_round();
    }

    /// The hot path: for each subscriber, one entry in its queue.
    fn fan_out(&self, broadcast: &Broadcast, out: &mut Outboxes) -> usize {
        let subscribers = self.channels.subscribers(&broadcast.key);
        if subscribers.is_empty() {
            return 0;
        }
        let mut recipients = subscribers.len();
        let frame = Rc::new(broadcast.frame.clone());
        let except = broadcast.except.and_then(|socket_id| self.find(socket_id));
        let newcomers = self.newcomers.after(&broadcast.key, broadcast.seq);
        if except.is_none() && newcomers.is_empty() {
            for &slot in subscribers {
                out.send_shared(slot, &frame);
            }
        } else {
            for &slot in subscribers {
                if Some(slot) != except && newcomers.binary_search(&slot).is_err() {
                    out.send_shared(slot, &frame);
                } else {
                    recipients -= 1;
                }
            }
        }
        recipients
    }

    fn tell_watchers(&self, event: &WatchEvent, out: &mut Outboxes) -> usize {
        let frame = Rc::new(event.frame.clone());
        let newcomers = self.new_watchers.after(&event.key, event.seq);
        let mut recipients = 0;
        for slot in self.users.watchers(&event.key) {
            if newcomers.binary_search(&slot).is_err() {
                out.send_shared(slot, &frame);
                recipients += 1;
            }
        }
        recipients
    }

    fn terminate(&self, key: &UserKey, out: &mut Outboxes) -> usize {
        let mut recipients = 0;
        for slot in self.users.signed_in(key) {
            out.reject(
                slot,
                ErrorCode::Unauthorized,
                "The application has ended the connections of this user",
            );
            recipients += 1;
        }
        recipients
    }

    /// Every connection goes on with what its application is now. Where that is gone, it ends.
    fn configure(&mut self, apps: &AppsByNumber, out: &mut Outboxes) -> usize {
        self.apps = Some(Arc::clone(apps));
        for (index, session) in self.sessions.iter_mut().enumerate() {
            let Some(session) = session else { continue };
            let slot = Slot(index as u32);
            match app_of(apps, session.app().number) {
                Some(app) => {
                    out.set_limit(slot, app.limits.outbox_size);
                    session.set_app(Arc::clone(app));
                }
                None => out.reject(slot, ErrorCode::AppNotFound, ErrorCode::AppNotFound.message()),
            }
        }
        self.sessions.len()
    }

    /// What the application of a new connection is now; it may have been admitted before the last change.
    pub(super) fn current(&self, app: Arc<App>) -> Option<Arc<App>> {
        match &self.apps {
            Some(apps) => app_of(apps, app.number).cloned(),
            None => Some(app),
        }
    }

    /// The slot of a connection, if it is one of this shard.
    fn find(&self, socket_id: SocketId) -> Option<Slot> {
        if socket_id.place & 0xff != u64::from(self.shard.0) {
            return None;
        }
        let slot = Slot(u32::try_from(socket_id.place >> 8).ok()?);
        self.session(slot).filter(|session| session.socket_id() == socket_id).map(|_| slot)
    }
}

fn app_of(apps: &AppsByNumber, number: AppNumber) -> Option<&Arc<App>> {
    apps.get(number.0 as usize)?.as_ref()
}
