//! Requests of applications: whole, of a known application, and with a valid signature.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{Uri, request::Parts},
};
use bytes::Bytes;
use gema_hub::App;
use gema_protocol::{
    api::{ApiError, ApiStatus, Query},
    signature::request::{Plus, RequestSignatureError, RequestToVerify, auth_key, verify_head},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;

use super::{Server, answer::Refusal, connection::Client, names::Names};
use crate::metrics::{Limit, Unauthorized};

/// A request that an application has signed.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) app: Arc<App>,
    pub(super) body: Bytes,
    uri: Uri,
    plus: Plus,
}

/// A request that an application has signed and that names the application only by its key.
#[derive(Debug)]
pub(super) struct SignedByKey(pub(super) Signed);

#[derive(Deserialize)]
struct AppPath {
    app_id: String,
}

impl Signed {
    pub(super) fn query(&self) -> Query<'_> {
        Query::signed(self.uri.query().unwrap_or_default(), self.plus)
    }
}

impl FromRequest<Arc<Server>> for Signed {
    type Rejection = Refusal;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let app = app_of_path(&mut parts, server).await?;
        verified(parts, body, app, server).await
    }
}

impl FromRequest<Arc<Server>> for SignedByKey {
    type Rejection = Refusal;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let key = auth_key(parts.uri.query().unwrap_or_default());
        let app = key.as_deref().and_then(|key| server.apps.by_key(key)).ok_or_else(|| {
            server.metrics.count_unauthorized(Unauthorized::ApiApp);
            ApiError::new(ApiStatus::Unauthorized, "auth_key", "auth_key should be a valid app key")
        })?;
        verified(parts, body, app, server).await.map(Self)
    }
}

async fn app_of_path(parts: &mut Parts, server: &Server) -> Result<Arc<App>, Refusal> {
    let Names(AppPath { app_id }) = Names::from_request_parts(parts, &()).await?;
    server.apps.by_id(&app_id).ok_or_else(|| {
        server.metrics.count_unauthorized(Unauthorized::ApiApp);
        let id: String = app_id.chars().take(64).collect();
        let message = format!("No matching application for ID [{id}].");
        ApiError::new(ApiStatus::NotFound, "app_id", message).into()
    })
}

async fn read_body(body: Body, server: &Server) -> Result<Bytes, ApiError> {
    let (limit, timeout) = {
        let config = server.config();
        (config.max_request_size, config.request_timeout)
    };
    let whole = Limited::new(body, limit).collect();
    match tokio::time::timeout(timeout, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::new(
            ApiStatus::PayloadTooLarge,
            "body",
            format!("Payload too large. A request body has at most {limit} bytes (REVERB_MAX_REQUEST_SIZE)."),
        )),
        Ok(Err(error)) => Err(ApiError::bad_request("body", format!("The body cannot be read: {error}"))),
        Err(_) => Err(ApiError::new(
            ApiStatus::RequestTimeout,
            "body",
            format!("The body did not arrive within {} seconds (GEMA_REQUEST_TIMEOUT).", timeout.as_secs()),
        )),
    }
}

/// Verifies the signature, then reads the body and compares it with what was signed: nobody else makes the server wait
/// for a body.
async fn verified(parts: Parts, body: Body, app: Arc<App>, server: &Server) -> Result<Signed, Refusal> {
    let config = Arc::clone(&server.config());
    let request = RequestToVerify {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        prefix: config.path.as_str(),
        query: parts.uri.query().unwrap_or_default(),
        body: &[],
        now: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    let client = parts.extensions.get::<Client>();
    let refuse = |error| {
        tracing::debug!(app.id = app.id, "The signature of a request is refused");
        refusal(&error, client, server)
    };
    let signed = verify_head(&request, &app.key, &app.secrets).map_err(refuse)?;
    if let Some(client) = client {
        client.activity.confirm();
    }
    let body = read_body(body, server).await?;
    signed.verify(&body).map_err(refuse)?;
    let plus = signed.plus();
    Ok(Signed { app, body, uri: parts.uri, plus })
}

/// The answer to a wrong signature: what is wrong; after too many of them, when to try again.
fn refusal(error: &RequestSignatureError, client: Option<&Client>, server: &Server) -> Refusal {
    server.metrics.count_unauthorized(Unauthorized::ApiSignature);
    let within = client.map_or(Ok(()), |client| server.limits.fail_signature(client.address.ip()));
    let Err(retry_after) = within else { return ApiError::from(error.clone()).into() };
    server.metrics.count_limit_hit(Limit::FailedSignatures);
    let message = format!(
        "Too many requests with a wrong signature have come from this address \
         (GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS). This one: {error}"
    );
    Refusal::too_many(error.field(), message, retry_after).and_end()
}
