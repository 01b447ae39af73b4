//! Hostile input, with bounded load on loopback: what the attacker gets, and how everybody else is served meanwhile.
//! `scripts/hostile` writes the figures into `docs/security.md`.

mod frames;
mod handshakes;
mod messages;
mod neighbour;
mod requests;
mod slow;
mod smuggling;
pub(crate) mod victim;
mod webhooks;

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use neighbour::{Neighbour, Service};
use victim::Victim;

/// Whoever publishes to a neighbour waits so long for the delivery at most, but for the worst cases. Far more than the
/// figures in `docs/security.md`, because tests share their machine with others.
const LONGEST: Duration = Duration::from_secs(5);
/// Deliveries to the neighbour that tell how they are served.
const LEAST_DELIVERIES: usize = 10;
/// How long after its time an attack may still come to something; only one that fails takes it.
const OVERTIME: Duration = Duration::from_secs(120);
/// Memory that the server may ever take.
const MOST_MEMORY: u64 = 512 << 20;

/// Attacks a server in a process of its own from 127.0.0.1, while a neighbour at 127.0.0.2 publishes and receives.
/// `attack` goes on until the end that it is given, and tells what the attacker got.
async fn under_attack<A: Future<Output = Outcomes>>(
    name: &str,
    settings: &[(&str, &str)],
    attack: impl FnOnce(SocketAddr, Until) -> A,
) -> Counts {
    attack_on(Victim::start(settings, None), name, attack).await
}

/// The same for a server that has been started.
async fn attack_on<A: Future<Output = Outcomes>>(
    victim: Victim,
    name: &str,
    attack: impl FnOnce(SocketAddr, Until) -> A,
) -> Counts {
    gema::fd_limit::raise().unwrap();
    let neighbour = Neighbour::start(&victim.door).await;
    let time = Instant::now() + duration();
    let until = Until { time, deliveries: Arc::clone(&neighbour.deliveries) };
    let outcomes = attack(victim.door.address, until).await;
    // Some attackers are turned away sooner.
    tokio::time::sleep_until(time.into()).await;
    let service = neighbour.stop().await;
    let memory = victim.peak_memory();
    victim.stop();
    let outcomes = outcomes.all();
    report(name, &service, memory, &outcomes);
    assert!(service.deliveries.longest() < LONGEST, "{name}: {:?}", service.deliveries);
    assert!(service.connects.longest() < LONGEST, "{name}: {:?}", service.connects);
    assert!(memory < MOST_MEMORY, "{name}: {memory} bytes");
    outcomes
}

/// How long an attack lasts.
fn duration() -> Duration {
    let seconds = std::env::var("GEMA_HOSTILE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

/// When an attack ends.
#[derive(Debug, Clone)]
struct Until {
    time: Instant,
    /// How often the neighbour has been served.
    deliveries: Arc<AtomicUsize>,
}

impl Until {
    /// Whether an attack is over that is to come to what is `enough`. It never is before its time; on a machine that
    /// does little in that time, it goes on until it has come to that, and the neighbour has been served meanwhile.
    fn is_reached(&self, outcomes: &Outcomes, enough: impl Fn(&Counts) -> bool) -> bool {
        let now = Instant::now();
        if now < self.time {
            return false;
        }
        let (outcomes, deliveries) = (outcomes.all(), self.deliveries.load(Ordering::Relaxed));
        let reached = deliveries >= LEAST_DELIVERIES && enough(&outcomes);
        assert!(reached || now < self.time + OVERTIME, "only {outcomes:?}, {deliveries} deliveries");
        reached
    }
}

/// By what an attacker may get: how often.
type Counts = BTreeMap<String, u64>;

/// Whatever it is that the attacker got.
fn anything(got: &Counts) -> bool {
    !got.is_empty()
}

/// What the attacker got, and how often.
#[derive(Debug, Clone, Default)]
struct Outcomes(Arc<Mutex<Counts>>);

impl Outcomes {
    fn count(&self, outcome: impl Into<String>) {
        self.add(outcome, 1);
    }

    fn add(&self, outcome: impl Into<String>, times: u64) {
        *self.0.lock().unwrap().entry(outcome.into()).or_default() += times;
    }

    fn all(&self) -> Counts {
        self.0.lock().unwrap().clone()
    }
}

/// Runs `attackers` of these at the same time.
async fn crowd<F: Future<Output = ()> + Send + 'static>(attackers: usize, attack: impl Fn() -> F) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..attackers {
        tasks.spawn(attack());
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// Appends a row to the table of `scripts/hostile`, if it is that which runs.
fn report(name: &str, service: &Service, memory: u64, outcomes: &Counts) {
    let got: Vec<_> = outcomes.iter().map(|(outcome, count)| format!("{count} × {outcome}")).collect();
    let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    let row = format!(
        "| {name} | {} | {} | {} | {} | {} |\n",
        milliseconds(service.deliveries.p50()),
        milliseconds(service.deliveries.p99()),
        milliseconds(service.connects.p99()),
        memory >> 20,
        got.join(", ")
    );
    eprint!("{row}");
    if let Ok(path) = std::env::var("GEMA_HOSTILE_REPORT") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(row.as_bytes()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_attack_everybody_is_served() {
    under_attack("none", &[], async |_, _| Outcomes::default()).await;
}
