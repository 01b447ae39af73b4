//! Who may subscribe to which private channel: the user whose id it carries, and administrators.

use std::collections::BTreeMap;

use axum::Router;
use gema_broadcast::{BroadcastUser, ChannelAuthorizer, Credentials, Guard, Join};
use serde::Serialize;
use utoipa::{
    IntoParams, OpenApi, ToSchema,
    openapi::path::{Operation, PathItem},
};

use super::{
    AppState,
    bearer::{Ability as _, Caller, ReadBookings},
    error::ErrorMessage,
};
use crate::domain::{Principal, UserId};

/// Where the routes are beside the root: the guide's path.
pub(crate) const PREFIX: &str = "/api";

impl BroadcastUser for Principal {
    fn broadcast_id(&self) -> String {
        self.user.id.to_string()
    }
}

/// `/broadcasting/auth` and `/broadcasting/user-auth`, at the root as in Laravel and below `/api` as in the guide.
pub(crate) fn routes(credentials: Credentials) -> Router<AppState> {
    let guard = Guard::extractor(|Caller(principal): Caller| principal);
    let owner = async |join: Join<Principal, AppState>, id: UserId| {
        join.user.may_act_for(id) && join.user.abilities.allow(ReadBookings::NAME)
    };
    let routes = ChannelAuthorizer::new(credentials, guard)
        .private("user.{id}", owner)
        .private("booking.{id}", owner)
        .routes();
    routes.clone().merge(Router::new().nest(PREFIX, routes))
}

/// The document of [`routes`].
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let root: Vec<(String, PathItem)> =
        document.paths.paths.iter().map(|(path, item)| (path.clone(), item.clone())).collect();
    for (path, mut item) in root {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            rename(operation);
        }
        document.paths.paths.insert(format!("{PREFIX}{path}"), item);
    }
    document
}

fn rename(operation: &mut Operation) {
    if let Some(id) = &mut operation.operation_id {
        id.push_str("BelowApi");
    }
}

#[derive(Debug, OpenApi)]
#[openapi(paths(authorize, authorize_by_query, sign_in, sign_in_by_query))]
struct Document;

/// Which channel is to be subscribed to, or which channels: either `channel_name` or `channel_names`.
#[derive(Debug, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[schema(example = json!({ "socket_id": "123.456", "channel_name": "private-user.7" }))]
#[expect(dead_code, reason = "the document's view of what the library reads")]
struct AuthorizeChannel {
    /// The connection.
    #[schema(pattern = r"^\d+\.\d+$")]
    #[param(pattern = r"^\d+\.\d+$", example = "123.456")]
    socket_id: String,
    /// The whole name of the channel.
    #[schema(required = false, min_length = 1, max_length = 200)]
    #[param(required = false, min_length = 1, max_length = 200, example = "private-user.7")]
    channel_name: String,
    /// The whole names of the channels; in a form `channel_names[]`.
    #[schema(required = false, max_items = 100)]
    #[param(rename = "channel_names[]", required = false, max_items = 100, example = json!([]))]
    channel_names: Vec<String>,
}

/// Which connection is to be signed in.
#[derive(Debug, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[schema(example = json!({ "socket_id": "123.456" }))]
#[expect(dead_code, reason = "the document's view of what the library reads")]
struct SignIn {
    /// The connection.
    #[schema(pattern = r"^\d+\.\d+$")]
    #[param(pattern = r"^\d+\.\d+$", example = "123.456")]
    socket_id: String,
}

/// What is answered: to one name a grant, to a list of names a map.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the document's view of what the library answers")]
enum Authorization {
    One(ChannelAuthorization),
    Several(ChannelAuthorizations),
}

/// By the name of the channel, what it would have got alone.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelAuthorizations {
    channels: BTreeMap<String, ChannelOutcome>,
}

/// What one channel of a list has got.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelOutcome {
    /// The status that it would have got alone.
    #[schema(example = 200)]
    status: u16,
    /// The grant, with status 200.
    #[schema(nullable = false)]
    auth: Option<String>,
    /// Why there is none, with another status.
    #[schema(nullable = false)]
    message: Option<String>,
    /// What is wrong with the name, with status 422.
    #[schema(nullable = false)]
    errors: Option<BTreeMap<String, Vec<String>>>,
}

/// What the client shows to the WebSocket server.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelAuthorization {
    /// The key of the application and the signature of connection and channel.
    #[schema(example = "gema-dev-key:be7a3bb3754538dcd22cb9a00fd945f7030a1f80d317dabe0369ef3f3ec10c99")]
    auth: String,
}

/// Authorize a channel
///
/// Channels `private-user.{id}` and `private-booking.{id}`, both with the id of a user, for that user and
/// administrators, with a token that may read bookings (and, for those of others, has the ability `admin`). To a list
/// of channels the answer is always 200, with a status for each.
#[utoipa::path(
    post, path = "/broadcasting/auth", operation_id = "authorizeChannel", tag = "broadcasting",
    security(("bearer" = ["bookings:read"])),
    request_body(content(
        (AuthorizeChannel = "application/json"),
        (AuthorizeChannel = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "Granted; of several channels, what each has got", body = Authorization),
        (status = 401, description = "There is no valid token", body = ErrorMessage,
            example = json!({ "message": "Unauthorized" })),
        (status = 403, description = "The user may not", body = ErrorMessage,
            example = json!({ "message": "Forbidden" })),
    ),
)]
#[expect(dead_code, reason = "the document of a route of the library")]
fn authorize() {}

/// Authorize a channel, asked in the query
#[utoipa::path(
    get, path = "/broadcasting/auth", operation_id = "authorizeChannelByQuery", tag = "broadcasting",
    security(("bearer" = ["bookings:read"])),
    params(AuthorizeChannel),
    responses(
        (status = 200, description = "Granted; of several channels, what each has got", body = Authorization),
        (status = 401, description = "There is no valid token", body = ErrorMessage,
            example = json!({ "message": "Unauthorized" })),
        (status = 403, description = "The user may not", body = ErrorMessage,
            example = json!({ "message": "Forbidden" })),
    ),
)]
#[expect(dead_code, reason = "the document of a route of the library")]
fn authorize_by_query() {}

/// Sign a connection in
///
/// This application signs no connections in: 403 for everybody.
#[utoipa::path(
    post, path = "/broadcasting/user-auth", operation_id = "signIn", tag = "broadcasting",
    security(()),
    request_body(content((SignIn = "application/json"), (SignIn = "application/x-www-form-urlencoded"))),
    responses(
        (status = 403, description = "No connection is signed in", body = ErrorMessage,
            example = json!({ "message": "Forbidden" })),
    ),
)]
#[expect(dead_code, reason = "the document of a route of the library")]
fn sign_in() {}

/// Sign a connection in, asked in the query
#[utoipa::path(
    get, path = "/broadcasting/user-auth", operation_id = "signInByQuery", tag = "broadcasting",
    security(()),
    params(SignIn),
    responses(
        (status = 403, description = "No connection is signed in", body = ErrorMessage,
            example = json!({ "message": "Forbidden" })),
    ),
)]
#[expect(dead_code, reason = "the document of a route of the library")]
fn sign_in_by_query() {}
