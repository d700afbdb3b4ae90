//! The language of `connect` and of scripts: one primitive, expectation or order a line.
pub(crate) mod play;
mod words;

use crate::command::duration;
use crate::events;
use crate::octets;
use osisession::{Bytes, Cause, FunctionalUnits, Request};
use std::time::Duration;

pub(crate) use words::help;

/// A line that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// A request or response.
    Request(Box<Request>),
    /// The S-CONNECT response; units that are not named are chosen among those of the caller.
    Accept(Option<FunctionalUnits>, Bytes),
    /// The request must be refused here (the session is in no state for it).
    Refused(Box<Request>),
    Expect(Expectation),
    Sleep(Duration),
    /// How long expectations wait from here on.
    Timeout(Duration),
    Say(String),
    Status,
    History,
    Help,
    /// Release what is open, and go.
    Quit,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expectation {
    /// This event (its word), with this.
    Event { word: &'static str, with: Vec<With> },
    /// Either abort.
    Abort(Vec<With>),
    /// Any event.
    Any,
    /// No event for so long.
    Nothing(Duration),
    /// The end of the session, with no event left.
    Closed,
}

/// What an event must have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum With {
    /// This user data.
    Data(Bytes),
    /// So many octets of user data.
    Length(usize),
    /// User data that begins so.
    Prefix(Bytes),
    /// This reason code of a REFUSE.
    Reason(u8),
    /// This cause in the diagnosis.
    Cause(Cause),
}

/// Reads a line; `None` if it is blank or a comment.
pub(crate) fn parse(line: &str) -> Result<Option<Step>, String> {
    let words = split(line)?;
    let Some((first, rest)) = words.split_first() else { return Ok(None) };
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let step = match (first.as_str(), rest.as_slice()) {
        ("expect", rest) => Step::Expect(expectation(rest)?),
        ("refused", [first, rest @ ..]) => Step::Refused(Box::new(words::request(first, rest)?)),
        ("sleep", [time]) => Step::Sleep(duration(time)?),
        ("timeout", [time]) => Step::Timeout(duration(time)?),
        ("say", rest) => Step::Say(rest.join(" ")),
        ("status", []) => Step::Status,
        ("history", []) => Step::History,
        ("help" | "?", []) => Step::Help,
        ("quit" | "exit", []) => Step::Quit,
        ("accept", rest) => accept(rest)?,
        (word, rest) => Step::Request(Box::new(words::request(word, rest)?)),
    };
    Ok(Some(step))
}

fn accept(rest: &[&str]) -> Result<Step, String> {
    match rest {
        [] => Ok(Step::Accept(None, Bytes::new())),
        [units] => Ok(Step::Accept(Some(crate::peer::units(units)?), Bytes::new())),
        [units, data] => Ok(Step::Accept(Some(crate::peer::units(units)?), octets::data(data)?)),
        _ => Err("accept [UNITS [DATA]]".into()),
    }
}

fn expectation(rest: &[&str]) -> Result<Expectation, String> {
    let Some((first, rest)) = rest.split_first() else {
        return Err(format!("expect WHAT: any, nothing, closed, abort, {}", events::WORDS.join(", ")));
    };
    match (*first, rest) {
        ("any", []) => return Ok(Expectation::Any),
        ("closed", []) => return Ok(Expectation::Closed),
        ("nothing", []) => return Ok(Expectation::Nothing(Duration::from_millis(200))),
        ("nothing", [time]) => return duration(time).map(Expectation::Nothing),
        ("any" | "closed" | "nothing", _) => return Err(format!("{first} stands alone")),
        _ => {}
    }
    let with: Vec<With> = rest.iter().map(|word| with(word)).collect::<Result<_, _>>()?;
    if *first == "abort" {
        return Ok(Expectation::Abort(with));
    }
    let word = events::WORDS.iter().find(|word| *word == first);
    word.map(|word| Expectation::Event { word, with }).ok_or_else(|| {
        format!("{first:?} is no event; there are any, nothing, closed, abort, {}", events::WORDS.join(", "))
    })
}

fn with(word: &str) -> Result<With, String> {
    if let Some(length) = word.strip_prefix("length:") {
        return length.parse().map(With::Length).map_err(|_| format!("{length:?} is no number"));
    }
    if let Some(prefix) = word.strip_prefix("prefix:") {
        return octets::data(prefix).map(With::Prefix);
    }
    if let Some(reason) = word.strip_prefix("reason:") {
        return reason.parse().map(With::Reason).map_err(|_| format!("{reason:?} is no reason code"));
    }
    if let Some(wanted) = word.strip_prefix("cause:") {
        let cause = Cause::ALL.iter().find(|cause| cause.word() == wanted);
        return cause
            .copied()
            .map(With::Cause)
            .ok_or_else(|| format!("{wanted:?} is no cause of a diagnosis"));
    }
    octets::data(word).map(With::Data)
}

/// Words between blanks; quotes hold a word together, `#` begins a comment. A quoted word keeps its escapes for [`octets::data`].
fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = closing_quote(quoted).ok_or("a quote is not closed")?;
                (&quoted[..end], &quoted[end + 1..])
            }
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return Err("after a closing quote a blank must follow".into());
        }
        rest = after.trim_start();
    }
    Ok(words)
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// Lines that a script may have.
const MAX_LINES: usize = 100_000;
/// Octets that a script may have.
const MAX_OCTETS: u64 = 16 << 20;

/// The steps of a script, each with the number of its line.
pub(crate) fn read(path: &std::path::Path) -> Result<Vec<(usize, Step)>, String> {
    let name = path.display();
    let failed = |error: std::io::Error| format!("{name}: {error}");
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).map_err(failed)?
    } else {
        let size = std::fs::metadata(path).map_err(failed)?.len();
        if size > MAX_OCTETS {
            return Err(format!("{name}: {size} octets are too much for a script"));
        }
        std::fs::read_to_string(path).map_err(failed)?
    };
    let mut steps = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if number > MAX_LINES {
            return Err(format!("{name}: more than {MAX_LINES} lines"));
        }
        if let Some(step) = parse(line).map_err(|why| format!("{name}, line {number}: {why}"))? {
            steps.push((number, step));
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_steps() {
        let request = |request| Step::Request(Box::new(request));
        for (line, step) in [
            ("data hello", request(Request::Data("hello".into()))),
            ("  data \"a \\\"b\\\" # c\"  # comment", request(Request::Data("a \"b\" # c".into()))),
            ("typed hex:0001", request(Request::TypedData(b"\0\x01"[..].into()))),
            ("release", request(Request::Release(Bytes::new()))),
            ("expect any", Step::Expect(Expectation::Any)),
            ("expect nothing 1s", Step::Expect(Expectation::Nothing(Duration::from_secs(1)))),
            (
                "expect data prefix:ab length:5",
                Step::Expect(Expectation::Event {
                    word: "data",
                    with: vec![With::Prefix("ab".into()), With::Length(5)],
                }),
            ),
            (
                "expect abort cause:user-abort",
                Step::Expect(Expectation::Abort(vec![With::Cause(Cause::UserAbort)])),
            ),
            ("accept duplex", Step::Accept(Some(FunctionalUnits::DUPLEX), Bytes::new())),
            ("refused data x", Step::Refused(Box::new(Request::Data("x".into())))),
            ("sleep 10ms", Step::Sleep(Duration::from_millis(10))),
        ] {
            assert_eq!(parse(line), Ok(Some(step)), "{line}");
        }
        assert_eq!(parse("   # nothing"), Ok(None));
        for line in [
            "dance",
            "expect",
            "expect dance",
            "expect data cause:none-such",
            "data \"open",
            "data \"a\"b",
            "sleep",
            "expect closed now",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_word_for_an_event_can_be_expected() {
        for word in events::WORDS {
            assert!(matches!(parse(&format!("expect {word}")), Ok(Some(Step::Expect(_)))), "{word}");
        }
    }
}
