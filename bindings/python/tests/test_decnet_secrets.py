"""What could be printed by accident says nothing of passwords."""

from __future__ import annotations

import logging
import traceback

import osisession
import pytest
from osisession import decnet

WAIT = 20.0
SECRETS = ("SESAME", "GUESSED", "PROVEN")


def check(printed: str) -> None:
    for secret in SECRETS:
        assert secret not in printed and secret.encode().hex() not in printed, printed


def test_nothing_prints_a_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    printed = []
    account = decnet.Account("SMITH", "SESAME")
    right, wrong = (decnet.AccessControl("SMITH", password) for password in ("SESAME", "GUESSED"))
    printed += [repr(account), repr(right), str(wrong), f"{[right, wrong]}"]
    assert "SMITH" in printed[1]
    with decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0", demand="PROVEN") as there:
        there.start()
        circuit = f"tcp:{there.local_address}"
        with decnet.DecnetEndpoint("1.2", circuit, verification="PROVEN") as here:
            here.start()
            here.wait_up(WAIT)
            safe = there.listen(name="SAFE", accounts=[account])
            plain = there.listen(name="PLAIN")
            refused = here.connect("1.1", "SAFE", access=wrong)
            with pytest.raises(osisession.OsisessionError) as caught:
                refused.wait_connected(WAIT)
            assert caught.value.reason == decnet.Reason.ACCESS_REFUSED
            printed += ["".join(traceback.format_exception(caught.value)), repr(vars(caught.value))]
            for listener, name, handed_on in ((safe, "SAFE", b""), (plain, "PLAIN", b"SESAME")):
                link = here.connect("1.1", name, access=right)
                call = listener.accept(WAIT)
                access = call.access
                assert access is not None and access.password == handed_on
                printed += [repr(link), repr(call), repr(access), repr(listener)]
                answering = call.accept()
                link.wait_connected(WAIT)
                link.disconnect()
                printed += [repr(answering.wait_ended(WAIT)), repr(link.wait_ended(WAIT))]
            with pytest.raises(osisession.OsisessionError) as too_long:
                here.connect("1.1", "SAFE", access=decnet.AccessControl("SMITH", "SESAME" * 7))
            printed += [str(too_long.value), repr(vars(too_long.value)), repr(here), repr(there)]
    for text in printed:
        check(text)
    check(caplog.text)
