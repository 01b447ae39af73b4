//! A new configuration for a server that runs.

use std::collections::BTreeSet;

use tokio::sync::{mpsc, oneshot};

use crate::{config::Config, http::Server, shard::Order};

/// Hands new configurations to a running server.
#[derive(Debug, Clone)]
pub struct Reloader(mpsc::Sender<Request>);

/// Where a server takes new configurations from.
#[derive(Debug)]
pub struct Reloads(mpsc::Receiver<Request>);

/// A new configuration, and who waits for it.
#[derive(Debug)]
pub(crate) struct Request {
    config: Config,
    done: oneshot::Sender<Result<(), ReloadError>>,
}

/// Why a configuration does not replace the present one. That goes on unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// It has the credentials of the development application, which everybody knows.
    #[error(
        "the new configuration has the credentials of the development application, or no application; configure one \
         of your own, or restart"
    )]
    Development,
    /// The server has ended.
    #[error("the server has ended")]
    Ended,
}

/// The two ends of the way to a server.
#[must_use]
pub fn reloads() -> (Reloader, Reloads) {
    let (sender, receiver) = mpsc::channel(1);
    (Reloader(sender), Reloads(receiver))
}

impl Reloader {
    /// Replaces the applications of the server with those of `config`, and waits until everything that arrives from
    /// then on meets the new ones. Settings of the process stay what they are.
    ///
    /// # Errors
    /// When the server does not take the configuration; nothing has changed then.
    pub async fn reload(&self, config: Config) -> Result<(), ReloadError> {
        let (done, is_done) = oneshot::channel();
        self.0.send(Request { config, done }).await.map_err(|_| ReloadError::Ended)?;
        is_done.await.unwrap_or(Err(ReloadError::Ended))
    }
}

impl Reloads {
    /// The next new configuration; `None` when none can come any more.
    pub(crate) async fn next(&mut self) -> Option<Request> {
        self.0.recv().await
    }
}

impl Server {
    /// Does what was asked for.
    pub(crate) fn reload(&self, request: Request) {
        let result = self.replace_apps(&request.config);
        if let Some(tls) = &self.tls {
            // What is wrong is in the log, and the old certificates stay.
            let _ = tls.reload();
        }
        // Whoever has asked may have gone.
        let _ = request.done.send(result);
    }

    fn replace_apps(&self, config: &Config) -> Result<(), ReloadError> {
        if config.development && !self.development {
            return Err(ReloadError::Development);
        }
        let ids = || -> BTreeSet<String> { self.apps.all().into_iter().map(|app| app.id.clone()).collect() };
        let before = ids();
        self.apps.replace(&config.apps);
        self.admission.make_room(self.apps.numbers());
        for inbox in self.directory.inboxes() {
            inbox.push(Order::Deliver(gema_hub::Delivery::Apps(self.apps.by_number())));
        }
        let after = ids();
        let added: Vec<_> = after.difference(&before).map(String::as_str).collect();
        let removed: Vec<_> = before.difference(&after).map(String::as_str).collect();
        removed.iter().for_each(|id| self.metrics.forget_app(id));
        tracing::info!(
            apps = after.len(),
            added = added.join(","),
            removed = removed.join(","),
            "The configuration is reloaded"
        );
        if config.server != self.config {
            tracing::warn!(
                "Settings of the process have changed, not only those of applications: they hold after a restart"
            );
        }
        Ok(())
    }
}
