//! Every limit a peer or a caller can run into: its unit, its default, and the attack or clause it answers.
use core::time::Duration;

/// The limits of one session. Defaults are safe for a peer that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// From the start of a transport connection to the S-CONNECT confirm (initiator), or from its acceptance to the
    /// CONNECT SPDU (responder). A silent peer ties up a slot no longer than this. Default 10 s.
    pub connect_timeout: Duration,
    /// TIM, the only timer of the protocol: how long to wait for ABORT ACCEPT or T-DISCONNECT (X.225 4.3, 7.9.2). Default 30 s.
    pub tim: Duration,
    /// How long the peer may leave something unanswered that only it can answer: a release, a major point, a
    /// resynchronization, an interrupted or discarded activity, capability data, the recovery after an exception (the
    /// states are listed at `Spm::awaits_peer`). The standard has no limit. Default 5 min; zero is none.
    pub answer_timeout: Duration,
    /// From the first octet of a TPKT header to its last (RFC 1006). A peer that sends half a header gets no longer.
    /// Default 5 s.
    pub tpkt_header_timeout: Duration,
    /// From the first octet of a TSDU to its last. Default 30 s, to which [`Limits::tsdu_timeout_per_kib`] adds.
    pub tsdu_timeout: Duration,
    /// Added to [`Limits::tsdu_timeout`] for each KiB received. Default 1 s.
    pub tsdu_timeout_per_kib: Duration,
    /// Octets of one reassembled TSDU (X.224 segmentation has no limit of its own). Default 1 MiB.
    pub tsdu_reassembly: usize,
    /// Octets of one reassembled SSDU (X.225 segmentation has no limit of its own). Default 16 MiB.
    pub ssdu_reassembly: usize,
    /// Octets of user data in one S-CONNECT (X.225 7.3: CONNECT DATA OVERFLOW has no limit of its own). Default 64 KiB.
    pub connect_user_data: usize,
    /// Events from the expedited flow that may wait for a recall (action \[10\] of Annex A). Default 64.
    pub queued_expedited: usize,
    /// Octets in events that the user has not taken; above it reading stops. Default 1 MiB.
    pub queued_event_octets: usize,
    /// Octets to send that the transport has not taken; above it S-DATA answers that it would block. Default 1 MiB.
    pub queued_send_octets: usize,
    /// Minor synchronization points of the peer that are not confirmed; they cost this library nothing, but a user may keep
    /// something for each. Default 1,000,000.
    pub open_sync_points: u64,
    /// Control SPDUs without user data in a burst, before [`Limits::control_spdu_rate`] holds. Default 1,000.
    pub control_spdu_burst: u32,
    /// Control SPDUs without user data per second in the long run. Default 100.
    pub control_spdu_rate: u32,
    /// The lowest non-zero maximum TSDU size that is accepted for a direction we send in; a smaller proposal is answered
    /// with "not limited" (X.225 8.3.1, no smallest value is defined). Default 128 octets.
    pub min_tsdu_size: u16,
    /// Transitions kept for the question "what happened?". Default 32.
    pub history: usize,
    /// Trace records kept until they are taken, when tracing is on; the oldest go first. Default 1,024.
    pub trace: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect_timeout: Duration::from_secs(10),
            tim: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(300),
            tpkt_header_timeout: Duration::from_secs(5),
            tsdu_timeout: Duration::from_secs(30),
            tsdu_timeout_per_kib: Duration::from_secs(1),
            tsdu_reassembly: 1 << 20,
            ssdu_reassembly: 16 << 20,
            connect_user_data: 64 << 10,
            queued_expedited: 64,
            queued_event_octets: 1 << 20,
            queued_send_octets: 1 << 20,
            open_sync_points: 1_000_000,
            control_spdu_burst: 1_000,
            control_spdu_rate: 100,
            min_tsdu_size: 128,
            history: 32,
            trace: 1_024,
        }
    }
}
