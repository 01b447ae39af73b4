//! What users are told.

use std::collections::BTreeSet;

use gema_broadcast::SocketId;

use super::{
    ServiceError,
    change::{Change, repeated},
    context::Context,
};
use crate::{
    domain::{
        Announcement, Notification, NotificationFilter, NotificationKind, Notifications, Page, PageRequest,
        Payload, User,
    },
    events::SystemNotification,
    store::{self, notifications::NewNotification},
};

/// What users are told, kept so that they can read it later.
#[derive(Debug, Clone)]
pub struct NotificationCentre {
    context: Context,
}

impl NotificationCentre {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A user's notifications, newest first: their own, and those to everybody since they registered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &self,
        user: &User,
        filter: NotificationFilter,
        page: PageRequest,
    ) -> Result<Page<Notification>, ServiceError> {
        let mut reader = self.context.db.reader().await?;
        let total = store::notifications::count(&mut reader.conn(), user, filter).await?;
        let items = store::notifications::list(&mut reader.conn(), user, filter, page).await?;
        Ok(Page::new(page, items, total))
    }

    /// How many notifications a user has not read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unread_count(&self, user: &User) -> Result<u64, ServiceError> {
        let filter = NotificationFilter { unread: true, ..NotificationFilter::default() };
        let mut reader = self.context.db.reader().await?;
        let count = store::notifications::count(&mut reader.conn(), user, filter).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Marks notifications of a user as read and tells how many of them were not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_read(&self, user: &User, which: Notifications) -> Result<u64, ServiceError> {
        // In one order for everybody, so that no two requests wait for each other.
        let ids = match which {
            Notifications::All => None,
            Notifications::These(ids) => Some(ids.into_iter().collect::<BTreeSet<_>>()),
        };
        repeated(|| async {
            let mut change = Change::begin(&self.context, None).await?;
            let now = change.now;
            let mut conn = change.conn();
            let mut marked = 0;
            match &ids {
                None => marked += store::notifications::mark_all_read(&mut conn, user, now).await?,
                Some(ids) => {
                    for id in ids {
                        marked += store::notifications::mark_read(&mut conn, user, *id, now).await?;
                    }
                }
            }
            change.commit().await?;
            Ok(marked)
        })
        .await
    }

    /// Tells everybody something.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announce(
        &self,
        announcement: Announcement,
        except: Option<SocketId>,
    ) -> Result<Notification, ServiceError> {
        repeated(|| self.announced(&announcement, except)).await
    }

    async fn announced(
        &self,
        announcement: &Announcement,
        except: Option<SocketId>,
    ) -> Result<Notification, ServiceError> {
        let Announcement { title, message, level } = announcement.clone();
        let mut change = Change::begin(&self.context, except).await?;
        let now = change.now;
        let new = NewNotification {
            user_id: None,
            kind: NotificationKind::System,
            title: title.as_deref().unwrap_or(NotificationKind::System.title()),
            message: &message,
            data: "{}",
        };
        let mut notification = store::notifications::insert(&mut change.conn(), &new, now).await?;
        // The payload names the row, so it is known only after the row.
        let id = notification.id.to_string();
        let data = change.tell(&SystemNotification { id, title, message, level, updated_at: now })?;
        store::notifications::set_data(&mut change.conn(), notification.id, &data).await?;
        notification.data = Payload::try_from(data)
            .map_err(|error| ServiceError::Database(sqlx::Error::Encode(error.into())))?;
        change.commit().await?;
        Ok(notification)
    }
}
