//! What users are told.

use gema_broadcast::SocketId;

use super::{ServiceError, context::Context};
use crate::domain::{Announcement, Notification, NotificationFilter, Notifications, Page, PageRequest, User};

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
        let _ = (user, filter, page, &self.context);
        unimplemented!()
    }

    /// How many notifications a user has not read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unread_count(&self, user: &User) -> Result<u64, ServiceError> {
        let _ = user;
        unimplemented!()
    }

    /// Marks notifications of a user as read and tells how many of them were not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_read(&self, user: &User, which: Notifications) -> Result<u64, ServiceError> {
        let _ = (user, which);
        unimplemented!()
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
        let _ = (announcement, except);
        unimplemented!()
    }
}
