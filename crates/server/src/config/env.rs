//! Every environment variable of the server: its name, its key in `gema.toml`, its default and its meaning.
//!
//! The table is read by the loader (names, defaults), by the search for misspelt names and by the reference
//! page, so that none of them can say something else than the others.

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name in the environment and in `.env`.
    pub name: &'static str,
    /// Where the setting belongs, and its key in `gema.toml`.
    pub place: Place,
    /// The value when nothing is set; a text in parentheses describes a default that is not one fixed value.
    pub default: &'static str,
    /// What it does, with the unit of its value; Markdown.
    pub meaning: &'static str,
}

/// What a variable configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The process: this key of the table `[server]`.
    Server(&'static str),
    /// An application: this key of a table `[[apps]]`.
    App(&'static str),
    /// An application: a second name of this variable, without a key of its own.
    Alias(&'static str),
    /// Nothing: Laravel's Reverb has it, so it may be set.
    Accepted,
}

impl Variable {
    /// The value when nothing is set, unless that depends on other things.
    #[must_use]
    pub fn fixed_default(&self) -> Option<&'static str> {
        (!self.default.starts_with('(')).then_some(self.default)
    }

    /// Whether the value must never be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        // The address of Redis may have a password in it, and that of a webhook.
        let with_passwords = [REDIS_PASSWORD, REDIS_URL, GEMA_APP_WEBHOOK_URL];
        [REVERB_APP_SECRET, GEMA_APP_PREVIOUS_SECRET].contains(self) || with_passwords.contains(self)
    }

    /// Whether a blank value says something; for all others a blank value is the same as none.
    #[must_use]
    pub fn may_be_blank(&self) -> bool {
        [REVERB_SERVER_PATH, REVERB_APP_ALLOWED_ORIGINS, GEMA_APP_ALLOWED_ORIGINS].contains(self)
    }
}

/// The variable of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Variable> {
    ALL.iter().find(|variable| variable.name == name)
}

macro_rules! variables {
    ($($(#[doc = $meaning:literal])+ $name:ident: $place:expr, $default:literal;)+) => {
        $(
            $(#[doc = $meaning])+
            pub const $name: Variable = Variable {
                name: stringify!($name),
                place: $place,
                default: $default,
                meaning: concat!($($meaning),+),
            };
        )+

        /// All variables, in the order of the reference page.
        pub const ALL: &[Variable] = &[$($name),+];
    };
}

variables! {
    /// Address to listen on: an IP address or a host name. Not the public name, which is `REVERB_HOST`.
    REVERB_SERVER_HOST: Place::Server("host"), "0.0.0.0";
    /// Port to listen on. Not the public port, which is `REVERB_PORT`.
    REVERB_SERVER_PORT: Place::Server("port"), "8080";
    /// Prefix of all paths, such as `ws`; slashes and spaces around it do not matter.
    REVERB_SERVER_PATH: Place::Server("path"), "";
    /// Public host name, as browsers and publishers see it. Shown at the start.
    REVERB_HOST: Place::Server("hostname"), "(none)";
    /// Public port, as browsers and publishers see it. Shown at the start.
    REVERB_PORT: Place::Server("public_port"), "443";
    /// Public scheme: `http` or `https`. Shown at the start.
    REVERB_SCHEME: Place::Server("public_scheme"), "https";
    /// Bytes of the body of one HTTP request. A larger one is answered with 413.
    REVERB_MAX_REQUEST_SIZE: Place::Server("max_request_size"), "262144";
    /// Threads that serve connections.
    GEMA_SHARDS: Place::Server("shards"), "(one per core)";
    /// Open connections of the whole process.
    GEMA_MAX_CONNECTIONS: Place::Server("max_connections"), "(no limit)";
    /// HTTP connections that are served at the same time, those to become WebSockets included. A further one takes the
    /// place of one that does nothing; while a request is being answered on all of them, it waits.
    GEMA_MAX_HTTP_CONNECTIONS: Place::Server("max_http_connections"), "10000";
    /// Seconds that a client may take for the TLS handshake and the head of its first request together.
    GEMA_HANDSHAKE_TIMEOUT: Place::Server("handshake_timeout"), "10";
    /// Seconds that an HTTP connection may be idle between two requests.
    GEMA_HTTP_IDLE_TIMEOUT: Place::Server("http_idle_timeout"), "60";
    /// Seconds that the body of a request may take to arrive.
    GEMA_REQUEST_TIMEOUT: Place::Server("request_timeout"), "30";
    /// Seconds that the server waits at its end for connections to close; `0` waits for none.
    GEMA_SHUTDOWN_GRACE: Place::Server("shutdown_grace"), "10";
    /// Bytes that may wait for one shard: while there are more, publishers wait. Clients are read until there are twice as
    /// many, and client events are refused when there are four times as many.
    GEMA_INBOX_SIZE: Place::Server("inbox_size"), "16777216";
    /// PEM file with the certificate of the server and those up to the root; the port speaks TLS then. Several, separated
    /// by commas, are chosen by the names in them, the first one for all other names.
    GEMA_TLS_CERT: Place::Server("tls_cert"), "(no TLS)";
    /// PEM file with the private key of the certificate; several are in the order of `GEMA_TLS_CERT`.
    GEMA_TLS_KEY: Place::Server("tls_key"), "(no TLS)";
    /// Host names, separated by commas, for which a certificate is got from an ACME directory; the port speaks TLS then. Also
    /// `gema start --acme=NAME`.
    GEMA_ACME_DOMAINS: Place::Server("acme_domains"), "(no ACME)";
    /// Folder for the ACME account and certificate; nobody else may have access to it.
    GEMA_ACME_CACHE: Place::Server("acme_cache"), "acme";
    /// E-mail address that the ACME directory may write to.
    GEMA_ACME_EMAIL: Place::Server("acme_email"), "(none)";
    /// URL of the ACME directory.
    GEMA_ACME_DIRECTORY: Place::Server("acme_directory"), "https://acme-v02.api.letsencrypt.org/directory";
    /// PEM file with the root certificates that the ACME directory itself is trusted by, in place of the system's.
    GEMA_ACME_CA: Place::Server("acme_ca"), "(the system's)";
    /// Address for operators, with `/metrics`, `/up` and `/ready`: an IP address and a port, or `off`. Where it is not set
    /// and the default is taken, the server starts without and says so.
    GEMA_METRICS_ADDRESS: Place::Server("metrics_address"), "127.0.0.1:9601";
    /// What is logged: `error`, `warn`, `info`, `debug` (connections) or `trace` (messages), or a filter in the syntax of
    /// `RUST_LOG`, which holds where this is not set.
    GEMA_LOG: Place::Server("log"), "(`info`)";
    /// Form of the logs: `text` or `json`.
    GEMA_LOG_FORMAT: Place::Server("log_format"), "text";
    /// Folder in which webhooks wait until they are accepted. It is made when an application has webhooks; no two
    /// processes may share one.
    GEMA_WEBHOOK_SPOOL: Place::Server("webhook_spool"), "gema-spool";
    /// Bytes that may wait in that folder, about. When it is full, webhooks lose what has waited longest; that is logged
    /// and counted.
    GEMA_WEBHOOK_SPOOL_SIZE: Place::Server("webhook_spool_size"), "1073741824";
    /// Whether each write to that folder waits for the disk. Otherwise what happened in the last seconds survives a killed
    /// process, but not a power cut.
    GEMA_WEBHOOK_FSYNC: Place::Server("webhook_fsync"), "false";
    /// Addresses and networks of proxies that are believed what they say about their clients' addresses, separated by
    /// commas, such as `10.0.0.0/8, 192.0.2.7`. The client of their requests is the last address in `X-Forwarded-For`
    /// that is none of theirs. The addresses of clients matter for limits only.
    GEMA_TRUSTED_PROXIES: Place::Server("trusted_proxies"), "(none)";
    /// Whether connections of trusted proxies begin with a header of the PROXY protocol, version 1 or 2. One that
    /// does not is closed. Connections from elsewhere have none, and are not asked.
    GEMA_PROXY_PROTOCOL: Place::Server("proxy_protocol"), "false";
    /// WebSockets that one address may open at once, and in each further minute; of IPv6, a network of 64 bits. Only
    /// for servers that see the addresses of their clients: behind a proxy, set `GEMA_TRUSTED_PROXIES` first. Leave
    /// room for an office that comes back after a restart.
    GEMA_MAX_CONNECTS_PER_ADDRESS: Place::Server("max_connects_per_address"), "(no limit)";
    /// WebSockets that one address may have open, counted in the same way.
    GEMA_MAX_CONNECTIONS_PER_ADDRESS: Place::Server("max_connections_per_address"), "(no limit)";
    /// Requests with a wrong signature that one address may send at once, and in each further minute, before they are
    /// answered with 429. `0` is no limit. Requests that are signed rightly are never refused for it.
    GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS: Place::Server("max_failed_signatures_per_address"), "60";

    /// Id of the application, in the paths of the HTTP API.
    REVERB_APP_ID: Place::App("id"), "(none)";
    /// Key of the application, which clients name.
    REVERB_APP_KEY: Place::App("key"), "(none)";
    /// Secret of the application, which signatures are made with.
    REVERB_APP_SECRET: Place::App("secret"), "(none)";
    /// The secret before this one, while it is valid too: what is signed with either is accepted. For a change of the
    /// secret without a break.
    GEMA_APP_PREVIOUS_SECRET: Place::App("previous_secret"), "(none)";
    /// Host patterns that the `Origin` of a browser must match, separated by commas; `*` matches everything. Unless one of
    /// them is `*`, who sends no `Origin` is refused, as in Reverb: native mobile applications, pusher-js in Node.
    REVERB_APP_ALLOWED_ORIGINS: Place::App("allowed_origins"), "*";
    /// Another name of `REVERB_APP_ALLOWED_ORIGINS`.
    GEMA_APP_ALLOWED_ORIGINS: Place::Alias("REVERB_APP_ALLOWED_ORIGINS"), "*";
    /// Seconds of silence after which a client is pinged.
    REVERB_APP_PING_INTERVAL: Place::App("ping_interval"), "60";
    /// Seconds that a ping may stay unanswered before the connection is closed.
    GEMA_APP_PONG_TIMEOUT: Place::App("pong_timeout"), "30";
    /// Seconds of silence after which a client is told to ping the server.
    REVERB_APP_ACTIVITY_TIMEOUT: Place::App("activity_timeout"), "30";
    /// Open connections of the application; `0` refuses everyone.
    REVERB_APP_MAX_CONNECTIONS: Place::App("max_connections"), "(no limit)";
    /// Bytes of one message from a client; `0` is no limit.
    REVERB_APP_MAX_MESSAGE_SIZE: Place::App("max_message_size"), "10000";
    /// Bytes of the data of one event. Where `REVERB_MAX_REQUEST_SIZE` is set and this is not, that size.
    GEMA_APP_MAX_EVENT_SIZE: Place::App("max_event_size"), "10240";
    /// Who may send client events (whispers): `all`, `members` (subscribers of the channel) or `none`.
    REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: Place::App("accept_client_events_from"), "members";
    /// Whether the messages of each connection are counted and limited.
    REVERB_APP_RATE_LIMITING_ENABLED: Place::App("rate_limiting_enabled"), "false";
    /// Messages that one connection may send in one window.
    REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS: Place::App("rate_limit_max_attempts"), "60";
    /// Seconds of a window.
    REVERB_APP_RATE_LIMIT_DECAY_SECONDS: Place::App("rate_limit_decay_seconds"), "60";
    /// Whether a connection over the limit is closed as well.
    REVERB_APP_RATE_LIMIT_TERMINATE: Place::App("rate_limit_terminate"), "false";
    /// Client events that one connection may send in a second. Hosted Pusher has 10, Reverb has no limit.
    GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND: Place::App("max_client_events_per_second"), "(no limit)";
    /// Events that the application may publish in a second, each of a batch counted; at least 10 at once.
    GEMA_APP_MAX_PUBLISHES_PER_SECOND: Place::App("max_publishes_per_second"), "(no limit)";
    /// Whether subscribers are told how many they are.
    GEMA_APP_SUBSCRIPTION_COUNTS: Place::App("subscription_counts"), "false";
    /// Whether signed-in users may watch others go online and offline.
    GEMA_APP_WATCHLISTS: Place::App("watchlists"), "true";
    /// Seconds that a cache channel keeps its last event.
    GEMA_APP_CACHE_TTL: Place::App("cache_ttl"), "1800";
    /// Channels that one connection may be subscribed to.
    GEMA_APP_MAX_CHANNELS_PER_CONNECTION: Place::App("max_channels_per_connection"), "1000";
    /// Members of one presence channel. Reverb has no limit, hosted Pusher has 100.
    GEMA_APP_MAX_PRESENCE_MEMBERS: Place::App("max_presence_members"), "10000";
    /// Bytes of the `channel_data` of one member.
    GEMA_APP_MAX_PRESENCE_MEMBER_SIZE: Place::App("max_presence_member_size"), "10240";
    /// Bytes that may wait for one connection that reads too slowly before it is closed. Where it is not set and
    /// four times the size of an event is more, that size.
    GEMA_APP_MAX_OUTBOX_SIZE: Place::App("max_outbox_size"), "1048576";
    /// Where webhooks of the application go: an `http` or `https` URL. [More of them](webhooks.md) are tables
    /// `[[apps.webhooks]]`, with the keys of the following settings without `webhook_`.
    GEMA_APP_WEBHOOK_URL: Place::App("webhook_url"), "(none)";
    /// What they tell, separated by commas: `channel_occupied`, `channel_vacated`, `member_added`, `member_removed`,
    /// `client_event`, `cache_miss`, `subscription_count`.
    GEMA_APP_WEBHOOK_EVENTS: Place::App("webhook_events"), "(all)";
    /// Of which channels they tell, separated by commas; `*` stands for any text, as in `presence-*`.
    GEMA_APP_WEBHOOK_CHANNELS: Place::App("webhook_channels"), "(all)";
    /// Whether one request may tell several events: up to 20, or what happens within 250 milliseconds.
    GEMA_APP_WEBHOOK_BATCHING: Place::App("webhook_batching"), "true";
    /// Seconds that the receiver may take for its answer.
    GEMA_APP_WEBHOOK_TIMEOUT: Place::App("webhook_timeout"), "4";
    /// Seconds after which an event is given up that the receiver does not accept.
    GEMA_APP_WEBHOOK_RETRY_FOR: Place::App("webhook_retry_for"), "86400";

    /// Driver of the server; only `reverb` exists.
    REVERB_SERVER: Place::Accepted, "reverb";
    /// Whether several nodes share their messages. This version runs on one node: `true` is an error.
    REVERB_SCALING_ENABLED: Place::Accepted, "false";
    /// Channel of Redis between nodes.
    REVERB_SCALING_CHANNEL: Place::Accepted, "reverb";
    /// Address of Redis.
    REDIS_URL: Place::Accepted, "(none)";
    /// Host of Redis.
    REDIS_HOST: Place::Accepted, "127.0.0.1";
    /// Port of Redis.
    REDIS_PORT: Place::Accepted, "6379";
    /// User name for Redis.
    REDIS_USERNAME: Place::Accepted, "(none)";
    /// Password for Redis.
    REDIS_PASSWORD: Place::Accepted, "(none)";
    /// Database of Redis.
    REDIS_DB: Place::Accepted, "0";
    /// Attempts to reconnect to Redis.
    REDIS_TIMEOUT: Place::Accepted, "60";
    /// Seconds between two reports to Laravel Pulse.
    REVERB_PULSE_INGEST_INTERVAL: Place::Accepted, "15";
    /// Seconds between two reports to Laravel Telescope.
    REVERB_TELESCOPE_INGEST_INTERVAL: Place::Accepted, "15";
}
