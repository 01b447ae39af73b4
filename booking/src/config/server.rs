//! Where events go, and which server browsers connect to.

use gema_broadcast::{BroadcastConfig, Connection, Credentials, ReverbConnection, Secret};

use super::{Environment, reader::Reader};

/// The application that `gema start` serves to its own machine when it is told of no other. Everybody knows it.
const DEVELOPMENT: [&str; 3] = ["1", "gema-dev-key", "gema-dev-secret"];

/// What is set about broadcasting.
pub(super) struct Broadcasting {
    pub(super) broadcast: BroadcastConfig,
    pub(super) server: ReverbConnection,
    pub(super) development: bool,
}

/// Reads it. What the application needs beyond sending is a server for its pages: that of the same variables, also
/// when events go to the log or nowhere. Without any it is the development application, but only where nobody else
/// can come in: anybody could sign for it.
pub(super) fn read(reader: &mut Reader<'_>, is_local: bool) -> Option<Broadcasting> {
    let environment = reader.environment();
    let connection = chosen(environment);
    let is_set = environment.names().any(|name| name.starts_with("REVERB_"));
    match connection.as_deref() {
        Some("pusher") => {
            let reason =
                "pages of this application connect to a server of your own, not to hosted Pusher".to_owned();
            reader.wrong("BROADCAST_CONNECTION", reason, "write reverb, log or null".to_owned());
            None
        }
        None | Some("log" | "null") if !is_set => {
            let server = development(reader, is_local)?;
            let broadcast = match connection.as_deref() {
                Some("log") => BroadcastConfig { connection: Connection::Log },
                Some(_) => BroadcastConfig { connection: Connection::Null },
                None => BroadcastConfig { connection: Connection::Reverb(server.clone()) },
            };
            Some(Broadcasting { broadcast, server, development: true })
        }
        None => {
            let server = load_server(reader)?;
            let broadcast = BroadcastConfig { connection: Connection::Reverb(server.clone()) };
            Some(Broadcasting { broadcast, server, development: false })
        }
        Some(_) => {
            let broadcast = load(reader, None)?;
            let server = match &broadcast.connection {
                Connection::Reverb(server) => server.clone(),
                Connection::Log | Connection::Null => load_server(reader)?,
            };
            Some(Broadcasting { broadcast, server, development: false })
        }
    }
}

/// The connection by its new name, else by the one before Laravel 11.
fn chosen(environment: &Environment) -> Option<String> {
    let names = ["BROADCAST_CONNECTION", "BROADCAST_DRIVER"];
    let values = names.into_iter().filter_map(|name| environment.get(name));
    values.map(|value| value.trim().trim_matches(['"', '\'']).to_owned()).find(|value| !value.is_empty())
}

fn development(reader: &mut Reader<'_>, is_local: bool) -> Option<ReverbConnection> {
    if !is_local {
        let reason = "is not set, and the development application is only for a BOOKING_HOST that no other \
                      machine can reach: everybody knows its secret";
        let remedy = "write the id, key and secret of your application into REVERB_APP_ID, REVERB_APP_KEY and \
                      REVERB_APP_SECRET";
        reader.wrong("REVERB_APP_ID", reason.to_owned(), remedy.to_owned());
        return None;
    }
    let [id, key, secret] = DEVELOPMENT;
    let (key, secret) = (key.to_owned(), Secret::new(secret.to_owned()));
    let credentials = Credentials { key, secret, encryption_key: None };
    Some(ReverbConnection::local(id, credentials))
}

fn load_server(reader: &mut Reader<'_>) -> Option<ReverbConnection> {
    match load(reader, Some("reverb"))?.connection {
        Connection::Reverb(server) => Some(server),
        Connection::Log | Connection::Null => None,
    }
}

/// What the library makes of the variables, with this connection instead of the one that is set.
fn load(reader: &mut Reader<'_>, connection: Option<&str>) -> Option<BroadcastConfig> {
    let environment = reader.environment();
    let get = |name: &str| match (name, connection) {
        ("BROADCAST_CONNECTION", Some(connection)) => Some(connection.to_owned()),
        _ => environment.get(name).map(str::to_owned),
    };
    match BroadcastConfig::load(&get) {
        Ok(config) => Some(config),
        Err(mistakes) => {
            for mistake in mistakes {
                reader.wrong(mistake.variable, mistake.reason, mistake.remedy.to_owned());
            }
            None
        }
    }
}
