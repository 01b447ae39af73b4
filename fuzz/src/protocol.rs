//! What clients and applications send.

use gema_protocol::{
    api::{Batch, Query, Trigger},
    client::ClientMessage,
    signature::{
        Secret,
        request::{Plus, RequestToVerify, sign_request, verify_request},
    },
    ws::{DecodeError, Decoder, Item, MessageLimit},
};

const LIMIT: MessageLimit = MessageLimit { accept: 1000, discard: 5000 };

/// The first byte says in how large pieces the rest arrives: the pieces must make no difference.
pub fn decoder(data: &[u8]) {
    let Some((&piece, bytes)) = data.split_first() else { return };
    let whole = decode_in_pieces(bytes, bytes.len().max(1));
    let pieces = decode_in_pieces(bytes, usize::from(piece) + 1);
    // An error may be seen before an item that lies in the same piece is complete, never the other way round.
    assert_eq!(whole, pieces, "in pieces of {piece}+1");
}

fn decode_in_pieces(bytes: &[u8], piece: usize) -> (Vec<Item<'static>>, Option<DecodeError>) {
    let mut decoder = Decoder::default();
    let mut items = Vec::new();
    for chunk in bytes.chunks(piece) {
        let mut chunk = chunk.to_vec();
        let mut at = 0;
        while at < chunk.len() {
            match decoder.decode(&mut chunk[at..], LIMIT) {
                Ok(decoded) => {
                    at += decoded.consumed;
                    let Some(item) = decoded.item else {
                        assert_eq!(at, chunk.len(), "no item, and yet not all is consumed");
                        break;
                    };
                    let closes = matches!(item, Item::Close(_));
                    items.push(owned(item));
                    if closes {
                        return (items, None);
                    }
                }
                Err(error) => return (items, Some(error)),
            }
        }
    }
    (items, None)
}

fn owned(item: Item<'_>) -> Item<'static> {
    match item {
        Item::Text(text) => Item::Text(text.into_owned().into()),
        Item::Binary(bytes) => Item::Binary(bytes.into_owned().into()),
        Item::Ping(bytes) => Item::Ping(bytes.into_owned().into()),
        Item::Pong => Item::Pong,
        Item::Close(_) => Item::Close(None),
        Item::Oversized { length } => Item::Oversized { length },
    }
}

/// Whatever a client sends is a message or refused, and what is refused is explained in a short text.
pub fn client_message(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = ClientMessage::parse(text) {
        assert!(error.to_string().len() < 1000, "{error}");
    }
}

/// No query is accepted without knowing the secret; a signed one is, and not with another body.
pub fn signed_request(data: &[u8]) {
    let secret = Secret::new("a secret that the fuzzer does not know");
    let text = String::from_utf8_lossy(data);
    let verify = |path: &str, query: &str, body: &[u8]| {
        let request = RequestToVerify { method: "POST", path, prefix: "", query, body, now: 1000 };
        verify_request(&request, "key", &secret.clone().into())
    };
    assert!(verify("/apps/1/events", &text, b"").is_err());
    assert!(
        verify(&text, "auth_key=key&auth_version=1.0&auth_timestamp=1000&auth_signature=", data).is_err()
    );
    let query = sign_request("POST", "/apps/1/events", &[("info", &text)], data, "key", &secret, 1000);
    assert_eq!(verify("/apps/1/events", &query, data), Ok(Plus::Literal));
    let mut other = data.to_vec();
    other.push(b'x');
    assert!(verify("/apps/1/events", &query, &other).is_err());
}

/// A signed query that somebody has changed on its way is refused, unless it still says the same. The input is a list of
/// changes: where, and which byte stands there instead; `0` takes the byte away.
pub fn altered_query(data: &[u8]) {
    let secret = Secret::new("a secret that the fuzzer does not know");
    let params = [("info", "user_count,subscription_count"), ("filter_by_prefix", "presence-a b+c%&=é")];
    let signed = sign_request("GET", "/apps/1/channels", &params, b"", "key", &secret, 1000);
    let mut bytes = signed.clone().into_bytes();
    for change in data.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % (bytes.len() + 1);
        match change[2] {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            byte if change[0] < 128 => bytes.insert(at, byte),
            byte if at < bytes.len() => bytes[at] = byte,
            _ => {}
        }
    }
    let Ok(query) = String::from_utf8(bytes) else { return };
    let request = RequestToVerify {
        method: "GET",
        path: "/apps/1/channels",
        prefix: "",
        query: &query,
        body: b"",
        now: 1000,
    };
    if let Ok(plus) = verify_request(&request, "key", &secret.into()) {
        let (altered, signed) = (Query::signed(&query, plus), Query::new(&signed));
        for name in ["info", "filter_by_prefix"] {
            assert_eq!(altered.get(name), signed.get(name), "{query}");
        }
    }
}

/// A body is an event, or several, or refused; an accepted one keeps to the limits.
pub fn trigger(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let query = Query::new(&text);
    for parsed in [Trigger::parse(data, query, 100), Trigger::parse(b"", query, 100)].into_iter().flatten() {
        assert!(parsed.data.len() <= 100);
        assert!((1..=100).contains(&parsed.channels.len()));
    }
    if let Ok(batch) = Batch::parse(data, 100) {
        assert!((1..=10).contains(&batch.events.len()));
    }
}
