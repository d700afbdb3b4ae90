//! SSDUs in pieces: sent before they are whole, indicated before they are whole, so that neither side holds more than a TPDU.
//!
//! The service of X.215 knows whole SSDUs only. What stands on the wire is the same: one TSDU, in as many DT TPDUs as it takes
//! (X.224 6.3). The first piece meets the state table as S-DATA does; those behind it belong to it. This needs a transport that
//! takes a TSDU in parts ([`super::Config::pieces`]) and a direction without segmenting (X.225 7.37.3), where one SSDU is one TSDU.
use super::Spm;
use crate::error::{Error, Result};
use crate::x225::names::Incoming;
use crate::x225::port::{TransportRequest, Tsdu};
use crate::x225::primitive::{Event, Request};
use crate::x225::spdu::{self, Kind};
use crate::x225::spm::{Accepted, Flow};
use bytes::{Bytes, BytesMut};

/// What has come of a TSDU of which more is to come.
#[derive(Clone, Debug)]
pub(super) enum Arriving {
    /// Not one that is indicated in pieces; it waits for its end.
    Whole(BytesMut),
    /// The user has its beginning.
    Indicated { typed: bool },
    /// The state did not allow it, or it was broken off: the rest is dropped.
    Dropped,
}

/// With so many octets it is known what a TSDU is: GT, Token Item and the header of DT are shorter. With fewer, a DT without its GT
/// cannot be told from a GT.
const BEGINNING: usize = 64;

impl Spm {
    /// A piece of an SSDU, or another request while one is open. `None`: nothing special about it.
    pub(super) fn piece_request(&mut self, request: &mut Request) -> Option<Result<Accepted>> {
        match (self.sending, request) {
            (Some(open), Request::DataPiece { typed, octets, end }) if *typed == open => {
                let (octets, end) = (std::mem::take(octets), *end);
                Some(self.next_piece(octets, end))
            }
            (Some(_), Request::UAbort(_)) => {
                // An ABORT SPDU cannot go into the middle of a TSDU (X.225 7.9 needs a TSDU of its own).
                self.sending = None;
                self.disconnect();
                Some(Ok(Accepted::default()))
            }
            (Some(_), Request::ExpeditedData(_)) if self.v.texp => None,
            (Some(_), request) => {
                let text = format!("{} in the middle of an SSDU that is sent in pieces", request.name());
                Some(Err(Error::refused(text).with_expected("the end of it", "an open SSDU")))
            }
            (None, Request::DataPiece { octets, .. }) if octets.is_empty() => Some(Err(Error::invalid(
                "the first piece has at least one octet",
            )
            .with_clause("X.225 8.3.11"))),
            (None, Request::DataPiece { end: false, .. }) if !self.config.pieces => {
                Some(Err(Error::refused("this transport takes whole TSDUs only")))
            }
            (None, Request::DataPiece { end: false, .. }) if self.sending_limit() != 0 => {
                let text = "SSDUs are segmented in this direction: give them as a whole";
                Some(Err(Error::refused(text).with_clause("X.225 7.37.3")))
            }
            (None, request @ Request::DataPiece { .. }) => {
                let Request::DataPiece { typed, octets, end } = request else { return None };
                let (typed, octets) = (*typed, std::mem::take(octets));
                // From here on it is an S-DATA or S-TYPED-DATA request; what it sends stays open.
                self.opening = (!*end).then_some(typed);
                *request = if typed { Request::TypedData(octets) } else { Request::Data(octets) };
                None
            }
            (None, _) => None,
        }
    }

    fn next_piece(&mut self, octets: Bytes, end: bool) -> Result<Accepted> {
        if octets.is_empty() && !end {
            return Err(Error::invalid("a piece has at least one octet, or is the end"));
        }
        if end {
            self.sending = None;
        }
        self.ask_transport(TransportRequest::DataPart {
            tsdu: Tsdu { header: Bytes::new(), user_data: octets },
            end,
        });
        Ok(Accepted::default())
    }

    /// The peer purges what it has not taken, so the rest is of no use; but the TSDU needs its end before anything else can be sent.
    pub(super) fn cut_off(&mut self, event: Incoming) {
        use Incoming::*;
        let purges = matches!(event, AB_nr | AB_r | AI | AD | ED | ER | RS_a | RS_r | RS_s | PR_AB | PR_RS);
        if purges && self.sending.take().is_some() {
            self.ask_transport(TransportRequest::DataPart { tsdu: Tsdu::default(), end: true });
        }
    }

    /// What was being indicated is broken off.
    pub(super) fn drop_arriving(&mut self) {
        if let Some(arriving) = &mut self.arriving
            && matches!(**arriving, Arriving::Indicated { .. })
        {
            **arriving = Arriving::Dropped;
        }
    }

    /// A part of a TSDU of the peer.
    pub(super) fn take_part(&mut self, part: Bytes, end: bool) {
        self.received[1] += part.len() as u64;
        match self.arriving.take().map(|arriving| *arriving) {
            None if end => self.take_tsdu(part, Flow::Normal),
            None if part.len() >= BEGINNING => self.begin_part(BytesMut::from(&part[..])),
            None => self.arriving = Some(Box::new(Arriving::Whole(BytesMut::from(&part[..])))),
            Some(Arriving::Whole(mut so_far)) => {
                let limit = self.config.limits.tsdu_reassembly;
                if so_far.len() + part.len() > limit {
                    let error = Error::limit(
                        crate::error::Layer::Transport,
                        "TSDU is longer than the limit tsdu_reassembly",
                    )
                    .with_expected(
                        format!("at most {limit} octets"),
                        format!("{} or more", so_far.len() + part.len()),
                    );
                    return self.provider_abort(error, &[]);
                }
                let before = so_far.len();
                so_far.extend_from_slice(&part);
                if end {
                    self.received[1] -= so_far.len() as u64;
                    self.take_tsdu(so_far.freeze(), Flow::Normal);
                } else if before < BEGINNING && so_far.len() >= BEGINNING {
                    self.begin_part(so_far);
                } else {
                    self.arriving = Some(Box::new(Arriving::Whole(so_far)));
                }
            }
            Some(Arriving::Indicated { typed }) => {
                if self.config.trace {
                    self.trace_part(&part);
                }
                if end {
                    self.received[0] += 1;
                } else {
                    self.arriving = Some(Box::new(Arriving::Indicated { typed }));
                }
                self.tell_user(Event::DataPiece { typed, octets: part, end });
            }
            Some(Arriving::Dropped) => {
                if !end {
                    self.arriving = Some(Box::new(Arriving::Dropped));
                }
            }
        }
    }

    /// The beginning of a TSDU: if it is that of plain data, the user gets it.
    fn begin_part(&mut self, so_far: BytesMut) {
        let Some(typed) = self.plain_data(&so_far) else {
            self.arriving = Some(Box::new(Arriving::Whole(so_far)));
            return;
        };
        let tsdu = so_far.freeze();
        if self.config.trace {
            self.trace_part(&tsdu);
        }
        self.indicating = Some(typed);
        let before = self.events.len();
        self.receive(&tsdu, Flow::Normal);
        self.indicating = None;
        let indicated = self.events.len() > before
            && matches!(self.events.back(), Some(Event::DataPiece { end: false, .. }));
        let arriving = if indicated { Arriving::Indicated { typed } } else { Arriving::Dropped };
        self.arriving = Some(Box::new(arriving));
    }

    /// Whether a TSDU that begins like this ends with user data of DT (false) or TD (true), and nothing else.
    fn plain_data(&self, beginning: &[u8]) -> Option<bool> {
        let decoded = spdu::decode(beginning, &self.decode_context(Flow::Normal)).ok()?;
        let last = decoded.spdus().last()?;
        let typed = match last.kind() {
            Kind::DT => false,
            Kind::TD => true,
            _ => return None,
        };
        let plain = last.enclosure().is_none() && !last.user_data().is_empty();
        plain.then_some(typed)
    }
}
