"""The compiled part of the package. Import its classes from ``osisession``."""

import socket
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from types import TracebackType
from typing import Literal, TypedDict, Unpack, final, type_check_only

from typing_extensions import Buffer, Self

from ._errors import OsisessionError
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
    ResyncType,
    SessionConfig,
    TlsConfig,
    TlsInfo,
    TokenAssignment,
    Tokens,
    Transition,
    TsduSizes,
    Versions,
)
from ._diagnosis import Diagnosis
from ._watch import Counters, EndpointConfig, LogLine, Refusal
from . import appletalk
from .decnet import AccessControl, Account, CircuitEvent, EndUser, LinkEvent, Neighbour
from .durable import Caller, DialogueEvent, Message
from .durable import Progress as DialogueProgress
from .rpc import CircuitEvent as KeptEvent
from .rpc import CircuitConfig, ClientConfig, Progress, ServerConfig, ServerEvent

__all__ = [
    "DecnetEndpoint",
    "Dialogue",
    "DurableNode",
    "Endpoint",
    "IncomingLink",
    "Keeper",
    "Lease",
    "Listener",
    "LogicalLink",
    "ObjectListener",
    "RpcCall",
    "RpcClient",
    "RpcPeer",
    "RpcRequest",
    "RpcServer",
    "Session",
    "Spm",
    "TransportPort",
    "ZoneClient",
    "ZoneRouter",
    "Witness",
    "_KeeperWish",
    "_Tls",
    "__version__",
    "_after_fork",
    "_default_limits",
    "_diagnose",
    "_panic",
    "_profile",
    "_set_log",
    "command",
    "decode",
    "encode",
    "name_octets",
    "same_name",
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

@type_check_only
class _ConfigParameters(TypedDict, total=False):
    calling_t_selector: bytes
    called_t_selector: bytes
    max_tpdu_size: int
    functional_units: FunctionalUnits
    versions: Versions
    strict: bool

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
@type_check_only
class SpduParameters(TypedDict, total=False):
    """Parameters of SPDUs by name (X.225 8.3); each SPDU has some of them."""

    connection_identifier: ConnectionIdentifier
    """Connection Identifier (PGI 1)."""
    extended_concatenation: bool
    """Protocol Options (PI 19)."""
    tsdu_maximum_size: TsduSizes
    """TSDU Maximum Size (PI 21)."""
    versions: Versions
    """Version Number (PI 22)."""
    initial_serial_number: int
    """Initial Serial Number (PI 23; with an upper limit PI 57)."""
    second_initial_serial_number: int
    """Second Initial Serial Number (PI 55; with an upper limit PI 58)."""
    upper_limit_serial_number: int
    """Upper Limit Serial Number (PI 56), digits."""
    token_setting: TokenAssignment
    """Token Setting Item (PI 26)."""
    token_item: Tokens
    """Token Item (PI 16)."""
    functional_units: FunctionalUnits
    """Session User Requirements (PI 20)."""
    enclosure: int
    """Enclosure Item (PI 25): 0 middle, 1 first, 2 last, 3 single."""
    calling_selector: Buffer
    """Calling Session Selector (PI 51)."""
    called_selector: Buffer
    """Called or Responding Session Selector (PI 52)."""
    data_overflow: bool
    """Data Overflow (PI 60)."""
    transport_disconnect: int
    """Transport Disconnect (PI 17), its bits."""
    reason: int
    """Reason Code (PI 50)."""
    sync_type: int
    """Sync Type Item (PI 15), its bits."""
    serial_number: int
    """Serial Number (PI 42)."""
    second_serial_number: int
    """Second Serial Number (PI 54)."""
    resync_type: ResyncType
    """Resync Type (PI 27)."""
    second_resync_type: ResyncType
    """Second Resync Type (PI 53)."""
    prepare_type: int
    """Prepare Type (PI 24): 1 major sync ack, 2 resynchronize, 3 resynchronize ack, 4 abort."""
    activity_identifier: Buffer
    """Activity Identifier (PI 41), in AR the new one."""
    old_activity_identifier: Buffer
    """Old Activity Identifier (PI 41 in PGI 33)."""
    old_connection: OldConnection
    """References of Linking Information (PGI 33)."""
    reflected: Buffer
    """Reflect Parameter Values (PI 49)."""

def encode(
    kind: str,
    /,
    *,
    user_data: Buffer | None = None,
    units: list[tuple[int | None, int, Buffer]] = ...,
    check: bool = True,
    canonical: bool = True,
    version: Versions | None = None,
    symmetric: bool = False,
    expedited: bool = False,
    upper_limit: int = 6,
    **parameters: Unpack[SpduParameters],
) -> bytes:
    """The octets of one SPDU (X.225 8.2, 8.3).

    ``kind`` is its mnemonic, such as "MIP". Parameters are given by name; any other by ``units``: PGI around it or ``None``,
    code, value. With ``check`` what breaks a rule of clause 8.3 raises :class:`InvalidError` with the parameter and the clause;
    without it anything is written, in canonical order or, if ``canonical`` is false, in the order given.
    """

def command(arguments: list[str]) -> int: ...
def _diagnose(failure: object, session: Session | None = None, witness: Witness | None = None) -> Diagnosis: ...
def _after_fork() -> None: ...


def _panic(text: str) -> None: ...
def _profile(name: str) -> tuple[_ConfigParameters, ConnectParameters, ConnectResponseParameters]: ...
def _set_log(log: Callable[[LogLine], object] | None, level: int) -> None: ...
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
    @property
    def limits(self) -> Limits: ...
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
class _Tls:
    def __new__(cls, config: TlsConfig) -> Self: ...

@final
class Session:
    @property
    def id(self) -> int: ...
    @property
    def endpoint(self) -> Endpoint: ...
    @property
    def peer_address(self) -> str | None: ...
    @property
    def peer_certificates(self) -> tuple[bytes, ...]: ...
    @property
    def tls(self) -> TlsInfo | None: ...
    @property
    def is_over(self) -> bool: ...
    @property
    def is_writable(self) -> bool: ...
    @property
    def state(self) -> str: ...
    @property
    def properties(self) -> Properties: ...
    @property
    def forgiven(self) -> tuple[OsisessionError, ...]:
        """What the peer did in TPKT and COTP against the standards and was forgiven, unless ``SessionConfig.strict``: one error
        for each kind of fault. What was forgiven in SPDUs is in :attr:`Properties.leniencies`."""

    @property
    def limits(self) -> Limits: ...
    @property
    def confirm(self) -> ConnectConfirm | None: ...
    def history(self) -> list[Transition]: ...
    def trace(self) -> Iterator[str]: ...
    def next_event(self, timeout: float | None = None) -> Event: ...
    def try_next_event(self) -> Event | None: ...
    @property
    def is_drained(self) -> bool: ...
    def try_connected(self) -> ConnectConfirm | None: ...
    def try_writable(self) -> bool: ...
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
    def data_piece_request(self, user_data: Buffer, more: bool) -> None:
        """A piece of an S-DATA request, sent as it is given: nothing here holds the whole SSDU, and the peer sees one.

        ``more`` is false with the last piece, which may be empty if it is not the first. Until then nothing else can be asked for
        but expedited data and an abort, which then is a T-DISCONNECT. Raises :class:`WouldBlockError` while the send queue is
        full (see :meth:`wait_writable`), :class:`RefusedError` also over a transport of the caller's own and where SSDUs are
        segmented (X.225 7.37.3).
        """

    def typed_data_piece_request(self, user_data: Buffer, more: bool) -> None:
        """As :meth:`data_piece_request`, of an S-TYPED-DATA request."""

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
class Witness:
    """Remembers the last packets of each session of the endpoints that it is given to: eight in each direction, of 256 sessions."""

    def __new__(cls) -> Self: ...

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
    def accept_socket(self, socket: socket.socket) -> None:
        """Take over a TCP connection that was accepted elsewhere: by a supervisor, by another listener.

        Its caller is routed, limited and accepted as those that come here by themselves, and comes out of :meth:`accept`. The
        socket is closed for the program; it is left as it was if this raises: :class:`InvalidError` if it is no connected TCP
        socket, :class:`LimitError` if too many callers are without their CONNECT, :class:`ClosedError`.
        """

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class Endpoint:
    def __new__(cls, config: EndpointConfig | None = None) -> Self: ...
    def listen(
        self,
        address: str,
        *,
        t_selector: Buffer | None = None,
        session_selector: Buffer | None = None,
        backlog: int | None = None,
        max_connecting: int | None = None,
        max_connecting_per_source: int | None = None,
        early_refusal_from: int | None = None,
        config: SessionConfig | None = None,
    ) -> Listener:
        """Listen on "host:port" (port 0: any free one) or "memory:name".

        ``t_selector``, ``session_selector``: those that are answered; ``None`` answers any. ``backlog``: sessions that may wait
        for :meth:`Listener.accept`, 128 by default; further callers are refused with reason 1, temporary congestion.

        Callers that have not sent their CONNECT are limited, in all by ``max_connecting`` (100) and from one address by
        ``max_connecting_per_source`` (10); one more is closed at once. With more of them than ``early_refusal_from`` (10) a new
        one is closed at random: never at this number, always at ``max_connecting``, in proportion between them.
        :meth:`counters` counts them as ``callers_turned_away``.
        """

    def connect(
        self,
        address: str,
        *,
        config: SessionConfig | None = None,
        calling_t_selector: Buffer | None = None,
        called_t_selector: Buffer | None = None,
        **parameters: Unpack[ConnectParameters],
    ) -> Session: ...
    def connect_over_socket(
        self,
        socket: socket.socket,
        *,
        config: SessionConfig | None = None,
        calling_t_selector: Buffer | None = None,
        called_t_selector: Buffer | None = None,
        **parameters: Unpack[ConnectParameters],
    ) -> Session:
        """As :meth:`connect`, over a TCP connection that exists already: from a proxy, a supervisor, with options of its own.

        The socket is closed for the program; it is left as it was if this raises, :class:`InvalidError` if it is no connected
        TCP socket. With TLS, the name to verify is ``TlsConfig.server_name``.
        """

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
    def next_refusal(self) -> Refusal | None:
        """The next caller that was refused before any listener saw it: for an unknown session selector, a version that is not
        there, TLS that did not come about. The last 64 are kept."""

    def counters(self) -> Counters:
        """What this endpoint has done so far."""

    @property
    def is_closed(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@type_check_only
class DecnetLimits(TypedDict, total=False):
    """Limits and timers of a DECnet node: seconds, octets, counts. What is not given has the library's default."""

    outgoing_timeout: float
    """From a connect to its answer; then it is rejected with 38. Default: 30 s."""
    incoming_timeout: float
    """From an offered connect to its answer; then it is rejected with 38. Default: 30 s."""
    ports: int
    """Links of all kinds in session control. Default: 1024."""
    links: int
    """Links of all kinds in NSP. Default: 1024."""
    incoming_links: int
    """Of those, links that were asked for from outside. Default: 512."""
    offered_links: int
    """Of those, links that were not answered yet. Default: 64."""
    queued_send_octets: int
    """Octets of one link that were not acknowledged; above it sending would block. Default: 1 MiB."""
    queued_send_messages: int
    """The same in messages. Default: 1024."""
    queued_receive_octets: int
    """Octets of one link that the user has not taken. Default: 1 MiB."""
    queued_receive_messages: int
    """The same in messages. Default: 1024."""
    queued_interrupts: int
    """Interrupt messages of one link that the user has not taken. Default: 16."""
    message_octets: int
    """Octets of one received message. Default: 16 MiB."""
    send_window: int
    """Data segments that may be unacknowledged, 1 to 2047. Default: 20."""
    receive_window: int
    """How far ahead of its turn a segment may come. Default: 32."""
    receive_credits: int
    """Credits that a receiver with flow control gives at a time. Default: 32."""
    transmissions: int
    """How often a message is sent before the link is given up. Default: 5."""
    retransmit_initial: float
    """Retransmission time before the first measurement. Default: 2 s."""
    retransmit_min: float
    """The shortest retransmission time. Default: 1 s."""
    retransmit_max: float
    """The longest retransmission time. Default: 10 s."""
    ack_delay: float
    """How long an acknowledgement may wait. Default: 0.1 s."""
    inactivity: float
    """After this long without a word a link is tested. Default: 60 s."""
    queued_replies: int
    """Answers to messages of no link. Default: 64."""
    hello: float
    """Between hellos on the circuit. Default: 10 s."""
    listen_max: float
    """The longest listen time that a neighbour can ask for. Default: 16382 s."""
    packet_octets: int
    """Octets of a packet on the circuit. Default: 1600."""

@final
class DecnetEndpoint:
    """A DECnet Phase IV end node with one circuit. Methods may be called from any thread.

    ``circuit`` is "tcp:HOST:PORT", "listen:HOST:PORT[,SOURCE]...", "udp:LOCAL:PORT,HOST:PORT", "eth:INTERFACE" (Linux, with the capability CAP_NET_RAW)
    or "ethudp:LOCAL:PORT,HOST:PORT". ``verification`` is what the node proves itself with if its
    neighbour asks, ``demand`` what it asks of its neighbour; both travel in clear.
    """

    def __new__(
        cls,
        address: str,
        circuit: str,
        *,
        nodes: dict[str, str] | None = None,
        demand: str | Buffer | None = None,
        verification: str | Buffer | None = None,
        block_size: int | None = None,
        flow_control: Literal["none", "segment", "message"] | None = None,
        ignore_interrupt_credit: bool = False,
        retry: float | None = None,
        connect_timeout: float | None = None,
        limits: DecnetLimits | None = None,
    ) -> Self: ...
    @property
    def address(self) -> str: ...
    @property
    def local_address(self) -> str | None: ...
    @property
    def is_up(self) -> bool: ...
    @property
    def neighbour(self) -> Neighbour | None: ...
    @property
    def links(self) -> int: ...
    def define_node(self, name: str, address: str) -> None: ...
    def wait_up(self, timeout: float | None = None) -> None: ...
    def next_circuit_event(self) -> CircuitEvent | None: ...
    def connect(
        self,
        node: str,
        object: int | str | Buffer | EndUser,
        *,
        source: int | str | Buffer | EndUser | None = None,
        access: AccessControl | None = None,
        user_data: str | Buffer | None = None,
        proxy: bool = False,
    ) -> LogicalLink: ...
    def listen(
        self,
        number: int | None = None,
        name: str | Buffer | None = None,
        *,
        accounts: list[Account] | None = None,
        max_links: int | None = None,
    ) -> ObjectListener: ...
    def dispatch(self, timeout: float | None = None) -> int: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    @property
    def descriptor(self) -> int: ...
    def fileno(self) -> int: ...
    @property
    def next_timeout(self) -> float | None: ...
    def next_ready(self) -> LogicalLink | ObjectListener | DecnetEndpoint | None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class ObjectListener:
    """An object that can be called. Methods may be called from any thread."""

    def accept(self, timeout: float | None = None) -> IncomingLink: ...
    def try_accept(self) -> IncomingLink | None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class IncomingLink:
    """A connect from another node. Forgotten without an answer it is rejected with reason 38."""

    @property
    def node(self) -> str: ...
    @property
    def node_name(self) -> str | None: ...
    @property
    def destination(self) -> int | bytes | EndUser: ...
    @property
    def source(self) -> int | bytes | EndUser: ...
    @property
    def access(self) -> AccessControl | None: ...
    @property
    def user_data(self) -> bytes: ...
    @property
    def is_proxy(self) -> bool: ...
    def accept(self, data: str | Buffer | None = None) -> LogicalLink: ...
    def reject(self, reason: int = 0, data: str | Buffer | None = None) -> None: ...

@final
class LogicalLink:
    """One logical link. Methods may be called from any thread."""

    @property
    def id(self) -> int: ...
    @property
    def node(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def is_over(self) -> bool: ...
    def wait_connected(self, timeout: float | None = None) -> bytes: ...
    def send(self, message: Buffer, timeout: float | None = None) -> None: ...
    def try_send(self, message: Buffer) -> None: ...
    def interrupt(self, data: Buffer, timeout: float | None = None) -> None: ...
    def try_interrupt(self, data: Buffer) -> None: ...
    def receive(self, timeout: float | None = None) -> bytes: ...
    def next_event(self, timeout: float | None = None) -> LinkEvent: ...
    def try_next_event(self) -> LinkEvent | None: ...
    def disconnect(self, data: str | Buffer | None = None) -> None: ...
    def abort(self, data: str | Buffer | None = None) -> None: ...
    def wait_ended(self, timeout: float | None = None) -> LinkEvent: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RpcPeer:
    """The other side of an association, to be asked. Methods may be called from any thread."""

    @property
    def association(self) -> bytes:
        """Its name, 16 octets."""

    @property
    def is_connected(self) -> bool:
        """True while there is a session."""

    @property
    def address(self) -> str | None:
        """The peer's address, while there is a session."""

    def request(self, data: Buffer, timeout: float | None = None, *, idempotent: bool = False) -> bytes:
        """As :meth:`RpcClient.request`."""

    def start(self, data: Buffer, timeout: float | None = None, *, idempotent: bool = False) -> RpcCall:
        """As :meth:`RpcClient.start`."""

    def start_with(
        self,
        data: Buffer,
        done: Callable[[bytes | OsisessionError], object],
        timeout: float | None = None,
        *,
        idempotent: bool = False,
    ) -> int:
        """As :meth:`RpcClient.start_with`."""

    def cancel(self, id: int) -> None:
        """As :meth:`RpcClient.cancel`."""

    def one_way(self, data: Buffer, timeout: float | None = None) -> None:
        """As :meth:`RpcClient.one_way`; raises :class:`RefusedError` at a server whose client has no session."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RpcCall:
    """A request that was asked and has no outcome as yet. One that is forgotten without its outcome is cancelled."""

    @property
    def id(self) -> int:
        """The number of the request."""

    @property
    def is_settled(self) -> bool:
        """True once the outcome is there, or was taken."""

    def wait(self, timeout: float | None = None) -> bytes:
        """Wait for the response, once; raises as :meth:`RpcClient.request`, and :class:`TimedOutError` if no outcome comes within ``timeout``
        seconds: then it may be waited for again."""

    def cancel(self) -> None:
        """Stop it as far as that is possible; the outcome still comes. Raises :class:`RefusedError` if it is there."""

@final
class RpcRequest:
    """A request of the peer, to be answered once, from any thread, now or later. One that is forgotten unanswered is answered with
    :attr:`osisession.rpc.Code.UNANSWERED`."""

    @property
    def data(self) -> bytes:
        """What is asked."""

    @property
    def id(self) -> int | None:
        """Its number, counted by the peer; ``None`` for one that wants no response."""

    @property
    def is_one_way(self) -> bool:
        """True if no response is wanted; one that is given goes nowhere."""

    @property
    def is_cancelled(self) -> bool:
        """True once the peer does not wait any more, or it took too long here. It may be answered nevertheless."""

    @property
    def peer(self) -> RpcPeer:
        """Who asks; may be asked, too."""

    def respond(self, data: Buffer) -> None:
        """Answer. Raises :class:`RefusedError` if it was answered, here or as overdue."""

    def fail(self, code: int, data: Buffer | None = None) -> None:
        """Answer with an error: the application's own codes begin at :attr:`osisession.rpc.Code.APPLICATION`."""

    def _forget(self) -> None: ...

@final
class Keeper:
    """Keeps one session to a peer of any kind: see :mod:`osisession.circuit`. Methods may be called from any thread.

    ``address``, ``config``, the T-selectors and ``parameters`` are as for :meth:`Endpoint.connect`. ``check(session, confirm)`` looks at the peer's answer to each
    S-CONNECT request; if it raises, the session is aborted, and no attempt is made any more before :meth:`reset`. Nothing is opened before it is
    wanted, unless ``circuit.keep_open`` says so. Without an ``endpoint`` it has one of its own with a thread.
    """

    def __new__(
        cls,
        address: str,
        *,
        circuit: CircuitConfig | None = None,
        check: Callable[[Session, ConnectConfirm], object] | None = None,
        config: SessionConfig | None = None,
        calling_t_selector: Buffer | None = None,
        called_t_selector: Buffer | None = None,
        endpoint: Endpoint | None = None,
        **parameters: Unpack[ConnectParameters],
    ) -> Self: ...
    def lease(self, timeout: float | None = None) -> Lease:
        """The session, opened if it is not there; waits at most ``timeout`` seconds. Several leases of one session may be out.

        Raises :class:`TimedOutError`, :class:`LimitError` if too many wait, :class:`ClosedError`, or what the last attempt failed with if no attempt
        is made now.
        """

    def _wish(self) -> _KeeperWish: ...
    @property
    def progress(self) -> Progress:
        """Where the session stands, and the circuit."""

    def next_event(self, timeout: float | None = None) -> KeptEvent:
        """Wait for what happens to the session next; the last 256 events are kept."""

    def try_next_event(self) -> KeptEvent | None:
        """The same if there is one."""

    def reset(self) -> None:
        """Make the next attempt at once, also where the circuit is open or attempts were stopped."""

    def close(self) -> None:
        """End it at once: the session is aborted. Calling it again does nothing."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class Lease:
    """A kept session, for as long as this is not given back. ``with lease as session`` gives it back at its end."""

    @property
    def session(self) -> Session:
        """The session. Raises :class:`ClosedError` once it was given back."""

    def close(self) -> None:
        """Give it back: whoever keeps it looks after it again. Calling it again does nothing."""

    def __enter__(self) -> Session: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class _KeeperWish:
    def try_lease(self) -> Lease | None: ...
    def close(self) -> None: ...

@final
class RpcClient:
    """Asks a server, over a session that it keeps: see :mod:`osisession.rpc`. Methods may be called from any thread.

    ``address`` is as for :meth:`Endpoint.connect`. Nothing is opened before the first request, unless ``config.circuit.keep_open`` says so.
    Without an ``endpoint`` it has one of its own with a thread.
    """

    def __new__(
        cls, address: str, config: ClientConfig | None = None, *, endpoint: Endpoint | None = None
    ) -> Self: ...
    @property
    def association(self) -> bytes:
        """The name of the association, 16 octets."""

    @property
    def is_connected(self) -> bool:
        """True while there is a session."""

    def request(self, data: Buffer, timeout: float | None = None, *, idempotent: bool = False) -> bytes:
        """Ask, and wait for the response, at most ``timeout`` seconds. It is carried out at most once, or, if it is ``idempotent``, as often as losses
        of the connection ask for. Raises what :mod:`osisession.rpc` lists."""

    def start(self, data: Buffer, timeout: float | None = None, *, idempotent: bool = False) -> RpcCall:
        """Ask and do not wait: for many requests at a time."""

    def start_with(
        self,
        data: Buffer,
        done: Callable[[bytes | OsisessionError], object],
        timeout: float | None = None,
        *,
        idempotent: bool = False,
    ) -> int:
        """Ask; ``done(outcome)`` is called with the response or the exception, where the endpoint is driven. Returns the number of the request."""

    def cancel(self, id: int) -> None:
        """Stop a request as far as that is possible. Its outcome still comes. Raises :class:`RefusedError` if it has it."""

    def one_way(self, data: Buffer, timeout: float | None = None) -> None:
        """Ask for something without response: at most once, and perhaps not at all. Opening the session may take ``timeout`` seconds."""

    def open(self, timeout: float | None = None) -> None:
        """Open the session if it is not there, and wait for it."""

    def try_open(self) -> bool:
        """The same without waiting: true if it is there. If not, it is wanted until it comes or is given up."""

    @property
    def progress(self) -> Progress:
        """Where the session stands, and the circuit."""

    @property
    def resumed(self) -> tuple[int, ...]:
        """The numbers of the requests that were without outcome in ``config.journal`` when this client was made. They go on;
        :meth:`next_outcome` gives what becomes of them, and :meth:`cancel` ends them."""

    def next_outcome(self, timeout: float | None = None) -> tuple[int, bytes | OsisessionError]:
        """Wait for what becomes of the next of these: its number, and the response or the exception."""

    def try_next_outcome(self) -> tuple[int, bytes | OsisessionError] | None:
        """The same if there is one."""

    def next_event(self, timeout: float | None = None) -> KeptEvent:
        """Wait for what happens to the session next; the last 256 events are kept."""

    def try_next_event(self) -> KeptEvent | None:
        """The same if there is one."""

    def reset(self) -> None:
        """Make the next attempt at once, also where the circuit is open or attempts were stopped."""

    def serve(self, handler: Callable[[RpcRequest], Buffer | None]) -> None:
        """Carry out what the server asks: see :meth:`RpcServer.serve`."""

    def next_request(self, timeout: float | None = None) -> RpcRequest:
        """Wait for the next request of the server, in place of a handler."""

    def try_next_request(self) -> RpcRequest | None:
        """The same if there is one."""

    def _release(self) -> bool: ...
    def release(self, timeout: float | None = None) -> None:
        """Release the session in order, at most ``timeout`` seconds, then :meth:`close`."""

    def close(self) -> None:
        """End the client at once: the session is aborted, every request without outcome gets one."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class RpcServer:
    """Is asked by many clients: see :mod:`osisession.rpc`. Methods may be called from any thread.

    ``address`` is as for :meth:`Endpoint.listen`. Requests wait until there is a handler or somebody takes them. Without an ``endpoint`` it has one of its
    own with a thread.
    """

    def __new__(
        cls,
        address: str,
        handler: Callable[[RpcRequest], Buffer | None] | None = None,
        config: ServerConfig | None = None,
        *,
        endpoint: Endpoint | None = None,
    ) -> Self: ...
    @property
    def local_address(self) -> str:
        """Where it listens, with the port that it got: "127.0.0.1:40123"."""

    def serve(self, handler: Callable[[RpcRequest], Buffer | None]) -> None:
        """Give requests to this function, from ``config.service.threads`` threads at once. What it returns is the response; ``None`` says that it has
        answered, or will answer later. :class:`osisession.rpc.Fail` makes an error of the application's; any other exception is reported, and the request
        answered as unanswered."""

    def next_request(self, timeout: float | None = None) -> RpcRequest:
        """Wait for the next request, in place of a handler."""

    def try_next_request(self) -> RpcRequest | None:
        """The same if there is one."""

    def next_event(self, timeout: float | None = None) -> ServerEvent:
        """Wait for what happens to a client next; the last 256 events are kept."""

    def try_next_event(self) -> ServerEvent | None:
        """The same if there is one."""

    @property
    def clients(self) -> list[RpcPeer]:
        """The clients that are known, connected or not."""

    def close(self) -> None:
        """Stop listening, abort all sessions, forget all clients."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@type_check_only
class DurableLimits(TypedDict, total=False):
    message_octets: int
    outbox_messages: int
    outbox_octets: int
    inbox_messages: int
    inbox_octets: int
    violations: int
    connect_timeout: float
    answer_timeout: float
    storage_timeout: float
    dialogues: int
    dialogues_per_peer: int
    backlog: int
    opening: int
    events: int

@final
class DurableNode:
    """One process's end of its durable dialogues, with a thread of its own. Methods may be called from any thread.

    ``journal`` is the file that keeps what must survive, made if there is none; without one the dialogues survive connections, not processes. One process at a
    time has it. ``durability`` is "message" (each is stored as soon as the one before is), "checkpoint" (many together: the same promises, fewer waits for the
    disk) or "memory". With ``delivery`` "application" a message is confirmed to the peer when the application has committed it, and ``cursor(id, label)`` says
    after a restart which position that was. ``allow(caller)`` decides who may begin a dialogue here; it runs in the node's thread. ``idle_close`` closes a
    connection that is quiet for so many seconds until someone has something to say. ``keepalive``, ``overdue`` and ``retention`` are seconds as well:
    after how much silence a connection is tested, after how long without one ``Overdue`` is told (``math.inf``: never), and how long a closed dialogue still
    answers.

    Raises ``InvalidError`` for settings, ``RefusedError`` if another process has the journal, ``InternalError`` if the journal cannot be read.
    """

    def __new__(
        cls,
        journal: str | PathLike[str] | None = None,
        *,
        durability: Literal["message", "checkpoint", "memory"] = "message",
        delivery: Literal["inbox", "application"] = "inbox",
        cursor: Callable[[bytes, bytes], int] | None = None,
        allow: Callable[[Caller], bool] | None = None,
        idle_close: float | None = None,
        keepalive: float = 60.0,
        overdue: float = 300.0,
        retention: float = 86400.0,
        user_data: Buffer | None = None,
        config: SessionConfig | None = None,
        limits: DurableLimits | None = None,
    ) -> Self: ...
    def listen(self, address: str) -> str: ...
    def dial(
        self,
        address: str,
        *,
        label: Buffer | None = None,
        durability: Literal["message", "checkpoint", "memory"] | None = None,
        called_t_selector: Buffer | None = None,
        calling_t_selector: Buffer | None = None,
        called_selector: Buffer | None = None,
        calling_selector: Buffer | None = None,
    ) -> Dialogue: ...
    def accept(self, timeout: float | None = None) -> Dialogue: ...
    def dialogues(self) -> list[Dialogue]: ...
    def find(self, label: Buffer) -> Dialogue | None: ...
    @property
    def left(self) -> list[tuple[bytes, OsisessionError]]: ...
    @property
    def is_closed(self) -> bool: ...
    def close(self, patience: float | None = None) -> None: ...
    def _watch(self) -> int: ...
    def _changed(self) -> list[bytes | None]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

@final
class Dialogue:
    """One end of a durable dialogue. Forgetting it leaves the dialogue where it is. Methods may be called from any thread.

    Timeouts are seconds, None waits as long as it takes; ``TimedOutError`` says that they are over. ``ClosedError`` says that the dialogue is over or its node
    closed, ``RefusedError`` that it is closing and takes no more messages. After a ``TimedOutError`` of ``send`` the message may still be sent.
    """

    @property
    def id(self) -> bytes: ...
    @property
    def is_initiator(self) -> bool: ...
    @property
    def label(self) -> bytes: ...
    @property
    def user_data(self) -> bytes: ...
    def send(self, message: Buffer, timeout: float | None = None) -> int: ...
    def submit(self, message: Buffer, timeout: float | None = None) -> int: ...
    def wait_accepted(self, position: int, timeout: float | None = None) -> None: ...
    def wait_confirmed(self, position: int | None = None, timeout: float | None = None) -> None: ...
    def receive(self, timeout: float | None = None) -> Message: ...
    def commit(self, position: int) -> None: ...
    def wait_committed(self, position: int, timeout: float | None = None) -> None: ...
    @property
    def progress(self) -> DialogueProgress: ...
    def next_event(self, timeout: float | None = None) -> DialogueEvent: ...
    def reconnect(self, address: str | None = None) -> None: ...
    def hold_open(self, hold: bool = True) -> None: ...
    def close(self, timeout: float | None = None) -> None: ...
    @property
    def is_closed(self) -> bool: ...
    @property
    def failure(self) -> OsisessionError | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@type_check_only
class LinkLimits(TypedDict, total=False):
    """What may be in ``limits`` of a node and of a router. Times in seconds."""

    enquiries: int
    enquiry_interval: float
    probes: int
    probe_interval: float
    candidates: int
    stations: int
    station_age: float

@type_check_only
class ZoneClientLimits(LinkLimits, total=False):
    """What may be in ``limits`` of :class:`ZoneClient`."""

    net_info_tries: int
    net_info_interval: float
    router_age: float
    request_tries: int
    request_interval: float
    requests: int
    pages: int
    zones: int
    lookup_tries: int
    lookup_interval: float
    lookups: int
    found: int
    names: int
    echoes: int
    echo_timeout: float
    answers_per_second: int
    queued_events: int
    queued_outputs: int

@type_check_only
class ZoneRouterLimits(LinkLimits, total=False):
    """What may be in ``limits`` of :class:`ZoneRouter`."""

    send_interval: float
    validity: float
    query_interval: float
    queries_per_interval: int
    verify_interval: float
    verify_tries: int
    bringback: float
    routes: int
    zones_per_network: int
    zones: int
    memberships: int
    part_zones: int
    parts: int
    answers_per_second: int
    queued_events: int

@final
class ZoneClient:
    """A node of AppleTalk. Methods may be called from any thread.

    ``segment`` says where its network is (:mod:`osisession.appletalk`). ``node``, ``network``, ``zone``: those of its last run, to be tried first; network and zone count on
    EtherTalk alone. ``server``: take a node id of servers, 128 to 254. Raises :class:`TransportError` if the system does not let it.
    """

    def __new__(
        cls,
        segment: str = "ltoudp",
        *,
        node: int | None = None,
        network: int | None = None,
        zone: str | bytes | None = None,
        server: bool = False,
        limits: ZoneClientLimits | None = None,
    ) -> Self: ...
    def join(self, timeout: float | None = None) -> appletalk.Joined:
        """Wait until it has an address, and knows a router or that there is none."""

    @property
    def state(self) -> appletalk.NodeState:
        """Where it stands."""

    def zones(self, timeout: float | None = None) -> list[appletalk.Name]:
        """Every zone of the internet, in the router's order (GetZoneList). Raises :class:`RefusedError` without a router."""

    def local_zones(self, timeout: float | None = None) -> list[appletalk.Name]:
        """The zones of the node's network (GetLocalZones)."""

    def my_zone(self, timeout: float | None = None) -> appletalk.Name:
        """The node's zone (GetMyZone; on EtherTalk what it has picked)."""

    def look_up(self, entity: str | appletalk.Entity, timeout: float | None = None) -> list[appletalk.NamedSocket]:
        """Who has a name such as ``=:LaserWriter@*``; takes as long as the limits say (3 s)."""

    def register(self, object: str | bytes, type: str | bytes, socket: int, timeout: float | None = None) -> None:
        """Register a name at a socket of this node. Raises :class:`RefusedError` if somebody in the zone has it."""

    def unregister(self, object: str | bytes, type: str | bytes) -> bool:
        """Take a name back; False if it is not registered."""

    def pick(self, zone: str | bytes) -> None:
        """Move to another zone of the extended network: :class:`~osisession.appletalk.Picked` or ``PickFailed`` tells."""

    def echo(self, to: tuple[int, int], data: Buffer | None = None, timeout: float | None = None) -> float:
        """Send an echo request; the seconds until it came back. Raises :class:`TimedOutError` if it does not."""

    def begin_zones(self, call: appletalk.Call) -> int:
        """Ask for zones and do not wait: the number of :class:`~osisession.appletalk.Zones` or ``RequestFailed``."""

    def begin_look_up(self, entity: str | appletalk.Entity) -> int:
        """Begin a look-up and do not wait: the number of :class:`~osisession.appletalk.Found` and ``LookedUp``."""

    def begin_register(self, object: str | bytes, type: str | bytes, socket: int) -> int:
        """Begin to register and do not wait: the number of :class:`~osisession.appletalk.Registered` or ``NameTaken``."""

    def begin_echo(self, to: tuple[int, int], data: Buffer | None = None) -> int:
        """Send an echo request and do not wait: the number of :class:`~osisession.appletalk.Echoed` or ``EchoLost``."""

    def cancel(self, number: int) -> None:
        """Give up a look-up or a registration that was begun."""

    def next_event(self, timeout: float | None = None) -> appletalk.NodeEvent:
        """Wait for the next event. What the calls above wait for is none. Raises :class:`TimedOutError`."""

    def poll_event(self) -> appletalk.NodeEvent | None:
        """Take an event that is there."""

    def dispatch(self, timeout: float | None = 0.0) -> None:
        """Do what there is to do; wait for it, at most ``timeout`` seconds."""

    def fileno(self) -> int:
        """A descriptor that is readable when :meth:`dispatch` has something to do."""

    @property
    def next_timeout(self) -> float | None:
        """Seconds until :meth:`dispatch` is due though the descriptor is quiet."""

    @property
    def failures(self) -> tuple[int, OsisessionError | None]:
        """How often the network has failed the thread, and how it did the last time."""

    def start(self) -> None:
        """Start a thread that drives it."""

    def stop(self) -> None:
        """End the thread."""

    def close(self) -> None:
        """Close it. Calls of other threads that wait end with :class:`ClosedError`."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...

@final
class ZoneRouter:
    """A router of AppleTalk between its ports. It routes while it is driven. Methods may be called from any thread.

    Raises :class:`InvalidError` for a seed that can never work, :class:`TransportError` if the system does not let it.
    """

    def __new__(
        cls,
        ports: Iterable[appletalk.Port],
        *,
        pack_replies: bool = False,
        limits: ZoneRouterLimits | None = None,
    ) -> Self: ...
    @property
    def ports(self) -> list[appletalk.PortState]:
        """Where each port stands."""

    @property
    def routes(self) -> list[appletalk.Route]:
        """The routing table, each network with its zones."""

    @property
    def zones(self) -> list[appletalk.Name]:
        """All zones that it knows."""

    @property
    def counters(self) -> dict[str, int]:
        """What it counted since its start."""

    def take_down(self, port: int) -> None:
        """Take a port down: its network is told to be unreachable, its zones go."""

    def bring_up(self, port: int) -> None:
        """Start a port again. Raises :class:`RefusedError` if it is up, or the bringback time is not over."""

    def rename_zone(self, network: int, old: str | bytes, new: str | bytes) -> None:
        """Give a zone of a network another name, and tell the nodes there (ZIP Notify)."""

    def next_event(self, timeout: float | None = None) -> appletalk.RouterEvent:
        """Wait for the next event. Raises :class:`TimedOutError`."""

    def poll_event(self) -> appletalk.RouterEvent | None:
        """Take an event that is there."""

    def dispatch(self, timeout: float | None = 0.0) -> None:
        """Do what there is to do; wait for it, at most ``timeout`` seconds."""

    def fileno(self) -> int:
        """A descriptor that is readable when :meth:`dispatch` has something to do."""

    @property
    def next_timeout(self) -> float | None:
        """Seconds until :meth:`dispatch` is due though the descriptor is quiet."""

    @property
    def failures(self) -> tuple[int, OsisessionError | None]:
        """How often the network has failed the thread, and how it did the last time."""

    def start(self) -> None:
        """Start a thread that drives it."""

    def stop(self) -> None:
        """End the thread."""

    def close(self) -> None:
        """Close it. Calls of other threads that wait end with :class:`ClosedError`."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...

def same_name(one: str | bytes, other: str | bytes) -> bool: ...
def name_octets(text: str) -> bytes: ...
