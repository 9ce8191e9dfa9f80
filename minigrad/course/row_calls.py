"""Calls a compiled row in a process that may fall: reads cases as JSON, writes a line a case.

It runs alone, without NumPy and minigrad, so that AddressSanitizer can be loaded before all else
and sees no memory but the row's own.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

LARGEST = 1 << 22  # bytes of a file: a row that prints for ever fills no disk
GUARD = 32  # elements on both sides of an array, where no sanitizer watches
READ = float("nan")  # beside what is read: it spreads to what is computed with it
WRITTEN = -7.0  # beside what is written: a NaN that was read and written on would not show


def function(library: str, name: str, real: Any) -> Any:
    """A row function of a shared library."""
    row = getattr(ctypes.CDLL(library), name)
    pointer, size = ctypes.POINTER(real), ctypes.c_ssize_t
    row.argtypes = [pointer, size, pointer, size, pointer, size, size]
    row.restype = None
    return row


def main() -> None:
    """Run the cases of standard input in their order; results go to the file that is named."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    with open(sys.argv[1], "w", encoding="utf-8") as results:
        if "rows" in job:
            results.write(json.dumps(seconds_a_call(job)))
            return
        for case in job["cases"]:
            real = ctypes.c_float if case["type"] == "float" else ctypes.c_double
            row = function(job["libraries"][case["type"]], "cross_entropy_row", real)
            result = call(row, case, real, libc.malloc, bool(job["guard"]))
            results.write(json.dumps(result) + "\n")
            results.flush()


def call(
    row: Any, case: dict[str, Any], real: Any, malloc: Callable[[int], Any], guard: bool
) -> dict[str, Any]:
    """One call, on memory of exactly the size that is needed."""
    room = GUARD if guard else 0

    def array(numbers: list[float], mark: float = READ) -> tuple[Any, int]:
        count = len(numbers) + 2 * room
        address = malloc(count * ctypes.sizeof(real))
        block = (real * count).from_address(address)
        block[:] = [mark] * room + numbers + [mark] * room
        return block, address + room * ctypes.sizeof(real)

    def inside(block: Any) -> list[float]:
        return list(block)[room : len(block) - room]

    x, x_at = array(case["x"])
    dx, dx_at = (x, x_at) if case["dx"] is None else array(case["dx"], WRITTEN)
    g, g_at = array([case["g"]])
    size = ctypes.sizeof(real)
    pointer = ctypes.POINTER(real)

    def at(address: int, first: int) -> Any:
        return ctypes.cast(address + first * size, pointer)

    row(
        at(dx_at, case["dx_first"]),
        case["dx_stride"],
        at(x_at, case["x_first"]),
        case["x_stride"],
        at(g_at, 0),
        case["label"],
        case["classes"],
    )
    marks = {id(x): READ, id(g): READ, id(dx): READ if dx is x else WRITTEN}
    beside = [
        (b, marks[id(block)])
        for block in (x, dx, g)
        for b in (*block[:room], *block[len(block) - room :])
    ]
    return {
        "dx": inside(dx),
        "x": inside(x),
        "g": inside(g)[0],
        "beside": not room or all(repr(b) == repr(mark) for b, mark in beside),
    }


def seconds_a_call(job: dict[str, Any]) -> float:
    """Nanoseconds an element of many rows, float: the best of several."""
    n, c = job["rows"], job["classes"]
    rows = ctypes.CDLL(job["libraries"]["float"]).course_rows
    size, pointer = ctypes.c_ssize_t, ctypes.POINTER(ctypes.c_float)
    rows.argtypes = [pointer, pointer, pointer, size, size]
    rows.restype = None
    x = (ctypes.c_float * (n * c))(*[(7 * i % 11) / 5 for i in range(n * c)])
    dx, g = (ctypes.c_float * (n * c))(), (ctypes.c_float * 1)(1.0 / n)
    best = float("inf")
    end = time.perf_counter() + job["seconds"]
    while time.perf_counter() < end:
        start = time.perf_counter()
        rows(dx, x, g, n, c)
        best = min(best, time.perf_counter() - start)
    return float(best / (n * c) * 1e9)


if __name__ == "__main__":
    main()
