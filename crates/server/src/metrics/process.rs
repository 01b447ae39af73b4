//! What the system knows of this process, read from `/proc`. On systems without it nothing is known.

use std::{fs, path::Path};

/// Ticks of processor time in a second, as Linux shows them to programs on all platforms that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What the system knows of this process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Process {
    /// Seconds of processor time.
    pub cpu_seconds: f64,
    /// Bytes in RAM.
    pub resident_bytes: u64,
    /// Bytes of address space.
    pub virtual_bytes: u64,
    /// Threads.
    pub threads: u64,
    /// Open files.
    pub open_fds: u64,
    /// Files that may be open.
    pub max_fds: u64,
}

impl Process {
    /// Asks the system. With many open files this may take milliseconds on an old one.
    #[must_use]
    pub fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        // Nothing outside of /proc/self: a service may not see it (ProtectProc=, ProcSubset=).
        let mut process = Self::parse(&text("/proc/self/stat"), &text("/proc/self/status"));
        process.open_fds = open_fds().unwrap_or_else(count_fds);
        process.max_fds = max_fds();
        process
    }

    fn parse(stat: &str, status: &str) -> Self {
        // The name in parentheses may hold anything; what follows it begins with the third field.
        let fields: Vec<f64> = stat
            .rsplit_once(')')
            .map(|(_, rest)| rest.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect())
            .unwrap_or_default();
        let field = |number: usize| fields.get(number - 3).copied().unwrap_or(0.0);
        Self {
            cpu_seconds: (field(14) + field(15)) / TICKS_PER_SECOND,
            resident_bytes: number_after(status, "VmRSS:") * 1024,
            virtual_bytes: number_after(status, "VmSize:") * 1024,
            threads: number_after(status, "Threads:"),
            ..Self::default()
        }
    }
}

/// The number behind a word at the beginning of a line.
fn number_after(text: &str, word: &str) -> u64 {
    let rest = text.lines().find_map(|line| line.strip_prefix(word));
    rest.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Open files, if the system tells without listing them (Linux 6.2 and later).
#[must_use]
pub fn open_fds() -> Option<u64> {
    let length = fs::metadata("/proc/self/fd").ok()?.len();
    (length > 0).then_some(length)
}

fn count_fds() -> u64 {
    // The list itself is an open file while it is read.
    fs::read_dir(Path::new("/proc/self/fd")).map_or(0, |list| list.count().saturating_sub(1) as u64)
}

/// Files that may be open.
#[must_use]
pub fn max_fds() -> u64 {
    rlimit::Resource::NOFILE.get_soft().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 5 0 1000 1 1 1";
        let status = "Name:\tx\nVmSize:\t     200 kB\nVmRSS:\t     100 kB\nThreads:\t5\n";
        let expected = Process {
            cpu_seconds: 3.0,
            resident_bytes: 102_400,
            virtual_bytes: 204_800,
            threads: 5,
            ..Process::default()
        };
        assert_eq!(Process::parse(stat, status), expected);
    }

    #[test]
    fn what_is_not_told_is_zero() {
        assert_eq!(Process::parse("", ""), Process::default());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_alive() {
        let before = Process::read();
        let file = fs::File::open("/proc/self/stat").unwrap();
        let after = Process::read();
        assert!(before.resident_bytes > 0 && before.virtual_bytes > before.resident_bytes, "{before:?}");
        assert!(before.threads > 0 && before.max_fds > before.open_fds, "{before:?}");
        // Other tests of this process open and close files as well.
        assert!(after.open_fds > 0, "{after:?}");
        drop(file);
    }
}
