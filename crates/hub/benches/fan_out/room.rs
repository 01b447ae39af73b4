//! One channel with many subscribers on one shard. The allocation test and the budgets use it as well.

use std::hint::black_box;

use gema_hub::{AppNumber, ChannelKey, Delivery, Outgoing, Slot};
use gema_protocol::{server::ServerMessage, ws};

use crate::shard::Shard;

/// Bytes of an event's data.
const DATA: usize = 120;

pub(crate) struct Room {
    shard: Shard,
    message: Delivery,
}

impl Room {
    /// A room with so many subscribers, who have read everything.
    pub(crate) fn new(subscribers: u32) -> Self {
        let mut shard = Shard::new();
        for slot in (0..subscribers).map(Slot) {
            shard.connect(slot);
            shard.handle_text(slot, r#"{"event":"pusher:subscribe","data":{"channel":"room"}}"#);
        }
        shard.drain();
        let key = ChannelKey { app: AppNumber(0), name: "room".parse().expect("a valid name") };
        let data = "x".repeat(DATA);
        let event = ServerMessage::Event { event: "message", channel: &key.name, data: &data, user_id: None };
        let frame = ws::text(&event.to_json());
        let message = Outgoing { frame, except: None, cache: None, accepted: shard.now() };
        let message = shard.publish(&key, message).expect("the room has subscribers");
        Self { shard, message }
    }

    /// Puts one message into the queues of all subscribers.
    pub(crate) fn broadcast(&mut self) {
        self.shard.handle_delivery(black_box(&self.message));
    }

    /// Takes everything out of the queues. Answers how many bytes there were.
    pub(crate) fn drain(&mut self) -> usize {
        self.shard.drain()
    }

    /// The length of the message on the wire.
    pub(crate) fn message_length(&self) -> usize {
        match &self.message {
            Delivery::Broadcast(broadcast) => broadcast.frame.len(),
            Delivery::Watch(_) | Delivery::Terminate(_) | Delivery::Apps(_) => {
                unreachable!("it is a broadcast")
            }
        }
    }
}
