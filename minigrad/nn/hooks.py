"""Hooks: functions of one's own that run when a module is called, and when gradients pass it.

A module without hooks pays nothing for them: they are kept in dictionaries that come into being
with the first one, and `Module.__call__` comes here only then.

For backward hooks all tensors that enter a module go through one node of the graph, and so do all
that leave it.  The complete cotangents of these two nodes are what a backward hook is about.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..engine.hooks import RemovableHandle
from ..engine.tensor import Tensor
from ..engine.warn import warn
from ..ops.shaping import astype, concat, reshape

if TYPE_CHECKING:
    from .module import Module

_keys = itertools.count()


class Hook(NamedTuple):
    """A hook, and how it wants to be called."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


def register(hooks: dict[int, Any], hook: Hook, prepend: bool, where: str) -> RemovableHandle:
    """Add a hook after the others, or before them; TypeError for what cannot be called."""
    if not callable(hook.function):
        raise TypeError(f"{where}: hook: wanted a function, got {type(hook.function).__name__}")
    key = next(_keys)
    others = dict(hooks)
    if prepend:
        hooks.clear()
    hooks[key] = hook
    hooks.update(others)
    return RemovableHandle(hooks, key)


def call(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`module.forward` between its hooks."""
    result, done = None, set()
    try:
        for before in tuple(module._forward_pre_hooks.values()):
            args, kwargs = _before(module, before, args, kwargs)
        backward = None
        if module._backward_hooks or module._backward_pre_hooks:
            backward = _Backward(module)
            args = backward.enter(args)
        result = module.forward(*args, **kwargs)
        for key, after in tuple(module._forward_hooks.items()):
            done.add(key)
            answer = _after(module, after, args, kwargs, result)
            result = result if answer is None else answer
        return result if backward is None else backward.leave(result)
    except Exception:
        for key, after in tuple(module._forward_hooks.items()):
            if after.always_call and key not in done:
                try:
                    _after(module, after, args, kwargs, result)
                except Exception as error:  # the first one is what the caller must see
                    warn(
                        f"a forward hook of {type(module).__name__} that is always called failed "
                        f"too: {error!r}"
                    )
        raise


def _before(
    module: Module, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if not hook.with_kwargs:
        answer = hook.function(module, args)
        if answer is None:
            return args, kwargs
        return answer if isinstance(answer, tuple) else (answer,), kwargs
    answer = hook.function(module, args, kwargs)
    if answer is None:
        return args, kwargs
    if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], dict)):
        raise TypeError(
            f"a forward pre-hook of {type(module).__name__} with kwargs must return None or a pair "
            f"(args, kwargs), got {type(answer).__name__}"
        )
    return (answer[0] if isinstance(answer[0], tuple) else (answer[0],)), answer[1]


def _after(module: Module, hook: Hook, args: Any, kwargs: Any, result: Any) -> Any:
    if hook.with_kwargs:
        return hook.function(module, args, kwargs, result)
    return hook.function(module, args, result)


class _Backward:
    """The backward hooks of one call of a module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.inputs = 0  # how many arguments there were
        self.places: list[int] = []  # which of them get a gradient
        self.passed: list[tuple[Tensor, Any, int]] = []  # what `forward` gets of them, as it was
        self.grad_output: tuple[Any, ...] = ()

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.inputs = len(args)
        self.places, args = _through_one_node(args, self._enter)
        self.passed = [(args[i], args[i]._node, args[i]._version) for i in self.places]
        return args

    def leave(self, result: Any) -> Any:
        if any(t._node is not node or t._version != version for t, node, version in self.passed):
            raise RuntimeError(
                f"{type(self.module).__name__} changes its input in place and has a backward hook, "
                "for which the input goes through a node of the graph: what is changed is not the "
                "caller's tensor; use inplace=False, or take the hook away"
            )
        several = isinstance(result, tuple)
        results = result if several else (result,)

        def left(grads: tuple[Any, ...]) -> tuple[Any, ...] | None:
            changed = None
            for hook in tuple(self.module._backward_pre_hooks.values()):
                if (answer := hook.function(self.module, changed or grads)) is not None:
                    changed = self._check(answer, len(results), "grad_output")
            self.grad_output = changed or grads
            if not self.places:  # no gradient goes further: this is the last moment
                self._enter((None,) * self.inputs)
            return changed

        results = _through_one_node(results, left)[1]
        return results if several else results[0]

    def _enter(self, grads: tuple[Any, ...]) -> tuple[Any, ...] | None:
        changed = None
        for hook in tuple(self.module._backward_hooks.values()):
            answer = hook.function(self.module, changed or grads, self.grad_output)
            if answer is not None:
                changed = self._check(answer, self.inputs, "grad_input")
        return changed

    def _check(self, answer: Any, count: int, what: str) -> tuple[Any, ...]:
        answers = answer if isinstance(answer, tuple) else (answer,)
        if len(answers) != count:
            raise ValueError(
                f"a backward hook of {type(self.module).__name__} returned {len(answers)} "
                f"gradients as {what}, wanted {count}"
            )
        return answers


def _through_one_node(
    values: tuple[Any, ...], hook: Callable[[tuple[Any, ...]], Sequence[Any] | None]
) -> tuple[list[int], tuple[Any, ...]]:
    """The same values, of which the recorded tensors now come from one node, and their places.

    Once the cotangents of all of them are complete, `hook` is called with one a value, None where
    there is none, and may answer with others.
    """
    recorded = {i: v for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad}
    if not recorded:
        return [], values
    joined = concat([reshape(v, (-1,)) for v in recorded.values()])
    if not joined.requires_grad:  # inside no_grad
        return [], values

    def split(flat: Tensor) -> dict[int, Tensor]:
        parts, start = {}, 0
        for i, value in recorded_shapes.items():
            shape, dtype, size = value
            part = reshape(flat[start : start + size], shape)
            parts[i] = part if part.dtype == dtype else astype(part, dtype)
            start += size
        return parts

    recorded_shapes = {i: (v.shape, v.dtype, v.numel()) for i, v in recorded.items()}

    def complete(flat: Tensor) -> Tensor | None:
        grads = split(flat)
        answers = hook(tuple(grads.get(i) for i in range(len(values))))
        if answers is None:
            return None
        chosen = [answers[i] if answers[i] is not None else g * 0 for i, g in grads.items()]
        for answer, grad in zip(chosen, grads.values(), strict=True):
            if not isinstance(answer, Tensor) or answer.shape != grad.shape:
                raise ValueError(
                    f"a backward hook must return gradients of the shapes it got: wanted "
                    f"{grad.shape}, got {getattr(answer, 'shape', type(answer).__name__)}"
                )
        return concat([reshape(astype(c, flat.dtype), (-1,)) for c in chosen])  # type: ignore[no-any-return]

    joined.register_hook(complete)
    passed = split(joined)
    return list(recorded), tuple(passed.get(i, v) for i, v in enumerate(values))
