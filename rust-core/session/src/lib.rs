//! The OSI session layer (X.215, X.225): endpoints, listeners and sessions over RFC 1006, memory, or a transport of your
//! own.
//!
//! An [`Endpoint`] owns one reactor and lives without hidden threads. It is driven in one of three ways, all over the same
//! code: by [`Endpoint::dispatch`] in a thread of yours, by a background thread on request ([`Endpoint::start`]), or from
//! your event loop, which watches [`Endpoint::descriptor`] and [`Endpoint::next_timeout`]. Calls that wait
//! ([`Session::next_event`], [`Listener::accept`] ...) work in each of them, and with none of them: then the waiting caller
//! drives the endpoint itself.
//!
//! Requests carry the names of X.215 and may be made from any thread; they never block. Indications and confirms are
//! [`Event`]s, which are pulled ([`Session::next_event`]) or pushed to a handler ([`Session::set_handler`]).
//!
//! # After `fork`
//!
//! The reactor's descriptor is shared with a child process. In the child do not use an endpoint that was made before the
//! fork, nor anything of it, and leave with `_exit` or `exec` (sockets are close-on-exec).
#![forbid(unsafe_code)]

/// Where durable dialogues keep what must survive.
#[cfg(feature = "durable")]
pub use osisession_journal as journal;
pub use osisession_proto as proto;
pub use osisession_proto::error::{Details, Result};
pub use osisession_proto::x225::names::State;
pub use osisession_proto::x225::parameter::{
    ConnectionIdentifier, ExceptionReason, FunctionalUnits, ResyncType, SerialNumber, TokenAssignment,
    TokenSide, Tokens, TransportDisconnect, TsduSizes, Versions, refuse_reason,
};
pub use osisession_proto::x225::port::{TransportIndication, TransportRequest, Tsdu};
pub use osisession_proto::x225::primitive::{
    ActivityResume, ConnectConfirm, ConnectIndication, ConnectReject, ConnectRejection, ConnectRequest,
    ConnectResponse, Event, OldConnection, PAbortReason, Request, Resync, Resynchronize,
};
pub use osisession_proto::x225::spdu::Leniency;
pub use osisession_proto::x225::spm::{Accepted, Properties, Trace, TraceRecord, Transition};
pub use osisession_proto::{Bytes, Error, ErrorKind, Layer, Limits};

mod address;
mod admission;
#[cfg(unix)]
pub mod appletalk;
#[cfg(feature = "capture")]
mod capture;
pub mod circuit;
mod clock;
mod config;
mod connection;
mod counters;
pub mod decnet;
pub mod diagnosis;
#[cfg(feature = "durable")]
pub mod durable;
mod endpoint;
mod errors;
#[cfg(unix)]
mod ethernet;
mod handler;
mod listener;
mod log;
mod notify;
mod port;
mod profile;
mod reactor;
mod ready;
mod refusal;
mod resident;
pub mod rpc;
mod runtime;
mod session;
mod stream;
mod tap;
mod tls;
pub mod transfer;

#[cfg(feature = "capture")]
pub use capture::CaptureWriter;
pub use config::{EndpointConfig, ListenerConfig, SessionConfig};
pub use counters::Counters;
pub use diagnosis::{Cause, Diagnosis, Witness};
pub use endpoint::{Endpoint, Ready};
pub use listener::Listener;
pub use port::user::TransportPort;
pub use profile::Profile;
pub use refusal::Refusal;
pub use session::{Handler, Session, connect_failure};
pub use stream::OctetStream;
pub use tap::{Tap, Tapped};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsConfig, TlsInfo, TlsVersion};
