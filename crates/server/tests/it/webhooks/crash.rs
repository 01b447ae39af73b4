//! The real binary is killed again and again while clients come and go and the receiver fails half of the time.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gema_testkit::{Credentials, Event, PusherClient, WebSocket};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::receiver::{Answer, Receiver, line};
use crate::process::reserved_address;

/// How long the server is killed, in seconds, unless this variable says something else.
const SECONDS: (&str, u64) = ("WEBHOOK_CRASH_SECONDS", 15);
/// What chance begins with, unless this variable says something else.
const SEED: (&str, u64) = ("WEBHOOK_CRASH_SEED", 4711);
const CLIENTS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_client_has_seen_is_missing_after_kills() {
    let (seconds, seed) = (setting(SECONDS), setting(SEED));
    let mut dice = Dice::new(seed);
    let healthy = Arc::new(AtomicBool::new(false));
    let mut receiver = failing_receiver(seed, Arc::clone(&healthy)).await;
    let directory = tempfile::tempdir().unwrap();
    let (_reserved, address) = reserved_address();
    let start = || start(directory.path(), address, &receiver.url());
    let seen = Arc::new(Mutex::new(Seen::default()));
    let over = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let client = Client { number, address, seen: Arc::clone(&seen), over: Arc::clone(&over) };
        clients.spawn(client.live(Dice::new(seed + 1 + number)));
    }

    let (mut server, mut kills) = (start(), 0);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        sleep(Duration::from_millis(200 + dice.below(1_500))).await;
        kill(&mut server);
        kills += 1;
        sleep(Duration::from_millis(dice.below(300))).await;
        server = start();
    }
    over.store(true, Ordering::SeqCst);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    kill(&mut server);
    healthy.store(true, Ordering::SeqCst);
    let mut server = start();

    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let mut told = Told::default();
    let give_up = Instant::now() + Duration::from_secs(60 + seconds);
    loop {
        for request in receiver.so_far().iter().filter(|request| request.accepted) {
            request.events().iter().for_each(|event| told.take(event));
        }
        if told.is_settled(&seen) || Instant::now() > give_up {
            break;
        }
        sleep(Duration::from_millis(250)).await;
    }
    kill(&mut server);
    println!(
        "{kills} kills; seen: {} occupied, {} members, {} client events; told {} events, {} of them again",
        seen.occupied.len(),
        seen.members.len(),
        seen.events.len(),
        told.events.len(),
        told.repeated
    );
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert!(!log.contains("are given up"), "the spool was full");
    told.check(&seen);
    assert!(kills > 3 && seen.occupied.len() > 20 && seen.events.len() > 20, "too little has happened");
}

/// What clients have learnt.
#[derive(Default)]
struct Seen {
    /// Channels whose subscription was confirmed.
    occupied: BTreeSet<String>,
    /// Members that were confirmed, or shown to others.
    members: BTreeSet<(String, String)>,
    /// Client events that have come to another client, by their data.
    events: BTreeSet<String>,
}

/// What the receiver has accepted.
#[derive(Default)]
struct Told {
    /// By the numbers in their ids, which have to grow.
    events: BTreeMap<(u64, u64), Value>,
    /// The same as lines, each at its first time.
    lines: Vec<String>,
    client_events: BTreeMap<String, u32>,
    /// The data of client events, in the order in which they were told.
    said: Vec<String>,
    repeated: u64,
}

impl Told {
    fn take(&mut self, event: &Value) {
        let id = event["id"].as_str().unwrap();
        let mut numbers = id.rsplit('-').map(|number| number.parse::<u64>());
        let (index, seq) = (numbers.next().unwrap().unwrap(), numbers.next().unwrap().unwrap());
        if let Some(earlier) = self.events.get(&(seq, index)) {
            assert_eq!(earlier, event, "two events with one id");
            self.repeated += 1;
            return;
        }
        let newest = self.events.last_key_value().map(|(place, _)| *place);
        assert!(newest < Some((seq, index)), "{event} comes after {newest:?}");
        self.events.insert((seq, index), event.clone());
        self.lines.push(line(event));
        if event["name"] == "client_event" {
            let data = event["data"].as_str().unwrap();
            *self.client_events.entry(data.to_owned()).or_default() += 1;
            self.said.push(data.to_owned());
        }
    }

    /// For each channel and member what was told of its coming and going, in its order.
    fn courses(&self) -> BTreeMap<String, Vec<&str>> {
        let mut courses: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for told in &self.lines {
            let (name, of) = told.split_once(' ').unwrap();
            if name != "client_event" {
                courses.entry(of.to_owned()).or_default().push(name);
            }
        }
        courses
    }

    fn is_settled(&self, seen: &Seen) -> bool {
        let courses = self.courses();
        let is_over = |of: &String| courses.get(of).is_some_and(|course| course.len() % 2 == 0);
        courses.values().all(|course| course.len() % 2 == 0)
            && seen.occupied.iter().all(is_over)
            && seen.events.iter().all(|event| self.client_events.contains_key(event))
    }

    fn check(&self, seen: &Seen) {
        let courses = self.courses();
        for (of, course) in &courses {
            let is_member = of.contains(' ');
            let pair = if is_member {
                ["member_added", "member_removed"]
            } else {
                ["channel_occupied", "channel_vacated"]
            };
            assert!(course.chunks(2).all(|told| told == pair), "{of}: {course:?}");
            assert!(!of.starts_with("once-") || course.len() == 2, "{of}: {course:?}");
        }
        let missing: Vec<_> =
            seen.occupied.iter().filter(|channel| !courses.contains_key(*channel)).collect();
        assert!(missing.is_empty(), "never told to be occupied: {missing:?}");
        let of = |(channel, user): &(String, String)| format!("{channel} {user}");
        let missing: Vec<_> = seen.members.iter().map(of).filter(|of| !courses.contains_key(of)).collect();
        assert!(missing.is_empty(), "members never told: {missing:?}");
        let missing: Vec<_> =
            seen.events.iter().filter(|event| !self.client_events.contains_key(*event)).collect();
        assert!(missing.is_empty(), "client events never told: {missing:?}");
        assert!(self.client_events.values().all(|times| *times == 1), "an event has two ids");
        self.check_order();
    }

    /// What a client has said is told as it was said: by its lives, and in each by its acts.
    fn check_order(&self) {
        let mut last: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for said in &self.said {
            let [client, life, act] = said.split('-').collect::<Vec<_>>().try_into().unwrap();
            let place = (life.parse().unwrap(), act.parse().unwrap());
            let before = last.insert(client, place);
            assert!(before < Some(place), "{said} is told after {before:?}");
        }
    }
}

/// Somebody who connects, does something, and connects again.
struct Client {
    number: u64,
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    over: Arc<AtomicBool>,
}

impl Client {
    async fn live(self, mut dice: Dice) {
        let mut life = 0;
        while !self.over.load(Ordering::SeqCst) {
            life += 1;
            let Some(client) = self.connect().await else {
                sleep(Duration::from_millis(10)).await;
                continue;
            };
            self.talk(client, &mut dice, life).await;
        }
    }

    /// A connection, unless the server is just being killed: then nothing that the client awaits comes.
    async fn connect(&self) -> Option<PusherClient> {
        let stream = TcpStream::connect(self.address).await.ok()?;
        let app = Credentials::of_tests();
        let path = format!("/app/{}?protocol=7", app.key);
        let greet = async move { PusherClient::greet(WebSocket::open(stream, &path, &[]).await, app).await };
        tokio::spawn(greet).await.ok()
    }

    async fn talk(&self, mut client: PusherClient, dice: &mut Dice, life: u64) {
        let room = format!("presence-{}", dice.below(2));
        let user = json!({ "user_id": format!("u{}", self.number) }).to_string();
        self.subscribe(&mut client, &room, Some(&user)).await;
        let acts = dice.below(60);
        for act in 0..acts {
            match dice.below(4) {
                0 => {
                    let channel = format!("once-{}-{life}-{act}", self.number);
                    self.subscribe(&mut client, &channel, None).await;
                }
                1 => {
                    let channel = format!("shared-{}", dice.below(3));
                    self.subscribe(&mut client, &channel, None).await;
                    client.unsubscribe(&channel).await;
                }
                _ => {
                    let data = json!(format!("{}-{life}-{act}", self.number));
                    client.whisper(&room, "client-said", data).await;
                }
            }
            if !self.listen(&mut client).await || self.over.load(Ordering::SeqCst) {
                return;
            }
            sleep(Duration::from_millis(dice.below(20))).await;
        }
    }

    async fn subscribe(&self, client: &mut PusherClient, channel: &str, user: Option<&str>) {
        let data = client.subscription(channel, user);
        client.send("pusher:subscribe", data).await;
    }

    /// Notes what comes, until the answer to a ping; answers whether the connection is still there.
    async fn listen(&self, client: &mut PusherClient) -> bool {
        client.send("pusher:ping", json!({})).await;
        loop {
            let Some(text) = client.socket.receive_text().await else { return false };
            let event = Event::parse(&text);
            let channel = event.channel.clone().unwrap_or_default();
            let mut seen = self.seen.lock().unwrap();
            match event.name.as_str() {
                "pusher:pong" => return true,
                "pusher_internal:subscription_succeeded" => {
                    if let Some(ids) = event.json()["presence"]["ids"].as_array() {
                        let ids = ids.iter().map(|id| (channel.clone(), id.as_str().unwrap().to_owned()));
                        seen.members.extend(ids);
                    }
                    seen.occupied.insert(channel);
                }
                "pusher_internal:member_added" => {
                    let user = event.json()["user_id"].as_str().unwrap().to_owned();
                    seen.members.insert((channel, user));
                }
                "client-said" => {
                    seen.events.insert(event.data.as_str().unwrap().to_owned());
                }
                _ => {}
            }
        }
    }
}

/// A receiver that fails half of the time, in all ways that there are, until it is healthy.
async fn failing_receiver(seed: u64, healthy: Arc<AtomicBool>) -> Receiver {
    Receiver::answering(move |number, _| {
        if healthy.load(Ordering::SeqCst) {
            return Answer::Status(200);
        }
        match Dice::new(seed ^ number as u64).below(100) {
            0..45 => Answer::Status(200),
            45..55 => Answer::AcceptAndReset,
            55..70 => Answer::Reset,
            70..74 => Answer::Late(Duration::from_secs(2)),
            _ => Answer::Status(500),
        }
    })
    .await
}

fn start(directory: &Path, address: SocketAddr, url: &str) -> Child {
    let app = Credentials::of_tests();
    let log = std::fs::OpenOptions::new().create(true).append(true).open(directory.join("log")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_gema"))
        .args(["start", "--host", "127.0.0.1", "--port", &address.port().to_string()])
        .current_dir(directory)
        .env_clear()
        .env("REVERB_APP_ID", &app.id)
        .env("REVERB_APP_KEY", &app.key)
        .env("REVERB_APP_SECRET", app.secret.expose())
        .env("GEMA_SHARDS", "2")
        .env("GEMA_APP_WEBHOOK_URL", url)
        .env("GEMA_APP_WEBHOOK_TIMEOUT", "1")
        // So that segments come and go, but everything has room that a failing receiver leaves.
        .env("GEMA_WEBHOOK_SPOOL_SIZE", (setting(SECONDS) * 1024 * 1024).max(8 << 20).to_string())
        .env("GEMA_METRICS_ADDRESS", "off")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// SIGKILL: nothing that the process would like to do at its end is done.
fn kill(server: &mut Child) {
    assert!(server.try_wait().unwrap().is_none(), "the server has ended by itself");
    server.kill().unwrap();
    server.wait().unwrap();
}

fn setting((name, default): (&str, u64)) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Chance that is the same each time.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}
