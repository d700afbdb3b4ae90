//! Plays steps on a session.
use super::{Expectation, Step, With};
use crate::command::SLICE;
use crate::events;
use osisession::{
    ConnectIndication, ConnectResponse, Diagnosis, Error, ErrorKind, Event, FunctionalUnits, Request,
    Session, Witness,
};
use std::time::{Duration, Instant};

/// Something that happened, for whoever shows it.
#[derive(Debug)]
pub(crate) enum Note {
    Requested(&'static str),
    Event(Box<Event>),
    Said(String),
    /// A line went wrong: its number, why.
    Failed(usize, String),
    Diagnosis(Box<Diagnosis>),
}

/// How long an expectation waits if nothing else is said.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What came of waiting.
enum Came {
    Event(Event),
    /// Nothing within the time.
    Nothing,
    /// The session is over, with no event left.
    Over,
    /// The user asked to stop.
    Interrupted,
}

/// Why a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All steps were taken.
    Done,
    /// It says quit.
    Quit,
    Failed,
    Interrupted,
}

/// Plays a script on a session, with the events that came before it.
pub(crate) struct Player<'s> {
    pub(crate) session: &'s Session,
    pub(crate) witness: &'s Witness,
    pub(crate) interrupted: &'s dyn Fn() -> bool,
    pub(crate) tell: &'s mut dyn FnMut(Note),
    pub(crate) patience: Duration,
    /// Came before the script began, and is its first event.
    pub(crate) first: Option<Event>,
    /// The caller's proposal, for `accept`.
    pub(crate) caller: Option<ConnectIndication>,
    /// The last event was the outcome of an S-CONNECT request, or none came yet.
    pub(crate) connecting: bool,
}

impl Player<'_> {
    pub(crate) fn play(&mut self, steps: &[(usize, Step)]) -> End {
        for (number, step) in steps {
            match self.step(*number, step) {
                End::Done => {}
                end => return end,
            }
        }
        End::Done
    }

    pub(crate) fn step(&mut self, number: usize, step: &Step) -> End {
        match step {
            Step::Request(request) => return self.request(number, (**request).clone()),
            Step::Accept(units, data) => {
                let proposed =
                    self.caller.as_ref().map_or(FunctionalUnits::DUPLEX, |caller| caller.functional_units);
                let functional_units = units.unwrap_or_else(|| choose(proposed));
                let response = ConnectResponse {
                    functional_units,
                    user_data: data.clone(),
                    ..ConnectResponse::default()
                };
                return self.request(number, Request::ConnectResponse(Box::new(response)));
            }
            Step::Refused(request) => {
                let name = request.name();
                match self.session.request((**request).clone()) {
                    Err(error)
                        if matches!(
                            error.kind(),
                            ErrorKind::Refused | ErrorKind::Invalid | ErrorKind::Closed
                        ) =>
                    {
                        (self.tell)(Note::Said(format!("refused, as expected: {}", refusal(name, &error))));
                    }
                    Err(error) => return self.fail(number, refusal(name, &error)),
                    Ok(_) => return self.fail(number, format!("{name} was not refused")),
                }
            }
            Step::Expect(expectation) => return self.expect(number, expectation),
            Step::Sleep(time) => {
                let end = Instant::now() + *time;
                while Instant::now() < end {
                    if (self.interrupted)() {
                        return End::Interrupted;
                    }
                    std::thread::sleep(end.saturating_duration_since(Instant::now()).min(SLICE));
                }
            }
            Step::Timeout(time) => self.patience = *time,
            Step::Say(text) => (self.tell)(Note::Said(text.clone())),
            Step::Status => (self.tell)(Note::Said(status(self.session))),
            Step::History => (self.tell)(Note::Said(history(self.session))),
            Step::Help => (self.tell)(Note::Said(super::help())),
            Step::Quit => return End::Quit,
        }
        End::Done
    }

    fn request(&mut self, number: usize, request: Request) -> End {
        let name = request.name();
        let end = Instant::now() + self.patience;
        loop {
            match self.session.request(request.clone()) {
                Ok(_) => {
                    (self.tell)(Note::Requested(name));
                    return End::Done;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < end => {
                    if (self.interrupted)() {
                        return End::Interrupted;
                    }
                    // The next attempt says what is the matter.
                    let _ = self.session.wait_writable(Some(SLICE));
                }
                Err(error) => return self.fail(number, refusal(name, &error)),
            }
        }
    }

    fn fail(&mut self, number: usize, why: String) -> End {
        (self.tell)(Note::Failed(number, why));
        End::Failed
    }

    fn wait(&mut self, time: Duration) -> Came {
        if let Some(event) = self.first.take() {
            return Came::Event(event);
        }
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.session.next_event(Some(left.min(SLICE))) {
                Ok(event) => return Came::Event(event),
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(_) => return Came::Over,
            }
            if (self.interrupted)() {
                return Came::Interrupted;
            }
            if left.is_zero() {
                return Came::Nothing;
            }
        }
    }

    /// Tells an event, with its diagnosis if it has one.
    pub(crate) fn take(&mut self, event: &Event) -> Option<Diagnosis> {
        if let Event::ConnectIndication(caller) = event {
            self.caller = Some((**caller).clone());
        }
        (self.tell)(Note::Event(Box::new(event.clone())));
        let diagnosis = diagnose(self.session, self.witness, event, self.connecting);
        self.connecting = false;
        diagnosis
    }

    fn expect(&mut self, number: usize, expectation: &Expectation) -> End {
        let patience = match expectation {
            Expectation::Nothing(time) => *time,
            _ => self.patience,
        };
        let wanted = describe(expectation);
        match (self.wait(patience), expectation) {
            (Came::Interrupted, _) => End::Interrupted,
            (Came::Nothing, Expectation::Nothing(_))
            | (Came::Over, Expectation::Nothing(_) | Expectation::Closed) => End::Done,
            (Came::Nothing, _) => {
                self.fail(number, format!("expected {wanted}, nothing came within {patience:?}"))
            }
            (Came::Over, _) => self.fail(number, format!("expected {wanted}, but the session is over")),
            (Came::Event(event), _) => {
                let diagnosis = self.take(&event);
                let Err(why) = matches(expectation, &event, diagnosis.as_ref()) else { return End::Done };
                if let Some(diagnosis) = diagnosis {
                    (self.tell)(Note::Diagnosis(Box::new(diagnosis)));
                }
                self.fail(number, format!("expected {wanted}, came {}{why}", events::line(&event)))
            }
        }
    }
}

/// Why a request was not taken. Most errors name the primitive themselves.
pub(crate) fn refusal(name: &str, error: &Error) -> String {
    let text = error.to_string();
    if text.starts_with(name) { text } else { format!("{name}: {text}") }
}

/// The report of an event that ends a session.
pub(crate) fn diagnose(
    session: &Session,
    witness: &Witness,
    event: &Event,
    connecting: bool,
) -> Option<Diagnosis> {
    let diagnosis = if connecting { Diagnosis::of_outcome(event) } else { Diagnosis::of_event(event) };
    Some(diagnosis?.with_packets(witness, session.id()).with_history(session.history()))
}

/// What a responder selects if nobody says otherwise: duplex if there is a choice, no two that exclude each other.
pub(crate) fn choose(proposed: FunctionalUnits) -> FunctionalUnits {
    use FunctionalUnits as Fu;
    let mut units = proposed;
    if units.contains(Fu::DUPLEX) {
        // Exceptions need half-duplex (X.225 5.8.1).
        units -= Fu::HALF_DUPLEX | Fu::EXCEPTIONS;
    }
    if units.contains(Fu::MINOR_SYNC) {
        units -= Fu::SYMMETRIC_SYNC;
    }
    if units.contains(Fu::ACTIVITY_MANAGEMENT) {
        units -= Fu::DATA_SEPARATION;
    }
    units
}

fn describe(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Event { word, with } => format!("{word}{}", conditions(with)),
        Expectation::Abort(with) => format!("abort{}", conditions(with)),
        Expectation::Any => "any event".into(),
        Expectation::Nothing(time) => format!("nothing for {time:?}"),
        Expectation::Closed => "the end of the session".into(),
    }
}

fn conditions(with: &[With]) -> String {
    with.iter()
        .map(|with| match with {
            With::Data(data) => format!(" {}", crate::octets::preview(data)),
            With::Length(length) => format!(" length:{length}"),
            With::Prefix(prefix) => format!(" prefix:{}", crate::octets::preview(prefix)),
            With::Reason(reason) => format!(" reason:{reason}"),
            With::Cause(cause) => format!(" cause:{}", cause.word()),
        })
        .collect()
}

/// The error is more about what came.
fn matches(expectation: &Expectation, event: &Event, diagnosis: Option<&Diagnosis>) -> Result<(), String> {
    let with = match expectation {
        Expectation::Any => return Ok(()),
        Expectation::Nothing(_) | Expectation::Closed => return Err(String::new()),
        Expectation::Event { word, with } if *word == events::word(event) => with,
        Expectation::Abort(with)
            if matches!(event, Event::UAbortIndication(_) | Event::PAbortIndication(..)) =>
        {
            with
        }
        Expectation::Event { .. } | Expectation::Abort(_) => return Err(String::new()),
    };
    let data = event.user_data();
    for with in with {
        let fits = match with {
            With::Data(wanted) => data == wanted,
            With::Length(wanted) => data.len() == *wanted,
            With::Prefix(wanted) => data.starts_with(wanted),
            With::Reason(wanted) => {
                matches!(event, Event::ConnectConfirmNegative(rejection) if rejection.reason == *wanted)
            }
            With::Cause(wanted) => diagnosis.is_some_and(|diagnosis| diagnosis.cause == *wanted),
        };
        if !fits {
            return Err(diagnosis.map_or(String::new(), |diagnosis| format!(" [{}]", diagnosis.cause.word())));
        }
    }
    Ok(())
}

/// Where a session stands.
pub(crate) fn status(session: &Session) -> String {
    let properties = session.properties();
    format!(
        "{}, version {}, {}, tokens here: {} (of {}), V(A) {} V(M) {} V(R) {}",
        properties.state.name(),
        properties.version,
        properties.functional_units,
        properties.owned_tokens,
        properties.available_tokens,
        properties.serial_numbers[0],
        properties.serial_numbers[1],
        properties.serial_numbers[2],
    )
}

/// The last transitions.
pub(crate) fn history(session: &Session) -> String {
    let steps: Vec<String> = session
        .history()
        .iter()
        .map(|step| {
            format!("{} {} -> {} {}", step.from.name(), step.event.name(), step.to.name(), step.table)
        })
        .collect();
    steps.join("\n")
}
