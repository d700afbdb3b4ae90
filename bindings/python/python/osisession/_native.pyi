"""The compiled part of the package. Import its classes from ``osisession``."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TypedDict, Unpack, final, type_check_only

from typing_extensions import Buffer, Self

from ._events import ConnectConfirm, Event
from ._spdu import Spdu
from ._transport import TransportIndication, TransportRequest
from ._values import (
    ConnectionIdentifier,
    Deadline,
    ExceptionReason,
    FunctionalUnits,
    Limits,
    OldConnection,
    Properties,
    Resync,
    SessionConfig,
    TokenAssignment,
    Tokens,
    Transition,
    TsduSizes,
    Versions,
)

__all__ = [
    "Endpoint",
    "Listener",
    "Session",
    "Spm",
    "TransportPort",
    "__version__",
    "_default_limits",
    "_panic",
    "command",
    "decode",
]

__version__: str

@type_check_only
class ConnectParameters(TypedDict, total=False):
    """Parameters of the S-CONNECT request."""

    calling_selector: Buffer
    """Calling session selector, 0 to 16 octets; empty is the null selector."""
    called_selector: Buffer
    """Called session selector, 0 to 16 octets."""
    connection_identifier: ConnectionIdentifier
    """Session connection identifier."""
    functional_units: FunctionalUnits
    """The functional units proposed; one of half-duplex and duplex at least. Default: duplex."""
    versions: Versions
    """The protocol versions proposed. Default: both."""
    initial_serial_number: int | None
    """First initial serial number; needed when SY, SS, MA or RESYN is proposed without ACT."""
    second_initial_serial_number: int | None
    """Second initial serial number; needed when SS is proposed."""
    upper_limit_serial_number: int | None
    """Upper limit of serial numbers in decimal digits (PI 56), if not 6. 7 to 18."""
    tokens: TokenAssignment
    """Initial sides of the tokens."""
    tsdu_maximum_size: TsduSizes
    """Maximum TSDU sizes proposed; 0 is "not limited"."""
    extended_control: bool
    """Extended control (quality of service): ask for the transport expedited flow."""
    extended_concatenation: bool
    """Optimized dialogue transfer (quality of service): extended concatenation can be received here."""
    user_data: Buffer
    """SS-user data."""

@type_check_only
class ConnectResponseParameters(TypedDict, total=False):
    """Parameters of the S-CONNECT response, accept."""

    responding_selector: Buffer | None
    """Responding session selector; ``None`` returns the called selector."""
    connection_identifier: ConnectionIdentifier
    """Session connection identifier."""
    functional_units: FunctionalUnits
    """The functional units of this user. Selected is what both sides name. Default: duplex."""
    initial_serial_number: int | None
    """First initial serial number; ``None`` takes the caller's where one is needed."""
    second_initial_serial_number: int | None
    """Second initial serial number; ``None`` takes the caller's where one is needed."""
    upper_limit_serial_number: int | None
    """Upper limit of serial numbers in decimal digits, if not 6."""
    tokens: TokenAssignment
    """Sides of the tokens that the caller left to this user's choice."""
    please_tokens: Tokens
    """Tokens to ask for in the same breath (Token Item of ACCEPT)."""
    tsdu_maximum_size: TsduSizes
    """Maximum TSDU sizes of this side; 0 is "not limited"."""
    extended_concatenation: bool
    """Extended concatenation can be received here."""
    user_data: Buffer
    """SS-user data."""

@type_check_only
class ConnectRejectParameters(TypedDict, total=False):
    """Parameters of the S-CONNECT response, reject."""

    reason: int
    """See :class:`RefuseReason`: 0 not specified, 1 temporary congestion, 2 with user data."""
    connection_identifier: ConnectionIdentifier
    """Session connection identifier."""
    functional_units: FunctionalUnits | None
    """What this user would have required; sent with reason 2 only."""
    user_data: Buffer
    """SS-user data; reason 2 only."""

def decode(
    tsdu: Buffer,
    *,
    strict: bool = False,
    expedited: bool = False,
    version: Versions | None = None,
    segmenting: bool | None = None,
    extended_concatenation: bool = True,
    symmetric: bool | None = None,
    available_tokens: Tokens | None = None,
    upper_limit: int | None = None,
    continuing: str | None = None,
) -> list[Spdu]: ...
def command(arguments: list[str]) -> int: ...
def _panic(text: str) -> None: ...
def _default_limits() -> Limits: ...
@final
class Spm:
    def __new__(
        cls,
        *,
        functional_units: FunctionalUnits | None = None,
        versions: Versions | None = None,
        selectors: Iterable[Buffer] | None = None,
        unattached_selectors: Iterable[Buffer] | None = None,
        strict: bool = False,
        reuse_transport: bool = False,
        trace: bool = False,
        limits: Limits | None = None,
    ) -> Self: ...
    def transport_indication(
        self, indication: TransportIndication, *, now: float | int | None = None
    ) -> None: ...
    def next_transport_request(self) -> TransportRequest | None: ...
    def next_event(self) -> Event | None: ...
    @property
    def next_timeout(self) -> Deadline | None: ...
    def handle_timeout(self, now: float | int) -> None: ...
    @property
    def state(self) -> str: ...
    @property
    def is_over(self) -> bool: ...
    @property
    def properties(self) -> Properties: ...
    def history(self) -> list[Transition]: ...
    def trace(self) -> Iterator[str]: ...
    def connect_request(self, *, now: float | int | None = None, **parameters: Unpack[ConnectParameters]) -> None: ...
    def connect_response(self, *, now: float | int | None = None, **parameters: Unpack[ConnectResponseParameters]) -> None: ...
    def connect_response_negative(self, *, now: float | int | None = None, **parameters: Unpack[ConnectRejectParameters]) -> None: ...
    def data_request(self, user_data: Buffer, *, now: float | int | None = None) -> None: ...
    def expedited_data_request(self, user_data: Buffer, *, now: float | int | None = None) -> None: ...
    def typed_data_request(self, user_data: Buffer, *, now: float | int | None = None) -> None: ...
    def capability_data_request(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def capability_data_response(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def token_give_request(
        self,
        tokens: Tokens,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def token_please_request(
        self,
        tokens: Tokens,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def control_give_request(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def sync_minor_request(
        self,
        user_data: Buffer | None = None,
        *,
        explicit: bool = True,
        data_separation: bool = False,
        now: float | int | None = None,
    ) -> int: ...
    def sync_minor_response(
        self,
        serial_number: int,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def sync_major_request(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> int: ...
    def sync_major_response(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def resynchronize_request(
        self,
        first: Resync | None = None,
        second: Resync | None = None,
        *,
        tokens: TokenAssignment | None = None,
        user_data: Buffer | None = None,
        now: float | int | None = None,
    ) -> None: ...
    def resynchronize_response(
        self,
        first: Resync | None = None,
        second: Resync | None = None,
        *,
        tokens: TokenAssignment | None = None,
        user_data: Buffer | None = None,
        now: float | int | None = None,
    ) -> None: ...
    def u_exception_report_request(
        self,
        reason: ExceptionReason | None = None,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def activity_start_request(
        self,
        activity_identifier: Buffer,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def activity_resume_request(
        self,
        activity_identifier: Buffer,
        old_activity_identifier: Buffer,
        serial_number: int,
        *,
        second_serial_number: int | None = None,
        old_connection: OldConnection | None = None,
        user_data: Buffer | None = None,
        now: float | int | None = None,
    ) -> None: ...
    def activity_interrupt_request(
        self,
        reason: ExceptionReason | None = None,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def activity_interrupt_response(
        self,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def activity_discard_request(
        self,
        reason: ExceptionReason | None = None,
        user_data: Buffer | None = None,
        *,
        now: float | int | None = None,
    ) -> None: ...
    def activity_discard_response(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def activity_end_request(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> int: ...
    def activity_end_response(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def release_request(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def release_response(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def release_response_negative(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...
    def u_abort_request(self, user_data: Buffer | None = None, *, now: float | int | None = None) -> None: ...

@final
class Session:
    @property
    def id(self) -> int: ...
    @property
    def endpoint(self) -> Endpoint: ...
    @property
    def peer_address(self) -> str | None: ...
    @property
    def is_over(self) -> bool: ...
    @property
    def is_writable(self) -> bool: ...
    @property
    def state(self) -> str: ...
    @property
    def properties(self) -> Properties: ...
    @property
    def confirm(self) -> ConnectConfirm | None: ...
    def history(self) -> list[Transition]: ...
    def trace(self) -> Iterator[str]: ...
    def next_event(self, timeout: float | None = None) -> Event: ...
    def try_next_event(self) -> Event | None: ...
    def wait_connected(self, timeout: float | None = None) -> ConnectConfirm: ...
    def wait_writable(self, timeout: float | None = None) -> None: ...
    def set_handler(self, handler: Callable[[Session, Event], object] | None) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Event: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def connect_request(self, **parameters: Unpack[ConnectParameters]) -> None: ...
    def connect_response(self, **parameters: Unpack[ConnectResponseParameters]) -> None: ...
    def connect_response_negative(self, **parameters: Unpack[ConnectRejectParameters]) -> None: ...
    def data_request(self, user_data: Buffer) -> None: ...
    def expedited_data_request(self, user_data: Buffer) -> None: ...
    def typed_data_request(self, user_data: Buffer) -> None: ...
    def capability_data_request(self, user_data: Buffer | None = None) -> None: ...
    def capability_data_response(self, user_data: Buffer | None = None) -> None: ...
    def token_give_request(self, tokens: Tokens, user_data: Buffer | None = None) -> None: ...
    def token_please_request(self, tokens: Tokens, user_data: Buffer | None = None) -> None: ...
    def control_give_request(self, user_data: Buffer | None = None) -> None: ...
    def sync_minor_request(
        self,
        user_data: Buffer | None = None,
        *,
        explicit: bool = True,
        data_separation: bool = False,
    ) -> int: ...
    def sync_minor_response(self, serial_number: int, user_data: Buffer | None = None) -> None: ...
    def sync_major_request(self, user_data: Buffer | None = None) -> int: ...
    def sync_major_response(self, user_data: Buffer | None = None) -> None: ...
    def resynchronize_request(
        self,
        first: Resync | None = None,
        second: Resync | None = None,
        *,
        tokens: TokenAssignment | None = None,
        user_data: Buffer | None = None,
    ) -> None: ...
    def resynchronize_response(
        self,
        first: Resync | None = None,
        second: Resync | None = None,
        *,
        tokens: TokenAssignment | None = None,
        user_data: Buffer | None = None,
    ) -> None: ...
    def u_exception_report_request(
        self,
        reason: ExceptionReason | None = None,
        user_data: Buffer | None = None,
    ) -> None: ...
    def activity_start_request(self, activity_identifier: Buffer, user_data: Buffer | None = None) -> None: ...
    def activity_resume_request(
        self,
        activity_identifier: Buffer,
        old_activity_identifier: Buffer,
        serial_number: int,
        *,
        second_serial_number: int | None = None,
        old_connection: OldConnection | None = None,
        user_data: Buffer | None = None,
    ) -> None: ...
    def activity_interrupt_request(
        self,
        reason: ExceptionReason | None = None,
        user_data: Buffer | None = None,
    ) -> None: ...
    def activity_interrupt_response(self, user_data: Buffer | None = None) -> None: ...
    def activity_discard_request(
        self,
        reason: ExceptionReason | None = None,
        user_data: Buffer | None = None,
    ) -> None: ...
    def activity_discard_response(self, user_data: Buffer | None = None) -> None: ...
    def activity_end_request(self, user_data: Buffer | None = None) -> int: ...
    def activity_end_response(self, user_data: Buffer | None = None) -> None: ...
    def release_request(self, user_data: Buffer | None = None) -> None: ...
    def release_response(self, user_data: Buffer | None = None) -> None: ...
    def release_response_negative(self, user_data: Buffer | None = None) -> None: ...
    def u_abort_request(self, user_data: Buffer | None = None) -> None: ...

@final
class TransportPort:
    def indication(self, indication: TransportIndication) -> None: ...
    def next_request(self) -> TransportRequest | None: ...
    @property
    def wants_data(self) -> bool: ...

@final
class Listener:
    @property
    def id(self) -> int: ...
    @property
    def local_address(self) -> str: ...
    @property
    def is_closed(self) -> bool: ...
    def accept(self, timeout: float | None = None) -> Session: ...
    def try_accept(self) -> Session | None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class Endpoint:
    def __new__(cls) -> Self: ...
    def listen(
        self,
        address: str,
        *,
        t_selector: Buffer | None = None,
        session_selector: Buffer | None = None,
        backlog: int | None = None,
        max_connecting: int | None = None,
        config: SessionConfig | None = None,
    ) -> Listener: ...
    def connect(
        self,
        address: str,
        *,
        config: SessionConfig | None = None,
        calling_t_selector: Buffer | None = None,
        called_t_selector: Buffer | None = None,
        **parameters: Unpack[ConnectParameters],
    ) -> Session: ...
    def open(self, *, config: SessionConfig | None = None) -> tuple[Session, TransportPort]: ...
    def dispatch(self, timeout: float | None = None) -> int: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    @property
    def descriptor(self) -> int: ...
    def fileno(self) -> int: ...
    @property
    def next_timeout(self) -> float | None: ...
    def next_ready(self) -> Session | Listener | None: ...
    @property
    def is_closed(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
