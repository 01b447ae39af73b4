//! The names that a rule is for.

use regex::Regex;

/// The pattern of a rule, compiled: literal text, and parameters such as `{order}` that stand for one or more
/// characters other than a point.
///
/// As in Laravel, the whole name has to match, and a parameter takes as much as it can while the rest still
/// matches. Unlike there, everything but a parameter is literal, and the matching takes time that is linear in the
/// name.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    regex: Regex,
    parameters: usize,
}

/// Why a text is no pattern.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum InvalidPattern {
    #[error("is empty: no channel has an empty name")]
    Empty,
    #[error("has a `{{` without its `}}`")]
    Unclosed,
    #[error("has a `}}` without its `{{`")]
    Unopened,
    #[error("has a parameter named `{0}`; a name consists of letters, digits and `_`")]
    Name(String),
    #[error("has two parameters named `{0}`; rename one of them")]
    DoubledName(String),
    #[error("begins with `{0}`; leave the prefix out, the method that registers the rule says it")]
    Prefix(&'static str),
    #[error("has {0:?}, which no channel name has; allowed are A-Z a-z 0-9 _ - = @ , . ;")]
    Character(char),
    #[error("is too long: {0}")]
    TooLong(regex::Error),
}

impl Pattern {
    /// Compiles a pattern that some channel's name can match.
    pub(super) fn of_channels(text: &str) -> Result<Self, InvalidPattern> {
        let prefixes = ["private-encrypted-", "private-", "presence-", "encrypted-"];
        if let Some(prefix) = prefixes.into_iter().find(|&prefix| text.starts_with(prefix)) {
            return Err(InvalidPattern::Prefix(prefix));
        }
        let permitted = |c: char| c.is_ascii_alphanumeric() || "_-=@,.;{}".contains(c);
        if let Some(character) = text.chars().find(|&c| !permitted(c)) {
            return Err(InvalidPattern::Character(character));
        }
        Self::compile(text)
    }

    fn compile(text: &str) -> Result<Self, InvalidPattern> {
        let mut names: Vec<&str> = Vec::new();
        let mut regex = String::from("^");
        let mut rest = text;
        while let Some((literal, opened)) = rest.split_once('{') {
            let (name, behind) = opened.split_once('}').ok_or(InvalidPattern::Unclosed)?;
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(InvalidPattern::Name(name.to_owned()));
            }
            if names.contains(&name) {
                return Err(InvalidPattern::DoubledName(name.to_owned()));
            }
            names.push(name);
            regex.push_str(&literal_regex(literal)?);
            regex.push_str("([^.]+)");
            rest = behind;
        }
        regex.push_str(&literal_regex(rest)?);
        regex.push('$');
        if text.is_empty() {
            return Err(InvalidPattern::Empty);
        }
        let regex = Regex::new(&regex).map_err(InvalidPattern::TooLong)?;
        Ok(Self { text: text.to_owned(), regex, parameters: names.len() })
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// How many parameters it has.
    pub(super) fn parameters(&self) -> usize {
        self.parameters
    }

    /// The parameters in the name of a channel without its prefix; nothing if it does not match.
    pub(super) fn capture<'n>(&self, name: &'n str) -> Option<Vec<&'n str>> {
        let captures = self.regex.captures(name)?;
        // Every group takes part in a match: none of them is optional.
        Some(captures.iter().skip(1).flatten().map(|group| group.as_str()).collect())
    }
}

fn literal_regex(literal: &str) -> Result<String, InvalidPattern> {
    if literal.contains('}') { Err(InvalidPattern::Unopened) } else { Ok(regex::escape(literal)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_the_table_of_laravels_tests() {
        let check = |name: &str, pattern: &str, matches: bool| {
            let pattern = Pattern::compile(pattern).unwrap();
            assert_eq!(pattern.capture(name).is_some(), matches, "{name} ~ {pattern:?}");
        };
        check("something", "something", true);
        check("something.23", "something.{id}", true);
        check("something.23.test", "something.{id}.test", true);
        check("something.23.test.42", "something.{id}.test.{id2}", true);
        check("something-23:test-42", "something-{id}:test-{id2}", true);
        check("23:string:test", "{id}:string:{text}", true);
        check("something.23", "something", false);
        check("something.23.test.42", "something.test.{id}", false);
        check("something-23-test-42", "something-{id}-test", false);
        check("23:test", "{id}:test:abcd", false);
        check("customer.order.1", "order.{id}", false);
        check("customerorder.1", "order.{id}", false);
        check("something..test.42", "something.{id}.test.{id2}", false);
        check("TestChannel", "Test.{id}", false);
    }

    #[test]
    fn parameters_take_what_they_can_and_no_point() {
        let check = |name: &str, pattern: &str, parameters: Option<&[&str]>| {
            let pattern = Pattern::compile(pattern).unwrap();
            assert_eq!(pattern.capture(name).as_deref(), parameters, "{name} ~ {pattern:?}");
        };
        check("rooms", "rooms", Some(&[]));
        check("a-b-c", "{x}-{y}", Some(&["a-b", "c"]));
        check("abc", "{x}{y}", Some(&["ab", "c"]));
        check("a-x-b-y", "{x}-x-{y}-y", Some(&["a", "b"]));
        check("a.b", "{x}", None);
        check("x", "x{y}", None);
        check("user.1\n", "user.{id}", Some(&["1\n"]));
        check("user.1\n", "user.1", None);
        check("userx1", "user.{id}", None);
        check("aaa", "a+", None);
        check("cache-user.1", "cache-user.{id}", Some(&["1"]));
        check("cache-user.1", "user.{id}", None);
    }

    #[test]
    fn a_malformed_pattern_is_refused_with_the_reason() {
        let check = |text: &str, mistake: InvalidPattern| {
            assert_eq!(Pattern::of_channels(text).unwrap_err(), mistake, "{text}");
        };
        check("", InvalidPattern::Empty);
        check("user.{id", InvalidPattern::Unclosed);
        check("user.id}", InvalidPattern::Unopened);
        check("user.{id}}", InvalidPattern::Unopened);
        check("user.}{id}", InvalidPattern::Unopened);
        check("user.{{id}", InvalidPattern::Name("{id".to_owned()));
        check("user.{}", InvalidPattern::Name(String::new()));
        check("user.{user.id}", InvalidPattern::Name("user.id".to_owned()));
        check("user.{id}.{id}", InvalidPattern::DoubledName("id".to_owned()));
        check("private-user.{id}", InvalidPattern::Prefix("private-"));
        check("private-encrypted-user.{id}", InvalidPattern::Prefix("private-encrypted-"));
        check("encrypted-user.{id}", InvalidPattern::Prefix("encrypted-"));
        check("presence-room.{id}", InvalidPattern::Prefix("presence-"));
        check("user/{id}", InvalidPattern::Character('/'));
        check("user.*", InvalidPattern::Character('*'));
        check("bücher.{id}", InvalidPattern::Character('ü'));
        assert!(Pattern::of_channels("-_=@,.;aZ09{under_score1}").is_ok());
    }
}
