//! What an operator can watch. Every metric is declared here, once: its type, its name, its help and its unit. The
//! reference in the documentation is made of the same table.

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

/// A metric as the documentation shows it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its name in Prometheus, without the suffixes that its unit and its type add.
    pub name: &'static str,
    /// What it tells; Markdown.
    pub help: &'static str,
    /// Its unit, if it is no plain number.
    pub unit: Option<Unit>,
}

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ty = $name:literal, $unit:expr;)+) => {
        /// All metrics of a server.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $($(#[doc = $help])+ pub $field: $kind,)+
        }

        /// All metrics, in the order of the reference.
        pub const DECLARED: &[Declared] =
            &[$(Declared { name: $name, help: concat!($($help),+), unit: $unit }),+];

        impl Metrics {
            /// Metrics of which nothing is counted yet.
            #[must_use]
            pub fn new() -> Self {
                let mut registry = Registry::default();
                $(
                    let $field = <$kind>::default();
                    let help = concat!($($help),+).trim().trim_end_matches('.');
                    match $unit {
                        Some(unit) => registry.register_with_unit($name, help, unit, $field.clone()),
                        None => registry.register($name, help, $field.clone()),
                    }
                )+
                Self { registry, $($field),+ }
            }
        }
    };
}

metrics! {
    /// Limits that somebody has hit, by limit.
    limits_hit: Family<LimitLabels, Counter> = "gema_limits_hit", None;
    /// TLS handshakes, by result: `ok`, `failed` (the client or its version does not fit, or it went away) or `timeout`.
    tls_handshakes: Family<HandshakeLabels, Counter> = "gema_tls_handshakes", None;
    /// When the certificate that is served expires, the first one of several, in Unix time. Absent without TLS.
    tls_certificate_expiry: Family<NoLabels, Gauge> = "gema_tls_certificate_expiry_timestamp", Some(Unit::Seconds);
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// The metrics in the text format of Prometheus.
    ///
    /// # Errors
    /// Never: a text takes everything that is written to it.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Somebody has hit a limit.
    pub fn count_limit_hit(&self, limit: Limit) {
        self.limits_hit.get_or_create(&LimitLabels { limit }).inc();
    }

    /// A TLS handshake has ended.
    pub fn count_handshake(&self, result: Handshake) {
        self.tls_handshakes.get_or_create(&HandshakeLabels { result }).inc();
    }

    /// A certificate is served that expires then, in seconds of Unix time.
    pub fn set_certificate_expiry(&self, expires: i64) {
        self.tls_certificate_expiry.get_or_create(&NoLabels {}).set(expires);
    }
}

/// Which limit has been hit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LimitLabels {
    limit: Limit,
}

/// A limit on what clients and applications may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Connections of an application (`REVERB_APP_MAX_CONNECTIONS`).
    AppConnections,
    /// Connections of the process (`GEMA_MAX_CONNECTIONS`).
    ProcessConnections,
    /// HTTP connections of the process (`GEMA_MAX_HTTP_CONNECTIONS`): an idle one has made room.
    HttpConnections,
    /// WebSockets that an address opens in a time (`GEMA_MAX_CONNECTS_PER_ADDRESS`).
    AddressConnects,
    /// WebSockets that an address has open (`GEMA_MAX_CONNECTIONS_PER_ADDRESS`).
    AddressConnections,
    /// Wrong signatures of an address (`GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS`).
    FailedSignatures,
    /// Events that an application publishes in a second (`GEMA_APP_MAX_PUBLISHES_PER_SECOND`).
    Publishes,
    /// Messages of a connection (`REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS`).
    Messages,
    /// Client events of a connection (`GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND`).
    ClientEvents,
}

impl EncodeLabelValue for Limit {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        let name = match self {
            Self::AppConnections => "app_connections",
            Self::ProcessConnections => "process_connections",
            Self::HttpConnections => "http_connections",
            Self::AddressConnects => "address_connects",
            Self::AddressConnections => "address_connections",
            Self::FailedSignatures => "failed_signatures",
            Self::Publishes => "publishes",
            Self::Messages => "messages",
            Self::ClientEvents => "client_events",
        };
        name.encode(encoder)
    }
}

/// For a metric that is absent until it has a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct NoLabels {}

/// How a TLS handshake has ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HandshakeLabels {
    result: Handshake,
}

/// How a TLS handshake has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handshake {
    /// The connection is encrypted.
    Ok,
    /// Client and server did not come together.
    Failed,
    /// The client took too long.
    Timeout,
}

impl EncodeLabelValue for Handshake {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        let name = match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
        };
        name.encode(encoder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.count_limit_hit(Limit::AppConnections);
        let text = metrics.encode().unwrap();
        assert!(text.contains("gema_limits_hit_total{limit=\"app_connections\"} 1\n"), "{text}");
    }
}
