//! Requests of applications: whole, of a known application, and with a valid signature.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{Uri, request::Parts},
};
use bytes::Bytes;
use gema_hub::App;
use gema_protocol::{
    api::{ApiError, ApiStatus, Query},
    signature::request::{Plus, RequestToVerify, auth_key, verify_request},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;

use super::{Server, answer::Refusal, names::Names};
use crate::metrics::Unauthorized;

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
        let body = read_body(body, server).await?;
        verify(parts, body, app, server)
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
        let body = read_body(body, server).await?;
        verify(parts, body, app, server).map(Self)
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

async fn read_body(body: axum::body::Body, server: &Server) -> Result<Bytes, ApiError> {
    let limit = server.config.max_request_size;
    let whole = Limited::new(body, limit).collect();
    match tokio::time::timeout(server.config.request_timeout, whole).await {
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
            format!(
                "The body did not arrive within {} seconds (GEMA_REQUEST_TIMEOUT).",
                server.config.request_timeout.as_secs()
            ),
        )),
    }
}

fn verify(parts: Parts, body: Bytes, app: Arc<App>, server: &Server) -> Result<Signed, Refusal> {
    let request = RequestToVerify {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        prefix: server.config.path.as_str(),
        query: parts.uri.query().unwrap_or_default(),
        body: &body,
        now: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    let plus = verify_request(&request, &app.key, &app.secrets).map_err(|error| {
        server.metrics.count_unauthorized(Unauthorized::ApiSignature);
        tracing::debug!(app.id = app.id, "The signature of a request is refused");
        ApiError::from(error)
    })?;
    Ok(Signed { app, body, uri: parts.uri, plus })
}
