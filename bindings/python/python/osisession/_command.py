"""The console script `osisession`."""

import signal
import sys

from . import _native


def main() -> int:
    """Runs the command line with the arguments of this process and returns its exit code."""
    # The command runs outside the interpreter: interrupting it ends the process, as with any other program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.command(["osisession", *sys.argv[1:]])
