//! Each rule by which Laravel reads `.env`.

use std::collections::BTreeMap;

use super::*;

/// What the file sets, and what is wrong in it: the number of the line, its name and the problem.
type Read = (BTreeMap<String, String>, Vec<(usize, Option<String>, Problem)>);

fn read(text: &str) -> Read {
    let (mut set, mut broken) = Read::default();
    for entry in entries(text) {
        match entry.content {
            Content::Comment => {}
            Content::Assignment(name, Some(value)) => {
                let value = value.resolve(|name| set.get(name).cloned());
                set.insert(name, value);
            }
            Content::Assignment(name, None) => {
                set.remove(&name);
            }
            Content::Broken(name, problem) => broken.push((entry.number, name, problem)),
        }
    }
    (set, broken)
}

/// The value of `A` in a file without mistakes.
#[track_caller]
fn value(text: &str) -> String {
    let (set, broken) = read(text);
    assert_eq!(broken, [], "{text}");
    set.get("A").unwrap_or_else(|| panic!("{text} does not set A")).clone()
}

#[track_caller]
fn problem(text: &str) -> Problem {
    let (_, broken) = read(text);
    assert_eq!(broken.len(), 1, "{text}: {broken:?}");
    broken[0].2
}

#[test]
fn a_dollar_is_text_unless_it_begins_a_known_name_in_braces() {
    for (text, expected) in [
        ("A=pa$word", "pa$word"),
        ("A=\"pa$word\"", "pa$word"),
        ("B=b\nA=$B", "$B"),
        ("A=\"a-${NOPE}-b\"", "a-${NOPE}-b"),
        ("A=a-${NOPE}-b", "a-${NOPE}-b"),
        ("B=b\nA=\"a-${B}-${B}\"", "a-b-b"),
        ("B=b\nA=a-${B}", "a-b"),
        ("B.b_1=b\nA=${B.b_1}", "b"),
        ("B=b\nA='${B}'", "${B}"),
        ("B=b\nA=\"\\${B}\"", "${B}"),
        ("A=${B}\nB=b", "${B}"),
        ("A=\"${} ${ $\"", "${} ${ $"),
        ("B='${C}'\nC=c\nA=${B}", "${C}"),
        ("B=C\nC_C=c\nA=${C_${B}}", "c"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn a_value_without_quotes_ends_at_a_comment_and_at_white_space() {
    for (text, expected) in [
        ("A=a#b", "a"),
        ("A=a # b", "a"),
        ("A=#b", ""),
        ("A= # b", ""),
        ("A=", ""),
        ("A=  a\t", "a"),
        ("A=it's", "it's"),
        ("A=a\"b\"", "a\"b\""),
        ("A=App\\Foo\\n", "App\\Foo\\n"),
        ("A=base64:x+/=", "base64:x+/="),
        ("A=(null)", "(null)"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    assert_eq!(problem("A=two words"), Problem::Behind);
}

#[test]
fn double_quotes_know_eight_escapes() {
    assert_eq!(value(r#"A="\"\\\$\f\n\r\t\v""#), "\"\\$\x0c\n\r\t\x0b");
    assert_eq!(value(r#"A="a$b""#), "a$b");
    assert_eq!(value(r#"A="a#b c" # comment"#), "a#b c");
    assert_eq!(value(r#"A="it's""#), "it's");
    for text in [r#"A="\a""#, r#"A="App\Foo""#, r#"A="\#""#, r#"A="\'""#] {
        assert_eq!(problem(text), Problem::Escape, "{text}");
    }
    assert_eq!(problem(r#"A="a" b"#), Problem::Behind);
    assert_eq!(problem(r#"A="a"b"#), Problem::Behind);
}

#[test]
fn single_quotes_know_no_escape() {
    assert_eq!(value(r#"A='a\n $b #c "d"' # comment"#), r#"a\n $b #c "d""#);
    assert_eq!(value(r"A='\'"), r"\");
    assert_eq!(problem("A='it's'"), Problem::Behind);
    assert_eq!(problem("A='open"), Problem::Quote);
}

#[test]
fn a_value_in_double_quotes_may_run_over_several_lines() {
    let (set, broken) = read("A=\"one\ntwo # 2\n\n three\" # end\nB=\"x\n\"\nC=c\n");
    assert_eq!(broken, []);
    assert_eq!(set["A"], "one\ntwo # 2\n\n three");
    assert_eq!((&*set["B"], &*set["C"]), ("x\n", "c"));
    assert_eq!(value("A=\"one \\\"\ntwo \\\\\""), "one \"\ntwo \\");
    // One in single quotes may not, and one with a space before its quote may not either.
    let (set, broken) = read("A='one\ntwo'\nB= \"one\ntwo\"\nC=c\n");
    let problems: Vec<_> = broken.iter().map(|(number, _, problem)| (*number, *problem)).collect();
    assert_eq!(problems, [(1, Problem::Quote), (2, Problem::Name), (3, Problem::Quote), (4, Problem::Name)]);
    assert_eq!(set.len(), 1);
}

#[test]
fn a_quote_that_does_not_end_takes_the_rest_of_the_file() {
    let (set, broken) = read("B=b\nA=\"one\nC=c\n");
    assert_eq!(broken, [(2, Some("A".to_owned()), Problem::Quote)]);
    assert_eq!(set.keys().collect::<Vec<_>>(), ["B"]);
}

#[test]
fn a_comment_is_a_line_that_begins_with_a_hash() {
    let (set, broken) = read("# A=1\n  # A=2\n\n \t\nB=b\n");
    assert_eq!((set.len(), broken), (1, Vec::new()));
    // A comment with an open quote takes the lines up to the next one.
    let (set, _) = read("# A=\"x\nB=b\nC=\"c\"\nD=d\"\nE=e\n");
    assert_eq!(set.keys().collect::<Vec<_>>(), ["D", "E"]);
}

#[test]
fn names_may_have_quotes_and_export() {
    for text in ["export A=a", "export \t A=a", "'A'=a", "\"A\"=a", "export 'A' = a", " A =a", "\tA=a"] {
        assert_eq!(value(text), "a", "{text}");
    }
    assert_eq!(read("exportA=a").0.keys().collect::<Vec<_>>(), ["exportA"]);
    for text in ["=a", "NO NAME=a", "A-B=a", "words alone", "''=a", "'A=a"] {
        assert_eq!(problem(text), Problem::Name, "{text}");
    }
}

#[test]
fn a_name_without_a_value_takes_it_away() {
    assert_eq!(read("A=a\nA\n").0.len(), 0);
    assert_eq!(read("export A\n").1, []);
}

#[test]
fn the_last_of_several_lines_wins() {
    assert_eq!(value("A=a\nB=${A}\nA=b"), "b");
    assert_eq!(read("A=a\nB=${A}\nA=b").0["B"], "a");
}

#[test]
fn all_ends_of_lines_and_a_byte_order_mark_are_taken() {
    for text in ["\u{feff}A=a\r\nB=b\r\n", "A=a\rB=b\r", "A=a\nB=b", "A=a\r\n\r\r\nB=b"] {
        let (set, broken) = read(text);
        assert_eq!((&*set["A"], &*set["B"], broken.len()), ("a", "b", 0), "{text:?}");
    }
    assert_eq!(value("A=\"one\r\ntwo\"\r\n"), "one\ntwo");
    assert_eq!(read("\r\nB=b\r\n\r\nNO NAME\r\n").1[0].0, 4);
}
