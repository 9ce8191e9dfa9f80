"""What a name that is not there might have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

INSTEAD = {
    "Conv1d": "there are no convolutions; nn.Linear on unfolded patches is the same product",
    "Conv2d": "there are no convolutions; nn.Linear on unfolded patches is the same product",
    "bfloat16": "float32 and float64 are the floating dtypes",
    "cfloat": "there are no complex tensors",
    "complex64": "there are no complex tensors",
    "data": "the data tools are in minigrad.utils.data",
    "float16": "float32 and float64 are the floating dtypes",
    "half": "float32 and float64 are the floating dtypes",
    "matrix_exp": "scipy.linalg.expm of .numpy() computes it, without a gradient",
    "sparse_coo_tensor": "all tensors are dense",
}
"""Remedies for names that people bring, where the nearest name would mislead."""


def explanation(where: str, name: str, names: Iterable[str]) -> str:
    """The words of the AttributeError."""
    words = f"{where} has no attribute {name!r}"
    if name in INSTEAD:
        return f"{words}; {INSTEAD[name]}"
    near = get_close_matches(name, [n for n in names if not n.startswith("_")], n=3, cutoff=0.6)
    return f"{words}; the nearest are {', '.join(near)}" if near else words
