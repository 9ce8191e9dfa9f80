"""Every newcomer's mistake is told in clear words, and changes nothing."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.engine.tensor import Tensor
from minigrad.random import default_generator
from minigrad.utils.data import CIFAR10, DataLoader, FashionMNIST, TensorDataset


class World:
    """A small net in the middle of its training, and some arrays; nothing may change here."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(4, 3)).astype(np.float32)
        self.labels = np.array([0, 1, 2, 1])
        self.probabilities = np.full((4, 3), 1 / 3, np.float32)
        self.logits = Tensor(rng.normal(size=(4, 3)).astype(np.float32), requires_grad=True)
        self.w = Tensor(rng.normal(size=(3, 3)).astype(np.float32), requires_grad=True)
        self.model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Linear(5, 3))
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        F.cross_entropy(self.model(self.x), self.labels).backward()
        self.optimizer.step()
        self.recorded = self.w * 2.0
        mg.sum(self.logits * self.x).backward()

    def snapshot(self) -> list[Any]:
        tensors = [self.logits, self.w, self.recorded, *self.model.state_dict().values()]
        tensors += [p.grad for p in self.model.parameters()]
        arrays = [self.x, self.labels, self.probabilities, *(t.numpy() for t in tensors)]
        grads = [t.grad for t in (self.logits, self.w)]
        state = str(self.optimizer.state_dict()), default_generator().bit_generator.state
        own = (self.x, self.labels, self.probabilities, self.logits.numpy())
        return [
            *((a.tobytes(), a.shape, a.dtype) for a in arrays),
            *(g if g is None else g.numpy().tobytes() for g in grads),
            *(a.flags.writeable for a in own),
            *state,
            mg.ones(1, requires_grad=True).sum().requires_grad,
        ]


def state_with(model: nn.Module, **changes: Any) -> dict[str, Any]:
    """The model's state with entries replaced, or dropped where the value is None."""
    state = {**model.state_dict(), **{k.replace("__", "."): v for k, v in changes.items()}}
    return {k: v for k, v in state.items() if v is not None}


def twice(y: Tensor) -> None:
    y.backward()
    y.backward()


def change_while_needed(w: Tensor) -> None:
    x = mg.ones((4, 3))
    loss = mg.sum(w * x)
    x[0] = 0.0
    loss.backward()


def no_labels(w: World, labels: Any, **options: Any) -> Tensor:
    return F.cross_entropy(w.logits, labels, **options)


def nan_at(array: np.ndarray, index: Any) -> np.ndarray:
    array = array.astype(np.float32)
    array[index] = np.nan
    return array


Mistake = tuple[str, Callable[[World], Any], type[Exception], str]

MISTAKES: list[Mistake] = [
    # shapes
    ("broadcast", lambda w: w.w + np.ones(4), ValueError,
     r"add\(x1=float64\[3, 3\], x2=float64\[4\]\): .*broadcast"),
    ("broadcast-to", lambda w: mg.broadcast_to(w.w, (4, 3)), ValueError, r"broadcast_to\("),
    ("matmul", lambda w: w.w @ w.logits, ValueError, r"matmul.*\[3, 3\].*\[4, 3\]"),
    ("matmul-batches", lambda w: mg.ones((2, 3, 4)) @ mg.ones((3, 4, 5)), ValueError, "matmul"),
    ("matmul-number", lambda w: w.w @ 2.0, ValueError, "matmul"),
    ("linear", lambda w: w.model[0](mg.ones((2, 4))), ValueError, r"linear.*\[2, 4\]"),
    ("linear-number", lambda w: w.model[0](1.0), ValueError, "axis of features"),
    ("reshape", lambda w: w.w.reshape(2, 5), ValueError, r"reshape\(x=float32\[3, 3\], shape"),
    ("concat", lambda w: mg.concat([w.w, mg.ones((2, 4))]), ValueError, r"concat\("),
    ("concat-nothing", lambda w: mg.concat([]), ValueError, "concat"),
    ("stack", lambda w: mg.stack([w.w, w.logits]), ValueError, r"stack\("),
    ("einsum", lambda w: mg.einsum("ij,jk->ik", w.w, mg.ones((4, 2))), ValueError, "einsum"),
    ("batch-norm-width", lambda w: w.model[1](mg.ones((2, 4))), ValueError, r"\(2, 4\)"),
    ("mse", lambda w: F.mse_loss(w.logits, np.ones((4, 2))), ValueError, r"\(4, 3\).*\(4, 2\)"),
    # axes and indices
    ("axis", lambda w: mg.sum(w.w, axis=2), IndexError, r"sum\(.*axis=2.*out of bounds"),
    ("axis-negative", lambda w: mg.sum(w.w, axis=-3), IndexError, r"sum\(.*axis=-3"),
    ("axis-max", lambda w: w.w.max(axis=-3), IndexError, "max.*-3"),
    ("axis-softmax", lambda w: F.softmax(w.logits, dim=-3), IndexError, "softmax.*-3"),
    ("axis-concat", lambda w: mg.concat([w.w, w.w], axis=-3), IndexError, "concat.*-3"),
    ("axis-cumsum", lambda w: mg.cumsum(w.w, axis=-3), IndexError, "cumsum.*-3"),
    ("axis-squeeze", lambda w: mg.squeeze(mg.ones((1, 2)), axis=2), IndexError, "squeeze"),
    ("index", lambda w: w.w[3], IndexError, "out of bounds"),
    ("index-array", lambda w: w.w[np.array([0, 7])], IndexError, "7 is out of bounds"),
    ("index-float", lambda w: w.w[1.5], IndexError, "index"),
    ("too-many-indices", lambda w: w.w[0, 0, 0], IndexError, "too many indices"),
    ("mask-shape", lambda w: w.w[np.array([True, False])], IndexError, "boolean"),
    # labels and probabilities
    ("label-high", lambda w: no_labels(w, [0, 1, 3, 1]), IndexError,
     r"cross_entropy.*target\[2\] is 3, .*3 classes"),
    ("label-low", lambda w: no_labels(w, [0, -1, 2, 1]), IndexError, r"target\[1\] is -1"),
    ("labels-float", lambda w: no_labels(w, np.ones(4)), TypeError,
     r"cross_entropy.*target of shape \(4,\) must hold integer labels"),
    ("labels-nan", lambda w: no_labels(w, np.full(4, np.nan)), TypeError,
     "must hold integer labels"),
    ("labels-short", lambda w: no_labels(w, [0, 1]), ValueError, r"shape \(4,\).*got .*\(2,\)"),
    ("probabilities-width", lambda w: no_labels(w, np.full((4, 2), 0.5)), ValueError,
     r"shape \(4, 3\); got float64 of shape \(4, 2\)"),
    ("probabilities-nan", lambda w: no_labels(w, nan_at(w.probabilities, (1, 2))), ValueError,
     "cross_entropy.*NaN"),
    ("class-weights", lambda w: no_labels(w, w.labels, weight=np.ones(2)), ValueError, r"weight"),
    ("smoothing", lambda w: no_labels(w, w.labels, label_smoothing=1.5), ValueError,
     "label_smoothing.*1.5"),
    ("reduction", lambda w: no_labels(w, w.labels, reduction="average"), ValueError,
     "reduction.*'average'"),
    ("target-grad", lambda w: no_labels(w, mg.tensor(np.full(4, 0.5), requires_grad=True)),
     TypeError, r"cross_entropy.*target of shape \(4,\) must hold integer labels"),
    ("weight-grad", lambda w: no_labels(w, w.labels, weight=mg.ones(3, requires_grad=True)),
     ValueError, r"cross_entropy has no derivative with .* 'weight'.*\.detach\(\)"),
    ("linear-batches", lambda w: F.linear(mg.ones((2, 28, 28)), mg.ones((10, 784))), ValueError,
     r"input \(2, 28, 28\) has 28 features, but weight \(10, 784\) takes 784.*nn\.Flatten"),
    ("labels-images", lambda w: F.cross_entropy(mg.zeros((2, 3, 4)), [[0, 1, 2, 0], [0, 0, 3, 0]]),
     IndexError, r"cross_entropy\(input=float32\[2, 3, 4\].*target\[1, 2\] is 3"),
    ("nll-length", lambda w: F.nll_loss(w.logits, [0, 1]), ValueError, "nll_loss: target"),
    ("nll-high", lambda w: F.nll_loss(w.logits, [0, 1, 3, 0]), IndexError, "nll_loss.*got 3"),
    ("embedding", lambda w: F.embedding([5], w.w), IndexError, "embedding.*0 to 2, got 5"),
    ("embedding-float", lambda w: F.embedding([0.5], w.w), TypeError, "wanted integers"),
    ("one-hot", lambda w: F.one_hot([3], 2), IndexError, "one_hot.*0 to 1, got 3"),
    # gradients
    ("grad-int", lambda w: mg.tensor([1, 2], requires_grad=True), ValueError,
     "requires_grad needs a float32 or float64 tensor, got int64"),
    ("grad-int-later", lambda w: mg.arange(3).requires_grad_(), ValueError, "got int64"),
    ("grad-bool", lambda w: mg.tensor([True], requires_grad=True), ValueError, "got bool"),
    ("backward-matrix", lambda w: w.recorded.backward(), RuntimeError,
     r"shape \(3, 3\) needs a gradient of that shape"),
    ("backward-shape", lambda w: w.recorded.backward(np.ones((3, 1))), ValueError,
     r"gradient: wanted shape \(3, 3\), got \(3, 1\)"),
    ("backward-words", lambda w: w.recorded.backward("all"), TypeError, "gradient: wanted numbers"),
    ("backward-constant", lambda w: mg.ones(()).backward(), RuntimeError, "nothing was recorded"),
    ("backward-twice", lambda w: twice(mg.sum(mg.ones(1, requires_grad=True) * 2)), RuntimeError,
     "has been freed by an earlier backward pass; give that pass retain_graph=True"),
    # what a graph needs
    ("assign-leaf", lambda w: w.w.__setitem__(0, 1.0), RuntimeError, r"no_grad"),
    ("step-recorded-leaf", lambda w: w.w.__isub__(1.0), RuntimeError, r"in place: a leaf"),
    ("assign-shape", lambda w: mg.zeros(3).__setitem__(slice(0, 2), np.ones(3)), ValueError,
     "broadcast"),
    ("changed", lambda w: change_while_needed(mg.ones((4, 3), requires_grad=True)), RuntimeError,
     "'multiply' needs for its gradient was changed in place"),
    ("asarray", lambda w: np.asarray(w.w), TypeError, r"\.detach\(\) or \.numpy\(\)"),
    # state dicts
    ("state-unknown", lambda w: w.model.load_state_dict(state_with(w.model, extra=np.ones(2))),
     ValueError, r"nothing was changed\n  unexpected: 'extra'"),
    ("state-missing", lambda w: w.model.load_state_dict(state_with(w.model, **{"0__bias": None})),
     ValueError, r"missing: '0\.bias'"),
    ("state-shape",
     lambda w: w.model.load_state_dict(
         {k: np.ones((5, 4)) if k == "0.weight" else v * 0 for k, v in
          w.model.state_dict().items()}),
     ValueError, r"'0\.weight': wanted shape \(5, 3\), got \(5, 4\)"),
    ("state-words", lambda w: w.model.load_state_dict(state_with(w.model, **{"0__bias": "x" * 5})),
     TypeError, r"'0\.bias': wanted numbers"),
    ("state-none", lambda w: w.model.load_state_dict(None), TypeError, "wanted a mapping"),
    ("optimizer-state", lambda w: w.optimizer.load_state_dict({}), ValueError, "param_groups"),
    # optimisers
    *((f"lr-{lr}", lambda w, lr=lr: optim.SGD(w.model.parameters(), lr=lr), ValueError, r"SGD: lr")
      for lr in (-0.1, np.nan, np.inf)),
    ("lr-words", lambda w: optim.SGD(w.model.parameters(), lr="fast"), TypeError, "SGD: lr"),
    ("lr-adam", lambda w: optim.Adam(w.model.parameters(), lr=-1), ValueError, "Adam: lr"),
    ("momentum", lambda w: optim.SGD(w.model.parameters(), lr=0.1, momentum=-0.5), ValueError,
     "SGD: momentum must be at least 0"),
    ("momentum-1", lambda w: optim.SGD(w.model.parameters(), lr=0.1, momentum=1.0), ValueError,
     "momentum must be at least 0 and less than 1, got 1.0"),
    ("momentum-nan", lambda w: optim.SGD(w.model.parameters(), lr=0.1, momentum=np.nan),
     ValueError, "SGD: momentum"),
    ("betas", lambda w: optim.Adam(w.model.parameters(), betas=(0.9, 1.0)), ValueError, "betas"),
    ("eps", lambda w: optim.AdamW(w.model.parameters(), eps=-1e-8), ValueError, "AdamW: eps"),
    ("decay", lambda w: optim.RMSprop(w.model.parameters(), weight_decay=-1), ValueError, "decay"),
    ("nesterov", lambda w: optim.SGD(w.model.parameters(), lr=0.1, nesterov=True), ValueError,
     "nesterov needs a momentum"),
    *((f"empty-{kind.__name__}", lambda w, kind=kind: kind([]), ValueError,
       f"{kind.__name__}: the list of parameters is empty")
      for kind in (optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop)),
    ("parameter-twice", lambda w: optim.SGD([w.w, w.w], lr=0.1), ValueError, "is given twice"),
    ("parameter-result", lambda w: optim.SGD([w.recorded], lr=0.1), ValueError, "is no leaf"),
    ("parameter-array", lambda w: optim.SGD([w.x], lr=0.1), TypeError, "got ndarray"),
    ("clip", lambda w: nn.utils.clip_grad_norm_(w.model.parameters(), -1.0), ValueError,
     "max_norm must not be negative"),
    # dtypes
    ("object", lambda w: Tensor(np.array([1, "a"], object)), TypeError, "Tensor: .*dtype object"),
    ("complex", lambda w: Tensor(np.ones(2, complex)), TypeError, "complex128 is not supported"),
    ("float16", lambda w: Tensor(np.ones(2, np.float16)), TypeError,
     "float16 is not supported; wanted float32, float64"),
    ("longdouble", lambda w: mg.tensor(np.ones(2, np.longdouble)), TypeError, "not supported"),
    ("complex-number", lambda w: w.w * 1j, TypeError, r"multiply: dtype complex128"),
    ("whole", lambda w: F.nll_loss(mg.tensor([[1]]), [0]), TypeError, "nll_loss: input"),
    ("complex64", lambda w: w.w * np.complex64(1j), TypeError, r"multiply: dtype complex64"),
    ("longdouble", lambda w: np.longdouble(1) + w.w, TypeError, r"add: dtype (float|long)"),
    ("two-names", lambda w: mg.expand_dims(w.w, axis=0, dim=1), TypeError, r"both 'axis' and"),
    ("complex-array", lambda w: w.w * np.ones(3, complex), TypeError, "multiply: dtype complex128"),
    ("float16-array", lambda w: np.ones(3, np.float16) + w.w, TypeError, "add: dtype float16"),
    ("object-array", lambda w: w.w + np.array([None] * 3), TypeError, "add: wanted numbers"),
    ("words", lambda w: w.w + "one", TypeError, "add: wanted numbers, got 'one'"),
    ("astype-complex", lambda w: w.w.astype(complex), TypeError, "complex128 is not supported"),
    ("astype-float16", lambda w: w.w.astype(np.float16), TypeError, "float16 is not supported"),
    ("dates", lambda w: Tensor(np.array(["2000-01-01"], "M8[D]")), TypeError, "not supported"),
    # layers and loaders
    ("batch-of-one", lambda w: w.model[1](mg.ones((1, 5))), ValueError, "batch_norm"),
    ("dropout", lambda w: F.dropout(w.x, 1.5), ValueError, "probability between 0 and 1, got 1.5"),
    ("dropout-layer", lambda w: nn.Dropout(-0.1), ValueError, r"p must be within \[0, 1\]"),
    ("features", lambda w: nn.Linear(0, 3), ValueError, "in_features must be at least 1, got 0"),
    ("features-float", lambda w: nn.Linear(3, 2.5), TypeError, "out_features must be an integer"),
    ("batch-size", lambda w: DataLoader(TensorDataset(w.x), batch_size=0), ValueError,
     "DataLoader: batch_size must be at least 1, got 0"),
    ("batch-size-float", lambda w: DataLoader(TensorDataset(w.x), batch_size=2.0), TypeError,
     "batch_size must be an integer, got float"),
    ("lengths", lambda w: TensorDataset(w.x, w.labels[:2]), ValueError, "lengths must be equal"),
    ("no-module", lambda w: nn.Sequential(nn.ReLU(), "relu"), TypeError, "wanted modules, got str"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "error", "words"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_told_and_changes_nothing(
    call: Callable[[World], Any], error: type[Exception], words: str
) -> None:
    world = World()
    before = world.snapshot()
    with pytest.raises(error, match=words):
        call(world)
    assert world.snapshot() == before


def test_a_refused_call_can_be_put_right() -> None:
    """After each of these errors the same objects still work."""
    world = World()
    with pytest.raises(RuntimeError):
        world.recorded.backward()
    world.recorded.backward(np.ones((3, 3)))
    np.testing.assert_array_equal(world.w.grad.numpy(), np.full((3, 3), 2.0))  # type: ignore[union-attr]


# --------------------------------------------------------------------- data files


def packed(data: bytes) -> bytes:
    """As gzip.compress, but the same at every time of day: the bytes name test cases."""
    return gzip.compress(data, mtime=0)


def idx(*shape: int, code: int = 8, count: int | None = None) -> bytes:
    """An IDX file: header for `shape`, then `count` zero bytes (by default what it promises)."""
    header = bytes((0, 0, code, len(shape))) + struct.pack(f">{len(shape)}I", *shape)
    return header + bytes(int(np.prod(shape)) if count is None else count)


IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / FashionMNIST.folder
    place.mkdir()
    (place / IMAGES).write_bytes(packed(idx(5, 28, 28)))
    (place / LABELS).write_bytes(packed(idx(5)))
    assert len(FashionMNIST(tmp_path)) == 5
    return place


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (IMAGES, None, "no file .*train-images.*download=True"),
        (LABELS, None, "no file .*train-labels"),
        (IMAGES, b"", "damaged, cut short or not a gzip file|starts with nothing"),
        (IMAGES, packed(idx(5, 28, 28))[:-12], "cut short"),
        (IMAGES, b"<html>404: Not Found</html>", "not a gzip file"),
        (IMAGES, packed(idx(5, 28, 28, count=5 * 784 - 1)), "3919 elements.*promises 3920"),
        (IMAGES, packed(idx(5, 28, 28, count=5 * 784 + 1)), "more than 3920 elements.*promises"),
        (IMAGES, packed(idx(5, 28, 28, code=13)), "not an IDX file of bytes with 3 axes"),
        (IMAGES, packed(idx(5)), "not an IDX file of bytes with 3 axes"),
        (IMAGES, packed(b"\x89PNG\r\n" + bytes(90)), "starts with 89 50 4e 47"),
        (IMAGES, packed(idx(4, 28, 28)), "4 images, but .* 5 labels"),
        (IMAGES, packed(idx(5, 32, 32)), r"shape \(32, 32\), wanted \(28, 28\)"),
        (LABELS, packed(idx(5)[:-1] + b"\x0a"), "label 10, wanted 0 to 9"),
    ],
)
def test_a_data_file_that_is_missing_cut_short_or_another(
    folder: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    error = FileNotFoundError if content is None else ValueError
    with pytest.raises(error, match=words) as caught:
        FashionMNIST(folder.parent)
    assert name in str(caught.value) or str(folder) in str(caught.value)


@pytest.mark.parametrize("size", [None, 0, 30_729_999, 17])
def test_a_cifar_file_that_is_missing_or_of_another_size(tmp_path: Path, size: int | None) -> None:
    place = tmp_path / CIFAR10.folder
    place.mkdir()
    if size is not None:
        with open(place / "test_batch.bin", "wb") as file:
            file.truncate(size)
    error = FileNotFoundError if size is None else ValueError
    with pytest.raises(error, match=r"test_batch\.bin"):
        CIFAR10(tmp_path, train=False)


OF_ANOTHER_DTYPE: dict[str, Callable[[mg.Tensor, mg.Tensor, mg.Tensor], mg.Tensor]] = {
    "scatter": lambda x, i, v: x.scatter(0, i, v),
    "scatter_add": lambda x, i, v: x.scatter_add(0, i, v),
    "scatter_reduce": lambda x, i, v: x.scatter_reduce(0, i, v, "sum"),
    "index_add": lambda x, i, v: x.index_add(0, i, v),
    "index_copy": lambda x, i, v: x.index_copy(0, i, v),
    "index_put": lambda x, i, v: x.index_put((i,), v),
    "put": lambda x, i, v: x.put(i, v, True),
    "masked_scatter": lambda x, i, v: x.masked_scatter(x == 0, v),
}


@pytest.mark.parametrize("name", OF_ANOTHER_DTYPE)
def test_what_is_put_into_a_tensor_is_of_its_dtype(name: str) -> None:
    x, place = mg.zeros(1), mg.tensor([0])
    with pytest.raises(TypeError, match=rf"{name}: .*wanted the input's dtype float32, got float6"):
        OF_ANOTHER_DTYPE[name](x, place, mg.ones(1, dtype="float64"))
    assert OF_ANOTHER_DTYPE[name](x, place, mg.ones(1)).tolist() == [1.0]


def test_range_keeps_no_gradient() -> None:
    with pytest.raises(ValueError, match="range: an argument requires a gradient"):
        mg.range(0, mg.tensor(3.0, requires_grad=True))
    assert mg.range(0, mg.tensor(2)).tolist() == [0.0, 1.0, 2.0]


def test_a_generator_has_no_children() -> None:
    with pytest.raises(TypeError, match=r"spawn: .*manual_seed\(n\)"):
        mg.Generator().spawn(1)


def test_combinations_of_none() -> None:
    assert mg.combinations(mg.tensor([1, 2]), 0).shape == (0,)


WORDS: dict[str, tuple[Any, Any, str]] = {
    "bincount": (
        lambda x: mg.bincount(mg.tensor([0, 1]), weights=mg.ones(2, requires_grad=True)),
        ValueError,
        "bincount: weights has no derivative, but requires a gradient",
    ),
    "isclose": (lambda x: mg.isclose(x, None), TypeError, "other: wanted numbers, got None"),
    "kron": (lambda x: mg.kron(x, None), TypeError, "other: wanted numbers, got None"),
    "eq": (lambda x: x == "a", TypeError, "eq.*other: wanted numbers, got 'a'"),
    "format": (lambda x: format(mg.tensor(1.5), "d"), ValueError, "format: .*float32"),
    "zeros": (
        lambda x: mg.zeros(10**15),
        MemoryError,
        r"zeros\(10{15}\): Unable to allocate 3.55 PiB .*float32",
    ),
    "cat": (lambda x: mg.cat(x, x), TypeError, r"cat.*give the tensors as one list, \[a, b\]"),
    "stack": (lambda x: mg.stack(x, x), TypeError, r"stack.*give the tensors as one list"),
    "concat": (lambda x: mg.concat(x, x), TypeError, r"concat.*give the tensors as one list"),
    "chunk": (lambda x: x.chunk(2.5), TypeError, "chunk: chunks must be an integer, got float"),
    "reshape": (lambda x: x.reshape(2.5), TypeError, "reshape.*wanted integers.*got 2.5"),
    "reshape-text": (lambda x: x.reshape("a"), TypeError, "reshape.*wanted integers.*got 'a'"),
    "reshape-dim": (lambda x: mg.reshape(x, (4,), dim=1), TypeError, "it takes input, shape"),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_name_the_argument_and_the_remedy(name: str) -> None:
    call, kind, words = WORDS[name]
    with pytest.raises(kind, match=words):
        call(mg.ones(2, 2))


def test_a_rule_is_a_function() -> None:
    @mg.operation
    def double(x):
        return 2 * x

    with pytest.raises(TypeError, match="a rule of 'double': wanted a function, got 3"):
        double.gradient("x")(3)
