//! The language of validation messages: English, or Indonesian for those who prefer it.

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// A language that validation messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locale {
    /// English, the default.
    English,
    /// Indonesian.
    Indonesian,
}

impl Locale {
    /// The language that `Accept-Language` prefers among ours; English where it names none of them.
    ///
    /// Of two languages with the same weight the one that comes first is preferred, as browsers mean it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let ranges = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let mut preferred = (Self::English, 0.0);
        for range in ranges.flat_map(|value| value.split(',')) {
            let Some((locale, weight)) = parse_range(range) else { continue };
            if weight > preferred.1 {
                preferred = (locale, weight);
            }
        }
        preferred.0
    }

    /// The tag for `Content-Language`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }
}

fn parse_range(range: &str) -> Option<(Locale, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let language = parts.next()?.split('-').next()?.to_ascii_lowercase();
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        Some(weight) => weight.parse().ok()?,
        None => 1.0,
    };
    match language.as_str() {
        // `in` is the code of Indonesian before 1989; Java still sends it.
        "id" | "in" => Some((Locale::Indonesian, weight)),
        "en" | "*" => Some((Locale::English, weight)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_of_our_languages_is_chosen() {
        let check = |header: &str, expected| {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, header.parse().unwrap())]);
            assert_eq!(Locale::of(&headers), expected, "{header}");
        };
        check("id", Locale::Indonesian);
        check("ID-id,en;q=0.5", Locale::Indonesian);
        check("in", Locale::Indonesian);
        check("fr, id;q=0.2", Locale::Indonesian);
        check("en;q=0.4, id;q=0.6", Locale::Indonesian);
        check("en, id", Locale::English);
        check("id;q=0", Locale::English);
        check("id;q=x", Locale::English);
        check("fr", Locale::English);
        check("", Locale::English);
        assert_eq!(Locale::of(&HeaderMap::new()), Locale::English);
    }
}
