//! What an operator can watch, besides the outbox's own figures.

use metrics::{Unit, counter, describe_counter};

const BOOKINGS: &str = "booking_bookings_total";
const PAYMENTS: &str = "booking_payments_total";

/// Declares all of them, with their help texts.
pub(crate) fn describe() {
    describe_counter!(
        BOOKINGS,
        Unit::Count,
        "Bookings by what came of them: created, full, refused, replayed, cancelled, expired, completed."
    );
    describe_counter!(PAYMENTS, Unit::Count, "Answers of the payment provider by their kind: paid, failed.");
}

/// Counts what came of a booking.
pub(crate) fn booking(result: &'static str) {
    counter!(BOOKINGS, "result" => result).increment(1);
}

/// Counts an answer of the payment provider.
pub(crate) fn payment(result: &'static str) {
    counter!(PAYMENTS, "result" => result).increment(1);
}
