//! The whole application as one call.

use std::{future::Future, time::Duration};

use gema_broadcast::{Broadcaster, outbox::OutboxError};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    select,
    sync::watch,
    task::{JoinError, JoinHandle},
    time::timeout,
};
use tracing::{info, warn};

use crate::{
    connections::{self, told},
    http::{AppState, HttpOptions, router, webhooks},
    metrics,
    services::Services,
};

/// How long requests may take that are being answered when the end comes, and then how long the relay may.
const GRACE: Duration = Duration::from_secs(10);

/// What runs.
#[derive(Debug)]
pub struct Application {
    /// What it does.
    pub services: Services,
    /// How it is reached.
    pub http: HttpOptions,
    /// What sends its events.
    pub broadcaster: Broadcaster,
    /// How often the relay looks for events of other processes.
    pub relay_poll: Duration,
    /// Where figures are served and which, if at all.
    pub metrics: Option<(TcpListener, PrometheusHandle)>,
}

/// Why the application ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// No events can be sent.
    #[error("the relay failed: {0}")]
    Relay(#[from] OutboxError),
    /// A part has panicked; what it said is in the log.
    #[error("a part of the application panicked: {0}")]
    Panic(#[from] JoinError),
}

impl Application {
    /// Serves the API, does the clerk's work and sends events, until `shutdown` is ready. Then it answers what was
    /// asked, ends the clerk's round, and has what is on its way arrive; the rest stays in the outbox for the next
    /// start.
    ///
    /// # Errors
    /// When a part fails that the others cannot be without.
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let Self { services, http, broadcaster, relay_poll, metrics } = self;
        let (stop, stopped) = watch::channel(false);
        let (stop_relay, relay_stopped) = watch::channel(false);
        let state = AppState::new(services.clone(), http);
        let routes = router(state.clone()).merge(webhooks(state));
        let mut http = tokio::spawn(connections::serve(listener, routes, told(stopped.clone())));
        let figures = metrics.map(|(listener, figures)| {
            tokio::spawn(metrics::serve(listener, figures, services.outgoing.clone(), stopped.clone()))
        });
        let (outgoing, relay_told) = (services.outgoing, told(relay_stopped));
        let mut relay =
            tokio::spawn(async move { outgoing.relay(broadcaster, relay_poll, relay_told).await });
        let (clerk, clerk_told) = (services.clerk, told(stopped));
        let mut clerk = tokio::spawn(async move { clerk.run(clerk_told).await });

        let early = select! {
            () = shutdown => None,
            ended = &mut http => Some(ended.map_err(ServeError::from)),
            ended = &mut relay => Some(ended.map_err(ServeError::from).and_then(|ended| Ok(ended?))),
            ended = &mut clerk => Some(ended.map_err(ServeError::from)),
        };
        stop.send_replace(true);
        finish("requests", http).await;
        finish("the clerk", clerk).await;
        stop_relay.send_replace(true);
        finish("the relay", relay).await;
        if let Some(figures) = figures {
            figures.abort();
        }
        info!("Stopped");
        early.unwrap_or(Ok(()))
    }
}

/// Waits for a part to end, but not for ever.
async fn finish<T>(what: &str, mut part: JoinHandle<T>) {
    // What has ended before is awaited no second time: its result was reported where it was noticed.
    if part.is_finished() {
        return;
    }
    if timeout(GRACE, &mut part).await.is_err() {
        warn!("Not waiting any longer for {what}");
        part.abort();
    }
}
