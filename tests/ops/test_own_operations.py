"""`@operation`, as a user writes one; and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigrad as mg
from minigrad.engine.operation import OPERATIONS, operation
from minigrad.engine.tensor import Tensor, tensor_of


@pytest.fixture(autouse=True)
def _forget_own_operations() -> Iterator[None]:
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def leaf(value: object, dtype: Any = np.float64) -> Tensor:
    return tensor_of(np.array(value, dtype), requires_grad=True)


def cube() -> Any:
    @mg.operation
    def cube(x):
        """The third power."""
        return x * x * x

    @cube.gradient("x")
    def _(g, x):
        return g * 3 * x * x

    return cube


def test_the_example_of_the_documentation() -> None:
    f = cube()
    assert (f.__name__, f.__doc__, f.name) == ("cube", "The third power.", "cube")
    x = leaf([1.0, 2.0])
    y = f(x)
    assert "operation='cube'" in repr(y)
    mg.sum(y).backward()
    assert_array_equal(x.grad.numpy(), [3.0, 12.0])  # type: ignore[union-attr]
    mg.gradcheck(f, x, order=2)
    (g,) = mg.autograd.grad(f(leaf_ := leaf(2.0)), leaf_, create_graph=True)
    (h,) = mg.autograd.grad(g, leaf_, create_graph=True)
    (third,) = mg.autograd.grad(h, leaf_)
    assert (g.item(), h.item(), third.item()) == (12.0, 12.0, 6.0)


@pytest.mark.parametrize("argument", [2.0, 2, [1.0, 2.0], np.float64(2), np.arange(3), None])
def test_an_input_may_be_anything_that_becomes_an_array(argument: Any) -> None:
    f = cube()
    if argument is None:
        argument = mg.tensor([2.0])
    out = f(argument)
    assert isinstance(out, Tensor) and not out.requires_grad
    wanted = argument.numpy() if isinstance(argument, Tensor) else np.asarray(argument)
    assert_array_equal(out.numpy(), wanted**3)
    kinds = {float: np.float32, list: np.float32, Tensor: np.float32, np.float64: np.float64}
    assert out.dtype == kinds.get(type(argument), np.int64)


def test_broadcasting_and_dtypes_are_the_tape_s_business() -> None:
    @mg.operation
    def weighted(x, weight):
        return x * weight

    @weighted.gradient("x")
    def _(g, weight):
        return g * weight.astype(np.float64)  # a careless rule

    @weighted.gradient("weight")
    def _(g, x):
        return g * x

    x, weight = leaf(np.ones((3, 1)), np.float32), leaf([1.0, 2.0], np.float32)
    mg.sum(weighted(x, weight)).backward()
    assert_array_equal(x.grad.numpy(), [[3.0]] * 3)  # type: ignore[union-attr]
    assert_array_equal(weight.grad.numpy(), [3.0, 3.0])  # type: ignore[union-attr]
    assert x.grad.dtype == weight.grad.dtype == np.float32  # type: ignore[union-attr]


def test_everything_a_rule_can_ask_for() -> None:
    seen: dict[str, Any] = {}

    @mg.operation(saves=("mask",))
    def positive_part(x, scale=2.0, name="none"):
        mask = x > 0
        return np.where(mask, x, 0.0) * scale, mask

    @positive_part.gradient("x")
    def _(g, out, x, x_shape, scale, name, mask):
        seen.update(out=out, x=x, x_shape=x_shape, scale=scale, name=name, mask=mask)
        return mg.where(mask, g, 0.0) * scale

    x = leaf([[1.0, -2.0]])
    y = positive_part(x, name="here", scale=3.0)
    assert isinstance(y, Tensor)
    mg.sum(y).backward()
    assert_array_equal(x.grad.numpy(), [[3.0, 0.0]])  # type: ignore[union-attr]
    assert (seen["x_shape"], seen["scale"], seen["name"]) == ((1, 2), 3.0, "here")
    assert_array_equal(seen["mask"], [[True, False]])
    assert_array_equal(seen["out"], [[3.0, 0.0]])
    mg.gradcheck(lambda t: positive_part(t, 0.5), x, order=2)


def test_what_is_saved_is_as_it_was_and_has_no_graph() -> None:
    @mg.operation(saves=("k", "part"))
    def sq(x):
        out = x * x
        return out, x, out[:1]

    @sq.gradient("x")
    def _(g, k, part):
        return 2 * g * k + 0 * part

    x = leaf([1.0, 2.0])
    y = sq(x)
    with mg.no_grad():
        x.mul_(10.0)
        y.fill_(np.inf)
    y.backward(np.ones(2))
    assert_array_equal(x.grad.numpy(), [2.0, 4.0])  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match=r"'sq' asks for 'k', which .* saved.*inputs or out"):
        mg.autograd.grad(sq(x).sum(), x, create_graph=True)


def test_rules_get_arrays_and_give_arrays() -> None:
    """In an ordinary pass nothing is wrapped; with create_graph everything is."""
    kinds: list[type] = []

    @mg.operation
    def probe(x):
        return np.exp(x)

    @probe.gradient("x")
    def _(g, out, x):
        kinds.extend([type(g), type(out), type(x), type(mg.exp(x))])
        return g * out

    x = leaf([1.0])
    probe(x).backward()
    assert set(kinds) == {np.ndarray}
    kinds.clear()
    probe(x).backward(create_graph=True)
    assert set(kinds) == {Tensor}


def test_a_rule_for_any_number_of_arrays() -> None:
    @mg.operation
    def total(*arrays, factor=1.0):
        return factor * sum(arrays)

    @total.gradient("arrays")
    def _(g, arrays_shape, factor, needs):
        assert len(arrays_shape) == len(needs)
        return [g * factor if needed else None for needed in needs]

    a, b, c = leaf([1.0, 2.0]), leaf(3.0), tensor_of(np.ones(2))
    mg.sum(total(a, b, c, a, factor=2.0)).backward()
    assert_array_equal(a.grad.numpy(), [4.0, 4.0])  # type: ignore[union-attr]
    assert_array_equal(b.grad.numpy(), 4.0)  # type: ignore[union-attr]
    assert c.grad is None
    mg.gradcheck(lambda *xs: total(*xs, factor=0.5), (a, b, c), order=2)


def test_an_argument_without_a_rule_refuses_a_gradient() -> None:
    @mg.operation
    def scaled(x, factor):
        return x * factor

    @scaled.gradient("x")
    def _(g, factor):
        return g * factor

    x, factor = leaf([1.0]), leaf([2.0])
    with pytest.raises(ValueError, match=r"scaled has no derivative .* to 'factor', wh.*detach"):
        scaled(x, factor)
    assert scaled(x, factor.detach()).item() == 2.0
    with mg.no_grad():
        assert scaled(x, factor).item() == 2.0

    @mg.operation
    def total(*arrays, factor=1.0):
        return factor * sum(arrays)

    @total.gradient("arrays")
    def _(g, factor, needs):
        return [g * factor for _ in needs]

    with pytest.raises(ValueError, match=r"total has no derivative .* to 'factor', wh.*detach"):
        total(x, x, factor=factor)
    with pytest.raises(ValueError, match=r"total has no derivative .* to 'factor', wh.*detach"):
        total(x.detach(), factor=factor)
    assert total(x, x, factor=factor.detach()).item() == 4.0


def test_an_operation_without_rules_gives_constants() -> None:
    @mg.operation
    def rank(x):
        return np.argsort(np.argsort(x))

    out = rank(leaf([3.0, 1.0, 2.0]))
    assert not out.requires_grad and out.dtype.kind == "i"


def test_bad_rules() -> None:
    @mg.operation
    def f(x, y):
        return x + y

    with pytest.raises(TypeError, match="a rule of 'f' names 'z', which is none of"):

        @f.gradient("x")
        def _(g, z):
            return g

    with pytest.raises(TypeError, match="a rule of 'f' names 'needs', which is none of"):

        @f.gradient("x")
        def _(g, needs):
            return g

    for inputs in (("w",), ("out",), ("x", "out"), ()):
        with pytest.raises(
            TypeError, match=r"a rule of 'f' has to name its inputs, got .*'x', 'y'"
        ):

            @f.gradient(*inputs)
            def _(g):
                return g

    with pytest.raises(TypeError, match=r"a rule of 'f' takes g first, got 'nothing'"):

        @f.gradient("x")
        def _():
            return 1

    with pytest.raises(TypeError, match="a rule of 'f' takes g first, got 'x'"):

        @f.gradient("x")
        def _(x, y):
            return x

    assert f.rules == []
    with pytest.raises(TypeError, match="operation: wanted a Python function, got ufunc"):
        mg.operation(np.sin)
    with pytest.raises(TypeError, match="has to name its inputs, got 'x', 'x'"):
        mg.operation(lambda x: x).gradient("x", "x")
    with pytest.raises(TypeError, match="operation: saves: 'x' means something else"):

        @mg.operation(saves=("x",))
        def saved(x):
            return x, x


def test_a_rule_that_is_declared_again_takes_the_place_of_the_first() -> None:
    """As when a notebook's cell is run twice: two rules would add up."""

    @mg.operation
    def double(x, y):
        return 2 * x + y

    for rule in (lambda g: g * 7, lambda g: g * 2):
        double.gradient("x")(rule)

    x = leaf([3.0])
    double(x, 1.0).sum().backward()
    assert x.grad.tolist() == [2.0]
    with pytest.raises(TypeError, match="a rule of 'double' for x, y: there is one for x already"):

        @double.gradient("x", "y")
        def _(g):
            return g, g


def test_a_joint_rule_with_too_few_answers() -> None:
    @mg.operation
    def plus(a, b):
        return a + b

    @plus.gradient("a", "b")
    def _(g, needs):
        return (g,)

    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="the gradient of 'plus'"):
        plus(x, x).backward()
    assert x.grad is None


def test_arguments_are_checked_as_those_of_any_function() -> None:
    f = cube()
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        f()
    with pytest.raises(TypeError, match=r"takes 1 arguments \(x\), got 2"):
        f(1.0, 2.0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'y'"):
        f(1.0, y=2.0)
    with pytest.raises(TypeError, match="multiple values for argument 'x'"):
        f(1.0, x=2.0)


def test_an_error_in_the_forward_function_is_told_with_its_arguments() -> None:
    @mg.operation
    def picky(x, axis=0):
        raise IndexError("no such thing")

    @picky.gradient("x")
    def _(g):
        return g

    with pytest.raises(IndexError, match=r"picky\(x=float32\[2, 3\], axis=1\): no such thing"):
        picky(mg.zeros((2, 3)), axis=1)


def test_a_rule_names_its_inputs() -> None:
    @operation
    def twice(a: Any) -> Any:
        return 2 * a

    for declare in (lambda: twice.gradient(lambda g: 2 * g), lambda: twice.gradient()):
        with pytest.raises(TypeError, match=r"rule of 'twice' has to name .*twice.gradient\('a'\)"):
            declare()


def test_what_an_operation_saves_is_given_beside_its_output() -> None:
    """All of it and nothing else, whether it takes arrays one by one or any number of them."""

    @operation(saves=("least", "place"))
    def spread(x: Any, scale: float = 1.0) -> Any:
        x = np.asarray(x)
        return scale * (x - x.min()), x.min(), x.argmin()

    @operation(saves=("least", "place"))
    def spread_of(*arrays: Any, scale: float = 1.0) -> Any:
        x = np.stack(arrays)
        return scale * (x - x.min()), x.min(), x.argmin()

    for out in (
        spread.with_saved([3.0, 2.0], 2.0),
        spread_of.with_saved(3.0, 2.0, scale=2.0),
    ):
        assert [np.asarray(value).tolist() for value in out] == [[2.0, 0.0], 2.0, 1]


def test_an_operation_of_code_without_a_module() -> None:
    code = "@mg.operation\ndef thrice(x):\n    return 3 * x\nfound = thrice(2.0).item()"
    names: dict[str, Any] = {"mg": mg}
    exec(code, names)
    assert names["found"] == 6.0


def test_masked_arrays_do_not_come_out_of_forward_functions_and_rules() -> None:
    def mask(a: Any) -> Any:
        return np.ma.masked_array(a, [True, False])

    @mg.operation
    def hides(x):
        return mask(x)

    @mg.operation(saves=("kept",))
    def hides_saved(x):
        return x * 1, mask(x)

    @mg.operation
    def hides_gradient(x):
        return x * 1

    @hides_gradient.gradient("x")
    def _(g):
        return mask(g)

    x = leaf([1.0, 2.0])
    y = hides_gradient(x).sum()
    for call in (lambda: hides(x.detach()), lambda: hides_saved(x.detach())):
        with pytest.raises(TypeError, match="masked array would lose its mask"):
            call()
    with pytest.raises(RuntimeError, match="masked array would lose its mask"):
        y.backward()
    assert x.grad is None
