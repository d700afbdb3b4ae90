"""Sessions with icspacket, a stack that is not ours. README.md beside this file says what goes over them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import mms_server
import pytest
from osisession import Endpoint, FunctionalUnits, Leniency, Versions

pytestmark = pytest.mark.skipif(importlib.util.find_spec("icspacket") is None, reason="icspacket is not installed")

HERE = Path(__file__).parent


@pytest.mark.parametrize("end", ["release", "abort", "conclude"])
def test_their_client_calls_us(end: str) -> None:
    with Endpoint() as endpoint, endpoint.listen("127.0.0.1:0") as listener:
        port = listener.local_address.rpartition(":")[2]
        client = subprocess.Popen(
            [sys.executable, HERE / "peer_icspacket.py", port, end], stdout=subprocess.PIPE, text=True
        )
        session, called, asked = mms_server.answer(listener)
        said, _ = client.communicate(timeout=mms_server.WAIT)
    assert said.splitlines() == ["connected", "identity ours osisession 0", f"{end} done"]
    assert called.version == Versions.V2
    assert called.functional_units == FunctionalUnits.DUPLEX
    # Its CN has Version Number before Protocol Options, and the selectors the wrong way round.
    assert session.properties.leniencies == Leniency.ORDER
    # After conclude it closes TCP, without a FINISH.
    ends = {"release": ["release"], "abort": ["UAbortIndication"], "conclude": ["conclude", "PAbortIndication"]}
    assert asked == ["identify", *ends[end]]
