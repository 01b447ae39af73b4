//! A new configuration for a server that runs.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use gema_hub::{App, Delivery};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    apps::AppTable, config::Config, directory::Inboxes, http::Server, shard::Order, tls::InvalidCertificate,
    webhooks::SpoolError,
};

/// How long a reload waits for the shards. What it has given them is not lost when one takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

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
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// It has the credentials of the development application, which everybody knows.
    #[error(
        "the new configuration has the credentials of the development application, or no application; configure one \
         of your own, or restart"
    )]
    Development,
    /// It has webhooks, and their spool cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// It has certificates that cannot be served.
    #[error("{0}. {remedy}", remedy = .0.problem.remedy())]
    Certificate(#[from] InvalidCertificate),
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
    /// Replaces the applications, the certificates and most limits of the server with those of `config`, and waits until
    /// everything that arrives from then on meets the new ones, or for ten seconds. Settings of the process that
    /// cannot change stay what they are, and the log names them.
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
    pub(crate) async fn reload(&self, request: Request) {
        let result = self.replace(&request.config).await;
        // Whoever has asked may have gone.
        let _ = request.done.send(result);
    }

    async fn replace(&self, config: &Config) -> Result<(), ReloadError> {
        if config.development && !self.development {
            return Err(ReloadError::Development);
        }
        let tls = config.server.tls.as_ref();
        // What may fail comes first, so that a refused configuration changes nothing.
        let certificates = self.tls.as_ref().map_or(Ok(None), |running| running.read_again(tls))?;
        self.webhooks.apply(&config.apps).await?;
        if let Some(certificates) = certificates {
            certificates.serve();
        }
        let need_a_restart = self.replace_settings(config);
        self.replace_apps(&config.apps).await;
        if !need_a_restart.is_empty() {
            tracing::warn!("Settings have changed that hold after a restart: {}", need_a_restart.join(", "));
        }
        Ok(())
    }

    /// Takes the settings of the process that can change; answers the names of those that should have.
    fn replace_settings(&self, config: &Config) -> Vec<&'static str> {
        let (held, need_a_restart) = self.config().reloaded(&config.server);
        self.admission.set_limit(held.max_connections);
        self.limits.replace_addresses(&held);
        self.config.store(Arc::new(held));
        need_a_restart
    }

    /// Whatever an application needs is there before anybody can name it: counters, limits, and the shards' knowledge of
    /// it.
    async fn replace_apps(&self, apps: &[Arc<App>]) {
        let ids = |table: &AppTable| -> BTreeSet<String> { table.iter().map(|app| app.id.clone()).collect() };
        let present = self.apps.now();
        let next = present.followed_by(apps);
        let (before, after) = (ids(&present), ids(&next));
        self.admission.make_room(next.numbers());
        self.limits.replace_apps(next.iter());
        give(self.directory.inboxes(), PATIENCE, || Delivery::Apps(next.by_number())).await;
        self.apps.replace(next);
        let added: Vec<_> = after.difference(&before).map(String::as_str).collect();
        let removed: Vec<_> = before.difference(&after).map(String::as_str).collect();
        removed.iter().for_each(|id| self.metrics.forget_app(id));
        tracing::info!(
            apps = after.len(),
            added = added.join(","),
            removed = removed.join(","),
            "The configuration is reloaded"
        );
    }
}

/// Gives something to all shards and waits until they have it.
async fn give(inboxes: &Inboxes, patience: Duration, delivery: impl Fn() -> Delivery) {
    let (waiting, mut passed) = mpsc::channel(1);
    for inbox in inboxes {
        inbox.push_urgent(Order::Deliver(delivery()));
        inbox.push_urgent(Order::Passed(waiting.clone()));
    }
    // Nothing comes: it ends when all shards have dropped what they were given.
    drop(waiting);
    if timeout(patience, passed.recv()).await.is_err() {
        tracing::error!(
            "Not all shards have taken the new configuration within {} seconds; they do so when they go on",
            patience.as_secs()
        );
    }
}

#[cfg(test)]
mod tests {
    use mio::Poll;

    use super::*;
    use crate::shard::inbox;

    #[tokio::test]
    async fn a_shard_that_is_stuck_does_not_keep_a_reload_for_ever_and_gets_it_later() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox(&poll, 1000).unwrap();
        give(&vec![sender], Duration::from_millis(1), || Delivery::Apps(Vec::new().into())).await;
        assert!(matches!(inbox.take_urgent(), Some(Order::Deliver(Delivery::Apps(_)))));
        assert!(matches!(inbox.take_urgent(), Some(Order::Passed(_))));
    }
}
