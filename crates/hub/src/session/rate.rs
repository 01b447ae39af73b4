//! Messages of one connection in a fixed window.

use std::time::Instant;

use crate::RateLimit;

/// The window that is open, if one is.
#[derive(Debug, Default)]
pub(super) struct RateWindow {
    started: Option<Instant>,
    attempts: u32,
}

impl RateWindow {
    /// Counts a message. A window begins with its first message; those over the limit are not counted.
    pub(super) fn allow(&mut self, now: Instant, limit: &RateLimit) -> bool {
        if self.started.is_none_or(|started| now >= started + limit.decay) {
            self.started = Some(now);
            self.attempts = 0;
        }
        let allowed = self.attempts < limit.max_attempts;
        if allowed {
            self.attempts += 1;
        }
        allowed
    }
}
