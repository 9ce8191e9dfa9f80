"""No rule leaves float32 for float64 or the reverse on its way.

The tape would cast the answer back and nobody would notice, but for the time, the memory, or the
digits that were lost.
"""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from harness import Case
from hypothesis import given, settings
from hypothesis import strategies as st
from test_operations import CASES, cotangent, leaves

from minigrad.engine import tape

right = tape.fit


def strict(g: Any, parent: Any, stretched: Any) -> Any:
    assert g.dtype == parent.dtype, f"a rule answered {g.dtype} for an input of {parent.dtype}"
    return right(g, parent, stretched)


@pytest.mark.parametrize("case", [c for c in CASES if c.order >= 1], ids=str)
@given(st.data())
@settings(max_examples=8)
def test_rules_answer_in_the_dtype_of_their_inputs(case: Case, data: st.DataObject) -> None:
    arrays, kwargs = data.draw(case.draws)
    for dtype in (np.float32, np.float64):
        for create_graph in (False, True):
            out = case.function(*leaves(arrays, dtype), **kwargs)
            with mock.patch.object(tape, "fit", strict):
                out.backward(cotangent(out.shape), create_graph=create_graph)
