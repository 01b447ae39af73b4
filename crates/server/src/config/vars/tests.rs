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
    let text =
        "\u{feff}A=1\r\nNO VALUE\nREVERB_B=my s3cr3t\nNO VALUE\nGEMA_C=\"s3cr3t\\x\"\nREVERB_D='s3cr3t\n";
    let (environment, errors) = layered(&[], text);
    let no_name = "is not NAME=value. Write NAME=value, with letters, digits and `_` in the name, and `#` before a comment.";
    assert_eq!(
        errors,
        [
            format!("line 2 (.env): {no_name}"),
            "line 3, `REVERB_B` (.env): has more after the end of its value. Write quotes around a value that has \
             spaces in it, and `#` before a comment."
                .to_owned(),
            format!("line 4 (.env): {no_name}"),
            "line 5, `GEMA_C` (.env): has a backslash that means nothing there. Write `\\\\` for a backslash in double \
             quotes, or the value in single quotes."
                .to_owned(),
            "line 6, `REVERB_D` (.env): has a quote that does not end. Close it; only a value in double quotes, right \
             behind the `=`, may run over several lines."
                .to_owned(),
        ]
    );
    assert_eq!(environment.names(), ["A"]);
}

#[test]
fn a_broken_line_of_somebody_else_is_no_mistake() {
    let text = "APP_NAME=It is mine\nMAIL=\"App\\Foo\"\nD='open\nREVERB_APP_KEY=k\nLAST=\"open\n";
    let (environment, errors) = layered(&[], text);
    assert_eq!(errors, <[&str; 0]>::default());
    assert_eq!(environment.get("REVERB_APP_KEY").as_deref(), Some("k"));
}

#[test]
fn a_quote_that_does_not_end_does_not_swallow_our_lines() {
    for text in [
        "A=1\nB=\"it\nREVERB_APP_KEY=k\nC=\"it\"\n",
        "A=1\nB=\"it\nREVERB_APP_KEY=k\n",
        "A=1\n# B=\"it\nexport X=1\n GEMA_SHARDS=1\n",
    ] {
        let (_, errors) = layered(&[], text);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("line 2"), "{errors:?}");
        assert!(errors[0].contains("(.env): has a quote that ends in another line"), "{errors:?}");
    }
    let (_, errors) = layered(&[], "A=\"two\nlines\"\nREVERB_APP_KEY=k\n");
    assert_eq!(errors, <[&str; 0]>::default());
}

#[test]
fn secrets_are_what_they_are_for_laravel() {
    for (line, secret) in
        [("pa$word", "pa$word"), ("\"a-${NOPE}-b\"", "a-${NOPE}-b"), ("a#b", "a"), ("\"a$b\"", "a$b")]
    {
        let (environment, errors) = layered(&[], &format!("REVERB_APP_SECRET={line}\n"));
        assert_eq!(errors, <[&str; 0]>::default());
        assert_eq!(environment.get("REVERB_APP_SECRET").as_deref(), Some(secret), "{line}");
    }
}

#[test]
fn names_in_braces_are_those_of_the_process_first() {
    let (environment, _) = layered(&[("A", "process")], "A=file\nB=${A}\nC=c\nD=${C}\nC\nE=${C}\n");
    let values = ["A", "B", "C", "D", "E"].map(|name| environment.get(name).unwrap_or_default());
    assert_eq!(values, ["process", "process", "", "c", "${C}"]);
}

#[test]
fn the_file_of_the_named_environment_is_read_where_it_exists() {
    let directory = tempfile::tempdir().unwrap();
    for name in [".env", ".env.staging", ".env.other"] {
        fs::write(directory.path().join(name), format!("FILE={name}\n")).unwrap();
    }
    let read = |name: Option<&str>, app_env: Option<&str>| {
        let process = app_env.map(|value| ("APP_ENV".to_owned(), value.to_owned()));
        let (environment, mistakes) = Environment::read_named(name, process, directory.path());
        assert_eq!(mistakes, []);
        let file = environment.get("FILE").unwrap();
        assert_eq!(environment.origin("FILE"), Origin::DotEnv(directory.path().join(&file)));
        file
    };
    assert_eq!(read(None, None), ".env");
    assert_eq!(read(None, Some("staging")), ".env.staging");
    assert_eq!(read(None, Some("local")), ".env");
    assert_eq!(read(None, Some("null")), ".env");
    assert_eq!(read(Some("other"), Some("staging")), ".env.other");
    assert_eq!(read(Some("absent"), Some("staging")), ".env.staging");
    // `.env` itself does not choose another file.
    fs::write(directory.path().join(".env"), "APP_ENV=staging\nFILE=.env\n").unwrap();
    assert_eq!(read(None, None), ".env");
}

#[test]
fn a_file_that_must_not_be_read_is_told_what_to_do() {
    let denied = unreadable(Path::new(".env"), &io::ErrorKind::PermissionDenied.into());
    assert_eq!(
        denied.to_string(),
        "file (.env): cannot be read: permission denied. Let the user that Gema runs as read it (chmod, chgrp), or run \
         Gema as its owner."
    );
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(".env"), [0xff, 0xfe]).unwrap();
    let (_, mistakes) = Environment::read(Vec::new(), directory.path());
    assert!(
        mistakes[0]
            .to_string()
            .ends_with("Make it a readable text file, or start Gema in another directory.")
    );
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
