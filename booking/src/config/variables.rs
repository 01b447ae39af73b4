//! Every environment variable of the application: its name, its default and its meaning.

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name in the environment and in `.env`.
    pub name: &'static str,
    /// The value when nothing is set.
    pub default: &'static str,
    /// What it does, with the unit of its value.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($(#[doc = $meaning:literal])+ $name:ident = $default:literal;)+) => {
        $(
            $(#[doc = $meaning])+
            pub const $name: Variable =
                Variable { name: stringify!($name), default: $default, meaning: concat!($($meaning),+) };
        )+

        /// All variables, in the order of the help.
        pub const ALL: &[Variable] = &[$($name),+];
    };
}

variables! {
    /// Where the database is: a file of SQLite (`sqlite:…`) or a PostgreSQL server (`postgres://…`).
    DATABASE_URL = "sqlite:booking.sqlite3";
    /// Address or host name to listen on.
    BOOKING_HOST = "127.0.0.1";
    /// Port to listen on; `0` for any that is free.
    BOOKING_PORT = "8000";
    /// Origins whose pages may call the API from a browser, separated by commas.
    BOOKING_ALLOWED_ORIGINS = "";
    /// Folder of the built front ends, served beside the API; none for the API alone.
    BOOKING_WEB = "";
    /// Addresses and networks of proxies that are believed what they say about their clients' addresses, separated by
    /// commas, such as `127.0.0.1, 10.0.0.0/8`. The client of their requests is the last address in `X-Forwarded-For`
    /// that is none of theirs. Behind a proxy that is not named, all visitors share the limits of one address.
    BOOKING_TRUSTED_PROXIES = "";
    /// Requests per minute of one user, or of one address without a user.
    BOOKING_RATE_LIMIT = "300";
    /// Attempts to log in per minute, for one e-mail address from one address; registrations from one address.
    BOOKING_LOGIN_RATE_LIMIT = "5";
    /// Seconds that the simulated payment provider takes.
    BOOKING_PAYMENT_DELAY = "2";
    /// Minutes after which an unpaid booking expires.
    BOOKING_PENDING_MINUTES = "30";
    /// Days ahead that can be booked; `0` for today only.
    BOOKING_DAYS_AHEAD = "365";
    /// Unpaid bookings that one user may have at a time; administrators have no limit.
    BOOKING_MAX_PENDING = "50";
    /// Days after which a token is no longer accepted.
    BOOKING_TOKEN_DAYS = "30";
    /// Milliseconds after which the relay looks for events that another process has left.
    BOOKING_RELAY_POLL = "500";
    /// Address and port of `/metrics`, `/up` and `/ready`; nothing at all for none.
    BOOKING_METRICS = "127.0.0.1:9602";
}

impl Variable {
    /// Whether a blank value says something; for all others it is the same as none.
    #[must_use]
    pub fn may_be_blank(&self) -> bool {
        [BOOKING_ALLOWED_ORIGINS, BOOKING_METRICS].contains(self)
    }
}
