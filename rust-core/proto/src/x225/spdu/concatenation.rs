//! Which SPDUs may stand together in a TSDU (X.225 6.3.7, Tables 7 and 8).
use super::decode::{Judge, Spdu, fault};
use super::kind::{Category, Flow, Kind};
use super::leniency::Leniency;
use super::parameters::{DataRule, EXTENDED};
use crate::error::Result;
use crate::x225::parameter::Enclosure;

/// Checks the combination of kinds, the Token Item of the prefix, and the flow.
pub(super) fn check(spdus: &[Spdu<'_>], judge: &mut Judge<'_>) -> Result<()> {
    let (first, rest) = match spdus {
        [] => return Ok(()),
        [first, rest @ ..] => (first, rest),
    };
    let on_expedited = matches!(first.kind, Kind::EX | Kind::PR);
    let wrong_flow = match judge.context.flow {
        Flow::Expedited => !on_expedited && first.kind != Kind::AB,
        Flow::Normal => on_expedited,
    };
    if wrong_flow {
        return Err(fault(first.kind, 0, format!("{} came on the wrong flow of the transport", first.kind))
            .with_clause("X.225 6.4.3"));
    }
    if rest.is_empty() {
        if first.kind.category() == Category::Two {
            // The identifiers 1, 25 and 26 mean something else when they come first.
            if !judge.forgives(Leniency::MISSING_PREFIX, 0) {
                return Err(fault(
                    first.kind,
                    0,
                    format!("{} needs a GIVE or PLEASE TOKENS before it", first.kind),
                )
                .with_clause("X.225 6.3.7"));
            }
        }
        return Ok(());
    }
    if first.kind.category() != Category::Zero {
        return Err(fault(first.kind, 0, format!("{} does not start a concatenation", first.kind))
            .with_clause("X.225 6.3.7"));
    }
    if !first.user_data().is_empty() || first.enclosure().is_some() {
        return Err(fault(first.kind, 0, "a prefix has neither user data nor an Enclosure Item")
            .with_clause("X.225 6.3.7"));
    }
    let tokens = first.token_item().is_some();
    if let [second] = rest
        && let Some(prefix) = basic(first.kind, second.kind, judge)
    {
        if tokens && second.kind.prefix_without_tokens() {
            return Err(fault(first.kind, 0, format!("before {} there is no Token Item", second.kind))
                .with_parameter("Token Item")
                .with_clause("X.225 Table 7"));
        }
        let unfinished = matches!(second.enclosure(), Some(Enclosure::First | Enclosure::Middle));
        if tokens && unfinished {
            return Err(fault(first.kind, 0, "tokens move with the last segment only")
                .with_parameter("Token Item")
                .with_clause("X.225 6.3.7"));
        }
        debug_assert!(matches!(prefix, Kind::GT | Kind::PT));
        return Ok(());
    }
    extended(first, rest, tokens, judge)
}

/// The prefix of basic concatenation, if it is the right one or its being wrong is forgiven.
fn basic(first: Kind, second: Kind, judge: &mut Judge<'_>) -> Option<Kind> {
    let right = second.basic_prefix()?;
    if right == first {
        return Some(right);
    }
    // The 1995 table prints PLEASE TOKENS before ACTIVITY RESUME, the 1988 one GIVE TOKENS: both are accepted.
    if second == Kind::AR && first == Kind::PT {
        return Some(right);
    }
    // GT before MIA or MAA is extended concatenation, which has a rule of its own.
    let is_extended_form = first == Kind::GT && matches!(second, Kind::MIA | Kind::MAA);
    if is_extended_form && judge.context.extended_concatenation {
        return None;
    }
    judge.forgives(Leniency::WRONG_PREFIX, 0).then_some(right)
}

fn extended(first: &Spdu<'_>, rest: &[Spdu<'_>], tokens: bool, judge: &mut Judge<'_>) -> Result<()> {
    let at = rest[0].offset;
    let kinds: smallvec::SmallVec<[Kind; 3]> = rest.iter().map(|spdu| spdu.kind).collect();
    let form = EXTENDED.iter().find(|form| form.spdus == &kinds[..] && first.kind == Kind::GT);
    let Some(form) = form else {
        let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
        return Err(fault(first.kind, at, "these SPDUs do not go together in one TSDU")
            .with_clause("X.225 Tables 7, 8")
            .with_expected("a valid concatenation", format!("{} {}", first.kind.name(), names.join(" "))));
    };
    if !judge.context.extended_concatenation && !judge.forgives(Leniency::EXTENDED_NOT_AGREED, at) {
        return Err(fault(first.kind, at, "extended concatenation was not agreed").with_clause("X.225 6.3.7"));
    }
    let data = rest.iter().find(|spdu| spdu.kind == Kind::DT).and_then(Spdu::enclosure);
    let data_fits = match form.data {
        DataRule::None => true,
        DataRule::CompleteOrLast => !matches!(data, Some(Enclosure::First | Enclosure::Middle)),
        DataRule::CompleteOrFirst => !matches!(data, Some(Enclosure::Middle | Enclosure::Last)),
        DataRule::Complete => matches!(data, None | Some(Enclosure::Single)),
    };
    if !data_fits {
        return Err(fault(Kind::DT, at, "this segment of data does not go with what stands before it")
            .with_clause("X.225 Table 8"));
    }
    if tokens && (!form.tokens || data == Some(Enclosure::First)) {
        return Err(fault(first.kind, 0, "this concatenation has no Token Item")
            .with_parameter("Token Item")
            .with_clause("X.225 Table 8"));
    }
    Ok(())
}
