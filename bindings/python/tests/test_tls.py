"""TLS below TPKT, with certificates that the openssl program makes here."""

from __future__ import annotations

import copy
import pickle
import shutil
import ssl
import subprocess
from pathlib import Path

import osisession
import pytest
from conftest import WAIT
from osisession import SessionConfig, TlsConfig, TlsVersion

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is missing")


def _openssl(folder: Path, name: str, subject: str, *more: str) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-config", "req.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "30", "-subj", subject, *more],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network: an authority, a substation, a control centre."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "req.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    _openssl(folder, "anchors", "/CN=grid", "-addext", "basicConstraints=critical,CA:TRUE")
    signed = ["-CA", "anchors.pem", "-CAkey", "anchors.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    _openssl(folder, "station", "/CN=station", *signed, "-addext", "subjectAltName=IP:127.0.0.1")
    _openssl(folder, "centre", "/CN=centre", *signed, "-addext", "subjectAltName=DNS:centre.example")
    return folder


def _config(folder: Path, name: str) -> TlsConfig:
    return TlsConfig.from_files(folder / f"{name}.pem", folder / f"{name}.key", folder / "anchors.pem")


def test_both_sides_show_certificates_and_resume(endpoint: osisession.Endpoint, folder: Path) -> None:
    listener = endpoint.listen("127.0.0.1:0", config=SessionConfig(tls=_config(folder, "station")))
    calling = SessionConfig(tls=_config(folder, "centre"))
    for resumed in (False, True):
        caller = endpoint.connect(listener.local_address, config=calling)
        called = listener.accept(WAIT)
        assert isinstance(called.next_event(WAIT), osisession.ConnectIndication)
        called.connect_response()
        caller.wait_connected(WAIT)
        for session, peer in ((caller, "station"), (called, "centre")):
            assert session.tls is not None
            assert (session.tls.version, session.tls.resumed) == (TlsVersion.V1_3, resumed)
            assert session.tls.cipher_suite.startswith("TLS13_")
            assert session.peer_certificates == (ssl.PEM_cert_to_DER_cert((folder / f"{peer}.pem").read_text()),)
        called.data_request(b"secret")
        assert caller.next_event(WAIT) == osisession.DataIndication(b"secret")
        caller.close()


def test_a_caller_without_a_certificate_learns_why(endpoint: osisession.Endpoint, folder: Path) -> None:
    listener = endpoint.listen("127.0.0.1:0", config=SessionConfig(tls=_config(folder, "station")))
    nobody = TlsConfig(trust_anchors=(folder / "anchors.pem").read_bytes(), max_version=TlsVersion.V1_2)
    caller = endpoint.connect(listener.local_address, config=SessionConfig(tls=nobody))
    with pytest.raises(osisession.TransportError, match=r"certificate_required \(116\)") as caught:
        caller.wait_connected(WAIT)
    assert caught.value.layer == osisession.Layer.NETWORK


def test_a_plain_session_has_no_tls(connected) -> None:  # type: ignore[no-untyped-def]
    caller, called = connected()
    assert caller.tls is None and called.tls is None
    assert caller.peer_certificates == ()


def test_mistakes_raise_at_once(folder: Path) -> None:
    anchors = (folder / "anchors.pem").read_bytes()
    for wrong in (
        {},
        {"trust_anchors": b"nonsense"},
        {"trust_anchors": anchors, "crls": (b"nonsense",)},
        {"trust_anchors": anchors, "min_version": 0x0301},
        {"trust_anchors": anchors, "certificate_chain": anchors},
        {"trust_anchors": anchors, "min_version": TlsVersion.V1_3, "max_version": TlsVersion.V1_2},
    ):
        with pytest.raises(osisession.InvalidError):
            TlsConfig(**wrong)
    with pytest.raises(TypeError):
        TlsConfig(trust_anchors="text")  # type: ignore[arg-type]
    config = TlsConfig(trust_anchors=anchors)
    assert config == TlsConfig(trust_anchors=anchors)
    assert "private_key" not in repr(config)
    assert pickle.loads(pickle.dumps(config)) == copy.deepcopy(config) == config
    with osisession.Endpoint() as endpoint, pytest.raises(TypeError):
        endpoint.open(config=SessionConfig(tls="text"))  # type: ignore[arg-type]
