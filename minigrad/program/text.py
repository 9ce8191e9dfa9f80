"""A program in words: what is done, with which buffers, and what of it runs in Python and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .instructions import Form
from .plan import Call, Planned

if TYPE_CHECKING:
    from .replay import Program


def description(program: Program) -> str:
    """Its recording, and the kernels' calls and the buffers that it became."""
    if program.reason:
        return f"not replayed, the function runs as it stands: {program.reason}"
    plan = program.planned.plan if program.planned is not None else None
    if plan is None:
        why = "" if program.confirmed else "; the next call is recorded too, and compared"
        lines = [f"{len(program.instructions)} instructions, run in Python{why or program.why}"]
        lines += [_line(program, i) for i in range(len(program.instructions))]
        return "\n".join(lines)
    in_python = [step for step in plan.steps if type(step) is int]
    lines = [
        f"{len(program.instructions)} instructions: {len(plan.calls)} calls of kernels, "
        f"{len(in_python)} in Python",
        f"buffers: {plan.shared:,} bytes for {plan.alone:,} bytes of intermediate arrays, "
        f"{len(plan.leaves)} gradients among them",
        f"inputs: {', '.join(f'%{s} {_form(plan.forms[s])}' for s, _ in plan.loads)}",
    ]
    if plan.leaves:
        lines.append("at first: gradients are forgotten; their arrays are written to again")
    for step in plan.steps:
        if type(step) is int:
            lines.append(_line(program, step) + f"   in Python: {plan.why[step]}")
        else:
            lines += [_call(plan, i) for i in range(*step)]
    lines += [_call(plan, i) for i in range(plan.first_of_tail, len(plan.calls))]
    return "\n".join(lines)


def _line(program: Program, index: int) -> str:
    instruction = program.instructions[index]
    makes = ", ".join(f"%{s} {_form(program.forms[s])}" for s in instruction.makes)
    reads = ", ".join(f"%{s}" for s in instruction.reads)
    return f"  {makes}{' = ' * bool(makes)}{instruction.name}({reads})"


WRITES = {"gemm": 1, "bias_gradient": 2, "cross_entropy": 4, "batch_norm": 4} | {
    "batch_norm_backward": 3
}
"""How many of a call's slots it writes to, where that is not one."""


def _call(plan: Planned, index: int) -> str:
    call: Call = plan.calls[index]
    writes = WRITES.get(call.code, 1)
    makes = ", ".join(f"%{s} {_form(plan.forms[s])}" for s in call.slots[:writes] if s >= 0)
    reads = ", ".join(f"%{s}" for s in call.slots[writes:] if s >= 0)
    more = " with relu" if call.code == "gemm" and call.sizes[7] else ""
    return f"  {makes} = {call.code}({reads}){more}"


def _form(form: Any) -> str:
    if isinstance(form, Form):
        return f"{form.dtype}{list(form.shape)}"
    return type(form).__name__ if form is not None else "None"
