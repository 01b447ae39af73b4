//! CPU time in an interval.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::ensure;

use crate::{
    account::{Cpu, machine},
    report::Report,
    target::Target,
};

/// In so much time a process that does something uses a hundredth of a second.
const REST: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(30);

/// CPU time: so far, or in an interval.
#[derive(Debug)]
pub(crate) struct Usage {
    /// Of the server, where its process is known.
    server: Option<Cpu>,
    generator: Cpu,
    /// In which the generator only looked whether something had come, before an event was due.
    spun: Duration,
    /// Of all processes.
    machine: Duration,
}

impl Usage {
    /// What has been used so far; `spun` is what the crowd says.
    pub(crate) fn so_far(target: &Target, spun: Duration) -> anyhow::Result<Self> {
        let server = target.pid.map(Cpu::of).transpose()?;
        Ok(Self { server, generator: Cpu::of(std::process::id())?, spun, machine: machine()? })
    }

    /// Waits until the server, where its process is known, does nothing.
    ///
    /// # Errors
    /// When it still does something after half a minute.
    pub(crate) fn wait_for_rest(target: &Target) -> anyhow::Result<()> {
        let Some(pid) = target.pid else { return Ok(()) };
        let (start, mut before) = (Instant::now(), Cpu::of(pid)?.total);
        loop {
            ensure!(start.elapsed() < PATIENCE, "the server does not come to rest");
            sleep(REST);
            let now = Cpu::of(pid)?.total;
            if std::mem::replace(&mut before, now) == now {
                return Ok(());
            }
        }
    }

    /// What has been used since `earlier`.
    pub(crate) fn since(self, earlier: &Self) -> Self {
        Self {
            server: self.server.zip(earlier.server.as_ref()).map(|(now, earlier)| now.since(earlier)),
            generator: self.generator.since(&earlier.generator),
            spun: self.spun.saturating_sub(earlier.spun),
            machine: self.machine.saturating_sub(earlier.machine),
        }
    }

    /// CPU time of the server, where its process is known.
    pub(crate) fn of_server(&self) -> Option<Duration> {
        self.server.as_ref().map(|server| server.total)
    }

    /// CPU time that the generator has needed.
    pub(crate) fn of_generator(&self) -> Duration {
        self.generator.total.saturating_sub(self.spun)
    }

    /// Reports it for an interval in which the server has done something (`unit`: `delivery`) so many times.
    pub(crate) fn report(&self, elapsed: Duration, unit: &str, count: u64, report: &mut Report) {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
        let percent = |time: Duration| 100.0 * time.as_secs_f64() / elapsed.as_secs_f64();
        report.add("generator_cpu_percent", percent(self.of_generator()), 0);
        report.warn_if_saturated(percent(self.of_generator()));
        let Some(server) = &self.server else { return };
        report.add("server_cpu_percent", percent(server.total), 0);
        let others = self.machine.saturating_sub(server.total + self.generator.total);
        report.add("others_cpu_percent", percent(others), 0);
        report.add(format!("cpu_per_{unit}_us"), each(server.total), 3);
        for (name, user, system) in &server.threads {
            if *user + *system > Duration::ZERO {
                report.add(format!("thread_{name}_user_per_{unit}_us"), each(*user), 3);
                report.add(format!("thread_{name}_system_per_{unit}_us"), each(*system), 3);
            }
        }
    }
}
