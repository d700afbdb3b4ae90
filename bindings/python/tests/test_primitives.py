"""Every service primitive of X.215 can be issued and received from Python (the list is the table that the Rust tests use)."""

from __future__ import annotations

from pathlib import Path

import osisession as o
import pytest
from osisession import FunctionalUnits as Fu
from osisession import Resync, ResyncType, Spm, Tokens

from test_spm import Network

TABLE = Path(__file__).parents[3] / "rust-core/testkit/data/x225/service-primitives.tsv"


class Dialogue(Network):
    """Collects the primitives that were issued, and those that were received, as X.215 names them."""

    def __init__(self, units: Fu, expedited: bool = False) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()
        numbers = {"initial_serial_number": 1} if units & (Fu.MINOR_SYNC | Fu.MAJOR_SYNC) else {}
        self.ask(self.caller, "connect_request", functional_units=units, extended_control=expedited, **numbers)
        self.ask(self.called, "connect_response", functional_units=units)

    def ask(self, side: Spm, method: str, *arguments: object, **parameters: object) -> None:
        service, _, kind = method.removesuffix("_negative").rpartition("_")
        getattr(side, method)(*arguments, **parameters)
        self.seen.add(("S-" + service.upper().replace("_", "-"), "req" if kind == "request" else "rsp"))
        self.run()
        for machine in (self.caller, self.called):
            while (event := machine.next_event()) is not None:
                name = type(event).__name__.removesuffix("Negative")
                kind = "ind" if name.endswith("Indication") else "cnf"
                words = name.removesuffix("Indication").removesuffix("Confirm")
                service = "".join("-" + c if c.isupper() else c.upper() for c in words)
                self.seen.add(("S" + service, kind))


def everything() -> set[tuple[str, str]]:
    d = Dialogue(Fu.DUPLEX | Fu.TYPED_DATA | Fu.EXPEDITED_DATA | Fu.NEGOTIATED_RELEASE, expedited=True)
    a, b = d.caller, d.called
    d.ask(a, "data_request", b"x")
    d.ask(b, "typed_data_request", b"x")
    d.ask(a, "expedited_data_request", b"x")
    d.ask(b, "token_please_request", Tokens.RELEASE)
    d.ask(a, "token_give_request", Tokens.RELEASE)
    d.ask(b, "release_request")
    d.ask(a, "release_response_negative")
    d.ask(b, "release_request")
    d.ask(a, "release_response")
    seen = d.seen

    d = Dialogue(Fu.HALF_DUPLEX | Fu.MINOR_SYNC | Fu.MAJOR_SYNC | Fu.RESYNCHRONIZE | Fu.EXCEPTIONS)
    a, b = d.caller, d.called
    d.ask(a, "sync_minor_request", b"point")
    d.ask(b, "sync_minor_response", 1)
    d.ask(a, "sync_major_request")
    d.ask(b, "sync_major_response")
    d.ask(b, "resynchronize_request", Resync(ResyncType.ABANDON))
    d.ask(a, "resynchronize_response")
    (reporter,) = [side for side in (a, b) if Tokens.DATA not in side.properties.owned_tokens]
    d.ask(reporter, "u_exception_report_request")
    d.ask(a, "u_abort_request", b"enough")
    seen |= d.seen

    d = Dialogue(Fu.DUPLEX | Fu.ACTIVITY_MANAGEMENT | Fu.CAPABILITY_DATA)
    a, b = d.caller, d.called
    d.ask(a, "capability_data_request", b"can you?")
    d.ask(b, "capability_data_response", b"yes")
    d.ask(a, "activity_start_request", b"work")
    d.ask(a, "activity_interrupt_request")
    d.ask(b, "activity_interrupt_response")
    d.ask(a, "activity_resume_request", b"more", b"work", 1)
    d.ask(a, "activity_discard_request")
    d.ask(b, "activity_discard_response")
    d.ask(a, "activity_start_request", b"again")
    d.ask(a, "activity_end_request")
    d.ask(b, "activity_end_response")
    d.ask(a, "control_give_request")
    # What no well-behaved peer sends: an SPDU that is none, and then the provider aborts.
    b.transport_indication(o.TDataIndication(b"\xff\x00"), now=0)
    d.ask(a, "data_request", b"too late")
    seen |= d.seen

    d = Dialogue(Fu.HALF_DUPLEX | Fu.EXCEPTIONS)
    # EXCEPTION REPORT, which this library reads and never sends.
    d.caller.transport_indication(o.TDataIndication(b"\x01\x00\x00\x06\x31\x04\x01\x00\x01\x00"), now=0)
    assert isinstance(d.caller.next_event(), o.PExceptionReportIndication)
    seen.add(("S-P-EXCEPTION-REPORT", "ind"))

    d = Dialogue.__new__(Dialogue)
    Network.__init__(d)
    d.seen = set()
    d.ask(d.caller, "connect_request")
    d.ask(d.called, "connect_response_negative")
    return seen | d.seen


@pytest.mark.skipif(not TABLE.exists(), reason="needs the table of the repository")
def test_every_primitive_is_issued_and_received() -> None:
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    header, *rows = lines
    wanted = {(row[0], kind) for row in rows for kind in row[header.index("kinds")].split(",")}
    # The connectionless protocol is not in (CONFORMANCE.md).
    wanted -= {("S-UNIT-DATA", "req"), ("S-UNIT-DATA", "ind")}
    assert len(wanted) > 50
    assert wanted - everything() == set()
