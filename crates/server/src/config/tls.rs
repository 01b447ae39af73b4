//! The settings of TLS: certificate files, or ACME. The files are read once, so that what is wrong with them is told like
//! any other mistake.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::PathBuf};

use super::{
    env::{self, Variable},
    invalid::Wrong,
    parse,
    reader::{Found, Reader},
};
use crate::tls::{AcmeSettings, CertificateFiles, InvalidCertificate, TlsSettings, roots};

/// What only has a meaning with ACME.
const OF_ACME: [Variable; 4] =
    [env::GEMA_ACME_CACHE, env::GEMA_ACME_EMAIL, env::GEMA_ACME_DIRECTORY, env::GEMA_ACME_CA];

pub(super) fn read(reader: &mut Reader<'_>) -> Option<TlsSettings> {
    let files = read_files(reader);
    let Some(found) = reader.find(&env::GEMA_ACME_DOMAINS) else {
        for variable in OF_ACME {
            if let Some(found) = reader.find(&variable) {
                let wrong = Wrong::new(
                    "is for ACME, which is off",
                    "Set GEMA_ACME_DOMAINS too, or remove this setting.",
                );
                reader.mistakes.push(found.invalid(&variable, wrong));
            }
        }
        return files.map(TlsSettings::Files);
    };
    let acme = read_acme(reader);
    if files.is_some() {
        let wrong = Wrong::new(
            "cannot be together with GEMA_TLS_CERT",
            "Keep one of the two: ACME gets the certificate itself.",
        );
        reader.mistakes.push(found.invalid(&env::GEMA_ACME_DOMAINS, wrong));
    }
    acme.map(TlsSettings::Acme)
}

/// Certificate files and keys, in pairs; they can be used, or are among the mistakes.
fn read_files(reader: &mut Reader<'_>) -> Option<Vec<CertificateFiles>> {
    let (certificates, keys) = (reader.find(&env::GEMA_TLS_CERT), reader.find(&env::GEMA_TLS_KEY));
    let (certificates, keys) = match (certificates, keys) {
        (None, None) => return None,
        (Some(certificates), Some(keys)) => (certificates, keys),
        (Some(found), None) => {
            let wrong = Wrong::new("is a certificate without a key", "Set GEMA_TLS_KEY too.");
            reader.mistakes.push(found.invalid(&env::GEMA_TLS_CERT, wrong));
            return Some(Vec::new());
        }
        (None, Some(found)) => {
            let wrong = Wrong::new("is a key without a certificate", "Set GEMA_TLS_CERT too.");
            reader.mistakes.push(found.invalid(&env::GEMA_TLS_KEY, wrong));
            return Some(Vec::new());
        }
    };
    let (certificate_paths, key_paths) = (parse::list(&certificates.text), parse::list(&keys.text));
    if certificate_paths.len() != key_paths.len() || certificate_paths.is_empty() {
        let counts = (key_paths.len(), certificate_paths.len());
        let wrong = Wrong::new(
            format!("has {} keys for {} certificates", counts.0, counts.1),
            "Give one key for each certificate, in the same order.",
        );
        reader.mistakes.push(keys.invalid(&env::GEMA_TLS_KEY, wrong));
        return Some(Vec::new());
    }
    let pairs = certificate_paths.iter().zip(&key_paths);
    let files: Vec<_> = pairs
        .map(|(certificate, key)| CertificateFiles { certificate: certificate.into(), key: key.into() })
        .collect();
    for error in files.iter().filter_map(|files| files.load().err()) {
        let (found, variable) =
            if error.is_key { (&keys, &env::GEMA_TLS_KEY) } else { (&certificates, &env::GEMA_TLS_CERT) };
        reader.mistakes.push(of_file(found, &error).invalid(variable, wrong_file(&error)));
    }
    Some(files)
}

fn read_acme(reader: &mut Reader<'_>) -> Option<AcmeSettings> {
    let domains = reader.optional(&env::GEMA_ACME_DOMAINS, parse::domains);
    let email = reader.optional(&env::GEMA_ACME_EMAIL, parse::email);
    let cache = reader.value(&env::GEMA_ACME_CACHE, folder);
    let directory = reader.value(&env::GEMA_ACME_DIRECTORY, parse::https_url);
    let found = reader.find(&env::GEMA_ACME_CA);
    let ca = found.map(|found| {
        let path = PathBuf::from(found.text.trim());
        if let Err(error) = roots(&path) {
            reader.mistakes.push(of_file(&found, &error).invalid(&env::GEMA_ACME_CA, wrong_file(&error)));
        }
        path
    });
    Some(AcmeSettings { domains: domains?, email, cache, directory, ca })
}

/// The setting with the path alone that is wrong in it.
fn of_file(found: &Found, error: &InvalidCertificate) -> Found {
    Found { text: error.path.display().to_string(), ..found.clone() }
}

fn wrong_file(error: &InvalidCertificate) -> Wrong {
    Wrong::new(error.problem.to_string(), error.problem.remedy())
}

/// A folder for private keys: there is none yet, or nobody else gets in.
fn folder(text: &str) -> Result<PathBuf, Wrong> {
    let path = PathBuf::from(text.trim());
    match fs::metadata(&path) {
        Ok(metadata) if !metadata.is_dir() => {
            Err(Wrong::new("is no folder", "Give a folder that only the user of the server may enter."))
        }
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => Err(Wrong::new(
            "is a folder that others may enter, and private keys go into it",
            "Take their rights away with `chmod 700`, or give another folder.",
        )),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Wrong::new(format!("cannot be looked into: {error}"), "Give another folder."))
        }
        Ok(_) | Err(_) => Ok(path),
    }
}
