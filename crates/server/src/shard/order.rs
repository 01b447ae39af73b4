//! What can be put into the inbox of a shard.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Measured, Service, Stream};

/// What can be put into the inbox of a shard: `W` is what a service has to know of a new connection, `D` what other
/// threads can send it.
#[derive(Debug)]
pub enum Order<W, D> {
    /// A connection has been upgraded to WebSocket.
    Connect {
        /// The stream, in non-blocking mode.
        stream: Stream,
        /// Bytes that came behind the upgrade request.
        read_ahead: Bytes,
        /// What the service has to know of the connection.
        welcome: W,
    },
    /// Something for the service.
    Deliver(D),
    /// Drop this: everything that was put in before has been handled then.
    Passed(mpsc::Sender<()>),
    /// Answer that the shard is alive.
    Heartbeat {
        /// The answer.
        number: u64,
        /// Where to write it.
        heard: Arc<AtomicU64>,
    },
    /// All that is to be delivered has been put in before: close all connections, then end within the time given.
    Shutdown {
        /// How long the clients have to answer the close.
        grace: Duration,
    },
    /// End then, whatever is left. Half of the time until then is for what is still to be delivered.
    EndBy(Instant),
}

/// The orders of a shard with this service.
pub type OrderOf<S> = Order<<S as Service>::Welcome, <S as Service>::Delivery>;

impl<W, D: Measured> Measured for Order<W, D> {
    fn size(&self) -> usize {
        match self {
            Self::Connect { read_ahead, .. } => 128 + read_ahead.len(),
            Self::Deliver(delivery) => delivery.size(),
            Self::Passed(_) | Self::Heartbeat { .. } | Self::Shutdown { .. } | Self::EndBy(_) => 0,
        }
    }
}
