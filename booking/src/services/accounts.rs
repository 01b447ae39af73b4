//! Users and their tokens.

use super::{ServiceError, context::Context};
use crate::domain::{Login, PlainToken, Principal, Registration, TokenId, User, UserId};

/// Users and their tokens.
#[derive(Debug, Clone)]
pub struct Accounts {
    context: Context,
}

impl Accounts {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Makes a user with role `user` and a token for everything.
    ///
    /// # Errors
    /// [`Invalid`](ServiceError::Invalid) `email` when the address is taken.
    pub async fn register(&self, registration: Registration) -> Result<(User, PlainToken), ServiceError> {
        let _ = (registration, &self.context);
        unimplemented!()
    }

    /// Makes a token for a user that proves who they are. It takes the same time whether the address or the
    /// password is wrong.
    ///
    /// # Errors
    /// [`BadCredentials`](ServiceError::BadCredentials) without saying which of the two is wrong.
    pub async fn login(&self, login: Login) -> Result<(User, PlainToken), ServiceError> {
        let _ = login;
        unimplemented!()
    }

    /// Revokes one token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout(&self, token: TokenId) -> Result<(), ServiceError> {
        let _ = token;
        unimplemented!()
    }

    /// Revokes all tokens of a user and tells how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout_all(&self, user: UserId) -> Result<u64, ServiceError> {
        let _ = user;
        unimplemented!()
    }

    /// Who holds this token, if it is one that was neither revoked nor has expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, plain: &str) -> Result<Option<Principal>, ServiceError> {
        let _ = plain;
        unimplemented!()
    }
}
