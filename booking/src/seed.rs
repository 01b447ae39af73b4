//! The demonstration: a studio with six sessions, three accounts and two weeks of bookings.
//!
//! What is made depends on the seed and the day only, and what is there is left alone: to seed again makes the days
//! that were not there yet.

mod days;
mod studio;

use rand::{Rng, RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{
    clock::Clock,
    db::Db,
    domain::{Announcement, Email, NotificationLevel, Password, Registration, Role, Timestamp, User, UserId},
    services::{ServiceError, Services},
    store,
};

/// The seed when none is given. Everybody knows what comes of it, the passwords included.
pub const DEFAULT_SEED: u64 = 42;

/// Days that are filled, from today on.
const DAYS: u64 = 14;

/// An account of the demonstration. `Debug` shows its password: it is there to be shown.
#[derive(Debug, Clone)]
pub struct Account {
    /// Whose it is.
    pub name: &'static str,
    /// The address to log in with.
    pub email: Email,
    /// The password.
    pub password: String,
    /// What they may do.
    pub role: Role,
}

/// What is there now.
#[derive(Debug, Clone, Default)]
pub struct Seeded {
    /// The accounts that can log in with the passwords of this seed.
    pub accounts: Vec<Account>,
    /// Sessions that were made.
    pub sessions: u64,
    /// Bookings that were made.
    pub bookings: u64,
}

/// When it is made, and for whom.
#[derive(Debug, Clone, Copy)]
struct Stage {
    now: Timestamp,
    /// Books for those who come to the counter.
    admin: UserId,
    customers: [UserId; 2],
}

/// The accounts that this seed makes: an administrator and two customers.
#[must_use]
pub fn accounts(seed: u64) -> [Account; 3] {
    let mut random = StdRng::seed_from_u64(seed);
    [
        ("Admin Studio", "admin@example.com", Role::Admin),
        ("Siti Rahayu", "siti@example.com", Role::User),
        ("Budi Santoso", "budi@example.com", Role::User),
    ]
    .map(|(name, email, role)| {
        let email = email.parse().expect("it is an address");
        Account { name, email, password: password(&mut random), role }
    })
}

/// Makes what is not there yet.
///
/// # Errors
/// When the database fails.
pub async fn seed(services: &Services, db: &Db, clock: &Clock, seed: u64) -> Result<Seeded, ServiceError> {
    let mut seeded = Seeded::default();
    let (mut ids, mut is_new) = (Vec::new(), false);
    for account in accounts(seed) {
        let password = Password::new(account.password.clone());
        match find(db, &account.email).await? {
            Some(user) => {
                ids.push(user.id);
                if services.accounts.prove(&account.email, password).await?.is_none() {
                    continue;
                }
            }
            None => {
                let (name, email) = (account.name.to_owned(), account.email.clone());
                let registration = Registration { name, email, password, device_name: String::new() };
                ids.push(services.accounts.add(&registration, account.role).await?.id);
                is_new = true;
            }
        }
        seeded.accounts.push(account);
    }
    let [admin, siti, budi] = ids[..] else { unreachable!("there are three accounts") };
    let there = services.catalogue.sessions().await?;
    for session in studio::sessions() {
        if !there.iter().any(|other| other.name == session.name) {
            services.catalogue.add(&session).await?;
            seeded.sessions += 1;
        }
    }
    let stage = Stage { now: clock.now(), admin, customers: [siti, budi] };
    seeded.bookings = days::fill(services, db, &stage, seed).await?;
    if is_new {
        services.notifications.announce(welcome(), None).await?;
    }
    Ok(seeded)
}

/// The accounts in this database that everybody can log in to: those of [`DEFAULT_SEED`] with their own passwords.
///
/// # Errors
/// When the database fails.
pub async fn open_accounts(services: &Services) -> Result<Vec<Email>, ServiceError> {
    let mut open = Vec::new();
    for Account { email, password, .. } in accounts(DEFAULT_SEED) {
        if services.accounts.prove(&email, Password::new(password)).await?.is_some() {
            open.push(email);
        }
    }
    Ok(open)
}

async fn find(db: &Db, email: &Email) -> Result<Option<User>, ServiceError> {
    let stored = store::users::by_email(&mut db.reader().await?.conn(), email).await?;
    Ok(stored.map(|stored| stored.user))
}

fn welcome() -> Announcement {
    Announcement {
        title: Some("Selamat datang".to_owned()),
        message: "Selamat datang di Studio Gema. Jadwal dua minggu ke depan sudah dibuka.".to_owned(),
        level: NotificationLevel::Success,
    }
}

/// Words that are easy to type.
fn password(random: &mut impl Rng) -> String {
    const WORDS: [&str; 16] = [
        "angin", "awan", "bambu", "bulan", "cahaya", "embun", "gunung", "hujan", "jati", "kopi", "laut",
        "melati", "pagi", "sawah", "senja", "sungai",
    ];
    let mut word = || *WORDS.choose(random).expect("there are words");
    let words = [word(), word(), word()].join("-");
    format!("{words}-{}", random.random_range(10..100))
}
