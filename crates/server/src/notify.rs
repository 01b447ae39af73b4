//! What the service manager is told: systemd's `Type=notify`. Without one nothing happens.

use std::io;

use sd_notify::NotifyState;

/// The server listens, or listens again with a new configuration.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being read again; [`ready`] says that this is over, whichever way it went.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => complain(&error),
    }
}

/// The server ends.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Closing connections")]);
}

/// The server is alive, all its shards included: for `WatchdogSec=`, where that is set.
pub fn alive() {
    if sd_notify::watchdog_enabled().is_some() {
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        complain(&error);
    }
}

fn complain(error: &io::Error) {
    tracing::warn!(%error, "The service manager cannot be told how the server is: NOTIFY_SOCKET does not work");
}
