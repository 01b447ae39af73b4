//! As much of PromQL as is needed to see which metrics and labels a query names.

/// What a query names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) selectors: Vec<Selector>,
    /// Labels behind `by`, `without`, `on` and the like.
    pub(super) grouping: Vec<String>,
}

/// A metric and the labels that it is chosen by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) metric: String,
    pub(super) matchers: Vec<Matcher>,
}

/// What a label has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matcher {
    pub(super) label: String,
    operator: String,
    value: String,
}

impl Matcher {
    /// The texts that the label is compared with; none where a dashboard's variable decides.
    pub(super) fn alternatives(&self) -> Vec<&str> {
        match &*self.value {
            variable if variable.starts_with('$') => Vec::new(),
            value if self.operator.ends_with('~') => value.split('|').collect(),
            value => vec![value],
        }
    }

    /// Whether one of the texts stands for the value. Of regular expressions `.` is understood.
    pub(super) fn stands_for(&self, alternative: &str, value: &str) -> bool {
        let is =
            |(pattern, c): (char, char)| pattern == c || (pattern == '.' && self.operator.ends_with('~'));
        alternative.chars().count() == value.chars().count() && alternative.chars().zip(value.chars()).all(is)
    }

    /// Whether a label with the value is chosen.
    pub(super) fn allows(&self, value: &str) -> bool {
        let alternatives = self.alternatives();
        let is_there = alternatives.iter().any(|alternative| self.stands_for(alternative, value));
        alternatives.is_empty() || is_there != self.operator.starts_with('!')
    }
}

const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const OPERATORS: [&str; 7] = ["and", "or", "unless", "offset", "bool", "inf", "nan"];

impl Query {
    /// Reads a query, also one of a dashboard's variable: `label_values(metric, label)`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self { text: text.to_owned(), ..Self::default() };
        if let Some(arguments) = text.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')) {
            let (selector, label) = arguments.rsplit_once(", ").ok_or("label_values has two arguments")?;
            query.read(selector)?;
            query.grouping.push(label.to_owned());
        } else {
            query.read(text)?;
        }
        Ok(query)
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
            if first == '"' {
                rest = after_text(rest)?;
            } else if first == '[' {
                rest = rest.split_once(']').ok_or("`[` without `]`")?.1;
            } else if first == '{' {
                let selector = self.selectors.last_mut().ok_or("a selector without a metric")?;
                rest = labels(&rest[1..], &mut selector.matchers)?;
            } else if first == '$' || first.is_ascii_digit() {
                rest = rest[1..].trim_start_matches(is_word);
            } else if is_word(first) {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                rest = self.word(word, behind)?;
            } else {
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(())
    }

    /// Answers what is left behind the word.
    fn word<'a>(&mut self, word: &str, behind: &'a str) -> Result<&'a str, String> {
        let behind = behind.trim_start();
        if GROUPING.contains(&word) {
            let list = behind.strip_prefix('(').ok_or_else(|| format!("`{word}` without a list"))?;
            let (list, behind) = list.split_once(')').ok_or("`(` without `)`")?;
            self.grouping.extend(list.split(',').map(|label| label.trim().to_owned()));
            return Ok(behind);
        }
        let is_aggregation =
            behind.starts_with('(') || ["by ", "by(", "without"].iter().any(|by| behind.starts_with(by));
        if !is_aggregation && !OPERATORS.contains(&word.to_ascii_lowercase().as_str()) {
            self.selectors.push(Selector { metric: word.to_owned(), matchers: Vec::new() });
        }
        Ok(behind)
    }
}

/// What is behind a text in quotes.
fn after_text(text: &str) -> Result<&str, String> {
    Ok(text[1..].split_once('"').ok_or("`\"` without another one")?.1)
}

/// Reads the labels of a selector; answers what is left behind `}`.
fn labels<'a>(text: &'a str, found: &mut Vec<Matcher>) -> Result<&'a str, String> {
    let mut rest = text.trim_start();
    while !rest.starts_with('}') {
        let end = rest.find(['=', '!']).ok_or("`{` without `}`")?;
        let (label, behind) = rest.split_at(end);
        let value = behind.trim_start_matches(['=', '!', '~']);
        let operator = behind[..behind.len() - value.len()].to_owned();
        let behind = after_text(value.trim_start())?;
        let value = value.trim_start()[1..].split('"').next().unwrap_or_default().to_owned();
        found.push(Matcher { label: label.trim().to_owned(), operator, value });
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(&rest[1..])
}

#[test]
fn a_query_names_its_metrics_and_labels() {
    let query = Query::parse(
        r#"histogram_quantile(0.99, sum by (le, app) (rate(a_bucket{job=~"$job", x!="}"}[5m]))) / max(b) > 2 or vector(0)"#,
    )
    .unwrap();
    let selector = |metric: &str, matchers: &[(&str, &str, &str)]| Selector {
        metric: metric.to_owned(),
        matchers: matchers.iter().map(matcher).collect(),
    };
    let expected = [selector("a_bucket", &[("job", "=~", "$job"), ("x", "!=", "}")]), selector("b", &[])];
    assert_eq!(query.selectors, expected);
    assert_eq!(query.grouping, ["le", "app"]);
    let variable = Query::parse(r#"label_values(a{job="x"}, app_id)"#).unwrap();
    assert_eq!(variable.selectors, [selector("a", &[("job", "=", "x")])]);
    assert_eq!(variable.grouping, ["app_id"]);
    for wrong in ["sum by le (a)", "a{b", "a[5m", "{b=\"c\"}"] {
        assert!(Query::parse(wrong).is_err(), "{wrong}");
    }
}

fn matcher((label, operator, value): &(&str, &str, &str)) -> Matcher {
    Matcher { label: (*label).to_owned(), operator: (*operator).to_owned(), value: (*value).to_owned() }
}

#[test]
fn a_matcher_chooses_values() {
    let allows = |operator, text, value: &str| matcher(&("l", operator, text)).allows(value);
    assert!(allows("=", "a", "a") && !allows("=", "a", "b") && !allows("=", ".", "a"));
    assert!(!allows("!=", "a", "a") && allows("!=", "a", "b"));
    assert!(allows("=~", "5..|a", "503") && allows("=~", "5..|a", "a") && !allows("=~", "5..|a", "50"));
    assert!(!allows("!~", "5..|a", "503") && allows("!~", "5..|a", "404"));
    assert!(allows("=~", "$job", "anything"));
}
