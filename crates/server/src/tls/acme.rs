//! Certificates from an ACME directory such as Let's Encrypt, proven over TLS itself (TLS-ALPN-01).

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use futures_util::StreamExt as _;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs::default_provider,
    server::ResolvesServerCert,
};
use rustls_acme::{
    AccountCache, AcmeConfig, AcmeState, CertCache, EventOk, caches::DirCache, is_tls_alpn_challenge,
};
use tokio::task::JoinHandle;

use super::certificate::{expiry_of_pem, roots};
use crate::metrics::Metrics;

/// How to get a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeSettings {
    /// The names of the certificate; it is one for all.
    pub domains: Vec<String>,
    /// Whom the directory writes to.
    pub email: Option<String>,
    /// Where account and certificate are kept.
    pub cache: PathBuf,
    /// URL of the directory.
    pub directory: String,
    /// PEM file with the roots that the directory's own certificate is trusted by; the system's when there is none.
    pub ca: Option<PathBuf>,
}

/// What answers the directory's challenges.
#[derive(Debug)]
pub(super) struct Acme {
    challenge: Arc<ServerConfig>,
    /// Gets and renews the certificate.
    renewal: JoinHandle<()>,
}

impl Acme {
    /// Begins to get a certificate, or takes it from the cache. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// The cache cannot be made, or there are no roots to trust the directory by.
    pub(super) fn start(
        settings: &AcmeSettings,
        metrics: Arc<Metrics>,
    ) -> io::Result<(Self, Arc<dyn ResolvesServerCert>)> {
        make_private(&settings.cache)?;
        let cache = Cache { folder: DirCache::new(settings.cache.clone()), metrics };
        let contact = settings.email.iter().map(|email| format!("mailto:{email}"));
        let state = AcmeConfig::new_with_client_config(&settings.domains, client(settings.ca.as_deref())?)
            .contact(contact)
            .directory(&settings.directory)
            .cache(cache)
            .state();
        let resolver = state.resolver();
        let challenge = state.challenge_rustls_config_with_provider(Arc::new(default_provider()));
        let renewal = tokio::spawn(renew(state, settings.domains.join(", ")));
        Ok((Self { challenge, renewal }, resolver))
    }

    /// How to answer a client, if it is the directory that looks whether the name is ours.
    pub(super) fn challenge(&self, hello: &rustls::server::ClientHello<'_>) -> Option<&Arc<ServerConfig>> {
        is_tls_alpn_challenge(hello).then_some(&self.challenge)
    }
}

impl Drop for Acme {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

async fn renew(mut state: AcmeState<io::Error>, domains: String) {
    while let Some(event) = state.next().await {
        match event {
            Ok(EventOk::DeployedCachedCert) => {
                tracing::info!("The certificate for {domains} is in the cache");
            }
            Ok(EventOk::DeployedNewCert) => tracing::info!("There is a new certificate for {domains}"),
            Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
            Err(error) => tracing::error!(
                %error,
                "The certificate for {domains} cannot be had now; it is tried again. The directory must reach \
                 this server at port 443 of each name"
            ),
        }
    }
}

/// How the directory is spoken to.
fn client(ca: Option<&Path>) -> io::Result<Arc<ClientConfig>> {
    let mut store = RootCertStore::empty();
    match ca {
        Some(path) => {
            let roots = roots(path).map_err(io::Error::other)?;
            store.add_parsable_certificates(roots);
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(io::Error::other(
            "no root certificates are installed to trust the ACME directory by: install the package \
             `ca-certificates`, or name a file in GEMA_ACME_CA",
        ));
    }
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(client))
}

/// The folder holds private keys: it is made for nobody but us.
fn make_private(folder: &Path) -> io::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| {
        io::Error::new(error.kind(), format!("make the folder {}: {error}", folder.display()))
    })
}

/// The folder, seen through: what passes is what is served.
struct Cache {
    folder: DirCache<PathBuf>,
    metrics: Arc<Metrics>,
}

type Loading<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

impl Cache {
    fn note(&self, pem: &[u8]) {
        if let Some(expires) = expiry_of_pem(pem) {
            self.metrics.set_certificate_expiry(expires);
        }
    }
}

impl CertCache for Cache {
    type EC = io::Error;

    fn load_cert<'a: 'f, 'b: 'f, 'c: 'f, 'f>(
        &'a self,
        domains: &'b [String],
        directory: &'c str,
    ) -> Loading<'f, Option<Vec<u8>>>
    where
        Self: 'f,
    {
        Box::pin(async move {
            let pem = self.folder.load_cert(domains, directory).await?;
            pem.iter().for_each(|pem| self.note(pem));
            Ok(pem)
        })
    }

    fn store_cert<'a: 'f, 'b: 'f, 'c: 'f, 'd: 'f, 'f>(
        &'a self,
        domains: &'b [String],
        directory: &'c str,
        pem: &'d [u8],
    ) -> Loading<'f, ()>
    where
        Self: 'f,
    {
        Box::pin(async move {
            self.note(pem);
            self.folder.store_cert(domains, directory, pem).await
        })
    }
}

impl AccountCache for Cache {
    type EA = io::Error;

    fn load_account<'a: 'f, 'b: 'f, 'c: 'f, 'f>(
        &'a self,
        contact: &'b [String],
        directory: &'c str,
    ) -> Loading<'f, Option<Vec<u8>>>
    where
        Self: 'f,
    {
        self.folder.load_account(contact, directory)
    }

    fn store_account<'a: 'f, 'b: 'f, 'c: 'f, 'd: 'f, 'f>(
        &'a self,
        contact: &'b [String],
        directory: &'c str,
        account: &'d [u8],
    ) -> Loading<'f, ()>
    where
        Self: 'f,
    {
        self.folder.store_account(contact, directory, account)
    }
}
