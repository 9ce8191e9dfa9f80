"""The steps that the site lets a reader walk through, recorded while it is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn


def write(folder: Path) -> None:
    """The explorer's pages."""
    twice().save(folder / "twice.html")
    net().save(folder / "net.html")


def twice() -> Any:
    """The smallest graph whose order matters."""
    a = mg.tensor(3.0, requires_grad=True)
    with mg.explore() as view:
        b = a + a
        c = b * a
        c.backward()
    return view


def net() -> Any:
    """A step of a net with batch norm."""
    mg.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(8, 6), nn.BatchNorm1d(6), nn.ReLU(),
        nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(),
        nn.Linear(5, 3),
    )  # fmt: skip
    x, y = mg.randn(10, 8), mg.randint(0, 3, (10,))
    with mg.explore() as view:
        loss = F.cross_entropy(net(x), y)
        loss.backward()
    return view
