//! The OpenAPI document at `/api/openapi.json`, and Swagger UI over it at `/api/docs`.

use axum::{
    Extension, Router,
    body::Bytes,
    http::{HeaderValue, header},
    middleware::map_response,
    response::{IntoResponse, Response},
};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Swagger UI may load what comes with it, ask this server, and style its elements; nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// The document as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct DocumentText(pub(crate) Bytes);

/// This document
#[utoipa::path(
    get, path = "/api/openapi.json", operation_id = "getOpenApi", tag = "operation", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json")),
)]
pub(crate) async fn openapi_json(
    Extension(DocumentText(text)): Extension<DocumentText>,
) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text)
}

/// Swagger UI out of the binary: it asks no other host for anything, not even to check the document.
pub(crate) fn swagger_ui<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let pages: Router<S> =
        SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json").validator_url("none")).into();
    pages.layer(map_response(async |mut response: Response| {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response
    }))
}
