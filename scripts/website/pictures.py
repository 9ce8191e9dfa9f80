"""The steps that the site lets a reader walk through, recorded while it is built."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn


def write(folder: Path) -> None:
    """The explorer's pages."""
    twice().save(folder / "twice.html")
    net().save(folder / "net.html")
    views = folder.parent.parent / "course" / "views.py"
    if views.is_file():
        subprocess.run([sys.executable, str(views), str(folder / "course")], check=True)


def frames(docname: str, text: str) -> str:
    """A page's markers `<!-- explore: NAME -->` as frames with the explorer in them."""
    up = "../" * docname.count("/")
    frame = (
        "```{raw} html\n"
        f'<iframe class="explorer" src="{up}_static/course/\\1.html" title="\\1, in the explorer">'
        "</iframe>\n```"
    )
    return re.sub(r"^<!-- explore: (\w+) -->$", frame, text, flags=re.MULTILINE)


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
