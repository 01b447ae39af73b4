//! How a connection is received that has become a WebSocket.

use std::sync::Arc;

use gema_hub::App;
use gema_protocol::codes::ErrorCode;

use crate::admission::{Permit, TurnedAway};

/// How an upgraded connection is received.
#[derive(Debug)]
pub enum Welcome {
    /// It has a place.
    Accepted {
        /// Its application.
        app: Arc<App>,
        /// Its place.
        permit: Permit,
    },
    /// It is told why it may not stay. Browsers do not see HTTP errors of an upgrade, so this happens after it.
    Rejected {
        /// Why.
        code: ErrorCode,
        /// Why, in words.
        message: String,
        /// Its place among those that are being told so.
        place: TurnedAway,
    },
}
