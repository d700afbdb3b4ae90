"""The transport service as values (X.214), for callers with a transport of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ._errors import OsisessionError


@dataclass(frozen=True, slots=True)
class TConnectRequest:
    """T-CONNECT request: bring up a transport connection."""

    expedited: bool
    """Ask for the transport expedited flow."""


@dataclass(frozen=True, slots=True)
class TConnectResponse:
    """T-CONNECT response: accept the transport connection."""

    expedited: bool
    """Agree to the transport expedited flow."""


@dataclass(frozen=True, slots=True)
class TDataRequest:
    """T-DATA request: send one TSDU."""

    tsdu: bytes


@dataclass(frozen=True, slots=True)
class TExpeditedDataRequest:
    """T-EXPEDITED-DATA request: send one TSDU of at most 16 octets, before queued normal data."""

    tsdu: bytes


@dataclass(frozen=True, slots=True)
class TDisconnectRequest:
    """T-DISCONNECT request: disconnect after everything before it has been sent."""

    reason: int
    """The session's octet: 0 protocol error, 1 normal, 2 normal though reuse was wanted."""


TransportRequest: TypeAlias = (
    TConnectRequest | TConnectResponse | TDataRequest | TExpeditedDataRequest | TDisconnectRequest
)
"""What the session asks of the transport."""


@dataclass(frozen=True, slots=True)
class TConnectIndication:
    """T-CONNECT indication: a peer brings up a transport connection."""

    expedited: bool = False
    """The transport expedited flow is proposed and can be provided."""


@dataclass(frozen=True, slots=True)
class TConnectConfirm:
    """T-CONNECT confirm: the transport connection is up."""

    expedited: bool = False
    """The transport expedited flow was agreed."""


@dataclass(frozen=True, slots=True)
class TDataIndication:
    """T-DATA indication: one whole TSDU came."""

    tsdu: bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class TExpeditedDataIndication:
    """T-EXPEDITED-DATA indication: one whole TSDU came on the expedited flow."""

    tsdu: bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class TDisconnectIndication:
    """T-DISCONNECT indication: the transport connection is gone or never came up."""

    error: OsisessionError | str | None = None
    """Why, if that is known."""


TransportIndication: TypeAlias = (
    TConnectIndication | TConnectConfirm | TDataIndication | TExpeditedDataIndication | TDisconnectIndication
)
"""What the transport tells the session."""
