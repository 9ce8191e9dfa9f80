"""The one door of randomness.

Everything in minigrad that draws a random number draws it from a `numpy.random.Generator` that it
got here: the default one, which `manual_seed` seeds, or one that the caller passed.  So a run
repeats bit for bit with the same version of NumPy (NEP 19 says what other versions may change).
`minigrad.Generator` is such a generator with PyTorch's methods.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from .absent import explanation, own_names
from .creation import check_sizes
from .engine.convert import as_array
from .engine.device import check_device
from .engine.dtypes import as_dtype, check_integer, check_number
from .engine.out import give_memory
from .engine.tensor import Tensor, tensor_of
from .engine.watchers import whole
from .engine.words import give_words

__all__ = [
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .generator import Generator


def __getattr__(name: str) -> Any:
    """Import `Generator` when it is first asked for."""
    if name == "Generator":
        from .generator import Generator

        return Generator
    if name.startswith("__"):  # the import system asks
        raise AttributeError(name)
    raise AttributeError(explanation(f"module {__name__!r}", name, __dir__()), name=name)


def __dir__() -> list[str]:
    return sorted(own_names(globals()) | {"Generator"})


@whole
def manual_seed(seed: int) -> Generator:
    """Seed the default generator, and return it.

    It stays the same object, so whoever holds it already is seeded too.  Raises TypeError if
    `seed` is not an integer, ValueError if it is negative or 2**64 or more.

    >>> _ = manual_seed(7)
    >>> first = rand(3).numpy()
    >>> _ = manual_seed(7)
    >>> bool((rand(3).numpy() == first).all())
    True
    """
    return default_generator().manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the operating system, and return that seed.

    >>> seed() == initial_seed()
    True
    """
    return default_generator().seed()


def initial_seed() -> int:
    """The seed that the default generator began from.

    >>> _ = manual_seed(3)
    >>> initial_seed()
    3
    """
    return default_generator().initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, as a uint8 tensor.

    >>> state = get_rng_state()
    >>> first = rand(3).tolist()
    >>> set_rng_state(state)
    >>> rand(3).tolist() == first
    True
    """
    return default_generator().get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator go on from a state that `get_rng_state` gave.

    Raises TypeError for what is not a uint8 tensor or array, ValueError for bytes that are no such
    state.  For an example see `get_rng_state`.
    """
    default_generator().set_state(new_state)


@contextmanager
def fork_rng(
    devices: Any = None, enabled: bool = True, *, device_type: str = "cpu"
) -> Iterator[None]:
    """A block after which the default generator is as it was before; not so if not `enabled`.

    devices, device_type : ignored; there is one generator

    >>> state = get_rng_state()
    >>> with fork_rng():
    ...     _ = rand(5)
    >>> get_rng_state().tolist() == state.tolist()
    True
    """
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


_made: list[Generator] = []  # when first asked for: to import numpy.random takes its time
_making = allocate_lock()


def default_generator() -> Generator:
    """The generator that is used where none is given.

    >>> default_generator() is manual_seed(0)
    True
    """
    if not _made:
        from .generator import Generator

        with _making:  # of two threads that ask first, one would seed what nobody draws from
            if not _made:
                generator = Generator()
                generator.seed()
                _made.append(generator)
    return _made[0]


def as_generator(generator: np.random.Generator | int | None = None) -> np.random.Generator:
    """What an argument `generator` means: a generator itself, a new one from an integer seed, or
    for None the default one.  Raises TypeError for anything else, ValueError for a negative seed.

    >>> int(as_generator(3).integers(100)) == int(as_generator(3).integers(100))
    True
    """
    if generator is None:
        return default_generator()
    if isinstance(generator, np.random.Generator):
        return generator
    return np.random.default_rng(check_seed(generator))


@whole
def rand(
    *shape: int | tuple[int, ...],
    size: Any = None,
    dtype: DTypeLike | None = None,
    device: Any = None,
    generator: np.random.Generator | int | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random numbers in [0, 1).

    shape : the lengths of the axes, one by one or as one tuple
    dtype : float32 or float64; the numbers are drawn in it
    generator : a generator, a seed, or None for the default generator
    requires_grad : as for `Tensor`

    Raises TypeError for another dtype and ValueError for a negative length.

    >>> x = rand(2, 3, generator=0)
    >>> x.shape, x.dtype
    ((2, 3), dtype('float32'))
    """
    check_device("rand", device)
    lengths, real = check_sizes("rand", shape, size), _check_real("rand", dtype)
    values = as_generator(generator).random(lengths, dtype=real)
    return tensor_of(np.asarray(values, real), requires_grad=requires_grad)


@whole
def randn(
    *shape: int | tuple[int, ...],
    size: Any = None,
    dtype: DTypeLike | None = None,
    device: Any = None,
    generator: np.random.Generator | int | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Random numbers of the standard normal distribution.  Arguments and errors as for `rand`.

    >>> randn((2, 3), dtype="float64", generator=0).dtype
    dtype('float64')
    """
    check_device("randn", device)
    lengths, real = check_sizes("randn", shape, size), _check_real("randn", dtype)
    values = as_generator(generator).standard_normal(lengths, dtype=real)
    return tensor_of(np.asarray(values, real), requires_grad=requires_grad)


@whole
def normal(
    mean: Any,
    std: Any = 1.0,
    size: int | tuple[int, ...] | None = None,
    *,
    dtype: DTypeLike | None = None,
    device: Any = None,
    generator: np.random.Generator | int | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Random numbers of the normal distribution of this mean and standard deviation.

    mean, std : finite numbers, `std` not negative; or tensors of them, one for each number drawn
    size : the lengths of the axes, an integer or a tuple; not with tensors

    The other arguments and errors are those of `rand`; ValueError also for a bad mean or std,
    TypeError for a size beside tensors.

    >>> normal(5.0, 0.0, (2,)).numpy()
    array([5., 5.], dtype=float32)
    """
    check_device("normal", device)
    given: list[Any] = [v._data if isinstance(v, Tensor) else v for v in (mean, std)]
    for name, value in zip(("mean", "std"), given, strict=True):
        if not isinstance(value, np.ndarray) and (
            not isinstance(value, Real) or isinstance(value, bool)
        ):
            raise TypeError(f"normal: {name} must be a number, got {type(value).__name__}")
        if np.asarray(value).dtype.kind not in "fiub":
            raise TypeError(f"normal: {name}: wanted numbers, got {np.asarray(value).dtype}")
        if not np.isfinite(np.asarray(value)).all():
            raise ValueError(f"normal: {name} must be finite, got {value}")
    if np.any(np.less(given[1], 0)):
        raise ValueError(f"normal: std must not be negative, got {std}")
    tensors = [v for v in given if isinstance(v, np.ndarray)]
    if tensors:
        if size is not None:
            raise TypeError("normal: size: tensors draw as many numbers as they hold; expand them")
        shape = np.broadcast_shapes(*(v.shape for v in tensors))
        real = _check_real("normal", np.result_type(*tensors) if dtype is None else dtype)
    else:
        shape, real = check_sizes("normal", (), size), _check_real("normal", dtype)
    values = as_generator(generator).standard_normal(shape, dtype=real)
    return tensor_of(np.asarray(values * given[1] + given[0], real), requires_grad=requires_grad)


@whole
def rand_like(input: Any, dtype: DTypeLike | None = None, **options: Any) -> Tensor:
    """`rand` in the shape and dtype of the input.

    >>> rand_like(rand(2, 3)).shape
    (2, 3)
    """
    x = as_array(input, "rand_like")
    return rand(x.shape, dtype=x.dtype if dtype is None else dtype, **options)


@whole
def randn_like(input: Any, dtype: DTypeLike | None = None, **options: Any) -> Tensor:
    """`randn` in the shape and dtype of the input.

    >>> randn_like(rand(2, 3)).shape
    (2, 3)
    """
    x = as_array(input, "randn_like")
    return randn(x.shape, dtype=x.dtype if dtype is None else dtype, **options)


@whole
def randint_like(
    input: Any, low: int = 0, high: Any = None, *, dtype: DTypeLike | None = None, **options: Any
) -> Tensor:
    """`randint` in the shape and dtype of the input.

    >>> randint_like(rand(2, 3), 5).shape
    (2, 3)
    """
    low, high = (0, low) if high is None else (low, high)
    x = as_array(input, "randint_like")
    return randint(low, high, x.shape, dtype=x.dtype if dtype is None else dtype, **options)


@whole
def bernoulli(
    input: Any, p: float | None = None, *, generator: np.random.Generator | int | None = None
) -> Tensor:
    """1 with the probability that each element of the input (or `p`) gives, else 0; constants.

    In the dtype of the input; float32 if it holds integers and `p` is not given.

    Raises ValueError for probabilities outside [0, 1].

    >>> bernoulli(rand(2) * 0 + 1)
    tensor([1., 1.])
    """
    x = as_array(input, "bernoulli")
    if p is not None:
        check_number("bernoulli: p", p)
    chances = x if p is None else np.full(x.shape, p)
    if chances.size and not (0 <= chances.min() and chances.max() <= 1):
        raise ValueError("bernoulli: input: wanted probabilities in [0, 1]")
    drawn = as_generator(generator).random(x.shape) < chances
    kept = p is not None or x.dtype.kind == "f"
    return tensor_of(np.asarray(drawn.astype(x.dtype if kept else np.float32)))


@whole
def multinomial(
    input: Any,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: np.random.Generator | int | None = None,
) -> Tensor:
    """Indices drawn with probabilities in proportion to the weights of each row.

    input : (n,) or (m, n), weights that are not negative
    num_samples : how many for each row; `replacement`: may an index be drawn twice?

    Returns (num_samples,) or (m, num_samples), int64.  Raises ValueError for weights that are
    negative, infinite or all 0, for less than one sample, and for more samples without replacement
    than there are weights above 0.

    >>> multinomial(rand(4) * 0 + 1, 4).sort().values
    tensor([0, 1, 2, 3])
    """
    weights = as_array(input, "multinomial")
    if weights.ndim not in (1, 2):
        raise ValueError(f"multinomial: input: wanted (n,) or (m, n), got {weights.shape}")
    rows = np.atleast_2d(weights).astype(np.float64)
    if not np.isfinite(rows).all() or (rows < 0).any() or not (rows > 0).any(axis=1).all():
        raise ValueError("multinomial: input: wanted finite weights, not negative, some above 0")
    positive = rows > 0
    rows = rows / rows.max(axis=1, keepdims=True, initial=0)  # whose sum is finite, and no rounding
    count = check_integer("multinomial: num_samples", num_samples)
    if count < 1:
        raise ValueError(f"multinomial: num_samples: wanted at least 1, got {count}")
    if not replacement and count > positive.sum(axis=1).min(initial=count):
        raise ValueError(
            f"multinomial: {count} samples without replacement from fewer weights above 0"
        )
    source = as_generator(generator)
    if replacement:
        edges = np.cumsum(rows / rows.sum(axis=1, keepdims=True), axis=1)
        draws = source.random((len(rows), count))
        last = positive[:, ::-1].argmax(axis=1)  # rounding may leave the last edge below 1
        found = [np.searchsorted(e, d, "right") for e, d in zip(edges, draws, strict=True)]
        drawn = np.array(found, np.int64).reshape(draws.shape)
        drawn = np.minimum(drawn, (rows.shape[1] - 1 - last)[:, None])
    else:  # the largest of exponential races (Efraimidis and Spirakis 2006)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            keys = source.exponential(size=rows.shape) / rows
        keys = np.where(positive, np.fmin(keys, np.finfo(keys.dtype).max), np.inf)
        drawn = np.argsort(keys, axis=1, kind="stable")[:, :count]
    return tensor_of(drawn.astype(np.int64)[0] if weights.ndim == 1 else drawn.astype(np.int64))


@whole
def randint(
    low: int = 0,
    high: Any = None,
    size: Any = None,
    *,
    dtype: DTypeLike | None = None,
    device: Any = None,
    generator: np.random.Generator | int | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random integers, `low` included and `high` not.

    low : may be left out, as in PyTorch: `randint(10, (2, 3))` draws from 0 to 9
    size : the lengths of the axes, an integer or a tuple
    dtype : int64 by default; a dtype that holds `low` and `high - 1`, or a floating one, in which
        the numbers are rounded, but not to what is outside of the range

    Raises ValueError for an empty range or one outside of the dtype.

    >>> dice = randint(1, 7, (100,), generator=0).numpy()
    >>> int(dice.min()), int(dice.max())
    (1, 6)
    """
    check_device("randint", device)
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint: size: wanted the lengths of the axes, got None")
    real = np.dtype(np.int64) if dtype is None else as_dtype(dtype, "randint")
    whole = np.dtype(np.int64) if real.kind == "f" else _check_whole("randint", real)
    shape = check_sizes("randint", (), size)
    first, end = check_integer("randint: low", low), check_integer("randint: high", high)
    limits = np.iinfo(whole)
    if not limits.min <= first < end <= int(limits.max) + 1:
        raise ValueError(
            f"randint: wanted low < high within the range of {whole}, got low={low}, high={high}"
        )
    values = np.asarray(as_generator(generator).integers(first, end, shape, whole), real)
    if real.kind == "f":
        least, most = real.type(first), real.type(end - 1)  # to the nearest, so maybe too far
        least = least if int(least) >= first else np.nextafter(least, real.type(np.inf))
        most = most if int(most) < end else np.nextafter(most, real.type(-np.inf))
        if least > most:
            raise ValueError(f"randint: {real} has no number from low={low} to below high={high}")
        values = np.asarray(values.clip(least, most))
    return tensor_of(values, requires_grad=requires_grad)


@whole
def randperm(
    n: int,
    *,
    dtype: DTypeLike | None = None,
    device: Any = None,
    generator: np.random.Generator | int | None = None,
) -> Tensor:
    """The numbers 0 to n - 1 in random order.

    dtype : any integer dtype that holds `n - 1`

    Raises TypeError if `n` is not an integer or for another dtype, ValueError if `n` is negative
    or too large for the dtype.

    >>> sorted(randperm(4).tolist())
    [0, 1, 2, 3]
    """
    check_device("randperm", device)
    whole, count = _check_whole("randperm", dtype), check_integer("randperm: n", n)
    if not 0 <= count <= int(np.iinfo(whole).max) + 1:
        raise ValueError(f"randperm: n must not be negative nor too large for {whole}, got {n}")
    return tensor_of(as_generator(generator).permutation(count).astype(whole, copy=False))


# ---------------------------------------------------------------------- checks


def check_seed(seed: Any) -> int:
    """`seed` as an integer of 64 bits; TypeError and ValueError for what is none."""
    number = check_integer("seed", seed)
    if number < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    if number >= 2**64:
        raise ValueError(f"seed must be less than 2**64, got {seed}")
    return number


def _check_real(where: str, dtype: DTypeLike | None) -> np.dtype[Any]:
    if (real := as_dtype(dtype, where)).kind != "f":
        raise TypeError(f"{where}: dtype must be float32 or float64, got {real}")
    return real


def _check_whole(where: str, dtype: DTypeLike | None) -> np.dtype[Any]:
    if (whole := as_dtype("int64" if dtype is None else dtype, where)).kind not in "iu":
        raise TypeError(f"{where}: dtype must be an integer type, got {whole}")
    return whole


give_words(
    globals(),
    """
    bernoulli manual_seed multinomial normal rand rand_like randint randint_like randn randn_like
    randperm set_rng_state
    """.split(),
)
give_memory(
    globals(),
    """
    bernoulli multinomial normal rand rand_like randint randint_like randn randn_like randperm
    """.split(),
)
