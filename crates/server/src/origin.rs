//! Which origins a browser may connect from.

use std::net::Ipv6Addr;

/// Whether the host of an `Origin` header matches one of the patterns. `*` alone allows everything, also a client
/// that sends no origin; a `*` in a pattern stands for any characters. Scheme and port do not matter.
#[must_use]
pub(crate) fn is_allowed(patterns: &[String], origin: Option<&str>) -> bool {
    if patterns.iter().any(|pattern| pattern == "*") {
        return true;
    }
    let Some(host) = origin.and_then(host_of) else { return false };
    patterns.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &host))
}

/// An origin that one of the patterns allows, if they do not allow everybody: what a program that is no browser has to say
/// that it comes from.
pub(crate) fn example(patterns: &[String]) -> Option<String> {
    if is_allowed(patterns, None) {
        return None;
    }
    let examples = patterns.iter().map(|pattern| {
        let host = pattern.replace('*', "www").to_ascii_lowercase();
        if host.parse::<Ipv6Addr>().is_ok() { format!("https://[{host}]") } else { format!("https://{host}") }
    });
    // A pattern that no origin matches, such as one with a port, has no example.
    examples.into_iter().find(|origin| is_allowed(patterns, Some(origin)))
}

fn host_of(origin: &str) -> Option<String> {
    let (_, authority) = origin.split_once("://")?;
    let authority = authority.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(ipv6) => ipv6.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    // What is no host must not match by its end.
    let is_host =
        |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || (c == ':' && authority.starts_with('['));
    let is_port = |port: &str| port.chars().all(|c| c.is_ascii_digit());
    let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (!host.is_empty() && host.chars().all(is_host) && is_whole).then(|| host.to_ascii_lowercase())
}

/// Matches piece by piece between the stars; each piece at its first occurrence, the last one at the end.
fn matches(pattern: &str, host: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = host.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_one_that_is_allowed() {
        let check = |patterns: &[&str], expected: Option<&str>| {
            let patterns: Vec<_> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            assert_eq!(example(&patterns).as_deref(), expected, "{patterns:?}");
        };
        check(&["*"], None);
        check(&["example.com", "*"], None);
        check(&[], None);
        check(&["example.com", "*.example.com"], Some("https://example.com"));
        check(&["*.Example.com"], Some("https://www.example.com"));
        check(&["app-*.test"], Some("https://app-www.test"));
        check(&["::1"], Some("https://[::1]"));
        check(&["https://example.com", "example.com:3000", "example.org"], Some("https://example.org"));
        check(&["https://example.com"], None);
    }

    #[test]
    fn origins_match_by_host() {
        let check = |pattern: &str, origin: Option<&str>, expected| {
            assert_eq!(is_allowed(&[pattern.to_owned()], origin), expected, "{pattern} {origin:?}");
        };
        check("*", None, true);
        check("*", Some("https://anything"), true);
        check("laravel.com", None, false);
        check("laravel.com", Some("null"), false);
        check("laravel.com", Some("http://laravel.com"), true);
        check("laravel.com", Some("https://laravel.com:8443"), true);
        check("laravel.com", Some("https://Laravel.COM"), true);
        check("laravel.com", Some("https://sub.laravel.com"), false);
        check("laravel.com", Some("https://laravel.com.evil.test"), false);
        check("laravel.com", Some("https://laravel.com@evil.test"), false);
        check("*.laravel.com", Some("https://laravel.com"), false);
        check("*.laravel.com", Some("https://a.b.laravel.com"), true);
        check("*.laravel.com", Some("https://evil.test/.laravel.com"), false);
        check("*.laravel.com", Some("https://evil.test\\.laravel.com"), false);
        check("*.laravel.com", Some("https://evil.test .laravel.com"), false);
        check("*1", Some("http://[::1"), false);
        check("*1", Some("http://[::1]evil.test"), false);
        check("*", Some("http://[::1]evil.test"), true);
        check("laravel.com", Some("https://laravel.com:evil.test"), false);
        check("app-*.test", Some("https://app-1.test"), true);
        check("app-*.test", Some("https://app-1.test.evil"), false);
        check("a*b*c", Some("https://abbc"), true);
        check("a*a", Some("https://a"), false);
        check("::1", Some("http://[::1]:3000"), true);
    }
}
