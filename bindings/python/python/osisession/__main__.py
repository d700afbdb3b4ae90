"""`python -m osisession` is the command `osisession`."""

import sys

from ._command import main

sys.exit(main())
