"""The program of a compiled function, as plain data: what was recorded, and what it became."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import Program
from .record import FORMAT, VERSION, Record


def name_of(compiled: Any) -> str:
    """What a compiled function or module is called."""
    return getattr(compiled, "__name__", type(compiled.function).__name__)


def record(program: Program, name: str) -> Record:
    """A record of a program alone."""
    return Record(
        {
            "format": FORMAT,
            "version": VERSION,
            "kind": "program",
            "level": "full",
            "title": f"the program of {name}" if name else "a program",
            "lacks": [],
            "error": None,
            "programs": [table(program, name)],
        }
    )


def table(program: Program, name: str) -> dict[str, Any]:
    """The entry of `programs` in docs/explore-record.md."""
    plan = program.planned.plan if program.planned is not None else None
    became = [_outcome(plan, i) for i in range(len(program.instructions))] if plan else []
    return {
        "name": name,
        "lines": str(program).splitlines(),
        "instructions": {
            "name": [instruction.name for instruction in program.instructions],
            "makes": [list(instruction.makes) for instruction in program.instructions],
            "reads": [list(instruction.reads) for instruction in program.instructions],
            "became": became or [""] * len(program.instructions),
        },
        "buffers": _buffers(plan),
    }


def _outcome(plan: Any, index: int) -> str:
    """What one instruction is in the program."""
    instruction = plan.instructions[index]
    if index in plan.why:
        return f"in Python: {plan.why[index]}"
    if index in plan.quiet:
        return "done at first, without a call"
    calls = [call for call, origin in zip(plan.calls, plan.origin, strict=False) if origin == index]
    if calls:
        return ", ".join(_call(call) for call in calls)
    if instruction.name == "constant":
        return "a number, kept"
    if same := [f"%{s} is %{plan.true(s)}" for s in instruction.makes if s in plan.alias]:
        return f"no call: {', '.join(same)}"
    if plan.update is not None and index == len(plan.instructions) - 1:
        return f"at the end: {len(plan.update.calls)} × {plan.update.calls[0][0]}"
    return "at the end"


def _call(call: Any) -> str:
    return f"{call.code} with relu" if call.code == "gemm" and call.sizes[7] else str(call.code)


def _buffers(plan: Any) -> dict[str, list[Any]]:
    """The arrays of the kernels: how large, where, and from which call to which."""
    columns: dict[str, list[Any]] = {k: [] for k in ("slot", "form", "bytes", "at", "from", "to")}
    if plan is None:
        return columns
    for slot, array in plan.arrays.items():
        uses = [i for i, call in enumerate(plan.calls) if slot in call.slots]
        if not uses:
            continue
        memory = array
        while isinstance(memory.base, np.ndarray):
            memory = memory.base
        shared = memory.dtype == np.uint8 and memory is not array
        at = array.ctypes.data - memory.ctypes.data if shared else -1
        form = f"{array.dtype}{list(array.shape)}"
        row = (slot, form, array.nbytes, at, uses[0], uses[-1])
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    first = min((at for at in columns["at"] if at >= 0), default=0)  # memory begins on a line
    columns["at"] = [at - first if at >= 0 else at for at in columns["at"]]
    return columns
