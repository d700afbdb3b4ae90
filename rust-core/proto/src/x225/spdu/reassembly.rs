//! Segmented SSDUs are put together (X.225 6.3.5, 7.37.3).
use super::decode::{Spdu, fault};
use super::kind::Kind;
use crate::error::{Error, Layer, Result};
use crate::x225::parameter::Enclosure;
use bytes::{Bytes, BytesMut};

/// An SSDU that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// The TSDU of the first segment, which has the parameters.
    pub first: Bytes,
    /// All user data; not copied if it came in one SPDU.
    pub user_data: Bytes,
}

#[derive(Clone, Debug)]
struct Partial {
    kind: Kind,
    first: Bytes,
    data: BytesMut,
}

/// Puts the segments of one flow together, one SSDU at a time.
#[derive(Clone, Debug)]
pub struct Reassembly {
    limit: usize,
    partial: Option<Box<Partial>>,
}

impl Reassembly {
    /// Up to `limit` octets of user data in one SSDU.
    pub fn new(limit: usize) -> Reassembly {
        Reassembly { limit, partial: None }
    }

    /// The kind of the SSDU that is being put together.
    pub fn in_progress(&self) -> Option<Kind> {
        self.partial.as_ref().map(|partial| partial.kind)
    }

    /// Gives up the SSDU that is being put together.
    pub fn cancel(&mut self) {
        self.partial = None;
    }

    /// Takes an SPDU of this TSDU. `None`: more segments are to come.
    ///
    /// # Errors
    /// Kind `Peer`: a segment out of sequence, or another SPDU between segments. Kind `LimitHit`: the SSDU is too large.
    pub fn push(&mut self, spdu: &Spdu<'_>, tsdu: &Bytes) -> Result<Option<Complete>> {
        let kind = spdu.kind();
        let data = spdu.user_data();
        // The segments of CONNECT user data are events of their own (X.225 7.3).
        let enclosure = if kind == Kind::CDO { None } else { spdu.enclosure() };
        let out_of_sequence = |text: String| {
            Err(fault(kind, spdu.offset(), text).with_parameter("Enclosure Item").with_clause("X.225 7.37.3"))
        };
        match (enclosure, &mut self.partial) {
            (None | Some(Enclosure::Single), None) => {
                let user_data = if data.is_empty() { Bytes::new() } else { tsdu.slice_ref(data) };
                Ok(Some(Complete { first: tsdu.clone(), user_data }))
            }
            (None | Some(Enclosure::Single | Enclosure::First), Some(partial)) => {
                out_of_sequence(format!("{kind} between the segments of {}", partial.kind))
            }
            (Some(Enclosure::First), None) => {
                check_limit(kind, data.len(), self.limit)?;
                let first = tsdu.clone();
                self.partial = Some(Box::new(Partial { kind, first, data: BytesMut::from(data) }));
                Ok(None)
            }
            (Some(Enclosure::Middle | Enclosure::Last), None) => {
                out_of_sequence(format!("a later segment of {kind} without a first one"))
            }
            (Some(_), Some(partial)) if partial.kind != kind => {
                out_of_sequence(format!("{kind} between the segments of {}", partial.kind))
            }
            (Some(enclosure), Some(partial)) => {
                check_limit(kind, partial.data.len().saturating_add(data.len()), self.limit)?;
                partial.data.extend_from_slice(data);
                if enclosure == Enclosure::Middle {
                    return Ok(None);
                }
                Ok(self
                    .partial
                    .take()
                    .map(|whole| Complete { first: whole.first, user_data: whole.data.freeze() }))
            }
        }
    }
}

fn check_limit(kind: Kind, octets: usize, limit: usize) -> Result<()> {
    if octets <= limit {
        return Ok(());
    }
    Err(Error::limit(Layer::Session, format!("an SSDU of more than {limit} octets"))
        .with_pdu(kind.name())
        .with_parameter("User Data")
        .with_clause("X.225 A.4.3.1.2"))
}
