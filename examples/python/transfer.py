"""Sends a file that arrives whatever happens: kill either side at any time and start it again. Speaks with 'osisession send' and 'receive'.

Usage: transfer.py send FILE ADDRESS JOURNAL | transfer.py receive ADDRESS FOLDER JOURNAL
"""

import hashlib
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path

from osisession import ClosedError, TimedOutError
from osisession.durable import Dialogue, DurableNode

OFFER, CHUNK, END, RESULT = 1, 2, 3, 4  # the first octet of each message
SIZE = 65_536


def send(file: Path, address: str, journal: Path) -> str:
    """What the receiver calls the file. A message's place says what is in it, and the journal says how many there were."""
    data = file.read_bytes()
    chunks = range(0, len(data), SIZE)
    offer = struct.pack(">BBQI", OFFER, 1, len(data), SIZE) + hashlib.sha256(data).digest() + file.name.encode()
    with DurableNode(journal, durability="checkpoint") as node:
        if dialogue := node.find(b"transfer"):
            dialogue.reconnect(address)
        else:
            dialogue = node.dial(address, label=b"transfer")
        for place in range(dialogue.progress.sent, len(chunks) + 2):
            if place == 0:
                dialogue.submit(offer)
            elif place <= len(chunks):
                at = chunks[place - 1]
                dialogue.submit(struct.pack(">BQ", CHUNK, at) + data[at : at + SIZE])
            else:
                dialogue.submit(bytes([END]))
        result = dialogue.receive().data
        with suppress(TimedOutError):  # the receiver has closed, and was gone before it could say so
            dialogue.close(5)
    journal.unlink()
    if result[:2] != bytes([RESULT, 0]):
        raise SystemExit(f"not taken: {result[2:].decode()}")
    return result[2:].decode()


def receive(address: str, folder: Path, journal: Path) -> None:
    """Takes one file; one of the same name is replaced."""
    with DurableNode(journal, durability="checkpoint") as node:
        unfinished = [d for d in node.dialogues() if not d.is_closed or paths(d, folder)[1].exists()]
        print(node.listen(address), flush=True)
        dialogue = unfinished[0] if unfinished else node.accept()
        part, note = paths(dialogue, folder)
        try:
            while True:
                take(dialogue, part, note)
        except ClosedError:
            if not dialogue.is_closed:
                raise
        if note.exists():
            name = offered(note)[2]
            part.rename(folder / name)
            note.unlink()
            print(name, flush=True)


def take(dialogue: Dialogue, part: Path, note: Path) -> None:
    """Takes one message. What it says is on the disk before it is committed: all that is not committed comes again after a kill."""
    message = dialogue.receive()
    kind, body = message.data[0], message.data[1:]
    if kind == OFFER:
        store(part, b"")
        store(note, body)
    elif kind == CHUNK:
        with part.open("r+b") as out:
            out.seek(int.from_bytes(body[:8], "big"))
            out.write(body[8:])
            if message.position % 64:
                return
            os.fsync(out.fileno())
    elif kind == END:
        wrong = check(part, note)
        if wrong:
            note.unlink()
        dialogue.send(bytes([RESULT, 1]) + wrong.encode() if wrong else bytes([RESULT, 0]) + offered(note)[2].encode())
    message.commit()


def paths(dialogue: Dialogue, folder: Path) -> tuple[Path, Path]:
    """Where the octets are until all have come, and where the offer is."""
    return folder / f".{dialogue.id.hex()}.part", folder / f".{dialogue.id.hex()}.offer"


def offered(note: Path) -> tuple[int, bytes, str]:
    """Length, SHA-256 and name."""
    offer = note.read_bytes()
    return int.from_bytes(offer[1:9], "big"), offer[13:45], offer[45:].decode()


def check(part: Path, note: Path) -> str:
    """What is wrong with the file."""
    length, digest, name = offered(note)
    if name != Path(name).name or name.startswith("."):
        return "the name is not that of a file in a folder"
    with part.open("r+b") as file:
        os.fsync(file.fileno())
        if part.stat().st_size != length or hashlib.file_digest(file, "sha256").digest() != digest:
            return "what arrived is not what was sent"
    return ""


def store(path: Path, data: bytes) -> None:
    with path.with_suffix(".new").open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".new").rename(path)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", file, address, journal]:
            print(send(Path(file), address, Path(journal)))
        case ["receive", address, folder, journal]:
            receive(address, Path(folder), Path(journal))
        case _:
            raise SystemExit(__doc__)
