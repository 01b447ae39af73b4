//! Sessions and how many of their places are free.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use gema_broadcast::SocketId;

use super::{
    Rule, ServiceError,
    change::{Change, repeated},
    context::Context,
};
use crate::{
    domain::{Availability, NewSession, Session, SessionChanges, SessionId, TimeOfDay},
    events::CapacityUpdated,
    store::{
        self,
        session_dates::{OwnDay, Places, SessionPlaces},
        sessions::Lock,
    },
};

/// Sessions and how many of their places are free.
#[derive(Debug, Clone)]
pub struct Catalogue {
    context: Context,
}

impl Catalogue {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// All sessions, in the order of their times.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self) -> Result<Vec<Session>, ServiceError> {
        Ok(store::sessions::all(&mut self.context.db.reader().await?.conn()).await?)
    }

    /// One session.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound).
    pub async fn session(&self, id: SessionId) -> Result<Session, ServiceError> {
        let found = store::sessions::find(&mut self.context.db.reader().await?.conn(), id).await?;
        found.ok_or(ServiceError::NotFound("session"))
    }

    /// The places of all sessions on a day; without one, on the day that it is now where each session takes place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn availability(&self, date: Option<NaiveDate>) -> Result<Vec<Availability>, ServiceError> {
        let now = self.context.clock.now();
        let mut reader = self.context.db.reader().await?;
        let mut conn = reader.conn();
        let dates: BTreeSet<NaiveDate> = match date {
            Some(date) => [date].into(),
            None => {
                let sessions = store::sessions::all(&mut conn).await?;
                sessions.iter().map(|session| session.timezone.date_at(now)).collect()
            }
        };
        let mut list = Vec::new();
        for day in dates {
            let rows = store::session_dates::of_all_sessions(&mut conn, day).await?;
            let wanted = |row: &SessionPlaces| date.is_some() || row.session.timezone.date_at(now) == day;
            list.extend(rows.into_iter().filter(wanted).map(|row| row.on(day)));
        }
        list.sort_by_key(|places| (places.start_time, places.session_id));
        Ok(list)
    }

    /// Makes a session.
    ///
    /// # Errors
    /// [`Invalid`](ServiceError::Invalid) `end_time` when it is over before it begins.
    pub async fn add(&self, session: &NewSession) -> Result<Session, ServiceError> {
        check_times(session.start_time, session.end_time)?;
        let mut tx = self.context.db.begin().await?;
        let session = store::sessions::insert(&mut tx.conn(), session).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Changes a session; a capacity that was given is told to everybody but `except`.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound); [`Invalid`](ServiceError::Invalid) `end_time` when it would be over
    /// before it begins, `date` when that is in the past, `max_capacity` when more is booked than that.
    pub async fn update(
        &self,
        id: SessionId,
        changes: SessionChanges,
        except: Option<SocketId>,
    ) -> Result<Session, ServiceError> {
        repeated(|| self.updated(id, changes.clone(), except)).await
    }

    async fn updated(
        &self,
        id: SessionId,
        changes: SessionChanges,
        except: Option<SocketId>,
    ) -> Result<Session, ServiceError> {
        let mut change = Change::begin(&self.context, except).await?;
        let mut session = store::sessions::find_locked(&mut change.conn(), id, Lock::Update)
            .await?
            .ok_or(ServiceError::NotFound("session"))?;
        change.happens_now();
        session.name = changes.name.unwrap_or(session.name);
        session.start_time = changes.start_time.unwrap_or(session.start_time);
        session.end_time = changes.end_time.unwrap_or(session.end_time);
        session.price = changes.price.unwrap_or(session.price);
        check_times(session.start_time, session.end_time)?;
        store::sessions::update(&mut change.conn(), &session).await?;
        match (changes.max_capacity, changes.date) {
            (Some(capacity), Some(date)) => set_day(&mut change, &session, date, capacity).await?,
            (Some(capacity), None) => {
                session.max_capacity = capacity;
                set_all_days(&mut change, &session).await?;
            }
            (None, _) => {}
        }
        change.commit().await?;
        Ok(session)
    }
}

impl SessionPlaces {
    fn on(self, date: NaiveDate) -> Availability {
        let Self { session, places } = self;
        Availability {
            session_id: session.id,
            session_name: session.name,
            date,
            start_time: session.start_time,
            end_time: session.end_time,
            current_capacity: places.booked,
            max_capacity: places.capacity,
            available_slots: places.free(),
            version: places.version,
        }
    }
}

fn check_times(start: TimeOfDay, end: TimeOfDay) -> Result<(), ServiceError> {
    if start < end {
        return Ok(());
    }
    Err(ServiceError::Invalid { field: "end_time", rule: Rule::LaterThan("start_time") })
}

fn too_few(booked: i64) -> ServiceError {
    ServiceError::Invalid { field: "max_capacity", rule: Rule::AtLeastBooked(booked) }
}

async fn set_day(
    change: &mut Change,
    session: &Session,
    date: NaiveDate,
    capacity: i64,
) -> Result<(), ServiceError> {
    if date < session.timezone.date_at(change.now) {
        return Err(ServiceError::Invalid { field: "date", rule: Rule::TodayOrLater });
    }
    let mut conn = change.conn();
    store::session_dates::ensure(&mut conn, session.id, date).await?;
    let Some(places) = store::session_dates::set_capacity(&mut conn, session.id, date, capacity).await?
    else {
        return Err(too_few(store::session_dates::booked(&mut conn, session.id, date).await?));
    };
    tell_day(change, session.id, date, places)
}

fn tell_day(
    change: &mut Change,
    session_id: SessionId,
    date: NaiveDate,
    places: Places,
) -> Result<(), ServiceError> {
    let event = CapacityUpdated {
        session_id,
        current_capacity: places.booked,
        max_capacity: places.capacity,
        date: Some(date),
        updated_at: change.now,
        version: places.version,
    };
    change.tell(&event).map(drop)
}

async fn set_all_days(change: &mut Change, session: &Session) -> Result<(), ServiceError> {
    let (now, today) = (change.now, session.timezone.date_at(change.now));
    let mut conn = change.conn();
    let booked = store::session_dates::most_booked(&mut conn, session.id, today).await?;
    if booked > session.max_capacity {
        return Err(too_few(booked));
    }
    let version = store::sessions::set_capacity(&mut conn, session.id, session.max_capacity).await?;
    store::session_dates::follow_session(&mut conn, session, today, version).await?;
    let current_capacity = store::session_dates::booked_of_session(&mut conn, session.id, today).await?;
    let own = store::session_dates::outrun_session(&mut conn, session.id, today, version).await?;
    change.tell(&CapacityUpdated {
        session_id: session.id,
        current_capacity,
        max_capacity: session.max_capacity,
        date: None,
        updated_at: now,
        version,
    })?;
    // Who hears of all days does not know which of them are excepted.
    for OwnDay { date, places } in own {
        tell_day(change, session.id, date, places)?;
    }
    Ok(())
}
