//! Whether the application answers.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `OK`.
    #[schema(example = "OK")]
    health: &'static str,
}

/// Whether the application is up
#[utoipa::path(
    get, path = "/up", operation_id = "up", tag = "operation", security(()),
    responses((status = 200, description = "It is", body = Health)),
)]
pub(crate) async fn up() -> axum::Json<Health> {
    axum::Json(Health { health: "OK" })
}
