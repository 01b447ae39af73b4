//! What a handler decides.

use axum::BoxError;
use serde_json::Value;

/// The decision of a handler about one user and one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The user may not subscribe, whatever the rules after this one say: 403. Laravel's `false`.
    Deny,
    /// This rule has nothing to say: the next one that matches decides, and without one it is a 403. Laravel's
    /// `null`.
    Skip,
    /// The user may subscribe; on a presence channel as a member without `user_info`. Laravel's `true`.
    Allow,
    /// The user may subscribe, and on a presence channel the other members see this `user_info`. On other channels
    /// nobody sees it: there it means [`Allow`](Self::Allow).
    Member(Value),
}

/// What a handler may return: `bool`, [`Access`], or a `Result` of one of them.
///
/// `true` is [`Access::Allow`] and `false` is [`Access::Deny`]. An error grants nothing: the client gets a 500,
/// and the cause goes to the log only.
///
/// There is no meaning for `Option`, on purpose. In Laravel a callback's `null` passes the channel on to the next
/// rule, while a model that is not found ends in a 403; here a handler says which of the two it means.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no decision about a channel",
    note = "return `bool`, `Access`, or a `Result` of one of them whose error can become a boxed error"
)]
pub trait IntoAccess {
    /// The decision, or why there is none.
    ///
    /// # Errors
    /// When the handler has failed.
    fn into_access(self) -> Result<Access, BoxError>;
}

impl From<bool> for Access {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Allow } else { Self::Deny }
    }
}

impl IntoAccess for Access {
    fn into_access(self) -> Result<Access, BoxError> {
        Ok(self)
    }
}

impl IntoAccess for bool {
    fn into_access(self) -> Result<Access, BoxError> {
        Ok(self.into())
    }
}

impl<A: IntoAccess, E: Into<BoxError>> IntoAccess for Result<A, E> {
    fn into_access(self) -> Result<Access, BoxError> {
        self.map_err(Into::into)?.into_access()
    }
}
