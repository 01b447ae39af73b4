//! People who book, pay and cancel: a client of a running application.

mod client;
mod rate;

use std::{fmt, future::Future, num::NonZeroU64, pin::pin, time::Duration};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};
use tracing::{info, warn};

use crate::{domain::Role, seed};
use client::{Answer, Client};

pub use client::SimulationError;
pub use rate::{InvalidRate, Rate};

/// Days ahead that are booked.
const DAYS: u64 = 14;
/// Bookings of its own that it remembers, to pay or cancel them.
const REMEMBERED: usize = 200;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// How often something happens.
    pub rate: Rate,
    /// Where the application is.
    pub url: String,
    /// How long; for ever if nothing is said.
    pub length: Option<Duration>,
    /// How many times something happens at most.
    pub count: Option<NonZeroU64>,
    /// The seed of the demonstration, which its passwords come from.
    pub seed: u64,
}

/// What happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bookings that were made.
    pub booked: u64,
    /// Payments that were ordered.
    pub paid: u64,
    /// Bookings that were cancelled.
    pub cancelled: u64,
    /// Announcements.
    pub announced: u64,
    /// What was refused because of how things stand: a full session, a booking that has expired.
    pub refused: u64,
    /// How often it was told to wait.
    pub limited: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { booked, paid, cancelled, announced, refused, limited } = self;
        write!(
            f,
            "{booked} booked, {paid} paid, {cancelled} cancelled, {announced} announced, {refused} refused, \
             {limited} times told to wait"
        )
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Book,
    Pay,
    Cancel,
    Announce,
}

struct Crowd {
    admin: Client,
    customers: Vec<Client>,
    sessions: Vec<i64>,
    /// Which customer has which booking.
    own: Vec<(usize, i64)>,
    random: StdRng,
    tally: Tally,
}

impl Simulation {
    /// Simulates until the end that was set, or until `shutdown` is ready.
    ///
    /// # Errors
    /// When the application cannot be reached at the beginning, does not know the accounts of the demonstration, or
    /// answers what no application of this kind would.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<Tally, SimulationError> {
        let mut shutdown = pin!(shutdown);
        let mut crowd = select! {
            () = &mut shutdown => return Ok(Tally::default()),
            crowd = Crowd::gather(&self.url, self.seed) => crowd?,
        };
        let end = self.length.map(|length| Instant::now() + length);
        let over = async move {
            match end {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let mut over = pin!(over);
        let mut ticks = interval(self.rate.period());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut left = self.count.map_or(u64::MAX, NonZeroU64::get);
        while left > 0 {
            let act = async {
                ticks.tick().await;
                crowd.act().await
            };
            let wait = select! {
                () = &mut shutdown => break,
                () = &mut over => break,
                done = act => done?,
            };
            left -= 1;
            if let Some(wait) = wait {
                select! {
                    () = &mut shutdown => break,
                    () = &mut over => break,
                    () = sleep(wait) => {}
                }
            }
        }
        Ok(crowd.tally)
    }
}

impl Crowd {
    /// Logs everybody in and looks at what there is.
    async fn gather(url: &str, seed: u64) -> Result<Self, SimulationError> {
        let mut admins = Vec::new();
        let mut customers = Vec::new();
        for account in seed::accounts(seed) {
            let client = Client::log_in(url, account.email.as_str(), &account.password).await?;
            match account.role {
                Role::Admin => admins.push(client),
                Role::User => customers.push(client),
            }
        }
        let admin = admins.pop().ok_or(SimulationError::NoAdministrator)?;
        let sessions = admin.sessions().await?;
        if sessions.is_empty() {
            return Err(SimulationError::NoSessions);
        }
        let random = StdRng::seed_from_u64(seed);
        Ok(Self { admin, customers, sessions, own: Vec::new(), random, tally: Tally::default() })
    }

    /// Does one thing; how long to wait if the application says so.
    async fn act(&mut self) -> Result<Option<Duration>, SimulationError> {
        let act = match self.random.random_range(0..100) {
            0..50 => Act::Book,
            50..75 => Act::Pay,
            75..95 => Act::Cancel,
            _ => Act::Announce,
        };
        let answer = match act {
            Act::Announce => self.announce().await,
            Act::Pay | Act::Cancel if !self.own.is_empty() => self.touch(act).await,
            Act::Book | Act::Pay | Act::Cancel => self.book().await,
        };
        match answer {
            Ok(Answer::Done(_)) => Ok(None),
            Ok(Answer::Refused(message)) => {
                info!("Refused: {message}");
                self.tally.refused += 1;
                Ok(None)
            }
            Ok(Answer::Later(wait)) => {
                info!("Told to wait for {} s", wait.as_secs());
                self.tally.limited += 1;
                Ok(Some(wait))
            }
            // It may be starting again.
            Err(SimulationError::Unreachable(error)) => {
                warn!(%error, "The application cannot be reached");
                Ok(Some(Duration::from_secs(1)))
            }
            Err(error) => Err(error),
        }
    }

    async fn book(&mut self) -> Result<Answer, SimulationError> {
        let customer = self.random.random_range(0..self.customers.len());
        let session = *self.sessions.choose(&mut self.random).ok_or(SimulationError::NoSessions)?;
        // Most people book for the next days. Tomorrow is never in the past, in whichever time zone.
        let days = self.random.random_range(1..DAYS).min(self.random.random_range(1..DAYS));
        let date = chrono::Utc::now().date_naive() + chrono::Days::new(days);
        let body = json!({ "session_id": session, "booking_date": date });
        let answer = self.customers[customer].post("/api/v1/bookings", &body).await?;
        if let Answer::Done(data) = &answer
            && let Some(id) = data["booking"]["id"].as_i64()
        {
            info!("Booked session {session} on {date}");
            self.tally.booked += 1;
            if self.own.len() == REMEMBERED {
                self.own.remove(0);
            }
            self.own.push((customer, id));
        }
        Ok(answer)
    }

    /// Pays or cancels a booking that it has made.
    async fn touch(&mut self, act: Act) -> Result<Answer, SimulationError> {
        let at = self.random.random_range(0..self.own.len());
        let (customer, id) = self.own[at];
        let pays = matches!(act, Act::Pay);
        let (verb, body): (&str, Value) = if pays {
            let outcome = if self.random.random_bool(0.85) { "succeed" } else { "fail" };
            ("pay", json!({ "outcome": outcome }))
        } else {
            ("cancel", json!({}))
        };
        let answer = self.customers[customer].post(&format!("/api/v1/bookings/{id}/{verb}"), &body).await?;
        match &answer {
            Answer::Done(_) if pays => self.tally.paid += 1,
            Answer::Done(_) => {
                self.tally.cancelled += 1;
                self.own.remove(at);
            }
            Answer::Refused(_) => drop(self.own.remove(at)),
            Answer::Later(_) => return Ok(answer),
        }
        info!("Asked to {verb} booking {id}");
        Ok(answer)
    }

    async fn announce(&mut self) -> Result<Answer, SimulationError> {
        const MESSAGES: [(&str, &str); 4] = [
            ("info", "Kelas tambahan dibuka akhir pekan ini."),
            ("success", "Pendingin ruangan di studio 2 sudah berfungsi kembali."),
            ("warning", "Area parkir penuh, silakan datang lebih awal."),
            ("info", "Jangan lupa membawa botol minum sendiri."),
        ];
        let (level, message) = MESSAGES[self.random.random_range(0..MESSAGES.len())];
        let body = json!({ "title": "Studio Gema", "message": message, "level": level });
        let answer = self.admin.post("/api/v1/admin/notifications", &body).await?;
        if let Answer::Done(_) = answer {
            info!("Announced: {message}");
            self.tally.announced += 1;
        }
        Ok(answer)
    }
}
