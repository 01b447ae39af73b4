//! What a running server takes from a new configuration, and what only a restart does.

use super::{ServerConfig, env};
use crate::tls::TlsSettings;

impl ServerConfig {
    /// The settings of a server that runs with these and is given `new` ones: the new ones where they can hold at once.
    /// And the names of those that have changed and keep their values until a restart.
    #[must_use]
    pub fn reloaded(&self, new: &Self) -> (Self, Vec<&'static str>) {
        let mut held = new.clone();
        let mut kept = Kept(Vec::new());
        // All of them, so that a new setting cannot be forgotten.
        let Self {
            host,
            port,
            path,
            shards,
            inbox_size,
            tls,
            metrics_address,
            log,
            log_format,
            webhook_spool,
            debug,
            // For banner and tools alone.
            hostname: _,
            public_port: _,
            public_scheme: _,
            // Each connection and each request asks for them.
            max_request_size: _,
            max_connections: _,
            max_http_connections: _,
            handshake_timeout: _,
            http_idle_timeout: _,
            request_timeout: _,
            shutdown_grace: _,
            trusted_proxies: _,
            proxy_protocol: _,
            max_connects_per_address: _,
            max_connections_per_address: _,
            max_failed_signatures_per_address: _,
        } = &mut held;
        kept.keep(env::REVERB_SERVER_HOST.name, &self.host, host);
        kept.keep(env::REVERB_SERVER_PORT.name, &self.port, port);
        kept.keep(env::REVERB_SERVER_PATH.name, &self.path, path);
        kept.keep(env::GEMA_SHARDS.name, &self.shards, shards);
        kept.keep(env::GEMA_INBOX_SIZE.name, &self.inbox_size, inbox_size);
        kept.keep_tls(self.tls.as_ref(), tls.as_ref());
        if !both_files(self.tls.as_ref(), tls.as_ref()) {
            tls.clone_from(&self.tls);
        }
        kept.keep(env::GEMA_METRICS_ADDRESS.name, &self.metrics_address, metrics_address);
        kept.keep(env::GEMA_LOG.name, &self.log, log);
        kept.keep(env::GEMA_LOG_FORMAT.name, &self.log_format, log_format);
        let (spool, new_spool) = (&self.webhook_spool, webhook_spool);
        kept.keep(env::GEMA_WEBHOOK_SPOOL.name, &spool.path, &mut new_spool.path);
        kept.keep(env::GEMA_WEBHOOK_SPOOL_SIZE.name, &spool.size, &mut new_spool.size);
        kept.keep(env::GEMA_WEBHOOK_FSYNC.name, &spool.fsync, &mut new_spool.fsync);
        kept.keep("--debug", &self.debug, debug);
        (held, kept.0)
    }
}

/// The names of settings that keep their values.
struct Kept(Vec<&'static str>);

impl Kept {
    fn keep<T: Clone + PartialEq>(&mut self, name: &'static str, old: &T, new: &mut T) {
        if old != new {
            new.clone_from(old);
            self.0.push(name);
        }
    }

    /// Certificate files may be others; whether and with whom there is TLS stays.
    fn keep_tls(&mut self, old: Option<&TlsSettings>, new: Option<&TlsSettings>) {
        if old == new || both_files(old, new) {
            return;
        }
        let (acme, new_acme) = (acme(old), acme(new));
        if let (Some(old), Some(new)) = (acme, new_acme) {
            let changed = [
                (old.domains != new.domains, env::GEMA_ACME_DOMAINS),
                (old.cache != new.cache, env::GEMA_ACME_CACHE),
                (old.email != new.email, env::GEMA_ACME_EMAIL),
                (old.directory != new.directory, env::GEMA_ACME_DIRECTORY),
                (old.ca != new.ca, env::GEMA_ACME_CA),
            ];
            self.0.extend(changed.iter().filter(|(changed, _)| *changed).map(|(_, variable)| variable.name));
            return;
        }
        if [old, new].into_iter().any(|tls| matches!(tls, Some(TlsSettings::Files(_)))) {
            self.0.extend([env::GEMA_TLS_CERT.name, env::GEMA_TLS_KEY.name]);
        }
        if acme.or(new_acme).is_some() {
            self.0.push(env::GEMA_ACME_DOMAINS.name);
        }
    }
}

fn acme(tls: Option<&TlsSettings>) -> Option<&crate::tls::AcmeSettings> {
    match tls {
        Some(TlsSettings::Acme(settings)) => Some(settings),
        Some(TlsSettings::Files(_)) | None => None,
    }
}

fn both_files(old: Option<&TlsSettings>, new: Option<&TlsSettings>) -> bool {
    matches!((old, new), (Some(TlsSettings::Files(_)), Some(TlsSettings::Files(_))))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, path::Path};

    use super::*;
    use crate::{
        config::{Config, Flags},
        tls::CertificateFiles,
    };

    fn config(vars: &[(&str, &str)]) -> ServerConfig {
        let app = [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "k"), ("REVERB_APP_SECRET", "s")];
        let vars = app.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(&Flags::default(), &vars.collect::<HashMap<_, _>>(), None).unwrap().server
    }

    /// Each setting of the server with a value that is not the default: either it holds at once, or it is named.
    #[test]
    fn each_setting_holds_at_once_or_is_named() {
        let old = config(&[("GEMA_SHARDS", "2")]);
        let check = |name: &str, value: &str, waits: bool| {
            let new = config(&[("GEMA_SHARDS", "2"), (name, value)]);
            assert_ne!(new, old, "{name}");
            let (held, kept) = old.reloaded(&new);
            assert_eq!(kept, if waits { vec![name] } else { Vec::new() });
            assert_eq!(held == new, !waits, "{name}");
            assert_eq!(held == old, waits, "{name}");
        };
        for (name, value) in [
            ("REVERB_SERVER_HOST", "127.0.0.9"),
            ("REVERB_SERVER_PORT", "1"),
            ("REVERB_SERVER_PATH", "ws"),
            ("GEMA_INBOX_SIZE", "99999999"),
            ("GEMA_METRICS_ADDRESS", "off"),
            ("GEMA_LOG", "error"),
            ("GEMA_LOG_FORMAT", "json"),
            ("GEMA_WEBHOOK_SPOOL", "elsewhere"),
            ("GEMA_WEBHOOK_SPOOL_SIZE", "1073741825"),
            ("GEMA_WEBHOOK_FSYNC", "true"),
            ("GEMA_ACME_DOMAINS", "a.test"),
        ] {
            check(name, value, true);
        }
        for (name, value) in [
            ("REVERB_HOST", "a.test"),
            ("REVERB_MAX_REQUEST_SIZE", "99999"),
            ("GEMA_MAX_CONNECTIONS", "9"),
            ("GEMA_MAX_HTTP_CONNECTIONS", "9"),
            ("GEMA_HANDSHAKE_TIMEOUT", "9"),
            ("GEMA_HTTP_IDLE_TIMEOUT", "9"),
            ("GEMA_REQUEST_TIMEOUT", "9"),
            ("GEMA_SHUTDOWN_GRACE", "9"),
            ("GEMA_TRUSTED_PROXIES", "10.0.0.1"),
            ("GEMA_MAX_CONNECTS_PER_ADDRESS", "9"),
            ("GEMA_MAX_CONNECTIONS_PER_ADDRESS", "9"),
            ("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", "9"),
        ] {
            check(name, value, false);
        }
        let shards = config(&[("GEMA_SHARDS", "3")]);
        assert_eq!(old.reloaded(&shards).1, ["GEMA_SHARDS"]);
    }

    #[test]
    fn certificate_files_may_be_others_and_the_kind_of_tls_may_not() {
        let files = |name: &str| {
            let path = Path::new(name).to_path_buf();
            Some(TlsSettings::Files(vec![CertificateFiles { certificate: path.clone(), key: path }]))
        };
        let with = |tls: Option<TlsSettings>| ServerConfig { tls, ..config(&[]) };
        let acme = |email: &str| config(&[("GEMA_ACME_DOMAINS", "a.test"), ("GEMA_ACME_EMAIL", email)]);
        let (one, two, none) = (with(files("one")), with(files("two")), with(None));
        assert_eq!(one.reloaded(&two), (two.clone(), Vec::new()));
        assert_eq!(one.reloaded(&none), (one.clone(), vec!["GEMA_TLS_CERT", "GEMA_TLS_KEY"]));
        assert_eq!(none.reloaded(&one), (none.clone(), vec!["GEMA_TLS_CERT", "GEMA_TLS_KEY"]));
        let (a, b) = (acme("a@a.test"), acme("b@a.test"));
        assert_eq!(a.reloaded(&b), (a.clone(), vec!["GEMA_ACME_EMAIL"]));
        let all = vec!["GEMA_TLS_CERT", "GEMA_TLS_KEY", "GEMA_ACME_DOMAINS"];
        assert_eq!(one.reloaded(&a), (one.clone(), all));
    }
}
