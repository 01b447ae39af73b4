//! The whole server as one call.

use std::{future::Future, io, net::IpAddr, sync::Arc, thread::JoinHandle, time::Duration};

use gema_hub::ShardId;
use mio::Poll;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    admission::Admission,
    apps::Apps,
    config::Config,
    debug_log::DebugPrinter,
    directory::Directory,
    http::{self, Activity, IdleConnections, Server},
    metrics::{Limit, Metrics},
    notify,
    pusher::PusherService,
    rate_limits::RateLimits,
    reload::Reloads,
    shard::{Order, Shard, inbox},
    tls::Tls,
};

/// How often the directory does what is due.
const DIRECTORY_TICK: Duration = Duration::from_secs(1);
/// How long to wait before accepting again when the system has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a server ends before it is told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A thread, a poll or the listener cannot be had.
    #[error("start the server: {0}")]
    Start(#[source] io::Error),
    /// A shard's poll has failed, or the shard has panicked; its connections are gone.
    #[error("shard {shard} has ended: {reason}")]
    Shard {
        /// The shard.
        shard: u8,
        /// What happened.
        reason: String,
    },
}

/// Runs a server on `listener` until `shutdown` completes; then closes all connections with 4200 and ends within
/// the grace period. Configurations from `reloads` replace the applications meanwhile.
///
/// # Errors
/// When the server cannot start or a shard fails.
pub async fn run(
    config: Config,
    listener: std::net::TcpListener,
    mut reloads: Reloads,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    listener.set_nonblocking(true).map_err(RunError::Start)?;
    let listener = TcpListener::from_std(listener).map_err(RunError::Start)?;
    let (server, shards) = start(config).map_err(RunError::Start)?;
    let router = http::router(Arc::clone(&server));
    let (closing, closed) = watch::channel(false);
    let mut requests = JoinSet::new();
    let mut idle = IdleConnections::default();
    let most_requests = server.config.max_http_connections;
    let mut tick = interval(DIRECTORY_TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(shutdown);
    loop {
        if requests.len() >= most_requests && idle.make_room() {
            server.metrics.count_limit_hit(Limit::HttpConnections);
        }
        tokio::select! {
            () = &mut shutdown => break,
            _ = tick.tick() => {
                server.directory.handle_timeout();
                server.limits.sweep();
                idle.sweep();
                // A directory that is locked for good, or a loop that does not come round, is not alive.
                notify::alive();
                if shards.iter().any(JoinHandle::is_finished) {
                    break;
                }
            }
            Some(_) = requests.join_next() => {}
            Some(request) = reloads.next() => server.reload(request),
            // Others wait in the system's queue while all of these are being answered.
            accepted = listener.accept(), if requests.len() < most_requests => match accepted {
                Ok((_, peer)) if is_shunned(&server, peer.ip()) => {
                    server.metrics.count_limit_hit(Limit::AddressConnects);
                }
                Ok((stream, peer)) => {
                    let activity = Arc::<Activity>::default();
                    let connection = http::Connection { stream, peer, activity: Arc::clone(&activity) };
                    let task = connection.serve(router.clone(), Arc::clone(&server), closed.clone());
                    idle.push(activity, requests.spawn(task));
                }
                // Most likely all files are open: a connection that does nothing gives its own back.
                Err(_) if idle.make_room() => {
                    server.metrics.count_limit_hit(Limit::HttpConnections);
                    requests.join_next().await;
                }
                Err(error) => {
                    tracing::warn!(%error, "A connection cannot be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let grace = server.config.shutdown_grace;
    closing.send_replace(true);
    for inbox in server.directory.inboxes() {
        inbox.push(Order::Shutdown { grace });
    }
    let ended = timeout(grace, async { while requests.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!("HTTP requests were cut off at the end of the grace period");
    }
    tokio::task::spawn_blocking(move || join(shards))
        .await
        .unwrap_or_else(|error| Err(RunError::Start(io::Error::other(error))))
}

/// Whether nobody listens to this address at the moment. Behind a proxy are others, who have done nothing.
fn is_shunned(server: &Server, peer: IpAddr) -> bool {
    server.limits.is_shunned(peer) && !server.config.trusted_proxies.contains(peer)
}

type ShardThread = JoinHandle<io::Result<()>>;

fn start(config: Config) -> io::Result<(Arc<Server>, Vec<ShardThread>)> {
    let Config { server: settings, apps, development, .. } = config;
    let debug = settings.debug.then(DebugPrinter::start).transpose()?;
    let (mut inboxes, mut waiting) = (Vec::new(), Vec::new());
    for _ in 0..settings.shards {
        let poll = Poll::new()?;
        let (sender, inbox) = inbox(&poll, settings.inbox_size)?;
        inboxes.push(sender);
        waiting.push((poll, inbox));
    }
    let directory = Arc::new(Directory::new(inboxes));
    let mut shards = Vec::new();
    for (shard, (poll, inbox)) in (0..=u8::MAX).map(ShardId).zip(waiting) {
        let (directory, debug) = (Arc::clone(&directory), debug.clone());
        let run = move || {
            let debug = debug.as_ref().map(DebugPrinter::for_shard);
            Shard::new(poll, inbox, PusherService::new(shard, directory, debug)).run()
        };
        shards.push(std::thread::Builder::new().name(format!("shard-{}", shard.0)).spawn(run)?);
    }
    let apps = Apps::new(&apps);
    let limits = RateLimits::new(&settings, &apps.all());
    let admission = Admission::new(apps.numbers(), settings.shards, settings.max_connections);
    let metrics = Arc::new(Metrics::new());
    let tls = settings.tls.as_ref().map(|tls| Tls::start(tls, Arc::clone(&metrics))).transpose()?;
    let server = Server { config: settings, development, apps, directory, admission, limits, metrics, tls };
    Ok((Arc::new(server), shards))
}

fn join(shards: Vec<ShardThread>) -> Result<(), RunError> {
    for (shard, thread) in (0..=u8::MAX).zip(shards) {
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(RunError::Shard { shard, reason: error.to_string() }),
            Err(_) => return Err(RunError::Shard { shard, reason: "it panicked".to_owned() }),
        }
    }
    Ok(())
}
