//! The words of validation: Laravel's, in English and Indonesian.

use chrono::NaiveDate;

use super::locale::Locale;
use crate::services::Rule;

/// What is wrong with the value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Absent, null, empty.
    Required,
    /// Required, because none of these fields is there either.
    RequiredWithoutAll(&'static [&'static str]),
    /// Not an integer, or beyond 64 bits.
    Integer,
    /// Not a text.
    Text,
    /// Neither true nor false.
    Boolean,
    /// Not a list.
    List,
    /// Not of this date format (in PHP's letters: `Y-m-d`, `H:i`).
    DateFormat(&'static str),
    /// Not an e-mail address.
    Email,
    /// A text of fewer characters.
    MinCharacters(usize),
    /// A text of more characters.
    MaxCharacters(usize),
    /// A smaller number.
    Min(i64),
    /// A greater number.
    Max(i64),
    /// A list of more items.
    MaxItems(usize),
    /// Not one of the values that there are, or names something that does not exist.
    Selected,
    /// Taken by somebody else.
    Unique,
    /// A date in the past.
    BeforeToday,
    /// A day on which the session is over.
    Over,
    /// A date after this one.
    AfterDay(NaiveDate),
    /// Not after the value of this field.
    After(&'static str),
    /// No user has this e-mail address and password.
    Credentials,
    /// Fewer places than are booked already.
    BelowBooked(i64),
    /// An idempotency key that came with another request before.
    KeyReused,
    /// Not of the form that such values have.
    Format,
}

impl Violation {
    /// The sentence for `field` in this language.
    pub(crate) fn text(&self, locale: Locale, field: &str) -> String {
        match locale {
            Locale::English => self.english(&field.replace('_', " ")),
            Locale::Indonesian => self.indonesian(&indonesian_name(field)),
        }
    }

    fn english(&self, name: &str) -> String {
        match self {
            Self::Required => format!("The {name} field is required."),
            Self::RequiredWithoutAll(others) => {
                format!(
                    "The {name} field is required when none of {} are present.",
                    listed(others, " / ", |other| other.replace('_', " "))
                )
            }
            Self::Integer => format!("The {name} field must be an integer."),
            Self::Text => format!("The {name} field must be a string."),
            Self::Boolean => format!("The {name} field must be true or false."),
            Self::List => format!("The {name} field must be an array."),
            Self::DateFormat(format) => format!("The {name} field must match the format {format}."),
            Self::Email => format!("The {name} field must be a valid email address."),
            Self::MinCharacters(n) => format!("The {name} field must be at least {n} characters."),
            Self::MaxCharacters(n) => format!("The {name} field must not be greater than {n} characters."),
            Self::Min(n) => format!("The {name} field must be at least {n}."),
            Self::Max(n) => format!("The {name} field must not be greater than {n}."),
            Self::MaxItems(n) => format!("The {name} field must not have more than {n} items."),
            Self::Selected => format!("The selected {name} is invalid."),
            Self::Unique => format!("The {name} has already been taken."),
            Self::BeforeToday => format!("The {name} field must be a date after or equal to today."),
            Self::Over => format!("The {name} field must be a day on which the session is not over."),
            Self::AfterDay(day) => format!("The {name} field must be a date before or equal to {day}."),
            Self::After(other) => {
                format!("The {name} field must be a date after {}.", other.replace('_', " "))
            }
            Self::Credentials => "These credentials do not match our records.".to_owned(),
            Self::BelowBooked(n) => {
                format!("The {name} field must be at least {n}: so many places are booked already.")
            }
            Self::KeyReused => format!("The {name} was used with another request."),
            Self::Format => format!("The {name} field format is invalid."),
        }
    }

    fn indonesian(&self, name: &str) -> String {
        let sentence = match self {
            Self::Required => format!("{name} wajib diisi."),
            Self::RequiredWithoutAll(others) => {
                format!("{name} wajib diisi bila {} tidak ada.", listed(others, " / ", indonesian_name))
            }
            Self::Integer => format!("{name} harus berupa bilangan bulat."),
            Self::Text => format!("{name} harus berupa string."),
            Self::Boolean => format!("{name} harus bernilai true atau false."),
            Self::List => format!("{name} harus berupa sebuah array."),
            Self::DateFormat(format) => format!("{name} harus cocok dengan format {format}."),
            Self::Email => format!("{name} harus berupa alamat surel yang valid."),
            Self::MinCharacters(n) => format!("{name} minimal berisi {n} karakter."),
            Self::MaxCharacters(n) => format!("{name} maksimal berisi {n} karakter."),
            Self::Min(n) => format!("{name} minimal bernilai {n}."),
            Self::Max(n) => format!("{name} maksimal bernilai {n}."),
            Self::MaxItems(n) => format!("{name} maksimal terdiri dari {n} anggota."),
            Self::Selected => format!("{name} yang dipilih tidak valid."),
            Self::Unique => format!("{name} sudah ada sebelumnya."),
            Self::BeforeToday => format!("{name} harus berisi tanggal setelah atau sama dengan hari ini."),
            Self::Over => format!("{name} harus berisi hari dengan sesi yang belum selesai."),
            Self::AfterDay(day) => format!("{name} harus berisi tanggal sebelum atau sama dengan {day}."),
            Self::After(other) => format!("{name} harus berisi tanggal setelah {}.", indonesian_name(other)),
            Self::Credentials => "Identitas tersebut tidak cocok dengan data kami.".to_owned(),
            Self::BelowBooked(n) => format!("{name} minimal bernilai {n}: sebanyak itu sudah dipesan."),
            Self::KeyReused => format!("{name} sudah dipakai untuk permintaan lain."),
            Self::Format => format!("Format {name} tidak valid."),
        };
        capitalized(&sentence)
    }
}

impl From<Rule> for Violation {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Exists => Self::Selected,
            Rule::Unique => Self::Unique,
            Rule::TodayOrLater => Self::BeforeToday,
            Rule::NotOver => Self::Over,
            Rule::NotLaterThan(day) => Self::AfterDay(day),
            Rule::AtLeastBooked(places) => Self::BelowBooked(places),
            Rule::LaterThan(field) => Self::After(field),
        }
    }
}

/// What a summary says of the errors that it does not show: ` (and 2 more errors)`.
pub(crate) fn more_errors(locale: Locale, count: usize) -> String {
    match (locale, count) {
        (_, 0) => String::new(),
        (Locale::English, 1) => " (and 1 more error)".to_owned(),
        (Locale::English, n) => format!(" (and {n} more errors)"),
        (Locale::Indonesian, n) => format!(" (dan {n} kesalahan lainnya)"),
    }
}

fn indonesian_name(field: &str) -> String {
    match field {
        "session_id" => "sesi",
        "booking_date" => "tanggal pemesanan",
        "user_id" => "pengguna",
        "name" => "nama",
        "email" => "surel",
        "password" => "kata sandi",
        "device_name" => "nama perangkat",
        "abilities" => "izin",
        "date" => "tanggal",
        "start_time" => "waktu mulai",
        "end_time" => "waktu selesai",
        "max_capacity" => "kapasitas maksimal",
        "price" => "harga",
        "status" => "status",
        "payment_status" => "status pembayaran",
        "outcome" => "hasil",
        "title" => "judul",
        "message" => "pesan",
        "level" => "tingkat",
        "type" => "jenis",
        "unread" => "belum dibaca",
        "page" => "halaman",
        "per_page" => "jumlah per halaman",
        "idempotency_key" => "kunci idempotensi",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

fn listed(names: &[&str], between: &str, word: impl Fn(&str) -> String) -> String {
    names.iter().map(|name| word(name)).collect::<Vec<_>>().join(between)
}

fn capitalized(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_laravels_in_both_languages() {
        let check = |violation: Violation, field, english, indonesian| {
            assert_eq!(violation.text(Locale::English, field), english);
            assert_eq!(violation.text(Locale::Indonesian, field), indonesian);
        };
        check(Violation::Required, "session_id", "The session id field is required.", "Sesi wajib diisi.");
        check(
            Violation::DateFormat("Y-m-d"),
            "booking_date",
            "The booking date field must match the format Y-m-d.",
            "Tanggal pemesanan harus cocok dengan format Y-m-d.",
        );
        check(
            Violation::Email,
            "email",
            "The email field must be a valid email address.",
            "Surel harus berupa alamat surel yang valid.",
        );
        check(
            Violation::Format,
            "timezone",
            "The timezone field format is invalid.",
            "Format timezone tidak valid.",
        );
        check(
            Violation::RequiredWithoutAll(&["all", "user_id"]),
            "ids",
            "The ids field is required when none of all / user id are present.",
            "Ids wajib diisi bila all / pengguna tidak ada.",
        );
        check(
            Violation::After("start_time"),
            "end_time",
            "The end time field must be a date after start time.",
            "Waktu selesai harus berisi tanggal setelah waktu mulai.",
        );
        check(
            Violation::AfterDay(NaiveDate::from_ymd_opt(2027, 11, 23).unwrap()),
            "booking_date",
            "The booking date field must be a date before or equal to 2027-11-23.",
            "Tanggal pemesanan harus berisi tanggal sebelum atau sama dengan 2027-11-23.",
        );
        check(
            Violation::Over,
            "booking_date",
            "The booking date field must be a day on which the session is not over.",
            "Tanggal pemesanan harus berisi hari dengan sesi yang belum selesai.",
        );
        check(
            Violation::Integer,
            "ids.0",
            "The ids.0 field must be an integer.",
            "Ids.0 harus berupa bilangan bulat.",
        );
    }

    #[test]
    fn the_summary_counts_what_it_does_not_show() {
        assert_eq!(more_errors(Locale::English, 0), "");
        assert_eq!(more_errors(Locale::English, 1), " (and 1 more error)");
        assert_eq!(more_errors(Locale::English, 2), " (and 2 more errors)");
        assert_eq!(more_errors(Locale::Indonesian, 1), " (dan 1 kesalahan lainnya)");
    }
}
