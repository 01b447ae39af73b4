//! Certificates and their keys, as they stand in PEM files.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    InconsistentKeys,
    crypto::aws_lc_rs::default_provider,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{Error as PemError, PemObject as _},
    },
    sign::CertifiedKey,
};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// Where a certificate and its key stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM file with the certificate of the server first, then those between it and the root.
    pub certificate: PathBuf,
    /// PEM file with its private key.
    pub key: PathBuf,
}

/// A certificate that can be served.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The chain and the key.
    pub key: Arc<CertifiedKey>,
    /// The host names that it is for, in lower case; a wildcard stands as `*.example.com`.
    pub names: Vec<String>,
    /// When it expires, in seconds of Unix time.
    pub expires: i64,
}

/// Why there is no certificate to be had from these files. The text is the rest of a sentence that begins with the path.
#[derive(Debug, thiserror::Error)]
#[error("{path} {problem}", path = path.display())]
pub struct InvalidCertificate {
    /// The file.
    pub path: PathBuf,
    /// Whether that is the file of the key.
    pub is_key: bool,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is not there, or may not be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is text, but not in the form of PEM.
    #[error("is not PEM: {0}")]
    NotPem(#[source] PemError),
    /// It holds nothing of the kind that is looked for.
    #[error("holds no {0}")]
    Missing(&'static str),
    /// A certificate in it cannot be understood.
    #[error("holds a certificate that cannot be read: {0}")]
    NoCertificate(String),
    /// A key in it cannot be used.
    #[error("holds a key that cannot be used: {0}")]
    UnusableKey(#[source] rustls::Error),
    /// The key is another one's.
    #[error("holds a key that does not belong to the certificate in {}", .0.display())]
    AnotherKey(PathBuf),
}

impl Problem {
    /// What to do about it, as a sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Give the path of a file that the user of the server may read.",
            Self::NotPem(_) | Self::Missing(_) => {
                "Give a PEM file: the chain of certificates in GEMA_TLS_CERT, the private key, not encrypted, in GEMA_TLS_KEY."
            }
            Self::NoCertificate(_) => "Have the certificate issued again, or give the right file.",
            Self::UnusableKey(_) => "Use an RSA key of 2048 bits or more, or an ECDSA or Ed25519 key.",
            Self::AnotherKey(_) => {
                "Give the key that the certificate was issued for; with several, both lists have the same order."
            }
        }
    }
}

impl CertificateFiles {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// One of them cannot be read or used, or they do not belong together.
    pub fn load(&self) -> Result<Certificate, InvalidCertificate> {
        let of_certificate =
            |problem| InvalidCertificate { path: self.certificate.clone(), is_key: false, problem };
        let of_key = |problem| InvalidCertificate { path: self.key.clone(), is_key: true, problem };
        let chain = chain_of(&read(&self.certificate).map_err(of_certificate)?).map_err(of_certificate)?;
        let key = key_of(&read(&self.key).map_err(of_key)?).map_err(of_key)?;
        let (names, expires) = contents(&chain[0]).map_err(of_certificate)?;
        let key = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| {
            of_key(match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    Problem::AnotherKey(self.certificate.clone())
                }
                error => Problem::UnusableKey(error),
            })
        })?;
        Ok(Certificate { key: Arc::new(key), names, expires })
    }

    /// A number that changes when one of the files does, also when it goes or comes.
    #[must_use]
    pub fn fingerprint(files: &[Self]) -> u64 {
        let mut hasher = DefaultHasher::new();
        for path in files.iter().flat_map(|files| [&files.certificate, &files.key]) {
            fs::read(path).map_err(|error| error.kind()).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// The certificates in a PEM file that are trusted as roots.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn roots(path: &Path) -> Result<Vec<CertificateDer<'static>>, InvalidCertificate> {
    let wrong = |problem| InvalidCertificate { path: path.to_owned(), is_key: false, problem };
    let chain = chain_of(&read(path).map_err(wrong)?).map_err(wrong)?;
    for certificate in &chain {
        contents(certificate).map_err(wrong)?;
    }
    Ok(chain)
}

/// When the first certificate in a text of PEM expires, in seconds of Unix time.
#[must_use]
pub(super) fn expiry_of_pem(pem: &[u8]) -> Option<i64> {
    let first = CertificateDer::pem_slice_iter(pem).next()?.ok()?;
    contents(&first).ok().map(|(_, expires)| expires)
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(Problem::Unreadable)
}

fn chain_of(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(Problem::NotPem)?;
    if chain.is_empty() { Err(Problem::Missing("certificate")) } else { Ok(chain) }
}

fn key_of(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Problem> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        PemError::NoItemsFound => Problem::Missing("private key"),
        error => Problem::NotPem(error),
    })
}

/// The names and the expiry of a certificate.
fn contents(certificate: &CertificateDer<'_>) -> Result<(Vec<String>, i64), Problem> {
    let unreadable = |error: String| Problem::NoCertificate(error);
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|error| unreadable(error.to_string()))?;
    let alternative = parsed.subject_alternative_name().map_err(|error| unreadable(error.to_string()))?;
    let names = alternative.map_or_else(Vec::new, |extension| {
        let dns = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        };
        extension.value.general_names.iter().filter_map(dns).collect()
    });
    Ok((names, parsed.validity().not_after.timestamp()))
}
