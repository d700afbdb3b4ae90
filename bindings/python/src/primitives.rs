//! The requests and responses of X.215 as methods, the same for every class that has them.
use crate::error::raise;
use crate::value::{AssignmentArgument, Octets, ResyncArgument};
use bytes::Bytes;
use osisession_proto::x225::primitive::Resynchronize;
use osisession_proto::x225::spm::Accepted;
use osisession_proto::{Error, ErrorKind, Layer};
use pyo3::prelude::*;

/// `#[pymethods]` of a class: its own items, then one method for each request and response.
///
/// The class has `fn ask(&self, py, request, now) -> PyResult<Accepted>`. A class whose time is the caller's names the
/// keyword argument for it after its own name; a class with a clock of its own has none.
macro_rules! primitives {
    ($class:ident $(, $now:ident)?; $($items:tt)*) => {
        #[pymethods]
        impl $class {
            $($items)*

            /// S-CONNECT request.
            #[pyo3(signature = ($(*, $now = None,)? **parameters))]
            fn connect_request(&self, py: Python<'_>, $($now: Option<Now>,)? parameters: Option<&Bound<'_, PyDict>>,) -> PyResult<()> {
                self.ask(py, Request::Connect(Box::new(value::connect_request(parameters)?)) $(, $now)?).map(drop)
            }

            /// S-CONNECT response, accept.
            #[pyo3(signature = ($(*, $now = None,)? **parameters))]
            fn connect_response(&self, py: Python<'_>, $($now: Option<Now>,)? parameters: Option<&Bound<'_, PyDict>>,) -> PyResult<()> {
                self.ask(py, Request::ConnectResponse(Box::new(value::connect_response(parameters)?)) $(, $now)?).map(drop)
            }

            /// S-CONNECT response, reject.
            #[pyo3(signature = ($(*, $now = None,)? **parameters))]
            fn connect_response_negative(&self, py: Python<'_>, $($now: Option<Now>,)? parameters: Option<&Bound<'_, PyDict>>,) -> PyResult<()> {
                self.ask(py, Request::ConnectResponseNegative(Box::new(value::connect_reject(parameters)?)) $(, $now)?).map(drop)
            }

            /// S-DATA request; at least one octet.
            #[pyo3(signature = (user_data $(, *, $now = None)?))]
            fn data_request(&self, py: Python<'_>, user_data: Octets, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::Data(user_data.0) $(, $now)?).map(drop)
            }

            /// S-EXPEDITED-DATA request; 1 to 14 octets.
            #[pyo3(signature = (user_data $(, *, $now = None)?))]
            fn expedited_data_request(&self, py: Python<'_>, user_data: Octets, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ExpeditedData(user_data.0) $(, $now)?).map(drop)
            }

            /// S-TYPED-DATA request; at least one octet.
            #[pyo3(signature = (user_data $(, *, $now = None)?))]
            fn typed_data_request(&self, py: Python<'_>, user_data: Octets, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::TypedData(user_data.0) $(, $now)?).map(drop)
            }

            /// S-CAPABILITY-DATA request.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn capability_data_request(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::CapabilityData(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-CAPABILITY-DATA response.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn capability_data_response(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::CapabilityDataResponse(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-TOKEN-GIVE request.
            #[pyo3(signature = (tokens, user_data = None $(, *, $now = None)?))]
            fn token_give_request(&self, py: Python<'_>, tokens: TokensArgument, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::TokenGive(tokens.0, or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-TOKEN-PLEASE request.
            #[pyo3(signature = (tokens, user_data = None $(, *, $now = None)?))]
            fn token_please_request(&self, py: Python<'_>, tokens: TokensArgument, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::TokenPlease(tokens.0, or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-CONTROL-GIVE request: all available tokens go to the peer.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn control_give_request(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ControlGive(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-SYNC-MINOR request; returns the serial number of the point.
            #[pyo3(signature = (user_data = None, *, explicit = true, data_separation = false $(, $now = None)?))]
            fn sync_minor_request(&self, py: Python<'_>, user_data: Option<Octets>, explicit: bool, data_separation: bool, $($now: Option<Now>,)?) -> PyResult<u64> {
                let accepted = self.ask(py, Request::SyncMinor { explicit, data_separation, user_data: or_none(user_data) } $(, $now)?)?;
                serial_number(py, accepted)
            }

            /// S-SYNC-MINOR response: confirms every point up to this number.
            #[pyo3(signature = (serial_number, user_data = None $(, *, $now = None)?))]
            fn sync_minor_response(&self, py: Python<'_>, serial_number: u64, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::SyncMinorResponse(serial_number, or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-SYNC-MAJOR request; returns the serial number of the point.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn sync_major_request(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<u64> {
                let accepted = self.ask(py, Request::SyncMajor(or_none(user_data)) $(, $now)?)?;
                serial_number(py, accepted)
            }

            /// S-SYNC-MAJOR response.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn sync_major_response(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::SyncMajorResponse(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-RESYNCHRONIZE request; `second` with symmetric synchronize only.
            #[pyo3(signature = (first = None, second = None, *, tokens = None, user_data = None $(, $now = None)?))]
            fn resynchronize_request(&self, py: Python<'_>, first: Option<ResyncArgument>, second: Option<ResyncArgument>, tokens: Option<AssignmentArgument>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::Resynchronize(resynchronize(first, second, tokens, user_data)) $(, $now)?).map(drop)
            }

            /// S-RESYNCHRONIZE response; the types are those of the indication and may be left out.
            #[pyo3(signature = (first = None, second = None, *, tokens = None, user_data = None $(, $now = None)?))]
            fn resynchronize_response(&self, py: Python<'_>, first: Option<ResyncArgument>, second: Option<ResyncArgument>, tokens: Option<AssignmentArgument>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ResynchronizeResponse(resynchronize(first, second, tokens, user_data)) $(, $now)?).map(drop)
            }

            /// S-U-EXCEPTION-REPORT request.
            #[pyo3(signature = (reason = None, user_data = None $(, *, $now = None)?))]
            fn u_exception_report_request(&self, py: Python<'_>, reason: Option<ReasonArgument>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::UExceptionReport(reason.map(|reason| reason.0).unwrap_or_default(), or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-START request; the identifier has 1 to 6 octets.
            #[pyo3(signature = (activity_identifier, user_data = None $(, *, $now = None)?))]
            fn activity_start_request(&self, py: Python<'_>, activity_identifier: Octets, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityStart(activity_identifier.0, or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-RESUME request; the next point gets the serial number plus one.
            #[pyo3(signature = (activity_identifier, old_activity_identifier, serial_number, *, second_serial_number = None, old_connection = None, user_data = None $(, $now = None)?))]
            fn activity_resume_request(&self, py: Python<'_>, activity_identifier: Octets, old_activity_identifier: Octets, serial_number: u64, second_serial_number: Option<u64>, old_connection: Option<OldConnectionArgument>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityResume(Box::new(ActivityResume {
                    activity_identifier: activity_identifier.0,
                    old_activity_identifier: old_activity_identifier.0,
                    serial_number,
                    second_serial_number,
                    old_connection: old_connection.map(|old| old.0),
                    user_data: or_none(user_data),
                })) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-INTERRUPT request.
            #[pyo3(signature = (reason = None, user_data = None $(, *, $now = None)?))]
            fn activity_interrupt_request(&self, py: Python<'_>, reason: Option<ReasonArgument>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityInterrupt(reason.map(|reason| reason.0), or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-INTERRUPT response.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn activity_interrupt_response(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityInterruptResponse(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-DISCARD request.
            #[pyo3(signature = (reason = None, user_data = None $(, *, $now = None)?))]
            fn activity_discard_request(&self, py: Python<'_>, reason: Option<ReasonArgument>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityDiscard(reason.map(|reason| reason.0), or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-DISCARD response.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn activity_discard_response(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityDiscardResponse(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-ACTIVITY-END request; returns the serial number of the point.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn activity_end_request(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<u64> {
                let accepted = self.ask(py, Request::ActivityEnd(or_none(user_data)) $(, $now)?)?;
                serial_number(py, accepted)
            }

            /// S-ACTIVITY-END response.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn activity_end_response(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ActivityEndResponse(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-RELEASE request.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn release_request(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::Release(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-RELEASE response, affirmative.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn release_response(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ReleaseResponse(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-RELEASE response, negative; only with the negotiated release functional unit.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn release_response_negative(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::ReleaseResponseNegative(or_none(user_data)) $(, $now)?).map(drop)
            }

            /// S-U-ABORT request: the session is over at once.
            #[pyo3(signature = (user_data = None $(, *, $now = None)?))]
            fn u_abort_request(&self, py: Python<'_>, user_data: Option<Octets>, $($now: Option<Now>,)?) -> PyResult<()> {
                self.ask(py, Request::UAbort(or_none(user_data)) $(, $now)?).map(drop)
            }
        }
    };
}

pub(crate) use primitives;

/// No user data unless some is given.
pub(crate) fn or_none(user_data: Option<Octets>) -> Bytes {
    user_data.map(|user_data| user_data.0).unwrap_or_default()
}

pub(crate) fn resynchronize(
    first: Option<ResyncArgument>,
    second: Option<ResyncArgument>,
    tokens: Option<AssignmentArgument>,
    user_data: Option<Octets>,
) -> Box<Resynchronize> {
    Box::new(Resynchronize {
        first: first.map(|resync| resync.0),
        second: second.map(|resync| resync.0),
        tokens: tokens.map(|tokens| tokens.0).unwrap_or_default(),
        user_data: or_none(user_data),
    })
}

/// The serial number that the provider chose.
pub(crate) fn serial_number(py: Python<'_>, accepted: Accepted) -> PyResult<u64> {
    accepted.serial_number.ok_or_else(|| {
        let text = "the provider accepted a synchronization point without giving its serial number";
        raise(py, &Error::new(ErrorKind::Internal, Layer::Session, text))
    })
}
