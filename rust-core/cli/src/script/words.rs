//! The words for requests: one table for the reader and for the help.
use crate::octets::data;
use osisession::{
    ActivityResume, Bytes, ConnectReject, ExceptionReason, Request, Resync, ResyncType, Resynchronize,
    SerialNumber, TokenAssignment, TokenSide, Tokens,
};

type Make = fn(&[&str]) -> Option<Result<Request, String>>;

/// A word, what stands behind it, what it is.
struct Word {
    word: &'static str,
    operands: &'static str,
    meaning: &'static str,
    /// `None`: the operands are not of that form.
    make: Make,
}

/// Nothing, or data.
fn optional(words: &[&str], make: impl FnOnce(Bytes) -> Request) -> Option<Result<Request, String>> {
    match words {
        [] => Some(Ok(make(Bytes::new()))),
        [text] => Some(data(text).map(make)),
        _ => None,
    }
}

/// Data, which may be several words with blanks between them.
fn needed(words: &[&str], make: impl FnOnce(Bytes) -> Request) -> Option<Result<Request, String>> {
    (!words.is_empty()).then(|| data(&words.join(" ")).map(make))
}

/// An operand, then nothing or data.
fn with<T>(
    words: &[&str],
    read: impl FnOnce(&str) -> Result<T, String>,
    make: impl FnOnce(T, Bytes) -> Request,
) -> Option<Result<Request, String>> {
    let (first, rest) = words.split_first()?;
    match rest {
        [] => Some(read(first).map(|value| make(value, Bytes::new()))),
        [text] => Some(read(first).and_then(|value| Ok(make(value, data(text)?)))),
        _ => None,
    }
}

fn tokens(text: &str) -> Result<Tokens, String> {
    text.split(',').try_fold(Tokens::empty(), |sum, word| {
        Ok(sum
            | match word {
                "data" => Tokens::DATA,
                "minor" => Tokens::SYNCHRONIZE_MINOR,
                "major" => Tokens::MAJOR_ACTIVITY,
                "release" => Tokens::RELEASE,
                "all" => Tokens::all(),
                _ => return Err(format!("{word:?} is no token; there are data, minor, major, release, all")),
            })
    })
}

fn number(text: &str) -> Result<SerialNumber, String> {
    text.parse().map_err(|_| format!("{text:?} is no serial number"))
}

fn reason(text: &str) -> Result<ExceptionReason, String> {
    let known = text.parse().ok().and_then(ExceptionReason::from_code);
    known.ok_or_else(|| format!("{text:?} is no reason; there are 0, 1, 3, 5, 6, 128 (X.225 8.3.28)"))
}

fn reject(words: &[&str]) -> Option<Result<Request, String>> {
    let make = |reason: u8, user_data: Bytes| {
        Request::ConnectResponseNegative(Box::new(ConnectReject {
            reason,
            user_data,
            ..ConnectReject::default()
        }))
    };
    match words {
        [] => Some(Ok(make(0, Bytes::new()))),
        _ => with(words, |text| text.parse().map_err(|_| format!("{text:?} is no reason code")), make),
    }
}

fn minor(words: &[&str]) -> Option<Result<Request, String>> {
    let (explicit, rest) = match words {
        ["explicit", rest @ ..] => (true, rest),
        ["optional", rest @ ..] => (false, rest),
        rest => (true, rest),
    };
    optional(rest, |user_data| Request::SyncMinor { explicit, data_separation: false, user_data })
}

fn resync(words: &[&str]) -> Option<Result<Request, String>> {
    resynchronize(words).map(|result| result.map(Request::Resynchronize))
}

fn resync_response(words: &[&str]) -> Option<Result<Request, String>> {
    match words {
        [] => Some(Ok(Request::ResynchronizeResponse(Box::default()))),
        [text] if text.bytes().all(|c| c.is_ascii_digit()) => Some(number(text).map(|number| {
            let first = Some(Resync { kind: ResyncType::Restart, serial_number: Some(number) });
            Request::ResynchronizeResponse(Box::new(Resynchronize { first, ..Resynchronize::default() }))
        })),
        _ => resynchronize(words).map(|result| result.map(Request::ResynchronizeResponse)),
    }
}

fn resynchronize(words: &[&str]) -> Option<Result<Box<Resynchronize>, String>> {
    let (kind, rest) = words.split_first()?;
    let kind = match *kind {
        "restart" => ResyncType::Restart,
        "abandon" => ResyncType::Abandon,
        "set" => ResyncType::Set,
        _ => return None,
    };
    let (serial_number, rest) = match rest {
        [text, rest @ ..] if text.bytes().all(|c| c.is_ascii_digit()) => (Some(*text), rest),
        rest => (None, rest),
    };
    let user_data = match rest {
        [] => Ok(Bytes::new()),
        [text] => data(text),
        _ => return None,
    };
    Some(serial_number.map(number).transpose().and_then(|serial_number| {
        Ok(Box::new(Resynchronize {
            first: Some(Resync { kind, serial_number }),
            tokens: TokenAssignment::all(TokenSide::Requestor),
            user_data: user_data?,
            ..Resynchronize::default()
        }))
    }))
}

fn activity_resume(words: &[&str]) -> Option<Result<Request, String>> {
    let [new, old, serial_number] = words else { return None };
    let make = || {
        Ok(Request::ActivityResume(Box::new(ActivityResume {
            activity_identifier: data(new)?,
            old_activity_identifier: data(old)?,
            serial_number: number(serial_number)?,
            ..ActivityResume::default()
        })))
    };
    Some(make())
}

fn interruption(
    words: &[&str],
    make: fn(Option<ExceptionReason>, Bytes) -> Request,
) -> Option<Result<Request, String>> {
    match words {
        [] => Some(Ok(make(None, Bytes::new()))),
        _ => with(words, reason, |reason, user_data| make(Some(reason), user_data)),
    }
}

macro_rules! words {
    ($($word:literal $operands:literal $meaning:literal $make:expr;)*) => {
        const WORDS: &[Word] = &[$(Word { word: $word, operands: $operands, meaning: $meaning, make: $make },)*];
    };
}

words! {
    "data" "DATA" "S-DATA request" |w| needed(w, Request::Data);
    "typed" "DATA" "S-TYPED-DATA request" |w| needed(w, Request::TypedData);
    "expedited" "DATA" "S-EXPEDITED-DATA request" |w| needed(w, Request::ExpeditedData);
    "capability" "[DATA]" "S-CAPABILITY-DATA request" |w| optional(w, Request::CapabilityData);
    "capability-response" "[DATA]" "S-CAPABILITY-DATA response" |w| optional(w, Request::CapabilityDataResponse);
    "give" "TOKENS [DATA]" "S-TOKEN-GIVE request" |w| with(w, tokens, Request::TokenGive);
    "please" "TOKENS [DATA]" "S-TOKEN-PLEASE request" |w| with(w, tokens, Request::TokenPlease);
    "control-give" "[DATA]" "S-CONTROL-GIVE request" |w| optional(w, Request::ControlGive);
    "minor" "[explicit|optional] [DATA]" "S-SYNC-MINOR request" minor;
    "minor-response" "NUMBER [DATA]" "S-SYNC-MINOR response" |w| with(w, number, Request::SyncMinorResponse);
    "major" "[DATA]" "S-SYNC-MAJOR request" |w| optional(w, Request::SyncMajor);
    "major-response" "[DATA]" "S-SYNC-MAJOR response" |w| optional(w, Request::SyncMajorResponse);
    "resync" "restart|abandon|set [NUMBER] [DATA]" "S-RESYNCHRONIZE request" resync;
    "resync-response" "[NUMBER]" "S-RESYNCHRONIZE response" resync_response;
    "exception" "REASON [DATA]" "S-U-EXCEPTION-REPORT request" |w| with(w, reason, Request::UExceptionReport);
    "activity-start" "ID [DATA]" "S-ACTIVITY-START request" |w| with(w, data, Request::ActivityStart);
    "activity-resume" "ID OLD-ID NUMBER" "S-ACTIVITY-RESUME request" activity_resume;
    "activity-interrupt" "[REASON [DATA]]" "S-ACTIVITY-INTERRUPT request" |w| interruption(w, Request::ActivityInterrupt);
    "activity-interrupt-response" "[DATA]" "S-ACTIVITY-INTERRUPT response" |w| optional(w, Request::ActivityInterruptResponse);
    "activity-discard" "[REASON [DATA]]" "S-ACTIVITY-DISCARD request" |w| interruption(w, Request::ActivityDiscard);
    "activity-discard-response" "[DATA]" "S-ACTIVITY-DISCARD response" |w| optional(w, Request::ActivityDiscardResponse);
    "activity-end" "[DATA]" "S-ACTIVITY-END request" |w| optional(w, Request::ActivityEnd);
    "activity-end-response" "[DATA]" "S-ACTIVITY-END response" |w| optional(w, Request::ActivityEndResponse);
    "release" "[DATA]" "S-RELEASE request" |w| optional(w, Request::Release);
    "release-response" "[DATA]" "S-RELEASE response (affirmative)" |w| optional(w, Request::ReleaseResponse);
    "release-refuse" "[DATA]" "S-RELEASE response (negative)" |w| optional(w, Request::ReleaseResponseNegative);
    "abort" "[DATA]" "S-U-ABORT request" |w| optional(w, Request::UAbort);
    "reject" "[REASON [DATA]]" "S-CONNECT response (reject), in listen" reject;
}

/// The request of a word with its operands.
pub(super) fn request(word: &str, operands: &[&str]) -> Result<Request, String> {
    let found = WORDS.iter().find(|known| known.word == word);
    let Some(known) = found else { return Err(format!("{word:?} is unknown; 'help' lists the words")) };
    (known.make)(operands).unwrap_or_else(|| Err(format!("expected: {} {}", known.word, known.operands)))
}

/// The words for people.
pub(crate) fn help() -> String {
    let mut text = String::from("Requests and responses:\n");
    for word in WORDS {
        let left = format!("{} {}", word.word, word.operands);
        text.push_str(&format!("  {left:<44} {}\n", word.meaning));
    }
    text.push_str(
        "\nOrders:\n  \
         expect EVENT [DATA] [prefix:DATA] [length:N] [reason:N] [cause:WORD]\n  \
         expect any | nothing [TIME] | closed | abort\n  \
         accept [UNITS [DATA]]       answer a caller, in listen\n  \
         refused REQUEST             the request must be refused here\n  \
         sleep TIME, timeout TIME, say TEXT, status, history, help, quit\n\n\
         DATA is text with \\n, \\xNN, hex:0102, file:PATH, or mms; quotes hold blanks. TOKENS: data,minor,major,release or all. '#' begins a comment.\n\
         Events: ",
    );
    text.push_str(&crate::events::WORDS.join(", "));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Operands that fit each form of the table.
    fn example(operands: &str) -> Vec<&str> {
        match operands {
            "DATA" | "[DATA]" => vec!["x"],
            "TOKENS [DATA]" => vec!["data,minor", "x"],
            "[explicit|optional] [DATA]" => vec!["optional", "x"],
            "NUMBER [DATA]" => vec!["12", "x"],
            "restart|abandon|set [NUMBER] [DATA]" => vec!["set", "12", "x"],
            "[NUMBER]" => vec!["12"],
            "REASON [DATA]" | "[REASON [DATA]]" => vec!["1", "x"],
            "ID [DATA]" => vec!["id", "x"],
            "ID OLD-ID NUMBER" => vec!["new", "old", "3"],
            other => panic!("no example for {other}"),
        }
    }

    #[test]
    fn every_word_makes_the_primitive_that_it_says() {
        for word in WORDS {
            let request =
                request(word.word, &example(word.operands)).unwrap_or_else(|e| panic!("{}: {e}", word.word));
            assert_eq!(request.name(), word.meaning.trim_end_matches(", in listen"), "{}", word.word);
            let optional = word.operands.starts_with('[');
            assert_eq!(super::request(word.word, &[]).is_ok(), optional, "{} alone", word.word);
        }
        assert!(request("give", &["teapot"]).unwrap_err().contains("no token"));
        assert!(request("release", &["a", "b"]).unwrap_err().contains("expected: release"));
        assert!(request("exception", &["2"]).is_err());
    }
}
