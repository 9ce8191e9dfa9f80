"""NumPy's functions of tensors, and memory shared with other libraries."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops.numpy_functions import FUNCTIONS, UFUNCS

A = np.array([[0.3, -1.2, 0.8], [2.1, 0.4, -0.7]])
B = np.array([[1.5, 0.6, -0.4], [-0.9, 1.1, 0.2]])

CALLS = {
    np.all: [((A,), {}), ((A,), {"axis": 0})],
    np.allclose: [((A, A), {}), ((A, B), {"rtol": 1e9})],
    np.amax: [((A,), {}), ((A, 1), {"keepdims": True})],
    np.amin: [((A,), {}), ((A, (0, 1)), {})],
    np.any: [((A,), {"axis": 1, "keepdims": True})],
    np.argmax: [((A,), {}), ((A, 0), {})],
    np.argmin: [((A, 1), {})],
    np.argsort: [((A,), {}), ((A, 0), {}), ((A,), {"axis": None})],
    np.around: [((A,), {}), ((A, 1), {})],
    np.array_equal: [((A, A), {}), ((A, B), {}), ((A, A[0]), {})],
    np.array_split: [((A, 2, 1), {}), ((A, [1]), {"axis": 1})],
    np.broadcast_to: [((A, (2, 2, 3)), {})],
    np.clip: [((A, -0.5, 0.5), {}), ((A,), {"min": 0}), ((A, None, 0.5), {})],
    np.concatenate: [(([A, B],), {}), (([A, B], 1), {}), (((A, B),), {"axis": None})],
    np.copy: [((A,), {})],
    np.cumprod: [((A,), {}), ((A, 1), {})],
    np.cumsum: [((A,), {}), ((A, 0), {})],
    np.diag: [((A[0],), {}), ((A, 1), {})],
    np.diagonal: [((A,), {}), ((A, 1), {"axis1": 0, "axis2": 1})],
    np.diff: [((A,), {}), ((A, 1, 0), {}), ((A,), {"n": 2})],
    np.dot: [
        ((A[0], B[0]), {}),
        ((A, B.T), {}),
        ((A, B[0]), {}),
        ((A, np.ones((4, 3, 2))), {}),
        ((A, np.array(2.0)), {}),
        ((np.array(2.0), B), {}),
        ((np.array(3.0), np.array(2.0)), {}),
    ],
    np.einsum: [(("ij,ij->i", A, B), {}), (("ij,kj->ik", A, B), {})],
    np.empty_like: [],
    np.expand_dims: [((A, 1), {}), ((A,), {"axis": (0, 3)})],
    np.flip: [((A,), {}), ((A, 1), {})],
    np.fliplr: [((A,), {})],
    np.flipud: [((A,), {})],
    np.full_like: [((A, 2.0), {})],
    np.hstack: [(([A, B],), {})],
    np.inner: [((A, B), {}), ((A[0], B[0]), {})],
    np.isclose: [((A, B), {"atol": 1.0})],
    np.linalg.norm: [((A,), {}), ((A, None, 1), {}), ((A[0], 1), {}), ((A, 3, 0, True), {})],
    np.max: [((A,), {}), ((A, 1), {})],
    np.mean: [((A,), {}), ((A, 0), {"keepdims": True}), ((A,), {"axis": -1})],
    np.min: [((A,), {}), ((A,), {"axis": 0, "keepdims": True})],
    np.moveaxis: [((A, 0, 1), {})],
    np.nan_to_num: [((np.array([np.nan, 1.0]),), {"nan": 2.0})],
    np.nansum: [((A, 0), {})],
    np.ndim: [((A,), {})],
    np.ones_like: [((A,), {})],
    np.outer: [((A, B), {})],
    np.pad: [((A, 1), {}), ((A, ((0, 1), (2, 0))), {"constant_values": 3.0})],
    np.prod: [((A,), {}), ((A, 1), {"keepdims": True})],
    np.ravel: [((A,), {})],
    np.repeat: [((A, 2), {}), ((A, [1, 2], 0), {})],
    np.reshape: [((A, (3, 2)), {}), ((A, -1), {})],
    np.roll: [((A, 1), {}), ((A, 1, 1), {}), ((A, (1, 2)), {}), ((A, 1, (0, 1)), {})],
    np.round: [((A,), {}), ((A,), {"decimals": 1})],
    np.shape: [((A,), {})],
    np.size: [((A,), {}), ((A, 1), {})],
    np.sort: [((A,), {}), ((A, 0), {}), ((A,), {"axis": None})],
    np.split: [((A, 3, 1), {}), ((A, [1], 1), {})],
    np.squeeze: [((A[None],), {}), ((A[None], 0), {})],
    np.stack: [(([A, B],), {}), (([A, B],), {"axis": -1})],
    np.std: [((A,), {}), ((A, 1), {"ddof": 1})],
    np.sum: [((A,), {}), ((A, 1), {}), ((A,), {"axis": (0, 1), "keepdims": True})],
    np.swapaxes: [((A, 0, 1), {})],
    np.take: [((A, [0, 2], 1), {}), ((A, [5, 0]), {})],
    np.take_along_axis: [((A, np.array([[0], [2]]), 1), {})],
    np.tensordot: [((A, B, 2), {}), ((A, B), {"axes": ((1,), (1,))})],
    np.tile: [((A, 2), {}), ((A, (2, 1)), {})],
    np.trace: [((A,), {}), ((np.arange(24.0).reshape(2, 3, 4),), {}), ((A, 1), {})],
    np.transpose: [((A,), {}), ((A, (1, 0)), {})],
    np.tril: [((A,), {}), ((A, 1), {})],
    np.triu: [((A, -1), {})],
    np.var: [((A,), {}), ((A, 0), {"ddof": 1, "keepdims": True})],
    np.vstack: [(([A, B],), {})],
    np.where: [((A > 0, A, B), {}), ((A > 0, A, 0.0), {})],
    np.zeros_like: [((A,), {})],
}
CONSTANT = {np.all, np.allclose, np.any, np.argmax, np.argmin, np.argsort} | {
    np.array_equal,
    np.full_like,
    np.isclose,
    np.ndim,
    np.ones_like,
    np.shape,
    np.size,
    np.zeros_like,
}
CASES = [
    pytest.param(function, args, kwargs, id=f"{function.__name__}-{i}")
    for function, calls in CALLS.items()
    for i, (args, kwargs) in enumerate(calls)
]


def tensors(values, make):
    """Floating arrays as tensors, in nested sequences too."""
    if isinstance(values, (list, tuple)):
        return type(values)(tensors(v, make) for v in values)
    floating = isinstance(values, np.ndarray) and values.dtype.kind == "f"
    return make(values) if floating else values


def numbers(value):
    if isinstance(value, (list, tuple)):
        return [numbers(v) for v in value]
    return value.detach().numpy() if isinstance(value, mg.Tensor) else value


def test_every_rule_is_tried():
    assert set(CALLS) == set(FUNCTIONS)


@pytest.mark.parametrize(("function", "args", "kwargs"), CASES)
def test_a_function_means_what_it_means_to_numpy_and_records(function, args, kwargs):
    expected = function(*args, **kwargs)
    leaves = []

    def leaf(array):
        leaves.append(mg.tensor(array, requires_grad=True))
        return leaves[-1]

    for make in (mg.tensor, leaf):
        got = function(*tensors(args, make), **kwargs)
        for a, b in zip(
            *(v if isinstance(v, (list, tuple)) else [v] for v in (got, expected)), strict=True
        ):
            np.testing.assert_allclose(numbers(a), b, rtol=1e-12)
            assert np.shape(numbers(a)) == np.shape(b)
    outs = got if isinstance(got, list) else [got]
    if function in CONSTANT:
        assert not any(getattr(out, "requires_grad", False) for out in outs)
        return
    assert all(out.requires_grad for out in outs)
    arrays = [leaf.numpy().copy() for leaf in leaves]

    def again(*xs):
        order = iter(xs)
        value = function(*tensors(args, lambda _: next(order)), **kwargs)
        return (
            sum((v.sum() * (i + 1) for i, v in enumerate(value)), mg.tensor(0.0))
            if isinstance(value, list)
            else value
        )

    if function is not np.nan_to_num:  # central differences of nan
        assert mg.gradcheck(again, tuple(mg.tensor(a, requires_grad=True) for a in arrays))


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_a_universal_function_gives_a_tensor_with_numpy_s_values(ufunc):
    shifts = {np.left_shift, np.right_shift}
    whole = ufunc in {np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, *shifts}
    x = np.array([3, 1]) if whole else np.array([0.5, 0.25])
    if ufunc is np.arccosh:
        x = x + 1
    args = (x, x[::-1].copy())[: ufunc.nin]
    out = ufunc(mg.tensor(args[0]), *args[1:])
    assert isinstance(out, mg.Tensor)
    np.testing.assert_allclose(out.numpy(), ufunc(*args), rtol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        np.median,
        lambda t: np.percentile(t, 50),
        lambda t: np.sum(t, 0, np.float64),
        lambda t: np.sum(t, where=A > 0),
        lambda t: np.heaviside(t, 0.0),
        lambda t: np.add.reduce(t),
        lambda t: np.concatenate([np.zeros((2, 3)), t], dtype=np.float32),
        lambda t: np.linalg.norm(t, 2),
        lambda t: np.average(t),
    ],
)
def test_a_function_without_a_rule_refuses_gradients_and_takes_constants(call):
    with pytest.raises(TypeError, match=r"numpy.*\.detach\(\)"):
        call(mg.tensor(A, requires_grad=True))
    np.testing.assert_allclose(call(mg.tensor(A)), call(mg.tensor(A).numpy()))


def test_an_array_takes_in_constants_and_refuses_what_is_recorded():
    a = np.ones(3)
    a += mg.tensor([1.0, 2.0, 3.0])
    assert a.tolist() == [2, 3, 4]
    with pytest.raises(TypeError, match=r"a = a \+ t"):
        a += mg.ones(3, requires_grad=True)
    assert a.tolist() == [2, 3, 4]
    with pytest.raises(TypeError, match="own methods"):
        np.add(a, 1, out=mg.ones(3))


def test_split_and_where_as_numpy():
    with pytest.raises(ValueError, match="array_split"):
        np.split(mg.tensor(A), 2, 1)
    (rows,) = np.where(mg.tensor([0.0, 1.0]) > 0)
    assert rows.tolist() == [1]


# --------------------------------------------------------------------- DLPack


def test_dlpack_shares_memory_both_ways():
    t = mg.tensor([[1.0, 2.0], [3.0, 4.0]]).T
    a = np.from_dlpack(t)
    assert np.shares_memory(a, t.numpy()) and a.strides == t.numpy().strides
    u = mg.from_dlpack(a)
    u.mul_(2)
    assert t.tolist() == [[2, 6], [4, 8]]
    assert mg.from_dlpack(t).tolist() == t.tolist()
    assert t.__dlpack_device__() == (1, 0)
    copied = mg.from_dlpack(a, copy=True)
    copied.zero_()
    assert t.tolist() == [[2, 6], [4, 8]]


def test_dlpack_refuses_gradients():
    t = mg.ones(2, requires_grad=True)
    with pytest.raises(BufferError, match="detach"):
        np.from_dlpack(t)
    with pytest.raises(BufferError, match="detach"):
        mg.from_dlpack(t)
    with mg.no_grad(), pytest.raises(BufferError):
        np.from_dlpack(t)
    assert np.from_dlpack(t.detach()).tolist() == [1, 1]


def test_dlpack_respects_read_only_memory():
    frozen = np.ones(2)
    frozen.flags.writeable = False
    t = mg.from_dlpack(frozen)
    t.add_(1)
    assert frozen.tolist() == [1, 1] and t.tolist() == [2, 2]
    assert not np.from_dlpack(mg.zeros(2).expand(3, 2)).flags.writeable


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ([1.0], TypeError, "__dlpack__"),
        (np.zeros(2, np.float16), TypeError, "float16"),
        (np.zeros(2, complex), TypeError, "complex128"),
    ],
)
def test_from_dlpack_says_what_it_wants(value, error, words):
    with pytest.raises(error, match=words):
        mg.from_dlpack(value)
    with pytest.raises(ValueError, match="processor"):
        mg.from_dlpack(np.zeros(1), device="cuda")


def test_dlpack_with_pytorch():
    torch = pytest.importorskip("torch")
    t = mg.tensor([1.0, 2.0])
    there = torch.from_dlpack(t)
    there[0] = 5
    assert t.tolist() == [5, 2]
    back = mg.from_dlpack(there)
    back[1] = 7
    assert there.tolist() == [5, 7]
    with pytest.raises(BufferError):
        torch.from_dlpack(mg.ones(2, requires_grad=True))
    with pytest.raises(BufferError):
        mg.from_dlpack(torch.ones(2, requires_grad=True))
    for dtype in ("float32", "float64", "int64", "int32", "uint8", "bool"):
        t = mg.tensor([0, 1], dtype=dtype)
        assert str(torch.from_dlpack(t).dtype) == f"torch.{dtype}"
        assert mg.from_dlpack(torch.from_dlpack(t)).dtype == t.dtype
    assert torch.tensor(mg.tensor([[1.0, 2.0]])).tolist() == [[1, 2]]
    assert torch.as_tensor(mg.tensor(3)).item() == 3


# --------------------------------------------------------------------- other libraries


@pytest.mark.slow  # to import
def test_matplotlib_plots_tensors():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    x = mg.tensor([1.0, 2.0, 4.0])
    figure, axes = plt.subplots()
    (line,) = axes.plot(x, x**2)
    assert line.get_ydata().tolist() == [1, 4, 16]
    axes.plot(mg.tensor(A))
    axes.scatter(x, x, c=x)
    axes.hist(x, bins=2)
    axes.bar(mg.arange(3), x)
    axes.fill_between(x, x, 2 * x)
    axes.imshow(mg.tensor(A))
    plt.close(figure)


def test_pandas_takes_tensors():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(mg.tensor(A), columns=["a", "b", "c"])
    assert frame.to_numpy().tolist() == A.tolist()
    assert pandas.Series(mg.tensor([1, 2])).tolist() == [1, 2]


@pytest.mark.parametrize(
    "call",
    "f * s; s * f.a; f + s; f - s; f / s; f ** s; f % s; f > s; f == s; f.mul(s); f.eq(s); "
    "f.clip(s); f.where(f > s, s); f.a + v; f.a.mul(s); f[f.a > s]; f.index * s; "
    "f.replace(1.0, s)".split("; "),
)
def test_what_pandas_computes_with_tensors_is_pandas(call):
    pandas = pytest.importorskip("pandas")
    given = {"f": pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})}
    wanted = eval(call, given | {"s": 2.5, "v": np.array([1.0, 2.0])})
    got = eval(call, given | {"s": mg.tensor(2.5), "v": mg.tensor([1.0, 2.0])})
    if call.startswith("s"):  # with the tensor in front it is the tensor's
        assert isinstance(got, mg.Tensor) and got.tolist() == wanted.tolist()
        return
    assert type(got) is type(wanted) and got.equals(wanted) and got.copy().equals(wanted)


def test_pandas_takes_no_graph():
    pandas = pytest.importorskip("pandas")
    frame, w = pandas.DataFrame({"a": [1.0, 2.0]}), mg.tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"pass t\.detach"):
        frame * w
    (w * frame["a"]).sum().backward()
    assert w.grad.item() == 3.0
    frame *= mg.tensor(2.0)
    assert frame["a"].tolist() == [2.0, 4.0]


@pytest.mark.slow  # to import
def test_scikit_learn_takes_tensors():
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import accuracy_score, confusion_matrix
    from sklearn.model_selection import train_test_split

    y, predicted = np.array([0, 1, 1, 0]), mg.tensor([0, 1, 0, 0])
    assert accuracy_score(y, predicted) == 0.75
    assert confusion_matrix(y, predicted).tolist() == [[2, 0], [1, 1]]
    x = mg.arange(8.0).reshape(4, 2)
    parts = train_test_split(x, predicted, test_size=0.5, random_state=0)
    assert [len(part) for part in parts] == [2, 2, 2, 2]
    assert all(isinstance(part, mg.Tensor) for part in parts)
    assert LinearRegression().fit(x, x[:, 0]).predict(x) == pytest.approx(x[:, 0].numpy())


def test_float_power_is_computed_in_float64() -> None:
    out = np.float_power(mg.tensor([1, 2]), 2)
    assert isinstance(out, mg.Tensor) and out.dtype == np.float64 and out.tolist() == [1.0, 4.0]
    assert mg.float_power(mg.tensor([2.0]), 0.1).item() == 2**0.1


def test_unequal_parts_and_axes_that_stay_are_refused_as_in_numpy() -> None:
    t = mg.tensor([1.0, 2.0, 3.0])
    for parts in (2, np.int64(2)):
        with pytest.raises(ValueError, match="equal parts"):
            np.split(t, parts)
    with pytest.raises(ValueError, match="axes of size 1"):
        np.squeeze(t, 0)
    assert np.squeeze(t[None], 0).shape == np.squeeze(t[None]).shape == (3,)
    assert len(np.split(t, np.int64(3))) == 3


def test_a_caller_may_have_no_name() -> None:
    places = {"np": np, "t": mg.ones(2)}
    for _ in range(2):  # the first call of all imports
        exec("y = np.exp(t) + np.mean(t)", places)
    np.testing.assert_allclose(places["y"].numpy(), [np.e + 1] * 2, rtol=1e-6)
