//! TLS on the port of the server: certificates, their replacement, and the handshake.
//!
//! Handshakes run on tokio's threads. After the upgrade to WebSocket a connection goes to its shard with the state of
//! its encryption ([`crate::shard::Tls`]).

mod acme;
mod certificate;
mod choice;

use std::{io, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::{self, default_provider},
    server::{Acceptor, NoServerSessionStorage, ResolvesServerCert},
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout_at},
};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor, server::TlsStream};

pub use acme::AcmeSettings;
pub use certificate::{Certificate, CertificateFiles, InvalidCertificate, Problem, roots};

use crate::metrics::{Handshake, Metrics};
use acme::Acme;
use choice::Served;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Bytes of a request without TLS that are read, so that the answer to it arrives.
const MOST_PLAIN: u64 = 64 * 1024;
/// The answer to a request without TLS.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 48\r\n\
    connection: close\r\n\r\nThis port speaks TLS: use https:// and wss://.\r\n";

/// Where certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsSettings {
    /// From files, at least one pair of them.
    Files(Vec<CertificateFiles>),
    /// From an ACME directory.
    Acme(AcmeSettings),
}

/// The TLS side of a server.
#[derive(Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    acme: Option<Acme>,
    files: Option<Arc<Files>>,
    /// Looks whether the files have changed.
    watch: Option<JoinHandle<()>>,
    metrics: Arc<Metrics>,
}

/// Certificates that have been read and can be served in place of the old ones.
#[derive(Debug)]
#[must_use]
pub struct Replacement {
    files: Arc<Files>,
    paths: Vec<CertificateFiles>,
    certificates: Vec<Certificate>,
}

impl Replacement {
    /// Serves them from now on, and looks at their files for newer ones.
    pub fn serve(self) {
        self.files.paths.store(Arc::new(self.paths));
        self.files.serve(&self.certificates);
    }
}

/// The certificates of files, which can be read again.
#[derive(Debug)]
struct Files {
    paths: ArcSwap<Vec<CertificateFiles>>,
    served: Arc<Served>,
    metrics: Arc<Metrics>,
}

impl Tls {
    /// Reads the certificates and looks for new ones from then on, or begins to get one. Must be called in a tokio
    /// runtime.
    ///
    /// # Errors
    /// The files are not as the settings were when they were checked; the cache of ACME cannot be made.
    pub fn start(settings: &TlsSettings, metrics: Arc<Metrics>) -> io::Result<Self> {
        match settings {
            TlsSettings::Files(paths) => Self::of_files(paths.clone(), metrics),
            TlsSettings::Acme(settings) => {
                let (acme, resolver) = Acme::start(settings, Arc::clone(&metrics))?;
                Ok(Self { config: config(resolver)?, acme: Some(acme), files: None, watch: None, metrics })
            }
        }
    }

    fn of_files(paths: Vec<CertificateFiles>, metrics: Arc<Metrics>) -> io::Result<Self> {
        let seen = CertificateFiles::fingerprint(&paths);
        let certificates = load(&paths).map_err(io::Error::other)?;
        let served = Arc::new(Served::new(&certificates));
        let files = Files {
            paths: ArcSwap::from_pointee(paths),
            served: Arc::clone(&served),
            metrics: Arc::clone(&metrics),
        };
        files.serve(&certificates);
        let files = Arc::new(files);
        let watch = tokio::spawn(watch(Arc::clone(&files), seen));
        Ok(Self { config: config(served)?, acme: None, files: Some(files), watch: Some(watch), metrics })
    }

    /// Reads the certificates again, those of other files if the settings name others. The old ones are served until
    /// [`Replacement::serve`]. What comes from ACME is not read again: it renews itself.
    ///
    /// # Errors
    /// One of the files cannot be read or used.
    pub fn read_again(
        &self,
        settings: Option<&TlsSettings>,
    ) -> Result<Option<Replacement>, InvalidCertificate> {
        let (Some(files), Some(TlsSettings::Files(paths))) = (&self.files, settings) else { return Ok(None) };
        let certificates = load(paths)?;
        Ok(Some(Replacement { files: Arc::clone(files), paths: paths.clone(), certificates }))
    }

    /// Does the handshake with a client, until `deadline`; `None` when it has failed, or was no more than a challenge
    /// of ACME.
    pub async fn accept(&self, stream: TcpStream, deadline: Instant) -> Option<TlsStream<TcpStream>> {
        let (result, accepted) = match timeout_at(deadline, self.handshake(stream)).await {
            Ok(Ok(accepted)) => (Handshake::Ok, accepted),
            Ok(Err(error)) => {
                tracing::debug!(%error, "A TLS handshake has failed");
                (Handshake::Failed, None)
            }
            Err(_) => (Handshake::Timeout, None),
        };
        self.metrics.count_handshake(result);
        accepted
    }

    async fn handshake(&self, stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        let mut first = [0];
        let peeked = stream.peek(&mut first).await?;
        if peeked > 0 && first[0].is_ascii_uppercase() {
            return Err(refuse_plain(stream).await);
        }
        let Some(acme) = &self.acme else {
            return TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await.map(Some);
        };
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let Some(challenge) = acme.challenge(&start.client_hello()).cloned() else {
            return start.into_stream(Arc::clone(&self.config)).await.map(Some);
        };
        start.into_stream(challenge).await?.shutdown().await?;
        Ok(None)
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.abort();
        }
    }
}

impl Files {
    /// Reads the files again, because they have changed. When one of them is wrong, the old certificates stay.
    fn read_again(&self) {
        match load(&self.paths.load()) {
            Ok(certificates) => {
                self.serve(&certificates);
                tracing::info!("The certificates have been read again");
            }
            Err(error) => {
                let remedy = error.problem.remedy();
                tracing::error!("The new certificates are not served, the old ones stay: {error}. {remedy}");
            }
        }
    }

    fn serve(&self, certificates: &[Certificate]) {
        self.served.replace(certificates);
        let first = certificates.iter().map(|certificate| certificate.expires).min();
        first.into_iter().for_each(|expires| self.metrics.set_certificate_expiry(expires));
    }
}

/// Reads the files again when they have changed. They may change one after the other: what is read has been the same for
/// two looks.
async fn watch(files: Arc<Files>, mut handled: u64) {
    let mut last = handled;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let files = Arc::clone(&files);
        let looked = tokio::task::spawn_blocking(move || {
            let now = CertificateFiles::fingerprint(&files.paths.load());
            if now != handled && now == last {
                files.read_again();
                (now, now)
            } else {
                (handled, now)
            }
        });
        let Ok(looked) = looked.await else { return };
        (handled, last) = looked;
    }
}

fn load(paths: &[CertificateFiles]) -> Result<Vec<Certificate>, InvalidCertificate> {
    paths.iter().map(CertificateFiles::load).collect()
}

fn config(certificates: Arc<dyn ResolvesServerCert>) -> io::Result<Arc<ServerConfig>> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // The client keeps the session, encrypted: who comes back costs no signature, and who is away no memory.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(io::Error::other)?;
    config.send_tls13_tickets = 1;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}

/// Tells a client that speaks HTTP without TLS what is wrong.
async fn refuse_plain(mut stream: TcpStream) -> io::Error {
    let told = async {
        stream.write_all(SPEAK_TLS).await?;
        stream.shutdown().await?;
        // Unread bytes would make a reset of the end, and destroy the answer.
        tokio::io::copy(&mut (&mut stream).take(MOST_PLAIN), &mut tokio::io::sink()).await
    };
    told.await
        .err()
        .unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it speaks HTTP without TLS"))
}
