//! What a user was told: the list, and marking it as read.

use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    AppState,
    bearer::{Able, ReadNotifications, WriteNotifications},
    body::{Asked, Json},
    envelope::{Listing, Success},
    error::ApiError,
    messages::Violation,
    page::PageQuery,
    validation::{Fields, FromFields, Refused, boolean, flag, id, word},
};
use crate::domain::{Notification, NotificationFilter, NotificationKind, Notifications};

const MAX_IDS: usize = 100;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationsData {
    notifications: Vec<Notification>,
    /// Notifications of the user that were not read, whatever the filter.
    #[schema(example = 3)]
    unread_count: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadData {
    /// Notifications that were marked now.
    #[schema(example = 2)]
    marked: u64,
    /// Notifications that are still unread.
    #[schema(example = 1)]
    unread_count: u64,
}

#[derive(Debug)]
pub(crate) struct NotificationsQuery {
    page: PageQuery,
    filter: NotificationFilterQuery,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationFilterQuery {
    /// Only notifications about this.
    #[param(rename = "type", required = false)]
    kind: Option<NotificationKind>,
    /// Whether only unread notifications are listed.
    #[param(required = false, default = false)]
    unread: bool,
}

/// Which notifications have been read: either `ids` or `all`.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "ids": [1, 2] }))]
pub(crate) struct MarkAsRead {
    /// These. Ids of other people's notifications do nothing.
    #[schema(required = false, max_items = 100)]
    #[expect(
        dead_code,
        reason = "tells the document what the body looks like; it is read as `Notifications`"
    )]
    ids: Vec<i64>,
    /// All there are.
    #[schema(required = false, default = false)]
    #[expect(
        dead_code,
        reason = "tells the document what the body looks like; it is read as `Notifications`"
    )]
    all: bool,
}

/// The own notifications
///
/// Newest first, announcements to everybody among them.
#[utoipa::path(
    get, path = "/api/v1/notifications", operation_id = "listNotifications", tag = "notifications",
    security(("bearer" = ["notifications:read"])),
    params(PageQuery, NotificationFilterQuery),
    responses((status = 200, description = "One page of notifications", body = Listing<NotificationsData>)),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Able<ReadNotifications>,
    Asked(query): Asked<NotificationsQuery>,
) -> Result<Listing<NotificationsData>, ApiError> {
    let centre = &state.services().notifications;
    let filter = NotificationFilter { kind: query.filter.kind, unread: query.filter.unread };
    let page = centre.list(&caller.principal.user, filter, query.page.into()).await?;
    let unread_count = centre.unread_count(&caller.principal.user).await?;
    let around = query.page.describe("/api/v1/notifications", &query.filter.repeated(), page.total);
    Ok(Listing::of(NotificationsData { notifications: page.items, unread_count }, around))
}

/// Mark notifications as read
#[utoipa::path(
    post, path = "/api/v1/notifications/read", operation_id = "readNotifications", tag = "notifications",
    security(("bearer" = ["notifications:write"])),
    request_body = MarkAsRead,
    responses((status = 200, description = "How many were marked, and how many are left", body = Success<ReadData>)),
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    caller: Able<WriteNotifications>,
    Json(which): Json<Notifications>,
) -> Result<Success<ReadData>, ApiError> {
    let centre = &state.services().notifications;
    let marked = centre.mark_read(&caller.principal.user, which).await?;
    let unread_count = centre.unread_count(&caller.principal.user).await?;
    Ok(Success::saying("Notifications marked as read", ReadData { marked, unread_count }))
}

impl NotificationFilterQuery {
    fn repeated(&self) -> Vec<(&'static str, String)> {
        let kind = self.kind.map(|kind| ("type", kind.to_string()));
        let unread = self.unread.then(|| ("unread", "true".to_owned()));
        kind.into_iter().chain(unread).collect()
    }
}

impl FromFields for NotificationsQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let page = PageQuery::from_fields(fields);
        let kind = fields.optional("type", word);
        let unread = fields.optional("unread", flag);
        let filter = NotificationFilterQuery { kind: kind?, unread: unread?.unwrap_or(false) };
        Ok(Self { page: page?, filter })
    }
}

impl FromFields for Notifications {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let ids = fields.list("ids", MAX_IDS, id);
        let all = fields.optional("all", boolean);
        match (ids?, all?) {
            (_, Some(true)) => Ok(Self::All),
            (Some(ids), _) => Ok(Self::These(ids)),
            (None, _) => Err(fields.refuse("ids", Violation::RequiredWithoutAll(&["all"]))),
        }
    }
}
