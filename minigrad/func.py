"""Functions that make functions of tensors into others, under the names of PyTorch's `torch.func`.

Where a tensor is wanted as an input or output there may also be tuples, lists and dictionaries of
tensors, inside each other; results have that form.  Here a function is traced anew at each call,
and `vmap` calls it once a sample: what is gained is how it is written, not time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .absent import explain_absence
from .autograd import enable_grad, is_grad_enabled
from .autograd import grad as gradients
from .engine.backward import reaches_others
from .engine.dtypes import check_flag
from .engine.mode import mode
from .engine.tensor import Tensor, tensor_of
from .engine.words import give_words
from .nn.module import Module
from .ops.pytorch import movedim
from .ops.shaping import reshape, stack
from .random import get_rng_state, set_rng_state

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "stack_module_state",
    "vjp",
    "vmap",
]

Argnums = int | tuple[int, ...]

# --------------------------------------------------------------------- trees of tensors


def leaves(tree: Any) -> list[Any]:
    """What is in tuples, lists and dictionaries, in order."""
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree]


def map_leaves(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """A tree of the same form, of what the function gives for the leaves of trees of one form."""
    if isinstance(tree, dict):
        return {key: map_leaves(function, tree[key], *(o[key] for o in others)) for key in tree}
    if isinstance(tree, (tuple, list)):
        parts = [map_leaves(function, *both) for both in zip(tree, *others, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return function(tree, *others)


def _beside(where: str, tree: Any, like: Any) -> list[Any]:
    """The leaves of a tree in the order of those of another, that has to be of one form with it."""
    kind = next((k for k in (dict, tuple, list) if isinstance(like, k)), None)
    same = isinstance(tree, kind) if kind else not isinstance(tree, (dict, tuple, list))
    if same and kind is dict:
        same = tree.keys() == like.keys()
    if not same or (kind and len(tree) != len(like)):
        raise ValueError(f"{where}: wanted the form {_form(like)}, got {_form(tree)}")
    if not kind:
        return [tree]
    keys = like if kind is dict else range(len(like))
    return [leaf for key in keys for leaf in _beside(where, tree[key], like[key])]


def _form(tree: Any) -> str:
    """A tree in words, with * for what is no branch."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {_form(tree[key])}" for key in tree) + "}"
    if isinstance(tree, list):
        return f"[{', '.join(map(_form, tree))}]"
    if isinstance(tree, tuple):
        return f"({', '.join(map(_form, tree))}{',' * (len(tree) == 1)})"
    return "*"


def _tensors(where: str, tree: Any) -> list[Tensor]:
    found = leaves(tree)
    for leaf in found:
        if not isinstance(leaf, Tensor):
            raise TypeError(f"{where}: wanted tensors, got {type(leaf).__name__}")
    return found


# --------------------------------------------------------------------- derivatives


class _Call:
    """A call of a function by inputs of which it can be differentiated."""

    def __init__(
        self, where: str, func: Any, argnums: Argnums, has_aux: bool, args: Any, kwargs: Any
    ) -> None:
        if not callable(func):
            raise TypeError(f"{where}: func: wanted a function, got {type(func).__name__}")
        places = argnums if isinstance(argnums, tuple) else (argnums,)
        if not all(isinstance(place, int) for place in places):
            raise TypeError(f"{where}: argnums: wanted an int or a tuple of them, got {argnums!r}")
        for place in places:
            if not -len(args) <= place < len(args):
                raise ValueError(f"{where}: argnums: there is no argument {place} of {len(args)}")
        if len({place % len(args) for place in places}) != len(places):
            raise ValueError(f"{where}: argnums: wanted each argument once, got {argnums}")
        given = list(args)
        for place in places:
            _tensors(f"{where}: argument {place}", given[place])
            given[place] = map_leaves(_input, given[place])
        chosen = tuple(given[place] for place in places)
        self.inputs = chosen if isinstance(argnums, tuple) else chosen[0]
        with enable_grad():
            outputs = func(*given, **kwargs)
        self.aux = None
        if has_aux:
            if not isinstance(outputs, tuple) or len(outputs) != 2:
                raise TypeError(f"{where}: has_aux=True wants func to return two things, a tuple")
            outputs, self.aux = outputs
        self.outputs = outputs
        inputs = leaves(self.inputs)
        behind = any(not x.is_leaf for x in inputs)  # or beside: the outputs and aux tell
        found = [t for t in leaves((outputs, self.aux)) if isinstance(t, Tensor)]
        self.recorded = is_grad_enabled()
        self.further = self.recorded and (behind or reaches_others(found, inputs))

    def pull(self, cotangents: Any) -> Any:
        """The inputs' gradients; recorded if something else can be differentiated by, too."""
        outputs, inputs = _tensors("func's outputs", self.outputs), leaves(self.inputs)
        given = _beside("cotangents", cotangents, self.outputs)
        used = [p for p in zip(outputs, given, strict=True) if p[0].requires_grad]
        found = gradients(
            [y for y, _ in used] or outputs,
            inputs,
            [g for _, g in used] or None,
            retain_graph=True,
            create_graph=self.further or any(g.requires_grad for _, g in used),
            materialize_grads=True,
        )
        answers = dict(zip(map(id, inputs), found, strict=True))
        return map_leaves(lambda x: answers[id(x)], self.inputs)

    def begin(self) -> None:
        """Let `pull` differentiate by the inputs, after an `end`."""
        for x in leaves(self.inputs):
            x.requires_grad = True

    def end(self, *others: Any) -> None:
        """Let nobody differentiate any more by what was an input of this call alone, or by others.

        An outer call would else take it for something that is not its own.
        """
        for x in leaves((self.inputs, others)):
            if x.is_leaf:
                x.requires_grad = False

    def value(self, tree: Any) -> Any:
        """What is returned: without the graph of this call, if it alone recorded it."""
        return tree if self.further else map_leaves(_constant, tree)


def _input(x: Tensor) -> Tensor:
    """A tensor by which one call is differentiated; still a part of the graph it is in."""
    return x * 1 if x.requires_grad and is_grad_enabled() else x.detach().requires_grad_()


def _constant(x: Any) -> Any:
    return x.detach() if isinstance(x, Tensor) else x


def _one(where: str, output: Any) -> Tensor:
    if not isinstance(output, Tensor) or output.numel() != 1 or output.ndim:
        what = f"shape {output.shape}" if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(f"{where}: func: wanted a tensor without axes to be returned, got {what}")
    return output


def grad_and_value(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of `func`, and its value.

    argnums : by which arguments; a tuple of them gives a tuple of gradients
    has_aux : `func` returns what is differentiated, and something else that is passed on

    Raises, when it is called, ValueError for a value that is not a single number without axes.

    >>> import minigrad as mg
    >>> mg.func.grad_and_value(lambda x: (x**2).sum())(mg.tensor([1.0, 2.0]))
    (tensor([2., 4.]), tensor(5.))
    """

    def called(*args: Any, **kwargs: Any) -> Any:
        call = _Call("grad", func, argnums, has_aux, args, kwargs)
        output = _one("grad", call.outputs)
        found = call.pull(tensor_of(np.ones((), output.dtype)))
        value = call.value(output)
        call.end()
        return found, ((value, call.value(call.aux)) if has_aux else value)

    return called


def grad(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of `func`, as `grad_and_value` does.

    >>> import minigrad as mg
    >>> mg.func.grad(mg.func.grad(mg.sin))(mg.tensor(0.0))
    tensor(-0.)
    """
    both = grad_and_value(func, argnums, has_aux)

    def called(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return called


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The outputs at `primals`, and the function that pulls cotangents back from there.

    That takes what has the form of the outputs, and gives a tuple, a gradient for each of the
    primals.  Raises ValueError for cotangents of another form or shape.

    >>> import minigrad as mg
    >>> y, pull = mg.func.vjp(lambda x: x**2, mg.tensor([1.0, 2.0]))
    >>> pull(mg.tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    if not primals:
        raise ValueError("vjp: primals: wanted one input at least, got none")
    call = _Call("vjp", func, tuple(range(len(primals))), has_aux, primals, {})
    value = call.value(call.outputs)
    call.end()

    def pull(cotangents: Any) -> Any:
        call.begin()
        try:
            return call.pull(cotangents)
        finally:
            call.end()

    return (value, pull, call.value(call.aux)) if has_aux else (value, pull)


def jvp(
    func: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """The outputs at `primals`, and how they change towards `tangents`, of the same form.

    By two passes backward (`autograd.functional.jvp` says how): what `func` computes within
    `no_grad` is a constant, where PyTorch's pass forward goes through it.  `strict` changes
    nothing.  Raises ValueError for tangents of another form or shape.

    >>> import minigrad as mg
    >>> mg.func.jvp(lambda x: x.sum(), (mg.tensor([1.0, 2.0]),), (mg.tensor([1.0, 10.0]),))
    (tensor(3.), tensor(11.))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise TypeError("jvp: wanted primals and tangents as tuples, (x,) of a single one")
    call = _Call("jvp", func, tuple(range(len(primals))), has_aux, primals, {})
    units = map_leaves(
        lambda y: tensor_of(np.zeros(y.shape, y.dtype), requires_grad=True), call.outputs
    )
    towards = _tensors("jvp: tangents", _beside("jvp: tangents", tangents, primals))
    pulled = leaves(call.pull(units))
    if [t.shape for t in towards] != [p.shape for p in pulled]:
        raise ValueError(
            f"jvp: tangents: wanted shapes {[p.shape for p in pulled]}, "
            f"got {[t.shape for t in towards]}"
        )
    used = [pair for pair in zip(pulled, towards, strict=True) if pair[0].requires_grad]
    found = gradients(
        [p for p, _ in used] or pulled,
        leaves(units),
        [t for _, t in used] or None,
        create_graph=call.further or (call.recorded and any(t.requires_grad for t in towards)),
        materialize_grads=True,
    )
    answers = dict(zip(map(id, leaves(units)), found, strict=True))
    change = map_leaves(lambda u: answers[id(u)], units)
    value = call.value(call.outputs)
    call.end(units)
    return (value, change, call.value(call.aux)) if has_aux else (value, change)


def _unit(y: Tensor, place: int) -> Tensor:
    """Zeros like y, with a 1 in one place."""
    unit = np.zeros(y.shape, y.dtype)
    unit.flat[place] = 1
    return tensor_of(unit)


def jacrev(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`: of the output's shape, then the input's.

    Of trees, a tree like the output of trees like the input.  `chunk_size` changes nothing.

    >>> import minigrad as mg
    >>> mg.func.jacrev(lambda x: x**2)(mg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def called(*args: Any, **kwargs: Any) -> Any:
        call = _Call("jacrev", func, argnums, has_aux, args, kwargs)
        whole, outputs = call.outputs, _tensors("jacrev: func's outputs", call.outputs)

        def rows(y: Tensor) -> Any:
            call.outputs = y
            pulled = [call.pull(_unit(y, place)) for place in range(y.numel())]
            if not pulled:
                return map_leaves(
                    lambda x: tensor_of(np.zeros(y.shape + x.shape, x.dtype)), call.inputs
                )
            return map_leaves(lambda *gs: reshape(stack(gs), y.shape + gs[0].shape), *pulled)

        answers = {id(y): rows(y) for y in outputs}
        found = map_leaves(lambda y: answers[id(y)], whole)
        call.end()
        return (found, call.value(call.aux)) if has_aux else found

    return called


def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """The same as `jacrev`, in reverse mode as well: here is no other.

    >>> import minigrad as mg
    >>> mg.func.jacfwd(lambda x: x.sum())(mg.tensor([1.0, 2.0]))
    tensor([1., 1.])
    """
    return jacrev(func, argnums, has_aux)


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the second derivatives of `func`.

    >>> import minigrad as mg
    >>> mg.func.hessian(lambda x: (x**3).sum())(mg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


# --------------------------------------------------------------------- sample by sample


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function of whole batches that calls `func` for each sample, and stacks what it gives.

    in_dims : along which axis of each argument the samples lie, None for one that all share; one
        number for all arguments, or a tuple like the arguments
    out_dims : where the samples lie in the outputs, likewise
    randomness : what random draws may be: an "error", "same" for all samples, or "different"

    Arguments by keyword are whole for every sample, as in PyTorch.

    Raises, when it is called, ValueError for arguments of different lengths or none, and for
    outputs that differ between samples where `out_dims` is None; RuntimeError for random draws
    where they are an error.  `chunk_size` changes nothing.  What `autograd.grad` of a graph from
    outside is called for by all samples frees it after the last.

    >>> import minigrad as mg
    >>> rows, weights = mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([1.0, 10.0])
    >>> mg.func.vmap(mg.dot, in_dims=(0, None))(rows, weights)
    tensor([21., 43.])
    """
    if not callable(func):
        raise TypeError(f"vmap: func: wanted a function, got {type(func).__name__}")
    if randomness not in ("error", "same", "different"):
        raise ValueError(
            f"vmap: randomness must be 'error', 'same' or 'different', got {randomness!r}"
        )

    def called(*args: Any, **kwargs: Any) -> Any:
        dims = _dims("in_dims", in_dims, args)
        pairs = zip(leaves(args), leaves(dims), strict=True)
        lengths = {t.shape[d] for t, d in pairs if d is not None}
        if len(lengths) != 1:
            raise ValueError(f"vmap: wanted batches of one length, got {sorted(lengths) or 'none'}")
        (n,) = lengths
        if not n:
            raise ValueError("vmap: wanted one sample at least, got a batch of none")
        state, before = get_rng_state(), mode.repeating
        outputs = []
        try:
            for i in range(n):
                if randomness == "same":
                    set_rng_state(state)
                mode.repeating = before or i + 1 < n
                outputs.append(func(*_samples(args, dims, i), **kwargs))
        finally:
            mode.repeating = before
        if randomness == "error" and get_rng_state().tolist() != state.tolist():
            set_rng_state(state)
            raise RuntimeError(
                "vmap: func draws random numbers; say randomness='same' or 'different'"
            )
        for other in outputs[1:]:
            _beside("vmap: func's output for a further sample", other, outputs[0])
        places = _dims("out_dims", out_dims, outputs[0])
        return map_leaves(lambda place, *ys: _join(ys, place), places, *outputs)

    return called


def _dims(name: str, dims: Any, like: Any) -> Any:
    """Numbers of axes in the form of a tree: one for all of it, or one for all of each branch."""
    if dims is None or isinstance(dims, int):

        def fits(t: Any) -> Any:
            if not isinstance(t, Tensor):
                if dims is None or name == "in_dims":
                    return None
                raise TypeError(f"vmap: func has to return tensors, got {type(t).__name__}")
            if dims is not None and name == "in_dims" and not -t.ndim <= dims < t.ndim:
                raise ValueError(f"vmap: in_dims: there is no axis {dims} of shape {t.shape}")
            return dims

        return map_leaves(fits, like)
    if isinstance(dims, dict) and isinstance(like, dict) and dims.keys() == like.keys():
        return {key: _dims(name, dims[key], like[key]) for key in like}
    both = isinstance(dims, (tuple, list)) and isinstance(like, (tuple, list))
    if not both or len(dims) != len(like):
        raise ValueError(f"vmap: {name}: wanted a number, None, or one for each part, got {dims!r}")
    return type(like)([_dims(name, d, part) for d, part in zip(dims, like, strict=True)])


def _samples(tree: Any, dims: Any, i: int) -> Any:
    def sample(t: Any, dim: int | None) -> Any:
        return t if dim is None else t[(slice(None),) * (dim % t.ndim) + (i,)]

    return map_leaves(sample, tree, dims)


def _join(ys: Sequence[Tensor], place: Any) -> Tensor:
    if place is not None:
        return movedim(stack(ys), 0, place)
    first = ys[0].detach().numpy()
    if not all(np.array_equal(first, y.detach().numpy(), equal_nan=True) for y in ys):
        raise ValueError("vmap: out_dims: None is for what all samples share, and outputs differ")
    return ys[0]


# --------------------------------------------------------------------- modules


@contextmanager
def _members(module: Module, values: dict[str, Tensor], strict: bool, tie: bool) -> Iterator[None]:
    """A block in which parameters and buffers, by their full names, are these."""
    known = {name for name, _ in (*module.named_parameters(), *module.named_buffers())}
    known |= {name for name, _ in module.named_parameters(remove_duplicate=False)}
    if unknown := sorted({*values} - known):
        raise RuntimeError(f"functional_call: {type(module).__name__} has no {unknown[0]!r}")
    places = {}
    for name in known:
        path, _, own = name.rpartition(".")
        places[name] = vars(module.get_submodule(path)), own
    tied: dict[int, str] = {}
    for name in values if tie else ():
        members, own = places[name]
        other = tied.setdefault(id(members[own]), name)
        if values[name] is not values[other]:
            raise ValueError(
                f"functional_call: {other!r} and {name!r} are one tensor in the module, and two "
                "are given; give one, or tie_weights=False"
            )
    given = dict(values)
    for name, (members, own) in places.items():
        if name not in given and id(members[own]) in tied:
            given[name] = values[tied[id(members[own])]]
    if strict and (missing := sorted(known - {*given})):
        raise RuntimeError(f"functional_call: strict=True: {missing[0]!r} is missing")
    before = []
    try:
        for name, value in given.items():
            members, own = places[name]
            before.append((members, own, members[own]))
            members[own] = value
        yield
    finally:
        for members, own, member in reversed(before):
            members[own] = member


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers than its own, which stay as they are.

    parameter_and_buffer_dicts : tensors by name, as in `state_dict`, or several such dictionaries
    args : the arguments of the call as a tuple, or the only one
    tie_weights : a tensor that has two names in the module is replaced under both
    strict : all of the module's have to be given

    Raises RuntimeError for a name that the module has not, and for a missing one if `strict`;
    ValueError for a name in two dictionaries, and for two tensors in the place of a tied one.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> net = nn.Linear(2, 1)
    >>> others = {"weight": mg.tensor([[1.0, 2.0]]), "bias": mg.tensor([0.5])}
    >>> mg.func.functional_call(net, others, mg.tensor([[1.0, 1.0]]))
    tensor([[3.5]])
    """
    check_flag("functional_call: tie_weights", tie_weights)
    check_flag("functional_call: strict", strict)
    dicts = parameter_and_buffer_dicts
    values: dict[str, Tensor] = {}
    for each in (dicts,) if isinstance(dicts, dict) else dicts:
        if twice := sorted(values.keys() & each.keys()):
            raise ValueError(f"functional_call: {twice[0]!r} is in two of the dictionaries")
        values.update(each)
    given = () if args is None else args if isinstance(args, tuple) else (args,)
    with _members(module, values, strict, tie_weights):
        return module(*given, **(kwargs or {}))


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of modules of one form, each stacked: an ensemble's, for vmap.

    They are leaves, and require a gradient where the modules' do.  Raises ValueError for modules of
    several classes, or where some parameter requires a gradient in one module and not in another.

    >>> from minigrad import nn
    >>> parameters, _ = stack_module_state([nn.Linear(2, 3), nn.Linear(2, 3)])
    >>> parameters["weight"].shape
    (2, 3, 2)
    """
    if not models or len({type(m) for m in models}) > 1:
        raise ValueError("stack_module_state: wanted modules of one class, one at least")
    parameters = {
        name: _stacked(name, [m.get_parameter(name) for m in models])
        for name, _ in models[0].named_parameters()
    }
    buffers = {
        name: _stacked(name, [m.get_buffer(name) for m in models])
        for name, _ in models[0].named_buffers()
    }
    return parameters, buffers


def _stacked(name: str, tensors: list[Tensor]) -> Tensor:
    wanting = {t.requires_grad for t in tensors}
    if len(wanting) > 1:
        raise ValueError(f"stack_module_state: some of {name!r} require a gradient, some do not")
    stacked: Tensor = stack([t.detach() for t in tensors])
    return stacked.requires_grad_(wanting.pop())


give_words(globals(), {*__all__} - {"functional_call"})  # a module has words of its own

explain_absence(globals())
