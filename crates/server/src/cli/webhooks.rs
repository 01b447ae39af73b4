//! `gema webhooks test`: does the receiver take a webhook?

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use gema_hub::{App, Fact, FactKinds, Webhook};

use super::Exit;
use crate::{
    config::Config,
    webhooks::request::{Outcome, Poster, Told, body},
};

/// The channel of the event that is sent; nobody is subscribed to it, so that its vacation changes nothing.
const CHANNEL: &str = "gema-webhook-test";

/// Arguments of `gema webhooks`.
#[derive(Debug, Clone, clap::Args)]
pub struct Webhooks {
    /// What to do with them.
    #[command(subcommand)]
    pub action: WebhooksAction,
}

/// What can be done with webhooks.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum WebhooksAction {
    /// Send a signed event to each configured receiver, and tell what comes of it
    Test(WebhooksTest),
}

/// Arguments of `gema webhooks test`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WebhooksTest {
    /// Only the webhooks of this application
    #[arg(long, alias = "app", value_name = "ID")]
    pub app_id: Option<String>,
    /// Not the configured receivers, but this one
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// File with settings [default: GEMA_CONFIG, or gema.toml in the working directory, if there is one]
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

impl WebhooksTest {
    /// Sends an event to each receiver, one after the other. Fails when one does not accept it, or when there is none.
    ///
    /// # Errors
    /// When nothing can be written to `out`.
    pub async fn run(&self, config: &Config, out: &mut impl Write) -> io::Result<Exit> {
        let is_meant = |app: &&Arc<App>| self.app_id.as_ref().is_none_or(|id| *id == app.id);
        let apps: Vec<_> = config.apps.iter().filter(is_meant).collect();
        if let (Some(id), true) = (&self.app_id, apps.is_empty()) {
            writeln!(out, "There is no application with the id {id}.")?;
            return Ok(Exit::Failure);
        }
        let receivers = match &self.url {
            Some(url) => match crate::config::webhook_to(url) {
                Ok(webhook) => apps.into_iter().take(1).map(|app| (app, webhook.clone())).collect(),
                Err(reason) => {
                    writeln!(out, "--url: {reason}")?;
                    return Ok(Exit::Usage);
                }
            },
            None => configured(apps),
        };
        if receivers.is_empty() {
            writeln!(out, "No webhook is configured. Set GEMA_APP_WEBHOOK_URL, or give --url.")?;
            return Ok(Exit::Failure);
        }
        let mut exit = Exit::Success;
        for (app, webhook) in receivers {
            if !test(app, &webhook, out).await? {
                exit = Exit::Failure;
            }
        }
        Ok(exit)
    }
}

fn configured(apps: Vec<&Arc<App>>) -> Vec<(&Arc<App>, Webhook)> {
    let mut receivers = Vec::new();
    for app in apps {
        let endpoints = app.webhooks.iter().flat_map(|webhooks| &webhooks.endpoints);
        receivers.extend(endpoints.map(|webhook| (app, webhook.clone())));
    }
    receivers
}

/// Sends an event to one receiver; answers whether it was accepted.
async fn test(app: &App, webhook: &Webhook, out: &mut impl Write) -> io::Result<bool> {
    let poster = match Poster::new(webhook) {
        Ok(poster) => poster,
        Err(error) => {
            writeln!(out, "Application {}: no request can be made: {error}", app.id)?;
            return Ok(false);
        }
    };
    writeln!(out, "Application {}, {}", app.id, poster.shown())?;
    let fact = Fact::ChannelVacated { channel: CHANNEL.into() };
    let id = format!("test-{:08x}", rand::random::<u32>());
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let began = Instant::now();
    let outcome = poster.post(app, body(time, &[Told { fact: &fact, id }])).await;
    writeln!(out, "  It {outcome}, after {} ms.", began.elapsed().as_millis())?;
    if let Some(advice) = advice(&outcome) {
        writeln!(out, "  {advice}")?;
    }
    if webhook.events != FactKinds::ALL || !webhook.channels.is_empty() {
        writeln!(out, "  (This event is sent whatever the filters of the webhook are.)")?;
    }
    Ok(matches!(outcome, Outcome::Accepted(_)))
}

/// What to mend.
fn advice(outcome: &Outcome) -> Option<&'static str> {
    Some(match outcome {
        Outcome::Accepted(_) => return None,
        Outcome::Refused(400) => {
            "It does not understand the request: the body must reach the verification byte for byte as it came."
        }
        Outcome::Refused(401 | 403) => {
            "It takes the signature for wrong, or wants other credentials: compare key and secret of the application \
             on both sides. Headers can be given in [[apps.webhooks]]."
        }
        Outcome::Refused(404 | 410) => "Nothing is at this path: correct the URL.",
        Outcome::Refused(405) => "This path takes no POST: correct the URL, or the receiver's route.",
        Outcome::Refused(419) => {
            "That is Laravel's CSRF protection: except the route of the webhook from it."
        }
        Outcome::Refused(500..) => "The receiver has failed: its own log tells why.",
        Outcome::Refused(_) => "Only 2xx means that the webhook is accepted.",
        Outcome::Redirected(..) => "Give the URL that it redirects to.",
        Outcome::TimedOut(_) => {
            "Let it answer before it does its work, or give it longer (GEMA_APP_WEBHOOK_TIMEOUT). A firewall that \
             drops packets looks the same."
        }
        Outcome::Unreachable(reason) => advice_on_connection(&reason.to_lowercase()),
    })
}

fn advice_on_connection(reason: &str) -> &'static str {
    let is_about = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if is_about(&["refused"]) {
        "Nothing listens there: start the receiver, or correct host and port of the URL."
    } else if is_about(&["certificate", "issuer", "tls", "handshake", "corrupt message"]) {
        "The TLS connection fails: the certificate must be valid for the host of the URL and of an authority that this \
         system trusts (SSL_CERT_FILE names a file with others), and the port must speak TLS."
    } else if is_about(&["lookup", "resolve", "name or service", "dns"]) {
        "The host of the URL has no address: correct it."
    } else {
        "Look whether the receiver runs, and whether a firewall is in between."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_advice() {
        let check = |outcome: Outcome, expected: &str| {
            let advice = advice(&outcome).unwrap();
            assert!(advice.contains(expected), "{outcome:?}: {advice}");
        };
        check(Outcome::Refused(401), "secret");
        check(Outcome::Refused(404), "path");
        check(Outcome::Refused(419), "CSRF");
        check(Outcome::Refused(502), "log");
        check(Outcome::Redirected(301, None), "redirects");
        check(Outcome::TimedOut(std::time::Duration::from_secs(4)), "GEMA_APP_WEBHOOK_TIMEOUT");
        check(Outcome::Unreachable("Connection refused (os error 111)".to_owned()), "listens");
        check(Outcome::Unreachable("invalid peer certificate: UnknownIssuer".to_owned()), "certificate");
        check(Outcome::Unreachable("received corrupt message of type InvalidContentType".to_owned()), "TLS");
        check(Outcome::Unreachable("failed to lookup address information".to_owned()), "address");
        assert_eq!(advice(&Outcome::Accepted(204)), None);
    }
}
