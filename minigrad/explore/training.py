"""Following a training: now and then a light record, and of every layer what may die in it.

What is followed are the figures of Glorot and Bengio, "Understanding the difficulty of training
deep feedforward neural networks", AISTATS 2010 (activations and gradients layer by layer), of Ioffe
and Szegedy, "Batch normalization", ICML 2015, and the ratio of update to weight, of which about
1e-3 is usual (Karpathy, CS231n course notes, "Neural networks part 3").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from threading import get_ident
from typing import Any

import numpy as np

from ..engine.tape import Node
from ..engine.tensor import Tensor
from ..engine.watchers import Watcher
from .arrays import json_numbers
from .record import FORMAT, LEAF, OPERATION, VERSION, Record
from .recorder import Recorder
from .worst import worst

Name = tuple[str, str]  # the caller's variable for a module, and a path in it; or "" and a name
Layer = tuple[str, str, str]  # and a kind


class Training(Watcher):
    """Writes down one backward pass in `every`, from the first.

    A step of the training is what happens up to the end of a backward pass that writes to `grad`;
    where no pass does, as with `autograd.grad`, up to the end of any that is not recorded itself.
    Its update is seen when the next step begins, or the block ends.
    """

    def __init__(self, every: int) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"explore: every must be a whole number of at least 1, got {every!r}")
        self.every = every
        self.at: list[int] = []
        self.loss: list[float | None] = []
        # by the caller's variable, the name within, and the kind; then by the step
        self.layers: dict[Layer, dict[str, dict[int, float]]] = {}
        self.parameters: dict[Name, dict[str, Any]] = {}
        self._order: list[Layer] = []  # in which they run
        self.last: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self._count = -1  # of the step under way
        self._between = True  # the last pass has ended, or there was none
        self._depth = 0  # of passes within passes
        self._writes = False  # has a pass written to `grad`?
        self._higher = False  # is the pass recorded itself?
        self._writing = False  # is a `grad` written now?
        self._reached: dict[int, Any] = {}  # leaves, by id
        self._recorder: Recorder | None = None
        self._dead: dict[int, float] = {}
        self._weights: list[tuple[Any, np.ndarray]] = []  # as they were at the pass
        self._named: list[tuple[Name, Any, np.ndarray]] = []  # of the last step written down
        self._frame: Any = None
        self._thread = get_ident()

    def open(self, frame: Any) -> None:
        """Take the current thread for the one to record."""
        self._thread = get_ident()
        self._frame = frame

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)
        error = exc[1]
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
        if self._between and not (self._depth or self._writing):
            self._begin()
        if self._recorder is not None:
            self._recorder.made(node, args, values)
            out = values[len(node.operation.names)]
            self._dead[self._recorder.graph.count - 1] = dead_share(out)

    def differentiates(self, roots: Any) -> None:
        """Pass it on."""
        if get_ident() == self._thread:
            self._depth += 1
        if self._recorder is not None:
            self._recorder.differentiates(roots)

    def differentiated(self, complete: bool) -> None:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.differentiated(complete)
        if get_ident() != self._thread:
            return
        self._depth = max(0, self._depth - 1)
        if self._depth:
            return
        if complete and not (self._writes or self._higher):
            self._between = True
            self._weights = [(leaf, np.array(leaf._data)) for leaf in self._reached.values()]
        self._higher = False
        self._reached.clear()

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """Pass it on."""
        if get_ident() == self._thread:
            self._higher = self._higher or isinstance(g, Tensor)
        if self._recorder is not None:
            self._recorder.pulled(node, g, given, answers)

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.arrived(at, term, total)
            if get_ident() == self._thread and not isinstance(at, Node):
                self._reached[id(at)] = at

    def freed(self, node: Any) -> None:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.freed(node)

    def accumulates(self, leaf: Any, g: Any) -> None:
        """Pass it on."""
        if get_ident() == self._thread:
            self._writing = True  # which create_graph records
            if self._recorder is not None:
                self._recorder.accumulates(leaf, g)

    def accumulated(self, leaf: Any) -> None:
        """The pass has ended: the next operation outside of passes begins another step."""
        if get_ident() != self._thread:
            return
        if not self._writes:
            self._writes = True
            self._weights.clear()
        self._between, self._writing = True, False
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
        names = {id(leaf): recorder.graph.rows_of([leaf])[0] for leaf, _ in self._weights}
        recorder.close(error)
        data = recorder.data("step")
        self.error = data["error"]
        if not data["passes"]["first"]:
            self._weights = []
            return
        self.last = data
        record = Record(data)
        self.at.append(self._count)
        outermost = [one for one in recorder.passes if one.around is None]
        root = record.nodes["value"][outermost[-1].roots[0]]
        exact = recorder.arrays.number(root)
        known = None if root < 0 else float(record.arrays["mean"][root])  # None: made before
        self.loss.append(known if exact is None else exact)
        modules = recorder.graph.modules
        whole = {names[id(leaf)]: modules.within.get(id(leaf)) for leaf, _ in self._weights}
        places = self._follow_layers(record, modules.variables, whole)
        named = []
        for leaf, weight in self._weights:
            row = names[id(leaf)]
            name = _name(record, row, whole)
            series = self.parameters.setdefault(name, {"layer": None, "ratio": {}, "gradient": {}})
            group = record.nodes["group"][row]
            series["layer"] = places.get(~row, places.get(group, series["layer"]))
            gradient = record.nodes["gradient"][row]
            series["gradient"][self._count] = _magnitude(record, gradient)
            named.append((name, leaf, weight))
        self._named = named
        self._weights = []

    def _follow_layers(
        self, record: Record, variables: Sequence[str], whole: Mapping[int, Name | None]
    ) -> dict[int, Layer]:
        """Note the output of every innermost module; outside of these, of what uses a weight.

        Returns what a node of a group, or such a weight, belongs to.
        """
        inner = set(range(len(record.groups["name"]))) - set(record.groups["parent"])
        last: dict[int, int] = {}
        alone: dict[int, int] = {}  # of a leaf: its first use outside of these modules
        for node, kind in enumerate(record.nodes["kind"]):
            if kind == OPERATION and record.nodes["pass"][node] < 0:
                group = record.nodes["group"][node]
                if group in inner:
                    last[group] = node
                    continue
                for source in (record.edges["from"][edge] for edge in record.inputs[node]):
                    many = len(record.shape(record.nodes, source)) > 1
                    if many and record.nodes["kind"][source] == LEAF:
                        alone.setdefault(source, node)
        places: dict[int, Layer] = {}
        for group in last:
            name = record.groups["path"][group]
            if record.groups["fused"][group]:
                name = f"{name}, {record.groups['name'][group].split(', ')[1]}"
            if again := record.groups["call"][group]:
                name = f"{name}, call {again + 1}"
            places[group] = variables[group], name, record.groups["kind"][group]
        for leaf, node in alone.items():
            places[~leaf] = *_name(record, leaf, whole), record.operation(node)
        nodes = {**last, **{~leaf: node for leaf, node in alone.items()}}
        place = 0
        for thing in sorted(nodes, key=nodes.__getitem__):
            key = places[thing]
            if key not in self.layers:
                self._order.insert(place, key)
            place = self._order.index(key) + 1  # a layer that comes later stands behind this one
            self._follow(record, nodes[thing], key)
        return places

    def _follow(self, record: Record, node: int, key: Layer) -> None:
        """Note the figures of a layer's output."""
        series = self.layers.setdefault(key, {k: {} for k in ("mean", "std", "dead", "gradient")})
        value, gradient = record.nodes["value"][node], record.nodes["gradient"][node]
        series["mean"][self._count] = _of_finite(record, value, "mean")
        series["std"][self._count] = _of_finite(record, value, "std")
        series["gradient"][self._count] = _magnitude(record, gradient)
        if "dropout" not in record.operation(node):  # which kills units on purpose
            series["dead"][self._count] = self._dead.get(node, 0.0)

    def _updates(self) -> None:
        """How far the weights of the last step that was written down have moved since."""
        for name, leaf, before in self._named:
            if leaf._data.shape != before.shape:  # `leaf.data` was set: that is no update
                continue
            if before.ndim < 2 or not before.size:  # biases and scales begin anywhere, even at 0
                continue
            with np.errstate(all="ignore"):
                moved = np.subtract(leaf._data, before, dtype=np.float64)
            size = _rms(before.astype(np.float64))
            if size > 0:
                self.parameters[name]["ratio"][self.at[-1]] = _rms(moved) / size
        self._named = []

    # ------------------------------------------------------------------ the record

    def record(self) -> Record:
        """What was followed, as a record of the kind "training"."""
        order = {key: i for i, key in enumerate(self._order)}

        def numbers(known: Iterable[float | None], digits: int) -> list[Any]:
            return [None if x is None else json_numbers([x], digits)[0] for x in known]

        def column(series: Any) -> list[Any]:
            return numbers([series.get(at) for at in self.at], 4)

        layers: dict[str, list[Any]] = {
            "name": _names([key[:2] for key in self._order]),
            "kind": [kind for _, _, kind in self._order],
        }
        for name in ("mean", "std", "dead", "gradient"):
            layers[name] = [column(self.layers[key][name]) for key in self._order]
        parameters: dict[str, list[Any]] = {
            "name": _names(self.parameters),
            "layer": [order.get(p["layer"], -1) for p in self.parameters.values()],
        }
        for name in ("ratio", "gradient"):
            parameters[name] = [column(p[name]) for p in self.parameters.values()]
        count = len(self.at)
        return Record(
            {
                "format": FORMAT,
                "version": VERSION,
                "kind": "training",
                "level": "light",
                "title": f"training: {count} step{'s' * (count != 1)}, one in {self.every}",
                "lacks": [] if count else ["steps: no backward pass was run in the block"],
                "error": self.error,
                "every": self.every,
                "at": self.at,
                "loss": numbers(self.loss, 6),
                "layers": layers,
                "parameters": parameters,
                "worst": worst(layers, parameters, self.at),
                "last": self.last,
            }
        )


def _name(record: Record, leaf: int, whole: Mapping[int, Name | None]) -> Name:
    """A name that a leaf keeps, whatever other modules a step runs."""
    known = whole.get(leaf)
    return known if known and known[0] else ("", record.label(leaf))


def _names(keys: Iterable[Name]) -> list[str]:
    """The names within a module, behind its variable's where there are several modules.

    >>> _names([("net", "0"), ("net", "1")]), _names([("g", "0"), ("d", "0"), ("", "w")])
    (['0', '1'], ['g.0', 'd.0', 'w'])
    """
    keys = list(keys)
    several = len({variable for variable, _ in keys}) > 1
    names = []
    for variable, name in keys:
        path, called, again = name.partition(", call ")
        behind = variable and (several or not path)
        first = ".".join(filter(None, (variable, path))) if behind else path
        names.append(first + called + again)
    return names


def dead_share(out: Any) -> float:
    """The share of units that are 0 for every example; of pictures (n, c, h, w) units are channels.

    >>> dead_share(np.array([[0.0, 1.0], [0.0, 0.0]]))
    0.5
    """
    if not isinstance(out, np.ndarray) or out.ndim < 2 or not out.size:
        return 0.0
    units = 1 if out.ndim == 4 else out.ndim - 1
    alive = (out != 0).any(axis=tuple(i for i in range(out.ndim) if i != units))
    return float(1 - alive.mean())


def _of_finite(record: Record, array: int, statistic: str) -> float:
    """A statistic of an array, infinite or NaN where some element is."""
    if array < 0:
        return math.nan
    arrays = record.arrays
    if arrays["nan"][array]:
        return math.nan
    return math.inf if arrays["inf"][array] else float(arrays[statistic][array])


def _magnitude(record: Record, array: int) -> float:
    """The root mean square of an array, infinite or NaN where some element is."""
    return math.hypot(*(_of_finite(record, array, name) for name in ("mean", "std")))


def _rms(array: np.ndarray) -> float:
    """The root mean square of float64 numbers, whose squares need not be float64's.

    >>> _rms(np.array([3e200, -3e200]))
    3e+200
    """
    largest = float(np.abs(array).max())
    if not 0 < largest < math.inf:  # or NaN
        return largest
    return largest * float(np.sqrt(np.square(array / largest).mean()))
