//! Users who sign in, so that the application can send to all their connections.

use axum::BoxError;
use serde::Serialize;
use serde_json::Value;

/// What a connection is told to be when it signs in (`pusher:signin`). It becomes known to the connection itself,
/// and to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserData {
    /// The id that [`Channel::user`](crate::Channel::user) addresses: not empty, at most 128 characters. It should
    /// be the user's [`broadcast_id`](super::BroadcastUser::broadcast_id).
    pub id: String,
    /// What members of presence channels see that this connection joins without data of its own; an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_info: Option<Value>,
    /// Ids of the users whose coming and going is to be told to this connection.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub watchlist: Vec<String>,
}

/// What a resolver of users may return: `Option<UserData>`, or a `Result` of it.
///
/// `None` is a 403. An error is a 500 whose cause goes to the log only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say as whom a user signs in",
    note = "return `Option<UserData>`, or a `Result` of it whose error can become a boxed error"
)]
pub trait IntoUserData {
    /// As whom the connection may sign in, if at all.
    ///
    /// # Errors
    /// When the resolver has failed.
    fn into_user_data(self) -> Result<Option<UserData>, BoxError>;
}

impl IntoUserData for Option<UserData> {
    fn into_user_data(self) -> Result<Option<UserData>, BoxError> {
        Ok(self)
    }
}

impl<E: Into<BoxError>> IntoUserData for Result<Option<UserData>, E> {
    fn into_user_data(self) -> Result<Option<UserData>, BoxError> {
        self.map_err(Into::into)
    }
}
