//! The two state machines of a booking.

use super::text::words;

words! {
    /// Where a booking stands.
    pub enum BookingStatus ("booking status") {
        /// Made, not paid yet; it expires after a while.
        Pending = "pending",
        /// Paid.
        Confirmed = "confirmed",
        /// Given up by the user or an administrator.
        Cancelled = "cancelled",
        /// The session has taken place.
        Completed = "completed",
        /// It was not paid in time.
        Expired = "expired",
    }
}

words! {
    /// Where the payment of a booking stands.
    pub enum PaymentStatus ("payment status") {
        /// Nobody has tried to pay.
        Unpaid = "unpaid",
        /// The provider is at work.
        Pending = "pending",
        /// The money is there.
        Paid = "paid",
        /// The provider refused; it may be tried again.
        Failed = "failed",
        /// The money went back.
        Refunded = "refunded",
    }
}

words! {
    /// What the simulated payment provider is asked to answer.
    pub enum PaymentOutcome ("payment outcome") {
        /// The payment succeeds.
        Succeed = "succeed",
        /// The payment fails.
        Fail = "fail",
    }
}

impl BookingStatus {
    const MOVES: &[(Self, Self)] = &[
        (Self::Pending, Self::Confirmed),
        (Self::Confirmed, Self::Completed),
        (Self::Pending, Self::Cancelled),
        (Self::Confirmed, Self::Cancelled),
        (Self::Pending, Self::Expired),
    ];

    /// Whether a booking may go from this status to that one. Staying is no move.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        Self::MOVES.contains(&(self, next))
    }

    /// Whether a booking of this status takes up a place.
    #[must_use]
    pub fn holds_place(self) -> bool {
        match self {
            Self::Pending | Self::Confirmed | Self::Completed => true,
            Self::Cancelled | Self::Expired => false,
        }
    }
}

impl PaymentStatus {
    const MOVES: &[(Self, Self)] = &[
        (Self::Unpaid, Self::Pending),
        (Self::Pending, Self::Paid),
        (Self::Paid, Self::Refunded),
        (Self::Pending, Self::Failed),
        (Self::Failed, Self::Pending),
    ];

    /// Whether a payment may go from this status to that one. Staying is no move.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        Self::MOVES.contains(&(self, next))
    }

    /// What becomes of a payment whose booking is given up: money goes back, an attempt fails.
    #[must_use]
    pub fn when_given_up(self) -> Self {
        match self {
            Self::Paid => Self::Refunded,
            Self::Pending => Self::Failed,
            Self::Unpaid | Self::Failed | Self::Refunded => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    #[test]
    fn bookings_move_as_the_contract_says_and_not_otherwise() {
        use BookingStatus::{Cancelled, Completed, Confirmed, Expired, Pending};
        let allowed: &[(BookingStatus, &[BookingStatus])] = &[
            (Pending, &[Confirmed, Cancelled, Expired]),
            (Confirmed, &[Cancelled, Completed]),
            (Cancelled, &[]),
            (Completed, &[]),
            (Expired, &[]),
        ];
        for (from, to) in allowed {
            for next in BookingStatus::ALL {
                assert_eq!(from.may_become(*next), to.contains(next), "{from} -> {next}");
            }
        }
    }

    #[test]
    fn payments_move_as_the_contract_says_and_not_otherwise() {
        use PaymentStatus::{Failed, Paid, Pending, Refunded, Unpaid};
        let allowed: &[(PaymentStatus, &[PaymentStatus])] = &[
            (Unpaid, &[Pending]),
            (Pending, &[Paid, Failed]),
            (Paid, &[Refunded]),
            (Failed, &[Pending]),
            (Refunded, &[]),
        ];
        for (from, to) in allowed {
            for next in PaymentStatus::ALL {
                assert_eq!(from.may_become(*next), to.contains(next), "{from} -> {next}");
            }
        }
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        let error = "done".parse::<BookingStatus>().unwrap_err();
        let text =
            "`done` is no booking status; use one of: pending, confirmed, cancelled, completed, expired";
        assert_eq!(error.to_string(), text);
    }

    proptest! {
        #[test]
        fn a_place_that_was_given_back_is_never_taken_again(
            walk in proptest::collection::vec(select(BookingStatus::ALL), 0..20),
        ) {
            let mut status = BookingStatus::Pending;
            let mut given_back = 0;
            for next in walk {
                if status.may_become(next) {
                    given_back += u8::from(status.holds_place() && !next.holds_place());
                    prop_assert!(status.holds_place() || !next.holds_place());
                    status = next;
                }
            }
            prop_assert!(given_back <= 1);
        }

        #[test]
        fn a_booking_that_is_given_up_leaves_no_payment_open(status in select(PaymentStatus::ALL)) {
            let after = status.when_given_up();
            prop_assert!(after == status || status.may_become(after));
            prop_assert!(!matches!(after, PaymentStatus::Pending | PaymentStatus::Paid));
        }

        #[test]
        fn words_are_read_as_they_are_written(status in select(PaymentStatus::ALL)) {
            prop_assert_eq!(status.as_str().parse::<PaymentStatus>().unwrap(), status);
            prop_assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
        }
    }
}
