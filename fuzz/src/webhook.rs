//! What comes to the address of a webhook.

use gema_broadcast::{Credentials, InvalidWebhook, Webhook};
use gema_protocol::signature::{Secret, sign};

/// A body is read when it is signed, and never otherwise; what cannot be read is explained in a short text.
pub fn verify(body: &[u8]) {
    let secret = Secret::new("a secret that the fuzzer does not know");
    let signature = sign(&secret, body);
    let credentials = Credentials { key: "key".to_owned(), secret, encryption_key: None };
    let verify =
        |signature: &str, body: &[u8]| Webhook::verify(&credentials, Some("key"), Some(signature), body);
    if let Err(error) = verify(&signature, body) {
        assert!(!matches!(error, InvalidWebhook::Signature), "it is signed");
        assert!(error.to_string().len() < 1000, "{error}");
    }
    let mut other = body.to_vec();
    other.push(b' ');
    for (signature, body) in [(&*signature, &*other), (&signature[1..], body), ("", body)] {
        assert!(matches!(verify(signature, body), Err(InvalidWebhook::Signature)));
    }
}
