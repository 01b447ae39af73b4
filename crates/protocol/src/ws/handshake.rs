//! The one computation of the opening handshake.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// What RFC 6455 appends to the key, so that no server answers it by accident.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The length of 16 bytes in base64.
const KEY_LENGTH: usize = 24;

/// The `Sec-WebSocket-Accept` that answers this `Sec-WebSocket-Key`; `None` if the key is not 16 bytes in base64.
#[must_use]
pub fn accept_key(sec_websocket_key: &str) -> Option<String> {
    if sec_websocket_key.len() != KEY_LENGTH {
        return None;
    }
    let nonce = STANDARD.decode(sec_websocket_key).ok()?;
    if nonce.len() != 16 {
        return None;
    }
    let digest = Sha1::new().chain_update(sec_websocket_key).chain_update(GUID).finalize();
    Some(STANDARD.encode(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_accepted_only_if_it_is_16_bytes_in_base64() {
        let check =
            |key: &str, expected: Option<&str>| assert_eq!(accept_key(key).as_deref(), expected, "{key}");
        // The example of RFC 6455, section 1.3.
        check("dGhlIHNhbXBsZSBub25jZQ==", Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        check("AAAAAAAAAAAAAAAAAAAAAA==", Some("ICX+Yqv66kxgM0FcWaLWlFLwTAI="));
        check("", None);
        check("dGhlIHNhbXBsZSBub25jZQ", None);
        check("dGhlIHNhbXBsZSBub25jZQ= ", None);
        check("dGhlIHNhbXBsZSBub25jZSE=", None);
        check("dGhlIHNhbXBsZSBub25jZSEh", None);
        check("dGhlIHNhbXBsZSBub25j", None);
        check("dGhlIHNhbXBsZSBub25jZS-_", None);
        check("????????????????????????", None);
    }
}
