//! Signatures of HTTP API requests.
//!
//! The signature is a query parameter over the method, the path and all other parameters; the body takes
//! part through its MD5. The official SDKs disagree about escaping, so a request is accepted if any reading
//! of it that one of them has in mind is signed correctly.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{MAX_GIVEN, MAX_SIGNED, Secret, Secrets, cut, equal, hex, sign};

/// How far a request's timestamp may be from the server's time; exactly this far is too far.
const WINDOW_SECONDS: u64 = 600;
const VERSION: &str = "1.0";
/// Everything that RFC 3986 does not call unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request to the HTTP API as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct RequestToVerify<'a> {
    /// The method, such as `POST`.
    pub method: &'a str,
    /// The path as received, not decoded.
    pub path: &'a str,
    /// The configured path prefix such as `/ws`, or nothing. The PHP SDK sends it but does not sign it.
    pub prefix: &'a str,
    /// The query as received, not decoded, without the question mark.
    pub query: &'a str,
    /// The body as received.
    pub body: &'a [u8],
    /// The server's time in unix seconds.
    pub now: u64,
}

/// Why a request is not authenticated. Where Pusher's own signature library has a message, it is that one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestSignatureError {
    /// There is no `auth_key`.
    #[error("Missing parameter: auth_key")]
    MissingKey,
    /// `auth_key` is not the key of the application that the path names.
    #[error("Unknown auth_key: '{0}' is not the key of this application")]
    UnknownKey(String),
    /// There is no `auth_version`.
    #[error("Version required: missing parameter auth_version")]
    MissingVersion,
    /// `auth_version` is not 1.0.
    #[error("Version not supported: auth_version must be 1.0, but you sent '{0}'")]
    UnsupportedVersion(String),
    /// There is no `auth_timestamp`.
    #[error("Timestamp required: missing parameter auth_timestamp")]
    MissingTimestamp,
    /// `auth_timestamp` is not a number.
    #[error("Timestamp required: auth_timestamp must be in unix seconds, but you sent '{0}'")]
    MalformedTimestamp(String),
    /// `auth_timestamp` is too far from the server's time.
    #[error(
        "Timestamp expired: Given timestamp ({given}) not within {WINDOW_SECONDS}s of server time ({now})"
    )]
    Expired {
        /// The timestamp of the request in unix seconds.
        given: u64,
        /// The server's time in unix seconds.
        now: u64,
    },
    /// There is no `auth_signature`.
    #[error("Missing parameter: auth_signature")]
    MissingSignature,
    /// `auth_signature` is not the signature of this request.
    #[error(
        "Authentication signature invalid. You should have sent \
         HmacSHA256Hex(\"{signed}\", your_secret_key), but you sent \"{given}\""
    )]
    InvalidSignature {
        /// The text that should have been signed.
        signed: String,
        /// The `auth_signature` of the request.
        given: String,
    },
    /// There is a body but no `body_md5`.
    #[error("Missing parameter: body_md5 (required when the request has a body)")]
    MissingBodyMd5,
    /// `body_md5` does not belong to the body.
    #[error("Invalid body_md5: the MD5 of the received body is {expected}, but you sent '{given}'")]
    InvalidBodyMd5 {
        /// The MD5 of the body that arrived.
        expected: String,
        /// The `body_md5` of the request.
        given: String,
    },
}

impl RequestSignatureError {
    /// The query parameter at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::MissingKey | Self::UnknownKey(_) => "auth_key",
            Self::MissingVersion | Self::UnsupportedVersion(_) => "auth_version",
            Self::MissingTimestamp | Self::MalformedTimestamp(_) | Self::Expired { .. } => "auth_timestamp",
            Self::MissingSignature | Self::InvalidSignature { .. } => "auth_signature",
            Self::MissingBodyMd5 | Self::InvalidBodyMd5 { .. } => "body_md5",
        }
    }
}

/// What a `+` in a query stands for. All SDKs but Ruby's mean a plus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Plus {
    /// A plus.
    #[default]
    Literal,
    /// A space, as in forms.
    Space,
}

/// Checks that a request was signed, lately, by somebody who knows the application's secret. Answers how the signer has
/// meant a `+` in the query; whoever reads it otherwise reads what nobody has signed.
///
/// # Errors
///
/// [`RequestSignatureError`] for the first parameter that is missing or wrong.
pub fn verify_request(
    request: &RequestToVerify<'_>,
    app_key: &str,
    secrets: &Secrets,
) -> Result<Plus, RequestSignatureError> {
    use RequestSignatureError as Error;

    let parameters = signed_pairs(request.query, Plus::Literal);
    let get = |name| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| &**value);

    let key = get("auth_key").ok_or(Error::MissingKey)?;
    if !equal(key, app_key) {
        return Err(Error::UnknownKey(cut(key, MAX_GIVEN)));
    }
    let version = get("auth_version").ok_or(Error::MissingVersion)?;
    if version != VERSION {
        return Err(Error::UnsupportedVersion(cut(version, MAX_GIVEN)));
    }
    let timestamp = get("auth_timestamp").ok_or(Error::MissingTimestamp)?;
    let given: u64 = timestamp.parse().map_err(|_| Error::MalformedTimestamp(cut(timestamp, MAX_GIVEN)))?;
    if request.now.abs_diff(given) >= WINDOW_SECONDS {
        return Err(Error::Expired { given, now: request.now });
    }
    let given = get("auth_signature").ok_or(Error::MissingSignature)?;
    let plus = verify_signature(request, &parameters, given, secrets)?;
    verify_body(request.body, get("body_md5"))?;
    Ok(plus)
}

/// The `auth_key` of a query, to find the application of a request whose path does not name one.
#[must_use]
pub fn auth_key(query: &str) -> Option<String> {
    let parameters = signed_pairs(query, Plus::Literal);
    parameters.into_iter().find(|(key, _)| key == "auth_key").map(|(_, value)| value.into_owned())
}

/// The complete query of a signed request: `params` (not escaped) and the parameters that authenticate them.
/// `path` is the path as it stands in the URL.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "each one is a part of what the protocol signs")]
pub fn sign_request(
    method: &str,
    path: &str,
    params: &[(&str, &str)],
    body: &[u8],
    key: &str,
    secret: &Secret,
    timestamp: u64,
) -> String {
    let timestamp = timestamp.to_string();
    let body_md5 = (!body.is_empty()).then(|| md5_hex(body));
    let own = [("auth_key", key), ("auth_timestamp", &timestamp), ("auth_version", VERSION)];
    let md5 = body_md5.as_deref().map(|md5| ("body_md5", md5));
    let mut query: String = own
        .into_iter()
        .chain(md5)
        .chain(params.iter().copied())
        .map(|(name, value)| format!("{}={}&", escape(name), escape(value)))
        .collect();

    let text = text_to_sign(method, &decode(path), &signed_pairs(&query, Plus::Literal));
    query.push_str("auth_signature=");
    query.push_str(&sign(secret, text.as_bytes()));
    query
}

/// A parameter's name and value; nearly all stand in the query as they are, and are not copied.
type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The pairs of a query, percent-decoded, in their order.
pub(crate) fn pairs(query: &str, plus: Plus) -> impl Iterator<Item = Pair<'_>> {
    let text = move |raw| match plus {
        Plus::Space if str::contains(raw, '+') => decode(&raw.replace('+', " ")).into_owned().into(),
        Plus::Literal | Plus::Space => decode(raw),
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (text(name), text(value))
    })
}

/// The pairs of a query as they are signed: names in lower case and sorted, values of one name in order.
fn signed_pairs(query: &str, plus: Plus) -> Vec<Pair<'_>> {
    let mut pairs: Vec<_> = pairs(query, plus).collect();
    for (name, _) in &mut pairs {
        if name.contains(|letter: char| letter.is_ascii_uppercase()) {
            name.to_mut().make_ascii_lowercase();
        }
    }
    pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
    pairs
}

fn verify_signature(
    request: &RequestToVerify<'_>,
    parameters: &[Pair<'_>],
    given: &str,
    secrets: &Secrets,
) -> Result<Plus, RequestSignatureError> {
    let is_signed = |path: &str, parameters: &[Pair<'_>]| {
        let text = text_to_sign(request.method, path, parameters);
        secrets.have_signed(given, text.as_bytes())
    };
    let paths = readings_of_path(request.path, request.prefix);
    if paths.iter().any(|path| is_signed(path, parameters)) {
        return Ok(Plus::Literal);
    }
    if request.query.contains('+') {
        let form = signed_pairs(request.query, Plus::Space);
        if paths.iter().any(|path| is_signed(path, &form)) {
            return Ok(Plus::Space);
        }
    }
    let text = text_to_sign(request.method, &decode(request.path), parameters);
    let (signed, given) = (cut(&text, MAX_SIGNED), cut(given, MAX_GIVEN));
    Err(RequestSignatureError::InvalidSignature { signed, given })
}

/// The path in all forms that SDKs sign: decoded or as sent, with or without the prefix.
fn readings_of_path<'a>(path: &'a str, prefix: &str) -> Vec<Cow<'a, str>> {
    let mut readings = vec![decode(path), Cow::Borrowed(path)];
    for at in 0..readings.len() {
        let rest = readings[at].strip_prefix(prefix).filter(|rest| rest.starts_with('/'));
        if let Some(rest) = rest.map(str::to_owned) {
            readings.push(Cow::Owned(rest));
        }
    }
    // Nearly always all of them are the same path, and each one left costs an HMAC.
    readings.sort();
    readings.dedup();
    readings
}

fn text_to_sign(method: &str, path: &str, parameters: &[Pair<'_>]) -> String {
    let pairs: usize = parameters.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text = String::with_capacity(method.len() + path.len() + 2 + pairs);
    text.push_str(method);
    text.make_ascii_uppercase();
    for part in ["\n", path, "\n"] {
        text.push_str(part);
    }
    let signed = parameters.iter().filter(|(name, _)| name != "auth_signature");
    for (at, (name, value)) in signed.enumerate() {
        if at > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

fn verify_body(body: &[u8], given: Option<&str>) -> Result<(), RequestSignatureError> {
    match given {
        None if body.is_empty() => Ok(()),
        None => Err(RequestSignatureError::MissingBodyMd5),
        Some(given) => {
            let expected = md5_hex(body);
            if given.eq_ignore_ascii_case(&expected) {
                return Ok(());
            }
            Err(RequestSignatureError::InvalidBodyMd5 { expected, given: cut(given, MAX_GIVEN) })
        }
    }
}

fn md5_hex(body: &[u8]) -> String {
    hex(&Md5::digest(body))
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    percent_decode_str(text).decode_utf8_lossy()
}

fn escape(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, ESCAPED)
}
