//! The whole application with a real server beside it: what is booked at one end is seen at the other.

use std::{net::SocketAddr, time::Duration};

use booking::{
    Application, ServeError,
    clock::Clock,
    config::BookingConfig,
    domain::{Role, User},
    seed,
    services::{Services, Settings},
    simulate::{Simulation, SimulationError},
};
use gema_broadcast::{BroadcastConfig, Broadcaster, Connection, Credentials, ReverbConnection};
use gema_testkit::{PusherClient, TestServer, eventually, within_patience};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{database::on_both_databases, world::World};

on_both_databases!(
    what_is_booked_is_seen_by_everybody_and_its_user,
    people_book_pay_and_cancel,
    what_was_asked_before_the_end_is_answered,
    events_wait_while_there_is_no_server,
    the_simulation_says_what_is_missing,
);

/// The application at work.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    async fn start(services: Services, server: SocketAddr) -> Self {
        let app = gema_testkit::Credentials::of_tests();
        let credentials = Credentials { key: app.key, secret: app.secret, encryption_key: None };
        let connection =
            ReverbConnection { port: server.port(), ..ReverbConnection::local(app.id, credentials) };
        let mut config = BookingConfig::load(&std::iter::empty::<(&str, &str)>().collect()).unwrap();
        config.server = connection.clone();
        config.rate_limit = 100_000.try_into().unwrap();
        let application = Application {
            services,
            http: config.http_options(),
            broadcaster: Broadcaster::new(BroadcastConfig { connection: Connection::Reverb(connection) })
                .unwrap(),
            relay_poll: Duration::from_millis(50),
            metrics: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let done = tokio::spawn(application.run(listener, async { drop(stopped.await) }));
        Self { address, stop: Some(stop), done }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn begin_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn stopped(self) {
        within_patience("the end of the application", self.done).await.unwrap().unwrap();
    }
}

/// An address at which nobody listens: the socket is only bound to it, so that nobody else gets it either.
fn nowhere() -> (SocketAddr, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

/// The next event of a channel.
async fn next(client: &mut PusherClient, name: &str, channel: &str) -> Value {
    let event = client.expect_event(name).await;
    assert_eq!(event.channel.as_deref(), Some(channel));
    event.json()
}

async fn listen(server: &TestServer, user: &User) -> PusherClient {
    let mut client = server.connect().await;
    client.subscribe("availability").await;
    client.subscribe(&format!("private-user.{}", user.id)).await;
    client
}

async fn what_is_booked_is_seen_by_everybody_and_its_user(world: World) {
    let server = TestServer::start(|settings| settings);
    let mut running = Running::start(world.services.clone(), server.address()).await;
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let mut client = listen(&server, &user).await;
    let booking = world.book(&user, &session, "2026-11-24").await;
    // Two channels, so their order is not fixed.
    let first = client.next_event().await;
    let second = client.next_event().await;
    let (places, status) =
        if first.channel.as_deref() == Some("availability") { (first, second) } else { (second, first) };
    assert_eq!(places.json()["available_slots"], 4);
    assert_eq!(status.json()["booking_code"], booking.booking_code.as_str());
    assert!(status.json()["event_id"].is_string());

    world.cancel(&user, booking.id).await.unwrap();
    let first = client.next_event().await;
    let second = client.next_event().await;
    let status = if first.channel.as_deref() == Some("availability") { second } else { first };
    assert_eq!(status.json()["status"], "cancelled");
    running.begin_to_stop();
    running.stopped().await;
    assert_eq!(world.outbox().await, []);
    server.stop().await;
}

async fn people_book_pay_and_cancel(world: World) {
    let server = TestServer::start(|settings| settings);
    let (clock, settings) =
        (Clock::system(), Settings { payment_delay: Duration::ZERO, ..Settings::default() });
    let services = Services::new(&world.db, &clock, settings);
    seed::seed(&services, &world.db, &clock, 7).await.unwrap();
    let mut running = Running::start(services.clone(), server.address()).await;
    let mut client = server.connect().await;
    client.subscribe("notifications").await;
    let simulation = Simulation {
        rate: "1000/s".parse().unwrap(),
        url: running.url(),
        length: None,
        count: Some(100.try_into().unwrap()),
        seed: 7,
    };
    let tally = simulation.run(std::future::pending()).await.unwrap();
    assert!(tally.booked > 10 && tally.paid > 3 && tally.cancelled > 3 && tally.announced > 0, "{tally}");
    assert_eq!(tally.limited, 0);
    let heard = next(&mut client, "SystemNotification", "notifications").await;
    assert!(heard["message"].is_string());
    eventually(0, async || services.outgoing.status().await.unwrap().pending).await;
    running.begin_to_stop();
    running.stopped().await;
    server.stop().await;
}

async fn what_was_asked_before_the_end_is_answered(world: World) {
    let server = TestServer::start(|settings| settings);
    let mut running = Running::start(world.services.clone(), server.address()).await;
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    let body = "{\"email\":\"nobody@example.com\",\"password\":\"rahasia-sekali\"}";
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // The application asks for the body, so it is at work on the request when it is told to end.
    let mut begun = [0; 21];
    within_patience("the interim answer", connection.read_exact(&mut begun)).await.unwrap();
    assert!(begun.starts_with(b"HTTP/1.1 100"));
    running.begin_to_stop();
    let refused = async || TcpStream::connect(running.address).await.is_err();
    eventually(true, refused).await;
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within_patience("the answer", connection.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.contains("HTTP/1.1 422"), "{answer}");
    running.stopped().await;
    server.stop().await;
}

async fn events_wait_while_there_is_no_server(world: World) {
    let (gone, _nobodys) = nowhere();
    let mut running = Running::start(world.services.clone(), gone).await;
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    world.book(&user, &session, "2026-11-24").await;
    running.begin_to_stop();
    running.stopped().await;
    assert_eq!(world.services.outgoing.status().await.unwrap().pending, 2);
    // What was tried in vain is put off by the clock of the test, which stands still.
    world.advance(60);

    let server = TestServer::start(|settings| settings);
    let mut client = listen(&server, &user).await;
    let mut running = Running::start(world.services.clone(), server.address()).await;
    let mut names = [client.next_event().await.name, client.next_event().await.name];
    names.sort();
    assert_eq!(names, ["AvailabilityUpdated", "BookingStatusUpdated"]);
    running.begin_to_stop();
    running.stopped().await;
    server.stop().await;
}

async fn the_simulation_says_what_is_missing(world: World) {
    let (gone, _nobodys) = nowhere();
    let mut running = Running::start(world.services.clone(), gone).await;
    let simulate = |url: String| {
        let (rate, seed) = ("1000/s".parse().unwrap(), 42);
        Simulation { rate, url, length: None, count: None, seed }.run(std::future::pending())
    };
    let unreachable = simulate(format!("http://{gone}")).await;
    assert!(matches!(unreachable, Err(SimulationError::Unreachable(_))), "{unreachable:?}");
    let nobody = simulate(running.url()).await.unwrap_err().to_string();
    assert!(nobody.contains("admin@example.com cannot log in") && nobody.contains("seed --demo"), "{nobody}");
    running.begin_to_stop();
    running.stopped().await;
}
