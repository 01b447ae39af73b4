//! Who sends a request: the bearer token, its user, and what the token may do.

use std::marker::PhantomData;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::Response,
};

use super::{AppState, error::ApiError};
use crate::domain::{Abilities, Principal};

/// Something that a token may be restricted to.
pub(crate) trait Ability {
    /// The word for it.
    const NAME: &'static str;
}

macro_rules! abilities {
    ($($(#[$doc:meta])* $name:ident = $word:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) enum $name {}

            impl Ability for $name {
                const NAME: &'static str = $word;
            }
        )+

        /// The words for all abilities. A token that may do everything has `*` instead.
        pub(crate) const ABILITIES: &[&str] = &[$($word),+];
    };
}

abilities! {
    /// See bookings.
    ReadBookings = "bookings:read";
    /// Book, pay and cancel.
    WriteBookings = "bookings:write";
    /// See notifications.
    ReadNotifications = "notifications:read";
    /// Mark notifications as read.
    WriteNotifications = "notifications:write";
    /// What administrators do. Means nothing for others.
    Administer = Abilities::ADMIN;
}

/// Whoever sent the request, whatever the token is good for.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Principal);

/// Whoever sent the request, with a token that has the ability `A`.
#[derive(Debug)]
pub(crate) struct Able<A> {
    pub(crate) principal: Principal,
    ability: PhantomData<A>,
}

/// An administrator, with a token that may be used as one.
#[derive(Debug)]
pub(crate) struct Admin;

/// Looks up the token of a request, if it has one. A request without a valid token goes on without a [`Principal`]:
/// the handler says whether it needs one.
pub(crate) async fn authenticate(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if let Some(token) = bearer_token(request.headers())
        && let Some(principal) = state.services().accounts.authenticate(token).await?
    {
        request.extensions_mut().insert(principal);
    }
    Ok(next.run(request).await)
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().map(Self).ok_or(ApiError::Unauthenticated)
    }
}

impl<A: Ability, S: Sync> FromRequestParts<S> for Able<A> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        if principal.abilities.allow(A::NAME) {
            Ok(Self { principal, ability: PhantomData })
        } else {
            Err(ApiError::Forbidden)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Able { principal, .. } = Able::<Administer>::from_request_parts(parts, state).await?;
        if principal.is_admin() { Ok(Self) } else { Err(ApiError::Forbidden) }
    }
}

/// The token of `Authorization: Bearer <token>`; the scheme in any case, as RFC 9110 has it.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_stands_behind_the_scheme() {
        let check = |value: &str, expected| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer_token(&headers), expected, "{value}");
        };
        check("Bearer 1|abc", Some("1|abc"));
        check("bearer  1|abc ", Some("1|abc"));
        check("Bearer ", None);
        check("Bearer", None);
        check("Basic 1|abc", None);
        check("1|abc", None);
        assert_eq!(bearer_token(&HeaderMap::new()), None);
    }
}
