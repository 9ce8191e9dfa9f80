"""What this installation runs on."""

from __future__ import annotations

import numpy as np

from .kernels import config

__all__ = ["show_config"]


def show_config() -> None:
    """Print which kernels are in use, with how many threads, and what compiled them.

    >>> import minigrad as mg
    >>> mg.show_config()                                            # doctest: +ELLIPSIS
    minigrad  ...
    kernels   ...
    """
    from . import __version__

    kernels = config()
    threads = f"{kernels['threads']} thread{'s' if kernels['threads'] != 1 else ''}"
    if not kernels["thread_support"]:
        threads += " (built without thread support)"
    rows = {
        "minigrad": __version__,
        "kernels": f"{kernels['cpu']}, {threads}; this machine has "
        + ", ".join(kernels["cpus_available"]),
        "compiler": kernels["compiler"],
        "NumPy": np.__version__,
    }
    for name, value in rows.items():
        print(f"{name:9} {value}")
