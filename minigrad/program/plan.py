"""From instructions in Python to a program in C.

What has a kernel is *lowered* to its call; the rest stays in Python, between.  Then every buffer
that only kernels use gets its place in one block of memory, the same place as another if their
lives do not meet.  `LOWERINGS` says of each operation what it becomes, or None where the kernel's
wrapper would do more than one call; nothing is lowered that would give other bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from .. import kernels
from ..engine.tensor import Tensor
from .instructions import (
    Form,
    Frame,
    Instruction,
    Ref,
    assign,
    fill,
    form_of,
    operate,
    pull,
    references,
    root_array,
    run_whole,
    within,
    write,
)
from .update import Update

CODES = """
    gemm bias_gradient cross_entropy batch_norm batch_norm_backward dropout blend relu relu_backward
    count sgd adam rmsprop
""".split()
"""As csrc/program.h numbers them."""

CODE = {name: i for i, name in enumerate(CODES)}
LINE = 64  # bytes: buffers begin on cache lines
NOTHING = np.zeros(())


class Call(NamedTuple):
    """A kernel's call: slots (-1 for none), sizes and numbers as csrc/program.c has them."""

    code: str
    kind: int
    slots: Sequence[int]
    sizes: Sequence[int]
    numbers: Sequence[float] = ()


class CannotLower(Exception):
    """An instruction stays in Python."""


def need(condition: Any) -> None:
    """Leave the instruction in Python unless this is so."""
    if not condition:
        raise CannotLower


class Lowering:
    """What one instruction becomes; `makes` and `reads` count slots that the calls touch."""

    def __init__(self, forms: list[Any], ones: set[int], true: Callable[[int], int]) -> None:
        self.forms, self.ones, self.true = forms, ones, true
        self.calls: list[Call] = []
        self.alias: dict[int, int] = {}  # a slot that is another one
        self.changed: list[Tensor] = []  # whose versions count

    def form(self, part: Any) -> Form:
        """Of an array's slot, of one of the dtypes that there are kernels for."""
        need(type(part) is Ref or type(part) is int)
        form: Form = self.forms[part.slot if type(part) is Ref else part]
        need(isinstance(form, Form) and form.dtype in (np.float32, np.float64))
        return form

    def kind(self, part: Any) -> int:
        """The place of the kernels' dtype."""
        return int(self.form(part).dtype == np.float64)

    def matrix(self, part: Any) -> tuple[int, int]:
        """The strides of a matrix, in elements."""
        form = self.form(part)
        size = form.dtype.itemsize
        need(len(form.shape) == 2 and not any(s % size for s in form.strides))
        return form.strides[0] // size, form.strides[1] // size

    def rows(self, part: Any) -> int:
        """The stride of rows whose elements are adjacent."""
        row, column = self.matrix(part)
        need(column == 1 or self.form(part).shape[1] <= 1)
        return row

    def vector(self, part: Any, kind: int) -> int:
        """The slot of n adjacent numbers, -1 for None."""
        if part is None:
            return -1
        form = self.form(part)
        need(form.contiguous and len(form.shape) == 1 and self.kind(part) == kind)
        return int(part.slot)

    def flat(self, *parts: Any) -> int:
        """The number of elements of arrays of one shape and dtype, without gaps."""
        first = self.form(parts[0])
        for part in parts:
            form = self.form(part)
            need(form.contiguous and form[:2] == first[:2])
        return int(prod(first.shape))

    def scratch(self, shape: tuple[int, ...], dtype: Any) -> int:
        """A slot that lives within the instruction."""
        dtype = np.dtype(dtype)
        strides = [dtype.itemsize * int(prod(shape[i + 1 :])) for i in range(len(shape))]
        self.forms.append(Form(dtype, shape, tuple(strides)))
        return len(self.forms) - 1

    def call(self, code: str, kind: int, slots: Any, sizes: Any, numbers: Any = ()) -> None:
        """Add a kernel's call; a slot may be a reference, or None."""
        places = [s.slot if type(s) is Ref else -1 if s is None else s for s in slots]
        self.calls.append(Call(code, kind, places, sizes, numbers))

    # ------------------------------------------------------------------ operations

    def linear(self, makes: Any, x: Any, weight: Any, bias: Any, relu: Any) -> None:
        """A product, with bias and ReLU."""
        kind = self.kind(x)
        (n, n_in), n_out = self.form(x).shape, self.form(weight).shape[0]
        need(self.kind(weight) == kind)
        rows, columns = self.matrix(weight)
        slots = makes[0], x, weight, self.vector(bias, kind)
        sizes = n, n_out, n_in, *self.matrix(x), columns, rows, int(relu)
        self.call("gemm", kind, slots, sizes)
        if relu:
            self.alias[makes[1]] = makes[0]

    def gradient_of_linear(self, out: Any, g: Any, needs: Any, x: Any, weight: Any, active: Any):  # type: ignore[no-untyped-def]
        """The bias's gradient, then two products."""
        kind = self.kind(g)
        dx, dweight, dbias = out
        (n, n_in), n_out = self.form(x).shape, self.form(weight).shape[0]
        if dbias is not None or active is not None:
            masked = None if active is None else self.scratch((n, n_out), self.form(g).dtype)
            stride = 0 if active is None else self.rows(active)
            sizes = n, n_out, self.rows(g), stride
            self.call("bias_gradient", kind, (dbias, masked, g, active), sizes)
            g = g if masked is None else Ref(masked)
        rows, columns = self.matrix(g)
        if dx is not None:
            product: Any = n, n_in, n_out, rows, columns, *self.matrix(weight), 0
            self.call("gemm", kind, (dx, g, weight, None), product)
        if dweight is not None:
            product = n_out, n_in, n, columns, rows, *self.matrix(x), 0
            self.call("gemm", kind, (dweight, g, x, None), product)

    def batch_norm(self, makes: Any, x: Any, weight: Any, bias: Any, eps: Any) -> None:
        """With the statistics of the batch."""
        kind, (n, c) = self.kind(x), self.form(x).shape
        slots = *makes, x, self.vector(weight, kind), self.vector(bias, kind)
        self.call("batch_norm", kind, slots, (n, c, self.rows(x)), (eps,))

    def gradient_of_batch_norm(self, out: Any, g: Any, needs: Any, *asked: Any) -> None:
        """All that is wanted, in one call."""
        x, weight, _, mean, invstd = asked
        kind, (n, c) = self.kind(x), self.form(x).shape
        slots = *out, g, x, mean, invstd, self.vector(weight, kind)
        self.call("batch_norm_backward", kind, slots, (n, c, self.rows(g), self.rows(x)))

    def relu(self, makes: Any, x: Any) -> None:
        """Elementwise."""
        self.call("relu", self.kind(x), (makes[0], x), (self.flat(x, makes[0]),))

    def gradient_of_relu(self, makes: Any, g: Any, out: Any) -> None:
        """By the output."""
        n = self.flat(g, out, makes[0])
        self.call("relu_backward", self.kind(g), (makes[0], g, out), (n,))

    def dropout(self, makes: Any, x: Any, p: Any, seed: Any) -> None:
        """The number that was drawn is in a slot."""
        need(type(seed) is Ref)
        self.call("dropout", self.kind(x), (makes[0], x, seed), (self.flat(x, makes[0]),), (p,))

    def gradient_of_dropout(self, out: Any, g: Any, p: Any, seed: Any) -> None:
        """The same map."""
        self.dropout(out, g, p, seed)

    def cross_entropy(self, makes: Any, x: Any, target: Any, weight: Any, *options: Any) -> None:
        """The loss, and its gradient ahead."""
        ignored, reduction, smoothing, _ = options
        form = self.forms[target.slot] if type(target) is Ref else None
        (n, c), kind = self.form(x).shape, self.kind(x)
        need(isinstance(form, Form) and form.dtype == np.int64 and form.shape == (n,))
        need(form is not None and form.contiguous and weight is None and reduction != "none")
        losses, labels = self.scratch((n,), self.form(x).dtype), self.scratch((n,), np.int64)
        loss, ahead, share = makes
        slots = loss, share, losses, ahead if self.forms[ahead] else None, x, target, labels
        sizes = n, c, self.rows(x), ignored, reduction == "mean"
        self.call("cross_entropy", kind, slots, sizes, (smoothing,))

    def gradient_of_cross_entropy(self, out: Any, g: Any, ahead: Any, *asked: Any) -> None:
        """What has been computed ahead."""
        need(self.true(g.slot) in self.ones)  # the gradient for 1 has been computed ahead
        self.alias[out[0]] = ahead.slot

    def gradient_of_add(self, out: Any, g: Any) -> None:
        """The cotangent itself."""
        self.alias[out[0]] = g.slot

    # ------------------------------------------------------------------ whole functions

    def follow(
        self,
        load_of: dict[Tensor, int],
        running_mean: Tensor | None,
        running_var: Tensor | None,
        batches: Tensor | None,
        mean: Any,
        var: Any,
        keep: float,
        take_mean: float,
        take_var: float,
    ) -> None:
        """Running statistics, and batches."""
        changed = [t for t in (running_mean, running_var, batches) if t is not None]
        need(all(isinstance(t, Tensor) for t in changed))
        for tensor, value, take in ((running_mean, mean, take_mean), (running_var, var, take_var)):
            if tensor is not None:
                slot = load_of[tensor]
                given = (self.flat(slot, value),)
                self.call("blend", self.kind(slot), (slot, value), given, (keep, take))
        if batches is not None:
            slot = load_of[batches]
            form = self.forms[slot]
            need(isinstance(form, Form) and form.dtype == np.int64 and form.shape == ())
            self.call("count", 0, (slot,), ())
        self.changed += changed


HARMLESS = frozenset(
    "minigrad." + name
    for name in """
        random creation ops.indexing ops.pytorch ops.further nn.functional.layers
        nn.functional.lookup nn.functional.margin nn.functional.smooth
    """.split()
)
"""Modules whose whole functions look at no gradient."""

ASIDE = HARMLESS | {"minigrad.nn.utils", "minigrad.engine.in_place", "minigrad.nn.normalization"}
"""Modules whose whole functions change nothing of an optimiser but its parameters and gradients."""

OPERATIONS = "linear batch_norm relu dropout cross_entropy".split()
WHOLE = {"_follow": "follow"}


class Planned:
    """How a program is run.

    calls : of all blocks, in order; steps : a range of calls, or an instruction of Python
    leaves, grad_slots, grads : whose `grad` kernels write to, where, and the tensors made for them
    update : the optimiser's step, if it is lowered
    alone, shared : bytes of the buffers of kernels, each for itself and as they are placed
    """

    def __init__(self, program: Any, recorder: Any) -> None:
        self.instructions: list[Instruction] = program.instructions
        self.forms: list[Any] = [*recorder.forms]
        self.calls: list[Call] = []
        self.why: dict[int, str] = {}  # of instructions that stay in Python
        self.alias: dict[int, int] = {}
        self.changed: list[Tensor] = []
        self.steps: list[Any] = []
        self.start = Frame([], recorder.given)
        self.load_of = _Loads([*program.loads], recorder.live, self.forms)
        self.leaves: list[Tensor] = []
        self.grad_slots: list[int] = []
        self.cleared: list[Tensor] = []
        self.origin: list[int] = []  # of each call, its instruction
        self.update: Update | None = None
        self.nothing = {s for s, value in recorder.values.items() if value is None}
        self.constants = {  # numbers, which nobody can write to
            i.makes[0]: recorder.values[i.makes[0]]
            for i in self.instructions
            if i.name == "constant" and i.makes[0] in recorder.values
        }
        self.ones = {
            i.makes[0]
            for i in self.instructions
            if i.name == "constant" and np.ndim(i.source[0]) == 0 and i.source[0] == 1
        }
        self.quiet: set[int] = set()  # instructions that the start of a replay does instead
        self.members: list[tuple[Any, Any]] = []  # optimisers that forget gradients, and whose
        self.written: dict[int, tuple[Tensor, Ref]] = {}
        self.in_c: set[int] = set()  # slots that kernels make
        self.grad_of: dict[int, int] = {}  # slots of what is in `grad` in the end
        self.tail: list[Call] = []  # what changes tensors, after all else has succeeded
        self._gradients()
        for index in range(len(self.instructions)):
            self._place(index)
        self.first_of_tail = len(self.calls)
        self.first_of_update = self.first_of_tail + len(self.tail)
        self.calls += self.tail
        if self.update is not None:
            self.calls += [Call(*call) for call in self.update.calls]
        self._buffers(program)

    # ------------------------------------------------------------------ what becomes of each

    def _gradients(self) -> None:
        """Which gradients are forgotten at first and written once: their arrays can be kept."""
        zeroed: dict[int, Tensor] = {}
        written: dict[int, tuple[int, Tensor, Ref]] = {}
        quiet, members = set(), []
        for i, instruction in enumerate(self.instructions):
            if instruction.kind is run_whole:
                function, parts, more = instruction.source
                if function.__qualname__ == "Optimizer.zero_grad" and forgets(*parts, **more):
                    params = {id(p): p for p in parts[0]._parameters()}
                    if written.keys() & params:
                        return
                    zeroed |= params
                    quiet.add(i)
                    members.append((parts[0], members_of(parts[0])))
                elif function.__module__ not in HARMLESS and function.__name__ not in WHOLE:
                    break
            elif instruction.kind in (write, assign):
                leaf, part = instruction.source[:2]
                if not isinstance(leaf, Tensor) or id(leaf) in written:
                    return
                if instruction.kind is write:
                    if id(leaf) not in zeroed or type(part) is not Ref:
                        return
                    written[id(leaf)] = i, leaf, part
                elif instruction.reads:
                    return
                else:
                    zeroed[id(leaf)] = leaf
                    quiet.add(i)
        if not written:
            return
        if any(later.kind in (write, assign) for later in self.instructions[i + 1 :]):
            return
        if len({part for _, _, part in written.values()}) < len(written):
            return
        self.quiet, self.members = quiet, members
        self.written = {i: (leaf, part) for i, leaf, part in written.values()}
        self.cleared = [t for key, t in zeroed.items() if key not in written]

    def _place(self, index: int) -> None:
        instruction = self.instructions[index]
        if instruction.name == "constant" and instruction.makes[0] in self.constants:
            return
        if index in self.quiet:
            return
        if index in self.written:
            leaf, part = self.written[index]
            self.grad_of[id(leaf)] = instruction.makes[0]
            if self.true(part.slot) in self.in_c:
                self.alias[instruction.makes[0]] = part.slot
                self.in_c.discard(self.true(part.slot))  # nobody else may have it
                return
            del self.written[index]
            self.cleared.append(leaf)
        lowering = Lowering(self.forms, self.ones, self.true)
        try:
            if index == len(self.instructions) - 1 and self._step(instruction):
                return
            self._lower(lowering, instruction)
        except (CannotLower, TypeError, ValueError, IndexError) as error:
            self.why[index] = str(error) or "no kernel for it, or not for this layout"
            self.steps.append(index)
            return
        self.alias |= lowering.alias
        self.in_c |= set(instruction.makes) - lowering.alias.keys()
        self.changed += lowering.changed
        if lowering.changed and self._unread(index):
            self.tail += lowering.calls
            return
        first = len(self.calls)
        self.calls += lowering.calls
        if self.steps and type(self.steps[-1]) is tuple:
            first = self.steps.pop()[0]
        if len(self.calls) > first:
            self.steps.append((first, len(self.calls)))
        self.origin += [index] * (len(self.calls) - len(self.origin))

    def _unread(self, index: int) -> bool:
        """Does nobody else read what an instruction changes in place, nor the same memory?"""
        changed = _tensors(self.instructions[index].source[1])
        own, memory = {*map(self.load_of.get, changed)}, _memory(changed)
        for slot, source in self.load_of.loads:
            if slot in own or not memory.isdisjoint(_memory(_tensors(fill(source, self.start)))):
                if any(slot in i.reads for i in self.instructions):
                    return False
        others = [i for i in self.instructions if i.kind is run_whole]
        return all(
            i.source[0].__name__ in WHOLE or memory.isdisjoint(_memory(_tensors(i.source[1:])))
            for i in others
        )

    def _given(self, part: Any) -> Any:
        """An argument; None where a slot holds that."""
        return None if type(part) is Ref and part.slot in self.nothing else part

    def _lower(self, to: Lowering, instruction: Instruction) -> None:
        source, makes = instruction.source, list(instruction.makes)
        if instruction.kind is operate and source[0].trusted:
            need(source[0].name in OPERATIONS)
            getattr(to, source[0].name)(makes, *map(self._given, source[1]))
        elif instruction.kind is pull and source[0].trusted:
            operation, _, g, asked, places = source
            need(operation.name in (*OPERATIONS, "add") and type(g) is Ref)
            if places is not None:
                full: list[Any] = [None, None, None]
                for k, slot in zip(places, makes, strict=True):
                    full[k] = slot
                makes = full
            function = getattr(to, f"gradient_of_{operation.name}", None)
            need(function is not None)
            function(makes, g, *map(self._given, asked))  # type: ignore[misc]
        elif instruction.kind is run_whole and source[0].__name__ in WHOLE:
            function, parts, more = source
            need(not more)
            getattr(to, WHOLE[function.__name__])(self.load_of, *parts)
        else:
            raise CannotLower

    def _step(self, instruction: Instruction) -> bool:
        """The last instruction, if it is the step of an optimiser that has kernels."""
        if instruction.kind is not run_whole or not self.grad_of:
            return False
        function, parts, more = instruction.source
        if function.__qualname__ != "Optimizer.step" or len(parts) != 1 or more:
            return False
        before = [self.instructions[step] for step in self.steps if type(step) is int]
        if any(i.kind is run_whole and i.source[0].__module__ not in ASIDE for i in before):
            return False  # a schedule's step, say: the numbers are brought before all else
        self.update = Update.of(parts[0], self.grad_of, self.load_of, self.forms)
        return self.update is not None

    # ------------------------------------------------------------------ where everything lies

    def true(self, slot: int) -> int:
        """The slot that a slot is another name of."""
        while slot in self.alias:
            slot = self.alias[slot]
        return slot

    def _buffers(self, program: Any) -> None:
        """Where everything lies."""
        in_python = [self.instructions[step] for step in self.steps if type(step) is int]
        python = {self.true(s) for i in in_python for s in (*i.reads, *i.makes)}
        by_python = {self.true(s) for i in in_python for s in i.makes}
        loaded = {slot for slot, _ in self.load_of.loads}
        spans: dict[int, list[int]] = {}
        for i, call in enumerate(self.calls):
            places = [s if s < 0 else self.true(s) for s in call.slots]
            self.calls[i] = call._replace(slots=places)
            for slot in places:
                if slot >= 0 and slot < len(self.forms):
                    spans.setdefault(slot, [i, i])[1] = i
        self.leaves = [leaf for leaf, _ in self.written.values()]
        self.grad_slots = [self.true(part.slot) for _, part in self.written.values()]
        kept = set(self.update.bound) if self.update else set()
        elsewhere = {*loaded, *by_python, *kept, *self.constants}
        own = [s for s in spans if s not in elsewhere]
        if len(set(self.grad_slots)) < len(self.leaves) or not {*self.grad_slots} <= {*own}:
            raise CannotLower("a gradient is no array of its own")
        self.returned = set(map(self.true, references(program.returns)))
        taken = {*self.grad_slots, *python, *self.returned}
        sizes = {s: _lines(self.forms[s]) for s in own}
        offsets, arena = pack({s: (spans[s], sizes[s]) for s in own if s not in taken})
        self.alone = sum(sizes.values())
        self.shared = arena + sum(sizes[s] for s in own if s in taken)
        memory = kernels.empty((arena,), np.dtype(np.uint8))  # which begins on a line, too
        self.arrays: dict[int, ndarray] = {}
        for slot in own:
            dtype, shape, _ = self.forms[slot]
            if slot in self.grad_slots:  # each replay brings its own
                self.arrays[slot] = ndarray(shape, dtype, NOTHING, 0, [0] * len(shape))
            elif slot in taken:
                self.arrays[slot] = kernels.empty(shape, dtype)
            else:
                self.arrays[slot] = ndarray(shape, dtype, memory, offsets[slot])
        # What Python may have kept, in a `.grad` or an answer, is not written to again.
        self.renewed = [s for s in own if s in python and s not in self.grad_slots]
        self.bound = [s for s in spans if s in by_python]
        for slot, value in self.constants.items():
            if slot in spans:
                self.arrays[slot] = np.array(value)
        self.loads = [(s, source) for s, source in self.load_of.loads if s in spans or s in python]
        self.names: dict[int, list[int]] = {}  # of slots that Python reads, their other names
        for slot in self.alias:
            self.names.setdefault(self.true(slot), []).append(slot)


def _lines(form: Form) -> int:
    return -(-form.bytes // LINE) * LINE


class _Loads(dict[Tensor, int]):
    """The slots of tensors' arrays; one gets its slot when it is first asked for."""

    def __init__(self, loads: list[tuple[int, Any]], live: dict[int, Tensor], forms: Any) -> None:
        super().__init__({t: s for s, t in loads if isinstance(t, Tensor)})
        self.loads, self.live, self.forms = loads, live, forms

    def __missing__(self, tensor: Tensor) -> int:
        need(id(tensor) in self.live)  # else nobody guards it
        self.forms.append(form_of(tensor._data))
        self[tensor] = slot = len(self.forms) - 1
        self.loads.append((slot, tensor))
        return slot


def forgets(optimizer: Any, set_to_none: bool = True) -> bool:
    """Are these arguments of `zero_grad` such that gradients are forgotten?"""
    return set_to_none is True


def members_of(optimizer: Any) -> list[list[int]]:
    """Which parameters are in each group of an optimiser, by id."""
    return [[id(p) for p in group["params"]] for group in optimizer.param_groups]


def pack(spans: dict[int, tuple[list[int], int]]) -> tuple[dict[int, int], int]:
    """Offsets for buffers with spans of life and sizes, and the size of it all.

    The largest first, each at the lowest place where nobody lives at the same time.
    """
    offsets: dict[int, int] = {}
    for slot in sorted(spans, key=lambda s: -spans[s][1]):
        (first, last), size = spans[slot]
        others = sorted(
            (offsets[o], offsets[o] + spans[o][1])
            for o in offsets
            if spans[o][0][0] <= last and first <= spans[o][0][1]
        )
        at = 0
        for begin, end in others:
            if begin - at >= size:
                break
            at = max(at, end)
        offsets[slot] = at
    return offsets, max((offsets[s] + spans[s][1] for s in offsets), default=0)


def _tensors(part: Any) -> list[Any]:
    """The tensors in arguments."""
    return [p for p in within(part) if isinstance(p, Tensor)]


def _memory(tensors: list[Any]) -> set[int]:
    """The ids of what owns their memory."""
    return {id(root_array(t._data)) for t in tensors}
