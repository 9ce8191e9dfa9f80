"""Following a training: now and then a light record, and of every layer what may die in it.

What is followed are the figures of Glorot and Bengio, "Understanding the difficulty of training deep
feedforward neural networks", AISTATS 2010 (activations and gradients layer by layer), of Ioffe and
Szegedy, "Batch normalization", ICML 2015, and the ratio of update to weight, of which about 1e-3 is
usual (Karpathy, CS231n course notes, "Neural networks part 3").
"""

from __future__ import annotations

import math
from threading import get_ident
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.watchers import Watcher
from .arrays import rounded
from .operations import number
from .record import FORMAT, OPERATION, VERSION, Record
from .recorder import Recorder

TOO_FAR = 1e3  # between the gradients of two layers, or of an activation from its start
USUAL_RATIO = 1e-3
DEAD = 0.5  # share of units


class Training(Watcher):
    """Writes down one backward pass in `every`, from the first.

    A step of the training is what happens up to the end of a backward pass that writes to `grad`.
    Its update is seen when the next step begins, or the block ends.
    """

    def __init__(self, every: int) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"explore: every must be a whole number of at least 1, got {every!r}")
        self.every = every
        self.at: list[int] = []
        self.loss: list[float] = []
        self.layers: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self.parameters: dict[str, dict[str, Any]] = {}
        self.last: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self._count = -1  # of the step under way
        self._between = True  # the last pass has ended, or there was none
        self._recorder: Recorder | None = None
        self._dead: dict[int, float] = {}
        self._weights: list[tuple[Any, np.ndarray]] = []  # as they were at the pass
        self._named: list[tuple[str, Any, np.ndarray]] = []  # of the last step written down
        self._frame: Any = None
        self._thread = get_ident()

    def open(self, frame: Any) -> None:
        """Take the current thread for the one to record."""
        self._thread = get_ident()
        self._frame = frame

    def __exit__(self, kind: Any = None, error: Any = None, trace: Any = None) -> None:
        super().__exit__(kind, error, trace)
        if self._recorder is not None:
            self._write(error)
        elif error is not None:
            self.error = {"type": type(error).__name__, "message": str(error), "node": -1}
        self._updates()
        self._frame = None

    # ------------------------------------------------------------------ what the tape tells

    def made(self, node: Any, args: Any, values: Any) -> None:
        """Begin a step where one is due, and pass the event on."""
        if get_ident() != self._thread:
            return
        if self._between:
            self._begin()
        if self._recorder is not None:
            self._recorder.made(node, args, values)
            out = values[len(node.operation.names)]
            row = len(self._recorder.nodes["kind"]) - 1
            self._dead[row] = dead_share(out)

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.pulled(node, g, given, answers)

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.arrived(at, term, total)

    def freed(self, node: Any) -> None:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.freed(node)

    def accumulated(self, leaf: Any) -> None:
        """The pass has ended: the next operation begins another step."""
        if get_ident() != self._thread:
            return
        self._between = True
        if self._recorder is not None:
            self._recorder.accumulated(leaf)
            self._weights.append((leaf, np.array(leaf._data)))

    # ------------------------------------------------------------------ steps

    def _begin(self) -> None:
        if self._recorder is not None:
            self._write(None)
        self._updates()
        self._count += 1
        self._between = False
        if self._count % self.every == 0:
            self._recorder = Recorder("light")
            self._recorder.open(self._frame)
            self._dead = {}

    def _write(self, error: BaseException | None) -> None:
        """Take from the recorder of this step what is followed, and let it go."""
        recorder = self._recorder
        self._recorder = None
        if recorder is None:
            return
        names = {id(leaf): recorder.rows_of([leaf])[0] for leaf, _ in self._weights}
        recorder.close(error)
        data = recorder.data("step")
        self.error = data["error"]
        if not data["passes"]["first"]:
            self._weights = []
            return
        self.last = data
        record = Record(data)
        self.at.append(self._count)
        root = record.nodes["value"][data["passes"]["roots"][-1][0]]
        exact = recorder.arrays.number(root)
        self.loss.append(float(record.arrays["mean"][root]) if exact is None else exact)
        places = self._follow_layers(record)
        named = []
        for leaf, weight in self._weights:
            row = names[id(leaf)]
            name = record.label(row)
            series = self.parameters.setdefault(name, {"layer": "", "ratio": {}, "gradient": {}})
            series["layer"] = places.get(record.nodes["group"][row], series["layer"])
            series["gradient"][self._count] = _std(record, record.nodes["gradient"][row])
            named.append((name, leaf, weight))
        self._named = named
        self._weights = []

    def _follow_layers(self, record: Record) -> dict[int, tuple[str, str]]:
        """Note the output of every innermost module, and of every operation outside of all."""
        inner = set(range(len(record.groups["name"]))) - set(record.groups["parent"])
        last: dict[int, int] = {}
        for node, kind in enumerate(record.nodes["kind"]):
            if kind == OPERATION and record.nodes["pass"][node] < 0:
                last[record.nodes["group"][node]] = node
        places = {}
        for group, node in last.items():
            if group not in inner:
                continue
            name = record.groups["path"][group]
            if record.groups["fused"][group]:
                name = f"{name}, {record.groups['name'][group].split(', ')[1]}"
            if again := record.groups["call"][group]:
                name = f"{name}, call {again + 1}"
            key = places[group] = name, record.groups["kind"][group]
            series = self.layers.setdefault(
                key,
                {"mean": {}, "std": {}, "dead": {}, "gradient": {}},  # type: ignore[arg-type]
            )
            value = record.nodes["value"][node]
            for column, x in {
                "mean": float(record.arrays["mean"][value]),
                "std": _std(record, value),
                "dead": self._dead.get(node, 0.0),
                "gradient": _std(record, record.nodes["gradient"][node]),
            }.items():
                series[column][self._count] = x  # type: ignore[call-overload]
        return places

    def _updates(self) -> None:
        """How far the weights of the last step that was written down have moved since."""
        for name, leaf, before in self._named:
            moved = np.subtract(leaf._data, before, dtype=np.float64)
            size = float(np.std(before, dtype=np.float64))
            if size > 0 and before.ndim > 1:  # biases and scales begin anywhere, even at 0
                ratio = float(np.std(moved)) / size
                self.parameters[name]["ratio"][self.at[-1]] = ratio
        self._named = []

    # ------------------------------------------------------------------ the record

    def record(self) -> Record:
        """What was followed, as a record of the kind "training"."""
        order = {key: i for i, key in enumerate(self.layers)}

        def column(series: Any) -> list[Any]:
            known = [series.get(at) for at in self.at]
            return [None if x is None else rounded([x], 4)[0] for x in known]

        layers: dict[str, list[Any]] = {
            "name": [name for name, _ in self.layers],
            "kind": [kind for _, kind in self.layers],
        }
        for name in ("mean", "std", "dead", "gradient"):
            layers[name] = [column(series[name]) for series in self.layers.values()]
        parameters: dict[str, list[Any]] = {
            "name": list(self.parameters),
            "layer": [order.get(p["layer"], -1) for p in self.parameters.values()],
        }
        for name in ("ratio", "gradient"):
            parameters[name] = [column(p[name]) for p in self.parameters.values()]
        count = len(self.at)
        return Record(
            {
                **{"format": FORMAT, "version": VERSION, "kind": "training", "level": "light"},
                "title": f"{count} step{'s' if count != 1 else ''} of a training, one in {self.every}",
                "lacks": [] if count else ["steps: no backward pass was run in the block"],
                "error": self.error,
                **{"every": self.every, "at": self.at, "loss": rounded(self.loss, 6)},
                **{"layers": layers, "parameters": parameters},
                "worst": worst(layers, parameters),
                "last": self.last,
            }
        )


def dead_share(out: Any) -> float:
    """The share of units (along axis 1) that are 0 for every example.

    >>> dead_share(np.array([[0.0, 1.0], [0.0, 0.0]]))
    0.5
    """
    if not isinstance(out, np.ndarray) or out.ndim < 2 or not out.size:
        return 0.0
    alive = (out != 0).any(axis=(0, *range(2, out.ndim)))
    return float(1 - alive.mean())


def _std(record: Record, array: int) -> float:
    """The spread of an array, infinite or NaN where some element is."""
    if array < 0:
        return math.nan
    arrays = record.arrays
    if arrays["nan"][array]:
        return math.nan
    return math.inf if arrays["inf"][array] else float(arrays["std"][array])


def worst(layers: dict[str, list[Any]], parameters: dict[str, list[Any]]) -> dict[str, Any] | None:
    """The layer that is worst off at the last step, and a sentence that says by what.

    In this order: NaN and infinity, where they began; a gradient or an activation that is a thousand
    times less than at another layer, having vanished on its way, or more, having exploded; dead
    units; otherwise the parameter whose ratio of update to weight is the furthest from 1e-3.
    """
    names = [f"{n} · {k}" if n else k for n, k in zip(layers["name"], layers["kind"], strict=True)]
    last = {
        column: [next((x for x in reversed(s) if x is not None), None) for s in layers[column]]
        for column in ("mean", "std", "dead", "gradient")
    }

    def answer(layer: int, sentence: str, parameter: int = -1) -> dict[str, Any]:
        return {"layer": layer, "parameter": parameter, "sentence": f"worst: {sentence}"}

    for i, name in enumerate(names):
        for column, word in (("std", "activation"), ("gradient", "gradient")):
            x = float(last[column][i] if last[column][i] is not None else 0.0)
            if not math.isfinite(x):
                # a gradient comes from the loss: the last layer that has it is where it began
                at = i
                if column == "gradient":
                    at = max(
                        k for k, v in enumerate(last[column]) if v is not None and not _finite(v)
                    )
                what = "NaN" if math.isnan(float(last[column][at])) else "infinite"
                return answer(at, f"{names[at]} has {what} values in its {word}")
    gradients = {i: float(x) for i, x in enumerate(last["gradient"]) if x is not None}
    if len(gradients) > 1:
        small, large = (
            min(gradients, key=gradients.__getitem__),
            max(gradients, key=gradients.__getitem__),
        )
        low, high = gradients[small], gradients[large]
        if high > TOO_FAR * low:
            times = "infinitely" if not low else f"{number(high / low)} times"
            if small < large:
                return answer(
                    small,
                    f"{names[small]}: its gradient vanishes: std {number(low)}, {times} less than "
                    f"{number(high)} at {names[large]}",
                )
            return answer(
                large,
                f"{names[large]}: its gradient explodes: std {number(high)}, {times} more than "
                f"{number(low)} at {names[small]}",
            )
    stds = {i: float(x) for i, x in enumerate(last["std"]) if x}
    if len(stds) > 1:
        small, large = min(stds, key=stds.__getitem__), max(stds, key=stds.__getitem__)
        if stds[large] > TOO_FAR * stds[small]:
            at, word = (large, "explodes") if large > small else (small, "vanishes")
            other = small if at == large else large
            return answer(
                at,
                f"{names[at]}: its activation {word}: std {number(stds[at])}, against "
                f"{number(stds[other])} at {names[other]}",
            )
    dead = [x or 0.0 for x in last["dead"]]
    if dead and max(dead) >= DEAD:
        i = dead.index(max(dead))
        return answer(i, f"{names[i]}: {dead[i]:.0%} of its units are dead (0 for every example)")
    ratios = {}
    for k, series in enumerate(parameters["ratio"]):
        x = next((x for x in reversed(series) if x is not None), None)
        if x is not None and float(x) > 0:
            ratios[k] = float(x)
    if not ratios:
        return None
    k = max(ratios, key=lambda k: abs(math.log10(ratios[k] / USUAL_RATIO)))
    return answer(
        parameters["layer"][k],
        f"{parameters['name'][k]}: its update is {number(ratios[k])} of the weight; about "
        f"{USUAL_RATIO:g} is usual",
        k,
    )


def _finite(x: Any) -> bool:
    return math.isfinite(float(x))
