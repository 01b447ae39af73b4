//! Tables `notifications` and `notification_reads`.

use sqlx::Result;

use crate::{
    db::{Conn, execute, on},
    domain::{
        Notification, NotificationFilter, NotificationId, NotificationKind, PageRequest, Timestamp, User,
        UserId,
    },
};

/// A row that does not exist yet.
#[derive(Debug)]
pub(crate) struct NewNotification<'a> {
    /// Whom it is for; everybody if there is none.
    pub(crate) user_id: Option<UserId>,
    pub(crate) kind: NotificationKind,
    pub(crate) title: &'a str,
    pub(crate) message: &'a str,
    pub(crate) data: &'a str,
}

/// What user $1, who registered at $2, may see.
macro_rules! visible {
    () => {
        "(n.user_id = $1 OR (n.user_id IS NULL AND n.created_at >= $2))"
    };
}

pub(crate) async fn insert(
    conn: &mut Conn<'_>,
    notification: &NewNotification<'_>,
    now: Timestamp,
) -> Result<Notification> {
    const SQL: &str = "INSERT INTO notifications (user_id, kind, title, message, data, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         RETURNING id, kind, title, message, data, created_at, NULL AS read_at";
    const POSTGRES: &str = "INSERT INTO notifications (user_id, kind, title, message, data, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         RETURNING id, kind, title, message, data, created_at, NULL::TIMESTAMPTZ AS read_at";
    let sql = conn.pick(SQL, POSTGRES);
    on!(conn, c => sqlx::query_as(sql)
        .bind(notification.user_id)
        .bind(notification.kind.as_str())
        .bind(notification.title)
        .bind(notification.message)
        .bind(notification.data)
        .bind(now)
        .fetch_one(c))
}

pub(crate) async fn set_data(conn: &mut Conn<'_>, id: NotificationId, data: &str) -> Result<()> {
    const SQL: &str = "UPDATE notifications SET data = $2 WHERE id = $1";
    execute!(conn, sqlx::query(SQL).bind(id).bind(data)).map(drop)
}

/// The rows that a filter lets through; `$3` and `$4` are its parts.
macro_rules! from_filtered {
    () => {
        concat!(
            " FROM notifications n \
             LEFT JOIN notification_reads r ON r.notification_id = n.id AND r.user_id = $1 WHERE ",
            visible!(),
            " AND ($3 IS NULL OR n.kind = $3) AND (NOT $4 OR r.read_at IS NULL)"
        )
    };
}

pub(crate) async fn list(
    conn: &mut Conn<'_>,
    user: &User,
    filter: NotificationFilter,
    page: PageRequest,
) -> Result<Vec<Notification>> {
    const SQL: &str = concat!(
        "SELECT n.id, n.kind, n.title, n.message, n.data, n.created_at, r.read_at",
        from_filtered!(),
        " ORDER BY n.id DESC LIMIT $5 OFFSET $6"
    );
    on!(conn, c => sqlx::query_as(SQL)
        .bind(user.id)
        .bind(user.created_at)
        .bind(filter.kind.map(NotificationKind::as_str))
        .bind(filter.unread)
        .bind(page.limit())
        .bind(page.offset())
        .fetch_all(c))
}

pub(crate) async fn count(conn: &mut Conn<'_>, user: &User, filter: NotificationFilter) -> Result<i64> {
    const SQL: &str = concat!("SELECT COUNT(*)", from_filtered!());
    on!(conn, c => sqlx::query_scalar(SQL)
        .bind(user.id)
        .bind(user.created_at)
        .bind(filter.kind.map(NotificationKind::as_str))
        .bind(filter.unread)
        .fetch_one(c))
}

/// Makes reads of the notifications that a user may see.
macro_rules! read_visible {
    ($which:literal) => {
        concat!(
            "INSERT INTO notification_reads (user_id, notification_id, read_at) \
             SELECT $1, n.id, $3 FROM notifications n WHERE ",
            visible!(),
            $which,
            " ON CONFLICT DO NOTHING"
        )
    };
}

/// Marks all notifications as read; tells how many were not.
pub(crate) async fn mark_all_read(conn: &mut Conn<'_>, user: &User, now: Timestamp) -> Result<u64> {
    const SQL: &str = read_visible!(" ORDER BY n.id");
    execute!(conn, sqlx::query(SQL).bind(user.id).bind(user.created_at).bind(now))
}

/// Marks one notification as read; tells whether it was not, as a number.
pub(crate) async fn mark_read(
    conn: &mut Conn<'_>,
    user: &User,
    id: NotificationId,
    now: Timestamp,
) -> Result<u64> {
    const SQL: &str = read_visible!(" AND n.id = $4");
    execute!(conn, sqlx::query(SQL).bind(user.id).bind(user.created_at).bind(now).bind(id))
}
