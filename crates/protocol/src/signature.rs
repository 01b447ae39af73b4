//! What is signed with an application's secret: subscriptions and sign-ins here, requests in [`request`].
//!
//! Every signature is HMAC-SHA256, written as 64 lower-case hexadecimal digits. This is the only module of
//! the crate that compares keys and signatures, and it does so in constant time.

pub mod request;
#[cfg(test)]
mod tests;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::names::SocketId;

/// Longest text of a client that an error message repeats, in characters.
const MAX_GIVEN: usize = 128;
/// Longest signed text that an error message repeats, in characters.
const MAX_SIGNED: usize = 1024;

/// The secret of an application. `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps the secret as it stands in the configuration.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself; never for a log or a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The secrets of an application that are valid now: two while one takes the place of the other.
#[derive(Debug, Clone)]
pub struct Secrets {
    current: Secret,
    previous: Option<Secret>,
}

impl Secrets {
    /// The secret, and the one before it as long as that is valid too.
    #[must_use]
    pub fn new(current: Secret, previous: Option<Secret>) -> Self {
        Self { current, previous }
    }

    /// What the server itself signs with: the older one, which whoever verifies is sure to know.
    #[must_use]
    pub fn oldest(&self) -> &Secret {
        self.previous.as_ref().unwrap_or(&self.current)
    }

    /// Whether this is the [signature](sign) of a message with one of the secrets.
    fn have_signed(&self, signature: &str, message: &[u8]) -> bool {
        let mut secrets = std::iter::once(&self.current).chain(&self.previous);
        secrets.any(|secret| is_signature_of(signature, secret, message))
    }
}

impl From<Secret> for Secrets {
    fn from(secret: Secret) -> Self {
        Self::new(secret, None)
    }
}

/// Why a subscription or a sign-in is refused. The messages are hosted Pusher's and go to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// There is no auth text.
    #[error("Missing auth data: expected <app key>:<HMAC SHA256 hex digest>")]
    Missing,
    /// The auth text has no colon between key and signature.
    #[error("Malformed auth data: expected <app key>:<HMAC SHA256 hex digest>, but got '{0}'")]
    Malformed(String),
    /// The part before the colon is not the application's key.
    #[error("Invalid key in subscription auth data: '{0}'")]
    Key(String),
    /// The part after the colon is not the signature of this text.
    #[error("Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got {given}")]
    Signature {
        /// The text that should have been signed.
        signed: String,
        /// What stood after the colon.
        given: String,
    },
}

/// Checks the auth text of a subscription. `channel_data` is the text exactly as received; an empty one
/// counts as absent.
///
/// # Errors
///
/// [`InvalidSignature`] if `auth` is not `<app key>:<signature>` for this connection and channel.
#[expect(clippy::too_many_arguments, reason = "each one is a part of what the protocol signs")]
pub fn verify_channel(
    app_key: &str,
    secrets: &Secrets,
    auth: &str,
    socket_id: &SocketId,
    channel: &str,
    channel_data: Option<&str>,
) -> Result<(), InvalidSignature> {
    verify(app_key, secrets, auth, &channel_text(socket_id, channel, channel_data))
}

/// Checks the auth text of a sign-in. `user_data` is the text exactly as received.
///
/// # Errors
///
/// [`InvalidSignature`] if `auth` is not `<app key>:<signature>` for this connection and user.
pub fn verify_user(
    app_key: &str,
    secrets: &Secrets,
    auth: &str,
    socket_id: &SocketId,
    user_data: &str,
) -> Result<(), InvalidSignature> {
    verify(app_key, secrets, auth, &user_text(socket_id, user_data))
}

/// The auth text that lets a connection subscribe to a channel: `<app key>:<signature>`.
#[must_use]
pub fn sign_channel(
    app_key: &str,
    secret: &Secret,
    socket_id: &SocketId,
    channel: &str,
    channel_data: Option<&str>,
) -> String {
    let signature = sign(secret, channel_text(socket_id, channel, channel_data).as_bytes());
    format!("{app_key}:{signature}")
}

/// The auth text that lets a connection sign in as a user: `<app key>:<signature>`.
#[must_use]
pub fn sign_user(app_key: &str, secret: &Secret, socket_id: &SocketId, user_data: &str) -> String {
    let signature = sign(secret, user_text(socket_id, user_data).as_bytes());
    format!("{app_key}:{signature}")
}

/// The signature of a message: lower-case hexadecimal HMAC-SHA256.
#[must_use]
pub fn sign(secret: &Secret, message: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message);
    hex(&mac.finalize().into_bytes())
}

/// Lower-case hexadecimal digits. (`hex::encode` collects them one by one.)
fn hex(bytes: &[u8]) -> String {
    let mut digits = vec![0; bytes.len() * 2];
    hex::encode_to_slice(bytes, &mut digits).expect("there are two digits for a byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

/// Whether this is the [signature](sign) of a message, such as the body of a webhook.
#[must_use]
pub fn is_signature_of(signature: &str, secret: &Secret, message: &[u8]) -> bool {
    equal(signature, &sign(secret, message))
}

fn verify(app_key: &str, secrets: &Secrets, auth: &str, text: &str) -> Result<(), InvalidSignature> {
    if auth.is_empty() {
        return Err(InvalidSignature::Missing);
    }
    let Some((key, signature)) = auth.split_once(':') else {
        return Err(InvalidSignature::Malformed(cut(auth, MAX_GIVEN)));
    };
    if !equal(key, app_key) {
        return Err(InvalidSignature::Key(cut(key, MAX_GIVEN)));
    }
    if !secrets.have_signed(signature, text.as_bytes()) {
        let (signed, given) = (cut(text, MAX_SIGNED), cut(signature, MAX_GIVEN));
        return Err(InvalidSignature::Signature { signed, given });
    }
    Ok(())
}

fn channel_text(socket_id: &SocketId, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) if !data.is_empty() => format!("{socket_id}:{channel}:{data}"),
        _ => format!("{socket_id}:{channel}"),
    }
}

fn user_text(socket_id: &SocketId, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}

/// Compares in a time that tells nothing about where the texts differ.
fn equal(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// The first `limit` characters of a text that somebody else wrote.
fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
