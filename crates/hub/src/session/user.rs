//! Who a connection is: members of presence channels and signed-in users.

use gema_protocol::{
    client::SignIn,
    codes::ErrorCode,
    json::read_object,
    names::{InvalidUserId, UserId},
    server::{Member, ServerMessage},
    signature,
};
use serde_json::value::RawValue;

use super::{Effect, Effects, Session, fail, send};
use crate::counts::Note;

/// Most users that one connection watches.
const MAX_WATCHLIST: usize = 100;

/// The user that a connection is signed in as.
#[derive(Debug)]
pub(crate) struct SignedIn {
    member: Member,
    watchlist: Vec<UserId>,
}

/// Why a text does not say who somebody is.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidUser {
    #[error("not a JSON object with the expected fields: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` must be a text or a number")]
    NotAnId(&'static str),
    #[error("{0}")]
    Id(#[from] InvalidUserId),
}

impl SignedIn {
    pub(crate) fn id(&self) -> &UserId {
        &self.member.user_id
    }

    pub(crate) fn member(&self) -> &Member {
        &self.member
    }

    /// Bytes of the `channel_data` that would say the same.
    pub(super) fn channel_data_size(&self) -> usize {
        let info =
            self.member.user_info.as_ref().map_or(0, |info| r#","user_info":"#.len() + info.get().len());
        r#"{"user_id":""}"#.len() + self.member.user_id.as_str().len() + info
    }

    pub(crate) fn watchlist(&self) -> &[UserId] {
        &self.watchlist
    }
}

impl Session {
    pub(super) fn handle_sign_in(&mut self, sign_in: &SignIn<'_>, effects: &mut Effects) {
        let (app, socket_id) = (&self.app, &self.socket_id);
        let verified =
            signature::verify_user(&app.key, &app.secrets, &sign_in.auth, socket_id, &sign_in.user_data);
        if let Err(error) = verified {
            return refuse(effects, &error.to_string());
        }
        let mut user = match signed_in_user(&sign_in.user_data, app.watchlists) {
            Ok(user) => user,
            Err(error) => return refuse(effects, &format!("Invalid user_data: {error}")),
        };
        let success = ServerMessage::SigninSuccess { user_data: &sign_in.user_data };
        if let Some(current) = self.user() {
            return if current.id() == user.id() {
                send(effects, &success);
            } else {
                refuse(effects, "The connection is already signed in as another user");
            };
        }
        send(effects, &success);
        if user.watchlist.len() > MAX_WATCHLIST {
            user.watchlist.truncate(MAX_WATCHLIST);
            let code = ErrorCode::WatchlistLimit;
            fail(
                effects,
                code.number(),
                &format!("{}: the first {MAX_WATCHLIST} are watched", code.message()),
            );
        }
        self.user = Some(Box::new(user));
        effects.push_back(Effect::SignIn);
    }
}

fn refuse(effects: &mut Effects, message: &str) {
    effects.push_back(Effect::Note(Note::SignInRefused));
    fail(effects, ErrorCode::Unauthorized.number(), message);
}

/// Reads the `channel_data` of a presence subscription. A number is the user of the same digits.
pub(super) fn member_of(channel_data: &str) -> Result<Member, InvalidUser> {
    #[derive(serde::Deserialize)]
    struct Fields<'a> {
        #[serde(borrow)]
        user_id: Option<&'a RawValue>,
        user_info: Option<Box<RawValue>>,
    }
    let fields: Fields<'_> = read_object(channel_data)?;
    let user_id = id_of(fields.user_id.ok_or(InvalidUser::Missing("user_id"))?, "user_id")?;
    Ok(Member { user_id, user_info: fields.user_info })
}

/// A user's id: a text, or a number by its digits.
fn id_of(raw: &RawValue, field: &'static str) -> Result<UserId, InvalidUser> {
    let raw = raw.get();
    let id = match raw.as_bytes()[0] {
        b'"' => serde_json::from_str::<String>(raw)?,
        b'-' | b'0'..=b'9' => raw.to_owned(),
        _ => return Err(InvalidUser::NotAnId(field)),
    };
    Ok(id.parse()?)
}

/// Reads the `user_data` of a sign-in. Clients take nothing but a text for the id. One user more than may be watched
/// is read, so that the excess can be told.
fn signed_in_user(user_data: &str, watches: bool) -> Result<SignedIn, InvalidUser> {
    #[derive(serde::Deserialize)]
    struct Fields<'a> {
        id: Option<String>,
        user_info: Option<Box<RawValue>>,
        #[serde(borrow, default)]
        watchlist: Option<Vec<&'a RawValue>>,
    }
    let fields: Fields<'_> = read_object(user_data)?;
    let user_id: UserId = fields.id.ok_or(InvalidUser::Missing("id"))?.parse()?;
    let mut watchlist: Vec<UserId> = Vec::new();
    for id in fields.watchlist.unwrap_or_default().into_iter().filter(|_| watches) {
        let id = id_of(id, "watchlist")?;
        if !watchlist.contains(&id) {
            watchlist.push(id);
        }
        if watchlist.len() > MAX_WATCHLIST {
            break;
        }
    }
    Ok(SignedIn { member: Member { user_id, user_info: fields.user_info }, watchlist })
}
