"""Recurrent networks, composed of operations: Elman's, with long short-term memory, with gates.

J. L. Elman, "Finding structure in time", Cognitive Science 14 (1990); S. Hochreiter and
J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997); Cho et al., "Learning phrase
representations using RNN encoder-decoder", EMNLP 2014.

Each of the three is a function of one step.  It gets what the input and the hidden state give when
multiplied by their weights, with biases added, and the state: a tuple whose first part is h.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..creation import zeros
from ..engine.dtypes import check_count, check_integer, check_number
from ..engine.tensor import Tensor
from ..ops.piecewise import where
from ..ops.shaping import concat, permute_dims, stack
from . import functional as F
from . import init
from .containers import MOST_LAYERS
from .functional.in_place import as_tensor
from .module import Module
from .parameter import Parameter, new_parameter
from .utils.rnn import PackedSequence

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

State = tuple[Tensor, ...]
Step = Callable[[Tensor, Tensor, State], State]


def _parts(x: Tensor, count: int) -> list[Tensor]:
    size = x.shape[-1] // count
    return [x[..., i * size : (i + 1) * size] for i in range(count)]


def _tanh_step(x: Tensor, h: Tensor, state: State) -> State:
    """h' = tanh(x + h)."""
    return (F.tanh(x + h),)


def _relu_step(x: Tensor, h: Tensor, state: State) -> State:
    """h' = max(x + h, 0)."""
    return (F.relu(x + h),)


def _lstm_step(x: Tensor, h: Tensor, state: State) -> State:
    """c' = f c + i g, h' = o tanh(c'), with the gates i, f, o and the candidate g."""
    i, f, g, o = _parts(x + h, 4)
    c = F.sigmoid(f) * state[1] + F.sigmoid(i) * F.tanh(g)
    return F.sigmoid(o) * F.tanh(c), c


def _gru_step(x: Tensor, h: Tensor, state: State) -> State:
    """h' = (1 - z) n + z h, with n = tanh(x_n + r h_n) and the gates r, z."""
    (rx, zx, nx), (rh, zh, nh) = _parts(x, 3), _parts(h, 3)
    z = F.sigmoid(zx + zh)
    n = F.tanh(nx + F.sigmoid(rx + rh) * nh)
    return ((1 - z) * n + z * state[0],)


STEPS: dict[str, tuple[Step, int, int]] = {  # the step, its blocks of weights, its parts of state
    "RNN_TANH": (_tanh_step, 1, 1),
    "RNN_RELU": (_relu_step, 1, 1),
    "LSTM": (_lstm_step, 4, 2),
    "GRU": (_gru_step, 3, 1),
}


class _Recurrent(Module):
    """What cells and networks share: how weights are made, and how a state is taken and given."""

    mode: str
    hidden_size: int
    input_size: int
    bias: bool
    proj_size = 0  # what h is multiplied down to, where that is asked for

    @property
    def _width(self) -> int:
        """The size of h."""
        return self.proj_size or self.hidden_size

    def _add_weights(self, ending: str, inputs: int, bias: bool, device: Any, dtype: Any) -> None:
        rows = STEPS[self.mode][1] * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, self._width),
        }
        if bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        for name, shape in shapes.items():
            setattr(self, name + ending, new_parameter(shape, dtype, device))

    def _weights(self, ending: str) -> list[Any]:
        there = {
            "weight_ih": True,
            "weight_hh": True,
            "bias_ih": self.bias,
            "bias_hh": self.bias,
            "weight_hr": self.proj_size,
        }
        return [getattr(self, name + ending) if is_ else None for name, is_ in there.items()]

    def reset_parameters(self) -> None:
        """Draw the parameters anew, from U(-bound, bound) with bound = 1/sqrt(hidden_size)."""
        bound = 1 / sqrt(self.hidden_size)
        for parameter in self.parameters(recurse=False):
            init.uniform_(parameter, -bound, bound)

    def _state(self, hx: Any, axes: tuple[int, ...], like: Tensor) -> State:
        """The state as a tuple, zeros if there is none; ValueError for another shape.

        axes : the sizes in front
        """
        count = STEPS[self.mode][2]
        shapes = [(*axes, self._width), (*axes, self.hidden_size)][:count]
        if hx is None:
            return tuple(zeros(shape, dtype=like.dtype) for shape in shapes)
        several = isinstance(hx, (tuple, list)) and count > 1
        state = tuple(map(as_tensor, hx if several else (hx,)))
        if [h.shape for h in state] != shapes:
            wanted = "a pair of tensors" if count == 2 else "a tensor"
            shown = " and ".join(map(str, dict.fromkeys(shapes)))
            raise ValueError(
                f"{type(self).__name__}: hx: wanted {wanted} of shape {shown}, got "
                f"{[h.shape for h in state]}"
            )
        return state

    def _check_input(self, input: Tensor, axes: tuple[int, ...]) -> None:
        if input.ndim not in axes or input.shape[-1] != self.input_size:
            raise ValueError(
                f"{type(self).__name__}: wanted an input of {' or '.join(map(str, axes))} axes, "
                f"the last of size {self.input_size}, got shape {input.shape}"
            )


class _Network(_Recurrent):
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        proj_size: int = 0,
    ) -> None:
        super().__init__()
        self.input_size = check_count("input_size", input_size)
        self.hidden_size = check_count("hidden_size", hidden_size)
        self.proj_size = check_integer(f"{type(self).__name__}: proj_size", proj_size)
        if proj_size and self.mode != "LSTM":
            raise ValueError(f"{type(self).__name__}: proj_size is for LSTM only, got {proj_size}")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(
                f"{type(self).__name__}: proj_size: wanted 0 to {hidden_size - 1}, less than "
                f"hidden_size, got {proj_size}"
            )
        self.num_layers = check_count("num_layers", num_layers, most=MOST_LAYERS)
        check_number(f"{type(self).__name__}: dropout", dropout)
        if not 0 <= dropout <= 1:
            raise ValueError(f"{type(self).__name__}: dropout must be within [0, 1], got {dropout}")
        self.bias, self.batch_first = bias, batch_first
        self.dropout, self.bidirectional = dropout, bidirectional
        inputs = self.input_size
        for layer in range(self.num_layers):
            for ending in self._endings(layer):
                self._add_weights(ending, inputs, bias, device, dtype)
            inputs = self._width * (2 if bidirectional else 1)
        self.reset_parameters()

    @property
    def _flat_weights_names(self) -> list[str]:
        """The names of the parameters, layer by layer: what code that sets them itself asks for."""
        return list(self._parameters)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        endings = [e for layer in range(self.num_layers) for e in self._endings(layer)]
        return [[w for w in self._weights(e) if w is not None] for e in endings]

    def _endings(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: 2 if self.bidirectional else 1]

    def flatten_parameters(self) -> None:
        """Do nothing: only on other devices are the weights laid out anew."""

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        input = as_tensor(input)
        self._check_input(input, (2, 3))
        batched = input.ndim == 3
        x = input if batched else input.reshape((input.shape[0], 1, input.shape[1]))
        if batched and self.batch_first:
            x = permute_dims(x, (1, 0, 2))
        directions = 2 if self.bidirectional else 1
        axes = (self.num_layers * directions, *(x.shape[1:2] if batched else ()))
        state = self._state(hx, axes, x)
        if not batched:
            state = tuple(s.reshape((s.shape[0], 1, s.shape[1])) for s in state)
        x, ends = self._layers(x, state, [x.shape[1]] * x.shape[0])
        if not batched:
            x = x.reshape((x.shape[0], x.shape[2]))
            ends = tuple(s.reshape((s.shape[0], s.shape[2])) for s in ends)
        elif self.batch_first:
            x = permute_dims(x, (1, 0, 2))
        return x, ends if len(ends) > 1 else ends[0]

    def _forward_packed(self, packed: Any, hx: Any) -> tuple[Any, Any]:
        """The same of a `nn.utils.rnn.PackedSequence`: at each step of the sequences still there.

        The states come and go in the order in which the sequences were given.
        """
        sizes = packed.batch_sizes.tolist()
        self._check_input(packed.data, (2,))
        directions = 2 if self.bidirectional else 1
        state = self._state(hx, (self.num_layers * directions, sizes[0]), packed.data)
        if packed.sorted_indices is not None:
            state = tuple(s[:, packed.sorted_indices] for s in state)
        rows = [packed.data[end - n : end] for n, end in zip(sizes, accumulate(sizes), strict=True)]
        x = concat([F.pad(row, (0, 0, 0, sizes[0] - len(row))) for row in rows], axis=0)
        x = x.reshape((len(sizes), sizes[0], self.input_size))
        x, ends = self._layers(x, state, sizes)
        if packed.unsorted_indices is not None:
            ends = tuple(s[:, packed.unsorted_indices] for s in ends)
        data = concat([x[t, :n] for t, n in enumerate(sizes)], axis=0)
        return packed._replace(data=data), ends if len(ends) > 1 else ends[0]

    def _layers(self, x: Tensor, state: State, sizes: list[int]) -> tuple[Tensor, State]:
        """All layers over x (L, N, in): all h (L, N, out) of the last, the last states of all."""
        directions = 2 if self.bidirectional else 1
        last: list[State] = []
        for layer in range(self.num_layers):
            outs = []
            for direction, ending in enumerate(self._endings(layer)):
                first = tuple(s[layer * directions + direction] for s in state)
                out, end = self._run(x, first, ending, direction == 1, sizes)
                outs.append(out)
                last.append(end)
            x = outs[0] if directions == 1 else concat(outs, axis=-1)
            if self.dropout and layer + 1 < self.num_layers:
                x = F.dropout(x, self.dropout, self.training)
        return x, tuple(stack(parts) for parts in zip(*last, strict=True))

    def _run(
        self, x: Tensor, state: State, ending: str, reverse: bool, sizes: list[int]
    ) -> tuple[Tensor, State]:
        """One layer in one direction over x (L, N, in): all h (L, N, out), and the last state.

        sizes : of how many of the N sequences there is a step; the states of the others stay
        """
        w_ih, w_hh, b_ih, b_hh, w_hr = self._weights(ending)
        step = STEPS[self.mode][0]
        inputs = F.linear(x, w_ih, b_ih)  # of all steps in one product
        outs = []
        for t in range(x.shape[0])[:: -1 if reverse else 1]:
            new = step(inputs[t], F.linear(state[0], w_hh, b_hh), state)
            if w_hr is not None:
                new = (F.linear(new[0], w_hr), *new[1:])
            if sizes[t] < x.shape[1]:
                there = np.arange(x.shape[1])[:, None] < sizes[t]
                new = tuple(where(there, n, s) for n, s in zip(new, state, strict=True))
            state = new
            outs.append(state[0])
        if not outs:
            raise ValueError(f"{type(self).__name__}: wanted at least one step, got {x.shape}")
        return stack(outs[::-1] if reverse else outs), state

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size:
            shown += f", proj_size={self.proj_size}"
        standard = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0}
        for name, value in (standard | {"bidirectional": False}).items():
            if getattr(self, name) != value:
                shown += f", {name}={getattr(self, name)}"
        return shown


class RNN(_Network):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    input_size, hidden_size : the last axes of the input and of h
    num_layers : so many on top of each other; dropout : on what goes from one to the next
    nonlinearity : "tanh" or "relu"
    bias : False leaves both biases out
    batch_first : the input is (N, L, in) rather than (L, N, in); without a batch it is (L, in)
    bidirectional : a second net runs backwards, and the outputs are joined
    device : None or "cpu"; dtype : float32 (the default) or float64

    weight_ih_l0 : (hidden, in), weight_hh_l0 : (hidden, hidden), bias_ih_l0 and bias_hh_l0 :
    (hidden,), and so on for further layers ("_l1") and backwards ("_l0_reverse")

    Called with the input, which may be a packed sequence (`nn.utils.rnn`) and then gives one, and
    the first state (layers * directions, N, hidden), zeros if None.  Returns the outputs of the
    last layer at all steps, and the last states of all layers.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> out, last = nn.RNN(3, 4)(mg.zeros((7, 5, 3)))
    >>> out.shape, last.shape
    ((7, 5, 4), (1, 5, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.__dict__["mode"] = _nonlinearity("RNN", nonlinearity)
        options = (num_layers, bias, batch_first, dropout, bidirectional, device, dtype)
        super().__init__(input_size, hidden_size, *options)
        self.nonlinearity = nonlinearity


class LSTM(_Network):
    """A recurrent net with a memory cell: c' = f c + i g and h' = o tanh(c').

    Arguments as `RNN`, without `nonlinearity`; the rows of the weights are those of i, f, g and o.
    The state is a pair (h, c).

    proj_size : where it is not 0, h' = W_hr (o tanh(c')) is of this smaller size, with
        weight_hr_l0 : (proj_size, hidden); Sak, Senior and Beaufays, Interspeech 2014

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> out, (h, c) = nn.LSTM(3, 4)(mg.zeros((7, 5, 3)))
    >>> out.shape, h.shape, c.shape
    ((7, 5, 4), (1, 5, 4), (1, 5, 4))
    """

    mode = "LSTM"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        options = (num_layers, bias, batch_first, dropout, bidirectional, device, dtype)
        super().__init__(input_size, hidden_size, *options, proj_size)


class GRU(_Network):
    """A recurrent net with gates: h' = (1 - z) n + z h.

    Arguments as `RNN`, without `nonlinearity`; the rows of the weights are those of r, z and n.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> out, last = nn.GRU(3, 4, bidirectional=True)(mg.zeros((7, 5, 3)))
    >>> out.shape, last.shape
    ((7, 5, 8), (2, 5, 4))
    """

    mode = "GRU"


class _Cell(_Recurrent):
    weight_ih: Parameter
    weight_hh: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.input_size = check_count("input_size", input_size)
        self.hidden_size = check_count("hidden_size", hidden_size)
        self.bias = bias
        self._add_weights("", self.input_size, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        input = as_tensor(input)
        self._check_input(input, (1, 2))
        state = self._state(hx, input.shape[:-1], input)
        w_ih, w_hh, b_ih, b_hh, _ = self._weights("")
        inputs, hidden = F.linear(input, w_ih, b_ih), F.linear(state[0], w_hh, b_hh)
        state = STEPS[self.mode][0](inputs, hidden, state)
        return state if len(state) > 1 else state[0]

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            shown += f", bias={self.bias}"
        return f"{shown}, nonlinearity=relu" if self.mode == "RNN_RELU" else shown


class RNNCell(_Cell):
    """One step of `RNN`: an input (N, in) and h (N, hidden), zeros if None, give the next h.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.RNNCell(3, 4)(mg.zeros((5, 3))).shape
    (5, 4)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.__dict__["mode"] = _nonlinearity("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity


class LSTMCell(_Cell):
    """One step of `LSTM`: an input (N, in) and a pair (h, c), zeros if None, give the next pair.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> h, c = nn.LSTMCell(3, 4)(mg.zeros((5, 3)))
    >>> h.shape, c.shape
    ((5, 4), (5, 4))
    """

    mode = "LSTM"


class GRUCell(_Cell):
    """One step of `GRU`: an input (N, in) and h (N, hidden), zeros if None, give the next h.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.GRUCell(3, 4)(mg.zeros((5, 3))).shape
    (5, 4)
    """

    mode = "GRU"


def _nonlinearity(where: str, name: str) -> str:
    if name not in ("tanh", "relu"):
        raise ValueError(f"{where}: nonlinearity must be 'tanh' or 'relu', got {name!r}")
    return f"RNN_{name.upper()}"
