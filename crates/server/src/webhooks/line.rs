//! One line of the spool.
//!
//! `crc32 number time app json`: the checksum is of all that stands behind it, the time is in unix milliseconds, and `*`
//! stands for the application where an entry concerns all of them. The lines of a spool are the whole truth: what
//! webhooks tell is computed from them alone, the same each time, times included.

use std::io::Write as _;

use gema_hub::Fact;

/// The place of the application in entries that concern all.
const ALL_APPS: &str = "*";
const START: &str = "\"start\"";
const TICK: &str = "\"tick\"";

/// A line of the spool, as one application sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Numbers grow by one from line to line.
    pub(super) seq: u64,
    /// Unix milliseconds; they never fall.
    pub(super) time_ms: u64,
    pub(super) entry: Entry<'static>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    /// A process has begun: no connection of an earlier one is left.
    Start,
    /// So much time has passed.
    Tick,
    /// Something has happened.
    Fact(Fact<'a>),
    /// Something has happened that concerns another application.
    OfOthers,
}

/// A line that is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of the spool is damaged")]
pub(super) struct Damaged;

/// The text of an entry, to be given to [`append`].
pub(super) fn json(entry: &Entry<'_>) -> Vec<u8> {
    match entry {
        Entry::Start => START.into(),
        Entry::Tick => TICK.into(),
        Entry::Fact(fact) => serde_json::to_vec(fact).expect("texts and numbers are JSON"),
        Entry::OfOthers => unreachable!("nobody records what concerns others"),
    }
}

/// Appends a line; without an application it concerns all.
pub(super) fn append(out: &mut Vec<u8>, seq: u64, time_ms: u64, app_id: Option<&str>, json: &[u8]) {
    const CHECKSUM: usize = 9;
    let start = out.len();
    out.extend_from_slice(&[b' '; CHECKSUM]);
    // A Vec never refuses a write.
    let _ = write!(out, "{seq} {time_ms} {} ", app_id.unwrap_or(ALL_APPS));
    out.extend_from_slice(json);
    let checksum = format!("{:08x}", crc32fast::hash(&out[start + CHECKSUM..]));
    out[start..start + 8].copy_from_slice(checksum.as_bytes());
    out.push(b'\n');
}

/// Number and time of a line, without its line break.
pub(super) fn parse_head(line: &[u8]) -> Result<(u64, u64), Damaged> {
    split(line).map(|(seq, time_ms, _, _)| (seq, time_ms))
}

/// The application that a line is a fact of.
pub(super) fn parse_app(line: &[u8]) -> Option<&str> {
    split(line).ok().map(|(_, _, app, _)| app).filter(|app| *app != ALL_APPS)
}

/// A line, without its line break, as this application sees it.
pub(super) fn parse(line: &[u8], app_id: &str) -> Result<Line, Damaged> {
    let (seq, time_ms, app, json) = split(line)?;
    let entry = match (app, json) {
        (ALL_APPS, START) => Entry::Start,
        (ALL_APPS, TICK) => Entry::Tick,
        (app, json) if app == app_id => Entry::Fact(serde_json::from_str(json).map_err(|_| Damaged)?),
        _ => Entry::OfOthers,
    };
    Ok(Line { seq, time_ms, entry })
}

fn split(line: &[u8]) -> Result<(u64, u64, &str, &str), Damaged> {
    let line = std::str::from_utf8(line).map_err(|_| Damaged)?;
    let (checksum, rest) = line.split_once(' ').ok_or(Damaged)?;
    if u32::from_str_radix(checksum, 16) != Ok(crc32fast::hash(rest.as_bytes())) {
        return Err(Damaged);
    }
    let mut parts = rest.splitn(4, ' ');
    let mut part = || parts.next().ok_or(Damaged);
    let seq = part()?.parse().map_err(|_| Damaged)?;
    let time_ms = part()?.parse().map_err(|_| Damaged)?;
    Ok((seq, time_ms, part()?, part()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let fact = Fact::ClientEvent {
            channel: "presence-ü".into(),
            event: "client-e".into(),
            data: "a\nb".into(),
            socket_id: "1.2".into(),
            user_id: Some("u1".into()),
        };
        let entry = Entry::Fact(fact);
        let mut out = Vec::new();
        append(&mut out, 7, 1_700_000_000_000, Some("app"), &json(&entry));
        append(&mut out, 8, 1_700_000_000_001, None, &json(&Entry::Start));
        let lines: Vec<_> = out.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 3, "data may have line breaks, lines may not");
        let line = |seq, time_ms, entry| Ok(Line { seq, time_ms, entry });
        assert_eq!(parse(lines[0], "app"), line(7, 1_700_000_000_000, entry));
        assert_eq!(parse(lines[0], "other"), line(7, 1_700_000_000_000, Entry::OfOthers));
        assert_eq!(parse(lines[1], "app"), line(8, 1_700_000_000_001, Entry::Start));
        assert_eq!(parse_head(lines[1]), Ok((8, 1_700_000_000_001)));
        assert_eq!((parse_app(lines[0]), parse_app(lines[1])), (Some("app"), None));
    }

    #[test]
    fn whatever_byte_is_changed_or_missing_is_noticed() {
        let mut out = Vec::new();
        append(
            &mut out,
            1,
            2,
            Some("app"),
            &json(&Entry::Fact(Fact::CacheMiss { channel: "cache-x".into() })),
        );
        out.pop();
        for at in 0..out.len() {
            let mut changed = out.clone();
            changed[at] ^= 1;
            assert_eq!(parse(&changed, "app"), Err(Damaged), "byte {at}");
            assert_eq!(parse(&out[..at], "app"), Err(Damaged), "{at} bytes");
        }
    }
}
