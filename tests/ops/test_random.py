"""Randomness has one door, and what comes through it repeats."""

import contextlib
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.engine.tensor import Tensor
from minigrad.random import (
    as_generator,
    default_generator,
    manual_seed,
    normal,
    rand,
    randint,
    randn,
    randperm,
)

DRAWS = {
    "rand": lambda g=None: rand(5, 3, generator=g),
    "rand64": lambda g=None: rand(5, 3, dtype=np.float64, generator=g),
    "randn": lambda g=None: randn(5, 3, generator=g),
    "normal": lambda g=None: normal(1.0, 2.0, (5, 3), generator=g),
    "randint": lambda g=None: randint(0, 1000, (5, 3), generator=g),
    "randperm": lambda g=None: randperm(100, generator=g),
}


def bits(tensor: Tensor) -> bytes:
    return tensor.numpy().tobytes()


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_repeats_the_run(name: str) -> None:
    draw = DRAWS[name]
    manual_seed(5)
    first, second = bits(draw()), bits(draw())
    manual_seed(5)
    assert (bits(draw()), bits(draw())) == (first, second)
    assert first != second


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_a_generator_and_the_default_generator_agree(name: str) -> None:
    draw = DRAWS[name]
    expected = bits(draw(11))
    assert bits(draw(np.random.default_rng(11))) == expected
    manual_seed(11)
    assert bits(draw()) == expected


def test_a_generator_of_ones_own_leaves_the_default_one_alone() -> None:
    manual_seed(1)
    expected = bits(rand(4))
    manual_seed(1)
    rand(1000, generator=3)
    assert bits(rand(4)) == expected


def test_manual_seed_seeds_whoever_holds_the_generator() -> None:
    held = default_generator()
    assert manual_seed(2) is held
    first = held.random()
    manual_seed(2)
    assert held.random() == first
    assert as_generator() is held


def test_a_half_used_word_of_the_generator_is_forgotten_by_a_new_seed() -> None:
    # PCG64 makes two 32-bit draws from one 64-bit word and keeps the second half.
    manual_seed(3)
    expected = bits(randint(0, 100, (3,), dtype=np.int32))
    randint(0, 100, (1,), dtype=np.int32)
    manual_seed(3)
    assert bits(randint(0, 100, (3,), dtype=np.int32)) == expected


@pytest.mark.parametrize("dtype", [np.float32, "float64"])
@pytest.mark.parametrize("create", [rand, randn])
def test_the_numbers_are_drawn_in_the_dtype(create, dtype) -> None:
    method = {rand: "random", randn: "standard_normal"}[create]
    expected = getattr(np.random.default_rng(8), method)((2, 3), dtype=np.dtype(dtype))
    drawn = create(2, 3, dtype=dtype, generator=8).numpy()
    assert drawn.dtype == dtype
    np.testing.assert_array_equal(drawn, expected)


@given(st.lists(st.integers(0, 4), max_size=4).map(tuple), st.sampled_from(["f4", "f8"]))
def test_every_shape_in_both_spellings(shape: tuple[int, ...], dtype: str) -> None:
    for create in (rand, randn):
        apart = create(*shape, dtype=dtype, generator=0)
        together = create(shape, dtype=dtype, generator=0)
        assert apart.shape == together.shape == shape
        assert apart.dtype == together.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(apart.numpy(), together.numpy())
    assert normal(0, 1, shape, dtype=dtype).shape == shape
    assert randint(0, 5, shape).shape == shape


@given(st.integers(-100, 100), st.integers(1, 50), st.sampled_from("bhilq"))
def test_randint_stays_in_its_range(low: int, width: int, code: str) -> None:
    high = min(low + width, 127)
    low = min(low, high - 1)
    drawn = randint(low, high, (40,), dtype=code, generator=0).numpy()
    assert drawn.dtype == np.dtype(code)
    assert low <= drawn.min() <= drawn.max() < high


def test_randint_reaches_the_ends_of_a_dtype() -> None:
    drawn = randint(0, 256, 20_000, dtype=np.uint8, generator=0).numpy()
    assert (drawn.min(), drawn.max()) == (0, 255)


def test_randint_without_low() -> None:
    expected = randint(0, 10, (4,), generator=1).numpy()
    np.testing.assert_array_equal(randint(10, (4,), generator=1).numpy(), expected)
    np.testing.assert_array_equal(randint(high=10, size=(4,), generator=1).numpy(), expected)


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_randperm_is_a_permutation(n: int) -> None:
    drawn = randperm(n, dtype=np.int32).numpy()
    assert drawn.dtype == np.int32
    np.testing.assert_array_equal(np.sort(drawn), np.arange(n))


def test_moments() -> None:
    # Of 100,000 draws the mean is within 5 standard errors, about 1.6 % of the deviation.
    uniform = rand(100_000, generator=0).numpy()
    assert 0 <= uniform.min() <= uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 5 * 12**-0.5 / 100_000**0.5
    wide = normal(-3.0, 4.0, 100_000, dtype=np.float64, generator=0).numpy()
    assert abs(wide.mean() + 3) < 5 * 4 / 100_000**0.5
    assert abs(wide.std() - 4) < 5 * 4 / 200_000**0.5


def test_requires_grad() -> None:
    assert rand(2, requires_grad=True).requires_grad
    assert randn(2, requires_grad=True).requires_grad
    assert normal(0, 1, 2, requires_grad=True).requires_grad
    assert not rand(2).requires_grad


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: rand(2, -1), ValueError, r"rand: .* must not be negative, got \(2, -1\)"),
        (lambda: randn((2, -1)), ValueError, r"randn: .* must not be negative"),
        (lambda: rand(2.5), TypeError, r"rand: wanted sizes, integers .* got \(2\.5,\)"),
        (lambda: rand((2, 3), 4), TypeError, r"wanted sizes, .* got \(\(2, 3\), 4\)"),
        (lambda: rand(True), TypeError, r"wanted sizes, .* got \(True,\)"),
        (lambda: rand(2, dtype="float16"), TypeError, "float16 is not supported"),
        (lambda: randn(2, dtype=int), TypeError, "float32 or float64, got int64"),
        (lambda: normal(0, 1, 2, dtype=complex), TypeError, "complex128 is not supported"),
        (lambda: normal(0, -1, 2), ValueError, "std must not be negative, got -1"),
        (lambda: normal(0, float("nan"), 2), ValueError, "std must be finite, got nan"),
        (lambda: normal(float("inf"), 1, 2), ValueError, "mean must be finite, got inf"),
        (lambda: normal("0", 1, 2), TypeError, "mean must be a number, got str"),
        (lambda: randint(5, 5, (2,)), ValueError, "wanted low < high .*low=5, high=5"),
        (lambda: randint(0, (2,)), ValueError, "low=0, high=0"),
        (lambda: randint(0, 257, (2,), dtype=np.uint8), ValueError, "range of uint8"),
        (lambda: randint(-1, 2, (2,), dtype=np.uint8), ValueError, "range of uint8"),
        (lambda: randint(0.5, 2, (2,)), TypeError, "low must be an integer, got float"),
        (lambda: randint(), TypeError, "randint: size: .* got None"),
        (lambda: randperm(-1), ValueError, "n must not be negative"),
        (lambda: randperm(2.0), TypeError, "n must be an integer, got float"),
        (lambda: randperm(300, dtype=np.int8), ValueError, "too large for int8"),
        (lambda: manual_seed(-1), ValueError, "seed must not be negative, got -1"),
        (lambda: manual_seed("x"), TypeError, "seed must be an integer, got str"),
        (lambda: manual_seed(None), TypeError, "seed must be an integer, got NoneType"),
        (lambda: rand(2, generator="x"), TypeError, "seed must be an integer, got str"),
        (lambda: rand(2, generator=-4), ValueError, "seed must not be negative, got -4"),
    ],
)
def test_bad_input_is_refused_and_draws_nothing(call, error, words) -> None:
    manual_seed(9)
    before = default_generator().bit_generator.state
    with pytest.raises(error, match=words):
        call()
    assert default_generator().bit_generator.state == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: mg.ones(2).bernoulli_(2.0), ValueError),
        (lambda: mg.ones(2).bernoulli_(np.nan), ValueError),
        (lambda: mg.ones(2).bernoulli_(mg.tensor([0.5, -1.0])), ValueError),
        (lambda: mg.ones(2).uniform_(2, 1), ValueError),
        (lambda: mg.ones(2).uniform_(0, np.nan), ValueError),
        (lambda: mg.ones(2).normal_(0, -1), ValueError),
        (lambda: mg.ones(2).cauchy_(0, -1), ValueError),
        (lambda: mg.ones(2).log_normal_(0, -1), ValueError),
        (lambda: mg.ones(2).exponential_(0), ValueError),
        (lambda: mg.ones(2).geometric_(1.0), ValueError),
        (lambda: mg.tensor([1, 2]).uniform_(), TypeError),
        (lambda: mg.tensor([1, 2]).normal_(), TypeError),
        (lambda: mg.tensor([1, 2]).exponential_(), TypeError),
        (lambda: mg.tensor([1, 2]).cauchy_(), TypeError),
        (lambda: mg.tensor([1, 2]).log_normal_(), TypeError),
        (lambda: mg.zeros(2, dtype="uint8").random_(300, 400), ValueError),
        (lambda: mg.zeros(2, dtype="int8").random_(-129, 0), ValueError),
        (lambda: mg.zeros(2).random_(0), ValueError),
        (lambda: mg.multinomial(mg.ones(4), -1), ValueError),
        (lambda: mg.multinomial(mg.ones(4), 0), ValueError),
        (lambda: mg.normal(mg.zeros(2), 1.0, size=(3,)), TypeError),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_draws_nothing(call, error) -> None:
    manual_seed(9)
    before = default_generator().bit_generator.state
    with pytest.raises(error):
        call()
    assert default_generator().bit_generator.state == before


@pytest.mark.parametrize(("dtype", "most"), [("int8", 127), ("uint8", 255), ("bool", 1)])
def test_random_draws_what_the_dtype_holds(dtype, most) -> None:
    manual_seed(9)
    drawn = mg.zeros(5000, dtype=dtype).random_().numpy()
    assert (drawn.min(), drawn.max()) == (0, most)
    assert abs(drawn.mean() - most / 2) < most / 50


def test_multinomial_of_no_rows() -> None:
    assert mg.multinomial(mg.ones(0, 4), 2, True).shape == (0, 2)


def test_floating_randint_stays_within_its_range() -> None:
    with pytest.raises(ValueError, match="has no number"):
        randint(2**24 + 3, 2**24 + 4, (3,), dtype=np.float32)
    drawn = randint(2**24 + 1, 2**24 + 4, (99,), dtype=np.float32, generator=0).numpy()
    assert set(drawn.tolist()) == {2**24 + 2}


@pytest.mark.parametrize("replacement", [False, True])
def test_multinomial_never_draws_what_has_no_weight(replacement: bool) -> None:
    for row, count in (([0, 1e-320, 0], 1), ([0, 1e308, 1e308, 0, 1e-320], 3)):
        weights = mg.tensor(row, dtype=mg.float64)
        drawn = mg.multinomial(weights, count, replacement, generator=0)
        assert (weights[drawn] > 0).all()


def test_dtypes_of_what_is_drawn() -> None:
    assert mg.bernoulli(mg.zeros(3, dtype=mg.int64), 0.5).dtype == np.int64
    assert randperm(3, dtype=">i4").dtype.isnative


def test_two_threads_that_ask_first_get_one_generator(monkeypatch):
    """Two seeds would meet; with one, the first waits in vain."""
    from minigrad import generator, random

    both = threading.Barrier(2, timeout=0.2)

    class Slow(generator.Generator):
        def seed(self):
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait()
            return super().seed()

    monkeypatch.setattr(random, "_made", [])
    monkeypatch.setattr(generator, "Generator", Slow)
    found = []
    threads = [threading.Thread(target=lambda: found.append(default_generator())) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1]
