//! Which certificate a client is shown.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::certificate::Certificate;

/// The certificates that are served now. They can be replaced while handshakes go on: each handshake sees the old ones or
/// the new ones.
#[derive(Debug)]
pub(super) struct Served(ArcSwap<Certificates>);

#[derive(Debug)]
struct Certificates {
    by_name: HashMap<String, Arc<CertifiedKey>>,
    first: Arc<CertifiedKey>,
}

impl Served {
    /// These certificates; the first one is for clients that name no host, or one that none of them is for.
    ///
    /// # Panics
    /// Without any.
    #[must_use]
    pub(super) fn new(certificates: &[Certificate]) -> Self {
        Self(ArcSwap::from_pointee(Certificates::new(certificates)))
    }

    /// Serves these from now on.
    ///
    /// # Panics
    /// Without any.
    pub(super) fn replace(&self, certificates: &[Certificate]) {
        self.0.store(Arc::new(Certificates::new(certificates)));
    }

    fn choose(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        self.0.load().choose(name)
    }
}

impl Certificates {
    fn new(certificates: &[Certificate]) -> Self {
        let mut by_name = HashMap::new();
        for certificate in certificates {
            for name in &certificate.names {
                by_name.entry(name.clone()).or_insert_with(|| Arc::clone(&certificate.key));
            }
        }
        let first = certificates.first().expect("a list of certificates is never empty");
        Self { by_name, first: Arc::clone(&first.key) }
    }

    fn choose(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let found = name.and_then(|name| {
            let name = name.to_ascii_lowercase();
            self.by_name.get(&name).or_else(|| {
                // A wildcard stands for one label.
                let (_, rest) = name.split_once('.')?;
                self.by_name.get(&format!("*.{rest}"))
            })
        });
        Arc::clone(found.unwrap_or(&self.first))
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.choose(hello.server_name()))
    }
}
