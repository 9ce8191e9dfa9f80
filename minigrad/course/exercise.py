"""What an exercise is: the calls that are tried, the right answer, and wrong ones with a name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

RTOL = 1e-8  # of float64 answers, relative to the largest element


@dataclass(frozen=True)
class Case:
    """One call of the answer.

    args : its arguments; each call gets copies
    sizes : numbers by name; a wrong factor that follows one of them is named after it
    words : what is particular about this call
    mistake, text : what it is where this call, and only calls like it, go wrong
    """

    args: tuple[Any, ...]
    sizes: dict[str, float] = field(default_factory=dict)
    words: str = ""
    mistake: str = ""
    text: str = ""


@dataclass(frozen=True)
class Twin:
    """A wrong answer that is recognised: an answer that gives the same is the same mistake."""

    mistake: str
    text: str
    function: Callable[..., Any]


@dataclass(frozen=True)
class Finding:
    """What is wrong, in a word and in a sentence."""

    mistake: str
    text: str


@dataclass(frozen=True, eq=False)
class Trial:
    """A call and what came of it: the results by position, or an exception.

    again : the results with another cotangent, None where there is none
    changed : the name of an argument that the call wrote to
    """

    case: Case
    wanted: tuple[np.ndarray, ...]
    got: tuple[Any, ...] = ()
    error: BaseException | None = None
    again: tuple[Any, ...] | None = None
    changed: str = ""


class Unfit(Exception):
    """An answer of another form than is wanted; the message says which."""


Question = Callable[["Exercise", list[Trial]], Finding | None]


@dataclass(frozen=True)
class Exercise:
    """A function of the learner's, and all that the checker knows of it.

    name : of the function
    hints : two, the second nearer to the answer
    right : a right answer
    cases : the calls that are tried; sizes differ from one another, but for one square case
    arguments, outputs : their names; an answer with several outputs gives a tuple
    cotangent : the position of g among the arguments, -1 where there is none
    terms : takes the arguments, gives for each output a dict of name: (factor, array), whose sum is
        the right answer
    said : a mistake as relations and terms find it: the name and the words it has here
    twins : wrong answers that are no combination of terms
    own : questions of this exercise alone, asked before the others
    on_error : of a call that raised, what the exception means in this exercise
    verdict : judges the learner's folder, for an answer that is no Python function
    observe : makes of a function and its arguments what is compared; a plain call if left out
    """

    name: str
    hints: tuple[str, str]
    right: Callable[..., Any]
    cases: Callable[[], Sequence[Case]]
    arguments: tuple[str, ...]
    outputs: tuple[str, ...] = ("the result",)
    cotangent: int = -1
    terms: Callable[..., dict[str, dict[str, tuple[float, Any]]]] | None = None
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    twins: tuple[Twin, ...] = ()
    own: tuple[Question, ...] = ()
    on_error: Callable[[Trial], Finding | None] | None = None
    observe: Callable[[Callable[..., Any], tuple[Any, ...]], Any] | None = None
    rtol: float = RTOL
    verdict: Callable[[Path], list[Finding]] | None = None

    def call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The results of a function on these arguments, always as a tuple."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = self.observe(function, args) if self.observe else function(*args)
        if len(self.outputs) == 1 and not (self.observe and isinstance(result, tuple)):
            return (result,)
        return unpack(result, len(self.outputs))

    def close(self, got: Any, wanted: np.ndarray) -> bool:
        """The same shape, and numbers that are equal but for rounding."""
        array = as_array(got)
        if array is None or array.shape != wanted.shape:
            return False
        return within(array, wanted, self.rtol)


def unpack(result: Any, count: int) -> tuple[Any, ...]:
    """What `a, b = result` would take apart; an array only where it has that many rows."""
    if isinstance(result, (tuple, list, Iterator)):
        return tuple(result)
    if isinstance(result, np.ndarray) and result.ndim > 1 and len(result) == count:
        return tuple(result)
    return (result,)


def number(value: Any, name: str) -> float:
    """The one number of an answer.  Raises Unfit."""
    if value is None:
        raise Unfit("it returns None: is a `return` missing?")
    array = as_array(value)
    if array is None or array.size != 1:
        kind = f"is a {type(value).__name__}" if array is None else f"has shape {array.shape}"
        raise Unfit(f"{name} {kind}, wanted a number")
    return float(array.reshape(()))


def within(got: np.ndarray, wanted: np.ndarray, rtol: float) -> bool:
    """Equal but for rounding, relative to the largest element; NaN is never equal."""
    scale = float(np.abs(wanted).max(initial=0.0)) or 1.0
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(got - wanted) <= rtol * scale))


def as_array(got: Any) -> np.ndarray | None:
    """The numbers of an answer, None where it is nothing that has some."""
    try:
        array = np.asarray(got.detach() if hasattr(got, "detach") else got)
    except Exception:
        return None
    return array if array.dtype.kind in "fiub" else None


def copies(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments, arrays copied."""
    return tuple(np.array(a) if isinstance(a, np.ndarray) else a for a in args)
