//! `--debug`: every message in and out, readable; on standard output, or where logs are for programs as events of the log.

use std::{
    cell::RefCell,
    collections::HashMap,
    io::{self, Write},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
};

use gema_hub::{Observer, Slot};
use gema_protocol::{names::SocketId, ws::Frame};
use serde_json::Value;

use crate::{logs::LogFormat, shard::Message};

/// Lines that may wait to be printed. What comes faster is counted and left out, so that a terminal cannot hold up
/// the server.
const WAITING_LINES: usize = 10_000;
/// Characters of a message that are printed. A longer one is cut, and then shown as it came.
const SHOWN: usize = 4000;

/// Where the shards report what they see. Printing happens on a thread of its own.
#[derive(Debug, Clone)]
pub struct DebugPrinter {
    lines: SyncSender<Line>,
    left_out: Arc<AtomicU64>,
}

/// The reports of one shard.
#[derive(Debug, Clone)]
pub struct DebugLog {
    printer: DebugPrinter,
    names: Rc<RefCell<HashMap<Slot, String>>>,
}

#[derive(Debug)]
struct Line {
    title: &'static str,
    socket_id: String,
    body: Option<String>,
}

impl DebugPrinter {
    /// Starts the printing thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(format: LogFormat) -> io::Result<Self> {
        let (lines, receiver) = mpsc::sync_channel(WAITING_LINES);
        let left_out = Arc::new(AtomicU64::new(0));
        let printer = Self { lines, left_out: Arc::clone(&left_out) };
        std::thread::Builder::new().name("debug".to_owned()).spawn(move || match format {
            LogFormat::Text => print_all(&receiver, &left_out, &mut io::stdout().lock()),
            LogFormat::Json => log_all(&receiver, &left_out),
        })?;
        Ok(printer)
    }

    /// The log of one shard.
    #[must_use]
    pub fn for_shard(&self) -> DebugLog {
        DebugLog { printer: self.clone(), names: Rc::default() }
    }

    fn print(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl DebugLog {
    /// A connection has been accepted.
    pub fn connected(&self, slot: Slot, socket_id: SocketId) {
        self.names.borrow_mut().insert(slot, socket_id.to_string());
        self.print("Connection Established", slot, None);
    }

    /// A connection has ended.
    pub fn disconnected(&self, slot: Slot) {
        self.print("Connection Closed", slot, None);
        self.names.borrow_mut().remove(&slot);
    }

    /// A message has arrived.
    pub fn received(&self, slot: Slot, message: &Message<'_>) {
        let (title, body) = match message {
            Message::Text(text) => ("Message Received", Some(shown(text))),
            Message::Binary(bytes) => ("Binary Message Received", Some(format!("{} bytes", bytes.len()))),
            Message::Oversized(size) => ("Oversized Message Received", Some(format!("{size} bytes"))),
            Message::Ping | Message::Pong => ("Control Frame Received", None),
        };
        self.print(title, slot, body);
    }

    /// Sees the frames on their way out.
    #[must_use]
    pub fn observer(&self) -> Observer {
        let log = self.clone();
        Observer::new(move |slot, frame: &Frame| {
            let is_text = frame.as_bytes().first() == Some(&0x81);
            let text = || shown(&String::from_utf8_lossy(frame.payload()));
            let title = if is_text { "Message Sent" } else { "Control Frame Sent" };
            log.print(title, slot, is_text.then(text));
        })
    }

    fn print(&self, title: &'static str, slot: Slot, body: Option<String>) {
        let socket_id = self.names.borrow().get(&slot).cloned().unwrap_or_else(|| "-".to_owned());
        self.printer.print(Line { title, socket_id, body });
    }
}

fn print_all(lines: &Receiver<Line>, left_out: &AtomicU64, to: &mut impl Write) {
    for line in lines {
        let left_out = left_out.swap(0, Ordering::Relaxed);
        let note = if left_out > 0 { format!("({left_out} messages not shown)\n") } else { String::new() };
        // Nobody is left to be told when standard output is closed.
        let _ = to.write_all((note + &render(&line)).as_bytes());
    }
}

fn log_all(lines: &Receiver<Line>, left_out: &AtomicU64) {
    for Line { title, socket_id, body } in lines {
        let left_out = left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            tracing::warn!(left_out, "Messages are not shown");
        }
        let body = body.as_deref().map(|body| masked(body, serde_json::to_string));
        tracing::info!(socket.id = socket_id, body, "{title}");
    }
}

fn render(line: &Line) -> String {
    let Line { title, socket_id, body } = line;
    let dots = ".".repeat(72_usize.saturating_sub(title.len() + socket_id.len()).max(3));
    let body = body.as_deref().map(|body| format!("{}\n", readable(body))).unwrap_or_default();
    format!("  {title} {dots} {socket_id}\n{body}")
}

/// Pretty JSON with nested texts unpacked, without signatures and secrets.
fn readable(text: &str) -> String {
    masked(text, serde_json::to_string_pretty)
}

/// A message without signatures and secrets; JSON unpacked and then written in this way.
fn masked(text: &str, write: impl FnOnce(&Value) -> serde_json::Result<String>) -> String {
    let text = serde_json::from_str::<Value>(text).map_or_else(
        |_| text.to_owned(),
        |mut value| {
            unpack(&mut value);
            write(&value).unwrap_or_default()
        },
    );
    without_digests(&text).chars().map(printable).collect()
}

/// What a terminal would take for a command, or for another direction of writing, is not printed.
fn printable(c: char) -> char {
    let is_direction =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if (c.is_control() && c != '\n') || is_direction { '\u{fffd}' } else { c }
}

/// So much of a message as is printed: only that waits for the printer.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Hides what looks like a signature in a text that is no JSON.
fn without_digests(text: &str) -> String {
    const SIGNATURE: usize = 64;
    let mut shown = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let digits = piece.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        if digits.len() < SIGNATURE {
            shown.push_str(piece);
        } else {
            shown.push_str("(hidden)");
            shown.push_str(&piece[digits.len()..]);
        }
    }
    shown
}

fn unpack(value: &mut Value) {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Array(items) => return items.iter_mut().for_each(unpack),
        _ => return,
    };
    for (name, field) in fields {
        match field {
            Value::String(text) if matches!(&**name, "auth" | "shared_secret") && !text.is_empty() => {
                "(hidden)".clone_into(text);
            }
            Value::String(text) if matches!(&**name, "data" | "channel_data" | "user_data") => {
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                    *field = inner;
                    unpack(field);
                }
            }
            _ => unpack(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_unpacked_and_without_its_secrets() {
        let line = Line {
            title: "Message Received",
            socket_id: "1.2".to_owned(),
            body: Some(
                r#"{"event":"pusher:subscribe","data":{"auth":"key:abc","shared_secret":"abc","channel_data":"{\"user_id\":7}"}}"#
                    .to_owned(),
            ),
        };
        let shown = render(&line);
        assert!(shown.starts_with("  Message Received ...."), "{shown}");
        assert!(shown.contains(r#""user_id": 7"#), "{shown}");
        assert!(!shown.contains("abc"), "{shown}");
    }

    #[test]
    fn a_terminal_gets_no_commands_from_strangers() {
        assert_eq!(
            readable("\u{1b}]0;title\u{7}\u{9b}31m\u{202e}x"),
            "\u{fffd}]0;title\u{fffd}\u{fffd}31m\u{fffd}x"
        );
        assert_eq!(readable("[{\"auth\":\"key:abc\",\"x\":\"\u{9b}\"}]").matches("abc").count(), 0);
        assert!(!readable("{\"x\":\"\u{9b}\"}").contains('\u{9b}'));
    }

    #[test]
    fn a_signature_is_hidden_in_broken_json_too() {
        let signature = "0123456789abcdef".repeat(4);
        let shown = readable(&format!(r#"{{"auth":"key:{signature}","cafe":"#));
        assert_eq!(shown, r#"{"auth":"key:(hidden)","cafe":"#);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let (sender, receiver) = mpsc::sync_channel(1);
        let printer = DebugPrinter { lines: sender, left_out: Arc::default() };
        for _ in 0..3 {
            printer.print(Line { title: "Connection Closed", socket_id: "1.2".to_owned(), body: None });
        }
        let left_out = Arc::clone(&printer.left_out);
        drop(printer);
        let mut printed = Vec::new();
        print_all(&receiver, &left_out, &mut printed);
        assert!(String::from_utf8(printed).unwrap().contains("(2 messages not shown)"));
    }
}
