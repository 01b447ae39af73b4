//! The commands that talk to a server, against a server.

mod config;
mod deploy;
mod health;
mod listen;
mod migrating;
mod requests;
mod tls;

use std::{net::SocketAddr, process::Command};

use gema_testkit::{Credentials, TestServer};

use crate::process;

/// How a command has ended, and what it has said.
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    /// The output of a command that has done its work.
    fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// The complaint of a command that has not: with this code, and all of these parts.
    fn failure(self, code: i32, parts: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in: {}", self.err);
        }
    }
}

/// Runs the command in an empty directory, beside a server in this process.
async fn run(arguments: &[&str]) -> Answer {
    run_with(&process::directory(), arguments, |_| ()).await
}

/// The same in a directory, after the command has been changed.
async fn run_with(
    directory: &tempfile::TempDir,
    arguments: &[&str],
    change: impl FnOnce(&mut Command),
) -> Answer {
    let mut command = process::gema(directory, arguments);
    change(&mut command);
    let (output, out, err) =
        tokio::task::spawn_blocking(move || process::output(&mut command)).await.unwrap();
    Answer { code: output.status.code(), out, err }
}

/// The arguments that lead to a server, with these credentials.
fn leading_to(address: SocketAddr, app: &Credentials) -> Vec<String> {
    let url = format!("http://{address}");
    let arguments = ["--url", &url, "--app-id", &app.id, "--key", &app.key, "--secret", app.secret.expose()];
    arguments.map(str::to_owned).to_vec()
}

/// Runs the command with arguments that lead to the server.
async fn ask(server: &TestServer, arguments: &[&str]) -> Answer {
    ask_as(server, &Credentials::of_tests(), arguments).await
}

async fn ask_as(server: &TestServer, app: &Credentials, arguments: &[&str]) -> Answer {
    let target = leading_to(server.address(), app);
    let all: Vec<_> = arguments.iter().copied().chain(target.iter().map(String::as_str)).collect();
    run(&all).await
}

/// The credentials of the tests with another secret.
fn with_wrong_secret() -> Credentials {
    let Credentials { id, key, .. } = Credentials::of_tests();
    Credentials::new(&id, &key, "not-the-secret")
}
