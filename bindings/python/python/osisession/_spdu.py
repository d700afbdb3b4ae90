"""Decoded SPDUs, for people and tools."""

from __future__ import annotations

from dataclasses import dataclass

from ._values import Leniency


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an SPDU (PI unit), or a group of them (PGI unit)."""

    code: int
    """PGI or PI code."""
    name: str | None
    """Its name in the standard; ``None`` if it is unknown."""
    offset: int
    """Octets from the start of the TSDU to the code."""
    raw: bytes
    """The parameter field: the octets after code and length."""
    meaning: str
    """What it says, in words; empty for a group."""
    parameters: tuple[Parameter, ...] = ()
    """The parameters in a group."""

    def __str__(self) -> str:
        name = self.name or f"unknown parameter {self.code}"
        if self.parameters:
            return f"{name} ({', '.join(map(str, self.parameters))})"
        return f"{name} {self.meaning}".rstrip()


@dataclass(frozen=True, slots=True)
class UsedLeniency:
    """A deviation that was let pass, and where."""

    leniency: Leniency
    """Which."""
    offset: int
    """Octets from the start of the TSDU."""


@dataclass(frozen=True, slots=True)
class Spdu:
    """One SPDU in a TSDU. ``str(spdu)`` is one readable line."""

    kind: str
    """Its mnemonic: "CN"."""
    name: str
    """Its name in the standard: "CONNECT"."""
    offset: int
    """Octets from the start of the TSDU."""
    octets: bytes
    """The whole SPDU."""
    parameters: tuple[Parameter, ...]
    """Parameters in the order of the octets; groups hold theirs."""
    user_data: bytes
    """SS-user data, empty if there is none."""
    leniencies: tuple[UsedLeniency, ...]
    """What was let pass in this SPDU."""
    summary: str
    """One readable line."""

    def __str__(self) -> str:
        return self.summary

    def parameter(self, code: int, group: int | None = None) -> Parameter | None:
        """The first parameter with this code, at the top level or in a group."""
        inner = self.parameters
        if group is not None:
            inner = tuple(p for g in self.parameters if g.code == group for p in g.parameters)
        return next((p for p in inner if p.code == code), None)
