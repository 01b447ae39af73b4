//! CPU time in an interval.

use std::{thread::sleep, time::Duration};

use crate::{
    account::{Cpu, machine},
    report::Report,
    target::Target,
};

/// In so much time a process that does something uses a hundredth of a second.
const REST: Duration = Duration::from_millis(200);

/// CPU time: so far, or in an interval.
#[derive(Debug)]
pub(crate) struct Usage {
    /// Of the server, where its process is known.
    server: Option<Cpu>,
    generator: Cpu,
    /// Of all processes.
    machine: Duration,
}

impl Usage {
    /// What has been used so far.
    pub(crate) fn so_far(target: &Target) -> anyhow::Result<Self> {
        let server = target.pid.map(Cpu::of).transpose()?;
        Ok(Self { server, generator: Cpu::of(std::process::id())?, machine: machine()? })
    }

    /// Waits until the server, where its process is known, does nothing.
    pub(crate) fn wait_for_rest(target: &Target) -> anyhow::Result<()> {
        let Some(pid) = target.pid else { return Ok(()) };
        let mut before = Cpu::of(pid)?.total;
        loop {
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
            machine: self.machine.saturating_sub(earlier.machine),
        }
    }

    /// CPU time of the server, where its process is known.
    pub(crate) fn of_server(&self) -> Option<Duration> {
        self.server.as_ref().map(|server| server.total)
    }

    /// Reports it for an interval in which the server has done something (`unit`: `delivery`) so many times.
    pub(crate) fn report(&self, elapsed: Duration, unit: &str, count: u64, report: &mut Report) {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
        let percent = |time: Duration| 100.0 * time.as_secs_f64() / elapsed.as_secs_f64();
        report.add("generator_cpu_percent", percent(self.generator.total), 0);
        report.warn_if_saturated(percent(self.generator.total));
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
