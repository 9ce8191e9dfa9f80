"""Functions made of functions: derivatives, `vmap`, and modules called with given parameters.

PyTorch's `torch.func`.  What they make nests, and records where something that a result depends on
requires a gradient.  Tensors may stand in dicts, tuples and lists.  With `has_aux` a function gives
a pair, whose second part is handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

from . import autograd
from .engine.tape import Node
from .engine.tensor import Tensor
from .ops import moveaxis, stack

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


def _mapped(function: Callable[..., Any], *trees: Any) -> Any:
    """The function of the tensors that have one place in dicts, tuples and lists."""
    first = trees[0]
    if isinstance(first, Mapping):
        return {k: _mapped(function, *(t[k] for t in trees)) for k in first}
    if isinstance(first, (tuple, list)):
        return type(first)([_mapped(function, *parts) for parts in zip(*trees, strict=True)])
    return function(*trees)


def _tensors(tree: Any) -> list[Tensor]:
    found: list[Tensor] = []
    _mapped(lambda t: found.append(t) if isinstance(t, Tensor) else None, tree)
    return found


def _leaf(x: Tensor) -> Tensor:
    """The tensor as one to differentiate by; what it was computed from goes on behind it."""
    return x * 1 if x.requires_grad else x.detach().requires_grad_()


def _settled(tree: Any, leaves: list[Tensor]) -> Any:
    """Results, as constants if they depend on nothing but these leaves."""
    own = {id(leaf) for leaf in leaves if leaf._node is None}
    stack, seen = [t._node or t for t in _tensors(tree) if t.requires_grad], set[int]()
    while stack:
        node = stack.pop()
        if isinstance(node, Node):
            if id(node) not in seen:
                seen.add(id(node))
                stack += [parent for parent in node.parents if parent is not None]
        elif id(node) not in own:
            return tree
    return _mapped(lambda t: t.detach() if isinstance(t, Tensor) else t, tree)


def _split(where: str, argnums: Any, args: tuple[Any, ...]) -> tuple[dict[int, Any], list[Tensor]]:
    """The arguments to differentiate by, with leaves for their tensors, and those leaves."""
    places = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(isinstance(i, int) and -len(args) <= i < len(args) for i in places):
        raise ValueError(f"{where}: argnums: wanted places among {len(args)}, got {argnums!r}")
    leaves = {range(len(args))[i]: _mapped(_leaf, args[i]) for i in places}
    return leaves, _tensors(tuple(leaves.values()))


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The function that gives the gradient of `func` and its value, which has no axes.

    >>> import minigrad as mg
    >>> mg.func.grad_and_value(lambda x: (x**2).sum())(mg.tensor([1.0, 3.0]))
    (tensor([2., 6.]), tensor(10.))
    """

    def both(*args: Any, **kwargs: Any) -> Any:
        given, leaves = _split("grad", argnums, args)
        with autograd.enable_grad():
            out = func(*(given.get(i, a) for i, a in enumerate(args)), **kwargs)
            value, *aux = out if has_aux else (out,)
            if not isinstance(value, Tensor) or value.ndim:
                raise ValueError(f"grad: func: wanted a tensor without axes, got {value!r:.60}")
            found = iter(_gradients(value, leaves))
        grads = tuple(_mapped(lambda _: next(found), given[i]) for i in given)
        grads, value, aux = _settled((grads, value, aux), leaves)
        wanted = grads if isinstance(argnums, tuple) else grads[0]
        return wanted, (value, *aux) if has_aux else value

    return both


def _gradients(value: Tensor, leaves: list[Tensor]) -> tuple[Tensor, ...]:
    if not value.requires_grad:
        return tuple(leaf.detach() * 0 for leaf in leaves)
    return autograd.grad(value, leaves, create_graph=True, materialize_grads=True)


def grad(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The function that gives the gradient of `func`, whose value has no axes.

    >>> import minigrad as mg
    >>> mg.func.grad(mg.func.grad(lambda x: x**3))(mg.tensor(2.0))
    tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and the function from its cotangents to those of the primals.

    >>> import minigrad as mg
    >>> value, pull = mg.func.vjp(lambda x: x**2, mg.tensor([1.0, 3.0]))
    >>> pull(mg.tensor([1.0, 10.0]))
    (tensor([ 2., 60.]),)
    """
    given, leaves = _split("vjp", tuple(range(len(primals))), primals)
    with autograd.enable_grad():
        out = func(*given.values())
    value, *aux = out if has_aux else (out,)

    def pull(*cotangents: Any) -> tuple[Any, ...]:
        ys, gs = _tensors(value), _tensors(cotangents)
        found = iter(
            autograd.grad(
                ys, leaves, gs, retain_graph=True, create_graph=True, materialize_grads=True
            )
        )
        grads = tuple(_mapped(lambda _: next(found), x) for x in given.values())
        settled: tuple[Any, ...] = _settled(grads, leaves)
        return settled

    return (_settled(value, leaves), pull, *aux)


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False
) -> tuple[Any, ...]:
    """The value of `func` at the primals, and its derivative towards the tangents.

    >>> import minigrad as mg
    >>> mg.func.jvp(lambda x: x**2, (mg.tensor(3.0),), (mg.tensor(1.0),))
    (tensor(9.), tensor(6.))
    """
    aux: list[Any] = []

    def plain(*args: Any) -> Any:
        out = func(*args)
        if has_aux:
            aux[:], out = [out[1]], out[0]
        return out

    given, leaves = _split("jvp", tuple(range(len(primals))), tuple(primals))
    with autograd.enable_grad():
        found = autograd.functional.jvp(plain, tuple(given.values()), tuple(tangents), True)
    return (*_settled(found, leaves), *aux)


def jacrev(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False, **_: Any
) -> Callable[..., Any]:
    """The function that gives the Jacobian: of every output element by every input element.

    Of shape (*output, *input).  How it is computed (`chunk_size`, ...) is not for the caller.

    >>> import minigrad as mg
    >>> mg.func.jacrev(lambda x: x**2)(mg.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        given, leaves = _split("jacrev", argnums, args)
        aux: list[Any] = []

        def of_inputs(*inputs: Any) -> Any:
            place = dict(zip(given, inputs, strict=True))
            out = func(*(place.get(i, a) for i, a in enumerate(args)), **kwargs)
            if has_aux:
                aux[:], out = [out[1]], out[0]
            return out

        inputs = tuple(given.values())
        with autograd.enable_grad():
            found = autograd.functional.jacobian(of_inputs, inputs, create_graph=True)
        if not isinstance(argnums, tuple):
            several = isinstance(found[0], tuple)
            found = tuple(row[0] for row in found) if several else found[0]
        found, aux = _settled((found, aux), leaves)
        return (found, *aux) if has_aux else found

    return jacobian


jacfwd = jacrev


def hessian(func: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that gives the second derivatives of `func`.

    >>> import minigrad as mg
    >>> mg.func.hessian(lambda x: (x**3).sum())(mg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    **_: Any,
) -> Callable[..., Any]:
    """The function that calls `func` with each slice of its arguments, and stacks the results.

    in_dims : the axis of the slices, of all arguments or one for each; None for the same each time
    out_dims : where the axis of the slices goes in the results

    A loop: what it saves is writing, not time.  A whole batch in one operation is much faster.

    >>> import minigrad as mg
    >>> mg.func.vmap(mg.func.grad(lambda x: x**3))(mg.tensor([1.0, 2.0]))
    tensor([ 3., 12.])
    """

    def along(*args: Any, **kwargs: Any) -> Any:
        dims = _spread(in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(args), args)
        sizes: set[int] = set()
        _mapped(lambda d, x: d if d is None else sizes.add(x.shape[d]), dims, args)
        _mapped(lambda d, x: d if d is None else sizes.add(x.shape[d]), _spread(0, kwargs), kwargs)
        if len(sizes) != 1:
            raise ValueError(f"vmap: wanted one size along the axes of slices, got {sorted(sizes)}")
        (count,) = sizes
        if not count:
            raise ValueError("vmap: wanted at least one slice, got none")

        def part(i: int) -> Any:
            def slices(d: Any, x: Any) -> Any:
                return x if d is None else x.select(d, i)

            return func(*_mapped(slices, dims, args), **_mapped(slices, _spread(0, kwargs), kwargs))

        results = [part(i) for i in range(count)]

        def joined(d: int, *tensors: Tensor) -> Tensor:
            return moveaxis(stack(tensors), 0, d) if d else stack(tensors)

        return _mapped(joined, _spread(out_dims, results[0]), *results)

    return along


def _spread(dims: Any, tree: Any) -> Any:
    """An axis for each tensor of a tree, from one for a branch; None for what is no tensor."""
    if isinstance(tree, (tuple, list)) and isinstance(dims, (tuple, list)):
        return type(tree)([_spread(d, t) for d, t in zip(dims, tree, strict=True)])
    if isinstance(tree, Mapping) and isinstance(dims, Mapping):
        return {name: _spread(dims[name], t) for name, t in tree.items()}
    return _mapped(lambda t: dims if isinstance(t, Tensor) else None, tree)


@contextmanager
def _given(module: Any, tensors: Mapping[str, Any]) -> Any:
    """A module with other tensors in the places of its parameters and buffers, for a while."""
    before = []
    try:
        for path, tensor in tensors.items():
            home, _, name = path.rpartition(".")
            members = module.get_submodule(home).__dict__
            if not isinstance(members.get(name), Tensor):
                raise KeyError(f"functional_call: no parameter or buffer {path!r} in the module")
            before.append((members, name, members[name]))
            members[name] = tensor
        yield
    finally:
        for members, name, tensor in reversed(before):
            members[name] = tensor


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """What a module gives with other parameters and buffers, which it then forgets.

    parameter_and_buffer_dicts : a dict by the module's own names, or a tuple of dicts
    strict : refuse dicts in which one is missing; ones of other names are refused in any case

    >>> import minigrad as mg
    >>> layer = mg.nn.Linear(1, 1, bias=False)
    >>> mg.func.functional_call(layer, {"weight": mg.tensor([[2.0]])}, (mg.tensor([3.0]),))
    tensor([6.])
    """
    given = parameter_and_buffer_dicts
    tensors: dict[str, Any] = {}
    for part in (given,) if isinstance(given, Mapping) else given:
        tensors |= part
    own = dict(module.named_parameters(remove_duplicate=False))
    own |= dict(module.named_buffers(remove_duplicate=False))
    if strict and (missing := own.keys() - tensors.keys()):
        raise RuntimeError(f"functional_call: missing: {', '.join(sorted(missing))}")
    if tie_weights:  # one parameter under several names
        same = {id(own[name]): tensor for name, tensor in tensors.items() if name in own}
        tensors = {n: same[id(t)] for n, t in own.items() if id(t) in same} | tensors
    inputs = () if args is None else args if isinstance(args, tuple) else (args,)
    with _given(module, tensors):
        return module(*inputs, **kwargs or {})


def stack_module_state(models: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of equally built modules, stacked for `vmap`.

    >>> import minigrad as mg
    >>> params, _ = mg.func.stack_module_state([mg.nn.Linear(2, 1) for _ in range(3)])
    >>> params["weight"].shape
    (3, 1, 2)
    """
    if not models:
        raise ValueError("stack_module_state: wanted at least one module")
    both = []
    for kind in ("named_parameters", "named_buffers"):
        states = [dict(getattr(model, kind)()) for model in models]
        stacked = {name: stack([s[name] for s in states]).detach() for name in states[0]}
        both.append({n: t.requires_grad_(states[0][n].requires_grad) for n, t in stacked.items()})
    return both[0], both[1]
