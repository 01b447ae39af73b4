//! What a process has used, as /proc says.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// Ticks of the times in /proc; 100 on every Linux that Rust runs on but Alpha.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time of a process.
#[derive(Debug)]
pub(crate) struct Cpu {
    /// Of all its threads.
    pub(crate) total: Duration,
    /// Of each thread that is alive: its name, user and system time.
    pub(crate) threads: Vec<(String, Duration, Duration)>,
}

/// Memory of a process in KiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All pages in memory.
    pub(crate) resident: u64,
    /// Those that are not of files: heap and stacks.
    pub(crate) anonymous: u64,
}

impl Cpu {
    /// What the process has used so far.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let mut threads = Vec::new();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let stat = task?.path().join("stat");
            threads.push(times(&stat.to_string_lossy())?);
        }
        Ok(Self { total: used(pid)?, threads })
    }

    /// What the process has used between an earlier account and this one. Threads of one name count together.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        self.total -= earlier.total;
        self.threads = by_name(self.threads);
        for (name, user, system) in by_name(earlier.threads.clone()) {
            if let Some(thread) = self.threads.iter_mut().find(|thread| thread.0 == name) {
                thread.1 = thread.1.saturating_sub(user);
                thread.2 = thread.2.saturating_sub(system);
            }
        }
        self
    }
}

impl Memory {
    /// What the process has now.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let path = format!("/proc/{pid}/status");
        let status = fs::read_to_string(&path).with_context(|| path.clone())?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
                .with_context(|| format!("{path} has no {name}"))
        };
        Ok(Self { resident: field("VmRSS")?, anonymous: field("RssAnon")? })
    }
}

/// CPU time that a process has used so far: cheaper than [`Cpu::of`], which looks at each thread.
pub(crate) fn used(pid: u32) -> anyhow::Result<Duration> {
    let (_, user, system) = times(&format!("/proc/{pid}/stat"))?;
    Ok(user + system)
}

/// CPU time that all processes together have used.
pub(crate) fn machine() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat").context("/proc/stat")?;
    let line =
        stat.lines().next().and_then(|line| line.strip_prefix("cpu ")).context("/proc/stat is empty")?;
    let ticks: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    // Without the time that was idle or waiting for a disk, and without what guests have used a second time.
    let busy = ticks.iter().enumerate().filter(|(at, _)| [0, 1, 2, 5, 6, 7].contains(at));
    Ok(Duration::from_secs_f64(busy.map(|(_, ticks)| ticks).sum::<f64>() / TICKS_PER_SECOND))
}

/// Descriptors that a process has open.
pub(crate) fn descriptors(pid: u32) -> anyhow::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

fn times(path: &str) -> anyhow::Result<(String, Duration, Duration)> {
    let stat = fs::read_to_string(path).with_context(|| path.to_owned())?;
    // The name stands in parentheses and may contain anything.
    let (head, rest) = stat.rsplit_once(") ").with_context(|| format!("{path} has no name"))?;
    let name = head.split_once('(').map_or(head, |(_, name)| name);
    let mut ticks = rest.split(' ').skip(11).map(str::parse::<u32>);
    let mut time = || {
        let ticks = ticks.next().with_context(|| format!("{path} is too short"))??;
        anyhow::Ok(Duration::from_secs_f64(f64::from(ticks) / TICKS_PER_SECOND))
    };
    Ok((name.to_owned(), time()?, time()?))
}

fn by_name(mut threads: Vec<(String, Duration, Duration)>) -> Vec<(String, Duration, Duration)> {
    threads.sort();
    threads.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
            kept.2 += next.2;
        }
        same
    });
    threads
}
