//! Tests of the environment and of `.env`.

use super::*;

fn layered(process: &[(&str, &str)], text: &str) -> (Environment, Vec<String>) {
    let process = process.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (environment, errors) = Environment::layered(process, Path::new(".env"), text);
    (environment, errors.iter().map(ToString::to_string).collect())
}

#[test]
fn the_environment_wins_over_the_file() {
    let (environment, errors) = layered(&[("A", "process"), ("B", "process")], "A=file\nC=file\nC=again\n");
    assert_eq!(errors, <[&str; 0]>::default());
    assert_eq!(environment.names(), ["A", "B", "C"]);
    assert_eq!(environment.get("A").as_deref(), Some("process"));
    assert_eq!(environment.get("C").as_deref(), Some("again"));
    assert_eq!(environment.get("D"), None);
    assert_eq!(environment.origin("A"), Origin::Environment);
    assert_eq!(environment.origin("C"), Origin::DotEnv(".env".into()));
}

#[test]
fn broken_lines_are_told_with_their_numbers_and_without_their_values() {
    let remedy = "Write NAME=value, with quotes around a value that has spaces or quotes in it.";
    let text = "\u{feff}A=1\r\nNO VALUE\nREVERB_B=my s3cr3t\nNO VALUE\nC=\"2 \\\n3\"\nGEMA_D='open\n";
    let (environment, errors) = layered(&[], text);
    assert_eq!(
        errors,
        [
            format!("line 2 (.env): cannot be read. {remedy}"),
            format!("line 3, `REVERB_B` (.env): cannot be read. {remedy}"),
            format!("line 4 (.env): cannot be read. {remedy}"),
            format!("line 5, `C` (.env): cannot be read. {remedy}"),
            format!("line 7, `GEMA_D` (.env): cannot be read. {remedy}"),
        ]
    );
    assert_eq!(environment.names(), ["A"]);
}

#[test]
fn a_broken_line_of_somebody_else_is_no_mistake() {
    let (environment, errors) = layered(&[], "APP_NAME=It is mine\nMAIL=App\\Foo\nREVERB_APP_KEY=k\n");
    assert_eq!(errors, <[&str; 0]>::default());
    assert_eq!(environment.get("REVERB_APP_KEY").as_deref(), Some("k"));
    let (_, errors) = layered(&[], "D='open\nREVERB_APP_KEY=k\n");
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn a_quote_that_is_none_does_not_swallow_our_lines() {
    let (_, errors) = layered(&[], "A=1\nB=it's\nREVERB_APP_KEY=k\nC=it's\n");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("line 2, `B` (.env): has a quote that ends in another line"), "{errors:?}");
    let (_, errors) = layered(&[], "A='two\nlines'\nREVERB_APP_KEY=k\n");
    assert_eq!(errors, <[&str; 0]>::default());
}

#[test]
fn literals_are_read_as_laravel_reads_them() {
    let cases = [
        ("true", Some("true")),
        ("(TRUE)", Some("true")),
        ("(false)", Some("false")),
        ("null", None),
        ("(Null)", None),
        ("empty", Some("")),
        ("(empty)", Some("")),
        ("\"quoted\"", Some("quoted")),
        ("'quoted'", Some("quoted")),
        ("\"", Some("\"")),
        ("plain", Some("plain")),
    ];
    for (value, expected) in cases {
        assert_eq!(laravel_literal(value.to_owned()).as_deref(), expected, "{value}");
    }
}
