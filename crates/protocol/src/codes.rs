//! Every code that a `pusher:error` or a close frame can carry, in one table.

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $message:literal;)+) => {
        /// A code of the Pusher protocol: 4000–4099 end the client, 4100–4199 let it return after a second,
        /// 4200–4299 at once; 43xx stand in error messages only and never close a connection.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $name = $code,)+
        }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The number on the wire.
            #[must_use]
            pub fn number(self) -> u16 {
                self as u16
            }

            /// The text that goes with the code when nothing more precise is known; at most 123 bytes, so that it
            /// fits a close frame.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)+ }
            }
        }
    };
}

error_codes! {
    /// No application has this key.
    AppNotFound = 4001, "Application does not exist";
    /// The application has as many connections as it may have, or a subscription would pass a limit.
    OverQuota = 4004, "Application is over connection quota";
    /// The client asks for a protocol version that is not spoken here.
    UnsupportedProtocol = 4007, "Unsupported protocol version";
    /// A signature is wrong, an origin is not allowed, or the application ended the user's connections.
    Unauthorized = 4009, "Connection is unauthorized";
    /// The server has no room, or the client does not read what it is sent.
    OverCapacity = 4100, "Over capacity";
    /// The server goes away; another one, or the same, will take the client at once.
    ReconnectNow = 4200, "Server is shutting down, please reconnect";
    /// No pong arrived within the timeout.
    PongTimeout = 4201, "Pong reply not received in time";
    /// A client event is refused. Never closes.
    ClientEventRejected = 4301, "Client event rejected";
    /// A sign-in asks to watch more users than allowed; the first ones are watched. Never closes.
    WatchlistLimit = 4302, "Watchlist limit exceeded";
}

/// The code of an error message about a malformed message (Reverb's choice; hosted Pusher sends null).
pub const INVALID_MESSAGE: u16 = 4200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_fits_a_close_frame_and_no_43xx_would_close() {
        for code in ErrorCode::ALL {
            assert!((1..=123).contains(&code.message().len()), "{code:?}");
            assert!((4000..4400).contains(&code.number()), "{code:?}");
        }
    }
}
