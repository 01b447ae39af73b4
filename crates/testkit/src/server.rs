//! A server of its own for each test.

use std::{
    collections::HashMap,
    fmt::Display,
    net::{SocketAddr, TcpListener},
    path::Path,
};

use gema::{
    Listeners, ReloadError, Reloader, RunError,
    config::{Config, Flags, GemaToml, MetricsAddress, report},
    tls::CertificateFiles,
};
use gema_protocol::signature::Secret;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    ApiClient, HttpConnection, PusherClient, Scrape, Stream, TestAuthority, TlsClient, WebSocket, eventually,
    within_patience,
};

/// An application as its publishers and clients know it.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The id in the paths of the HTTP API.
    pub id: String,
    /// The key that clients name.
    pub key: String,
    /// What signatures are made with.
    pub secret: Secret,
}

impl Credentials {
    /// The application that every test server has.
    #[must_use]
    pub fn of_tests() -> Self {
        Self::new("4711", "test-key", "test-secret")
    }

    /// An application that the test has configured itself.
    #[must_use]
    pub fn new(id: &str, key: &str, secret: &str) -> Self {
        Self { id: id.to_owned(), key: key.to_owned(), secret: Secret::new(secret) }
    }
}

/// The settings of a test server: those that a user would make.
#[derive(Debug)]
pub struct ServerBuilder {
    vars: HashMap<String, String>,
    file: String,
    tls: Option<TlsClient>,
    authority: Option<TestAuthority>,
}

impl ServerBuilder {
    fn new() -> Self {
        let Credentials { id, key, secret } = Credentials::of_tests();
        let mut builder = Self { vars: HashMap::new(), file: String::new(), tls: None, authority: None };
        builder.set("REVERB_APP_ID", id).set("REVERB_APP_KEY", key).set("REVERB_APP_SECRET", secret.expose());
        // Most tests leave clients behind that would answer nothing.
        builder.set("GEMA_SHARDS", 2).set("GEMA_SHUTDOWN_GRACE", 0);
        builder
    }

    /// Sets a variable of the environment.
    pub fn set(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.vars.insert(name.to_owned(), value.to_string());
        self
    }

    /// Appends to `gema.toml`, for further applications.
    pub fn file(&mut self, text: &str) -> &mut Self {
        self.file.push_str(text);
        self
    }

    /// Speaks TLS, with a certificate that its clients and publishers trust.
    pub fn encrypted(&mut self) -> &mut Self {
        let authority = TestAuthority::new();
        self.tls(&[authority.issue("server", &["localhost"])], &authority.client());
        self.authority = Some(authority);
        self
    }

    /// Speaks TLS with these certificates; clients and publishers of [`TestServer`] speak it as `client` does.
    pub fn tls(&mut self, certificates: &[CertificateFiles], client: &TlsClient) -> &mut Self {
        let list = |path: fn(&CertificateFiles) -> &Path| {
            let paths: Vec<_> = certificates.iter().map(|files| path(files).display().to_string()).collect();
            paths.join(",")
        };
        self.tls = Some(client.clone());
        self.set("GEMA_TLS_CERT", list(|files| &files.certificate))
            .set("GEMA_TLS_KEY", list(|files| &files.key))
    }

    /// Clients and publishers of [`TestServer`] speak TLS so.
    pub fn spoken_to_by(&mut self, client: &TlsClient) -> &mut Self {
        self.tls = Some(client.clone());
        self
    }

    fn config(&self) -> Config {
        let file = GemaToml::parse(Path::new("gema.toml"), &self.file);
        file.and_then(|file| Config::load(&Flags::default(), &self.vars, Some(&file)))
            .unwrap_or_else(|mistakes| panic!("{}", report(&mistakes)))
    }
}

/// A running server. A test has to [`stop`](Self::stop) it at its end.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    path: String,
    reloader: Reloader,
    tls: Option<TlsClient>,
    /// Its certificates stay where they are.
    _authority: Option<TestAuthority>,
    shutdown: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<Result<(), RunError>>>,
}

impl TestServer {
    /// Starts a server with one application and two shards; `configure` adds and changes settings.
    ///
    /// # Panics
    /// When the settings are wrong.
    pub fn start(configure: impl FnOnce(&mut ServerBuilder) -> &mut ServerBuilder) -> Self {
        let mut builder = ServerBuilder::new();
        configure(&mut builder);
        let config = builder.config();
        let path = config.server.path.as_str().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("the system has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let admin = match config.server.metrics_address {
            MetricsAddress::At(address) => Some(address),
            MetricsAddress::Default => Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            MetricsAddress::Off => None,
        };
        let admin = admin.map(|address| TcpListener::bind(address).expect("the address is free"));
        let admin_address = admin.as_ref().map(|listener| listener.local_addr().expect("it is bound"));
        let (shutdown, told) = oneshot::channel();
        let told = async {
            // Told to stop, or dropped by a test that fails.
            let _ = told.await;
        };
        let (reloader, reloads) = gema::reloads();
        let running = tokio::spawn(gema::run(config, Listeners { public: listener, admin }, reloads, told));
        Self {
            address,
            admin: admin_address,
            path,
            reloader,
            tls: builder.tls,
            _authority: builder.authority,
            shutdown: Some(shutdown),
            running: Some(running),
        }
    }

    /// Gives the running server new settings, all of them: those of [`start`](Self::start) are forgotten.
    ///
    /// # Errors
    /// When the server does not take them.
    ///
    /// # Panics
    /// When they are wrong.
    pub async fn reload(
        &self,
        configure: impl FnOnce(&mut ServerBuilder) -> &mut ServerBuilder,
    ) -> Result<(), ReloadError> {
        let mut builder = ServerBuilder::new();
        configure(&mut builder);
        within_patience("a reload", self.reloader.reload(builder.config())).await
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators find metrics, by default on a free port.
    ///
    /// # Panics
    /// When the server was started with `GEMA_METRICS_ADDRESS=off`.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin.expect("the test has not switched it off")
    }

    /// All metrics as they are now.
    ///
    /// # Panics
    /// When the server was started without, or does not tell them.
    pub async fn scrape(&self) -> Scrape {
        let stream = within_patience("a TCP connection", TcpStream::connect(self.admin())).await;
        let mut http = HttpConnection::new(stream.expect("the server listens"));
        let answer = http.request(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Scrape::parse(answer.text())
    }

    /// Waits until a limit has been hit so often, as the metrics tell it.
    ///
    /// # Panics
    /// When it was not.
    pub async fn expect_limit_hits(&self, limit: &str, times: u64) {
        self.expect_count("gema_limits_hit_total", &[("limit", limit)], times).await;
    }

    /// Waits until the sum of all series of this name whose labels have these values is this one.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn expect_count(&self, name: &str, labels: &[(&str, &str)], count: u64) {
        eventually(count, async || self.scrape().await.count(name, labels)).await;
    }

    /// Tells the server to stop, but does not wait for it.
    pub fn begin_to_stop(&mut self) {
        self.shutdown = None;
    }

    /// Tells the server to stop and waits for its clean end.
    ///
    /// # Panics
    /// When it does not end in time, ends with an error or has panicked.
    pub async fn stop(mut self) {
        self.begin_to_stop();
        let running = self.running.take().expect("a server is stopped once");
        match within_patience("the end of the server", running).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("the server has ended with an error: {error}"),
            Err(error) => panic!("the server has panicked: {error}"),
        }
    }

    /// A connection without a byte sent.
    ///
    /// # Panics
    /// When there is none to be had.
    pub async fn tcp(&self) -> TcpStream {
        let stream = within_patience("a TCP connection", TcpStream::connect(self.address)).await;
        let stream = stream.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket has this option");
        stream
    }

    /// A connection from another address of this machine, such as 127.0.0.2.
    ///
    /// # Panics
    /// When there is none to be had.
    pub async fn tcp_from(&self, source: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("the system has a socket");
        socket.bind(SocketAddr::new(source.parse().expect("an address"), 0)).expect("an own address");
        let stream = within_patience("a TCP connection", socket.connect(self.address)).await;
        let stream = stream.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket has this option");
        stream
    }

    /// A connection for HTTP requests.
    pub async fn http(&self) -> HttpConnection {
        HttpConnection::new(self.stream().await)
    }

    /// A connection that is encrypted, if the server speaks TLS.
    ///
    /// # Panics
    /// When the handshake fails.
    pub async fn stream(&self) -> Stream {
        match &self.tls {
            None => self.tcp().await.into(),
            Some(tls) => self.stream_of(tls).await,
        }
    }

    /// A connection of another TLS client.
    ///
    /// # Panics
    /// When the handshake fails.
    pub async fn stream_of(&self, tls: &TlsClient) -> Stream {
        let stream = within_patience("a TLS handshake", tls.connect(self.tcp().await)).await;
        stream.expect("the handshake succeeds").into()
    }

    /// A publisher of the application.
    #[must_use]
    pub fn api(&self) -> ApiClient {
        self.api_of(Credentials::of_tests())
    }

    /// A publisher of an application that the test has configured.
    #[must_use]
    pub fn api_of(&self, app: Credentials) -> ApiClient {
        ApiClient::new(self.address, &self.path, app).over(self.tls.clone())
    }

    /// A client of the application.
    pub async fn connect(&self) -> PusherClient {
        PusherClient::greet(self.websocket(&self.app_path()).await, Credentials::of_tests()).await
    }

    /// A WebSocket that is open for this path and query, whatever the server says next.
    pub async fn websocket(&self, path: &str) -> WebSocket {
        WebSocket::open(self.stream().await, path, &[]).await
    }

    /// Where clients of the application connect to: path and query as pusher-js sends them.
    #[must_use]
    pub fn app_path(&self) -> String {
        format!(
            "{}/app/{}?protocol=7&client=js&version=8.6.0&flash=false",
            self.path,
            Credentials::of_tests().key
        )
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let forgotten = self.running.is_some() && !std::thread::panicking();
        assert!(!forgotten, "a test has to stop its server");
    }
}
