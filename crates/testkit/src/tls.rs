//! Certificates of an authority that only a test trusts, and clients that do.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gema::tls::CertificateFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    client::Resumption,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// An authority that issues certificates into a folder of its own.
#[derive(Debug)]
pub struct TestAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// How a client speaks TLS: whom it trusts and which name it expects.
#[derive(Debug, Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    root: CertificateDer<'static>,
}

impl Default for TestAuthority {
    fn default() -> Self {
        Self::new()
    }
}

impl TestAuthority {
    /// A new authority; its own certificate is `root.pem`.
    ///
    /// # Panics
    /// When the system has no room for a folder.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("keys can be made");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority signs itself");
        let folder = tempfile::tempdir().expect("there is room for a folder");
        fs::write(folder.path().join("root.pem"), issuer.pem()).expect("there is room for a file");
        Self { issuer, folder }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file with the certificate of the authority.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Who issues, for a test that signs by itself.
    #[must_use]
    pub fn issuer(&self) -> &CertifiedIssuer<'static, KeyPair> {
        &self.issuer
    }

    /// Issues a certificate for these names into the files of this name, over those that were there.
    ///
    /// # Panics
    /// When a name is none, or there is no room.
    pub fn issue(&self, file: &str, names: &[&str]) -> CertificateFiles {
        self.issue_as(file, names, |_| ())
    }

    /// The same with other contents, such as another end.
    ///
    /// # Panics
    /// When a name is none, or there is no room.
    pub fn issue_as(
        &self,
        file: &str,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> CertificateFiles {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("the names are right");
        change(&mut params);
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.signed_by(&key, &self.issuer).expect("an authority signs");
        let files = CertificateFiles {
            certificate: self.folder.path().join(format!("{file}.pem")),
            key: self.folder.path().join(format!("{file}.key")),
        };
        let chain = certificate.pem() + &self.issuer.pem();
        fs::write(&files.certificate, chain).expect("there is room for a file");
        fs::write(&files.key, key.serialize_pem()).expect("there is room for a file");
        files
    }

    /// A client that trusts the authority and looks for `localhost`.
    ///
    /// # Panics
    /// Never: the settings fit each other.
    #[must_use]
    pub fn client(&self) -> TlsClient {
        let root = self.issuer.der().clone();
        let name = ServerName::try_from("localhost").expect("it is a name");
        TlsClient { config: config(root.clone(), &[&TLS13, &TLS12]), name, root }
    }
}

impl TlsClient {
    /// The same client, looking for this name.
    ///
    /// # Panics
    /// When it is no name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let name = ServerName::try_from(name.to_owned()).expect("it is a name");
        Self { name, ..self.clone() }
    }

    /// A client that speaks this version only.
    #[must_use]
    pub fn speaking(&self, version: &'static SupportedProtocolVersion) -> Self {
        Self { config: config(self.root.clone(), &[version]), ..self.clone() }
    }

    /// A client that offers these protocols inside of TLS.
    #[must_use]
    pub fn offering(&self, protocols: &[&[u8]]) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Self { config: Arc::new(config), ..self.clone() }
    }

    /// A client that goes on with its last session when it comes back.
    #[must_use]
    pub fn resuming(&self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::in_memory_sessions(8);
        Self { config: Arc::new(config), ..self.clone() }
    }

    /// The settings, for a client of another kind.
    #[must_use]
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Does the handshake.
    ///
    /// # Errors
    /// It fails, or the server is not whom the client looks for.
    pub async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(self.config()).connect(self.name.clone(), stream).await
    }
}

/// Every handshake is a whole one, so that each client sees the certificate that is served then.
fn config(
    root: CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("the authority has a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .expect("the versions are known")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Arc::new(config)
}
