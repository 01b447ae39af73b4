//! Certificates: in files, or from ACME.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

use super::*;
use crate::tls::{AcmeSettings, TlsSettings};

/// A folder with certificates and keys.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for name in ["a", "b"] {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new([format!("{name}.test")]).unwrap();
            let certificate = params.self_signed(&key).unwrap();
            fs::write(folder.path(&format!("{name}.pem")), certificate.pem()).unwrap();
            fs::write(folder.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        folder
    }

    fn path(&self, file: &str) -> String {
        self.0.path().join(file).display().to_string()
    }

    /// These files, as a list.
    fn list(&self, files: &[&str]) -> String {
        files.iter().map(|file| self.path(file)).collect::<Vec<_>>().join(", ")
    }
}

/// What is wrong with these certificates and keys, without the folder.
fn mistakes(folder: &Folder, certificates: &[&str], keys: &[&str]) -> Vec<String> {
    let (certificates, keys) = (folder.list(certificates), folder.list(keys));
    let mistakes = mistakes_with_app(&[("GEMA_TLS_CERT", &certificates), ("GEMA_TLS_KEY", &keys)]);
    mistakes.iter().map(|mistake| mistake.replace(&folder.path(""), "")).collect()
}

#[test]
fn without_settings_there_is_no_tls() {
    assert_eq!(with_app(&[]).server.tls, None);
}

#[test]
fn certificates_and_keys_are_pairs_in_order() {
    let folder = Folder::new();
    let (certificates, keys) = (folder.list(&["a.pem", "b.pem"]), folder.list(&["a.key", "b.key"]));
    let config = with_app(&[("GEMA_TLS_CERT", &certificates), ("GEMA_TLS_KEY", &keys)]);
    let Some(TlsSettings::Files(files)) = config.server.tls else { panic!("{:?}", config.server.tls) };
    let names: Vec<_> = files.iter().map(|files| files.load().unwrap().names).collect();
    assert_eq!(names, [["a.test"], ["b.test"]]);
    // A list in the file is the same.
    let text = format!(
        "[server]\ntls_cert = ['{}', '{}']\ntls_key = ['{}', '{}']\n[[apps]]\nid = 1\nkey = 'k'\nsecret = 's'\n",
        folder.path("a.pem"),
        folder.path("b.pem"),
        folder.path("a.key"),
        folder.path("b.key"),
    );
    let config = Config::load(&Flags::default(), &vars(&[]), Some(&toml(&text))).unwrap();
    assert_eq!(config.server.tls, Some(TlsSettings::Files(files)));
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_the_file() {
    let folder = Folder::new();
    fs::write(folder.path("empty.pem"), "").unwrap();
    fs::write(folder.path("broken.pem"), "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n")
        .unwrap();
    let pem = "Give a PEM file: the chain of certificates in GEMA_TLS_CERT, the private key, not encrypted, in GEMA_TLS_KEY.";
    let cases: &[(&[&str], &[&str], String)] = &[
        (
            &["none.pem"],
            &["a.key"],
            "GEMA_TLS_CERT (environment): `none.pem` cannot be read: No such file or directory (os error 2). Give the \
             path of a file that the user of the server may read."
                .to_owned(),
        ),
        (
            &["a.pem"],
            &["none.key"],
            "GEMA_TLS_KEY (environment): `none.key` cannot be read: No such file or directory (os error 2). Give the \
             path of a file that the user of the server may read."
                .to_owned(),
        ),
        (
            &["empty.pem"],
            &["a.key"],
            format!("GEMA_TLS_CERT (environment): `empty.pem` holds no certificate. {pem}"),
        ),
        (&["a.key"], &["a.key"], format!("GEMA_TLS_CERT (environment): `a.key` holds no certificate. {pem}")),
        (&["a.pem"], &["a.pem"], format!("GEMA_TLS_KEY (environment): `a.pem` holds no private key. {pem}")),
        (
            &["a.pem"],
            &["b.key"],
            "GEMA_TLS_KEY (environment): `b.key` holds a key that does not belong to the certificate in a.pem. Give \
             the key that the certificate was issued for; with several, both lists have the same order."
                .to_owned(),
        ),
        (
            &["a.pem", "b.pem"],
            &["a.key"],
            "GEMA_TLS_KEY (environment): `a.key` has 1 keys for 2 certificates. Give one key for each certificate, \
             in the same order."
                .to_owned(),
        ),
    ];
    for (certificates, keys, expected) in cases {
        assert_eq!(mistakes(&folder, certificates, keys), [expected.as_str()]);
    }
    let broken = mistakes(&folder, &["broken.pem"], &["a.key"]);
    assert!(broken[0].starts_with("GEMA_TLS_CERT (environment): `broken.pem` "), "{broken:?}");
    assert_eq!(mistakes(&folder, &["none.pem", "empty.pem"], &["a.key", "b.key"]).len(), 2);
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    let folder = Folder::new();
    assert_eq!(
        mistakes_with_app(&[("GEMA_TLS_CERT", "a.pem")]),
        ["GEMA_TLS_CERT (environment): `a.pem` is a certificate without a key. Set GEMA_TLS_KEY too."]
    );
    assert_eq!(
        mistakes_with_app(&[("GEMA_TLS_KEY", "a.key")]),
        ["GEMA_TLS_KEY (environment): `a.key` is a key without a certificate. Set GEMA_TLS_CERT too."]
    );
    let acme = ("GEMA_ACME_DOMAINS", "a.test");
    let (certificate, key) = (folder.path("a.pem"), folder.path("a.key"));
    assert_eq!(
        mistakes_with_app(&[("GEMA_TLS_CERT", &certificate), ("GEMA_TLS_KEY", &key), acme]),
        [
            "GEMA_ACME_DOMAINS (environment): `a.test` cannot be together with GEMA_TLS_CERT. Keep one of the two: \
             ACME gets the certificate itself."
        ]
    );
}

#[test]
fn acme_is_one_setting_or_one_flag() {
    let expected = AcmeSettings {
        domains: vec!["ws.example.com".to_owned()],
        email: None,
        cache: "acme".into(),
        directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
        ca: None,
    };
    let expected = Some(TlsSettings::Acme(expected));
    assert_eq!(with_app(&[("GEMA_ACME_DOMAINS", " WS.example.com ")]).server.tls, expected);
    let flags = Flags { acme: Some("ws.example.com".to_owned()), ..Flags::default() };
    assert_eq!(Config::load(&flags, &vars(&APP), None).unwrap().server.tls, expected);
}

#[test]
fn everything_about_acme_can_be_set() {
    let folder = Folder::new();
    let (cache, ca) = (folder.path("cache"), folder.path("a.pem"));
    let config = with_app(&[
        ("GEMA_ACME_DOMAINS", "a.test,b.test"),
        ("GEMA_ACME_EMAIL", "admin@example.com"),
        ("GEMA_ACME_CACHE", &cache),
        ("GEMA_ACME_DIRECTORY", "https://ca.test/directory"),
        ("GEMA_ACME_CA", &ca),
    ]);
    let expected = AcmeSettings {
        domains: vec!["a.test".to_owned(), "b.test".to_owned()],
        email: Some("admin@example.com".to_owned()),
        cache: cache.into(),
        directory: "https://ca.test/directory".to_owned(),
        ca: Some(ca.into()),
    };
    assert_eq!(config.server.tls, Some(TlsSettings::Acme(expected)));
}

#[test]
fn what_acme_cannot_do_is_refused() {
    let domains = ("GEMA_ACME_DOMAINS", "a.test");
    for (name, value) in [
        ("GEMA_ACME_DOMAINS", "*.a.test"),
        ("GEMA_ACME_DOMAINS", "127.0.0.1"),
        ("GEMA_ACME_DOMAINS", "localhost"),
        ("GEMA_ACME_DOMAINS", "https://a.test"),
        ("GEMA_ACME_DOMAINS", ","),
        ("GEMA_ACME_EMAIL", "admin"),
        ("GEMA_ACME_DIRECTORY", "http://ca.test/directory"),
        ("GEMA_ACME_CA", "none.pem"),
    ] {
        let mut settings = vec![(name, value)];
        if name != domains.0 {
            settings.push(domains);
        }
        let mistakes = mistakes_with_app(&settings);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].starts_with(&format!("{name} (environment): `{value}` ")), "{mistakes:?}");
    }
    assert_eq!(
        mistakes_with_app(&[("GEMA_ACME_EMAIL", "admin@example.com")]),
        [
            "GEMA_ACME_EMAIL (environment): `admin@example.com` is for ACME, which is off. Set GEMA_ACME_DOMAINS \
             too, or remove this setting."
        ]
    );
}

#[test]
fn the_cache_of_acme_is_nobody_elses() {
    let folder = Folder::new();
    let cache = folder.path("cache");
    fs::create_dir(&cache).unwrap();
    let settings = [("GEMA_ACME_DOMAINS", "a.test"), ("GEMA_ACME_CACHE", cache.as_str())];
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o750)).unwrap();
    let mistakes = mistakes_with_app(&settings);
    assert!(mistakes[0].contains("is a folder that others may enter"), "{mistakes:?}");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(with_app(&settings).server.tls.is_some());
    let file = folder.path("a.pem");
    let mistakes = mistakes_with_app(&[settings[0], ("GEMA_ACME_CACHE", &file)]);
    assert!(mistakes[0].contains("is no folder"), "{mistakes:?}");
}

#[test]
fn clients_without_tls_at_the_port_that_speaks_tls_are_worth_a_warning() {
    let folder = Folder::new();
    let files = [("GEMA_TLS_CERT", folder.path("a.pem")), ("GEMA_TLS_KEY", folder.path("a.key"))];
    let files: Vec<_> = files.iter().map(|(name, path)| (*name, path.as_str())).collect();
    let warnings = |pairs: &[(&str, &str)], files: &[(&str, &str)]| {
        let config = with_app(&[pairs, files].concat());
        config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let ports = [("REVERB_SERVER_PORT", "8443"), ("REVERB_PORT", "8443")];
    let http = [&ports[..], &[("REVERB_SCHEME", "http")]].concat();
    assert_eq!(
        warnings(&http, &files),
        [
            "REVERB_SCHEME (environment): `http` sends clients without TLS to port 8443, which speaks TLS. Set it to \
          `https`."
        ]
    );
    // Without TLS, or through a proxy at another port, that is what one wants.
    assert_eq!(warnings(&http, &[]), <[&str; 0]>::default());
    assert_eq!(warnings(&http[1..], &files), <[&str; 0]>::default());
    assert_eq!(warnings(&ports, &files), <[&str; 0]>::default());
}
