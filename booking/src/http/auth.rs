//! Who is who: register, log in, log out, the own user.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AppState,
    bearer::{ABILITIES, Caller},
    body::Json,
    client_address::ClientAddress,
    envelope::{Nothing, Success},
    error::ApiError,
    messages::Violation,
    validation::{Fields, FromFields, Refused, boolean, email, password, trimmed},
};
use crate::domain::{Abilities, Login, Password, PlainToken, Registration, Role, Timestamp, User};

const DEFAULT_DEVICE: &str = "API";

/// A user as the API shows them to themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserAnswer {
    /// The id; private channels carry it: `user.{id}`, `booking.{id}`.
    #[schema(value_type = i64, minimum = 1, example = 7)]
    id: crate::domain::UserId,
    #[schema(example = "Siti Aminah")]
    name: String,
    #[schema(format = "email", example = "siti@example.com")]
    email: String,
    /// What the user may do.
    roles: [Role; 1],
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserData {
    user: UserAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenData {
    /// For the header `Authorization: Bearer <token>`. It is shown this once.
    #[schema(example = "1|gema_Xk3v9Qh2Lw8sYt5Rz1Bn7Cd4Fm6Gp0Jq2Ka8Ue4W5f0c1d2e")]
    token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    user: UserAnswer,
}

/// Who wants to become a user.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "Budi Santoso", "email": "budi.santoso@example.com", "password": "rahasia-sekali", "device_name": "Firefox",
}))]
pub(crate) struct Register {
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    #[schema(value_type = String, format = "email", max_length = 255)]
    email: crate::domain::Email,
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 255)]
    password: crate::domain::Password,
    /// What the token is for, such as the name of a browser.
    #[schema(required = false, default = "API", min_length = 1, max_length = 255)]
    device_name: String,
}

/// Who wants to log in.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "email": "siti@example.com", "password": "password", "device_name": "Firefox" }))]
pub(crate) struct LogIn {
    #[schema(value_type = String, format = "email", max_length = 255)]
    email: crate::domain::Email,
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 255)]
    password: crate::domain::Password,
    /// What the token is for, such as the name of a browser.
    #[schema(required = false, default = "API", min_length = 1, max_length = 255)]
    device_name: String,
    /// What the token may be used for: `bookings:read`, `bookings:write`, `notifications:read`,
    /// `notifications:write`, `admin`; `*` for everything.
    #[schema(value_type = Vec<String>, required = false, max_items = 20, default = json!(["*"]))]
    abilities: Abilities,
}

/// Which tokens are to be revoked.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "all": false }))]
pub(crate) struct LogOut {
    /// Whether all tokens of the user are revoked, not only the one that the request came with.
    #[schema(required = false, default = false)]
    all: bool,
}

/// Register a user
///
/// Makes a user with the role `user`, and a token that may do everything. Registrations are limited for each address (5
/// per minute by default).
#[utoipa::path(
    post, path = "/api/v1/auth/register", operation_id = "register", tag = "auth", security(()),
    responses((status = 201, description = "The user and their first token", body = Success<TokenData>)),
)]
pub(crate) async fn register(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(request): Json<Register>,
) -> Result<(StatusCode, Success<TokenData>), ApiError> {
    let Register { name, email, password, device_name } = request;
    state.limits().check_registration(address)?;
    let registration = Registration { name, email, password, device_name };
    let (user, token) = state.services().accounts.register(registration).await?;
    Ok((StatusCode::CREATED, Success::saying("Registered successfully", TokenData::of(user, &token))))
}

/// Log in
///
/// Makes a token. A wrong address and a wrong password are one error, on the field `email`. Attempts are limited for
/// each address and e-mail address together (5 per minute by default).
#[utoipa::path(
    post, path = "/api/v1/auth/login", operation_id = "login", tag = "auth", security(()),
    responses((status = 200, description = "The token and its user", body = Success<TokenData>)),
)]
pub(crate) async fn login(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(request): Json<LogIn>,
) -> Result<Success<TokenData>, ApiError> {
    let LogIn { email, password, device_name, abilities } = request;
    state.limits().check_login(&email, address)?;
    let login = Login { email, password, device_name, abilities };
    let (user, token) = state.services().accounts.login(login).await?;
    Ok(Success::saying("Logged in successfully", TokenData::of(user, &token)))
}

/// Log out
///
/// Revokes the token of this request, or all tokens of its user.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logout", tag = "auth", security(("bearer" = [])),
    request_body = Option<LogOut>,
    responses((status = 200, description = "The token is no longer accepted", body = Success<Nothing>)),
)]
pub(crate) async fn logout(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Json(request): Json<LogOut>,
) -> Result<Success<Nothing>, ApiError> {
    let accounts = &state.services().accounts;
    if request.all {
        accounts.logout_all(principal.user.id).await?;
    } else {
        accounts.logout(principal.token_id).await?;
    }
    Ok(Success::saying("Logged out successfully", Nothing {}))
}

/// The own user
#[utoipa::path(
    get, path = "/api/v1/user", operation_id = "getUser", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The user of the token", body = Success<UserData>)),
)]
pub(crate) async fn user(Caller(principal): Caller) -> Success<UserData> {
    Success::of(UserData { user: principal.user.into() })
}

impl From<User> for UserAnswer {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email.to_string(),
            roles: [user.role],
            created_at: user.created_at,
        }
    }
}

impl TokenData {
    fn of(user: User, token: &PlainToken) -> Self {
        Self { token: token.reveal(), token_type: "Bearer", user: user.into() }
    }
}

impl FromFields for Register {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let name = fields.required("name", trimmed(1, 255));
        let email = fields.required("email", email);
        let password = fields.required("password", password(Password::MIN, Password::MAX));
        let device_name = device_name(fields);
        Ok(Self { name: name?, email: email?, password: password?, device_name: device_name? })
    }
}

impl FromFields for LogIn {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let email = fields.required("email", email);
        let password = fields.required("password", password(1, Password::MAX));
        let device_name = device_name(fields);
        let abilities = fields.list("abilities", 20, |value| match value.as_str() {
            Some(word) if word == "*" || ABILITIES.contains(&word) => Ok(word.to_owned()),
            Some(_) => Err(Violation::Selected),
            None => Err(Violation::Text),
        });
        let abilities = abilities?.map_or_else(Abilities::all, Abilities::only);
        Ok(Self { email: email?, password: password?, device_name: device_name?, abilities })
    }
}

impl FromFields for LogOut {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        Ok(Self { all: fields.optional("all", boolean)?.unwrap_or(false) })
    }
}

fn device_name(fields: &mut Fields) -> Result<String, Refused> {
    Ok(fields.optional("device_name", trimmed(1, 255))?.unwrap_or_else(|| DEFAULT_DEVICE.to_owned()))
}
