"""`python -m osisession` is the command `osisession`."""

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
