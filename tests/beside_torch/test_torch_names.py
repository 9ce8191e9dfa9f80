"""One meaning for each name: every name that PyTorch has too is called in both libraries.

A row of `CALLS` in `torch_calls.py` is a name and the arguments of some calls of it. Each call is
made as a function and, where both have it, as a method and in place, on tensors that hypothesis
draws; shapes, dtypes, values and gradients must agree, and where PyTorch refuses, so must we. A
name that both have and that stands neither here nor among `EXCEPTIONS` fails.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from torch_calls import EXPRESSIONS

import minigrad as mg

torch = pytest.importorskip("torch")


def known(expression: str) -> bool:
    """Have both libraries the name that the expression calls?"""
    name = re.match(r"m((?:\.\w+)+)", expression)
    if name:
        path = name.group(1).strip(".").split(".")
        return all(reach(m, path) is not None for m in (mg, torch))
    name = re.match(r"(?:\w+|\(m\.clone\(\w+\)\))\.(\w+)", expression)
    return not name or all(hasattr(m.Tensor, name.group(1)) for m in (mg, torch))


def reach(module: Any, path: list[str]) -> Any:
    for part in path:
        module = getattr(module, part, None)
    return module


def drawn(seed: int, shape: tuple[int, ...], dtype: str, wide: tuple[int, ...]) -> dict[str, Any]:
    """The arrays of a call, by name."""
    rng = np.random.default_rng(seed)

    def real(*shape: int) -> np.ndarray:
        # Kinks and ties have their own tests: here no two elements are equal.
        n = int(np.prod(shape))
        if dtype == "int64":
            return rng.permutation(np.arange(n) - n // 2).reshape(shape)
        values = rng.permutation(np.linspace(-1.9, 2.1, n + 2)[1:-1]) + rng.uniform(0, 0.01, n)
        return values.reshape(shape).astype(dtype)

    d = int(rng.integers(-len(shape), len(shape))) if shape else int(rng.integers(-1, 1))
    size = shape[d] if shape else 1
    rows = rng.integers(0, max(size, 1), 3 if size else 0)
    part = list(shape)
    if shape:
        part[d] = len(rows)
    y = real(*wide)
    square = rng.normal(size=(3, 3))
    return {
        "x": real(*shape),
        "M": square @ square.T + np.diag([1.0, 2.0, 4.0]),
        "y": np.where(y == 0, 7, y) if dtype == "int64" else y,
        "p": np.abs(real(*shape)) + np.array(1, dtype),
        "n": rng.integers(-8, 9, shape),
        "b": rng.random(shape) < 0.5,
        "i": rng.integers(0, max(size, 1), part),
        "r": rows,
        "d": d,
        "k": bool(rng.integers(2)),
        "array": rng.normal(size=shape),
        **{name: real(*s) for name, s in MATRICES.items()},
    }


MATRICES: dict[str, tuple[int, ...]] = {
    "A": (3, 4), "B": (4, 2), "Q": (3, 3), "S": (2, 3, 4), "T": (2, 4, 2), "U": (2, 3),
    "V": (2, 3), "v": (4,), "w": (4,),
}  # fmt: skip


def called(m: Any, expression: str, given: dict[str, Any]) -> tuple[str, Any, dict[str, Any]]:
    """What the expression gives in a library, as plain arrays; or "refused"."""
    used = set(re.findall(r"\b[a-zA-Z]\w*\b", expression))
    names: dict[str, Any] = {"m": m}
    leaves = {}
    for name, value in given.items():
        if isinstance(value, (np.ndarray, np.generic)) and name != "array":
            needs = value.dtype.kind == "f"
            value = m.tensor(np.asarray(value), requires_grad=needs)
            if needs and name in used:
                leaves[name] = value
        names[name] = value
    if re.search(r"\w_\(", expression) and not expression.startswith("(m.clone"):
        names |= {name: leaf.detach() for name, leaf in leaves.items()}
        leaves = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            out = eval(expression, names)
        except (
            TypeError,
            ValueError,
            IndexError,
            RuntimeError,
            AttributeError,
            ZeroDivisionError,
        ) as e:
            return f"refused: {e}", None, {}
        plain = flattened(out)
        floats = [t for t in plain if isinstance(t, m.Tensor) and t.requires_grad]
        if floats and leaves:
            total = sum(
                (t * m.tensor(np.cos(np.arange(t.numel())).reshape(t.shape).astype(kind(t)))).sum()
                for t in floats
            )
            try:
                total.backward()
            except RuntimeError as e:  # PyTorch has no derivative of floor_divide
                return f"refused: {e}", None, {}
    grads = {k: None if t.grad is None else array_of(t.grad) for k, t in leaves.items()}
    return "", [array_of(t) if isinstance(t, m.Tensor) else t for t in plain], grads


def kind(t: Any) -> str:
    return str(t.dtype).removeprefix("torch.")


def array_of(t: Any) -> np.ndarray:
    return np.asarray(t.detach().clone().numpy())


def flattened(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [leaf for v in value for leaf in flattened(v)]
    if isinstance(value, (mg.Tensor, torch.Tensor, np.ndarray, str, bool, type(None))):
        return [value]
    if isinstance(value, (int, float)):
        return [value]
    return [str(value).removeprefix("torch.")]


def compare(expression: str, given: dict[str, Any]) -> None:
    if given["x"].dtype == np.int64 and re.search(QUIRKS_OF_INTEGERS, expression):
        return
    if not given["x"].size and "trapezoid" in expression:
        return  # a constant in PyTorch, of the dtype of x
    wrong, ours, our_grads = called(mg, expression, given)
    refused, theirs, their_grads = called(torch, expression, given)
    if refused and not wrong:
        assert LENIENT.search(refused), f"{expression}: PyTorch refuses: {refused}; got {ours}"
        return
    assert bool(wrong) == bool(refused), f"{expression}: {wrong}, wanted {theirs}"
    if wrong:
        return
    assert len(ours) == len(theirs), f"{expression}: {ours}, wanted {theirs}"
    eps = 2e-5 if given["x"].dtype != np.float64 else 1e-9
    for a, b in zip([*ours, *our_grads.values()], [*theirs, *their_grads.values()], strict=True):
        assert type(a) is type(b), f"{expression}: {a!r}, wanted {b!r}"
        if isinstance(a, np.ndarray):
            assert a.shape == b.shape, f"{expression}: shape {a.shape}, wanted {b.shape}"
            assert a.dtype == b.dtype, f"{expression}: {a.dtype}, wanted {b.dtype}"
            np.testing.assert_allclose(a, b, rtol=eps, atol=eps, err_msg=expression)
        elif isinstance(a, float):
            np.testing.assert_allclose(a, b, rtol=eps, err_msg=expression)
        else:
            assert a == b, f"{expression}: {a!r}, wanted {b!r}"


QUIRKS_OF_INTEGERS = r"softmax|median|pow|nansum|xlogy"
"""Declared: PyTorch rounds integers to negative powers to 0, where we refuse; takes a softmax and a
median of no integers, which have none."""

LENIENT = re.compile(
    r"not implemented for|must be Tensor, not|invalid combination of arg|should be (either )?float|"
    r"unexpected keyword argument|not supported (on|for)|only supports? float|same dtype|"
    r"derivative for aten|can't be cast|missing 1 required|could not infer output dtype|"
    r"Expected a floating point|the derivative for|Can't call numpy|no longer supported|"
    r"must be (bool|str|tuple)|expected.*(dtype|to be)|depends on Q, which is not computed|"
    r"not differentiable when mode='complete'|modified by an inplace operation|"
    r"requires dtype Double"
)
"""What PyTorch has no kernel, overload or derivative for (a dtype, a number for a tensor, NumPy's
keywords; the derivative of `vander` fails there).

There we may answer: the meaning is clear.
"""

shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
dtypes = st.sampled_from(["float32", "float64", "int64"])


@pytest.mark.parametrize("expression", sorted(filter(known, EXPRESSIONS)))
@given(st.integers(0, 2**32 - 1), shapes, dtypes, st.data())
@settings(max_examples=8, phases=[Phase.generate])
def test_a_call_means_the_same(
    expression: str, seed: int, shape: tuple[int, ...], dtype: str, data: Any
) -> None:
    wide = data.draw(st.sampled_from([shape, (1, *shape), shape[1:], (1,) * len(shape)]))
    compare(expression, drawn(seed, shape, dtype, wide))


EXCEPTIONS = {
    "random numbers: a seed draws other ones": (
        "bernoulli bernoulli_ exponential_ multinomial normal normal_ rand rand_like randint "
        "randint_like randn randn_like random_ randperm uniform_ seed initial_seed manual_seed "
        "get_rng_state set_rng_state Generator dropout cauchy_ geometric_ log_normal_"
    ),
    "compared where nn.functional is (test_torch_functions.py)": (
        "batch_norm bilinear celu cosine_similarity embedding layer_norm pairwise_distance selu"
    ),
    "autograd has tests of its own": (
        "backward grad_fn register_hook register_post_accumulate_grad_hook requires_grad_ "
        "retain_grad enable_grad inference_mode is_grad_enabled no_grad set_grad_enabled"
    ),
    "files, dtypes, constants and settings: not functions of tensors": (
        "FloatTensor Size Tensor autograd cuda e finfo iinfo get_default_dtype get_num_threads inf "
        "int16 uint16 uint32 uint64 load save nan newaxis nn ops optim pi random "
        "serialization set_default_dtype set_num_threads set_printoptions strided utils "
        "amp autocast func functional multiprocessing special testing version contiguous_format "
        "preserve_format bfloat16 distributed float16 half"
    ),
    "compared in test_torch_courses.py": (
        "BoolTensor ByteTensor CharTensor DoubleTensor IntTensor LongTensor ShortTensor "
        "accelerator backends distributions get_default_device set_default_device "
        "set_float32_matmul_precision use_deterministic_algorithms get_float32_matmul_precision "
        "set_default_tensor_type"
    ),
    "compared in test_numpy_functions.py": "from_dlpack",
    "compared in test_torch_func.py": "vmap",
    "gives back what it gets; engine/test_jit.py": "jit",
    "changes no number; tests/program": "compile",
    "needs a graphics card there": "pin_memory",
    "what memory holds before it is filled": "new_empty",
}
"""Names that both libraries have and that are not called above, by the reason."""


def test_every_shared_name_is_compared() -> None:
    called = {n for e in EXPRESSIONS if known(e) for n in re.findall(r"\.(\w+)", e)}
    excused = {n for names in EXCEPTIONS.values() for n in names.split()}
    shared = {n for n in dir(mg) if hasattr(torch, n) and not n.startswith("_")}
    shared |= {n for n in dir(mg.Tensor) if hasattr(torch.Tensor, n) and not n.startswith("_")}
    assert not shared - called - excused
    assert not excused & called, "an exception that is none"


@pytest.mark.parametrize("method", [False, True])
def test_a_name_that_nothing_compares_fails(method: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for m in (mg, torch):
        home = m.Tensor if method else m
        monkeypatch.setattr(home, "unheard_of", known, raising=False)
    with pytest.raises(AssertionError):
        test_every_shared_name_is_compared()


def test_the_page_of_names_is_current() -> None:
    root = Path(__file__).parents[2]
    spec = importlib.util.spec_from_file_location("torch_names", root / "scripts/torch_names.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = (root / "docs/pytorch-names.md").read_text()
    assert page == script.text(), "run `python scripts/torch_names.py`"
