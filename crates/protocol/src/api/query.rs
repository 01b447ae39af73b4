//! The query of a request.

use crate::signature::request::{Plus, pairs};

/// The parameters of a query, percent-decoded, in their order. A `+` is a plus, not a space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses a query as received, without the question mark. Every text is a query.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        Self(pairs(raw, Plus::Literal).collect())
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// All values of a parameter that may be repeated.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
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
