"""What primitives carry: functional units, tokens, versions, references, sizes, limits."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from enum import IntEnum, IntFlag, StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._native import ConnectParameters, ConnectResponseParameters, _Tls


class FunctionalUnits(IntFlag):
    """Functional units by their bits in Session User Requirements (X.225 8.3.1, PI 20)."""

    HALF_DUPLEX = 0x0001
    DUPLEX = 0x0002
    EXPEDITED_DATA = 0x0004
    MINOR_SYNC = 0x0008
    MAJOR_SYNC = 0x0010
    RESYNCHRONIZE = 0x0020
    ACTIVITY_MANAGEMENT = 0x0040
    NEGOTIATED_RELEASE = 0x0080
    CAPABILITY_DATA = 0x0100
    EXCEPTIONS = 0x0200
    TYPED_DATA = 0x0400
    SYMMETRIC_SYNC = 0x0800
    DATA_SEPARATION = 0x1000


class Tokens(IntFlag):
    """Tokens by their bits in the Token Item (X.225 8.3.16, PI 16)."""

    DATA = 0x01
    SYNCHRONIZE_MINOR = 0x04
    MAJOR_ACTIVITY = 0x10
    RELEASE = 0x40


class Versions(IntFlag):
    """Protocol versions by their bits in Version Number (X.225 8.3.1, PI 22)."""

    V1 = 0x01
    V2 = 0x02


class TokenSide(IntEnum):
    """The side a token starts on (X.225 8.3.1, Token Setting Item, PI 26)."""

    REQUESTOR = 0
    ACCEPTOR = 1
    ACCEPTOR_CHOOSES = 2


class ResyncType(IntEnum):
    """Resync Type (X.225 8.3.24, PI 27 and 53)."""

    RESTART = 0
    ABANDON = 1
    SET = 2


class ExceptionReason(IntEnum):
    """Reasons of S-U-EXCEPTION-REPORT, S-ACTIVITY-INTERRUPT and S-ACTIVITY-DISCARD (X.225 8.3.28, PI 50)."""

    NON_SPECIFIC = 0
    RECEIVING_ABILITY_JEOPARDIZED = 1
    SEQUENCE_ERROR = 3
    LOCAL_USER_ERROR = 5
    UNRECOVERABLE_PROCEDURAL_ERROR = 6
    DEMAND_DATA_TOKEN = 128


class PAbortReason(IntEnum):
    """Why the provider aborted (X.215 S-P-ABORT)."""

    TRANSPORT_DISCONNECT = 0
    PROTOCOL_ERROR = 1
    UNDEFINED = 2
    IMPLEMENTATION_RESTRICTION = 3


class Leniency(IntFlag):
    """Deviations of real stacks from X.225 that are accepted unless ``strict`` is on."""

    BARE_DATA = 1 << 0
    """A DATA TRANSFER without the GIVE TOKENS before it."""
    MISSING_PREFIX = 1 << 1
    """Any other category 2 SPDU without its prefix."""
    WRONG_PREFIX = 1 << 2
    """GIVE TOKENS where PLEASE TOKENS is right, or the other way round."""
    EXTENDED_NOT_AGREED = 1 << 3
    """Extended concatenation from a peer that was not told it may."""
    MISPLACED_PARAMETER = 1 << 4
    """A parameter that is defined, but not for this SPDU: skipped."""
    ORDER = 1 << 5
    """Parameters out of ascending order."""
    DUPLICATE = 1 << 6
    """The same parameter twice: the first counts."""
    REFUSE_LENGTHS = 1 << 7
    """A REFUSE whose inner lengths do not fit: what can be read counts."""
    ENCLOSURE_SINGLE = 1 << 8
    """Enclosure Item 03 on a complete SPDU that needs none."""
    ENCLOSURE_MISSING = 1 << 9
    """A data SPDU without its Enclosure Item: counts as complete."""
    ABORT_WITHOUT_REASON = 1 << 10
    """An ABORT without Transport Disconnect."""
    ABORT_DATA = 1 << 11
    """User data in an ABORT that is not a user abort, or more of it than the version allows."""
    ABSENT_REQUIREMENTS = 1 << 12
    """An ACCEPT without Session User Requirements, or with none of them: as proposed."""
    RESYNC_TYPE_IN_ACK = 1 << 13
    """Resync Type in a RESYNCHRONIZE ACK without symmetric synchronize: ignored."""
    TOKEN_SETTING_MISSING = 1 << 14
    """RESYNCHRONIZE without Token Setting Item though tokens exist: all to the requestor."""
    REFUSE_REQUIREMENTS = 1 << 15
    """Session User Requirements in a REFUSE whose reason is not 2."""
    RELEASE_DATA = 1 << 16
    """More user data in FINISH or DISCONNECT than version 1 allows."""
    ABANDON_NUMBER = 1 << 17
    """A RESYNCHRONIZE ACK to an abandon with a serial number below V(M): both sides go on with it."""
    EARLY_DISCONNECT = 1 << 18
    """After a collision of releases, a DISCONNECT before the session initiator sent its own: it waits."""
    ACCEPT_LENGTH = 1 << 19
    """An ACCEPT whose length indicator is one too large, or whose User Data has length 0 with the data behind it: the end of the
    TSDU counts."""
    RELEASE_BY_CLOSE = 1 << 20
    """A FINISH that is answered by closing the transport connection instead of a DISCONNECT: released."""


class RefuseReason(IntEnum):
    """Reason codes of REFUSE (X.225 8.3.5, PI 50); 128 and above come from the provider."""

    USER = 0
    USER_CONGESTION = 1
    USER_DATA = 2
    SELECTOR_UNKNOWN = 129
    USER_NOT_ATTACHED = 130
    CONGESTION = 131
    VERSIONS = 132
    SPM = 133
    RESTRICTION = 134


@dataclass(frozen=True, slots=True)
class TokenAssignment:
    """One side for each token. Sides of tokens that do not exist are ignored."""

    data: TokenSide = TokenSide.REQUESTOR
    synchronize_minor: TokenSide = TokenSide.REQUESTOR
    major_activity: TokenSide = TokenSide.REQUESTOR
    release: TokenSide = TokenSide.REQUESTOR

    @classmethod
    def all(cls, side: TokenSide) -> TokenAssignment:
        """Every token on the same side."""
        return cls(side, side, side, side)


@dataclass(frozen=True, slots=True)
class ConnectionIdentifier:
    """Session connection identifier (X.225 8.3.1, PGI 1); an empty field is absent."""

    ss_user_reference: bytes = b""
    common_reference: bytes = b""
    additional_reference: bytes = b""


@dataclass(frozen=True, slots=True)
class OldConnection:
    """Linking Information (X.225 8.3.30, PGI 33): an earlier session connection."""

    called_reference: bytes = b""
    calling_reference: bytes = b""
    common_reference: bytes = b""
    additional_reference: bytes = b""


@dataclass(frozen=True, slots=True)
class TsduSizes:
    """TSDU Maximum Size (X.225 8.3.1, PI 21), both directions seen from the initiator; 0 is "not limited"."""

    initiator_to_responder: int = 0
    responder_to_initiator: int = 0


@dataclass(frozen=True, slots=True)
class Resync:
    """The resynchronization of one flow, or of both when symmetric synchronize is not selected (X.225 7.24)."""

    kind: ResyncType
    serial_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one session: seconds and octets. Defaults are safe for a peer that nobody knows."""

    connect_timeout: float = 10.0
    """From the start of a connection to the S-CONNECT confirm, or from its acceptance to the CONNECT SPDU."""
    tim: float = 30.0
    """The timer TIM: how long to wait for ABORT ACCEPT or T-DISCONNECT (X.225 4.3, 7.9.2)."""
    answer_timeout: float = 300.0
    """How long the peer may leave something unanswered that only it can answer: a release, a major point, a
    resynchronization, an interrupted activity, the recovery after an exception. 0: for ever."""
    tpkt_header_timeout: float = 5.0
    """From the first octet of a TPKT header to its last (RFC 1006)."""
    tsdu_timeout: float = 30.0
    """From the first octet of a TSDU to its last."""
    tsdu_timeout_per_kib: float = 1.0
    """Added to ``tsdu_timeout`` for each KiB received."""
    tsdu_reassembly: int = 1 << 20
    """Octets of one reassembled TSDU."""
    ssdu_reassembly: int = 16 << 20
    """Octets of one reassembled SSDU."""
    connect_user_data: int = 64 << 10
    """Octets of user data in one S-CONNECT."""
    queued_expedited: int = 64
    """Events from the expedited flow that may wait for a recall."""
    queued_event_octets: int = 1 << 20
    """Octets in events that the user has not taken; above it reading stops."""
    queued_send_octets: int = 1 << 20
    """Octets to send that the transport has not taken; above it data requests raise :class:`WouldBlockError`."""
    open_sync_points: int = 1_000_000
    """Minor synchronization points of the peer that are not confirmed."""
    control_spdu_burst: int = 1_000
    """Control SPDUs without user data in a burst, before ``control_spdu_rate`` holds."""
    control_spdu_rate: int = 100
    """Control SPDUs without user data per second in the long run."""
    min_tsdu_size: int = 128
    """The lowest maximum TSDU size that is accepted for a direction we send in."""
    history: int = 32
    """Transitions kept for :meth:`Session.history`."""
    trace: int = 1_024
    """Trace records kept until they are taken, when tracing is on; the oldest go first."""


class TlsVersion(IntEnum):
    """Versions of TLS by their numbers on the wire."""

    V1_2 = 0x0303
    V1_3 = 0x0304


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """How connections are secured, and who the peer may be; read at once, so that mistakes raise ``InvalidError`` here.

    Both roles need trust anchors, unless a listener takes callers without a certificate. A listener needs a certificate and
    its key; an initiator needs them where the peer asks for them. Sessions are resumed among connections that share one
    ``TlsConfig``.
    """

    certificate_chain: bytes = b""
    """Our certificate, then those of the authorities between it and the peer's trust anchor: PEM."""
    private_key: bytes = field(default=b"", repr=False)
    """The key of our certificate: PEM, as PKCS #8, SEC 1 or PKCS #1."""
    trust_anchors: bytes = b""
    """Certificates of the authorities that may vouch for a peer: PEM."""
    crls: tuple[bytes, ...] = ()
    """Revocation lists, each in DER, or one or more in PEM. If there is one, every certificate between the peer's and the
    trust anchor must be covered by one; a list that is past its nextUpdate still counts."""
    allow_unknown_revocation: bool = False
    """A peer whose certificate is covered by none of the lists is accepted."""
    require_client_certificate: bool = True
    """A caller must show a certificate."""
    server_name: str | None = None
    """The name or IP address that the certificate of a called peer must be for; ``None``: the host of the address."""
    min_version: TlsVersion = TlsVersion.V1_2
    """The lowest version that is negotiated."""
    max_version: TlsVersion = TlsVersion.V1_3
    """The highest version that is negotiated."""
    resumption: bool = True
    """Later connections to a peer may begin where an earlier one was."""
    _ready: _Tls = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from ._native import _Tls

        object.__setattr__(self, "_ready", _Tls(self))

    def __reduce__(self) -> tuple[partial[TlsConfig], tuple[()]]:
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return partial(TlsConfig, **values), ()

    @classmethod
    def from_files(
        cls,
        certificate_chain: str | os.PathLike[str],
        private_key: str | os.PathLike[str],
        trust_anchors: str | os.PathLike[str],
    ) -> TlsConfig:
        """The defaults, with a certificate chain, its key and the trust anchors from PEM files."""
        return cls(
            certificate_chain=Path(certificate_chain).read_bytes(),
            private_key=Path(private_key).read_bytes(),
            trust_anchors=Path(trust_anchors).read_bytes(),
        )


@dataclass(frozen=True, slots=True)
class TlsInfo:
    """What TLS came to on a session."""

    version: TlsVersion
    """The version."""
    cipher_suite: str
    """The cipher suite by its registered name."""
    resumed: bool
    """An earlier session was resumed."""


class Profile(StrEnum):
    """A world on top of the session layer: what its programs propose and expect. A preset is a start::

        profile = Profile.MMS
        osisession.connect("192.0.2.1", config=SessionConfig.profile(profile), **profile.connect_parameters)
    """

    MMS = "mms"
    """MMS (ISO 9506) as substations use it (IEC 61850-8-1): duplex, version 2, selectors 00 01."""
    ICCP = "iccp"
    """TASE.2, called ICCP (IEC 60870-6): MMS between control centres, which agree on selectors."""
    X400 = "x400"
    """Message transfer and other users of RTSE (X.218, X.410): activities, one side sends at a time."""
    STRICT = "strict"
    """By the standards alone: nothing is forgiven."""

    @property
    def connect_parameters(self) -> ConnectParameters:
        """What a caller proposes in S-CONNECT, as far as it differs from the defaults."""
        from ._native import _profile

        return _profile(self.value)[1]

    @property
    def response_parameters(self) -> ConnectResponseParameters:
        """What a called user answers, as far as it differs from the defaults."""
        from ._native import _profile

        return _profile(self.value)[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """How a session and the transport connection below it behave."""

    calling_t_selector: bytes = b""
    """Calling T-selector, 0 to 32 octets; initiator only."""
    called_t_selector: bytes = b""
    """Called T-selector, 0 to 32 octets; initiator only."""
    max_tpdu_size: int | None = None
    """The largest TPDU to propose or agree to, 128 to 65531 octets; ``None``: 65531 (RFC 1006)."""
    functional_units: FunctionalUnits | None = None
    """What this user can provide; a responder is shown no others. ``None``: all."""
    versions: Versions = Versions.V1 | Versions.V2
    """Protocol versions that may be selected."""
    strict: bool = False
    """Refuse what real stacks send but the standard forbids."""
    trace: bool = False
    """Keep trace records for :meth:`Session.trace`."""
    transport_expedited: bool = False
    """Agree to the transport expedited flow (RFC 1006 5)."""
    reuse_transport: bool = False
    """Offer and accept reuse of the transport connection (X.225 6.2.4)."""
    pieces: bool = False
    """SSDUs that are longer than a TPDU are indicated in pieces as they come: ``DataIndication(user_data, more=True)``. Nothing
    here holds the whole, and ``limits.tsdu_reassembly`` does not hold for them. Sending in pieces needs no permission."""
    keepalive: float | None = 60.0
    """TCP keepalive: seconds of silence before the system asks whether the peer is still there; ``None``: never."""
    tls: TlsConfig | None = None
    """TLS below TPKT (IEC 62351-3); in a listener's configuration for those who call, who must then speak TLS. The default
    port is 3782 with it."""
    limits: Limits = field(default_factory=Limits)
    """Limits and timers."""

    @classmethod
    def profile(cls, profile: Profile | str) -> SessionConfig:
        """The preset of this world, by its name or its member; :func:`dataclasses.replace` changes what is to be different.

        With :attr:`Profile.connect_parameters` and :attr:`Profile.response_parameters` it is whole. Raises
        :class:`InvalidError` if there is none of this name.
        """
        from ._native import _profile

        return cls(**_profile(str(profile))[0])


@dataclass(frozen=True, slots=True)
class Properties:
    """A snapshot of one session: what was negotiated, and where it stands."""

    state: str
    """State of Annex A: "STA713"."""
    initiator: bool
    """This side sent CONNECT."""
    functional_units: FunctionalUnits
    """Functional units selected; empty before the ACCEPT."""
    version: Versions
    """Protocol version selected; before the ACCEPT those that are possible."""
    tsdu_maximum_size: TsduSizes
    """Maximum TSDU sizes selected."""
    transport_expedited: bool
    """The transport expedited flow is available."""
    extended_concatenation: bool
    """Extended concatenation may be sent to the peer."""
    available_tokens: Tokens
    """Tokens that exist."""
    owned_tokens: Tokens
    """Tokens that are here."""
    serial_numbers: tuple[int, int, int]
    """V(A), V(M), V(R); with symmetric synchronize those of the sending flow."""
    receiving_serial_numbers: tuple[int, int, int]
    """V(Ar), V(Mr), V(Rr); symmetric synchronize only, otherwise equal to ``serial_numbers``."""
    separated_serial_numbers: tuple[int | None, int | None]
    """V(Ado), V(Adi): the highest minor point sent, and received, with data separation."""
    may_confirm_minor: bool
    """The right to confirm minor synchronization points is here."""
    activity_in_progress: bool
    """An activity is in progress."""
    leniencies: Leniency
    """The deviations of the peer that were accepted so far."""
    tsdus: tuple[int, int]
    """TSDUs sent and received."""
    octets: tuple[int, int]
    """Octets in TSDUs sent and received."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of "what happened": an event met a state."""

    at: float
    """When, in seconds of the session's clock."""
    from_state: str
    """State before."""
    event: str
    """The event as Annex A spells it."""
    to_state: str
    """State after."""
    table: str
    """The published table of the row: "A.8"; empty if no row applied."""
    list: int = 0
    """Which action list of the cell was taken, from 1; 0 if none."""

    def __str__(self) -> str:
        table = f" (Table {self.table})" if self.table else ""
        return f"{self.at:.6f} {self.from_state} {self.event} -> {self.to_state}{table}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """When :meth:`Spm.handle_timeout` is due, and what for."""

    at: float
    """In seconds of the caller's clock."""
    at_ns: int
    """In nanoseconds of the caller's clock."""
    purpose: str
    """"connect" or "TIM"."""
