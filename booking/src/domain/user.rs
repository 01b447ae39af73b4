//! People.

use std::{fmt, str::FromStr};

use super::{Abilities, Timestamp, UserId, text::words};

words! {
    /// What a user may do.
    pub enum Role ("role") {
        /// Everything: other people's bookings, capacities, announcements.
        Admin = "admin",
        /// What is their own.
        User = "user",
    }
}

/// A user. The password's hash never leaves the store.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// The id, which their private channels carry.
    pub id: UserId,
    /// The name that others may see.
    pub name: String,
    /// Where mail goes; nobody else sees it.
    #[sqlx(try_from = "String")]
    pub email: Email,
    /// What they may do.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// When they registered.
    pub created_at: Timestamp,
}

/// A user who has a page open.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct OnlineUser {
    /// The id.
    pub id: UserId,
    /// The name that others may see.
    #[schema(example = "Siti Rahma")]
    pub name: String,
    /// Since when, as far as the server has told.
    pub since: Timestamp,
}

/// An e-mail address, in small letters and without spaces around it, so that one person registers once.
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Email(String);

/// A text that is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address; it must look like name@example.com and have at most 255 characters")]
pub struct InvalidEmail;

impl Email {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    /// Whether mail arrives, only mail can tell: this finds what was mistyped or put into the wrong field.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let valid = match text.rsplit_once('@') {
            Some((local, domain)) => {
                !local.is_empty()
                    && local.len() <= 64
                    && !local.contains('@')
                    && domain.split('.').all(|label| !label.is_empty())
            }
            None => false,
        };
        let forbidden = |c: char| c.is_whitespace() || c.is_control();
        if valid && text.len() <= 255 && !text.contains(forbidden) {
            Ok(Self(text))
        } else {
            Err(InvalidEmail)
        }
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Personal data stays out of logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// A password as it was typed. `Debug` does not show it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Fewest characters of a new one.
    pub const MIN: usize = 8;
    /// Most characters. argon2 reads all of it, so there has to be an end.
    pub const MAX: usize = 255;

    /// Takes it as it is; whether it is long enough, the form that asks for it says.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// What a new user says of themselves.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The name.
    pub name: String,
    /// The address; nobody else may have it.
    pub email: Email,
    /// The password.
    pub password: Password,
    /// What the token is for, such as the name of a browser.
    pub device_name: String,
}

/// What a user says to log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The address.
    pub email: Email,
    /// The password.
    pub password: Password,
    /// What the token is for, such as the name of a browser.
    pub device_name: String,
    /// What the token is good for.
    pub abilities: Abilities,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_small_letters() {
        assert_eq!(" Siti@Example.COM ".parse::<Email>().unwrap().as_str(), "siti@example.com");
        for text in ["", "siti", "@example.com", "siti@", "siti@example..com", "a b@example.com", "a@b@c.com"]
        {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text}");
        }
    }

    #[test]
    fn neither_password_nor_address_is_shown_by_debug() {
        let login = Login {
            email: "siti@example.com".parse().unwrap(),
            password: Password::new("rahasia".to_owned()),
            device_name: "test".to_owned(),
            abilities: Abilities::all(),
        };
        let shown = format!("{login:?}");
        assert!(!shown.contains("siti") && !shown.contains("rahasia"), "{shown}");
    }
}
