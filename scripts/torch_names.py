"""Write docs/pytorch-names.md: what minigrad has of PyTorch's functions and tensor methods.

    python scripts/torch_names.py

Needs PyTorch.  `tests/beside_torch/test_torch_names.py` is what proves the word "same".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

import minigrad as mg
from minigrad.absent import INSTEAD

DIFFERENT = {
    "all": "of uint8 it gives bools, too",
    "any": "of uint8 it gives bools, too",
    "empty": "filled with zeros",
    "empty_like": "filled with zeros",
    "mode": "NaN is equal to nothing",
    "sign": "NaN of NaN",
    "sgn": "NaN of NaN",
    "numpy": "also of a tensor that requires a gradient",
    "pow": "an integer to a negative integer power is refused",
    "sort": "stable: equal elements stay in order",
    "topk": "of equal elements the first is taken",
    "kthvalue": "of equal elements the first is taken",
    "mean": "integers give float32",
    "norm": "integers give float32; p is 0, or at least 1",
    "new_empty": "filled with zeros",
    "view": "copies where the memory does not allow a view",
    "dtype": "a dtype of NumPy",
    **dict.fromkeys(
        "bernoulli multinomial normal rand rand_like randint randint_like randn randn_like "
        "randperm bernoulli_ exponential_ normal_ random_ uniform_ dropout manual_seed".split(),
        "a seed draws other numbers",
    ),
}


def listed(theirs: Any, ours: Any) -> str:
    lines = ["| name | here |\n| --- | --- |\n"]
    absent = []
    for name in sorted(dir(theirs)):
        if name.startswith("_") or not callable(getattr(theirs, name, None)):
            continue
        if not hasattr(ours, name):
            absent.append(name)
        elif not isinstance(getattr(theirs, name), type):
            words = DIFFERENT.get(name)
            lines.append(f"| `{name}` | {'same, but ' + words if words else 'same'} |\n")
    instead = [f"- `{n}`: {INSTEAD[n]}\n" for n in absent if n in INSTEAD]
    rest = ", ".join(f"`{n}`" for n in absent if n not in INSTEAD)
    return (
        "".join(lines)
        + "\nNot here, and what to take instead:\n\n"
        + "".join(instead)
        + (f"\nNot here: {rest}\n")
    )


def text() -> str:
    """The page."""
    return (
        "# Names that PyTorch has\n\n"
        "A name that both libraries have means the same in both: the tests in\n"
        "`tests/beside_torch` call each in both and compare shapes, dtypes, values and gradients.\n"
        "This page is written by "
        f"`scripts/torch_names.py` (PyTorch {torch.__version__.split('+')[0]}).\n\n"
        f"## Functions\n\n{listed(torch, mg)}\n## Methods of tensors\n\n"
        f"{listed(torch.Tensor, mg.Tensor)}\n## Linear algebra\n\n"
        f"{listed(torch.linalg, mg.linalg)}"
    )


if __name__ == "__main__":
    (Path(__file__).parent.parent / "docs/pytorch-names.md").write_text(text())
