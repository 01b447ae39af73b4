//! Broadcasters and events of the tests.

use std::net::SocketAddr;

use gema_broadcast::{
    BroadcastConfig, BroadcastEvent, Broadcaster, Channel, Channels, Connection, Credentials, EncryptionKey,
    ReverbConnection,
};
use gema_testkit::TestServer;
use serde::Serialize;

/// The key of encrypted channels in all tests.
pub(crate) fn encryption_key() -> EncryptionKey {
    EncryptionKey::new([7; 32])
}

/// The application that every test server has, at a server on this machine.
pub(crate) fn connection(address: SocketAddr) -> ReverbConnection {
    let app = gema_testkit::Credentials::of_tests();
    let credentials =
        Credentials { key: app.key, secret: app.secret, encryption_key: Some(encryption_key()) };
    ReverbConnection { port: address.port(), ..ReverbConnection::local(app.id, credentials) }
}

pub(crate) fn broadcaster(connection: ReverbConnection) -> Broadcaster {
    Broadcaster::new(BroadcastConfig { connection: Connection::Reverb(connection) }).unwrap()
}

pub(crate) fn broadcaster_for(server: &TestServer) -> Broadcaster {
    broadcaster(connection(server.address()))
}

/// An event with what JSON writers disagree about.
#[derive(Debug, Serialize)]
pub(crate) struct OrderShipped {
    pub(crate) id: u64,
    pub(crate) url: &'static str,
    pub(crate) weight: f64,
    #[serde(skip)]
    pub(crate) channels: Vec<Channel>,
}

impl OrderShipped {
    pub(crate) const DATA: &'static str =
        r#"{"id":7,"url":"https:\/\/example.com\/\u00e9\ud83d\ude00","weight":2}"#;

    pub(crate) fn on(channels: impl IntoIterator<Item = Channel>) -> Self {
        let channels = channels.into_iter().collect();
        Self { id: 7, url: "https://example.com/é😀", weight: 2.0, channels }
    }
}

impl BroadcastEvent for OrderShipped {
    const NAME: &'static str = "App\\Events\\OrderShipped";

    fn channels(&self) -> Channels {
        self.channels.clone().into()
    }

    fn condition(&self) -> bool {
        self.id != 0
    }
}
