//! The expected texts are what `json_encode` of PHP 8.2 has written.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::to_json;

#[track_caller]
fn check(payload: impl serde::Serialize, expected: &str) {
    assert_eq!(to_json(&payload).unwrap(), expected);
}

#[test]
fn texts_are_escaped_as_in_php() {
    check("", r#""""#);
    check("/", r#""\/""#);
    check("a/b", r#""a\/b""#);
    check("é", r#""\u00e9""#);
    check("日本", r#""\u65e5\u672c""#);
    check("😀", r#""\ud83d\ude00""#);
    check("\u{2028}", r#""\u2028""#);
    check("\u{7f}", "\"\u{7f}\"");
    check(
        "\0\u{1}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{e}\u{1f}",
        r#""\u0000\u0001\u0007\b\t\n\u000b\f\r\u000e\u001f""#,
    );
    check("\"\\'<>&", r#""\"\\'<>&""#);
    check("\u{ffff}\u{10ffff}\u{10000}", r#""\uffff\udbff\udfff\ud800\udc00""#);
    check("http://x/y?z=é", r#""http:\/\/x\/y?z=\u00e9""#);
}

#[test]
fn floats_are_laid_out_as_in_php() {
    let table = [
        (1.0, "1"),
        (0.0, "0"),
        (1.5, "1.5"),
        (0.1, "0.1"),
        (100.0, "100"),
        (123_456.789, "123456.789"),
        (1e14, "100000000000000"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
        (1e17, "1.0e+17"),
        (1e20, "1.0e+20"),
        (1.5e25, "1.5e+25"),
        (0.001, "0.001"),
        (0.0001, "0.0001"),
        (0.000_123_45, "0.00012345"),
        (0.000_01, "1.0e-5"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5.0e-324"),
        (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
        (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
        (9_007_199_254_740_993.0, "9007199254740992"),
        (12_345_678_901_234_568.0, "12345678901234568"),
        (0.300_000_000_000_000_04, "0.30000000000000004"),
    ];
    for (value, expected) in table {
        check(value, expected);
        check(-value, &format!("-{expected}"));
    }
    check(0.1_f32, "0.1");
}

#[test]
fn structure_is_compact_and_keys_are_escaped_too() {
    check([(); 0], "[]");
    check(BTreeMap::from([("é/", 1)]), r#"{"\u00e9\/":1}"#);
    check(json!({ "a": null, "b": true, "c": [1, 2], "d": {} }), r#"{"a":null,"b":true,"c":[1,2],"d":{}}"#);
}

#[test]
fn json_within_json_is_escaped_twice() {
    let data = to_json(&json!({ "t": "é", "url": "a/b" })).unwrap();
    check(BTreeMap::from([("data", &data)]), r#"{"data":"{\"t\":\"\\u00e9\",\"url\":\"a\\\/b\"}"}"#);
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_reads_back_as_the_same(text: String, number in proptest::num::f64::NORMAL) {
        let back: Value = serde_json::from_str(&to_json(&text).unwrap()).unwrap();
        proptest::prop_assert_eq!(back.as_str(), Some(text.as_str()));
        proptest::prop_assert_eq!(to_json(&number).unwrap().parse(), Ok(number));
    }
}
