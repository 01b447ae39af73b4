//! TLS of the generator: whom it trusts, and how it connects.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, ensure};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};

/// Options of TLS.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TlsOptions {
    /// With wss://: trust the certificates in this PEM file, not those of the system
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,
    /// With wss://: trust whoever answers, for certificates of tests
    #[arg(long)]
    insecure: bool,
}

/// How connections are encrypted.
#[derive(Debug, Clone)]
pub(crate) struct Encryption {
    pub(crate) config: Arc<ClientConfig>,
    /// The server as its certificate has to name it.
    pub(crate) name: ServerName<'static>,
}

impl TlsOptions {
    /// What connections to this host need.
    ///
    /// # Errors
    /// The host can be no name in a certificate, or there is nobody to trust.
    pub(crate) fn encryption(&self, host: &str) -> anyhow::Result<Encryption> {
        let name =
            ServerName::try_from(host.to_owned()).with_context(|| format!("{host} is no host name"))?;
        let provider = Arc::new(default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let mut config = if self.insecure {
            let trusts_all = Arc::new(TrustsAll(provider));
            builder.dangerous().with_custom_certificate_verifier(trusts_all).with_no_client_auth()
        } else {
            builder.with_root_certificates(self.roots()?).with_no_client_auth()
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Every handshake is a whole one, as that of a client that comes for the first time.
        config.resumption = Resumption::disabled();
        Ok(Encryption { config: Arc::new(config), name })
    }

    fn roots(&self) -> anyhow::Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        match &self.ca {
            Some(path) => {
                let pem = fs::read(path).with_context(|| format!("read {}", path.display()))?;
                for certificate in CertificateDer::pem_slice_iter(&pem) {
                    let certificate = certificate.with_context(|| format!("read {}", path.display()))?;
                    roots.add(certificate).with_context(|| format!("use {}", path.display()))?;
                }
                ensure!(!roots.is_empty(), "{} holds no certificate", path.display());
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                ensure!(
                    !roots.is_empty(),
                    "the system has no root certificates: give --ca, or --insecure for a test"
                );
            }
        }
        Ok(roots)
    }
}

/// Takes every certificate; that the server has its key is checked all the same. For servers of this machine, and where the
/// user wants it so.
#[derive(Debug)]
pub struct TrustsAll(Arc<CryptoProvider>);

impl TrustsAll {
    /// With the algorithms of this provider.
    #[must_use]
    pub fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }
}

impl ServerCertVerifier for TrustsAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
