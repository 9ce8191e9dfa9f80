"""A program in words: what is done, in which buffers, and what of it runs in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .record import Given

if TYPE_CHECKING:
    from .replay import Program


def described(program: Program) -> str:
    """One line an instruction."""
    if program.reason:
        return f"not replayed, the function runs as it stands: {program.reason}"
    lines = []
    for i, instruction in enumerate(program.instructions):
        makes = ", ".join(f"{_name(s)}: {_shape(program.forms[s])}" for s in instruction.makes)
        reads = ", ".join(_name(s) for s in instruction.reads)
        lines.append(f"{i:4}  {instruction.name}({reads})" + f" -> {makes}" * bool(makes))
    return "\n".join(lines)


def _name(slot: int) -> str:
    return f"%{slot}"


def _shape(form: Any) -> str:
    return f"{form[0]}{list(form[1])}" if form[2] != () or form[1] == () else str(form[1])
