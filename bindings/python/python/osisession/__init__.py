"""The OSI session layer (X.215, X.225; ISO 8326, 8327).

Three layers to pick from:

* :func:`decode` reads SPDUs, :func:`encode` writes them,
* :class:`Spm` is the protocol machine without input or output: TSDUs and time in, events and TSDUs out,
* :func:`connect`, :class:`Endpoint`, :class:`Listener` and :class:`Session` speak over TCP (RFC 1006) or in memory.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from ._diagnosis import Diagnosis, Packet, diagnose
from ._errors import (
    AbortedError,
    ClosedError,
    ConnectRefusedError,
    ErrorKind,
    ForkedError,
    InternalError,
    InvalidError,
    Layer,
    LimitError,
    OsisessionError,
    PeerError,
    RefusedError,
    TimedOutError,
    TransportError,
    WouldBlockError,
)
from ._events import (
    ActivityDiscardConfirm,
    ActivityDiscardIndication,
    ActivityEndConfirm,
    ActivityEndIndication,
    ActivityInterruptConfirm,
    ActivityInterruptIndication,
    ActivityResumeIndication,
    ActivityStartIndication,
    CapabilityDataConfirm,
    CapabilityDataIndication,
    ConnectConfirm,
    ConnectConfirmNegative,
    ConnectIndication,
    ControlGiveIndication,
    DataIndication,
    Event,
    ExpeditedDataIndication,
    PAbortIndication,
    PExceptionReportIndication,
    Primitive,
    ReleaseConfirm,
    ReleaseConfirmNegative,
    ReleaseIndication,
    ResynchronizeConfirm,
    ResynchronizeIndication,
    SyncMajorConfirm,
    SyncMajorIndication,
    SyncMinorConfirm,
    SyncMinorIndication,
    TokenGiveIndication,
    TokenPleaseIndication,
    TypedDataIndication,
    UAbortIndication,
    UExceptionReportIndication,
)
from ._native import Endpoint, Listener, Session, Spm, TransportPort, Witness, __version__, decode, encode
from ._spdu import Parameter, Spdu, UsedLeniency
from ._transport import (
    TConnectConfirm,
    TConnectIndication,
    TConnectRequest,
    TConnectResponse,
    TDataIndication,
    TDataRequest,
    TDisconnectIndication,
    TDisconnectRequest,
    TExpeditedDataIndication,
    TExpeditedDataRequest,
    TransportIndication,
    TransportRequest,
)
from ._values import (
    ConnectionIdentifier,
    Deadline,
    ExceptionReason,
    FunctionalUnits,
    Leniency,
    Limits,
    OldConnection,
    PAbortReason,
    Profile,
    Properties,
    RefuseReason,
    Resync,
    ResyncType,
    SessionConfig,
    TlsConfig,
    TlsInfo,
    TlsVersion,
    TokenAssignment,
    Tokens,
    TokenSide,
    Transition,
    TsduSizes,
    Versions,
)
from ._watch import (
    LOG_TRACE,
    Counters,
    EndpointConfig,
    LogLine,
    Refusal,
    Tapped,
    TappedEnd,
    TappedGone,
    TappedOctets,
    TappedUp,
    set_log,
)

if TYPE_CHECKING:
    from typing import Unpack

    from typing_extensions import Buffer

    from ._native import ConnectParameters

__all__ = [
    "LOG_TRACE",
    "AbortedError",
    "ActivityDiscardConfirm",
    "ActivityDiscardIndication",
    "ActivityEndConfirm",
    "ActivityEndIndication",
    "ActivityInterruptConfirm",
    "ActivityInterruptIndication",
    "ActivityResumeIndication",
    "ActivityStartIndication",
    "CapabilityDataConfirm",
    "CapabilityDataIndication",
    "ClosedError",
    "ConnectConfirm",
    "ConnectConfirmNegative",
    "ConnectIndication",
    "ConnectRefusedError",
    "ConnectionIdentifier",
    "ControlGiveIndication",
    "Counters",
    "DataIndication",
    "Deadline",
    "Diagnosis",
    "Endpoint",
    "EndpointConfig",
    "ErrorKind",
    "Event",
    "ExceptionReason",
    "ExpeditedDataIndication",
    "FunctionalUnits",
    "ForkedError",
    "InternalError",
    "InvalidError",
    "Layer",
    "Leniency",
    "LimitError",
    "Limits",
    "Listener",
    "LogLine",
    "OldConnection",
    "OsisessionError",
    "PAbortIndication",
    "PAbortReason",
    "PExceptionReportIndication",
    "Packet",
    "Parameter",
    "PeerError",
    "Primitive",
    "Profile",
    "Properties",
    "Refusal",
    "RefuseReason",
    "RefusedError",
    "ReleaseConfirm",
    "ReleaseConfirmNegative",
    "ReleaseIndication",
    "Resync",
    "ResyncType",
    "ResynchronizeConfirm",
    "ResynchronizeIndication",
    "Session",
    "SessionConfig",
    "Spdu",
    "Spm",
    "SyncMajorConfirm",
    "SyncMajorIndication",
    "SyncMinorConfirm",
    "SyncMinorIndication",
    "TConnectConfirm",
    "TConnectIndication",
    "TConnectRequest",
    "TConnectResponse",
    "TDataIndication",
    "TDataRequest",
    "TDisconnectIndication",
    "TDisconnectRequest",
    "TExpeditedDataIndication",
    "TExpeditedDataRequest",
    "Tapped",
    "TappedEnd",
    "TappedGone",
    "TappedOctets",
    "TappedUp",
    "TimedOutError",
    "TlsConfig",
    "TlsInfo",
    "TlsVersion",
    "TokenAssignment",
    "TokenGiveIndication",
    "TokenPleaseIndication",
    "TokenSide",
    "Tokens",
    "Transition",
    "TransportError",
    "TransportIndication",
    "TransportPort",
    "TransportRequest",
    "TsduSizes",
    "TypedDataIndication",
    "UAbortIndication",
    "UExceptionReportIndication",
    "UsedLeniency",
    "Versions",
    "Witness",
    "WouldBlockError",
    "__version__",
    "connect",
    "decode",
    "diagnose",
    "encode",
    "set_log",
]


def connect(
    address: str,
    *,
    timeout: float | None = None,
    endpoint: Endpoint | None = None,
    config: SessionConfig | None = None,
    calling_t_selector: Buffer | None = None,
    called_t_selector: Buffer | None = None,
    **parameters: Unpack[ConnectParameters],
) -> Session:
    """Connect to ``address`` and return the session once it is established.

    ``address`` is "host:port", or "memory:name" within one process. The parameters are those of the S-CONNECT request;
    the transport selectors, if given, go before those of ``config``. Without an ``endpoint`` the session gets one of its
    own. ``timeout`` counts in seconds; without it ``config.limits.connect_timeout`` alone decides.

    Raises :class:`ConnectRefusedError` if the other side rejects, :class:`AbortedError` if it aborts, and
    :class:`TransportError`, :class:`TimedOutError` or another :class:`OsisessionError` if it does not come so far. The
    accepted S-CONNECT confirm is ``session.confirm``.
    """
    if endpoint is None:
        endpoint = Endpoint()
    session = endpoint.connect(
        address,
        config=config,
        calling_t_selector=calling_t_selector,
        called_t_selector=called_t_selector,
        **parameters,
    )
    try:
        session.wait_connected(timeout)
    except BaseException:
        session.close()
        raise
    return session


for _name in __all__:
    # Tracebacks, representations and pickles name the public package, where users import from.
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = "osisession"
del _name

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native._after_fork)
