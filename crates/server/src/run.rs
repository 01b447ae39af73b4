//! The whole server as one call.

use std::{
    future::Future,
    io,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use gema_hub::ShardId;
use mio::Poll;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    admission::Admission,
    apps::Apps,
    config::Config,
    debug_log::DebugPrinter,
    directory::Directory,
    http::{self, Accepting, Server},
    metrics::Metrics,
    notify,
    pusher::PusherService,
    rate_limits::RateLimits,
    readiness::Readiness,
    refusals::Refusals,
    reload::Reloads,
    shard::{Order, Shard, inbox},
    tls::Tls,
    webhooks::{SpoolError, WebhookSender},
};

/// How often the directory does what is due.
const DIRECTORY_TICK: Duration = Duration::from_secs(1);

/// Why a server ends before it is told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A thread, a poll or the listener cannot be had.
    #[error("start the server: {0}")]
    Start(#[source] io::Error),
    /// The spool of webhooks cannot be used.
    #[error("start the webhooks")]
    Webhooks(#[from] SpoolError),
    /// A shard's poll has failed, or the shard has panicked; its connections are gone.
    #[error("shard {shard} has ended: {reason}")]
    Shard {
        /// The shard.
        shard: u8,
        /// What happened.
        reason: String,
    },
}

/// Where a server listens.
#[derive(Debug)]
pub struct Listeners {
    /// For clients and applications.
    pub public: std::net::TcpListener,
    /// For operators: metrics, `/up` and `/ready`.
    pub admin: Option<std::net::TcpListener>,
}

impl From<std::net::TcpListener> for Listeners {
    fn from(public: std::net::TcpListener) -> Self {
        Self { public, admin: None }
    }
}

/// Runs a server on its listeners until `shutdown` completes; then closes all connections with 4200 and ends within
/// the grace period. Configurations from `reloads` replace the applications meanwhile.
///
/// # Errors
/// When the server cannot start or a shard fails.
pub async fn run(
    config: Config,
    listeners: impl Into<Listeners>,
    reloads: Reloads,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let Listeners { public, admin } = listeners.into();
    let listener = for_runtime(public).map_err(RunError::Start)?;
    let metrics = Arc::new(Metrics::for_shards(config.server.shards));
    let webhooks = Arc::new(WebhookSender::new(config.server.webhook_spool.clone(), Arc::clone(&metrics)));
    webhooks.apply(&config.apps).await?;
    let (server, shards) = start(config, Arc::clone(&webhooks), metrics).map_err(RunError::Start)?;
    // Until the very end: it tells that the end comes.
    let mut operators = JoinSet::new();
    if let Some(admin) = admin {
        operators.spawn(http::serve_admin(for_runtime(admin).map_err(RunError::Start)?, Arc::clone(&server)));
    }
    let (closing, closed) = watch::channel(false);
    let mut connections = Accepting::new(listener, Arc::clone(&server), closed);
    let mut tick = interval(DIRECTORY_TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(shutdown);
    let mut reloading = JoinSet::new();
    reloading.spawn(reload_all(reloads, Arc::clone(&server)));
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = tick.tick() => {
                server.directory.handle_timeout();
                server.limits.sweep();
                server.refusals.tell(Instant::now());
                connections.sweep();
                server.readiness.beat(server.directory.inboxes());
                // A directory that is locked for good, a shard that is stuck, or a loop that does not come round, is not
                // alive.
                if server.readiness.all_shards_go_on() {
                    notify::alive();
                }
                if shards.iter().any(JoinHandle::is_finished) {
                    break;
                }
            }
            () = connections.accept_one() => {}
        }
    }
    drop(reloading);
    server.readiness.shut_down();
    let mut requests = connections.stop();
    let grace = server.config().shutdown_grace;
    closing.send_replace(true);
    let end = Instant::now() + grace;
    for inbox in server.directory.inboxes() {
        inbox.push(Order::Shutdown { grace });
        inbox.push_urgent(Order::EndBy(end));
    }
    let ended = timeout(grace, async { while requests.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!("HTTP requests were cut off at the end of the grace period");
    }
    let ended = tokio::task::spawn_blocking(move || join(shards))
        .await
        .unwrap_or_else(|error| Err(RunError::Start(io::Error::other(error))));
    webhooks.stop().await;
    ended
}

/// The listener, for tokio.
fn for_runtime(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn reload_all(mut reloads: Reloads, server: Arc<Server>) {
    while let Some(request) = reloads.next().await {
        server.reload(request).await;
    }
}

type ShardThread = JoinHandle<io::Result<()>>;

fn start(
    config: Config,
    webhooks: Arc<WebhookSender>,
    metrics: Arc<Metrics>,
) -> io::Result<(Arc<Server>, Vec<ShardThread>)> {
    let Config { server: settings, apps, development, .. } = config;
    let debug = settings.debug.then(|| DebugPrinter::start(settings.log_format)).transpose()?;
    let (mut inboxes, mut waiting) = (Vec::new(), Vec::new());
    for _ in 0..settings.shards {
        let poll = Poll::new()?;
        let (sender, inbox) = inbox(&poll, settings.inbox_size)?;
        inboxes.push(sender);
        waiting.push((poll, inbox));
    }
    let directory = Arc::new(Directory::new(inboxes, Arc::clone(&webhooks)));
    let mut shards = Vec::new();
    for (shard, (poll, inbox)) in (0..=u8::MAX).map(ShardId).zip(waiting) {
        let (directory, metrics, debug) = (Arc::clone(&directory), Arc::clone(&metrics), debug.clone());
        let run = move || {
            let debug = debug.as_ref().map(DebugPrinter::for_shard);
            Shard::new(poll, inbox, PusherService::new(shard, directory, metrics, debug)).run()
        };
        shards.push(std::thread::Builder::new().name(format!("shard-{}", shard.0)).spawn(run)?);
    }
    let apps = Apps::new(&apps);
    let limits = RateLimits::new(&settings, apps.now().iter());
    let admission = Admission::new(apps.now().numbers(), settings.shards, settings.max_connections);
    let tls = settings.tls.as_ref().map(|tls| Tls::start(tls, Arc::clone(&metrics))).transpose()?;
    let readiness = Readiness::new(settings.shards);
    let server = Server {
        config: ArcSwap::from_pointee(settings),
        development,
        apps,
        directory,
        admission,
        limits,
        metrics,
        tls,
        refusals: Refusals::default(),
        readiness,
        webhooks,
    };
    Ok((Arc::new(server), shards))
}

/// Waits for the end of all shards; answers why the first one has failed that has.
fn join(shards: Vec<ShardThread>) -> Result<(), RunError> {
    first_failure(shards.into_iter().map(JoinHandle::join))
}

/// Goes to the end whatever comes: the other shards still close their connections.
fn first_failure(ended: impl Iterator<Item = std::thread::Result<io::Result<()>>>) -> Result<(), RunError> {
    let mut result = Ok(());
    for (shard, ended) in (0..=u8::MAX).zip(ended) {
        let reason = match ended {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked".to_owned(),
        };
        result = result.and(Err(RunError::Shard { shard, reason }));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_shards_are_waited_for_when_one_has_failed() {
        let failed = |reason: &'static str| Ok(Err(io::Error::other(reason)));
        let mut ended = vec![Ok(Ok(())), failed("no poll"), failed("another"), Ok(Ok(()))].into_iter();
        let error = first_failure(ended.by_ref()).unwrap_err();
        assert_eq!(error.to_string(), "shard 1 has ended: no poll");
        assert_eq!(ended.len(), 0);
    }
}
