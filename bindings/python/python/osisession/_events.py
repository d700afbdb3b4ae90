"""What the SS-user is told: every indication and confirm of X.215, one class each.

Match them by class; their positional patterns follow the order of the fields::

    match session.next_event():
        case DataIndication(user_data): ...
        case SyncMinorIndication(serial_number, explicit=True): ...
        case PAbortIndication(error=error) if error is not None: raise error
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from ._errors import OsisessionError
from ._values import (
    ConnectionIdentifier,
    ExceptionReason,
    FunctionalUnits,
    OldConnection,
    PAbortReason,
    Resync,
    TokenAssignment,
    Tokens,
    TsduSizes,
    Versions,
)


class Primitive:
    """Base class of all events."""

    __slots__ = ()

    name: ClassVar[str]
    """The primitive as X.215 spells it."""


@dataclass(frozen=True, slots=True)
class ConnectIndication(Primitive):
    """S-CONNECT indication."""

    name: ClassVar[str] = "S-CONNECT indication"
    calling_selector: bytes
    called_selector: bytes
    connection_identifier: ConnectionIdentifier
    functional_units: FunctionalUnits
    """The functional units proposed, less those that this side or the transport connection cannot provide."""
    version: Versions
    """The protocol version that an acceptance would select."""
    initial_serial_number: int | None
    second_initial_serial_number: int | None
    upper_limit_serial_number: int | None
    """Upper limit of serial numbers in digits, if the caller proposed one."""
    tokens: TokenAssignment
    """Initial sides of the tokens."""
    tsdu_maximum_size: TsduSizes
    """Maximum TSDU sizes proposed."""
    transport_expedited: bool
    """The transport expedited flow is available on this connection."""
    extended_concatenation: bool
    """The caller can receive extended concatenation."""
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ConnectConfirm(Primitive):
    """S-CONNECT confirm, accepted."""

    name: ClassVar[str] = "S-CONNECT confirm (accept)"
    responding_selector: bytes
    connection_identifier: ConnectionIdentifier
    functional_units: FunctionalUnits
    """The functional units selected."""
    version: Versions
    """The protocol version selected."""
    initial_serial_number: int | None
    second_initial_serial_number: int | None
    tokens: TokenAssignment
    """Initial sides of the tokens."""
    tsdu_maximum_size: TsduSizes
    """Maximum TSDU sizes selected."""
    transport_expedited: bool
    """The transport expedited flow is available on this connection."""
    extended_concatenation: bool
    """The peer can receive extended concatenation."""
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ConnectConfirmNegative(Primitive):
    """S-CONNECT confirm, rejected: the session is over."""

    name: ClassVar[str] = "S-CONNECT confirm (reject)"
    reason: int
    """Reason code, see :class:`RefuseReason`; 128 and above come from the provider."""
    connection_identifier: ConnectionIdentifier
    functional_units: FunctionalUnits | None
    """What the called user would have required (reason 2)."""
    versions: Versions | None
    """The versions that the responder implements."""
    user_data: bytes
    error: OsisessionError | None
    """Why, in full."""


@dataclass(frozen=True, slots=True)
class DataIndication(Primitive):
    """S-DATA indication."""

    name: ClassVar[str] = "S-DATA indication"
    user_data: bytes
    more: bool = False
    """A piece of it: the next indication of the same kind has more (SessionConfig.pieces)."""


@dataclass(frozen=True, slots=True)
class ExpeditedDataIndication(Primitive):
    """S-EXPEDITED-DATA indication."""

    name: ClassVar[str] = "S-EXPEDITED-DATA indication"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class TypedDataIndication(Primitive):
    """S-TYPED-DATA indication."""

    name: ClassVar[str] = "S-TYPED-DATA indication"
    user_data: bytes
    more: bool = False
    """A piece of it: the next indication of the same kind has more (SessionConfig.pieces)."""


@dataclass(frozen=True, slots=True)
class CapabilityDataIndication(Primitive):
    """S-CAPABILITY-DATA indication."""

    name: ClassVar[str] = "S-CAPABILITY-DATA indication"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class CapabilityDataConfirm(Primitive):
    """S-CAPABILITY-DATA confirm."""

    name: ClassVar[str] = "S-CAPABILITY-DATA confirm"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class TokenGiveIndication(Primitive):
    """S-TOKEN-GIVE indication: these tokens are now here."""

    name: ClassVar[str] = "S-TOKEN-GIVE indication"
    tokens: Tokens
    user_data: bytes


@dataclass(frozen=True, slots=True)
class TokenPleaseIndication(Primitive):
    """S-TOKEN-PLEASE indication: the peer asks for these tokens."""

    name: ClassVar[str] = "S-TOKEN-PLEASE indication"
    tokens: Tokens
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ControlGiveIndication(Primitive):
    """S-CONTROL-GIVE indication: all available tokens are now here."""

    name: ClassVar[str] = "S-CONTROL-GIVE indication"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class SyncMinorIndication(Primitive):
    """S-SYNC-MINOR indication."""

    name: ClassVar[str] = "S-SYNC-MINOR indication"
    serial_number: int
    explicit: bool
    data_separation: bool
    user_data: bytes


@dataclass(frozen=True, slots=True)
class SyncMinorConfirm(Primitive):
    """S-SYNC-MINOR confirm: every point up to this number is confirmed."""

    name: ClassVar[str] = "S-SYNC-MINOR confirm"
    serial_number: int
    user_data: bytes


@dataclass(frozen=True, slots=True)
class SyncMajorIndication(Primitive):
    """S-SYNC-MAJOR indication."""

    name: ClassVar[str] = "S-SYNC-MAJOR indication"
    serial_number: int
    user_data: bytes


@dataclass(frozen=True, slots=True)
class SyncMajorConfirm(Primitive):
    """S-SYNC-MAJOR confirm: the second serial number is that of symmetric synchronize."""

    name: ClassVar[str] = "S-SYNC-MAJOR confirm"
    second_serial_number: int | None
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ResynchronizeIndication(Primitive):
    """S-RESYNCHRONIZE indication: ``second`` is used with symmetric synchronize only."""

    name: ClassVar[str] = "S-RESYNCHRONIZE indication"
    first: Resync | None
    second: Resync | None
    tokens: TokenAssignment
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ResynchronizeConfirm(Primitive):
    """S-RESYNCHRONIZE confirm: ``second`` is used with symmetric synchronize only."""

    name: ClassVar[str] = "S-RESYNCHRONIZE confirm"
    first: Resync | None
    second: Resync | None
    tokens: TokenAssignment
    user_data: bytes


@dataclass(frozen=True, slots=True)
class PExceptionReportIndication(Primitive):
    """S-P-EXCEPTION-REPORT indication."""

    name: ClassVar[str] = "S-P-EXCEPTION-REPORT indication"
    error: OsisessionError | None


@dataclass(frozen=True, slots=True)
class UExceptionReportIndication(Primitive):
    """S-U-EXCEPTION-REPORT indication."""

    name: ClassVar[str] = "S-U-EXCEPTION-REPORT indication"
    reason: ExceptionReason
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityStartIndication(Primitive):
    """S-ACTIVITY-START indication."""

    name: ClassVar[str] = "S-ACTIVITY-START indication"
    activity_identifier: bytes
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityResumeIndication(Primitive):
    """S-ACTIVITY-RESUME indication: the next point gets the serial number plus one."""

    name: ClassVar[str] = "S-ACTIVITY-RESUME indication"
    activity_identifier: bytes
    old_activity_identifier: bytes
    serial_number: int
    second_serial_number: int | None
    old_connection: OldConnection | None
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityInterruptIndication(Primitive):
    """S-ACTIVITY-INTERRUPT indication."""

    name: ClassVar[str] = "S-ACTIVITY-INTERRUPT indication"
    reason: ExceptionReason | None
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityInterruptConfirm(Primitive):
    """S-ACTIVITY-INTERRUPT confirm."""

    name: ClassVar[str] = "S-ACTIVITY-INTERRUPT confirm"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityDiscardIndication(Primitive):
    """S-ACTIVITY-DISCARD indication."""

    name: ClassVar[str] = "S-ACTIVITY-DISCARD indication"
    reason: ExceptionReason | None
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityDiscardConfirm(Primitive):
    """S-ACTIVITY-DISCARD confirm."""

    name: ClassVar[str] = "S-ACTIVITY-DISCARD confirm"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityEndIndication(Primitive):
    """S-ACTIVITY-END indication."""

    name: ClassVar[str] = "S-ACTIVITY-END indication"
    serial_number: int
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ActivityEndConfirm(Primitive):
    """S-ACTIVITY-END confirm: the second serial number is that of symmetric synchronize."""

    name: ClassVar[str] = "S-ACTIVITY-END confirm"
    second_serial_number: int | None
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ReleaseIndication(Primitive):
    """S-RELEASE indication."""

    name: ClassVar[str] = "S-RELEASE indication"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ReleaseConfirm(Primitive):
    """S-RELEASE confirm (affirmative): the session is over."""

    name: ClassVar[str] = "S-RELEASE confirm (affirmative)"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class ReleaseConfirmNegative(Primitive):
    """S-RELEASE confirm (negative): the session goes on."""

    name: ClassVar[str] = "S-RELEASE confirm (negative)"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class UAbortIndication(Primitive):
    """S-U-ABORT indication: the session is over."""

    name: ClassVar[str] = "S-U-ABORT indication"
    user_data: bytes


@dataclass(frozen=True, slots=True)
class PAbortIndication(Primitive):
    """S-P-ABORT indication: why, and where the fault is if that is known; the session is over."""

    name: ClassVar[str] = "S-P-ABORT indication"
    reason: PAbortReason
    error: OsisessionError | None


Event: TypeAlias = (
    ConnectIndication
    | ConnectConfirm
    | ConnectConfirmNegative
    | DataIndication
    | ExpeditedDataIndication
    | TypedDataIndication
    | CapabilityDataIndication
    | CapabilityDataConfirm
    | TokenGiveIndication
    | TokenPleaseIndication
    | ControlGiveIndication
    | SyncMinorIndication
    | SyncMinorConfirm
    | SyncMajorIndication
    | SyncMajorConfirm
    | ResynchronizeIndication
    | ResynchronizeConfirm
    | PExceptionReportIndication
    | UExceptionReportIndication
    | ActivityStartIndication
    | ActivityResumeIndication
    | ActivityInterruptIndication
    | ActivityInterruptConfirm
    | ActivityDiscardIndication
    | ActivityDiscardConfirm
    | ActivityEndIndication
    | ActivityEndConfirm
    | ReleaseIndication
    | ReleaseConfirm
    | ReleaseConfirmNegative
    | UAbortIndication
    | PAbortIndication
)
"""Any event: the type to match on exhaustively."""
