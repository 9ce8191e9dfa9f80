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


class Call:
    """A call of a module that is under way.

    user : the innermost frame around it that is not minigrad's
    group : the number of its group, -1 until it has one
    pairs : modules within that run as one operation, see `Modules`
    """

    __slots__ = ("frame", "group", "pairs", "user")

    def __init__(self, frame: Any) -> None:
        self.frame, self.group = frame, -1
        self.user = self.pairs = None  # type: Any


class Frames:
    """The interpreter's stack, as the recorder reads it.

    call : the code of `Module.__call__`
    calls : of modules, under way when it was last looked at, outermost first
    compiled : what `minigrad.compile` made, and was called
    block : the frame of the block, the outermost that is looked at; None for all
    of_pass : the frame that runs the backward pass
    lines : the places of the user's code that ran operations, numbered
    """

    def __init__(self, call: Any) -> None:
        self.call = call
        self.calls: list[Call] = []
        self.compiled: list[Any] = []
        self._call: Any = None  # the frame of the newest such call
        self.block: Any = None
        self.of_pass: Any = None
        self.lines: dict[tuple[str, int], int] = {}
        # by the id of a code object, whose own hash takes longer: is it minigrad's?
        self._own: dict[int, bool] = {}
        self._codes: list[Any] = []  # keeps ids taken

    def open(self, frame: Any) -> None:
        """Begin with a block."""
        self.block = None if frame is None or self.is_own(frame) else frame
        self.of_pass = None

    def close(self) -> None:
        """Let go of the frames."""
        self.block, self.of_pass, self._call = None, None, None
        self.calls.clear()

    def begin(self, user: Any) -> None:
        """A backward pass begins in this frame."""
        self.of_pass = user
        self.calls.clear()

    def look(self, frame: Any) -> Any:
        """The user's frame; `calls` are then those around it.

        The way out ends at a call that was seen before, around which all is as it was.
        """
        user = None
        calls, new, known = self.calls, [], 0  # new: innermost first; known: how many still run
        waiting = False  # for a user's frame
        call, block, own = self.call, self.block, self._own
        while frame is not None:
            code = frame.f_code
            if code is call:
                known = len(calls)
                while known and calls[known - 1].frame is not frame:
                    known -= 1
                if known:
                    break
                new.append(Call(frame))
                waiting = True
            elif code is COMPILED:
                self._note(frame)
            elif not (own[key] if (key := id(code)) in own else self.is_own(frame)):
                user = user or frame
                if waiting:
                    waiting = _within(new, frame)
                if frame is block:
                    break
            frame = frame.f_back
        if known:
            outer = calls[known - 1]
            user = user or outer.user
            _within(new, outer.user)
        del calls[known:]
        calls.extend(reversed(new))
        return user

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
        own = self._own.get(id(code))
        if own is None:
            # the frames of compiled modules, in tracebacks, have no whole path
            compiled = frame.f_globals.get("__name__", "").startswith(ENGINE)
            own = self._own[id(code)] = compiled or code.co_filename.startswith(FOLDER)
            self._codes.append(code)
        return own

    def line(self, user: Any) -> int:
        """The number of the line that a frame is at, -1 for no frame."""
        if user is None:
            return -1
        return self.lines.setdefault((user.f_code.co_filename, user.f_lineno), len(self.lines))

    def place_of(self, error: BaseException) -> str:
        """The user's innermost line in a traceback."""
        place = ""
        trace = error.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if not self.is_own(frame):
                place = f"{os.path.basename(frame.f_code.co_filename)}:{trace.tb_lineno}"
            trace = trace.tb_next
        return place


def _within(calls: list[Call], user: Any) -> bool:
    """Tell calls what is further out; none of them waits for a user's frame after that."""
    for call in calls:
        call.user = call.user or user
    return False
