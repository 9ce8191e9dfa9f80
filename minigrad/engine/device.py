"""Where tensors live: in the processor's memory, under PyTorch's names for it."""

from __future__ import annotations

from typing import Any


class device:
    """The processor, as code that is written for several devices names it.

    As a `with` block it is where new tensors are made, as everywhere.  Raises ValueError for any
    other device, TypeError for what names none.

    >>> device("cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")
    type: str

    def __init__(self, type: Any, index: int | None = None) -> None:
        name: Any = getattr(type, "type", type)
        if not isinstance(name, str):
            raise TypeError(f"device: wanted 'cpu', got {type!r:.40}")
        kind, _, number = name.partition(":")
        if kind != "cpu" or number not in ("", "0"):
            raise ValueError(
                f"device: wanted 'cpu', got {name!r}: minigrad computes on the processor only"
            )
        self.type = "cpu"
        self.index = index

    def __enter__(self) -> device:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device)

    def __hash__(self) -> int:
        return hash("cpu")

    def __str__(self) -> str:
        return "cpu"

    def __repr__(self) -> str:
        return "device(type='cpu')"


CPU = device("cpu")


def check_device(where: str, name: Any) -> None:
    """Refuse what is neither None nor the processor; errors as of `device`."""
    if name is not None:
        try:
            device(name)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where}: {error}") from None
