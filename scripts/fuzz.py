"""Call the whole public API with ordinary and hostile arguments, and look for what must not be.

    python scripts/fuzz.py [CALLS] [--seed N] [--cpu PATHS] [--name TEXT] [--only NUMBER]

CALLS (10,000; a nightly run takes 1,000,000) are drawn for each path in PATHS, such as
"generic,avx2", or for the one that is chosen when minigrad is imported. A call is made from the
seed and its number alone, so that `--only NUMBER` shows one again, with its arguments and its
traceback. Exits with 1 if there is anything to report. After each call is looked whether

    - what was raised is a ValueError, TypeError, IndexError or RuntimeError, in words of our own
    - the arguments are as they were (those of in-place functions too, where an error was raised)
    - tensors have dtypes that tensors can have
    - NumPy warned only where a number among the arguments, results or gradients is not finite
    - a result requires a gradient where an argument does
    - the backward pass runs, and its gradients have the shapes and dtypes of their tensors
    - they agree with differences of the results, where all is float64, finite and smooth
    - the interpreter is alive, after at most a minute

`scripts/sanitize.sh` runs this under AddressSanitizer. What is drawn is said in fuzz_arguments.py.
"""

from __future__ import annotations

import argparse
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from fuzz_arguments import HUGE, Array, Draw, recipe
from fuzz_calls import CALLS

import minigrad as mg
from minigrad.engine.tensor import tensor_of

RAISED = (ValueError, TypeError, IndexError, RuntimeError)
NOT_RAISED = (NotImplementedError, RecursionError, UnicodeError)
ACCIDENTS = (
    "has no attribute", "is not iterable", "is not subscriptable", "is not callable", "unpack",
    "unsupported operand", "not supported between", "object cannot be interpreted", "has no len()",
    "must be real number", "argument must be a string", "unhashable",
    "could not be broadcast", "ufunc", "Cannot cast", "'NoneType' and",
)  # fmt: skip
"""What Python and NumPy say, where it is not a message of ours that says more."""
SECONDS = 60
STEP = 1e-6


class Report(Exception):
    """Something that must not be."""


def arrays_in(value: Any) -> Iterator[Array]:
    if isinstance(value, Array):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from arrays_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from arrays_in(item)


def holds(wanted: Any, value: Any) -> bool:
    """Is this number somewhere among the arguments?"""
    if isinstance(value, list | tuple):
        return any(holds(wanted, item) for item in value)
    if isinstance(value, dict):
        return any(holds(wanted, item) for item in value.values())
    return type(value) is type(wanted) and value == wanted


def built(value: Any, at: dict[int, np.ndarray]) -> Any:
    """The arguments with arrays in the place of what was drawn; `at`: other values for some."""
    if isinstance(value, Array):
        return value.build(at.get(id(value)))
    if type(value) in (list, tuple):
        return type(value)(built(item, at) for item in value)
    if type(value) is dict:
        return {key: built(item, at) for key, item in value.items()}
    return value


def without_arrays(value: Any) -> Any:
    """The arguments with "" in the place of drawn arrays, which take long to be written."""
    if isinstance(value, Array):
        return ""
    if type(value) in (list, tuple):
        return [without_arrays(item) for item in value]
    if type(value) is dict:
        return [*map(without_arrays, value.values())]
    return value


def tensors_in(value: Any) -> Iterator[mg.Tensor]:
    if isinstance(value, mg.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)


def is_float(tensor: mg.Tensor) -> bool:
    return (
        np.dtype(
            tensor.numpy().dtype if not tensor.requires_grad else tensor.detach().numpy().dtype
        ).kind
        == "f"
    )


def all_finite(arrays: Iterator[Any]) -> bool:
    """Is everything finite, and so are its squares?"""
    for a in arrays:
        a = a.detach().numpy() if isinstance(a, mg.Tensor) else a
        if a.dtype.kind == "f" and not (np.abs(a) < 1e15).all():
            return False
    return True


def without_crossing(
    directions: list[np.ndarray], leaves: list[Array], floats: list[Array]
) -> list[np.ndarray]:
    """Directions in which no step brings two numbers past each other, nor one past 0.

    What sorts, chooses or compares has a kink where two numbers tie: there a difference is none
    of the derivative. An element is moved by at most a quarter of its way to the nearest other.
    """
    others = np.sort(np.concatenate([[-np.inf, 0.0, np.inf], *(a.values.ravel() for a in floats)]))
    short = []
    for direction, leaf in zip(directions, leaves, strict=True):
        first = np.searchsorted(others, leaf.values)  # the element itself, or one of its equals
        last = np.searchsorted(others, leaf.values, side="right")
        ways = np.minimum(leaf.values - others[first - 1], others[last] - leaf.values)
        most = np.where(last - first > 1, 0.0, ways) / (4 * STEP)
        short.append(np.clip(direction, -most, most))
    return short


class Call:
    """One call of the API, drawn from a number."""

    def __init__(self, seed: int, number: int, names: list[str]) -> None:
        self.draw = draw = Draw(seed * 1_000_000_007 + number)
        self.number, self.name = number, draw.choice(names)
        self.call = CALLS[self.name]
        given = recipe(draw, self.call.recipe)
        self.args, self.kwargs = self.call.draw(draw, given)
        self.arrays = list(arrays_in([self.args, self.kwargs]))
        self.extreme = (
            not all_finite(a.values for a in self.arrays)
            or any(
                holds(v, [self.args, self.kwargs])
                for v in (1e308, 10**30, HUGE, -(2**63), 2**63, 2**63 - 1)
            )
            or self.says_infinite()
        )
        self.has_tensor = any(a.form not in ("array", "list") for a in self.arrays)
        self.in_place = self.call.in_place or (self.call.has_inplace and self.holds_truth())

    def says_infinite(self) -> bool:
        """Is there a NaN, an infinity or HUGE among what is no drawn array, however deep?

        HUGE in an array of integers too: a sum with it has no digit left for a difference.
        """
        words = str(without_arrays([self.args, self.kwargs]))
        return any(word in words for word in ("nan", "inf", str(HUGE)))

    def holds_truth(self) -> bool:
        """Is there anything that `inplace` may be given?"""
        others = [*self.args[1:], *self.kwargs.values()]
        return any(not isinstance(v, Array) and v is not None and v is not False for v in others)

    def holds_small(self) -> bool:
        """Is there a number that a step may count more than once?"""
        numbers = [v for v in (*self.args, *self.kwargs.values()) if isinstance(v, float)]
        return any(
            (np.abs(v) < 1000 * STEP).any() for v in (*numbers, *(a.values for a in self.arrays))
        )

    def run(self, at: dict[int, np.ndarray] | None = None) -> Any:
        args, kwargs = built(self.args, at or {}), built(self.kwargs, at or {})
        mg.manual_seed(0)
        return self.call.function(*args, **kwargs)

    def __str__(self) -> str:
        given = [repr(a) for a in self.args] + [f"{k}={v!r}" for k, v in self.kwargs.items()]
        return f"call {self.number}: {self.name}({', '.join(given)})"

    def check(self) -> bool:
        """Run it; whether it gave a result. Raises Report."""
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            result = self.attempt()
        told = told if result else []  # an error has said more
        for warning in told:
            numeric = issubclass(warning.category, RuntimeWarning)
            honest = numeric and (self.extreme or "divide by zero" in str(warning.message))
            if not issubclass(warning.category, UserWarning) and not honest:
                raise Report(f"warned of {warning.category.__name__}: {warning.message}")
        return result

    def attempt(self) -> bool:
        try:
            out = self.run()
        except MemoryError:
            self.unchanged(True)
            return False
        except OverflowError:
            if self.name != "python.int":  # of infinity: Python's own error
                raise
            return False
        except RAISED as error:
            if isinstance(error, NOT_RAISED):
                raise Report(f"raised {type(error).__name__}: {error}") from error
            text = str(error)
            if self.name.startswith("operator.") and not self.has_tensor:
                return False  # NumPy's or Python's own
            if not text or (": " not in text and any(word in text for word in ACCIDENTS)):
                raise Report(f"says only {type(error).__name__}: {error}") from error
            self.unchanged(True)
            return False
        except Report:
            raise
        except Exception as error:
            raise Report(f"raised {type(error).__name__}: {error}") from error
        self.unchanged(not self.in_place)
        self.extreme = self.extreme or not all_finite(tensors_in(out))
        for t in tensors_in(out):
            if t.dtype.kind not in "iub" and t.dtype not in (np.float32, np.float64):
                raise Report(f"gave a tensor of {t.dtype}")
        if self.call.differentiable:
            self.differentiate(out)
        return True

    def unchanged(self, wanted: bool) -> None:
        for a in self.arrays:
            if wanted and a.memory is not None:
                same = np.array_equal(a.memory, a.values, equal_nan=a.values.dtype.kind == "f")
                if not same:
                    raise Report(f"changed its argument {a!r} to {a.memory!r}")

    def differentiate(self, out: Any) -> None:
        leaves = [a for a in self.arrays if a.leaf is not None]
        outs = [t for t in tensors_in(out) if is_float(t)]
        recorded = [t for t in outs if t.requires_grad]
        if not leaves or not outs or "out" in self.kwargs:  # which refuses what is recorded
            return
        if not recorded:
            if not (self.call.constant or self.call.may_lose):
                raise Report("lost the gradient: nothing of what it gave requires one")
            return
        numbers = np.random.default_rng(self.number)
        try:  # an expanded tensor may have more elements than there is memory
            seeds = [numbers.standard_normal(t.shape).astype(t.dtype) for t in recorded]
            values = [t.detach().numpy().copy() for t in recorded]
        except (MemoryError, ValueError):
            return
        try:
            mg.autograd.backward(recorded, [tensor_of(s) for s in seeds])
        except Exception as error:
            if "have no derivative" in str(error):
                return
            raise Report(f"backward raised {type(error).__name__}: {error}") from error
        self.unchanged(not self.in_place)
        for a in leaves:
            grad = a.leaf.grad
            self.extreme = self.extreme or (grad is not None and not all_finite([grad]))
            if grad is not None and (grad.shape != a.leaf.shape or grad.dtype != a.leaf.dtype):
                raise Report(f"gave {a!r} a gradient of {grad.shape}, {grad.dtype}")
        if not self.call.constant:
            self.compare(leaves, seeds, values)

    def compare(
        self, leaves: list[Array], seeds: list[np.ndarray], values: list[np.ndarray]
    ) -> None:
        """The derivative in one direction beside differences of the results."""
        floats = [a for a in self.arrays if a.values.dtype.kind == "f"]
        if (
            self.extreme
            or not all(a.smooth for a in floats)
            or not all(np.isfinite(v).all() for v in values)
        ):
            return
        if any(v.dtype != np.float64 for v in values):
            return
        numbers = np.random.default_rng(self.number)
        directions = [numbers.standard_normal(a.values.shape) for a in leaves]
        directions = without_crossing(directions, leaves, floats)
        grads = [None if a.leaf.grad is None else a.leaf.grad.numpy() for a in leaves]
        analytic = sum(
            float((g * d).sum()) for g, d in zip(grads, directions, strict=True) if g is not None
        )
        if not np.isfinite(analytic):
            return

        def along(step: float) -> float:
            at = {id(a): a.values + step * d for a, d in zip(leaves, directions, strict=True)}
            outs = [
                t.detach().numpy()
                for t in tensors_in(self.run(at))
                if t.requires_grad and is_float(t)
            ]
            if [o.shape for o in outs] != [s.shape for s in seeds]:
                return float("nan")
            return sum(float((s * o).sum()) for s, o in zip(seeds, outs, strict=True))

        terms = sum(float(np.abs(s * v).sum()) for s, v in zip(seeds, values, strict=True))
        try:
            here, ahead, behind = along(0.0), along(STEP), along(-STEP)
        except RAISED:  # a neighbour outside of what is allowed
            return
        forward, backward = (ahead - here) / STEP, (here - behind) / STEP
        steep = max(abs(forward), abs(analytic)) > 100 or self.holds_small()
        if steep and any(word in self.name for word in ("mod", "remainder", "div")):
            return  # whose results jump as often as that, or at every step
        scale = 1 + abs(forward) + abs(backward) + abs(analytic)
        smooth = abs(forward - backward) <= 1e-3 * scale
        if smooth and abs((forward + backward) / 2 - analytic) > 1e-4 * scale + 1e-8 * terms:
            lost = " (and an argument has none)" if None in [type(g) for g in grads] else ""
            raise Report(
                f"gradient {analytic:.9g} where differences say "
                f"{(forward + backward) / 2:.9g}{lost}"
            )


def shown(error: BaseException) -> str:
    """Where an error came from: the last line of minigrad's, and of anybody's."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f"{os.sep}minigrad{os.sep}" in f.filename]
    return (
        " <- ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(ours[-2:]))
        if ours
        else "?"
    )


def too_long(*_: Any) -> None:
    raise Report(f"took more than {SECONDS} s")


def work(options: argparse.Namespace, numbers: range, at: Any) -> int:
    """Make the calls, print what is to be reported, each kind once."""
    names = [name for name in CALLS if options.name in name]
    seen: dict[str, int] = {}
    results = 0
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, too_long)
    for number in numbers:
        at[:8] = number.to_bytes(8, "little")
        call = Call(options.seed, number, names)
        if options.only is not None:
            print(call, flush=True)
        if hasattr(signal, "SIGALRM"):
            signal.alarm(SECONDS)
            signal.setitimer(signal.ITIMER_PROF, 2 * SECONDS)  # ends it: a loop in C hears no alarm
        try:
            try:
                results += call.check()
            except Report:
                raise
            except Exception as error:  # of what was given back
                raise Report(f"gave what raises {type(error).__name__}: {error}") from error
        except Report as report:
            cause = report.__cause__ or report
            place = shown(cause) if report.__cause__ else ""
            key = f"{call.name}: {str(report).split(':')[0][:40]} {place}"
            seen[key] = seen.get(key, 0) + 1
            if seen[key] == 1:
                print(f"{call}\n    {report}  [{place}]", flush=True)
            if options.only is not None:
                traceback.print_exception(cause)
        finally:
            if hasattr(signal, "SIGALRM"):
                signal.alarm(0)
            reset()
    for key, times in seen.items():
        if times > 1:
            print(f"    {times} times {key}")
    print(f"{len(numbers)} calls, {results} with a result, {len(seen)} reports", flush=True)
    return 1 if seen else 0


def reset() -> None:
    """Undo what a call may have set for all that follow."""
    mg.set_default_dtype("float32")
    mg.set_grad_enabled(True)


def supervise(options: argparse.Namespace, cpu: str) -> int:
    """Run a worker for all calls; where one kills it, report that and go on behind it."""
    environment = dict(os.environ, **({"MINIGRAD_CPU": cpu} if cpu else {}))
    start, end, failed = 0, options.calls, 0
    print(f"{cpu or mg.kernels.config()['cpu']}: seed {options.seed}, {end} calls", flush=True)
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(8))
        file.flush()
        while start < end:
            command = [sys.executable, __file__, str(end), "--seed", str(options.seed)]
            command += ["--name", options.name, "--worker", file.name, "--start", str(start)]
            code = subprocess.run(command, env=environment).returncode
            if code in (0, 1):
                return max(code, failed)
            failed = 1
            number = int.from_bytes(Path(file.name).read_bytes(), "little")
            print(
                f"call {number} ended the interpreter with {code}: see --only {number}", flush=True
            )
            start = number + 1
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("calls", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cpu", default="", help="paths of kernels, with commas between")
    parser.add_argument("--name", default="", help="only calls with this in their names")
    parser.add_argument("--only", type=int, help="the number of one call")
    parser.add_argument("--start", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only is not None:
        return work(options, range(options.only, options.only + 1), bytearray(8))
    if options.worker:
        with open(options.worker, "r+b") as file:
            return work(options, range(options.start, options.calls), mmap.mmap(file.fileno(), 8))
    return max(supervise(options, cpu) for cpu in options.cpu.split(","))


if __name__ == "__main__":
    raise SystemExit(main())
