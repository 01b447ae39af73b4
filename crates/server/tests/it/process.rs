//! The binary as a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
};

use gema_testkit::PATIENCE;
use tokio::net::TcpSocket;

/// The command in a directory of its own, with nothing in its environment.
pub(crate) fn gema(directory: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gema"));
    command.args(arguments).current_dir(directory).env_clear().stdin(Stdio::null());
    command
}

pub(crate) fn output(command: &mut Command) -> (Output, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// An address where nobody listens, unless the test tells somebody to. Its socket is bound and does not listen: while
/// it is there, the system gives the port to nobody who asks for any.
pub(crate) fn reserved_address() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A server in a process of its own.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    /// What it has printed so far.
    pub(crate) seen: Vec<String>,
    log: Receiver<String>,
    logged: Vec<String>,
}

/// The lines of a stream, as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    let stream = BufReader::new(stream);
    std::thread::spawn(move || stream.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

/// Reads up to a line with this text; all lines go to `seen`.
fn line_with(text: &str, lines: &Receiver<String>, seen: &mut Vec<String>) -> String {
    loop {
        let Ok(line) = lines.recv_timeout(PATIENCE) else { panic!("no `{text}` in {seen:#?}") };
        seen.push(line.clone());
        if line.contains(text) {
            return line;
        }
    }
}

impl Process {
    pub(crate) fn start(directory: &tempfile::TempDir, arguments: &[&str]) -> Self {
        Self::spawn(&mut gema(directory, arguments))
    }

    /// Starts a command that may have variables.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, log) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, lines: out, seen: Vec::new(), log, logged: Vec::new() }
    }

    /// Reads standard output up to a line with this text.
    pub(crate) fn line_with(&mut self, text: &str) -> String {
        line_with(text, &self.lines, &mut self.seen)
    }

    /// Reads standard error up to a line with this text.
    pub(crate) fn log_with(&mut self, text: &str) -> String {
        line_with(text, &self.log, &mut self.logged)
    }

    /// The address that the banner tells.
    pub(crate) fn address(&mut self) -> SocketAddr {
        let line = self.line_with("Listening on");
        line.split_once("http://").unwrap().1.trim().parse().unwrap()
    }

    /// The address that the log tells, where that is for programs.
    pub(crate) fn logged_address(&mut self) -> SocketAddr {
        let line: serde_json::Value = serde_json::from_str(&self.log_with("Gema listens")).unwrap();
        line["listening"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// What it prints from now on until it ends.
    pub(crate) fn rest_of_output(&mut self) -> Vec<String> {
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {rest:#?}"),
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end; answers how it ended, and what stood on standard error.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) => self.logged.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {:#?}", self.logged),
            }
        }
        (self.child.wait().unwrap(), self.logged.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, unless a test fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
