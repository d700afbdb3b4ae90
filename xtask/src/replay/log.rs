//! The recorder's text, as calls, callbacks and what connections carried. docs/record.md describes it.
use crate::Result;
use std::collections::{BTreeMap, HashMap};

/// An argument or an outcome.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A number, a handle, `NULL`, `&0x...`, `error`, `buffer`, `function`, `own`.
    Word(String),
    /// Hexadecimal digits.
    Octets(String),
    /// As C writes it, without the quotes.
    Text(String),
    Struct(Vec<(String, Value)>),
    List(Vec<Value>),
}

impl Value {
    pub(super) fn word(&self) -> &str {
        if let Value::Word(word) = self { word } else { "" }
    }

    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        let Value::Struct(fields) = self else { return None };
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) number: u64,
    pub(super) thread: String,
    pub(super) function: String,
    pub(super) arguments: Vec<Value>,
    /// `None`: the recording ends inside it.
    pub(super) status: Option<i32>,
    pub(super) outcomes: Vec<(String, Outcome)>,
    /// Sessions that had callbacks in it, and how many each has had at its end.
    pub(super) callbacks: BTreeMap<String, usize>,
    /// Octets that each connection had carried away at its end.
    pub(super) sent: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) value: Value,
    /// Of a session: under which its octets are recorded.
    pub(super) identity: Option<String>,
    /// Of a listener.
    pub(super) address: Option<String>,
}

/// What happens, in the order in which it is done again: calls at their end.
#[derive(Debug)]
pub(super) enum Step {
    Call(Call),
    /// A callback outside all calls, which the background thread made: the session, how many it has had.
    Callback(String, usize),
    /// A caller came: its connection.
    Caller(String),
}

/// What one network connection carried.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) calling: bool,
    pub(super) local: String,
    pub(super) peer: String,
    /// True: we sent it. `None` for octets: the peer's end.
    pub(super) plays: Vec<(bool, Option<String>)>,
}

#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) steps: Vec<Step>,
    /// What each callback of a session does: its event, its calls.
    pub(super) callbacks: BTreeMap<String, Vec<(Value, Vec<Call>)>>,
    pub(super) connections: BTreeMap<String, Connection>,
}

/// What a thread is in.
enum Open {
    Call(Call),
    Callback { number: u64, session: String, at: usize },
}

impl Log {
    pub(super) fn read(text: &str) -> Result<Log> {
        let mut lines = text.lines().enumerate();
        match lines.next() {
            Some((_, first)) if first.starts_with("osisession-record 1 ") => {}
            _ => return Err("this is no recording of version 1".into()),
        }
        let mut log = Log::default();
        let mut open: HashMap<String, Vec<Open>> = HashMap::new();
        for (number, line) in lines {
            // The last line may be cut by the crash that it is about.
            if log.line(line, &mut open).is_none() && number + 1 < text.lines().count() {
                return Err(format!("line {} cannot be read: {line}", number + 1));
            }
        }
        for call in open.into_values().flatten() {
            if let Open::Call(call) = call {
                log.steps.push(Step::Call(call));
            }
        }
        Ok(log)
    }

    fn line(&mut self, line: &str, open: &mut HashMap<String, Vec<Open>>) -> Option<()> {
        let mut words = line.splitn(4, ' ');
        let (_, thread, number, rest) = (words.next()?, words.next()?, words.next()?, words.next()?);
        if number == "~" {
            return self.carried(rest);
        }
        let number: u64 = number.parse().ok()?;
        let stack = open.entry(thread.to_owned()).or_default();
        let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match kind {
            ">" => {
                let (function, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let mut reader = Reader(rest);
                let mut arguments = Vec::new();
                while !reader.0.is_empty() {
                    arguments.push(reader.value()?);
                }
                stack.push(Open::Call(Call {
                    number,
                    thread: thread.to_owned(),
                    function: function.to_owned(),
                    arguments,
                    status: None,
                    outcomes: Vec::new(),
                    callbacks: BTreeMap::new(),
                    sent: BTreeMap::new(),
                }));
            }
            "<" => {
                let Some(Open::Call(mut call)) = stack.pop() else { return None };
                let (status, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                call.status = Some(status.parse().ok().filter(|_| call.number == number)?);
                call.sent = self.sent();
                let mut reader = Reader(rest);
                while !reader.0.is_empty() {
                    call.outcomes.push(reader.outcome()?);
                }
                match stack.last() {
                    Some(Open::Callback { session, at, .. }) => {
                        self.callbacks.get_mut(session)?.get_mut(*at)?.1.push(call);
                    }
                    _ => self.steps.push(Step::Call(call)),
                }
            }
            "[" => {
                let mut reader = Reader(rest.strip_prefix("on_event ")?);
                let session = reader.value()?.word().to_owned();
                let event = reader.value()?;
                let all = self.callbacks.entry(session.clone()).or_default();
                all.push((event, Vec::new()));
                stack.push(Open::Callback { number, session, at: all.len() - 1 });
            }
            "]" => {
                let Some(Open::Callback { number: opened, session, at }) = stack.pop() else { return None };
                if opened != number {
                    return None;
                }
                match stack.last_mut() {
                    Some(Open::Call(call)) => {
                        call.callbacks.insert(session, at + 1);
                    }
                    _ => self.steps.push(Step::Callback(session, at + 1)),
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn carried(&mut self, rest: &str) -> Option<()> {
        let mut reader = Reader(rest);
        let (name, what) = (reader.value()?.word().to_owned(), reader.value()?);
        if what.word() == "up" {
            let calling = reader.value()?.word() == "calling";
            let (Value::Text(local), Value::Text(peer)) = (reader.value()?, reader.value()?) else {
                return None;
            };
            self.connections.insert(name.clone(), Connection { calling, local, peer, plays: Vec::new() });
            if !calling {
                self.steps.push(Step::Caller(name));
            }
            return Some(());
        }
        // What was up before the recording began is not played.
        let Some(connection) = self.connections.get_mut(&name) else { return Some(()) };
        match what.word() {
            "end" => connection.plays.push((false, None)),
            "gone" => {}
            way => {
                let Value::Octets(hex) = reader.value()? else { return None };
                let sent = way == "sent";
                // Pieces in one direction are one play.
                match connection.plays.last_mut() {
                    Some((last, Some(octets))) if *last == sent => octets.push_str(&hex),
                    _ => connection.plays.push((sent, Some(hex))),
                }
            }
        }
        Some(())
    }

    fn sent(&self) -> BTreeMap<String, usize> {
        let sent = self.connections.iter().map(|(name, connection)| {
            let octets =
                connection.plays.iter().filter(|(sent, _)| *sent).filter_map(|(_, octets)| octets.as_ref());
            (name.clone(), octets.map(|hex| hex.len() / 2).sum())
        });
        sent.collect()
    }

    /// The connection at whose other end this program was itself.
    pub(super) fn is_internal(&self, connection: &Connection) -> bool {
        connection.peer.starts_with("memory:")
            || connection.local.starts_with("memory:")
            || self.connections.values().any(|other| {
                other.calling != connection.calling
                    && if connection.calling {
                        other.peer == connection.local
                    } else {
                        other.local == connection.peer
                    }
            })
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.0 = self.0.trim_start_matches(' ');
        let value = match self.0.as_bytes().first()? {
            b'"' => Value::Text(self.quoted()?),
            b'{' => {
                self.0 = &self.0[1..];
                let mut fields = Vec::new();
                while !self.ends('}')? {
                    let (field, rest) = self.0.split_once('=')?;
                    let field = field.to_owned();
                    self.0 = rest;
                    fields.push((field, self.value()?));
                }
                Value::Struct(fields)
            }
            b'[' => {
                self.0 = &self.0[1..];
                let mut values = Vec::new();
                while !self.ends(']')? {
                    values.push(self.value()?);
                }
                Value::List(values)
            }
            b'x' if self.0.starts_with("x\"") => {
                self.0 = &self.0[1..];
                Value::Octets(self.quoted()?)
            }
            _ => {
                let end = self.0.find([' ', '}', ']', ':', '@', '=']).unwrap_or(self.0.len());
                let (word, rest) = self.0.split_at(end);
                self.0 = rest;
                if word.is_empty() {
                    return None;
                }
                Value::Word(word.to_owned())
            }
        };
        Some(value)
    }

    fn ends(&mut self, mark: char) -> Option<bool> {
        self.0 = self.0.trim_start_matches([' ', ',']);
        match self.0.strip_prefix(mark) {
            Some(rest) => {
                self.0 = rest;
                Some(true)
            }
            None => {
                if self.0.is_empty() {
                    None
                } else {
                    Some(false)
                }
            }
        }
    }

    fn quoted(&mut self) -> Option<String> {
        let text = self.0.strip_prefix('"')?;
        let mut escaped = false;
        for (at, c) in text.char_indices() {
            match c {
                '"' if !escaped => {
                    self.0 = &text[at + 1..];
                    return Some(text[..at].to_owned());
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        None
    }

    /// `name=value`, with `:identity` and `@"address"`.
    fn outcome(&mut self) -> Option<(String, Outcome)> {
        self.0 = self.0.trim_start_matches(' ');
        let (name, rest) = self.0.split_once('=')?;
        let name = name.to_owned();
        self.0 = rest;
        let value = self.value()?;
        let (mut identity, mut address) = (None, None);
        if let Some(rest) = self.0.strip_prefix(':') {
            self.0 = rest;
            identity = Some(self.value()?.word().to_owned());
        }
        if let Some(rest) = self.0.strip_prefix('@') {
            self.0 = rest;
            address = Some(self.quoted()?);
        }
        Some((name, Outcome { value, identity, address }))
    }
}
