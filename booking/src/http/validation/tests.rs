use serde_json::json;

use super::*;

#[derive(Debug, PartialEq)]
struct Order {
    session_id: i64,
    booking_date: chrono::NaiveDate,
    note: Option<String>,
}

impl FromFields for Order {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let session_id = fields.required("session_id", integer);
        let booking_date = fields.required("booking_date", date);
        let note = fields.optional("note", trimmed(2, 5));
        Ok(Self { session_id: session_id?, booking_date: booking_date?, note: note? })
    }
}

fn parse(value: &Value) -> Result<Order, Value> {
    let members = value.as_object().unwrap().clone();
    Fields::new(members).parse().map_err(|errors| serde_json::to_value(errors.body(Locale::English)).unwrap())
}

#[test]
fn all_mistakes_are_told_at_once() {
    assert_eq!(
        parse(&json!({ "session_id": "5", "booking_date": " ", "note": "x" })),
        Err(json!({
            "message": "The session id field must be an integer. (and 2 more errors)",
            "errors": {
                "session_id": ["The session id field must be an integer."],
                "booking_date": ["The booking date field is required."],
                "note": ["The note field must be at least 2 characters."],
            },
        }))
    );
}

#[test]
fn unknown_fields_are_ignored_and_null_counts_as_left_out() {
    let order =
        parse(&json!({ "session_id": 5, "booking_date": "2026-11-24", "note": null, "status": "paid" }));
    assert_eq!(
        order.unwrap(),
        Order { session_id: 5, booking_date: "2026-11-24".parse().unwrap(), note: None }
    );
}

#[test]
fn a_blank_text_is_left_out_but_is_no_change() {
    let mut fields = Fields::new(Map::from_iter([("name".to_owned(), json!(" "))]));
    assert_eq!(fields.optional("name", trimmed(1, 5)).unwrap(), None);
    assert!(fields.required("name", trimmed(1, 5)).is_err());
    assert!(fields.change("name", trimmed(1, 5)).is_err());
    let violations = vec![Violation::Required, Violation::MinCharacters(1)];
    assert_eq!(fields.errors, Errors(vec![("name".into(), violations)]));
}

#[test]
fn a_mistake_in_a_list_names_the_item() {
    struct Ids;
    impl FromFields for Ids {
        fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
            fields.list("ids", 3, integer).map(|_| Self)
        }
    }
    let check = |ids: Value, field: &str, sentence: &str| {
        let errors = Fields::new(Map::from_iter([("ids".to_owned(), ids)])).parse::<Ids>().err().unwrap();
        let body = serde_json::to_value(errors.body(Locale::English)).unwrap();
        assert_eq!(body["errors"][field][0], sentence);
    };
    check(json!([1, "x"]), "ids.1", "The ids.1 field must be an integer.");
    check(json!("x"), "ids", "The ids field must be an array.");
    check(json!([1, 2, 3, 4]), "ids", "The ids field must not have more than 3 items.");
}

#[test]
fn dates_and_times_are_written_in_full() {
    for text in [
        "2026-1-05",
        "2026-02-30",
        "20260101",
        "2026-01-01T00:00:00Z",
        "+2026-01-01",
        "+12026-01-01",
        "-0001-01-01",
        " 2026-01-01",
        "x",
    ] {
        assert_eq!(date(&json!(text)), Err(Violation::DateFormat("Y-m-d")), "{text}");
    }
    assert!(date(&json!("2028-02-29")).is_ok());
    for text in ["7:00", " 7:00", "+7:00", "24:00", "07:60", "07:00:00", "7", ""] {
        assert_eq!(time(&json!(text)), Err(Violation::DateFormat("H:i")), "{text}");
    }
    assert!(time(&json!("23:59")).is_ok());
    assert_eq!(date(&json!(20260101)), Err(Violation::Text));
}

#[test]
fn an_email_address_is_compared_in_small_letters() {
    assert_eq!(email(&json!(" Ani@Example.com ")).unwrap().as_str(), "ani@example.com");
    assert_eq!(email(&json!("ani")), Err(Violation::Email));
    assert_eq!(email(&json!(7)), Err(Violation::Text));
}

#[test]
fn numbers_are_integers_within_their_limits() {
    assert_eq!(integer_between(1, 10)(&json!(0)), Err(Violation::Min(1)));
    assert_eq!(integer_between(1, 10)(&json!(11)), Err(Violation::Max(10)));
    assert_eq!(integer_between(1, 10)(&json!(10)), Ok(10));
    for value in [json!("1"), json!(1.5), json!(true), json!([]), json!(u64::MAX)] {
        assert_eq!(integer(&value), Err(Violation::Integer), "{value}");
    }
    assert_eq!(trimmed(1, 10)(&json!("a\0b")), Err(Violation::Format));
    assert_eq!(digits_between(1, 10)(&json!("x")), Err(Violation::Integer));
    assert_eq!(digits_between(1, 10)(&json!("-1")), Err(Violation::Min(1)));
}
