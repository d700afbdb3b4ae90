//! `osisession probe`: what a system accepts, asked politely.
//!
//! Each question is one connection, one after the other, with a pause between them; a session that comes about is released. Nothing that
//! is sent is invalid.
mod attempt;
mod plan;
mod stack;

use self::attempt::{Answer, Attempt, Prober, Spent};
use self::stack::Facts;
use crate::args::Probe;
use crate::command::{Context, Stop, Tone, catch_interrupts, count, in_milliseconds};
use crate::report;
use serde::Serialize;
use std::time::Instant;

/// One line.
#[derive(Serialize)]
struct Finding<'a> {
    r#type: &'static str,
    question: &'a str,
    proposed: &'a str,
    /// `accepted`, `transport-only`, `refused`, `failed`.
    answer: &'static str,
    text: &'a str,
    /// The word of the cause, where it was not accepted.
    cause: Option<&'static str>,
}

#[derive(Serialize)]
struct StackLine {
    r#type: &'static str,
    name: Option<&'static str>,
    certainty: &'static str,
    facts: Vec<&'static str>,
    against: Vec<&'static str>,
}

#[derive(Serialize)]
struct Summary<'a> {
    r#type: &'static str,
    peer: &'a str,
    connections: u32,
    complete: bool,
    /// What ended it early: `connections`, `time`, `interrupted`, `unreachable`.
    stopped_by: Option<&'static str>,
    time_ms: f64,
}

/// Writes findings, and keeps what they say about the stack.
struct Findings<'c, 'a> {
    context: &'c mut Context<'a>,
    json: bool,
    facts: Facts,
}

impl Findings<'_, '_> {
    fn tell(&mut self, question: &str, proposed: &str, attempt: &Attempt, text: &str) -> Result<(), Stop> {
        let answer = match question {
            "t-selector" | "tpdu-size" => attempt.transport_answer(),
            _ => attempt.answer(),
        };
        if self.json {
            self.context.json(&Finding {
                r#type: "finding",
                question,
                proposed,
                answer: answer.word(),
                text,
                cause: attempt.diagnosis.as_ref().map(|diagnosis| diagnosis.cause.word()),
            })?;
            return Ok(());
        }
        let tone = match answer {
            Answer::Accepted => Tone::Good,
            Answer::TransportOnly => Tone::Strong,
            Answer::Refused | Answer::Failed => Tone::Bad,
        };
        let text = self.context.paint(tone, text);
        self.context.line(&format!("{question:<12} {proposed:<28} {text}"))?;
        Ok(())
    }
}

/// True if the system was reached and every question was asked.
pub(crate) fn run(args: &Probe, context: &mut Context<'_>) -> Result<bool, Stop> {
    catch_interrupts();
    let begin = Instant::now();
    if !args.json {
        context.line(&format!(
            "Probing {}: at most {} connections, {:?} between them, {:?} in all",
            args.peer, args.max_connections, args.delay, args.time
        ))?;
    }
    context.progress.begin_steps(plan::QUESTIONS.min(u64::from(args.max_connections)));
    let mut prober = Prober::new(args)?;
    let mut findings = Findings { context, json: args.json, facts: Facts::default() };
    let outcome = plan::ask_all(args, &mut prober, &mut findings);
    let Findings { context, facts, .. } = findings;
    context.progress.finish();
    let stopped_by = match outcome {
        Ok(()) => None,
        Err(plan::End::Stop(stop)) => return Err(stop),
        Err(plan::End::Spent(spent)) => Some(spent),
    };
    if let (Some(Spent::Unreachable), Some(diagnosis)) = (stopped_by, &prober.last_diagnosis) {
        if args.json {
            context
                .json(&serde_json::json!({ "type": "diagnosis", "diagnosis": report::json(diagnosis) }))?;
        } else {
            let text = report::lines(context, diagnosis);
            context.line(&text)?;
        }
    } else {
        name_stack(args, context, &facts)?;
    }
    let summary = Summary {
        r#type: "summary",
        peer: &args.peer,
        connections: prober.connections,
        complete: stopped_by.is_none(),
        stopped_by: stopped_by.map(Spent::word),
        time_ms: in_milliseconds(begin.elapsed()),
    };
    if args.json {
        context.json(&summary)?;
    } else {
        let end = stopped_by.map_or(String::new(), |spent| format!("; stopped early: {}", spent.text()));
        let text = format!(
            "{} in {:.1} s{end}",
            count(summary.connections.into(), "connection"),
            summary.time_ms / 1e3
        );
        let text = context.paint(Tone::Quiet, &text);
        context.line(&text)?;
    }
    Ok(summary.complete)
}

fn name_stack(args: &Probe, context: &mut Context<'_>, facts: &Facts) -> Result<(), Stop> {
    let guess = stack::guess(facts);
    if args.json {
        context.json(&StackLine {
            r#type: "stack",
            name: guess.name,
            certainty: guess.certainty,
            facts: guess.facts,
            against: guess.against,
        })?;
        return Ok(());
    }
    let name = match guess.name {
        Some(name) => format!("{} ({})", context.paint(Tone::Strong, name), guess.certainty),
        None => "not known: no row of the table fits".into(),
    };
    context.line(&format!("{:<12} {name}", "stack"))?;
    for (sign, facts) in [("+", &guess.facts), ("-", &guess.against)] {
        for fact in facts {
            context.line(&format!("{:<12} {sign} {fact}", ""))?;
        }
    }
    Ok(())
}
