"""Who records, and when: switches of the current thread, as blocks and as decorators."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from .mode import Block, mode

F = TypeVar("F", bound=Callable[..., Any])


def is_grad_enabled() -> bool:
    """Does the current thread record what is done with tensors that require a gradient?"""
    return mode.recording


class GradMode(Block):
    """A block in which `mode.recording` is set, or a decorated function.

    A decorated generator or coroutine has the mode whenever it runs, and leaves that of its
    caller alone.
    """

    def __call__(self, function: F) -> F:
        """The function, with the mode set whenever it runs."""
        if isinstance(function, type) or not callable(function):
            raise TypeError(
                f"{type(self).__name__}: decorates functions, got {function!r:.60}; decorate the "
                "methods of a class one by one"
            )
        enabled = self.enabled

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with set_grad(enabled):
                return function(*args, **kwargs)

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            return (yield from _resume(enabled, function(*args, **kwargs)))

        @functools.wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            return await _await(enabled, function(*args, **kwargs))

        @functools.wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            source = function(*args, **kwargs)
            resume, argument = source.asend, None
            try:
                while True:
                    try:
                        item = await _await(enabled, resume(argument))
                    except StopAsyncIteration:
                        return
                    try:
                        resume, argument = source.asend, (yield item)
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        resume, argument = source.athrow, error
            finally:
                await _await(enabled, source.aclose())

        if inspect.isasyncgenfunction(function):
            return asynchronous  # type: ignore[return-value]
        if inspect.iscoroutinefunction(function):
            return coroutine  # type: ignore[return-value]
        return generator if inspect.isgeneratorfunction(function) else inside  # type: ignore[return-value]


def _resume(enabled: bool, source: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """What a generator yields, with the mode set whenever it runs."""
    resume, argument = source.send, None
    while True:
        try:
            with set_grad(enabled):
                item = resume(argument)
        except StopIteration as end:
            return end.value
        try:
            resume, argument = source.send, (yield item)
        except GeneratorExit:
            with set_grad(enabled):
                source.close()
            raise
        except BaseException as error:
            resume, argument = source.throw, error


@types.coroutine
def _await(enabled: bool, source: Any) -> Generator[Any, Any, Any]:
    """Await with the mode set whenever what is awaited runs."""
    return (yield from _resume(enabled, source.__await__()))


class _Plain(GradMode):
    """A mode that decorates with or without brackets."""

    def __new__(cls, function: Any = None, **unknown: Any) -> Any:
        """`@no_grad` means `@no_grad()`."""
        if unknown:
            raise TypeError(
                f"{cls.__name__}() got an unexpected keyword argument {next(iter(unknown))!r}"
            )
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self, function: Any = None) -> None:
        super().__init__()


class no_grad(_Plain):
    """Run a block, or a decorated function, without recording it.

    The setting is the current thread's own, and is restored however the block is left.  Functions,
    generators and coroutines can be decorated; TypeError for a class.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> with mg.no_grad():
    ...     (3 * w).requires_grad
    False
    """

    enabled = False


class enable_grad(_Plain):
    """Record again inside a `no_grad` block; otherwise as `no_grad`.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> with mg.no_grad(), mg.enable_grad():
    ...     (3 * w).requires_grad
    True
    """

    enabled = True


class set_grad(GradMode):
    """A block that records, or does not."""

    def __init__(self, enabled: bool) -> None:
        super().__init__()
        self.enabled = enabled


class set_grad_enabled(set_grad):
    """Record or not, as `mode` says: at once, and with `with` until the end of the block.

    Raises TypeError for a mode that is not a bool.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> with mg.set_grad_enabled(False):
    ...     (3 * w).requires_grad
    False
    >>> mg.is_grad_enabled()
    True
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled: mode: wanted True or False, got {mode!r:.60}")
        super().__init__(mode)
        self._outside = is_grad_enabled()
        _record(mode)

    def __enter__(self) -> None:
        _record(self._outside)
        super().__enter__()

    def __call__(self, function: F) -> F:
        """The function, with the mode set whenever it runs; the caller's is as it was."""
        _record(self._outside)
        return super().__call__(function)


def _record(enabled: bool) -> None:
    mode.recording = enabled


class inference_mode(GradMode):
    """`no_grad`, or with `mode=False` `enable_grad`, under PyTorch's name for inference.

    In PyTorch its results can never take part in a graph again; here they can, as constants.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> with mg.inference_mode():
    ...     (3 * w).requires_grad
    False
    """

    def __new__(cls, mode: Any = True) -> Any:
        """`@inference_mode` means `@inference_mode()`."""
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.enabled = not mode
