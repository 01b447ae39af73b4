//! The sessions of the studio.

use crate::domain::NewSession;

/// Six sessions from morning to evening.
pub(super) fn sessions() -> [NewSession; 6] {
    [
        ("Yoga Pagi", "07:00", "08:00", 12, 75_000),
        ("Pilates Dasar", "09:00", "10:00", 10, 120_000),
        ("Senam Sehat", "11:00", "12:00", 20, 50_000),
        ("Zumba Sore", "16:30", "17:30", 18, 65_000),
        ("Poundfit Ceria", "18:00", "19:00", 15, 90_000),
        ("Meditasi Malam", "19:30", "20:30", 8, 60_000),
    ]
    .map(|(name, start, end, max_capacity, price)| NewSession {
        name: name.to_owned(),
        start_time: start.parse().expect("it is a time"),
        end_time: end.parse().expect("it is a time"),
        max_capacity,
        timezone: "Asia/Jakarta".parse().expect("it is a time zone"),
        price,
    })
}
