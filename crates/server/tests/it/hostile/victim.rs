//! A server in a process of its own, so that its memory is its own as well.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
};

use gema_testkit::{ApiClient, Credentials, TestAuthority, TlsClient};

/// How a server is reached.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    /// Where it speaks TLS.
    pub(crate) tls: Option<TlsClient>,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Victim {
    child: Child,
    pub(crate) door: Door,
    /// These are kept until the server has ended.
    _output: BufReader<ChildStdout>,
    _directory: tempfile::TempDir,
    _authority: Option<TestAuthority>,
}

impl Victim {
    /// Starts the binary (of `GEMA_HOSTILE_BINARY`, if that is set) with one application, and with at most so many open
    /// files.
    pub(crate) fn start(settings: &[(&str, &str)], files: Option<u32>) -> Self {
        let binary = std::env::var("GEMA_HOSTILE_BINARY");
        let binary = binary.as_deref().unwrap_or(env!("CARGO_BIN_EXE_gema"));
        let limit = files.map_or(String::new(), |files| format!("ulimit -n {files}; "));
        let directory = tempfile::tempdir().unwrap();
        let app = Credentials::of_tests();
        let mut child = Command::new("/bin/sh")
            .args(["-c", &format!("{limit}exec '{binary}' start --host 127.0.0.1 --port 0")])
            .current_dir(&directory)
            .env_clear()
            .envs([("REVERB_APP_ID", &*app.id), ("REVERB_APP_KEY", &*app.key)])
            .envs([("REVERB_APP_SECRET", app.secret.expose()), ("RUST_LOG", "error")])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the server has not started");
            if line.contains("Listening on")
                && let Some((_, address)) = line.split_once("://")
            {
                break address.trim().parse().unwrap();
            }
        };
        let door = Door { address, tls: None };
        Self { child, door, _output: output, _directory: directory, _authority: None }
    }

    /// The same, with TLS.
    pub(crate) fn encrypted(settings: &[(&str, &str)]) -> Self {
        let authority = TestAuthority::new();
        let files = authority.issue("server", &["localhost"]);
        let tls = [
            ("GEMA_TLS_CERT", files.certificate.to_str().unwrap()),
            ("GEMA_TLS_KEY", files.key.to_str().unwrap()),
        ];
        let mut victim = Self::start(&[settings, &tls].concat(), None);
        victim.door.tls = Some(authority.client());
        victim._authority = Some(authority);
        victim
    }

    /// The most memory that the server has ever had in RAM, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.bytes_of("VmHWM:")
    }

    /// The memory that the server has in RAM now, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.bytes_of("VmRSS:")
    }

    fn bytes_of(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Ends the server, which must not have ended before, and must end well.
    pub(crate) fn stop(mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "the server has ended by itself");
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It has ended, unless the test fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A publisher for the server.
pub(crate) fn api(address: SocketAddr) -> ApiClient {
    ApiClient::new(address, "", Credentials::of_tests())
}

/// Where clients connect to.
pub(crate) fn app_path() -> String {
    format!("/app/{}?protocol=7", Credentials::of_tests().key)
}
