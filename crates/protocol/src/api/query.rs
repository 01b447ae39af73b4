//! The query of a request.

use std::borrow::Cow;

use crate::signature::request::{Plus, pairs};

/// The query of a request as received. Its parameters are percent-decoded when they are asked for. Their names have no
/// letter case, as in the signature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'a> {
    raw: &'a str,
    plus: Plus,
}

impl<'a> Query<'a> {
    /// A query without the question mark, in which a `+` is a plus. Every text is a query.
    #[must_use]
    pub fn new(raw: &'a str) -> Self {
        Self { raw, plus: Plus::Literal }
    }

    /// A query whose signature [has been verified](crate::signature::request::verify_request), read as it was signed.
    #[must_use]
    pub fn signed(raw: &'a str, plus: Plus) -> Self {
        Self { raw, plus }
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get_all(name).next()
    }

    /// All values of a parameter that may be repeated.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        let pairs = pairs(self.raw, self.plus);
        pairs.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What a request wants to know about channels: the parameter `info`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InfoSet {
    /// How many users are in a presence channel.
    pub user_count: bool,
    /// How many connections have subscribed.
    pub subscription_count: bool,
    /// The last event of a cache channel.
    pub cache: bool,
}

impl InfoSet {
    /// Parses a comma-separated list. Unknown names are ignored.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        let mut set = Self::default();
        for name in list.split(',') {
            match name.trim() {
                "user_count" => set.user_count = true,
                "subscription_count" => set.subscription_count = true,
                "cache" => set.cache = true,
                _ => {}
            }
        }
        set
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}
