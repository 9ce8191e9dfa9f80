"""The compiled kernels. Their formulas stand in `reference.py`, with the same names.

All arrays are float32 or float64, all of one call the same (else TypeError), of any strides,
read-only or empty; a shape that does not fit raises ValueError.
"""

from typing import Any, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

_F = TypeVar("_F", np.float32, np.float64)
_Needs = tuple[bool, bool, bool]
_Gradients = tuple[NDArray[_F] | None, NDArray[_F] | None, NDArray[_F] | None]

class Config(TypedDict):
    """What `config` tells."""

    cpu: str
    cpus_available: tuple[str, ...]
    threads: int
    thread_support: bool
    compiler: str

def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """A new array of any dtype that starts on a cache line, as the results of kernels do."""

def matmul(a: NDArray[_F], b: NDArray[_F]) -> NDArray[_F]:
    """The product of a (..., m, k) and b (..., k, n); axes before the last two broadcast."""

def linear(
    x: NDArray[_F], weight: NDArray[_F], bias: NDArray[_F] | None = None, relu: bool = False
) -> NDArray[_F]:
    """`x @ weight.T + bias`, then `max(., 0)` if `relu`; weight (out, in), bias (out,)."""

def linear_backward(
    g: NDArray[_F],
    x: NDArray[_F],
    weight: NDArray[_F],
    out: NDArray[_F] | None = None,
    needs: _Needs = (True, True, True),
) -> _Gradients[_F]:
    """(dx, dweight, dbias) for the cotangent g (n, out); `out` is the result of a fused ReLU."""

def softmax_cross_entropy(
    logits: NDArray[_F],
    target: NDArray[np.integer] | NDArray[_F],
    weight: NDArray[_F] | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    gradient: bool = True,
) -> tuple[NDArray[_F] | _F, NDArray[_F] | None, float]:
    """The loss of logits (n, c), its gradient for them if wanted, and the share that a row has.

    `target` holds n labels or n rows of c probabilities, `weight` c class weights. With the
    reduction "none" the losses are (n,), and the gradient is that of their sum; a mean's share is
    1 over the weights of what counts, 0 if nothing does. A label out of
    range raises IndexError, one that is not an integer TypeError, NaN probabilities ValueError.
    """

def blend(y: NDArray[_F], x: NDArray[_F], keep: float, take: float) -> None:
    """`keep * y + take * x` in place of y, of one shape with x."""

def batch_norm(
    x: NDArray[_F],
    weight: NDArray[_F] | None,
    bias: NDArray[_F] | None,
    eps: float,
    axis: int = 1,
) -> tuple[NDArray[_F], NDArray[_F], NDArray[_F], NDArray[_F]]:
    """(out, mean, var, invstd): x normalised over every axis but `axis`; var is the biased one."""

def batch_norm_backward(
    g: NDArray[_F],
    x: NDArray[_F],
    mean: NDArray[_F],
    invstd: NDArray[_F],
    weight: NDArray[_F] | None,
    axis: int = 1,
    needs: _Needs = (True, True, True),
) -> _Gradients[_F]:
    """(dx, dweight, dbias) of `batch_norm`."""

def batch_norm_inference(
    x: NDArray[_F],
    mean: NDArray[_F],
    var: NDArray[_F],
    weight: NDArray[_F] | None,
    bias: NDArray[_F] | None,
    eps: float,
    axis: int = 1,
) -> NDArray[_F]:
    """x normalised by given statistics."""

def batch_norm_inference_backward(
    g: NDArray[_F],
    x: NDArray[_F],
    mean: NDArray[_F],
    var: NDArray[_F],
    weight: NDArray[_F] | None,
    eps: float,
    axis: int = 1,
    needs: _Needs = (True, True, True),
) -> _Gradients[_F]:
    """(dx, dweight, dbias) of `batch_norm_inference`."""

def relu(x: NDArray[_F]) -> NDArray[_F]:
    """`max(x, 0)`; NaN stays NaN."""

def relu_backward(g: NDArray[_F], out: NDArray[_F]) -> NDArray[_F]:
    """0 where out <= 0, else `g`: also at a NaN."""

def dropout(x: NDArray[_F], p: float, seed: int) -> NDArray[_F]:
    """Zero each element with probability p, scale the others by 1 / (1 - p).

    `seed` (0 to 2**64 - 1) and the element's place decide, so the gradient of `dropout(x, p,
    seed)` for the cotangent g is `dropout(g, p, seed)`.
    """

def sigmoid(x: NDArray[_F]) -> NDArray[_F]:
    """1 / (1 + exp(-x))."""

def erf(x: NDArray[_F]) -> NDArray[_F]:
    """The error function."""

def erfc(x: NDArray[_F]) -> NDArray[_F]:
    """1 - erf(x), with its relative accuracy where that is tiny."""

def gelu(x: NDArray[_F]) -> NDArray[_F]:
    """x times the normal distribution's probability of a smaller number."""

def gelu_backward(g: NDArray[_F], x: NDArray[_F]) -> NDArray[_F]:
    """g times the derivative of `gelu` at x."""

def can_step(
    params: list[NDArray[_F]], grads: list[NDArray[_F]], *buffers: list[NDArray[_F]]
) -> bool:
    """Is there in each list an array like each parameter, and may the buffers be written to?"""

def sgd(
    params: list[NDArray[_F]],
    grads: list[NDArray[_F]],
    momentum_buffers: list[NDArray[_F]] | None,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    firsts: list[bool],
) -> None:
    """One step of stochastic gradient descent for all of the parameters or none, in place.

    `firsts` says whose buffer starts as the gradient.
    """

def adam(
    params: list[NDArray[_F]],
    grads: list[NDArray[_F]],
    exp_avgs: list[NDArray[_F]],
    exp_avg_sqs: list[NDArray[_F]],
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    steps: list[int],
) -> None:
    """One step of Adam, or AdamW if `decoupled`, for all or none, in place; counted from 1."""

def rmsprop(
    params: list[NDArray[_F]],
    grads: list[NDArray[_F]],
    square_avgs: list[NDArray[_F]],
    momentum_buffers: list[NDArray[_F]] | None,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
) -> None:
    """One step of RMSprop for all or none, in place; no momentum_buffers if momentum is 0."""

def get_num_threads() -> int:
    """How many threads a kernel may use."""

def set_num_threads(n: int) -> None:
    """Let kernels use n threads, 1 to 256. Results do not depend on it."""

def config() -> Config:
    """The instruction set in use, those this machine can run, threads and compiler."""
