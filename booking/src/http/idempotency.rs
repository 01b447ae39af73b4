//! `Idempotency-Key`: a request that is repeated changes things once, and gets the same answer again.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderName},
};
use sha2::{Digest, Sha256};

use super::{body, error::ApiError, validation::FromFields};
use crate::{domain::Principal, services::IdempotencyClaim};

/// The header that names a request.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const MAX_KEY: usize = 255;

/// A JSON body as a typed request, with the claim to run it once if the client made one.
///
/// Comes behind [`Principal`] in a handler: a claim belongs to a user.
#[derive(Debug)]
pub(crate) struct OnceJson<T> {
    pub(crate) request: T,
    pub(crate) claim: Option<IdempotencyClaim>,
}

impl<T: FromFields, S: Sync> FromRequest<S> for OnceJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let principal = parts.extensions.get::<Principal>().ok_or(ApiError::Unauthenticated)?;
        let key = key(&parts.headers)?;
        let bytes = body::read(body).await?;
        let request = body::parse(&parts.headers, &bytes)?;
        let claim = key.map(|key| IdempotencyClaim {
            user_id: principal.user.id,
            key,
            fingerprint: fingerprint(&[
                parts.method.as_str().as_bytes(),
                parts.uri.path().as_bytes(),
                &bytes,
            ]),
        });
        Ok(Self { request, claim })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let bytes = key.as_bytes();
    let is_valid = (1..=MAX_KEY).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match key.to_str() {
        Ok(key) if is_valid && keys.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(ApiError::IdempotencyKey),
    }
}

/// SHA-256 of the parts, each with its length before it, so that no two lists of parts have the same text.
fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_255_visible_ascii_characters() {
        let read = |values: &[&[u8]]| {
            let headers = values
                .iter()
                .map(|value| (IDEMPOTENCY_KEY, axum::http::HeaderValue::from_bytes(value).unwrap()));
            let mut map = HeaderMap::new();
            headers.for_each(|(name, value)| {
                map.append(name, value);
            });
            key(&map).ok()
        };
        assert_eq!(read(&[]), Some(None));
        assert_eq!(read(&[b"a"]), Some(Some("a".to_owned())));
        assert_eq!(read(&["x".repeat(255).as_bytes()]), Some(Some("x".repeat(255))));
        for wrong in [&b""[..], b"a b", b"\xe9", "x".repeat(256).as_bytes()] {
            assert_eq!(read(&[wrong]), None, "{wrong:?}");
        }
        assert_eq!(read(&[b"a", b"b"]), None);
    }

    #[test]
    fn no_two_requests_share_a_fingerprint() {
        assert_eq!(fingerprint(&[b"a", b"b"]), fingerprint(&[b"a", b"b"]));
        assert_ne!(fingerprint(&[b"a", b"b"]), fingerprint(&[b"ab", b""]));
        assert_ne!(fingerprint(&[b"a", b"b"]), fingerprint(&[b"a", b"c"]));
    }
}
