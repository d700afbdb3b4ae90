//! A C program that makes the recorded calls again.
use super::log::{Call, Log, Outcome, Step, Value};
use crate::Result;
use std::collections::HashMap;
use std::fmt::Write;

/// Calls in one C function: a compiler does not like long ones.
const CHUNK: usize = 500;

/// The types of each function's parameters, from the header.
pub(super) struct Declarations(HashMap<String, Vec<String>>);

impl Declarations {
    pub(super) fn read(header: &str) -> Declarations {
        let mut functions = HashMap::new();
        for part in header.split("\nint32_t ").skip(1) {
            let Some((declaration, _)) = part.split_once(");") else { continue };
            let Some((name, parameters)) = declaration.split_once('(') else { continue };
            let types = parameters.split(',').map(|parameter| {
                let parameter = parameter.trim().replace("struct ", "");
                let at = parameter.rfind([' ', '*']).map_or(0, |at| at + 1);
                parameter[..at].trim().to_owned()
            });
            functions.insert(name.to_owned(), types.collect());
        }
        Declarations(functions)
    }
}

/// What waits, or depends on when something happened.
fn waits(function: &str) -> bool {
    matches!(
        function,
        "osisession_next_event"
            | "osisession_session_wait_connected"
            | "osisession_session_wait_writable"
            | "osisession_listener_accept"
            | "osisession_endpoint_next_refusal"
            | "osisession_stream_drain"
            | "osisession_transport_next_request"
            | "osisession_data_request"
            | "osisession_data_piece_request"
            | "osisession_data_request_vectored"
            | "osisession_data_request_lent"
            | "osisession_typed_data_request"
    )
}

/// What is not made again: who is ready first, whether there is room just now, TLS, the recorder itself.
fn is_left_out(function: &str) -> bool {
    // Nobody plays the neighbour of a DECnet node, or the AppleTalk network.
    if function.starts_with("osisession_scp_") || function.starts_with("osisession_zip_") {
        return true;
    }
    // Their threads and timers make another order each time.
    let restless = ["osisession_rpc_", "osisession_journal_", "osisession_durable_", "osisession_dialogue_"];
    if restless.iter().any(|prefix| function.starts_with(prefix)) {
        return true;
    }
    matches!(
        function,
        "osisession_endpoint_next_ready"
            | "osisession_session_is_writable"
            | "osisession_tls_new"
            | "osisession_tls_free"
            | "osisession_record"
            | "osisession_set_log"
            | "osisession_listener_accept_socket"
    )
}

/// OSISESSION_E_TIMED_OUT, OSISESSION_E_WOULD_BLOCK.
const EARLY: [i32; 2] = [-700, -701];

struct Program<'a> {
    log: &'a Log,
    declarations: &'a Declarations,
    /// Recorded addresses of listeners, and their handles.
    listeners: HashMap<String, String>,
    text: String,
    left_out: usize,
    in_callback: bool,
}

/// The program's text, and how many calls are left out.
pub(super) fn write(log: &Log, declarations: &Declarations) -> Result<(String, usize)> {
    let mut listeners = HashMap::new();
    let nested = log.callbacks.values().flatten().flat_map(|(_, calls)| calls);
    let calls =
        log.steps.iter().filter_map(|step| if let Step::Call(call) = step { Some(call) } else { None });
    for outcome in calls.chain(nested).flat_map(|call| &call.outcomes) {
        if let Outcome { value, address: Some(address), .. } = &outcome.1 {
            listeners.insert(address.clone(), value.word().to_owned());
        }
    }
    let text = format!("/* Made from a recording. */\n{}\n", include_str!("runtime.h"));
    let mut program = Program { log, declarations, listeners, text, left_out: 0, in_callback: true };
    program.plays();
    program.callbacks()?;
    program.in_callback = false;
    program.steps()?;
    Ok((program.text, program.left_out))
}

fn identifier(name: &str) -> String {
    name.replace('/', "_")
}

impl Program<'_> {
    fn plays(&mut self) {
        for (name, connection) in &self.log.connections {
            if self.log.is_internal(connection) {
                continue;
            }
            let _ = writeln!(self.text, "static const struct play plays_{}[] = {{", identifier(name));
            for (sent, octets) in &connection.plays {
                let _ = match octets {
                    Some(octets) => {
                        writeln!(self.text, "  {{{}, \"{octets}\"}},", if *sent { "EXPECT" } else { "SEND" })
                    }
                    None => writeln!(self.text, "  {{END, \"\"}},"),
                };
            }
            self.text.push_str("  {EXPECT, \"\"}\n};\n");
        }
    }

    fn played(name: &str) -> String {
        let plays = format!("plays_{}", identifier(name));
        format!("{plays}, sizeof {plays} / sizeof *{plays}")
    }

    fn callbacks(&mut self) -> Result {
        let log = self.log;
        let mut cases = String::new();
        for (session, all) in &log.callbacks {
            for (at, (event, calls)) in all.iter().enumerate() {
                let name = format!("callback_{}_{}", session.trim_start_matches("0x"), at + 1);
                let _ = writeln!(
                    self.text,
                    "static void {name}(const osisession_event *event)\n{{\n  (void)event;"
                );
                self.expect_event(calls.first().map_or(0, |call| call.number), "event", event);
                for call in calls {
                    self.call(call)?;
                }
                self.text.push_str("}\n");
                let _ = writeln!(
                    cases,
                    "  if (session == UINT64_C({session}) && count == {}) {name}(event);",
                    at + 1
                );
            }
        }
        let _ = writeln!(
            self.text,
            "static void on_recorded_event(uint64_t session, long count, const osisession_event *event)\n{{\n\
             \x20 (void)session, (void)count, (void)event;\n{cases}}}"
        );
        Ok(())
    }

    fn steps(&mut self) -> Result {
        let log = self.log;
        let mut parts = 0;
        for chunk in log.steps.chunks(CHUNK) {
            let _ = writeln!(self.text, "static void part_{parts}(void)\n{{");
            for step in chunk {
                match step {
                    Step::Call(call) => self.call(call)?,
                    Step::Callback(session, count) => {
                        let _ = writeln!(self.text, "  wait_for_callbacks(0, UINT64_C({session}), {count});");
                    }
                    Step::Caller(name) => self.caller(name),
                }
            }
            self.text.push_str("}\n");
            parts += 1;
        }
        self.text.push_str("int main(void)\n{\n");
        for part in 0..parts {
            let _ = writeln!(self.text, "  part_{part}();");
        }
        self.text.push_str("  return replay_end();\n}\n");
        Ok(())
    }

    fn caller(&mut self, name: &str) {
        let connection = &self.log.connections[name];
        if !self.log.is_internal(connection)
            && let Some(listener) = self.listeners.get(&connection.local)
        {
            let _ =
                writeln!(self.text, "  peer_call(\"{name}\", UINT64_C({listener}), {});", Self::played(name));
        }
    }

    fn call(&mut self, call: &Call) -> Result {
        let function = call.function.as_str();
        let types =
            self.declarations.0.get(function).ok_or_else(|| format!("{function} is not in the header"))?;
        if types.len() != call.arguments.len() {
            return Err(format!("call {}: {function} has {} parameters", call.number, types.len()));
        }
        let waits = waits(function);
        let Some(status) = call.status else {
            self.left_out += 1;
            let _ = writeln!(
                self.text,
                "  puts(\"call {} of {function} was not over when the recording ended\");",
                call.number
            );
            return Ok(());
        };
        // It depended on the time; and what a callback of another thread did meanwhile is in its own place.
        if is_left_out(function) || waits && EARLY.contains(&status) {
            self.left_out += 1;
            for (name, octets) in call.sent.iter().filter(|(_, octets)| **octets > 0) {
                if !self.log.is_internal(&self.log.connections[name]) {
                    let _ = writeln!(self.text, "  wait_for_peer({}, \"{name}\", {octets});", call.number);
                }
            }
            return Ok(());
        }
        let number = call.number;
        let _ = writeln!(self.text, "  {{ /* {number}, thread {} */", &call.thread[1..]);
        let mut arguments = Vec::new();
        for (at, (kind, value)) in types.iter().zip(&call.arguments).enumerate() {
            let argument = match (kind.as_str(), value) {
                // What a callback was lent is lent to it again.
                (_, _) if at == 0 && function == "osisession_event_retain" && self.in_callback => {
                    "event".into()
                }
                ("int64_t", _) if waits => "1".to_owned(),
                ("int64_t", _) if function == "osisession_endpoint_dispatch" => "10".to_owned(),
                ("const char *" | "const char*", Value::Text(text)) if function == "osisession_listen" => {
                    listening_address(text)
                }
                ("const char *" | "const char*", Value::Text(text)) if function == "osisession_connect" => {
                    self.called_address(text, call)
                }
                ("int32_t", _) if function == "osisession_connect_over_socket" => {
                    format!("dial({})", self.called_address("", call))
                }
                (kind, value) => {
                    let before = self.out(kind, value, at);
                    before.unwrap_or_else(|| argument(kind, value))
                }
            };
            arguments.push(argument);
        }
        let made = format!("{function}({})", arguments.join(", "));
        if waits && status == 0 {
            let _ = writeln!(self.text, "    int32_t status;\n    const time_t end = late();");
            let _ =
                writeln!(self.text, "    while (is_early(status = {made}) && time(NULL) <= end) nudge();");
        } else {
            let _ = writeln!(self.text, "    const int32_t status = {made};");
        }
        let _ = writeln!(self.text, "    expect_status({number}, \"{function}\", status, {status});");
        if status == 0 {
            self.outcomes(call);
        }
        for (session, count) in &call.callbacks {
            let _ = writeln!(self.text, "    wait_for_callbacks({number}, UINT64_C({session}), {count});");
        }
        self.text.push_str("  }\n");
        Ok(())
    }

    /// A variable for what is written through a pointer, and its address.
    fn out(&mut self, kind: &str, value: &Value, at: usize) -> Option<String> {
        let address = value.word().strip_prefix('&')?;
        if kind.contains("osisession_event") {
            return Some(format!("E(UINT64_C({address}))"));
        }
        let pointed = kind.strip_suffix('*')?.trim();
        if pointed == "osisession_transport_request" {
            let _ = writeln!(self.text, "    static osisession_transport_request out{at};");
            let _ = writeln!(self.text, "    if (out{at}.struct_size == 0) OSISESSION_INIT(&out{at});");
        } else if pointed.starts_with("osisession_") && !pointed.ends_with('*') {
            let _ = writeln!(self.text, "    {pointed} out{at};\n    OSISESSION_INIT(&out{at});");
        } else {
            let _ = writeln!(self.text, "    {pointed} out{at} = 0;");
        }
        Some(format!("&out{at}"))
    }

    fn outcomes(&mut self, call: &Call) {
        for (name, outcome) in &call.outcomes {
            let word = outcome.value.word();
            let at = self.position(call, name);
            match &outcome.value {
                Value::Struct(_) => {
                    let event = call.arguments.iter().zip(&self.declarations.0[&call.function]);
                    let event = event.clone().find(|(_, kind)| kind.contains("osisession_event"));
                    if let Some(address) = event.and_then(|(value, _)| value.word().strip_prefix('&')) {
                        let _ = writeln!(
                            self.text,
                            "    const osisession_event *event = E(UINT64_C({address}));"
                        );
                        self.expect_event(call.number, &call.function, &outcome.value);
                    }
                }
                _ if word.starts_with("0x") => {
                    if let Some(at) = at
                        && word != "0x0"
                    {
                        let _ = writeln!(self.text, "    if (status == 0) SET(UINT64_C({word}), out{at});");
                        if name == "endpoint" {
                            let _ = writeln!(self.text, "    if (status == 0) endpoint_made(out{at});");
                        }
                    }
                }
                // The time that is left is never the same.
                _ if name == "nanoseconds" => {}
                _ => {
                    if let Some(at) = at {
                        let _ = writeln!(
                            self.text,
                            "    expect_number({}, \"{name} of {}\", (uint64_t)out{at}, (uint64_t){word});",
                            call.number, call.function
                        );
                    }
                }
            }
        }
    }

    /// Which argument an outcome came through: those in the log are in the order of the outcomes.
    fn position(&self, call: &Call, name: &str) -> Option<usize> {
        let kinds = &self.declarations.0[&call.function];
        let told = |kind: &str| {
            kind.ends_with("**")
                || matches!(
                    kind,
                    "uint32_t *" | "uint32_t*" | "uint64_t *" | "uint64_t*" | "int64_t *" | "int64_t*"
                )
                || kind.contains("osisession_event")
        };
        let mut places = kinds.iter().enumerate().filter(|(at, kind)| {
            told(&kind.replace("* *", "**")) && call.arguments[*at].word().starts_with('&')
        });
        let index = call.outcomes.iter().position(|(other, _)| other == name)?;
        places.nth(index).map(|(at, _)| at)
    }

    fn expect_event(&mut self, number: u64, what: &str, event: &Value) {
        for field in [
            "type",
            "flags",
            "present",
            "tokens",
            "token_sides",
            "reason",
            "functional_units",
            "serial_number",
        ] {
            let word = event.field(field).map_or("0", Value::word);
            let _ = writeln!(
                self.text,
                "    expect_number({number}, \"{field} of the event of {what}\", event->{field}, {word}u);"
            );
        }
        for field in ["user_data", "activity_identifier", "called_selector"] {
            let hex = match event.field(field) {
                Some(Value::Octets(hex)) => hex.as_str(),
                _ => "",
            };
            let _ = writeln!(
                self.text,
                "    expect_octets({number}, \"{field} of the event of {what}\", event->{field}, \"{hex}\");"
            );
        }
    }

    /// Where the peer of a recorded connect is today.
    fn called_address(&self, text: &str, call: &Call) -> String {
        if text.starts_with("memory:") {
            return format!("\"{text}\"");
        }
        if let Some(listener) = self.listeners.get(text) {
            return format!("listening(UINT64_C({listener}))");
        }
        let identity = call.outcomes.iter().find_map(|(_, outcome)| outcome.identity.as_deref());
        match identity {
            Some(name) if self.log.connections.contains_key(name) => {
                format!("peer_listen(\"{name}\", {})", Self::played(name))
            }
            // Nobody answered, or the address was wrong.
            _ if call.status == Some(0) => "\"127.0.0.1:1\"".to_owned(),
            _ => format!("\"{text}\""),
        }
    }
}

fn listening_address(text: &str) -> String {
    match text.rsplit_once(':') {
        Some((host, port)) if !text.starts_with("memory:") && port.parse::<u16>().is_ok() => {
            format!("\"{host}:0\"")
        }
        _ => format!("\"{text}\""),
    }
}

fn argument(kind: &str, value: &Value) -> String {
    match value {
        Value::Word(word) if kind == "osisession_release_fn" && word == "function" => "replay_release".into(),
        Value::Word(word) => match word.as_str() {
            "NULL" | "own" => "NULL".into(),
            "error" => "&(osisession_error_info){.struct_size = sizeof(osisession_error_info)}".into(),
            "buffer" => "(char[1 << 20]){0}".into(),
            handle if handle.starts_with("0x") => format!("H(UINT64_C({handle}))"),
            number => number.to_owned(),
        },
        Value::Octets(hex) => format!("X(\"{hex}\")"),
        Value::Text(text) => format!("\"{text}\""),
        Value::List(values) => {
            let values: Vec<_> = values.iter().map(|value| initializer(kind, value)).collect();
            format!(
                "({}[]){{{}}}",
                kind.trim_start_matches("const ").trim_end_matches(['*', ' ']),
                values.join(", ")
            )
        }
        Value::Struct(_) => {
            let kind = kind.trim_start_matches("const ").trim_end_matches(['*', ' ']);
            format!("&({kind}){}", initializer(kind, value))
        }
    }
}

fn initializer(kind: &str, value: &Value) -> String {
    match value {
        Value::Octets(hex) => format!("O(\"{hex}\")"),
        Value::Struct(fields) => {
            let fields = fields.iter().filter_map(|(field, value)| {
                let value = match (field.as_str(), value) {
                    // What TLS carried is played in the clear.
                    ("tls" | "on_release" | "capture_file", _) => return None,
                    ("on_event", _) => "replay_on_event".into(),
                    ("session", value) => argument("const osisession_session_config *", value),
                    ("user_data", Value::List(session)) => {
                        format!("(void *)(uintptr_t)UINT64_C({})", session.first()?.word())
                    }
                    ("owner", _) | ("user_data", Value::Word(_)) => return None,
                    (_, value) => initializer("", value),
                };
                Some(format!(".{field} = {value}"))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        // Of octets as of pointers.
        Value::Word(word) if word == "NULL" => "{0}".into(),
        _ => argument(kind, value),
    }
}

/// The callbacks struct is given the session as its user data, so that the program knows whose turn it is.
pub(super) fn name_sessions(log: &mut Log) {
    let name = |call: &mut Call| {
        if call.function == "osisession_session_set_callbacks"
            && let [session, Value::Struct(fields), ..] = call.arguments.as_mut_slice()
        {
            let session = session.word().to_owned();
            fields.retain(|(field, _)| field != "user_data");
            fields.push(("user_data".into(), Value::List(vec![Value::Word(session)])));
        }
    };
    for step in &mut log.steps {
        if let Step::Call(call) = step {
            name(call);
        }
    }
    log.callbacks.values_mut().flatten().flat_map(|(_, calls)| calls).for_each(name);
}
