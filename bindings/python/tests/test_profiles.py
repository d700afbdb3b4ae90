"""Presets, and what was forgiven below the session."""

from __future__ import annotations

import socket
import threading

import osisession
import pytest
from conftest import WAIT
from osisession import FunctionalUnits, Profile, SessionConfig, Versions


def test_what_they_set() -> None:
    mms = SessionConfig.profile("mms")
    assert (mms.calling_t_selector, mms.called_t_selector) == (b"\0\1", b"\0\1")
    assert (mms.functional_units, mms.versions, mms.max_tpdu_size) == (FunctionalUnits.DUPLEX, Versions.V2, 2048)
    assert SessionConfig.profile(Profile.MMS) == mms
    assert SessionConfig.profile(Profile.STRICT) == SessionConfig(strict=True)
    assert Profile.STRICT.connect_parameters == Profile.STRICT.response_parameters == {}
    assert Profile.ICCP.connect_parameters == {"versions": Versions.V2, "extended_concatenation": False}
    units = Profile.X400.connect_parameters["functional_units"]
    assert units == FunctionalUnits.HALF_DUPLEX | FunctionalUnits.MINOR_SYNC | FunctionalUnits.ACTIVITY_MANAGEMENT | (
        FunctionalUnits.EXCEPTIONS
    )
    with pytest.raises(osisession.InvalidError, match="no profile") as caught:
        SessionConfig.profile("MMS")
    assert caught.value.expected == "mms, iccp, x400 or strict"


@pytest.mark.parametrize("profile", Profile)
def test_both_sides_of_one_come_together(endpoint: osisession.Endpoint, profile: Profile) -> None:
    config = SessionConfig.profile(profile)
    listener = endpoint.listen("127.0.0.1:0", config=config)
    caller = endpoint.connect(listener.local_address, config=config, **profile.connect_parameters)
    called = listener.accept(WAIT)
    assert isinstance(called.next_event(WAIT), osisession.ConnectIndication)
    called.connect_response(**profile.response_parameters)
    assert caller.wait_connected(WAIT).version == Versions.V2
    assert caller.forgiven == called.forgiven == ()
    if profile is Profile.X400:
        caller.activity_start_request(b"mail")
        assert called.next_event(WAIT) == osisession.ActivityStartIndication(b"mail", b"")
    caller.data_request(b"x")
    assert called.next_event(WAIT) == osisession.DataIndication(b"x")


@pytest.mark.parametrize("strict", [False, True])
def test_what_the_transport_forgave(endpoint: osisession.Endpoint, strict: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(WAIT)
                cr = connection.recv(4096)
                wrong = bytes(octet ^ 0x55 for octet in cr[8:10])
                connection.sendall(bytes.fromhex("0300000b06d0") + wrong + bytes.fromhex("000100"))
                if connection.recv(4096):
                    accept = bytes.fromhex("0e0c050613010016010214020002")
                    connection.sendall(bytes([3, 0, 0, 7 + len(accept), 2, 0xF0, 0x80]) + accept)
                    connection.recv(4096)

        thread = threading.Thread(target=answer)
        thread.start()
        session = endpoint.connect("127.0.0.1:%d" % server.getsockname()[1], config=SessionConfig(strict=strict))
        if strict:
            with pytest.raises(osisession.PeerError, match="destination reference"):
                session.wait_connected(WAIT)
            assert session.forgiven == ()
        else:
            session.wait_connected(WAIT)
            (fault,) = session.forgiven
            assert isinstance(fault, osisession.OsisessionError)
            assert (fault.layer, fault.spdu, fault.offset) == ("transport", "CC", 2)
        session.close()
        thread.join(WAIT)
