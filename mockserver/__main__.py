"""`python -m mockserver` is the command `imaginelab-mock`."""

import sys

from mockserver.cli import main

sys.exit(main())
