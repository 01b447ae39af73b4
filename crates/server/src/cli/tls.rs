//! TLS as the tools speak it.

use std::sync::Arc;

use gema_bench::TrustsAll;
use rustls::{ClientConfig, Error, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// A configuration that checks certificates as the system does, or not at all.
///
/// # Errors
/// When certificates are to be checked and the system has no authority that it trusts.
pub(super) fn client(check_certificate: bool) -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = if check_certificate {
        builder.with_platform_verifier()?
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TrustsAll::new(provider)))
    };
    Ok(builder.with_no_client_auth())
}
