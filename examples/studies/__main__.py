"""The door: `python examples/studies ...`, or `python -m examples.studies ...` in a clone.

The folder `examples` takes the place that Python gave to this folder, or with -m to the clone: its
`minigrad/` has compiled kernels after an editable installation only, and would hide an ordinary
one.
"""

import sys
from pathlib import Path

if not sys.flags.safe_path:
    del sys.path[0]
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from studies.command import main

if __name__ == "__main__":
    sys.exit(main())
