//! From a service primitive of the user to an incoming event: what can be checked without the state (X.215, X.225 8.3).
use super::Spm;
use super::establishment::largest;
use super::input::{Extra, Input};
use super::variables::{Flow, Vrsp};
use crate::error::{Error, Result};
use crate::x225::names::{Incoming, State};
use crate::x225::parameter::*;
use crate::x225::primitive::{Request, Resync, Resynchronize};
use bytes::Bytes;

fn invalid(
    text: impl Into<std::borrow::Cow<'static, str>>,
    parameter: &'static str,
    clause: &'static str,
) -> Error {
    Error::invalid(text).with_parameter(parameter).with_clause(clause)
}

fn some_data(user_data: Bytes, event: Incoming, clause: &'static str) -> Result<Input> {
    if user_data.is_empty() {
        return Err(invalid("at least one octet of SS-user data is needed", "User Data", clause));
    }
    Ok(Input::with_user_data(event, user_data))
}

fn some_tokens(tokens: Tokens, user_data: Bytes, event: Incoming, clause: &'static str) -> Result<Input> {
    if tokens.is_empty() {
        return Err(invalid("no token is named", "Token Item", clause));
    }
    Ok(Input { tokens, ..Input::with_user_data(event, user_data) })
}

fn check_activity(identifier: &Bytes, name: &'static str) -> Result<()> {
    if (1..=6).contains(&identifier.len()) {
        return Ok(());
    }
    Err(invalid(
        format!("an activity identifier has 1 to 6 octets, this one has {}", identifier.len()),
        name,
        "X.225 8.3.29",
    ))
}

impl Spm {
    /// The incoming event of a request, or what can never be right about it.
    pub(super) fn input_of(&mut self, request: Request) -> Result<Input> {
        use Incoming::*;
        Ok(match request {
            Request::Connect(request) => {
                self.check_connect_request(&request)?;
                Input { extra: Extra::Connect(request), ..Input::new(SCONreq) }
            }
            Request::ConnectResponse(response) => {
                if self.state == State::STA08 {
                    self.negotiated = self.negotiate_response(&response)?;
                }
                Input { extra: Extra::Response(response), ..Input::new(SCONrsp_pos) }
            }
            Request::ConnectResponseNegative(reject) => {
                if reject.reason > refuse_reason::USER_DATA {
                    return Err(invalid(
                        format!("a user refuses with reason 0, 1 or 2, not {}", reject.reason),
                        "Reason Code",
                        "X.225 8.3.5",
                    ));
                }
                if reject.reason != refuse_reason::USER_DATA && !reject.user_data.is_empty() {
                    return Err(invalid("user data needs reason 2", "Reason Code", "X.225 8.3.5"));
                }
                Input { extra: Extra::Reject(reject), ..Input::new(SCONrsp_neg) }
            }
            Request::Data(data) => some_data(data, SDTreq, "X.225 8.3.11")?,
            // Taken apart before; a whole SSDU in one piece comes as S-DATA.
            Request::DataPiece { typed, octets, .. } => {
                some_data(octets, if typed { STDreq } else { SDTreq }, "X.225 8.3.11")?
            }
            Request::TypedData(data) => some_data(data, STDreq, "X.225 8.3.13")?,
            Request::ExpeditedData(data) => {
                if data.len() > 14 {
                    return Err(invalid(
                        format!("expedited data has 1 to 14 octets, this has {}", data.len()),
                        "User Data",
                        "X.225 8.3.12",
                    ));
                }
                some_data(data, SEXreq, "X.225 8.3.12")?
            }
            Request::CapabilityData(data) => Input::with_user_data(SCDreq, data),
            Request::CapabilityDataResponse(data) => Input::with_user_data(SCDrsp, data),
            Request::TokenGive(tokens, data) => some_tokens(tokens, data, SGTreq, "X.225 7.16")?,
            Request::TokenPlease(tokens, data) => some_tokens(tokens, data, SPTreq, "X.225 7.17")?,
            Request::ControlGive(data) => Input::with_user_data(SCGreq, data),
            Request::SyncMinor { explicit, data_separation, user_data } => {
                self.check_next_number()?;
                let event = if data_separation { SSYNmdreq } else { SSYNmreq };
                Input { explicit, ..Input::with_user_data(event, user_data) }
            }
            Request::SyncMinorResponse(number, data) => {
                Input { serial: Some(number), ..Input::with_user_data(SSYNmrsp, data) }
            }
            Request::SyncMajor(data) => {
                self.check_next_number()?;
                Input::with_user_data(SSYNMreq, data)
            }
            Request::SyncMajorResponse(data) => {
                Input { serial: self.v.snd.m.checked_sub(1), ..Input::with_user_data(SSYNMrsp, data) }
            }
            Request::Resynchronize(resync) => self.resynchronize(*resync)?,
            Request::ResynchronizeResponse(resync) => self.resynchronize_response(*resync)?,
            Request::UExceptionReport(reason, data) => {
                Input { reason: Some(reason as u8), ..Input::with_user_data(SUERreq, data) }
            }
            Request::ActivityStart(activity, data) => {
                check_activity(&activity, "Activity Identifier")?;
                Input { activity, ..Input::with_user_data(SACTSreq, data) }
            }
            Request::ActivityResume(resume) => {
                check_activity(&resume.activity_identifier, "Activity Identifier")?;
                check_activity(&resume.old_activity_identifier, "Old Activity Identifier")?;
                let numbers = [Some(resume.serial_number), resume.second_serial_number];
                if numbers.into_iter().flatten().any(|n| n >= largest(self.negotiated.upper_limit)) {
                    return Err(invalid("the serial number is too large", "Serial Number", "X.225 8.3.30"));
                }
                if resume.second_serial_number.is_some() != self.v.symmetric() && self.state == State::STA713
                {
                    return Err(invalid(
                        "a second serial number goes with symmetric synchronize and only with it",
                        "Second Serial Number",
                        "X.225 8.3.30",
                    ));
                }
                Input {
                    serial: Some(resume.serial_number),
                    second_serial: resume.second_serial_number,
                    user_data: resume.user_data.clone(),
                    extra: Extra::Resume(resume),
                    ..Input::new(SACTRreq)
                }
            }
            Request::ActivityInterrupt(reason, data) => {
                Input { reason: reason.map(|r| r as u8), ..Input::with_user_data(SACTIreq, data) }
            }
            Request::ActivityInterruptResponse(data) => Input::with_user_data(SACTIrsp, data),
            Request::ActivityDiscard(reason, data) => {
                Input { reason: reason.map(|r| r as u8), ..Input::with_user_data(SACTDreq, data) }
            }
            Request::ActivityDiscardResponse(data) => Input::with_user_data(SACTDrsp, data),
            Request::ActivityEnd(data) => {
                self.check_next_number()?;
                Input::with_user_data(SACTEreq, data)
            }
            Request::ActivityEndResponse(data) => {
                Input { serial: self.v.snd.m.checked_sub(1), ..Input::with_user_data(SACTErsp, data) }
            }
            Request::Release(data) => Input::with_user_data(SRELreq, data),
            Request::ReleaseResponse(data) => Input::with_user_data(SRELrsp_pos, data),
            Request::ReleaseResponseNegative(data) => Input::with_user_data(SRELrsp_neg, data),
            Request::UAbort(data) => {
                if self.negotiated.version == Versions::V1 && data.len() > super::outgoing::MAX_SHORT_ABORT {
                    return Err(invalid(
                        format!(
                            "an abort has at most 9 octets of user data in version 1, this has {}",
                            data.len()
                        ),
                        "User Data",
                        "X.225 8.3.9",
                    ));
                }
                Input::with_user_data(SUABreq, data)
            }
        })
    }

    /// The largest number is only a "next number": before it the user must resynchronize (X.225 7.20.1).
    fn check_next_number(&self) -> Result<()> {
        if self.v.snd.m < largest(self.negotiated.upper_limit) {
            return Ok(());
        }
        Err(Error::refused("the serial numbers are used up: resynchronize first")
            .with_parameter("Serial Number")
            .with_clause("X.225 7.20.1"))
    }

    /// S-RESYNCHRONIZE request: `first` is our sending flow (or both), `second` our receiving flow.
    fn resynchronize(&self, request: Resynchronize) -> Result<Input> {
        let symmetric = self.v.symmetric();
        let largest = largest(self.negotiated.upper_limit);
        let flow = |resync: Option<Resync>, next: SerialNumber| -> Result<Option<Resync>> {
            let Some(resync) = resync else { return Ok(None) };
            let number = match (resync.kind, resync.serial_number) {
                (ResyncType::Abandon, _) => next,
                (_, Some(number)) if number <= largest => number,
                (_, Some(_)) => {
                    return Err(invalid("the serial number is too large", "Serial Number", "X.225 8.3.24"));
                }
                (_, None) => {
                    return Err(invalid(
                        "restart and set need a serial number",
                        "Serial Number",
                        "X.225 8.3.24",
                    ));
                }
            };
            Ok(Some(Resync { kind: resync.kind, serial_number: Some(number) }))
        };
        if request.first.is_none() && (!symmetric || request.second.is_none()) {
            return Err(invalid("no resynchronize type is given", "Resync Type", "X.225 8.3.24"));
        }
        if request.second.is_some() && !symmetric {
            return Err(invalid(
                "a second resynchronize type goes with symmetric synchronize only",
                "Second Resync Type",
                "X.225 8.3.24",
            ));
        }
        let snd = flow(request.first, self.v.snd.m)?;
        let rcv = flow(request.second, self.v.rcv.m)?;
        let event = match snd.map(|r| r.kind) {
            _ if symmetric => Incoming::SRSYNreq,
            Some(ResyncType::Restart) => Incoming::SRSYNreq_r,
            Some(ResyncType::Set) => Incoming::SRSYNreq_s,
            Some(ResyncType::Abandon) | None => Incoming::SRSYNreq_a,
        };
        Ok(Input {
            serial: snd.and_then(|r| r.serial_number),
            snd,
            rcv,
            assignment: request.tokens,
            ..Input::with_user_data(event, request.user_data)
        })
    }

    /// S-RESYNCHRONIZE response: what the user left out is filled in from the indication.
    fn resynchronize_response(&self, response: Resynchronize) -> Result<Input> {
        let largest = largest(self.negotiated.upper_limit);
        let answer = |flow: Flow, next: SerialNumber, given: Option<Resync>| {
            let kind = flow.kind.resync_type()?;
            let default = if flow.kind == Vrsp::Abandon { next } else { flow.number };
            let number = given.and_then(|r| r.serial_number).unwrap_or(default);
            Some(Resync { kind, serial_number: Some(number) })
        };
        // The pairs keep the orientation of the requestor: its sending flow is our receiving flow.
        let (snd, rcv) = if self.v.symmetric() {
            (
                answer(self.v.rsp, self.v.snd.m, response.second),
                answer(self.v.rspr, self.v.rcv.m, response.first),
            )
        } else {
            (answer(self.v.rsp, self.v.snd.m, response.first), None)
        };
        if [snd, rcv].into_iter().flatten().any(|r| r.serial_number.is_some_and(|n| n > largest)) {
            return Err(invalid("the serial number is too large", "Serial Number", "X.225 8.3.25"));
        }
        Ok(Input {
            serial: snd.and_then(|r| r.serial_number),
            snd,
            rcv,
            assignment: response.tokens,
            ..Input::with_user_data(Incoming::SRSYNrsp, response.user_data)
        })
    }
}
