//! What `booking serve` prints before the first log line.

use std::{fmt::Write as _, net::SocketAddr};

use gema_broadcast::Connection;

use crate::{
    config::{BookingConfig, bracketed},
    seed::Account,
};

/// The addresses that a running application listens on.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// Of the API.
    pub api: SocketAddr,
    /// Of the figures, if they are served.
    pub metrics: Option<SocketAddr>,
}

/// What the application is and where: for people, not for logs. Secrets are left out, except the passwords of
/// the demonstration's accounts.
#[must_use]
pub fn banner(config: &BookingConfig, places: Places, demo: &[Account]) -> String {
    let server = &config.server;
    let place = format!("{}://{}:{}{}", server.scheme, bracketed(&server.host), server.port, server.path);
    let broadcasting = match config.broadcast.connection {
        Connection::Reverb(_) => format!("{place}, key {}", server.credentials.key),
        Connection::Log => "to the log".to_owned(),
        Connection::Null => "nowhere".to_owned(),
    };
    let metrics =
        places.metrics.map_or_else(|| "none".to_owned(), |address| format!("http://{address}/metrics"));
    let front_ends = config.front_ends.as_ref().map(|_| format!("http://{}/ and /notifications", places.api));
    let lines = [
        ("Listening on", format!("http://{}", places.api)),
        ("Front ends", front_ends.unwrap_or_else(|| "none (BOOKING_WEB)".to_owned())),
        ("Documentation", format!("http://{}/api/docs", places.api)),
        ("Database", config.database.to_string()),
        ("Broadcasting", broadcasting),
        ("Metrics", metrics),
    ];
    let mut text = format!("\n  Booking {}\n\n", env!("CARGO_PKG_VERSION"));
    for (label, value) in lines {
        // A String never refuses a write.
        let _ = writeln!(text, "  {label:<15}{value}");
    }
    if config.development {
        text.push_str(
            "\n  No REVERB_ variable is set: this uses the development application of `gema start` on this machine.\n",
        );
    }
    text.push_str(&accounts(demo));
    text
}

/// The demonstration's accounts with their passwords; nothing if there are none.
#[must_use]
pub fn accounts(demo: &[Account]) -> String {
    if demo.is_empty() {
        return String::new();
    }
    let mut text = "\n  Demo accounts:\n".to_owned();
    for Account { email, password, role, .. } in demo {
        let _ = writeln!(text, "    {:<22}{password:<26}{role}", email.as_str());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_where_everything_is_and_no_password_of_the_database() {
        let variables = [("DATABASE_URL", "postgres://ani:rahasia@db/booking"), ("BOOKING_METRICS", "")];
        let config = BookingConfig::load(&variables.into_iter().collect()).unwrap();
        let places = Places { api: "127.0.0.1:8000".parse().unwrap(), metrics: None };
        let text = banner(&config, places, &[]);
        for expected in [
            "Listening on   http://127.0.0.1:8000\n",
            "Database       postgres://ani@db:5432/booking\n",
            "Broadcasting   http://127.0.0.1:8080, key gema-dev-key\n",
            "Metrics        none\n",
            "development application",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(!text.contains("rahasia") && !text.contains("gema-dev-secret") && !text.contains("Demo"));
    }

    #[test]
    fn accounts_are_shown_if_there_are_any() {
        let account = Account {
            name: "Siti Rahayu",
            email: "siti@example.com".parse().unwrap(),
            password: "kopi-hujan-12".to_owned(),
            role: crate::domain::Role::User,
        };
        let text = accounts(&[account]);
        assert!(text.contains("    siti@example.com      kopi-hujan-12             user\n"), "{text}");
    }
}
