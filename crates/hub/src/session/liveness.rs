//! When a silent client is pinged, and when it is given up.

use std::time::Instant;

use gema_protocol::codes::ErrorCode;

use super::{Effect, Effects, Session};
use crate::App;

/// Whether the client is alive.
#[derive(Debug)]
pub(super) struct Liveness {
    last_seen: Instant,
    /// When a ping was sent that nothing has followed yet.
    pinged_at: Option<Instant>,
    control_frames: bool,
}

impl Liveness {
    pub(super) fn new(now: Instant) -> Self {
        Self { last_seen: now, pinged_at: None, control_frames: false }
    }

    /// Whatever a client sends is a sign of life.
    pub(super) fn touch(&mut self, now: Instant) {
        self.last_seen = now;
        self.pinged_at = None;
    }

    /// The client pings with protocol frames and may not know `pusher:ping`.
    pub(super) fn prefer_control_frames(&mut self) {
        self.control_frames = true;
    }

    fn deadline(&self, app: &App) -> Instant {
        match self.pinged_at {
            None => self.last_seen + app.ping_interval,
            Some(pinged_at) => pinged_at + app.pong_timeout,
        }
    }
}

impl Session {
    /// Something has come, whatever it is.
    pub(crate) fn handle_sign_of_life(&mut self, now: Instant) {
        self.liveness.touch(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do, if nothing arrives before.
    pub(crate) fn poll_timeout(&self) -> Instant {
        self.liveness.deadline(&self.app)
    }

    /// Time has passed: a silent client is pinged, one that did not answer is closed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, effects: &mut Effects) {
        if now < self.poll_timeout() {
            return;
        }
        if self.liveness.pinged_at.is_some() {
            let code = ErrorCode::PongTimeout;
            effects.push_back(Effect::Reject(code, code.message().to_owned()));
        } else {
            self.liveness.pinged_at = Some(now);
            effects.push_back(Effect::Ping { only_control: self.liveness.control_frames });
        }
    }
}
