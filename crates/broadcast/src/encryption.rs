//! Payloads that the server cannot read.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crypto_secretbox::{KeyInit, Nonce, XSalsa20Poly1305, aead::Aead};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::payload;

/// The key that the keys of all encrypted channels are made of. `Debug` does not show it.
///
/// Whoever may subscribe to an encrypted channel is told the key of that channel, the shared secret, and with
/// it can read that channel alone.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionKey([u8; 32]);

/// Why a text is not an [`EncryptionKey`]. It does not repeat the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEncryptionKey {
    /// The text is not base64.
    #[error("it is not base64 (standard alphabet, with padding)")]
    NotBase64,
    /// The text is base64 of another number of bytes.
    #[error("it is base64 of {0} bytes, and the key has 32")]
    Length(usize),
}

impl EncryptionKey {
    /// Wraps the 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What a client needs in order to read a channel: base64 of SHA-256 over the channel's full name and the
    /// key.
    #[must_use]
    pub fn shared_secret(&self, channel: &str) -> String {
        STANDARD.encode(self.channel_key(channel))
    }

    /// The payload as it travels on an encrypted channel: JSON of nonce and ciphertext.
    pub(crate) fn seal(&self, channel: &str, payload: &str) -> String {
        self.seal_with(channel, payload, rand::random())
    }

    fn seal_with(&self, channel: &str, payload: &str, nonce: [u8; 24]) -> String {
        #[derive(Serialize)]
        struct Sealed {
            nonce: String,
            ciphertext: String,
        }
        let ciphertext = XSalsa20Poly1305::new(&self.channel_key(channel).into())
            .encrypt(&Nonce::from(nonce), payload.as_bytes())
            .expect("a payload is shorter than the 256 GiB of the cipher");
        let sealed = Sealed { nonce: STANDARD.encode(nonce), ciphertext: STANDARD.encode(ciphertext) };
        payload::to_json(&sealed).expect("a struct of texts is JSON")
    }

    fn channel_key(&self, channel: &str) -> [u8; 32] {
        Sha256::new().chain_update(channel).chain_update(self.0).finalize().into()
    }
}

impl FromStr for EncryptionKey {
    type Err = InvalidEncryptionKey;

    /// Reads base64 of 32 bytes, with or without `base64:` before it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_prefix("base64:").unwrap_or(text);
        let bytes = STANDARD.decode(text).map_err(|_| InvalidEncryptionKey::NotBase64)?;
        let length = bytes.len();
        bytes.try_into().map(Self).map_err(|_| InvalidEncryptionKey::Length(length))
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "Y0F6UkgzVzlGWk0zaVhxU05JR3RLenR3TnVDejl4TVY=";
    const CHANNEL: &str = "private-encrypted-foobar";

    #[test]
    fn the_shared_secret_is_that_of_the_official_sdks() {
        let key: EncryptionKey = KEY.parse().unwrap();
        assert_eq!(key.shared_secret(CHANNEL), "r7GpOda7zlSgGrIPZdpJ+/BqMoBHqUMnfLcoh+vVF8M=");
        assert_eq!(format!("base64:{KEY}").parse(), Ok(key));
    }

    #[test]
    fn a_text_that_is_no_key_is_refused_without_being_shown() {
        let check = |text: &str, error| assert_eq!(text.parse::<EncryptionKey>(), Err(error));
        check("secret!", InvalidEncryptionKey::NotBase64);
        check("c2hvcnQ=", InvalidEncryptionKey::Length(5));
        check("", InvalidEncryptionKey::Length(0));
        check("base64:base64:", InvalidEncryptionKey::NotBase64);
        assert_eq!(format!("{:?}", EncryptionKey::new([7; 32])), "EncryptionKey(..)");
    }

    #[test]
    fn a_sealed_payload_is_that_of_libsodium_in_php() {
        let sealed = EncryptionKey::new([7; 32]).seal_with(CHANNEL, r#"{"id":1,"text":"a\/b"}"#, [9; 24]);
        let expected = r#"{"nonce":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ","ciphertext":"buTq1kNqM5EX9NB+\/2ZmurZVxVmaUOmUjFVXfoNk+vhTvIzdQRM="}"#;
        assert_eq!(sealed, expected);
    }

    #[test]
    fn a_sealed_payload_opens_with_the_shared_secret_and_with_no_other() {
        let key = EncryptionKey::new([7; 32]);
        let open = |sealed: &str, channel: &str| {
            let sealed: serde_json::Value = serde_json::from_str(sealed).unwrap();
            let bytes = |member: &str| STANDARD.decode(sealed[member].as_str().unwrap()).unwrap();
            let secret: [u8; 32] = STANDARD.decode(key.shared_secret(channel)).unwrap().try_into().unwrap();
            let nonce: [u8; 24] = bytes("nonce").try_into().unwrap();
            XSalsa20Poly1305::new(&secret.into()).decrypt(&Nonce::from(nonce), bytes("ciphertext").as_slice())
        };
        let sealed = key.seal(CHANNEL, r#"{"id":1}"#);
        assert_eq!(open(&sealed, CHANNEL).unwrap(), br#"{"id":1}"#);
        assert!(open(&sealed, "private-encrypted-other").is_err());
        assert_ne!(sealed, key.seal(CHANNEL, r#"{"id":1}"#), "a nonce is used once");
    }
}
