//! The transport service as the machine uses it (X.214): what it asks for, and what it is told.
use crate::error::Error;
use bytes::Bytes;

/// What the machine asks of the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportRequest {
    /// T-CONNECT request; `expedited` asks for the expedited flow.
    Connect {
        /// Ask for the transport expedited flow.
        expedited: bool,
    },
    /// T-CONNECT response (accept).
    ConnectResponse {
        /// Agree to the transport expedited flow.
        expedited: bool,
    },
    /// T-DATA request: one TSDU.
    Data(Tsdu),
    /// A part of a TSDU, of a transport that takes it so ([`crate::x225::spm::Config::pieces`]). The first one follows a whole TSDU or
    /// another one's end; what is given with `end` ends it, and may be without an octet.
    DataPart {
        /// Its octets.
        tsdu: Tsdu,
        /// The TSDU is whole with it.
        end: bool,
    },
    /// T-EXPEDITED-DATA request: one TSDU of at most 16 octets. It goes before queued normal data.
    ExpeditedData(Bytes),
    /// T-DISCONNECT request, after everything before it has been sent.
    Disconnect {
        /// The session's octet (0 protocol error, 1 normal, 2 normal though reuse was wanted); class 0 cannot carry it.
        reason: u8,
    },
}

/// What the transport tells the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportIndication {
    /// T-CONNECT indication; `expedited` says that the expedited flow is proposed and can be provided.
    Connect {
        /// The expedited flow can be provided.
        expedited: bool,
    },
    /// T-CONNECT confirm; `expedited` says that the expedited flow was agreed.
    ConnectConfirm {
        /// The expedited flow was agreed.
        expedited: bool,
    },
    /// T-DATA indication: one whole TSDU.
    Data(Bytes),
    /// A part of a TSDU, of a transport that indicates it so.
    DataPart {
        /// Its octets.
        octets: Bytes,
        /// The TSDU is whole with it.
        end: bool,
    },
    /// T-EXPEDITED-DATA indication: one whole TSDU.
    ExpeditedData(Bytes),
    /// T-DISCONNECT indication: the transport connection is gone or never came up; why, if that is known.
    Disconnect(Option<Error>),
}

/// A TSDU to send: its octets are `header` followed by `user_data`, which is the user's own buffer, not a copy.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tsdu {
    /// SPDU headers and parameters.
    pub header: Bytes,
    /// User information of a DT or TD; otherwise empty.
    pub user_data: Bytes,
}

impl Tsdu {
    /// Octets of this TSDU.
    pub fn len(&self) -> usize {
        self.header.len() + self.user_data.len()
    }

    /// True if there is not one octet, which no valid TSDU is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All octets in one buffer; copies unless one part is empty.
    pub fn to_bytes(&self) -> Bytes {
        if self.user_data.is_empty() {
            return self.header.clone();
        }
        let mut octets = Vec::with_capacity(self.len());
        octets.extend_from_slice(&self.header);
        octets.extend_from_slice(&self.user_data);
        octets.into()
    }
}
