"""In which order samples come: indices one by one, or batches of them."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sized
from itertools import chain, islice
from typing import Any, Generic, TypeVar, get_origin

import numpy as np

from ...engine.dtypes import check_count, check_flag, check_integer
from ...engine.words import with_class_words
from ...random import as_generator

Index = TypeVar("Index", covariant=True)
GeneratorLike = np.random.Generator | int | None


class Sampler(Generic[Index]):
    """The base of what gives an order: a subclass defines `__iter__`, and `__len__` if it knows.

    >>> class Backwards(Sampler[int]):
    ...     def __iter__(self):
    ...         return iter([2, 1, 0])
    >>> list(Backwards())
    [2, 1, 0]
    """

    def __init__(self, data_source: Any = None) -> None:
        pass

    def __iter__(self) -> Iterator[Index]:
        raise NotImplementedError(f"{type(self).__name__} defines no __iter__()")


@with_class_words
class SequentialSampler(Sampler[int]):
    """The indices of `data_source` in order.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        check_sized("SequentialSampler", data_source)
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


_BLOCK = 4096


@with_class_words
class RandomSampler(Sampler[int]):
    """The indices of `data_source` in random order, drawn anew, and at once, by each `iter`.

    data_source : what has a length
    replacement : draw each index by itself, so that some come twice
    num_samples : how many to draw, `len(data_source)` if None; beyond that a further random order
        begins
    generator : a generator, a seed, or None for the default generator

    Raises TypeError and ValueError if `num_samples` is no integer of at least 1.

    >>> sorted(RandomSampler("abc", generator=0))
    [0, 1, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: GeneratorLike = None,
    ) -> None:
        check_flag("RandomSampler: replacement", replacement)
        check_sized("RandomSampler", data_source)
        self.data_source, self.replacement = data_source, replacement
        self._num_samples = (
            None if num_samples is None else check_count("RandomSampler: num_samples", num_samples)
        )
        if self.num_samples > sys.maxsize:
            longest = f"RandomSampler: num_samples: wanted at most {sys.maxsize}"
            raise ValueError(f"{longest}, Python's longest length, got {num_samples}")
        self.generator = as_generator(generator)

    @property
    def num_samples(self) -> int:
        """How many indices one `iter` gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        length, wanted = len(self.data_source), self.num_samples
        if not length and wanted:
            raise ValueError(f"RandomSampler: cannot draw {wanted} samples from none")
        if self.replacement:  # block by block: `num_samples` may stand for "for ever"
            source = np.random.default_rng(int(self.generator.integers(2**63)))
            blocks = (min(_BLOCK, wanted - i) for i in range(0, wanted, _BLOCK))
            return (i for n in blocks for i in source.integers(length, size=n).tolist())
        first = self.generator.permutation(length).tolist()
        if wanted <= length:
            return iter(first[:wanted])
        source = np.random.default_rng(int(self.generator.integers(2**63)))
        more = (i for _ in range(wanted // length) for i in source.permutation(length).tolist())
        return islice(chain(first, more), wanted)

    def __len__(self) -> int:
        return self.num_samples


@with_class_words
class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order, without replacement.

    indices : a sequence of indices
    generator : a generator, a seed, or None for the default generator

    >>> sorted(SubsetRandomSampler([5, 3, 8]))
    [3, 5, 8]
    """

    def __init__(self, indices: Any, generator: GeneratorLike = None) -> None:
        check_sized("SubsetRandomSampler", indices)
        if isinstance(indices, Mapping):
            raise TypeError(f"SubsetRandomSampler: indices: wanted a list, got {indices!r:.60}")
        self.indices, self.generator = indices, as_generator(generator)

    def __iter__(self) -> Iterator[int]:
        order = self.generator.permutation(len(self.indices))
        name = "SubsetRandomSampler: indices: each"
        return iter([check_integer(name, self.indices[i]) for i in order.tolist()])

    def __len__(self) -> int:
        return len(self.indices)


@with_class_words
class WeightedRandomSampler(Sampler[int]):
    """Indices 0 to `len(weights) - 1`, each drawn with a probability that its weight gives.

    weights : numbers that are finite, not negative and not all 0; they need not add up to 1
    num_samples : how many to draw
    replacement : draw each by itself; False draws no index twice
    generator : a generator, a seed, or None for the default generator

    Raises ValueError for other weights, and for fewer weights above 0 than samples to draw without
    replacement.

    >>> list(WeightedRandomSampler([0.0, 3.0], num_samples=3))
    [1, 1, 1]
    """

    def __init__(
        self,
        weights: Any,
        num_samples: int,
        replacement: bool = True,
        generator: GeneratorLike = None,
    ) -> None:
        check_flag("WeightedRandomSampler: replacement", replacement)
        try:
            if np.iscomplexobj(weights):
                raise TypeError("got complex ones")
            self.weights = np.asarray(weights, np.float64)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"WeightedRandomSampler: weights must be real numbers: {error}") from error
        fit = np.isfinite(self.weights) & (self.weights >= 0)
        if self.weights.ndim != 1 or not fit.all():
            raise ValueError(
                "WeightedRandomSampler: weights must be a sequence of finite numbers that are not "
                f"negative, got shape {self.weights.shape}"
            )
        self.num_samples = check_count("WeightedRandomSampler: num_samples", num_samples)
        possible = np.count_nonzero(self.weights)
        if possible < (1 if replacement else self.num_samples):
            raise ValueError(
                f"WeightedRandomSampler: cannot draw {self.num_samples} samples from {possible} "
                "weights above 0"
            )
        self.replacement, self.generator = replacement, as_generator(generator)

    def __iter__(self) -> Iterator[int]:
        shares = self.weights / self.weights.max()  # first: their sum may be beyond the dtype
        drawn = self.generator.choice(
            len(shares), self.num_samples, replace=self.replacement, p=shares / shares.sum()
        )
        return iter(drawn.tolist())

    def __len__(self) -> int:
        return self.num_samples


@with_class_words
class BatchSampler(Sampler[list[int]]):
    """Lists of `batch_size` indices each, from another sampler.

    sampler : what gives the indices
    batch_size : how many indices a list has
    drop_last : leave out a last list that is smaller

    Raises TypeError if `batch_size` is no integer, ValueError if it is less than 1.

    >>> list(BatchSampler(SequentialSampler(range(5)), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        check_iterable("BatchSampler: sampler", sampler)
        self.sampler = sampler
        self.batch_size = check_count("BatchSampler: batch_size", batch_size)
        self.drop_last = check_flag("BatchSampler: drop_last", drop_last)

    def __iter__(self) -> Iterator[list[Any]]:
        # The order is drawn here and now, so that random numbers used before the first batch do
        # not change it.
        return self._batches(iter(self.sampler))

    def _batches(self, indices: Iterator[Any]) -> Iterator[list[Any]]:
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        check_sized("BatchSampler", self.sampler)
        whole, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return whole + (rest > 0 and not self.drop_last)


def check_sized(where: str, source: Any) -> None:
    """Raise TypeError for what has no length."""
    check_made(where, source)
    if not hasattr(source, "__len__"):
        raise TypeError(f"{where}: wanted a source with a length, got {type(source).__name__}")


def check_made(what: str, value: Any) -> None:
    """Raise TypeError for a class where one of its objects is wanted."""
    if isinstance(value, type) or get_origin(value) is not None:  # `Sampler[int]` is no class
        name = getattr(value, "__name__", value)
        raise TypeError(f"{what}: got the class {name}; make one of it: {name}(...)")


def check_iterable(what: str, value: Any, wanted: str = "indices, by a Sampler or a list") -> None:
    """Raise TypeError for what cannot be gone through, such as a class of samplers."""
    check_made(what, value)
    through = hasattr(value, "__iter__") or hasattr(value, "__getitem__")
    if not through or getattr(value, "ndim", 1) == 0:
        raise TypeError(f"{what}: wanted {wanted}, got {value!r:.60}")
