//! Bearer tokens, in Sanctum's format.

use std::{fmt, str::FromStr};

use rand::{CryptoRng, RngExt as _, distr::Alphanumeric};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Role, TokenId, User, UserId};

/// Marks our tokens, so that scanners of published code recognise them.
const PREFIX: &str = "gema_";
const ENTROPY: usize = 40;

/// A token as its owner holds it: `{id}|gema_{40 random characters}{crc32b of those}`. `Debug` does not show it;
/// the database holds the hash of the part after the bar.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainToken {
    id: TokenId,
    secret: Secret,
}

/// The part of a token after the bar.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Draws one.
    pub(crate) fn draw(random: &mut impl CryptoRng) -> Self {
        let entropy: String = (0..ENTROPY).map(|_| char::from(random.sample(Alphanumeric))).collect();
        Self(format!("{PREFIX}{entropy}{:08x}", crc32fast::hash(entropy.as_bytes())))
    }

    /// SHA-256 in hexadecimal, as it is stored.
    pub(crate) fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// Whether this is the secret whose hash is stored; takes the same time wherever they differ.
    pub(crate) fn matches(&self, stored: &str) -> bool {
        self.hash().as_bytes().ct_eq(stored.as_bytes()).into()
    }
}

impl PlainToken {
    pub(crate) fn new(id: TokenId, secret: Secret) -> Self {
        Self { id, secret }
    }

    /// The row that it belongs to.
    #[must_use]
    pub fn id(&self) -> TokenId {
        self.id
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The text for the `Authorization` header, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}|{}", self.id, self.secret.0)
    }
}

/// A text that was never a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct InvalidToken;

impl FromStr for PlainToken {
    type Err = InvalidToken;

    /// The checksum finds what was cut off or mistyped without a look at the database.
    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let (id, secret) = text.split_once('|').ok_or(InvalidToken)?;
        let (entropy, checksum) = secret
            .strip_prefix(PREFIX)
            .and_then(|random| random.split_at_checked(ENTROPY))
            .ok_or(InvalidToken)?;
        if format!("{:08x}", crc32fast::hash(entropy.as_bytes())) != checksum {
            return Err(InvalidToken);
        }
        let id = id.parse().map_err(|_| InvalidToken)?;
        Ok(Self { id, secret: Secret(secret.to_owned()) })
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainToken({}|..)", self.id)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a token is good for: words of the application's own choice, or `*` for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities(Vec<String>);

impl Abilities {
    /// The word for what administrators do. Means nothing for others.
    pub const ADMIN: &str = "admin";

    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self(vec!["*".to_owned()])
    }

    /// Only these.
    #[must_use]
    pub fn only(abilities: impl IntoIterator<Item = String>) -> Self {
        Self(abilities.into_iter().collect())
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    pub(crate) fn from_json(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text).map(Self)
    }

    /// Whether this ability is among them.
    #[must_use]
    pub fn allow(&self, ability: &str) -> bool {
        self.0.iter().any(|own| own == "*" || own == ability)
    }
}

/// Who a request comes from.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The user.
    pub user: User,
    /// The token that says so.
    pub token_id: TokenId,
    /// What the token is good for.
    pub abilities: Abilities,
}

impl Principal {
    /// Whether they may do everything: an administrator, with a token that may be used as one.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.role == Role::Admin && self.abilities.allow(Abilities::ADMIN)
    }

    /// Whether they may see and change what belongs to this user.
    #[must_use]
    pub fn may_act_for(&self, owner: UserId) -> bool {
        self.is_admin() || self.user.id == owner
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    proptest! {
        #[test]
        fn drawn_tokens_have_sanctums_format(seed: u64, id in 1..=i64::MAX) {
            let secret = Secret::draw(&mut StdRng::seed_from_u64(seed));
            let token = PlainToken::new(id.try_into().unwrap(), secret);
            let text = token.reveal();
            let random = text.strip_prefix(&format!("{id}|gema_")).unwrap();
            prop_assert_eq!(random.len(), 48);
            prop_assert!(random[..40].chars().all(|c| c.is_ascii_alphanumeric()));
            prop_assert_eq!(&random[40..], format!("{:08x}", crc32fast::hash(&random.as_bytes()[..40])));
            prop_assert_eq!(text.parse::<PlainToken>().unwrap(), token);
        }

        #[test]
        fn a_token_with_one_wrong_character_is_none(seed: u64, at in 7usize..55) {
            let secret = Secret::draw(&mut StdRng::seed_from_u64(seed));
            let mut text = PlainToken::new(7.try_into().unwrap(), secret).reveal();
            let other = if &text[at..=at] == "x" { "y" } else { "x" };
            text.replace_range(at..=at, other);
            prop_assert_eq!(text.parse::<PlainToken>(), Err(InvalidToken));
        }

        #[test]
        fn no_text_is_too_strange_to_be_refused(text: String) {
            prop_assert!(text.parse::<PlainToken>().is_err());
        }
    }

    #[test]
    fn the_checksum_is_that_of_php() {
        // The check value of the catalogues of checksums; `hash('crc32b', '123456789')` in PHP.
        assert_eq!(format!("{:08x}", crc32fast::hash(b"123456789")), "cbf43926");
    }

    #[test]
    fn the_hash_is_of_what_follows_the_bar() {
        let secret = Secret("gema_abc".to_owned());
        let hash = "0d3c3b1f";
        assert!(secret.matches(&secret.hash()) && !secret.matches(hash));
        assert_eq!(secret.hash(), hex::encode(Sha256::digest(b"gema_abc")));
    }

    #[test]
    fn abilities_are_exact_words() {
        assert!(Abilities::all().allow("bookings:write"));
        let one = Abilities::only(["bookings:read".to_owned()]);
        assert!(one.allow("bookings:read") && !one.allow("bookings") && !one.allow("*"));
    }
}
