//! The bookings of the next days.

use std::time::Duration;

use chrono::{Datelike as _, Days, NaiveDate};
use rand::{Rng, RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{DAYS, Stage, studio};
use crate::{
    db::{Db, Tx},
    domain::{BookingCode, BookingStatus, NewBooking, PaymentStatus, Session},
    services::{ServiceError, Services},
    store::{self, demo::DemoBooking},
};

/// Unpaid bookings of the demonstration stay for a day, so that there is something to pay.
const PENDING: Duration = Duration::from_secs(24 * 60 * 60);

/// Fills the days that nobody has booked on yet; how many bookings that makes.
pub(super) async fn fill(
    services: &Services,
    db: &Db,
    stage: &Stage,
    seed: u64,
) -> Result<u64, ServiceError> {
    let names = studio::sessions().map(|session| session.name);
    let sessions = services.catalogue.sessions().await?;
    let mut tx = db.begin().await?;
    let mut bookings = 0;
    for session in sessions.iter().filter(|session| names.contains(&session.name)) {
        let today = session.timezone.date_at(stage.now);
        for offset in 0..DAYS {
            let date = today + Days::new(offset);
            let mut random = random_of(seed, session, date);
            bookings += fill_day(&mut tx, stage, session, date, &mut random).await?;
        }
    }
    tx.commit().await?;
    Ok(bookings)
}

/// The same for a day of a session whenever it is asked for.
fn random_of(seed: u64, session: &Session, date: NaiveDate) -> StdRng {
    let day = u64::try_from(date.num_days_from_ce()).unwrap_or_default();
    let name = u64::from(crc32fast::hash(session.name.as_bytes()));
    StdRng::seed_from_u64(seed ^ (day << 32) ^ name)
}

async fn fill_day(
    tx: &mut Tx,
    stage: &Stage,
    session: &Session,
    date: NaiveDate,
    random: &mut StdRng,
) -> Result<u64, ServiceError> {
    let booked = occupancy(session.max_capacity, random);
    if booked == 0 || !store::demo::insert_day(&mut tx.conn(), session, date, booked).await? {
        return Ok(0);
    }
    let cancelled = random.random_range(0..=1);
    for number in 0..booked + cancelled {
        let (status, payment_status) = if number >= booked {
            (BookingStatus::Cancelled, PaymentStatus::Unpaid)
        } else if random.random_bool(0.1) {
            (BookingStatus::Pending, PaymentStatus::Unpaid)
        } else {
            (BookingStatus::Confirmed, PaymentStatus::Paid)
        };
        // Each customer has a place in about one of twenty; the others came to the counter.
        let customer = stage.customers.get(usize::try_from(number).unwrap_or(usize::MAX)).copied();
        let user_id = customer.filter(|_| random.random_bool(0.05)).unwrap_or(stage.admin);
        let booking = NewBooking { user_id, session_id: session.id, booking_date: date };
        let expires_at = stage.now.plus(PENDING);
        let mut row = DemoBooking {
            booking,
            code: BookingCode::draw(date, random),
            status,
            payment_status,
            expires_at,
        };
        while !store::demo::insert_booking(&mut tx.conn(), &row, stage.now).await? {
            row.code = BookingCode::draw(date, random);
        }
    }
    Ok(u64::try_from(booked + cancelled).unwrap_or_default())
}

/// Places that are taken: a fifth of the days is nearly or entirely full, a fifth is almost full, the rest is not.
fn occupancy(capacity: i64, random: &mut impl Rng) -> i64 {
    let share = match random.random_range(0..10) {
        0 | 1 => random.random_range(90..=100),
        2 | 3 => random.random_range(70..90),
        _ => random.random_range(10..70),
    };
    (capacity * share + 50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_days_are_nearly_full_and_none_is_overbooked() {
        let mut random = StdRng::seed_from_u64(42);
        let days: Vec<i64> = (0..84).map(|_| occupancy(10, &mut random)).collect();
        assert!(days.iter().all(|&booked| (0..=10).contains(&booked)));
        assert!(days.contains(&10) && days.contains(&9));
        assert!(days.iter().filter(|&&booked| booked < 7).count() > 30);
    }
}
