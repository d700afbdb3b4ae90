"""Plays the calling side of a recorded session against a server, and compares what the server says now with what was said then.

Usage: replay_capture.py CAPTURE ADDRESS [--connection N] [--timeout SECONDS]

The TSDUs go out octet by octet as they were recorded, whatever is in them; COTP and TPKT are made anew, with the recorded T-selectors. The exit
status is 0 if all answers were the same, 1 if not.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import osisession

DT_SIZE = 8192
"""Octets of the largest DT TPDU that is sent, with its header."""


@dataclass
class Recorded:
    """One connection of a capture."""

    calling_t_selector: str = ""
    called_t_selector: str = ""
    steps: list[tuple[bool, bytes]] = field(default_factory=list)
    """Who sent it (true: the calling side), and the TSDU."""


def read(capture: str, connection: int) -> Recorded:
    """What passed in one connection, by the decoder of this package."""
    command = [sys.executable, "-m", "osisession", "decode", "--json", "--tpdu", capture]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    recorded = Recorded()
    tsdus: dict[int, tuple[bool, bytearray]] = {}
    for line in done.stdout.splitlines():
        seen = json.loads(line)
        if seen["connection"] != connection:
            continue
        if seen["type"] == "tpdu" and seen["mnemonic"] == "CR":
            for side in "calling", "called":
                if found := re.search(rf"{side} T-selector \(c[12]\) ([0-9a-f]+)", seen["meaning"]):
                    setattr(recorded, f"{side}_t_selector", found[1])
        elif seen["type"] == "spdu":
            # SPDUs of one TSDU have the same number: they were concatenated.
            _, octets = tsdus.setdefault(seen["tsdu"], (seen["direction"] == "forward", bytearray()))
            octets += bytes.fromhex(seen["hex"])
        elif seen["type"] in ("fault", "lost"):
            raise SystemExit(f"the capture is not whole: {line}")
    recorded.steps = [(forward, bytes(octets)) for forward, octets in tsdus.values() if octets]
    if not recorded.steps:
        raise SystemExit(f"no session in connection {connection} of {capture} {done.stderr.strip()}")
    return recorded


class Wire:
    """Class 0 over TCP (RFC 1006), as little of it as is needed."""

    def __init__(self, address: str, timeout: float) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def connect(self, recorded: Recorded) -> None:
        variable = bytes.fromhex("c0010d")
        for code, selector in (0xC1, recorded.calling_t_selector), (0xC2, recorded.called_t_selector):
            octets = bytes.fromhex(selector)
            if octets:
                variable += bytes([code, len(octets)]) + octets
        self.send_tpdu(bytes([6 + len(variable)]) + bytes.fromhex("e00000000100") + variable)
        answer = self.receive_tpdu()
        if answer is None or answer[1] & 0xF0 != 0xD0:
            raise ConnectionError(f"no CC but {answer.hex() if answer else 'the end of the connection'}")

    def send_tpdu(self, tpdu: bytes) -> None:
        self.socket.sendall(bytes([3, 0]) + (len(tpdu) + 4).to_bytes(2, "big") + tpdu)

    def receive_tpdu(self) -> bytes | None:
        header = self._exactly(4)
        if header is None:
            return None
        if header[0] != 3 or int.from_bytes(header[2:], "big") < 7:
            raise ConnectionError(f"no TPKT but {header.hex()}")
        return self._exactly(int.from_bytes(header[2:], "big") - 4)

    def _exactly(self, count: int) -> bytes | None:
        octets = b""
        while len(octets) < count:
            piece = self.socket.recv(count - len(octets))
            if not piece:
                return None
            octets += piece
        return octets

    def send(self, tsdu: bytes) -> None:
        size = DT_SIZE - 3
        for at in range(0, len(tsdu), size):
            end = 0x80 if at + size >= len(tsdu) else 0
            self.send_tpdu(bytes([2, 0xF0, end]) + tsdu[at : at + size])

    def receive(self) -> bytes | None:
        """The next TSDU; ``None`` at the end of the connection."""
        tsdu = b""
        while True:
            tpdu = self.receive_tpdu()
            if tpdu is None or tpdu[1] != 0xF0:
                return None
            tsdu += tpdu[3:]
            if tpdu[2] & 0x80:
                return tsdu


def facts(tsdu: bytes) -> Iterator[tuple[str, str]]:
    """What a TSDU says, to be compared."""
    for spdu in osisession.decode(tsdu):
        for parameter in spdu.parameters:
            yield f"{spdu.kind} {parameter.name or parameter.code}", parameter.raw.hex()
        yield f"{spdu.kind} user data", spdu.user_data.hex()


def differences(then: bytes, now: bytes | None) -> list[str]:
    """Where two answers differ; empty if they say the same."""
    if now is None:
        return ["the connection was closed instead"]
    if then == now:
        return []
    before, after = dict(facts(then)), dict(facts(now))
    names = list(dict.fromkeys([*before, *after]))
    return [
        f"{name}: {before.get(name, 'absent')} then, {after.get(name, 'absent')} now"
        for name in names
        if before.get(name) != after.get(name)
    ] or ["the same, but other octets"]


def kinds(tsdu: bytes) -> str:
    return " ".join(spdu.kind for spdu in osisession.decode(tsdu))


def main() -> int:
    parser = argparse.ArgumentParser(description="Play a recorded session again.")
    parser.add_argument("capture", help="a pcap or pcapng file")
    parser.add_argument("address", help="HOST:PORT")
    parser.add_argument("--connection", type=int, default=1, help="its number in the capture, from 1")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="for each answer")
    options = parser.parse_args()
    recorded = read(options.capture, options.connection)
    different = 0
    with Wire(options.address, options.timeout) as wire:
        wire.connect(recorded)
        for forward, tsdu in recorded.steps:
            if forward:
                wire.send(tsdu)
                print(f"-> {kinds(tsdu)}, {len(tsdu)} octets")
                continue
            try:
                answer = wire.receive()
            except TimeoutError:
                print(f"<- nothing; then it was {kinds(tsdu)}")
                return 1
            found = differences(tsdu, answer)
            print(f"<- {kinds(tsdu)}: {'the same' if not found else 'different'}")
            for each in found:
                print(f"   {each}")
            different += bool(found)
            if answer is None:
                break
    print(f"{different} answers differ" if different else "all answers are the same")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
