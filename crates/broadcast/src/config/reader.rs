//! Reads variables and notes every mistake.

use std::{str::FromStr, time::Duration};

use super::{InvalidSetting, Scheme};
use crate::EncryptionKey;

pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    mistakes: Vec<InvalidSetting>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { get, mistakes: Vec::new() }
    }

    /// The configuration, if there was no mistake on the way to it.
    pub(super) fn finish<T>(self, config: T) -> Result<T, Vec<InvalidSetting>> {
        if self.mistakes.is_empty() { Ok(config) } else { Err(self.mistakes) }
    }

    pub(super) fn wrong(&mut self, variable: &'static str, reason: impl Into<String>, remedy: &'static str) {
        self.mistakes.push(InvalidSetting { variable, reason: reason.into(), remedy });
    }

    /// The value without quotes around it; an empty one is none.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = (self.get)(name)?;
        if value.contains(char::REPLACEMENT_CHARACTER) {
            self.wrong(name, "the value is not UTF-8", "write it in UTF-8");
        }
        let trimmed = value.trim();
        let unquoted = ['"', '\''].into_iter().find_map(|q| trimmed.strip_prefix(q)?.strip_suffix(q));
        let value = unquoted.unwrap_or(trimmed);
        (!value.is_empty()).then(|| value.to_owned())
    }

    pub(super) fn required(&mut self, name: &'static str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.wrong(name, "it is not set", "write the same value as at the server");
            String::new()
        })
    }

    pub(super) fn seconds(&mut self, name: &'static str, default: Duration) -> Duration {
        let remedy = "write whole seconds, 1 to 3600";
        self.parsed(name, remedy, |seconds| (1..=3600).contains(seconds)).map_or(default, Duration::from_secs)
    }

    pub(super) fn count(&mut self, name: &'static str, default: u32) -> u32 {
        self.parsed(name, "write a number of 0 to 100", |&count| count <= 100).unwrap_or(default)
    }

    pub(super) fn port(&mut self, name: &'static str, default: u16) -> u16 {
        self.parsed(name, "write a number of 1 to 65535", |&port| port > 0).unwrap_or(default)
    }

    pub(super) fn scheme(&mut self, name: &'static str) -> Scheme {
        match self.text(name).as_deref() {
            None | Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            Some(other) => {
                self.wrong(name, format!("`{other}` is no scheme"), "write http or https");
                Scheme::Https
            }
        }
    }

    pub(super) fn encryption_key(&mut self, name: &'static str) -> Option<EncryptionKey> {
        let parsed = self.text(name)?.parse::<EncryptionKey>();
        let remedy = "write base64 of 32 random bytes, for example the output of `openssl rand -base64 32`";
        parsed.map_err(|error| self.wrong(name, format!("this is no encryption key: {error}"), remedy)).ok()
    }

    /// A host name or an IP address; that of IPv6 may stand in brackets.
    pub(super) fn host(&mut self, name: &'static str) -> Option<String> {
        let text = self.text(name)?;
        let host = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&text);
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        let is_name = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if !is_address && !is_name {
            let remedy =
                "write the name or the address alone; scheme, port and path have variables of their own";
            self.wrong(name, format!("`{text}` is no host"), remedy);
        }
        Some(host.to_owned())
    }

    /// A path prefix: `ws`, `/ws` and `/ws/` mean the same.
    pub(super) fn path(&mut self, name: &'static str) -> String {
        let Some(text) = self.text(name) else { return String::new() };
        let path = text.trim_matches(['/', ' ']);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        let has_dots = path.split('/').any(|segment| matches!(segment, "" | "." | ".."));
        match path {
            "" => String::new(),
            _ if path.chars().all(is_plain) && !has_dots => format!("/{path}"),
            _ => {
                let remedy =
                    "write names of letters, digits, - . _ ~ with slashes between them, for example /ws";
                self.wrong(name, format!("`{text}` is no path prefix"), remedy);
                String::new()
            }
        }
    }

    fn parsed<T: FromStr>(
        &mut self,
        name: &'static str,
        remedy: &'static str,
        is_in_range: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok().filter(is_in_range);
        if value.is_none() {
            self.wrong(name, format!("`{text}` is not in the range"), remedy);
        }
        value
    }
}
