"""Whose code is running: the user's frame, the modules' calls, and the lines that are shown."""

from __future__ import annotations

import os
from typing import Any

from ..engine.tape import Node
from ..program import Compiled

ENGINE = Node.__module__.rpartition(".")[0] + "."
COMPILED = Compiled.__call__.__code__
FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
"""Where minigrad's own code is: what runs elsewhere is the user's."""


class Frames:
    """The interpreter's stack, as the recorder reads it.

    call : the code of `Module.__call__`
    compiled : what `minigrad.compile` made, and was called
    block : the frame of the block, the outermost that is looked at; None for all
    of_pass, place : the frame that runs the backward pass, and where in it
    lines : the places of the user's code that ran operations, numbered
    """

    def __init__(self, call: Any) -> None:
        self.call = call
        self.compiled: list[Any] = []
        self._call: Any = None  # the frame of the newest such call
        self.block: Any = None
        self.of_pass: Any = None
        self.place = -1
        self.lines: dict[tuple[str, int], int] = {}
        self._own: dict[Any, bool] = {}  # of a code object: is it minigrad's?

    def open(self, frame: Any) -> None:
        """Begin with a block."""
        self.block = None if frame is None or self.is_own(frame) else frame
        self.of_pass, self.place = None, -1

    def close(self) -> None:
        """Let go of the frames."""
        self.block, self.of_pass, self.place, self._call = None, None, -1, None

    def look(self, frame: Any) -> tuple[Any, list[Any], bool]:
        """The user's frame, the frames of module calls, outermost first, and: is it in a pass?"""
        user = None
        calls = []
        inside = False
        call, block, of_pass, own = self.call, self.block, self.of_pass, self._own
        while frame is not None:
            code = frame.f_code
            if code is call:
                calls.append(frame)
            elif code is COMPILED:
                self._note(frame)
            elif user is None and not (own[code] if code in own else self.is_own(frame)):
                user = frame
            if frame is of_pass and frame.f_lasti == self.place:
                inside = True
            if frame is block:
                break
            frame = frame.f_back
        calls.reverse()
        return user, calls, inside

    def _note(self, frame: Any) -> None:
        """Remember whose call a frame is."""
        if frame is not self._call:
            self._call = frame
            compiled = frame.f_locals["self"]
            if all(compiled is not other for other in self.compiled):
                self.compiled.append(compiled)

    def users(self, frame: Any) -> Any:
        """The innermost frame that is not minigrad's own, from this one outwards; or None."""
        while frame is not None and self.is_own(frame):
            frame = frame.f_back
        return frame

    def is_own(self, frame: Any) -> bool:
        """Does a frame run minigrad's code?"""
        code = frame.f_code
        own = self._own.get(code)
        if own is None:
            # the frames of compiled modules, in tracebacks, have no whole path
            compiled = frame.f_globals.get("__name__", "").startswith(ENGINE)
            own = self._own[code] = compiled or code.co_filename.startswith(FOLDER)
        return own

    def line(self, user: Any) -> int:
        """The number of the line that a frame is at, -1 for no frame."""
        if user is None:
            return -1
        return self.lines.setdefault((user.f_code.co_filename, user.f_lineno), len(self.lines))

    def failed(self, error: BaseException) -> tuple[str, bool]:
        """The user's innermost line in a traceback, and: did a backward pass run?"""
        place, inside = "", False
        trace = error.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if not self.is_own(frame):
                place = f"{os.path.basename(frame.f_code.co_filename)}:{trace.tb_lineno}"
            inside = inside or (frame is self.of_pass and trace.tb_lasti == self.place)
            trace = trace.tb_next
        return place, inside
