//! The text of a `.env` file, read as Laravel reads it: a secret that means something else here than there would have
//! every signature refused.
//!
//! * `NAME=value`, with white space around both, `export` before the name and quotes around it, if one likes. A name
//!   without `=` says that the variable is not set.
//! * A value without quotes ends at `#` and at white space, after which only a comment may come. Its quotes and
//!   backslashes are text.
//! * In double quotes `\"`, `\\`, `\$`, `\f`, `\n`, `\r`, `\t` and `\v` stand for one character each, and no other
//!   escape exists. In single quotes everything is what it is.
//! * `${NAME}` stands for a value that is known already, except in single quotes. That of a name that is not known, and
//!   every other `$`, is text.
//! * A value runs over several lines when `="` is in the first of them and no second quote: up to a line with a quote,
//!   which is not the first character of that line unless it is the only one. That holds in comments too.

/// One line of the file that says something, or several that belong together.
pub(super) struct Entry<'a> {
    /// The number of its first line; the file begins with 1.
    pub(super) number: usize,
    /// Its lines.
    pub(super) lines: Vec<&'a str>,
    /// What they say.
    pub(super) content: Content,
}

/// What an entry says.
pub(super) enum Content {
    /// Nothing: it is a comment.
    Comment,
    /// The variable has this value from now on; none is set any more without one.
    Assignment(String, Option<Value>),
    /// Nothing that can be understood; the name, as far as there is one.
    Broken(Option<String>, Problem),
}

/// The value of a variable, before other variables are put into it.
#[derive(Default)]
pub(super) struct Value {
    text: String,
    /// Where a `$` may begin the name of a variable.
    dollars: Vec<usize>,
}

/// Why an entry cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// It has no name, or one with other characters than letters, digits, `_` and `.`.
    Name,
    /// Something comes after the end of the value.
    Behind,
    /// A quote is not closed.
    Quote,
    /// A backslash in double quotes stands before something that it cannot escape.
    Escape,
}

/// Where in a value the reading is.
#[derive(Clone, Copy)]
enum State {
    Start,
    Unquoted,
    Single,
    Double,
    Escape,
    End,
    Comment,
}

/// What PHP takes off both ends of a text.
const TRIMMED: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\x0b'];

/// What PHP takes for white space.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// All entries of a file, in their order.
pub(super) fn entries(text: &str) -> Vec<Entry<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ended = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut lines = (1..).zip(ended.flat_map(|line| line.split('\r')));
    let mut entries = Vec::new();
    while let Some((number, first)) = lines.next() {
        let mut taken = vec![first];
        let mut is_open = opens(first);
        while is_open && let Some((_, next)) = lines.next() {
            taken.push(next);
            is_open = !closes(next);
        }
        let text = taken.join("\n");
        let text = text.trim_matches(TRIMMED);
        let content = if text.starts_with('#') {
            Content::Comment
        } else if is_open {
            Content::Broken(name_in(text).ok(), Problem::Quote)
        } else if text.is_empty() {
            continue;
        } else {
            content(text)
        };
        entries.push(Entry { number, lines: taken, content });
    }
    entries
}

/// Whether the next line belongs to this one.
fn opens(line: &str) -> bool {
    line.contains("=\"") && quotes(line) <= 1
}

/// Whether this line is the last one of a value.
fn closes(line: &str) -> bool {
    line == "\"" || (quotes(line) >= 1 && !opens(line))
}

/// How many quotes of the line can begin or end a value: those with a character before them that is no backslash.
fn quotes(line: &str) -> usize {
    let line = line.replace(r"\\", "");
    line.as_bytes().windows(2).filter(|pair| pair[0] != b'\\' && pair[1] == b'"').count()
}

fn content(text: &str) -> Content {
    let name = match name_in(text) {
        Ok(name) => name,
        Err(problem) => return Content::Broken(None, problem),
    };
    match text.split_once('=').map(|(_, value)| Value::read(value)).transpose() {
        Ok(value) => Content::Assignment(name, value),
        Err(problem) => Content::Broken(Some(name), problem),
    }
}

/// The name of an entry, without `export` and quotes.
fn name_in(text: &str) -> Result<String, Problem> {
    let name = text.split_once('=').map_or(text, |(name, _)| name).trim_matches(TRIMMED);
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(is_space) => rest.trim_start_matches(is_space),
        _ => name,
    };
    let unquoted = ['"', '\''].into_iter().find_map(|quote| name.strip_prefix(quote)?.strip_suffix(quote));
    let name = unquoted.unwrap_or(name);
    if name.is_empty() || !name.chars().all(is_of_name) {
        return Err(Problem::Name);
    }
    Ok(name.to_owned())
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '.'
}

impl Value {
    fn read(text: &str) -> Result<Self, Problem> {
        let mut value = Self::default();
        let mut state = State::Start;
        for c in text.trim_matches(TRIMMED).chars() {
            state = value.step(state, c)?;
        }
        match state {
            State::Single | State::Double | State::Escape => Err(Problem::Quote),
            State::Start | State::Unquoted | State::End | State::Comment => Ok(value),
        }
    }

    fn step(&mut self, state: State, c: char) -> Result<State, Problem> {
        Ok(match (state, c) {
            (State::Start, '\'') => State::Single,
            (State::Start, '"') => State::Double,
            (State::Start | State::Unquoted | State::End, '#') | (State::Comment, _) => State::Comment,
            (State::Unquoted, c) if is_space(c) => State::End,
            (State::Start | State::Unquoted, c) => {
                self.push(c);
                State::Unquoted
            }
            (State::Single, '\'') | (State::Double, '"') => State::End,
            (State::Single, c) => {
                self.text.push(c);
                State::Single
            }
            (State::Double, '\\') => State::Escape,
            (State::Double, c) => {
                self.push(c);
                State::Double
            }
            (State::Escape, c) => {
                self.text.push(escaped(c).ok_or(Problem::Escape)?);
                State::Double
            }
            (State::End, c) if is_space(c) => State::End,
            (State::End, _) => return Err(Problem::Behind),
        })
    }

    fn push(&mut self, c: char) {
        if c == '$' {
            self.dollars.push(self.text.len());
        }
        self.text.push(c);
    }

    /// The value with those of other variables in it.
    pub(super) fn resolve(self, known: impl Fn(&str) -> Option<String>) -> String {
        let mut text = self.text;
        // From the end, so that the places before it stay where they are.
        for at in self.dollars.into_iter().rev() {
            let name =
                text[at..].strip_prefix("${").and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
            if let Some(name) = name.filter(|name| !name.is_empty() && name.chars().all(is_of_name))
                && let Some(value) = known(name)
            {
                let end = at + "${}".len() + name.len();
                text.replace_range(at..end, &value);
            }
        }
        text
    }
}

/// What the character stands for after a backslash.
fn escaped(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' | '$' => c,
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        _ => return None,
    })
}

impl Problem {
    /// Why the entry cannot be, as the rest of a sentence that begins with its name.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Name => "is not NAME=value",
            Self::Behind => "has more after the end of its value",
            Self::Quote => "has a quote that does not end",
            Self::Escape => "has a backslash that means nothing there",
        }
    }

    /// What to do, as a sentence.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Name => {
                "Write NAME=value, with letters, digits and `_` in the name, and `#` before a comment."
            }
            Self::Behind => "Write quotes around a value that has spaces in it, and `#` before a comment.",
            Self::Quote => {
                "Close it; only a value in double quotes, right behind the `=`, may run over several lines."
            }
            Self::Escape => "Write `\\\\` for a backslash in double quotes, or the value in single quotes.",
        }
    }
}

#[cfg(test)]
mod tests;
