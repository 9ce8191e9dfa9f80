"""MINIGRAD_KERNELS=reference: everything on NumPy, asked for and said aloud."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import kernels
from minigrad.kernels import reference, twins

WITHOUT = "import sys; sys.modules['minigrad.kernels._native'] = None\n"
HERE = str(Path(kernels.__file__).parents[2])
ALONE = f"""import os
sys.path[:] = [{HERE!r}, *(p for p in sys.path if not os.path.isdir(os.path.join(p, "minigrad")))]
"""  # no other minigrad is installed
TRAIN = """
import numpy as np
import minigrad as mg
from minigrad import kernels, nn, optim
mg.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3),
                    nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
x, y = mg.randn((20, 6)), mg.randint(0, 3, (20,))
losses = []
for kind in (optim.SGD, optim.Adam, optim.RMSprop):
    optimizer = kind(net.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
print(kernels.config()["cpu"], kernels.get_num_threads(), *losses)
"""


def run(code: str, choice: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MINIGRAD_KERNELS": choice}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120
    )


def test_a_net_trains_alike_without_the_compiled_module() -> None:
    alone = run(WITHOUT + TRAIN, "reference")
    cpu, threads, *losses = alone.stdout.split()
    assert (cpu, threads) == ("reference", "1"), alone.stderr
    assert not alone.stderr  # a warning names the compiled ones, which are not there
    if kernels.config()["cpu"] != "reference":
        compiled = run(TRAIN, "")
        assert not compiled.stderr
        np.testing.assert_allclose(
            np.array(losses, float), np.array(compiled.stdout.split()[2:], float), rtol=1e-4
        )


def test_slow_kernels_beside_compiled_ones_are_warned_of() -> None:
    if importlib.util.find_spec("minigrad.kernels._native") is None:
        pytest.skip("there are no compiled kernels")
    done = run("import minigrad", "reference")
    assert done.stderr.count("RuntimeWarning: MINIGRAD_KERNELS=reference") == 1


def test_a_choice_that_there_is_not_is_refused() -> None:
    done = run("import minigrad", "numpy")
    assert "ValueError: MINIGRAD_KERNELS must be 'reference', or not be set" in done.stderr


def test_a_missing_module_names_both_remedies() -> None:
    done = run(WITHOUT + ALONE + "import minigrad", "")
    assert "ImportError" in done.stderr and "pip install -e ." in done.stderr
    assert "MINIGRAD_KERNELS=reference" in done.stderr


def test_show_config_tells(capsys: pytest.CaptureFixture[str]) -> None:
    done = run("import minigrad as mg; mg.show_config()", "reference")
    assert "kernels   reference, 1 thread (built without thread support)" in done.stdout


def test_every_kernel_has_a_twin() -> None:
    assert all(callable(getattr(twins, name)) for name in kernels.__all__)


ARRAYS = st.sampled_from(
    [
        *(np.ones(shape, dtype) for shape in ((4,), (3,), (3, 4), (4, 3), (2, 3, 4), ())
          for dtype in (np.float32, np.float64)),
        np.ones((3, 4), int), np.array([0, 1, 3]), np.array([0, 9, 1]), np.array([True] * 3),
        np.ones((3, 4), ">f4"), np.broadcast_to(np.float32(1), (3, 4)), [1.0, 2.0], None,
        np.array([[np.nan] * 4] * 3, np.float32), np.array([-100, 2, 1], np.int8),
    ]
)  # fmt: skip
LIKELY = st.sampled_from([np.ones((3, 4), np.float32), np.ones(4, np.float32), np.ones((4, 4))])
FORMS: dict[str, tuple[int, list[tuple[Any, ...]]]] = {
    "matmul": (2, [()]),
    "linear": (3, [(), (True,)]),
    "linear_backward": (4, [(), ((True, False, True),)]),
    "softmax_cross_entropy": (
        3, [(), (1,), (-100, 1.5), (-100, 0.1, "max"), (1, 0.0, "none"), (-100, np.nan)],
    ),
    "batch_norm": (3, [(0.1,), (0.1, 0), (0.1, -3), (0.1, 2)]),
    "batch_norm_backward": (5, [(), (0,), (5,)]),
    "batch_norm_inference": (5, [(0.1,), (0.1, -1), (0.1, 7)]),
    "batch_norm_inference_backward": (5, [(0.1,), (0.1, -1)]),
    "relu": (1, [()]),
    "gelu": (1, [()]),
    "relu_backward": (2, [()]),
    "gelu_backward": (2, [()]),
    "dropout": (1, [(0.5, 1), (1.5, 1), (np.nan, 1), (0.5, -1), (0.5, 2**64)]),
    "blend": (2, [(0.5, 0.5)]),
    "sgd": (3, [(0.1, 0.9, 0.0, 0.0, False, True)]),
    "adam": (4, [(0.1, 0.9, 0.9, 1e-8, 0.0, False, 1), (0.1, 0.9, 0.9, 1e-8, 0.0, False, 0)]),
    "rmsprop": (4, [(0.1, 0.9, 1e-8, 0.0, 0.9)]),
}  # fmt: skip


def outcome(kernel: Any, arguments: list[Any]) -> tuple[Any, ...]:
    """The shapes of the results, or the error: its type and words."""
    try:
        with np.errstate(all="ignore"):
            results = kernel(*(a.copy() if isinstance(a, np.ndarray) else a for a in arguments))
    except (TypeError, ValueError, IndexError) as error:
        return type(error), str(error)
    return tuple(np.shape(r) for r in (results if isinstance(results, tuple) else (results,)))


@pytest.mark.parametrize("name", FORMS)
@given(st.data())
def test_compiled_and_twin_refuse_the_same_in_the_same_words(
    name: str, data: st.DataObject
) -> None:
    if kernels.config()["cpu"] == "reference":
        pytest.skip("the compiled kernels are not in use")
    from minigrad.kernels import _native

    count, rests = FORMS[name]
    arguments = [data.draw(LIKELY | ARRAYS) for _ in range(count)]
    arguments += data.draw(st.sampled_from(rests))
    compiled = outcome(getattr(_native, name), arguments)
    assert compiled == outcome(getattr(twins, name), arguments)


BACKWARD = [name for name in kernels.__all__ if name.endswith("_backward")]


@pytest.mark.parametrize("name", BACKWARD)
def test_a_gradients_twin_serves_tensors_with_the_same_text(name: str) -> None:
    """On arrays it is the kernel, on tensors what it does is recorded."""
    rng = np.random.default_rng(0)
    shapes = {"linear": [(5, 3), (5, 4), (3, 4), (5, 3)], "relu": [(5, 4)] * 2}
    shapes["gelu"] = shapes["relu"]
    shapes["batch_norm"] = shapes["batch_norm_inference"] = [(5, 4), (5, 4), (4,), (4,), (4,)]
    kind = name.removesuffix("_backward")
    arrays = [rng.uniform(0.1, 2, shape) for shape in shapes[kind]]
    rest = (0.1,) if kind == "batch_norm_inference" else ()
    leaves = [mg.tensor(a, requires_grad=True) for a in arrays]
    from_arrays = getattr(kernels, name)(*arrays, *rest)
    from_tensors = getattr(kernels, name)(*leaves, *rest)
    if not isinstance(from_arrays, tuple):
        from_arrays, from_tensors = (from_arrays,), (from_tensors,)
    for a, t in zip(from_arrays, from_tensors, strict=True):
        assert t.requires_grad
        np.testing.assert_allclose(a, t.numpy(), rtol=1e-12)


def test_zero_times_infinity_is_never_asked_for() -> None:
    g = np.array([np.inf, np.nan, 3.0])
    out = np.array([0.0, 0.0, np.nan])
    for answer in (
        kernels.relu_backward(g, out),
        reference.relu_backward(g, out),
        reference.relu_backward(mg.tensor(g), mg.tensor(out)).numpy(),
    ):
        np.testing.assert_array_equal(answer, [0.0, 0.0, 3.0])
