"""Every planted fault is caught, and nothing is caught where there is none."""

from __future__ import annotations

import contextlib

import planted_faults
import pytest
from planting import FAULTS, Fault

from minigrad.engine import tape

COMPILED = not tape.__file__.endswith(".py")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.words for fault in FAULTS])
def test_a_planted_fault_is_caught(fault: Fault) -> None:
    if COMPILED and fault.words.startswith(("tape:", "tensor:", "version:")):
        pytest.skip("compiled code calls its own functions whatever their names are bound to")
    planted_faults.caught(fault)


def test_there_are_many() -> None:
    assert len({fault.words for fault in FAULTS}) == len(FAULTS) >= 25


def test_without_a_fault_nothing_is_caught() -> None:
    """The control: the same checks, run in the same way."""
    nothing = Fault("nothing", contextlib.nullcontext, ("add", "matmul", "batch_norm"))
    with pytest.raises(AssertionError, match="not caught: nothing"):
        planted_faults.caught(nothing)
