"""Arguments for fuzz.py: what is drawn for a parameter of a function.

A parameter's name says what is usual there (an axis, a size, a tensor of the call's shape); for
functions whose arguments belong together, RECIPES says how. One argument in ten is drawn from all
that one could pass by mistake.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.engine.tensor import tensor_of

# 2 ** 50 elements have no room in an address space, so asking for them fails at once
HUGE = 2**50
HOSTILE: list[Callable[[], Any]] = [
    *(lambda v=v: v for v in (
        None, True, -1, 0, 1, 2, 7, -8, HUGE, 2**63 - 1, 2**63, -(2**63), 10**30, 0.5, -2.5, 1e308,
        1e-320, float("nan"), float("inf"), -float("inf"), 1j, "", "mean", "float64", "é", b"x", (),
        (1, 2), (0, -1), (HUGE,), (2, HUGE), Ellipsis, slice(None), slice(1, None, -1), len, int,
        np.float32, np.float64(0.25), np.int8(3), np.bool_(False),
    )),
    *(lambda make=make: make() for make in (
        list, dict, set, object, lambda: [[1], [2, 3]], lambda: [0.5, None], lambda: [-1, 0],
        lambda: [1.0, 2.0], lambda: {"a": 1.0}, lambda: range(3), lambda: iter([1, 2]),
        lambda: np.array(["a", "b"]), lambda: np.array([None, 1], dtype=object),
        lambda: np.array([1 + 2j]), lambda: np.array([0.5], np.float16),
        lambda: np.array(["2020-01-01"], "datetime64[D]"), lambda: np.zeros((0, 3)),
        lambda: np.zeros((0, HUGE), np.float32), lambda: np.zeros((1,) * 40, np.float32),
        lambda: np.ma.masked_array([1.0, 2.0], [True, False]), lambda: np.arange(3.0)[::-1],
        lambda: np.zeros(2, [("a", "f4")]), lambda: np.array([0.5, 1.5], ">f4"),
        lambda: mg.tensor([1.0, float("nan")]), lambda: mg.tensor([1, 2]),
        lambda: mg.tensor([True, False]), lambda: mg.tensor(0.5, requires_grad=True),
        lambda: mg.zeros((2, 0, 3)), lambda: mg.nn.Linear(2, 2), lambda: [mg.ones(2), mg.ones(3)],
        lambda: np.array([0, 1, HUGE, -HUGE]),
    )),
]  # fmt: skip
LAYOUTS = ("C", "C", "C", "F", "reversed", "strided", "offset", "read-only", "misaligned")
FORMS = ("leaf",) * 6 + ("node", "view", "constant", "array", "list")
DTYPES = ("float64", "float64", "float64", "float32", "float32", "int64", "int32", "bool", "uint8")
LENGTHS = (1, 2, 3, 4, 5) * 6 + (0, 0, 8, 9, 16, 17, 33, 64, 65)


class Array:
    """An array to pass: its values, how they lie in memory, and as what they are handed over."""

    def __init__(self, values: np.ndarray, layout: str, form: str, smooth: bool) -> None:
        self.values, self.layout, self.form = values, layout, form
        self.smooth = smooth and values.dtype == np.float64
        self.memory: Any = None  # what is handed over, laid out
        self.leaf: Any = None  # the tensor whose gradient is asked for

    def build(self, values: np.ndarray | None = None) -> Any:
        self.memory = self.leaf = None
        if self.form == "list":
            return (self.values if values is None else values).tolist()
        self.memory = laid_out(self.values if values is None else values, self.layout)
        if self.form == "array":
            return self.memory
        if self.form == "constant" or self.memory.dtype.kind != "f":
            return tensor_of(self.memory)
        self.leaf = tensor_of(self.memory, requires_grad=True)
        if self.form == "leaf":
            return self.leaf
        return self.leaf * 1.0 if self.form == "node" else self.leaf[...]

    def __repr__(self) -> str:
        shown = np.array2string(self.values, threshold=12, separator=", ").replace("\n", "")
        return f"{self.form}({shown}, {self.values.dtype}, {self.values.shape}, {self.layout})"


def laid_out(values: np.ndarray, layout: str) -> np.ndarray:
    """The same values, in memory of their own, in another order or place."""
    if not values.ndim or values.size == 0:
        layout = "read-only" if layout == "read-only" else "C"
    if layout == "F":
        return values.copy(order="F")
    if layout == "reversed":
        return np.flip(np.flip(values).copy())
    if layout == "strided":
        wide = np.full((*values.shape[:-1], 2 * values.shape[-1]), 99, values.dtype)
        wide[..., ::2] = values
        return wide[..., ::2]
    if layout == "offset":
        out = np.empty(values.size + 1, values.dtype)[1:].reshape(values.shape)
    elif layout == "misaligned":
        out = np.zeros(values.shape, [("byte", "i1"), ("value", values.dtype)])["value"]
    else:
        out = np.empty(values.shape, values.dtype)
    out[...] = values
    out.flags.writeable = layout != "read-only"
    return out


class Draw:
    """All that is random in one call: the same number gives the same call."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.choice = self.random.choice
        self.dtype = self.choice(DTYPES[:5])
        ndim = self.choice((0, 1, 1, 2, 2, 2, 3, 3, 4))
        self.shape = tuple(self.choice(LENGTHS if ndim < 3 else LENGTHS[:7]) for _ in range(ndim))
        self.sides: dict[str, int] = {}
        self.batch = tuple(self.choice((1, 2, 3)) for _ in range(self.choice((0, 0, 1, 1, 2))))
        self.domain = self.choice(("normal", "normal", "normal", "unit", "above one", "special"))

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def side(self, letter: str) -> int:
        return self.sides.setdefault(letter, self.choice(LENGTHS))

    def hostile(self) -> Any:
        return self.choice(HOSTILE)()

    def array(self, shape: tuple[int, ...], domain: str = "", dtype: str = "") -> Array:
        dtype = dtype or (self.choice(DTYPES) if self.chance(0.1) else self.dtype)
        kind = np.dtype(dtype).kind
        domain = domain or self.domain
        if kind == "b":
            values = self.numbers.random(shape) < 0.5
        elif kind in "iu":
            values = self.numbers.integers(0 if kind == "u" else -4, 5, shape)
        elif domain == "unit":
            values = self.numbers.uniform(0.05, 0.95, shape)
        elif domain == "above one":
            values = self.numbers.uniform(1.1, 3, shape)
        else:
            values = self.numbers.standard_normal(shape)
        values = np.asarray(values).astype(dtype)
        if domain == "special" and kind == "f":
            special = np.array([0, 1, -1, np.nan, np.inf, -np.inf, 1e30, -1e30, 1e-40], dtype)
            values = np.where(
                self.numbers.random(shape) < 0.5, self.numbers.choice(special, shape), values
            )
        layout, form = self.choice(LAYOUTS), self.choice(FORMS)
        return Array(values, layout, form, domain != "special" and kind == "f")

    def labels(self, shape: tuple[int, ...], classes: int) -> Array:
        values = self.numbers.integers(0, max(classes, 1), shape)
        if self.chance(0.1) and values.size:  # out of range, or ignored
            values.flat[0] = self.choice((-1, -100, classes, HUGE, -classes - 1))
        dtype = self.choice(("int64", "int64", "int64", "int32", "uint8", "float32"))
        form = self.choice(("constant", "constant", "array", "list"))
        return Array(np.asarray(values).astype(dtype), self.choice(LAYOUTS), form, False)

    def near(self) -> tuple[int, ...]:
        """The call's shape, or one that may broadcast with it, or neither."""
        if self.chance(0.75):
            return self.shape
        if self.chance(0.6):
            kept = self.shape[self.random.randrange(len(self.shape) + 1) :]
            return tuple(1 if self.chance(0.3) else n for n in kept)
        return tuple(self.choice(LENGTHS) for _ in range(self.random.randrange(4)))

    def tensor(self) -> Array:
        return self.array(self.near())

    def axis(self) -> int:
        n = max(len(self.shape), 1)
        return self.random.randrange(-n, n) if self.chance(0.9) else self.choice((n, -n - 1, 9))

    def count(self) -> int:
        return self.choice((1, 2, 3, 1, 2, 3, 0, 5, -1))

    def size(self) -> Any:
        if self.chance(0.3):
            return self.choice(LENGTHS[:8])
        shape = list(self.shape)
        if shape and self.chance(0.2):
            shape[self.random.randrange(len(shape))] = -1
        self.random.shuffle(shape)
        return tuple(shape)

    def index(self) -> Any:
        """What may stand between brackets."""

        def one() -> Any:
            return self.choice((
                self.axis, lambda: slice(None), lambda: slice(self.count(), None),
                lambda: slice(None, None, self.choice((-1, 2))), lambda: None, lambda: Ellipsis,
                lambda: self.labels((self.count() % 4,), 2), lambda: self.mask(), self.hostile,
            ))()  # fmt: skip

        return tuple(one() for _ in range(self.count() % 4)) if self.chance(0.5) else one()

    def mask(self) -> Array:
        return self.array(self.near(), dtype="bool")

    def weight_or_none(self) -> Any:
        return self.tensor() if self.chance(0.5) else None


def number(*usual: Any) -> Callable[[Draw], Any]:
    return lambda d: d.choice(usual)


def flag(d: Draw) -> bool:
    return d.chance(0.5)


AXIS = "axis dim axis0 axis1 axis2 dim0 dim1 dim2 start_dim end_dim".split()
TENSOR = """
    input x x1 x2 other self y A end tensor1 tensor2 mat mat1 mat2 vec batch1 batch2 input1 input2
    target weight bias source src tensor query key value anchor positive negative var logits mean
    query data gradient vec running_mean running_var obj condition weights prediction v
""".split()
KINDS: dict[str, Callable[[Draw], Any]] = {
    **dict.fromkeys(TENSOR, Draw.tensor),
    **dict.fromkeys(AXIS, Draw.axis),
    **dict.fromkeys(
        "axes dims".split(), lambda d: tuple(d.axis() for _ in range(d.count() % 3))
    ),
    **dict.fromkeys("size shape sizes normalized_shape unflattened_size".split(), Draw.size),
    **dict.fromkeys("index indices".split(), lambda d: d.labels(d.near(), max(d.shape or (1,)))),
    **dict.fromkeys("mask attn_mask".split(), Draw.mask),
    **dict.fromkeys("""
        keepdim keepdims training inplace requires_grad full log_target log_input swap unbiased
        descending stable largest sorted as_tuple return_inverse return_counts density equal_nan
        replacement hard is_causal affine elementwise_affine relu track_running_stats batch_first
        bidirectional nesterov amsgrad maximize centered decoupled_weight_decay drop_last shuffle
        retain_graph create_graph allow_unused materialize_grads error_if_nonfinite add_bias_kv
        add_zero_attn norm_first three_phase cycle_momentum
    """.split(), flag),
    **dict.fromkeys("device generator".split(), number(None, None, "cpu", 3)),
    **dict.fromkeys("tensors arrays".split(), lambda d: [d.tensor() for _ in range(d.count() % 4)]),
    "dtype": number(None, "float32", "float64", np.float32, mg.float64, "int64", "bool", float),
    "reduction": number("mean", "sum", "none", "none", "batchmean", "Mean"),
    "min": lambda d: d.choice((None, -0.5, 0, 1, d.tensor())),
    "max": lambda d: d.choice((None, 0.5, 0, 1, d.tensor())),
    "p": number(0, 0.5, 1, 2, 2.0, 3, 1.5, float("inf"), -1),
    "ord": number(None, 0, 1, 2, 2.0, -1, float("inf"), "fro", "nuc"),
    "rounding_mode": number(None, "floor", "trunc", "up"),
    "mode": number("constant", "reflect", "replicate", "circular", "min", "fan_in", "fan_out"),
    "indexing": number("ij", "xy"),
    "subscripts": number("ij,jk->ik", "ij->ji", "ii", "i,i", "...i->...", "ij,", "bij,bjk->bik",
                         "ij->", "i->ii", "iji->j", "i j , j k -> i k", "...,...", "ij,jk->il"),
    "split_size_or_sections": lambda d: d.choice((1, 2, 3, 0, [1, 1], [1, 2], [])),
    "indices_or_sections": lambda d: d.choice((1, 2, 3, 0, [1], [1, 2], [2, 1], [])),
    "pad": lambda d: d.choice(((1, 1), (1, 0), (0, 2, 1, 1), (-1, 1), 1, (1, 2, 3), [0, 0])),
    "pad_width": lambda d: d.choice((1, (1, 2), [(1, 0)], [(0, 1), (2, 0)], -1)),
    "correction": number(0, 1, 2, 0.5),
    "range": number(None, (0, 1), (0.5, 0.5), (1, 0), (0.0, float("inf"))),
    "bins": number(1, 3, 10, 0, -1, [0.0, 0.5, 1.0], [1.0, 0.0]),
    "approximate": number("none", "tanh", "sigmoid"),
    "source_or_destination": Draw.axis,
    "n": number(0, 1, 2, 3, 5, -1),
    "momentum": number(0, 0.1, 0.9, 1, None),
    "eps": number(1e-5, 1e-3, 0, 1e-8),
    "label_smoothing": number(0.0, 0.1, 1.0, 1.5),
    "ignore_index": number(-100, 0, 1, -1),
    "padding_idx": number(None, 0, -1, 1),
    "max_norm": number(None, 1.0, 0.5),
    "norm_type": number(2.0, 1, float("inf")),
    "num_classes": number(-1, 1, 3, 5),
    "num_groups": number(1, 2, 3),
    "num_layers": number(1, 1, 2),
    "betas": number((0.9, 0.999), (0.0, 0.0), (1.0, 0.5), (0.5,)),
    "lr": number(0.1, 0.01, 1, 0, -1, 1e-3),
    "activation": number("relu", "gelu", "tanh"),
    "nonlinearity": number("relu", "tanh", "leaky_relu", "linear"),
    "hook": lambda d: d.choice((lambda g: None, lambda g: g * 2, lambda g: g[:0], 3)),
    "scale": number(None, 0.5, 1),
    "line_search_fn": number(None, "strong_wolfe"),
}  # fmt: skip
ONE_FLOAT = number(0.5, 1.0, 2.0, 0.0, -0.5, 1, 1e-3)
ONE_INT = number(0, 1, 2, 3, -1, 5)

# What belongs together. Each letter is a length, the same wherever it stands in a call; * are axes
# in front, perhaps none. Behind the letters: <c labels below c, ? a mask, + values between 0 and 1,
# ~ positive values. =k is that number, (k,n) those.
RECIPES: dict[str, list[str]] = {
    "matmul": ["x1:*mk x2:*kn", "x1:mk x2:k", "x1:k x2:kn", "x1:*mk x2:kn", "x1:k x2:*kn"],
    "mm": ["input:mk mat2:kn"],
    "bmm": ["input:bmk mat2:bkn"],
    "addmm": ["input:n mat1:mk mat2:kn", "input:mn mat1:mk mat2:kn"],
    "addmv": ["input:m mat:mk vec:k"],
    "baddbmm": ["input:bmn batch1:bmk batch2:bkn", "input:n batch1:bmk batch2:bkn"],
    "mv": ["input:mk vec:k"],
    "dot": ["input:k tensor:k"],
    "vdot": ["input:k tensor:k"],
    "inner": ["x1:mk x2:nk"],
    "outer": ["x1:m x2:n"],
    "ger": ["x1:m x2:n"],
    "tensordot": ["x1:mkn x2:knp", "x1:mk x2:kn axes:=1"],
    "cross": ["input:m3 other:m3"],
    "multi_dot": ["tensors:[mk,kn]", "tensors:[mk,kn,np]", "tensors:[k,kn]"],
    "matrix_exp": ["A:*nn"],
    "matrix_power": ["A:*nn"],
    "einsum": ["operands:mk operands:kn", "operands:mk"],
    "linear": ["input:*k weight:nk bias:n", "input:mk weight:nk", "input:mk weight:nk bias:n"],
    "bilinear": ["input1:mk input2:mn weight:pkn bias:p"],
    "embedding": ["input:m<c weight:cn", "input:mk<c weight:cn"],
    "cross_entropy": ["input:mc target:m<c", "input:mc target:m<c weight:c~", "input:mc target:mc+",
                      "input:mck target:mk<c weight:c~", "input:c target:<c"],
    "nll_loss": ["input:mc target:m<c weight:c~", "input:mc target:m<c", "input:mck target:mk<c"],
    "multi_margin_loss": ["input:mc target:m<c", "input:mc target:m<c weight:c~"],
    "multilabel_margin_loss": ["input:mc target:mc<c"],
    "binary_cross_entropy": ["input:mc+ target:mc+", "input:mc+ target:mc+ weight:c~"],
    "binary_cross_entropy_with_logits": ["input:mc target:mc+ pos_weight:c~", "input:m target:m+"],
    "cosine_embedding_loss": ["input1:mk input2:mk target:m"],
    "gaussian_nll_loss": ["input:mk target:mk var:mk~", "input:mk target:mk var:m~"],
    "batch_norm": ["input:mc running_mean:c running_var:c~ weight:c bias:c training:=1",
                   "input:mck running_mean:c running_var:c~ weight:c bias:c",
                   "input:mc running_mean:c running_var:c~",
                   "input:mckn weight:c bias:c training:=1 running_mean:N running_var:N"],
    "layer_norm": ["input:*mk normalized_shape:(k) weight:k bias:k", "input:mk normalized_shape:(m,k)"],
    "rms_norm": ["input:*mk normalized_shape:(k) weight:k"],
    "group_norm": ["input:mck num_groups:=c weight:c bias:c", "input:mc num_groups:=1 weight:c bias:c"],
    "scaled_dot_product_attention": ["query:*mk key:*nk value:*np", "query:*mk key:*nk value:*np attn_mask:mn?",
                                     "query:*mk key:*nk value:*np attn_mask:mn"],
    "prelu": ["input:mck weight:c", "input:mc weight:1"],
    "gather": ["input:mk dim:=0 index:nk<m", "input:mk dim:=1 index:mn<k"],
    "scatter": ["input:mk dim:=0 index:nk<m src:nk", "input:mk dim:=1 index:mn<k src:mn"],
    "scatter_add": ["input:mk dim:=0 index:nk<m src:nk", "input:mk dim:=1 index:mn<k src:mn"],
    "index_add": ["input:mk dim:=0 index:n<m source:nk", "input:mk dim:=1 index:n<k source:mn"],
    "index_fill": ["input:mk dim:=0 index:n<m", "input:mk dim:=1 index:n<k"],
    "index_select": ["input:mk dim:=0 index:n<m", "input:mk dim:=1 index:n<k"],
    "take": ["x:m indices:n<m", "x:mk indices:n<m axis:=0", "x:mk indices:n<k axis:=1"],
    "take_along_axis": ["x:mk axis:=0 indices:nk<m", "x:mk axis:=1 indices:mn<k"],
    "take_along_dim": ["input:mk dim:=0 indices:nk<m", "input:mk dim:=1 indices:mn<k"],
    "bincount": ["input:m<c weights:m", "input:m<c"],
    "multinomial": ["input:mc~", "input:c~"],
    "one_hot": ["input:mk<c"],
    "where": ["condition:mk? input:mk other:mk", "condition:mk? input:k other:1"],
    "masked_fill": ["input:mk mask:mk?", "input:mk mask:k?"],
    "masked_select": ["input:mk mask:mk?"],
    "bernoulli": ["input:mk+"],
    "trace": ["x:mk"],
    "diagonal": ["x:mkn", "A:mk"],
    "tril": ["x:*mk"], "triu": ["x:*mk"],
    "matrix_norm": ["A:*mk"],
    "vecdot": ["x:*k y:*k"],
    "glu": ["input:m4 dim:=1"],
    "narrow": ["input:4k dim:=0"],
    "triplet_margin_loss": ["anchor:mk positive:mk negative:mk"],
    "triplet_margin_with_distance_loss": ["anchor:mk positive:mk negative:mk"],
    "pairwise_distance": ["x1:mk x2:mk"],
    "histogram": ["input:m weight:m", "input:mk"],
    # modules: their options, and behind | what is given to forward
    "Linear": ["in_features:=k out_features:=n | input:*mk"],
    "LazyLinear": ["out_features:=n | input:mk"],
    "Bilinear": ["in1_features:=k in2_features:=n out_features:=p | input1:mk input2:mn"],
    "Embedding": ["num_embeddings:=c embedding_dim:=n | input:mk<c"],
    "BatchNorm1d": ["num_features:=c | input:mc", "num_features:=c | input:mck"],
    "BatchNorm2d": ["num_features:=c | input:mckn"],
    "BatchNorm3d": ["num_features:=c | input:mck22"],
    "LazyBatchNorm1d": ["| input:mc"], "LazyBatchNorm2d": ["| input:mckn"],
    "LazyBatchNorm3d": ["| input:mck22"],
    "GroupNorm": ["num_groups:=c num_channels:=c | input:mck"],
    "LayerNorm": ["normalized_shape:=k | input:*mk", "normalized_shape:(m,k) | input:*mk"],
    "RMSNorm": ["normalized_shape:=k | input:*mk"],
    **dict.fromkeys(("RNN", "GRU"), ["input_size:=k hidden_size:=4 | input:23k"]),
    "LSTM": ["input_size:=k hidden_size:=4 | input:23k"],
    **dict.fromkeys(("RNNCell", "GRUCell"), ["input_size:=k hidden_size:=4 | input:3k hx:34",
                                              "input_size:=k hidden_size:=4 | input:3k"]),
    "LSTMCell": ["input_size:=k hidden_size:=4 | input:3k"],
    "MultiheadAttention": ["embed_dim:=4 num_heads:=2 | query:234 key:234 value:234",
                           "embed_dim:=4 num_heads:=2 | query:24 key:34 value:34"],
    "TransformerEncoderLayer": ["d_model:=4 nhead:=2 dim_feedforward:=3 | src:234"],
    "TransformerDecoderLayer": ["d_model:=4 nhead:=2 dim_feedforward:=3 | tgt:234 memory:334"],
    "PReLU": ["num_parameters:=c | input:mck"],
    "BCELoss": ["| input:mc+ target:mc+"], "BCEWithLogitsLoss": ["| input:mc target:mc+"],
    "CrossEntropyLoss": ["| input:mc target:m<c", "weight:c~ | input:mc target:m<c"],
    "NLLLoss": ["| input:mc target:m<c", "weight:c~ | input:mc target:m<c"],
    "MultiMarginLoss": ["| input:mc target:m<c"], "MultiLabelMarginLoss": ["| input:mc target:mc<c"],
    "MultiLabelSoftMarginLoss": ["| input:mc target:mc+"],
    "Flatten": ["| input:mck"], "Unflatten": ["dim:=1 unflattened_size:(c,k) | input:m1"],
}  # fmt: skip


def recipe(d: Draw, name: str) -> dict[str, Any]:
    """The arguments that belong together, by name; those of a module's forward begin with "|"."""
    made: dict[str, Any] = {}
    prefix = ""
    for word in d.choice(RECIPES.get(name, [""])).split():
        if word == "|":
            prefix = "|"
            continue
        key, pattern = word.split(":")
        made.setdefault(prefix + key, []).append(from_pattern(d, pattern))
    return {key: found if key == "operands" else found[0] for key, found in made.items()}


def from_pattern(d: Draw, pattern: str) -> Any:
    def sides(letters: str) -> tuple[int, ...]:
        batch = d.batch if letters.startswith("*") else ()
        own = (int(c) if c.isdigit() else d.side(c) for c in letters.lstrip("*"))
        return (*batch, *own)

    if pattern == "N":
        return None
    if pattern[0] == "=":
        return sides(pattern[1:])[0]
    if pattern[0] == "(":
        return sides(pattern.strip("()").replace(",", ""))
    if pattern[0] == "[":
        return [d.array(sides(p)) for p in pattern.strip("[]").split(",")]
    if "<" in pattern:
        letters, below = pattern.split("<")
        return d.labels(sides(letters), d.side(below))
    end = pattern[-1]
    if end == "?":
        return d.array(sides(pattern[:-1]), dtype="bool")
    if end in "+~":
        return d.array(sides(pattern[:-1]), domain="unit")
    return d.array(sides(pattern), dtype=d.dtype if d.chance(0.95) else "")


def arguments(
    d: Draw, signature: inspect.Signature, given: dict[str, Any], hostile: float = 0.06
) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments of a call; `given`: those of its recipe."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    by_position = True
    for p in signature.parameters.values():
        if p.kind is p.VAR_KEYWORD:
            continue
        if p.kind is p.VAR_POSITIONAL:
            if by_position:
                args.extend(several(d, p.name, given))
            by_position = False
            continue
        if p.default is not p.empty and p.name not in given and d.chance(0.7):
            by_position = False
            continue
        value = d.hostile() if d.chance(hostile) else given.get(p.name, given)
        if (
            p.name == "num_layers" and isinstance(value, int) and value == HUGE
        ):  # which would take for ever
            value = -1
        if value is given:
            value = usual(d, p)
        if by_position and p.kind is not p.KEYWORD_ONLY:
            args.append(value)
        elif p.kind is not p.POSITIONAL_ONLY:
            kwargs[p.name] = value
    if d.chance(0.01):
        kwargs[d.choice(("nonsense", "out", "axis", "dim"))] = d.hostile()
    if d.chance(0.01) and args:
        args.pop()
    return args, kwargs


def several(d: Draw, name: str, given: dict[str, Any]) -> list[Any]:
    """What is given by position to *name."""
    if name in given:
        return list(given[name])
    if name in ("operands", "tensors", "args", "inputs"):
        return [d.tensor() for _ in range(d.choice((1, 2, 3, 0)))]
    if name == "dims":
        return d.random.sample(range(len(d.shape)), len(d.shape)) if d.chance(0.5) else [d.axis()]
    if name == "repeats":
        return [d.choice((1, 2, 0, 3)) for _ in range(len(d.shape) + d.choice((0, 0, 1, -1)))]
    size = d.size()
    return list(size) if isinstance(size, tuple) and d.chance(0.5) else [size]


def usual(d: Draw, p: inspect.Parameter) -> Any:
    """A value of the kind that the parameter's name, or its default, tells of."""
    if p.name in KINDS and not (
        isinstance(p.default, int | float) and KINDS[p.name] is Draw.tensor
    ):
        return KINDS[p.name](d)
    if isinstance(p.default, bool):
        return flag(d)
    if isinstance(p.default, float):
        return p.default if d.chance(0.3) else ONE_FLOAT(d)
    if isinstance(p.default, int):
        return ONE_INT(d)
    if isinstance(p.default, str):
        return p.default
    if p.default is None:
        return d.choice((None, 1, 2, 0.5, d.tensor()))
    kind = str(p.annotation)
    return ONE_FLOAT(d) if "float" in kind else ONE_INT(d) if "int" in kind else d.tensor()
