//! Callers that never became a session: the provider refused them by itself.
use osisession_proto::Error;
use osisession_proto::x225::spm::TraceRecord;

/// Refusals that are kept until somebody asks; the oldest go first. Callers choose how many there are.
pub(crate) const KEPT: usize = 64;

/// A caller that was refused, lost or given up before any listener saw it. From [`crate::Endpoint::next_refusal`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// Where the caller is: `192.0.2.7:40123`.
    pub peer_address: String,
    /// Where it called: `127.0.0.1:102`, `memory:NAME`.
    pub local_address: String,
    /// Why it was refused, with the reason code of the REFUSE SPDU (X.225 8.3.5) if there was one.
    pub error: Error,
    /// What passed, if the listener's [`crate::SessionConfig::trace`] is on.
    pub trace: Vec<TraceRecord>,
}
