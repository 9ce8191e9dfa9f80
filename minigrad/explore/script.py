"""Explore the last backward pass of a script, without changing the script.

python -m minigrad.explore [--out FILE] [--level full|light] [--first N] SCRIPT [ARGUMENTS]
"""

from __future__ import annotations

import argparse
import runpy
import sys
import traceback
from pathlib import Path
from threading import get_ident
from typing import Any

from ..engine.tensor import Tensor
from ..engine.watchers import Watcher
from .recorder import LEVELS, Recorder
from .view import ENDINGS, View


class Enough(BaseException):
    """Ends a script that has run as many backward passes as were asked for."""


class Last(Watcher):
    """Keeps the recorder of the last backward pass and of the forward pass before it.

    level : of the recorders; most : end the script after so many passes (0: never)
    complete : has the pass ended that is recorded now?
    """

    def __init__(self, level: str, most: int) -> None:
        self.level = level
        self.most = most
        self.passes = 0
        self.kept: Recorder | None = None  # the last whose pass has ended
        self.current = Recorder(level)
        self.complete = False
        self._depth = 0  # of passes within passes
        self._writes = False  # has a pass written to `grad`?
        self._higher = False  # is the pass recorded itself?
        self._writing = False  # is a `grad` written now?
        self._thread = get_ident()
        self.current.open(None)

    def made(self, node: Any, args: Any, values: Any) -> None:
        """Begin anew after a pass."""
        if get_ident() != self._thread:
            return
        if self.complete and not (self._depth or self._writing):
            self.end()
            self.current = Recorder(self.level)
            self.current.open(None)
        self.current.made(node, args, values)

    def end(self) -> None:
        """Keep what was recorded, if it has a pass."""
        if self.current.passes:
            self.current.close()
            self.kept = self.current
            self.passes += 1
            if self.most and self.passes >= self.most:
                raise Enough
        self.complete = False

    def differentiates(self, roots: Any) -> None:
        """Pass it on."""
        if get_ident() == self._thread:
            self._depth += 1
        self.current.differentiates(roots)

    def differentiated(self, complete: bool) -> None:
        """Pass it on; it ends here if no pass writes to `grad`, as with `autograd.grad`."""
        self.current.differentiated(complete)
        if get_ident() != self._thread:
            return
        self._depth = max(0, self._depth - 1)
        if not self._depth:
            self.complete |= complete and not (self._writes or self._higher)
            self._higher = False

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """Pass it on."""
        if get_ident() == self._thread:
            self._higher = self._higher or isinstance(g, Tensor)
        self.current.pulled(node, g, given, answers)

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """Pass it on."""
        self.current.arrived(at, term, total)

    def freed(self, node: Any) -> None:
        """Pass it on."""
        self.current.freed(node)

    def accumulates(self, leaf: Any, g: Any) -> None:
        """Pass it on."""
        if get_ident() == self._thread:
            self._writing = True  # which create_graph records
            self.current.accumulates(leaf, g)

    def accumulated(self, leaf: Any) -> None:
        """Pass it on: the pass ends."""
        if get_ident() == self._thread:
            self.current.accumulated(leaf)
            self.complete = self._writes = True
            self._writing = False


def main(arguments: list[str] | None = None) -> int:
    """Run a script and write its last backward pass to a page, or open it in the browser."""
    parser = argparse.ArgumentParser(
        prog="python -m minigrad.explore",
        description="Explore the last backward pass of a script.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="a .html, .json, .svg, .dot, .mmd or .txt file; "
        "without it the page opens in the browser",
    )
    parser.add_argument("--level", choices=LEVELS, default="full")
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        metavar="N",
        help="stop the script after N backward passes and explore the N-th",
    )
    parser.add_argument("script", type=Path)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the script")
    given = parser.parse_args(arguments)
    if not given.script.is_file():
        parser.error(f"there is no script {str(given.script)!r}")
    if given.first < 0:
        parser.error(f"--first: wanted a count, got {given.first}")
    if given.out and given.out.suffix not in ENDINGS:
        parser.error(f"--out: wanted a name that ends in {', '.join(ENDINGS)}, got {given.out}")
    if given.out and not given.out.absolute().parent.is_dir():
        parser.error(f"--out: there is no folder {str(given.out.parent)!r}")
    watcher = Last(given.level, given.first)
    before = sys.argv, sys.path[:]
    sys.argv = [str(given.script), *given.arguments]
    sys.path.insert(0, str(given.script.resolve().parent))
    failed: BaseException | None = None
    code = 0
    try:
        with watcher:
            runpy.run_path(str(given.script), run_name="__main__")
    except Enough:
        pass
    except KeyboardInterrupt:
        code = 130  # as a shell says it; the last whole pass is there all the same
    except SystemExit as error:
        failed = error if error.code else None
        code = error.code if isinstance(error.code, int) else int(failed is not None)
    except Exception as error:
        failed, code = error, 1
        traceback.print_exception(error)
    finally:
        sys.argv, sys.path[:] = before
    recorder = watcher.current
    if failed is not None:
        recorder.close(failed)
    elif code and watcher.kept and not watcher.complete:
        recorder = watcher.kept
    elif recorder.passes and recorder is not watcher.kept:
        recorder.close()
    else:
        recorder = watcher.kept or recorder
    if failed is None and not recorder.passes:
        print(
            f"{given.script}: no backward pass was run, so there is nothing to explore",
            file=sys.stderr,
        )
        return code or 1
    view = View(recorder)
    where = view.save(given.out) if given.out else view.show()
    print(f"{view.record.data['title']}: {where}")
    if failed is not None:
        print(f"{given.script} ended by {type(failed).__name__}: {failed}", file=sys.stderr)
    return code
