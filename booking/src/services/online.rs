//! Who has a page open.

use super::{
    ServiceError,
    change::{Change, repeated},
    context::Context,
};
use crate::{
    domain::{OnlineUser, UserId},
    store,
};

/// How many users are listed.
const LISTED: i64 = 100;

/// Who has a page open, as the WebSocket server tells.
#[derive(Debug, Clone)]
pub struct Online {
    context: Context,
}

/// A user comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The first page of the user is open.
    Came(UserId),
    /// The last one is gone.
    Left(UserId),
}

impl Online {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Notes who came and went, in this order. What is told twice changes nothing.
    ///
    /// # Errors
    /// When the database fails; nothing is noted then.
    pub async fn note(&self, changes: &[Presence]) -> Result<(), ServiceError> {
        repeated(|| async {
            let mut change = Change::begin(&self.context, None).await?;
            let now = change.now;
            for presence in changes {
                let mut conn = change.conn();
                match *presence {
                    Presence::Came(user) => store::online_users::insert(&mut conn, user, now).await?,
                    Presence::Left(user) => store::online_users::delete(&mut conn, user).await?,
                };
            }
            change.commit().await
        })
        .await
    }

    /// How many are online, and the latest hundred of them, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<(u64, Vec<OnlineUser>), ServiceError> {
        let mut reader = self.context.db.reader().await?;
        let count = store::online_users::count(&mut reader.conn()).await?;
        let users = store::online_users::list(&mut reader.conn(), LISTED).await?;
        Ok((u64::try_from(count).unwrap_or_default(), users))
    }
}
