"""What belongs to the parent of a fork is dead in the child, and lives on in the parent."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, warnings
import osisession
from osisession import DataIndication, Endpoint, ForkedError

warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads, from 3.12 on


def session(endpoint, listener, caller):
    ours = caller.connect(listener.local_address)
    theirs = listener.accept(10)
    theirs.next_event(10)
    theirs.connect_response()
    ours.wait_connected(10)
    return ours, theirs


with Endpoint() as endpoint, Endpoint() as caller, endpoint.listen("127.0.0.1:0") as listener:
    endpoint.start()
    caller.start()
    ours, theirs = session(endpoint, listener, caller)
    pid = os.fork()
    if pid == 0:
        uses = [
            lambda: ours.data_request(b"child"),
            lambda: ours.next_event(1),
            lambda: ours.u_abort_request(),
            lambda: caller.dispatch(0),
            lambda: caller.connect(listener.local_address),
            lambda: caller.stop(),
            lambda: listener.accept(1),
            lambda: listener.local_address,
            lambda: ours.state,
        ]
        for number, use in enumerate(uses):
            try:
                use()
            except ForkedError as error:
                assert isinstance(error, osisession.ClosedError) and "forked" in str(error)
            else:
                os._exit(100 + number)
        # Closing has nothing to do here.
        for there in (ours, theirs, listener, caller, endpoint):
            there.close()
        # Its own are its own.
        with Endpoint() as one, Endpoint() as other, one.listen("127.0.0.1:0") as own:
            one.start()
            other.start()
            session(one, own, other)
            END
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    # Neither the child's calls nor its end were heard of here.
    ours.data_request(b"there")
    assert theirs.next_event(10) == DataIndication(b"there")
    theirs.data_request(b"back")
    assert ours.next_event(10) == DataIndication(b"back")
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
def test_a_child_cannot_touch_what_is_its_parents(end: str) -> None:
    # At sys.exit the with statements of the parent's objects end in the child, too.
    program = PROGRAM.replace("END", end)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


DURABLE = """
import os, sys, warnings
from osisession import ForkedError
from osisession.durable import DurableNode

warnings.simplefilter("ignore", DeprecationWarning)

with DurableNode() as there, DurableNode() as here:
    dialogue = here.dial(there.listen("127.0.0.1:0"))
    pid = os.fork()
    if pid == 0:
        uses = [
            lambda: dialogue.send(b"child"),
            lambda: dialogue.progress,
            lambda: here.find(b""),
            lambda: there.accept(1),
        ]
        for number, use in enumerate(uses):
            try:
                use()
            except ForkedError:
                pass
            else:
                os._exit(100 + number)
        here.close()
        with DurableNode() as own:
            own.listen("127.0.0.1:0")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    dialogue.send(b"parent", 10)
    assert there.accept(10).receive(10).data == b"parent"
"""


def test_durable_nodes_are_those_of_the_parent() -> None:
    done = subprocess.run([sys.executable, "-c", DURABLE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
