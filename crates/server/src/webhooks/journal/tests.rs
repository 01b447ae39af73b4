use std::{
    fs::{self, OpenOptions, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    thread,
};

use gema_hub::Fact;
use tempfile::TempDir;

use super::*;
use crate::webhooks::reader::{Position, Reader};

const LARGE: Bounds = Bounds { spool: 1 << 30, segment: 1 << 26, fsync: false };

fn open(directory: &TempDir, bounds: Bounds) -> Arc<Journal> {
    Arc::new(Journal::open(directory.path(), bounds, Arc::new(Metrics::for_shards(1))).unwrap())
}

fn miss(journal: &Journal, number: usize) {
    let fact = Fact::CacheMiss { channel: format!("cache-{number}").into() };
    journal.push(Some("app"), &Entry::Fact(fact));
}

/// All lines from the first one that is left.
fn lines(journal: &Arc<Journal>) -> Vec<line::Line> {
    let first = journal.oldest().first;
    let mut reader = Reader::new(Arc::clone(journal), Position { segment: first, offset: 0 });
    let mut lines = Vec::new();
    while let Some(line) = reader.next().unwrap() {
        lines.push(line::parse(line, "app").unwrap());
    }
    assert_eq!(reader.position(), Reader::end(journal));
    lines
}

#[test]
fn what_was_pushed_is_read_in_its_order_also_by_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory, LARGE);
    (0..10).for_each(|number| miss(&journal, number));
    assert_eq!(lines(&journal).len(), 1, "nothing but the start is written before it is asked for");
    journal.sync();
    let before = lines(&journal);
    drop(journal);
    let journal = open(&directory, LARGE);
    let after = lines(&journal);
    assert_eq!(after[..11], before);
    assert_eq!(after[11].entry, Entry::Start);
    let seqs: Vec<u64> = after.iter().map(|line| line.seq).collect();
    assert_eq!(seqs, (1..=12).collect::<Vec<_>>());
    assert!(after.is_sorted_by_key(|line| line.time_ms));
}

#[test]
fn after_a_sync_everything_is_there_that_was_pushed_before_it_by_whomever() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory, Bounds { segment: 4_096, ..LARGE });
    thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for number in 0..500 {
                    miss(journal, thread * 500 + number);
                    let pushed = journal.pushed.load(Ordering::Acquire);
                    journal.sync();
                    assert!(journal.written() >= pushed);
                }
            });
        }
    });
    let lines = lines(&journal);
    assert_eq!(lines.len(), 2_001);
    assert!(lines.iter().zip(1..).all(|(line, seq)| line.seq == seq));
    assert!(journal.newest().first > 1, "there are several segments");
}

#[test]
fn segments_that_nobody_needs_are_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory, Bounds { spool: 4_096, segment: 512, fsync: false });
    for number in 0..200 {
        miss(&journal, number);
        journal.sync();
    }
    let first = journal.first_within_bound();
    assert!(first > 1 && journal.bytes() > 4_096);
    journal.delete_before(first);
    assert_eq!(journal.oldest().first, first);
    assert!(journal.bytes() <= 4_096);
    assert_eq!(lines(&journal)[0].seq, first);
    journal.delete_before(u64::MAX);
    assert_eq!(journal.oldest(), journal.newest(), "the one that is written stays");
    let logs = journal.folder().names().unwrap().iter().filter(|name| name.ends_with(".log")).count();
    assert_eq!(logs, 1);
}

#[test]
fn what_cannot_be_written_waits_and_is_written_whole_later() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory, LARGE);
    miss(&journal, 0);
    journal.sync();
    // A file that refuses every write, and a torn line of a write that did not end.
    let path = journal.folder().segment(1);
    let read_only = File::open(&path).unwrap();
    let writable = mem::replace(&mut lock(&journal.writer).file, read_only);
    miss(&journal, 1);
    journal.sync();
    miss(&journal, 2);
    journal.sync();
    assert_eq!(journal.written(), 2);
    assert_eq!(lines(&journal).len(), 2);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"torn").unwrap();
    {
        let mut writer = lock(&journal.writer);
        writer.file = writable;
        writer.retry_at = None;
    }
    journal.sync();
    assert_eq!(lines(&journal).len(), 4);
    assert_eq!(fs::metadata(&path).unwrap().len(), journal.newest().bytes);
}

#[test]
fn a_segment_whose_name_cannot_be_flushed_loses_no_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory, Bounds { segment: 512, fsync: true, ..LARGE });
    // As a device, it refuses to be flushed.
    let device = File::open("/dev/full").unwrap();
    let names = mem::replace(&mut Arc::get_mut(&mut journal).unwrap().folder.names, device);
    for number in 0..50 {
        miss(&journal, number);
        journal.sync();
    }
    assert_eq!(journal.newest().first, 1, "no segment follows the first one");
    assert!(journal.newest().bytes >= 512 && !journal.is_synced());

    Arc::get_mut(&mut journal).unwrap().folder.names = names;
    lock(&journal.writer).retry_at = None;
    miss(&journal, 50);
    journal.sync();
    assert!(lines(&journal).iter().map(|line| line.seq).eq(1..=52));
    assert!(journal.newest().first > 1);
}

#[test]
fn the_end_waits_for_no_better_time_and_counts_what_it_cannot_write() {
    let directory = tempfile::tempdir().unwrap();
    let metrics = Arc::new(Metrics::for_shards(1));
    let journal = Arc::new(Journal::open(directory.path(), LARGE, Arc::clone(&metrics)).unwrap());
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let segment = mem::replace(&mut lock(&journal.writer).file, full);
    miss(&journal, 0);
    journal.sync();
    miss(&journal, 1);
    {
        let mut writer = lock(&journal.writer);
        writer.file = segment;
        let retry_at = writer.retry_at.as_mut().expect("the pause after an error has begun");
        *retry_at += Duration::from_secs(1_000);
    }
    journal.sync();
    assert_eq!(journal.written(), 1, "nothing is tried before its time");
    journal.close();
    assert_eq!(lines(&journal).len(), 3);

    lock(&journal.writer).file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    miss(&journal, 2);
    journal.sync();
    miss(&journal, 3);
    journal.close();
    let text = metrics.encode().unwrap();
    assert!(text.contains("gema_webhook_events_dropped_total{reason=\"spool_error\"} 2\n"), "{text}");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_names_the_setting() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let error = Journal::open(&file.join("spool"), LARGE, Arc::new(Metrics::for_shards(1))).unwrap_err();
    assert!(error.to_string().contains("GEMA_WEBHOOK_SPOOL"), "{error}");
}

#[test]
fn what_cannot_be_flushed_is_not_taken_for_durable() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory, Bounds { segment: 4_096, ..LARGE });
    (0..200).for_each(|number| miss(&journal, number));
    journal.sync();
    assert!(journal.newest().first > journal.oldest().first);
    journal.flush(journal.written());
    assert_eq!(journal.durable.lock().seq, journal.written());

    miss(&journal, 200);
    journal.sync();
    let (newest, before) = (journal.folder().segment(journal.newest().first), journal.durable.lock().seq);
    fs::remove_file(&newest).unwrap();
    symlink("/dev/full", &newest).unwrap();
    journal.flush(journal.written());
    assert_eq!(journal.durable.lock().seq, before);
    // As if it had been deleted because nobody needs it.
    fs::remove_file(&newest).unwrap();
    journal.flush(journal.written());
    assert_eq!(journal.durable.lock().seq, journal.written());
}

/// Lets every flush fail, until the answer is called.
fn fail_to_flush(journal: &Journal) -> impl FnOnce() {
    let segment = journal.folder().segment(journal.newest().first);
    let kept = segment.with_extension("kept");
    fs::rename(&segment, &kept).unwrap();
    symlink("/dev/full", &segment).unwrap();
    move || fs::rename(kept, segment).unwrap()
}

/// Writes one more entry and flushes it; answers whether the disk has it.
fn write_and_flush(journal: &Journal) -> bool {
    miss(journal, 0);
    journal.sync();
    journal.flush(journal.written());
    journal.durable.lock().seq == journal.written()
}

#[test]
fn a_disk_that_fails_to_flush_is_counted_each_time_and_logged_once_until_it_works() {
    let (directory, log) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let journal = open(&directory, LARGE);
    let logging = tracing_subscriber::fmt().with_ansi(false).with_writer(Mutex::new(log.reopen().unwrap()));
    tracing::subscriber::with_default(logging.finish(), || {
        for failures in [3, 2] {
            let mend = fail_to_flush(&journal);
            for _ in 0..failures {
                assert!(!write_and_flush(&journal));
            }
            mend();
            assert!(write_and_flush(&journal) && write_and_flush(&journal));
        }
    });
    let text = journal.metrics.encode().unwrap();
    assert!(text.contains("gema_webhook_spool_errors_total 5\n"), "{text}");
    let log = fs::read_to_string(log.path()).unwrap();
    let lines =
        ["cannot be flushed", "can be flushed to the disk again"].map(|text| log.matches(text).count());
    assert_eq!(lines, [2, 2], "{log}");
}

#[test]
fn where_each_write_waits_for_the_disk_only_what_was_written_before_is_flushed() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory, LARGE);
    miss(&journal, 0);
    journal.sync();
    drop(journal);
    let journal = open(&directory, Bounds { fsync: true, ..LARGE });
    let mend = fail_to_flush(&journal);
    assert!(!write_and_flush(&journal), "an earlier process has not waited for the disk");
    mend();
    assert!(write_and_flush(&journal));
    let _mend = fail_to_flush(&journal);
    write_and_flush(&journal);
    let text = journal.metrics.encode().unwrap();
    assert!(text.contains("gema_webhook_spool_errors_total 1\n"), "{text}");
}

#[test]
fn what_is_dropped_since_too_much_waits_is_counted_and_logged_once_for_all() {
    let (directory, log) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let journal = open(&directory, LARGE);
    let logging = tracing_subscriber::fmt().with_ansi(false).with_writer(Mutex::new(log.reopen().unwrap()));
    let channel = "x".repeat(MOST_PENDING / 4);
    tracing::subscriber::with_default(logging.finish(), || {
        for _ in 0..2 {
            for _ in 0..6 {
                journal.push(Some("app"), &Entry::Fact(Fact::CacheMiss { channel: channel.as_str().into() }));
            }
            journal.sync();
            miss(&journal, 0);
            journal.sync();
        }
    });
    let text = journal.metrics.encode().unwrap();
    assert!(text.contains("gema_webhook_events_dropped_total{reason=\"spool_error\"} 6\n"), "{text}");
    let log = fs::read_to_string(log.path()).unwrap();
    assert_eq!(log.matches("3 entries of the spool of webhooks are lost").count(), 2, "{log}");
    assert_eq!(lines(&journal).len(), 9);
}
