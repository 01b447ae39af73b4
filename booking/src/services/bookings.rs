//! Bookings and their payments.

mod moves;

use chrono::{Days, NaiveDate};
use gema_broadcast::SocketId;

use super::{
    Conflict, Idempotency, Outcome, Rule, ServiceError,
    change::{Change, repeated},
    context::Context,
    idempotency::Running,
};
use crate::{
    domain::{
        Booking, BookingChanges, BookingCode, BookingFilter, BookingId, BookingStatus, NewBooking, Page,
        PageRequest, PaymentOutcome, PaymentStatus, Principal, Role, Session, Timestamp, UserId,
    },
    metrics,
    store::{self, bookings::Next, sessions::Lock},
};

pub(super) use moves::{apply, give_up};

/// How often another code is drawn when one is taken: of a thousand million, so never twice.
const CODES: usize = 5;

/// Bookings and their payments.
#[derive(Debug, Clone)]
pub struct Bookings {
    context: Context,
    running: Running,
}

/// Where a change comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The connection that is not told what it did itself.
    pub except: Option<SocketId>,
    /// The key under which the answer is kept.
    pub idempotency: Option<Idempotency>,
}

/// What is to be done, so that it can be done again.
#[derive(Debug, Clone, Copy)]
enum Task<'a> {
    Create(&'a NewBooking),
    Cancel(BookingId, &'a Principal),
    Pay(BookingId, &'a Principal, PaymentOutcome),
    Change(BookingId, BookingChanges),
}

impl Bookings {
    pub(super) fn new(context: Context) -> Self {
        Self { context, running: Running::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`SessionFull`](super::Conflict::SessionFull) and [`TooManyPending`](super::Conflict::TooManyPending);
    /// [`Invalid`](ServiceError::Invalid) `session_id` or `user_id` when there is none, `booking_date` when the session
    /// is over on that day or the day is too far ahead; those of the idempotency key.
    pub async fn create(
        &self,
        booking: NewBooking,
        origin: Origin,
    ) -> Result<Outcome<Booking>, ServiceError> {
        let outcome = self.perform(Task::Create(&booking), &origin).await;
        match &outcome {
            Ok(Outcome::Done(_)) => metrics::booking("created"),
            Ok(Outcome::Replayed(_)) => metrics::booking("replayed"),
            Err(ServiceError::Conflict(Conflict::SessionFull)) => metrics::booking("full"),
            Err(_) => metrics::booking("refused"),
        }
        outcome
    }

    /// Bookings, newest first. Whose bookings may be asked for is the caller's business.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &self,
        filter: BookingFilter,
        page: PageRequest,
    ) -> Result<Page<Booking>, ServiceError> {
        let mut reader = self.context.db.reader().await?;
        let total = store::bookings::count(&mut reader.conn(), filter).await?;
        let items = store::bookings::list(&mut reader.conn(), filter, page).await?;
        Ok(Page::new(page, items, total))
    }

    /// The booking with this code.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound); [`Forbidden`](ServiceError::Forbidden) when it is somebody else's.
    pub async fn by_code(&self, code: &BookingCode, by: &Principal) -> Result<Booking, ServiceError> {
        permitted(store::bookings::by_code(&mut self.context.db.reader().await?.conn(), code).await?, by)
    }

    /// The booking with this id.
    ///
    /// # Errors
    /// As [`by_code`](Self::by_code).
    pub async fn by_id(&self, id: BookingId, by: &Principal) -> Result<Booking, ServiceError> {
        permitted(store::bookings::by_id(&mut self.context.db.reader().await?.conn(), id).await?, by)
    }

    /// Gives a booking up: the place is free again, a payment goes back.
    ///
    /// # Errors
    /// As [`by_code`](Self::by_code); [`BookingMove`](super::Conflict::BookingMove) when it cannot be given up any
    /// more; those of the idempotency key.
    pub async fn cancel(
        &self,
        id: BookingId,
        by: &Principal,
        origin: Origin,
    ) -> Result<Outcome<Booking>, ServiceError> {
        let outcome = self.perform(Task::Cancel(id, by), &origin).await;
        if let Ok(Outcome::Done(_)) = &outcome {
            metrics::booking("cancelled");
        }
        outcome
    }

    /// Asks the simulated provider for the money; the answer comes after [`Settings`](super::Settings)'
    /// `payment_delay`.
    ///
    /// # Errors
    /// As [`by_code`](Self::by_code); [`NotPayable`](super::Conflict::NotPayable) and
    /// [`PaymentMove`](super::Conflict::PaymentMove); those of the idempotency key.
    pub async fn pay(
        &self,
        id: BookingId,
        by: &Principal,
        outcome: PaymentOutcome,
        origin: Origin,
    ) -> Result<Outcome<Booking>, ServiceError> {
        self.perform(Task::Pay(id, by, outcome), &origin).await
    }

    /// Changes a booking as an administrator does. One that is given up gives its place and its payment back.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound); [`BookingMove`](super::Conflict::BookingMove) and
    /// [`PaymentMove`](super::Conflict::PaymentMove).
    pub async fn change(
        &self,
        id: BookingId,
        changes: BookingChanges,
        except: Option<SocketId>,
    ) -> Result<Booking, ServiceError> {
        repeated(|| async {
            let mut change = Change::begin(&self.context, except).await?;
            let booking = self.task(&mut change, Task::Change(id, changes)).await?;
            change.commit().await?;
            Ok(booking)
        })
        .await
    }

    async fn perform(&self, task: Task<'_>, origin: &Origin) -> Result<Outcome<Booking>, ServiceError> {
        let claim = origin.idempotency.as_ref().map(|idempotency| &idempotency.claim);
        let _in_use = claim.map(|claim| self.running.enter(claim)).transpose()?;
        repeated(|| self.attempt(task, origin)).await
    }

    async fn attempt(&self, task: Task<'_>, origin: &Origin) -> Result<Outcome<Booking>, ServiceError> {
        let mut change = Change::begin(&self.context, origin.except).await?;
        if let Some(idempotency) = &origin.idempotency
            && let Some(answer) = idempotency.claim(&mut change).await?
        {
            return Ok(Outcome::Replayed(answer));
        }
        let booking = self.task(&mut change, task).await?;
        if let Some(idempotency) = &origin.idempotency {
            idempotency.complete(&mut change, &booking).await?;
        }
        change.commit().await?;
        Ok(Outcome::Done(booking))
    }

    async fn task(&self, change: &mut Change, task: Task<'_>) -> Result<Booking, ServiceError> {
        match task {
            Task::Create(booking) => self.take_place(change, booking).await,
            Task::Cancel(id, by) => {
                let booking = permitted(change.lock_booking(id).await?, by)?;
                moves::give_up(change, &booking, BookingStatus::Cancelled).await
            }
            Task::Pay(id, by, outcome) => {
                let booking = permitted(change.lock_booking(id).await?, by)?;
                self.order_payment(change, &booking, outcome).await
            }
            Task::Change(id, changes) => {
                let booking = change.lock_booking(id).await?.ok_or(ServiceError::NotFound("booking"))?;
                moves::set(change, &booking, changes).await
            }
        }
    }

    async fn take_place(&self, change: &mut Change, new: &NewBooking) -> Result<Booking, ServiceError> {
        let invalid = |field, rule| ServiceError::Invalid { field, rule };
        let mut conn = change.conn();
        // So that what one user asks at the same time is counted. Always before the session, and nothing waits for a
        // user while it holds a session.
        let role = store::users::lock(&mut conn, new.user_id).await?;
        let session = store::sessions::find_locked(&mut conn, new.session_id, Lock::Share)
            .await?
            .ok_or(invalid("session_id", Rule::Exists))?;
        change.happens_now();
        self.check_day(&session, new.booking_date, change.now)
            .map_err(|rule| invalid("booking_date", rule))?;
        let role = role.ok_or(invalid("user_id", Rule::Exists))?;
        self.check_pending(change, new.user_id, role).await?;
        let mut conn = change.conn();
        store::session_dates::ensure(&mut conn, session.id, new.booking_date).await?;
        let places = store::session_dates::take(&mut conn, session.id, new.booking_date)
            .await?
            .ok_or(Conflict::SessionFull)?;
        change.happens_now();
        let booking = self.insert(change, new).await?;
        moves::tell_availability(change, &session, new.booking_date, places)?;
        moves::tell_booking(change, &booking).await?;
        Ok(booking)
    }

    /// Whether places of the session can be booked on a day: neither too late nor too early.
    fn check_day(&self, session: &Session, date: NaiveDate, now: Timestamp) -> Result<(), Rule> {
        let today = session.timezone.date_at(now);
        if date < today {
            return Err(Rule::TodayOrLater);
        }
        if session.timezone.moment(date, session.end_time) <= now {
            return Err(Rule::NotOver);
        }
        match today.checked_add_days(Days::new(self.context.settings.days_ahead)) {
            Some(last) if date > last => Err(Rule::NotLaterThan(last)),
            _ => Ok(()),
        }
    }

    /// Places are taken for nothing until they are paid, so nobody may take too many. Administrators may: they book
    /// for those who come to the counter.
    async fn check_pending(&self, change: &mut Change, user: UserId, role: Role) -> Result<(), ServiceError> {
        let limit = self.context.settings.max_pending;
        let filter = BookingFilter { user_id: Some(user), status: Some(BookingStatus::Pending) };
        if role != Role::Admin
            && store::bookings::count(&mut change.conn(), filter).await? >= i64::from(limit.get())
        {
            return Err(Conflict::TooManyPending(limit).into());
        }
        Ok(())
    }

    async fn insert(&self, change: &mut Change, new: &NewBooking) -> Result<Booking, ServiceError> {
        let (now, expires_at) = (change.now, change.now.plus(self.context.settings.pending));
        for _ in 0..CODES {
            let code = BookingCode::draw(new.booking_date, &mut rand::rng());
            let inserted = store::bookings::insert(&mut change.conn(), new, &code, expires_at, now).await?;
            if let Some(booking) = inserted {
                return Ok(booking);
            }
        }
        Err(ServiceError::Database(sqlx::Error::Protocol(format!(
            "{CODES} codes of bookings were all taken"
        ))))
    }

    async fn order_payment(
        &self,
        change: &mut Change,
        booking: &Booking,
        outcome: PaymentOutcome,
    ) -> Result<Booking, ServiceError> {
        // Who is too late is too late, even before the clerk has noticed.
        let overdue = booking.status == BookingStatus::Pending && booking.expires_at <= change.now;
        let status = if overdue { BookingStatus::Expired } else { booking.status };
        if status != BookingStatus::Pending {
            return Err(Conflict::NotPayable(status).into());
        }
        let due = change.now.plus(self.context.settings.payment_delay);
        let next = Next { status, payment_status: PaymentStatus::Pending, order: Some((outcome, due)) };
        if booking.payment_status == PaymentStatus::Pending {
            let (from, to) = (booking.payment_status, next.payment_status);
            return Err(Conflict::PaymentMove { from, to }.into());
        }
        apply(change, booking, next).await
    }
}

fn permitted(booking: Option<Booking>, by: &Principal) -> Result<Booking, ServiceError> {
    match booking {
        None => Err(ServiceError::NotFound("booking")),
        Some(booking) if by.may_act_for(booking.user_id) => Ok(booking),
        Some(_) => Err(ServiceError::Forbidden),
    }
}
