"""python -m minigrad.explore: see `minigrad.explore.script`."""

import sys

from .script import main

if __name__ == "__main__":
    sys.exit(main())
