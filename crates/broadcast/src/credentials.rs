//! What an application and its server know of each other.

use gema_protocol::signature::Secret;

use crate::EncryptionKey;

/// The key of an application and the secrets that go with it. `Debug` does not show the secrets.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The key, which clients name.
    pub key: String,
    /// What subscriptions, requests and webhooks are signed with.
    pub secret: Secret,
    /// What payloads of encrypted channels are encrypted with; without it there are no such channels.
    pub encryption_key: Option<EncryptionKey>,
}
