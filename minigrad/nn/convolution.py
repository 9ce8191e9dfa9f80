"""Convolutions and their transposes as layers, over one, two or three axes."""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..engine.dtypes import check_count, check_integer
from ..engine.tensor import Tensor
from . import functional as F
from . import init
from .functional.windows import numbers
from .module import Module
from .parameter import Parameter, UninitializedParameter, check_device, new_parameter

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

MODES = "zeros", "reflect", "replicate", "circular"


class _Convolution(Module):
    """What the convolutions share; they differ in their axes, and in which way they go."""

    axes: ClassVar[int]
    transposed: ClassVar[bool] = False
    weight: Parameter
    bias: Parameter | None

    def _describe(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        output_padding: Any,
        dilation: Any,
        groups: int,
        padding_mode: str,
    ) -> None:
        """Keep all options, checked; 0 in_channels are not known so far."""
        name, axes = type(self).__name__, self.axes
        self.in_channels, self.out_channels = in_channels, check_count("out_channels", out_channels)
        self.kernel_size = numbers("kernel_size", kernel_size, axes)
        self.stride = numbers("stride", stride, axes)
        self.dilation = numbers("dilation", dilation, axes)
        self.groups = check_count("groups", groups)
        for what, channels in (("in_channels", in_channels), ("out_channels", self.out_channels)):
            if channels % self.groups:
                raise ValueError(
                    f"{name}: {what}: {channels} channels do not divide into {groups} groups"
                )
        if isinstance(padding, str):
            if padding not in ("same", "valid") or self.transposed:
                wanted = "integers" if self.transposed else "integers, 'same' or 'valid'"
                raise ValueError(f"{name}: padding: wanted {wanted}, got {padding!r:.60}")
            if padding == "same" and set(self.stride) != {1}:
                raise ValueError(
                    f"{name}: padding: 'same' is for a stride of 1, got stride {self.stride}"
                )
            self.padding: Any = padding
        else:
            self.padding = numbers("padding", padding, axes, 0)
        if padding_mode not in MODES[: 1 if self.transposed else None]:
            wanted = "'zeros'" if self.transposed else f"one of {MODES}"
            raise ValueError(f"{name}: padding_mode: wanted {wanted}, got {padding_mode!r:.60}")
        self.padding_mode = padding_mode
        self.output_padding = numbers("output_padding", output_padding, axes, 0)

    def _weight_shape(self) -> tuple[int, ...]:
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return (first, second // self.groups, *self.kernel_size)

    def _make_parameters(self, bias: bool, device: Any, dtype: DTypeLike | None) -> None:
        self.weight = new_parameter(self._weight_shape(), dtype, device)
        self.register_parameter(
            "bias", new_parameter((self.out_channels,), dtype, device) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        if isinstance(self.weight, UninitializedParameter):
            return
        init.kaiming_uniform_(self.weight, a=sqrt(5))
        if self.bias is not None:
            bound = 1 / sqrt(prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        shown = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        if self.padding != (0,) * self.axes:
            shown += f", padding={self.padding}"
        if self.dilation != (1,) * self.axes:
            shown += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self.axes:
            shown += f", output_padding={self.output_padding}"
        if self.groups != 1:
            shown += f", groups={self.groups}"
        if self.bias is None:
            shown += ", bias=False"
        if self.padding_mode != "zeros":
            shown += f", padding_mode={self.padding_mode}"
        return shown


class _Conv(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self._describe(
            check_count("in_channels", in_channels), out_channels, kernel_size, stride, padding, 0,
            dilation, groups, padding_mode,
        )  # fmt: skip
        self._make_parameters(bias, device, dtype)

    def forward(self, input: Any) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._borders(), self.padding_mode), 0
        function = getattr(F, f"conv{self.axes}d")
        options = (self.stride, padding, self.dilation, self.groups)
        return function(input, self.weight, self.bias, *options)  # type: ignore[no-any-return]

    def _borders(self) -> tuple[int, ...]:
        """How wide the border is, for `functional.pad`: of the last axis first."""
        if self.padding == "valid":
            return (0, 0) * self.axes
        borders: list[int] = []
        for i in reversed(range(self.axes)):
            if self.padding == "same":
                both = self.dilation[i] * (self.kernel_size[i] - 1)
                borders += (both // 2, both - both // 2)
            else:
                borders += (self.padding[i],) * 2
        return tuple(borders)


class _ConvTranspose(_Convolution):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self._describe(
            check_count("in_channels", in_channels), out_channels, kernel_size, stride, padding,
            output_padding, dilation, groups, padding_mode,
        )  # fmt: skip
        self._make_parameters(bias, device, dtype)

    def forward(self, input: Any, output_size: Any = None) -> Tensor:
        further, axes = self.output_padding, np.ndim(input)
        if output_size is not None and axes - self.axes in (1, 2):  # others are refused below
            further = self._further(np.shape(input), output_size)
        function = getattr(F, f"conv_transpose{self.axes}d")
        options = (self.stride, self.padding, further, self.groups, self.dilation)
        return function(input, self.weight, self.bias, *options)  # type: ignore[no-any-return]

    def _further(self, shape: tuple[int, ...], output_size: Any) -> tuple[int, ...]:
        """The output_padding that brings an input of a shape to a size."""
        where = f"{type(self).__name__}: output_size"
        if isinstance(output_size, str) or not hasattr(output_size, "__len__"):
            raise TypeError(f"{where}: wanted {self.axes} integers, got {output_size!r:.60}")
        wanted = tuple(check_integer(where, n) for n in output_size)
        if len(wanted) == len(shape):
            wanted = wanted[-self.axes :]
        least = tuple(
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                shape[-self.axes :], self.stride, self.padding, self.dilation, self.kernel_size,
                strict=True,
            )
        )  # fmt: skip
        if len(wanted) != self.axes or any(
            not low <= size < low + s
            for size, low, s in zip(wanted, least, self.stride, strict=True)
        ):
            raise ValueError(
                f"{where}: wanted {least}, or by less than the stride {self.stride} more, got "
                f"{tuple(output_size)}"
            )
        return tuple(size - low for size, low in zip(wanted, least, strict=True))


class Conv1d(_Conv):
    """Filters over the last axis of (N, C, L); arguments as for `Conv2d`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Conv1d(3, 4, 5, padding="same")(mg.zeros(2, 3, 9)).shape
    (2, 4, 9)
    """

    axes = 1


class Conv2d(_Conv):
    """Filters over the last two axes of pictures (N, C, H, W), or of one (C, H, W).

    in_channels, out_channels : C of the input and of the output
    kernel_size, stride, padding, dilation : integers, or one for each axis; padding may be "same"
        or "valid" too: see `functional.conv2d`
    groups : into how many parts both kinds of channels are divided
    bias : False leaves it out
    padding_mode : what the padding is made of: "zeros", or "reflect", "replicate" or "circular" as
        in `functional.pad`
    device : None or "cpu"; dtype : float32 (the default) or float64

    weight : (out, in / groups, kH, kW), from U(-b, b) with b = 1/sqrt(in / groups kH kW), which is
        PyTorch's default; bias : (out,), from the same distribution; or None

    Raises TypeError or ValueError for options that cannot be.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.Conv2d(1, 6, 5, padding=2)
    >>> layer
    Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    >>> layer(mg.zeros(2, 1, 28, 28)).shape
    (2, 6, 28, 28)
    """

    axes = 2


class Conv3d(_Conv):
    """Filters over the last three axes of (N, C, D, H, W); arguments as for `Conv2d`."""

    axes = 3


class ConvTranspose1d(_ConvTranspose):
    """`functional.conv_transpose1d` as a layer; arguments as for `ConvTranspose2d`."""

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """The transpose of a convolution: `functional.conv_transpose2d` as a layer.

    output_padding : what is added to the output's lower and right side; or give the layer, when it
        is called, the `output_size` that is wanted
    padding_mode : there is only "zeros"; other arguments as for `Conv2d`

    weight : (in, out / groups, kH, kW); bias : (out,), or None

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.ConvTranspose2d(4, 1, 3, stride=2)
    >>> layer(mg.zeros(2, 4, 5, 5)).shape, layer(mg.zeros(2, 4, 5, 5), output_size=(12, 12)).shape
    ((2, 1, 11, 11), (2, 1, 12, 12))
    """

    axes = 2


class ConvTranspose3d(_ConvTranspose):
    """`functional.conv_transpose3d` as a layer; arguments as for `ConvTranspose2d`."""

    axes = 3


class _Lazy(_Convolution):
    """What learns `in_channels` from its first input, and then is another class."""

    becomes: ClassVar[Any]

    def _await(self, bias: bool, device: Any, dtype: DTypeLike | None, *described: Any) -> None:
        """Keep the options; the parameters wait for `in_channels`."""
        check_device(device)
        Module.__init__(self)
        self._describe(0, *described)
        self.weight = UninitializedParameter(dtype)
        self.register_parameter("bias", UninitializedParameter(dtype) if bias else None)

    def forward(self, input: Any, *further: Any, **options: Any) -> Tensor:
        shape = np.shape(input)
        if len(shape) not in (self.axes + 1, self.axes + 2):
            raise ValueError(
                f"{type(self).__name__}: wanted an input (N, C, ...) of {self.axes} axes behind "
                f"the channels, got shape {shape}"
            )
        channels = shape[-self.axes - 1]
        if not isinstance(self.weight, UninitializedParameter):  # it has been loaded
            loaded = self.weight.shape
            channels = loaded[0] if self.transposed else loaded[1] * self.groups
        drawn = self.becomes(
            channels, self.out_channels, self.kernel_size, groups=self.groups,
            bias=self.bias is not None, dtype=self.weight.dtype,
        )  # fmt: skip
        for name, parameter in self._own_parameters():
            if isinstance(parameter, UninitializedParameter):  # the others have been loaded
                parameter.materialize(getattr(drawn, name).shape)
                parameter._writable()[...] = getattr(drawn, name)._data
        self.in_channels = channels
        self.__class__ = self.becomes
        return self.forward(input, *further, **options)


class _LazyConv(_Lazy):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self._await(
            bias, device, dtype, out_channels, kernel_size, stride, padding, 0, dilation, groups,
            padding_mode,
        )  # fmt: skip


class _LazyConvTranspose(_Lazy):
    transposed = True

    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self._await(
            bias, device, dtype, out_channels, kernel_size, stride, padding, output_padding,
            dilation, groups, padding_mode,
        )  # fmt: skip


class LazyConv1d(_LazyConv):
    """A `Conv1d` that learns `in_channels` from its first input, and then is one."""

    axes, becomes = 1, Conv1d


class LazyConv2d(_LazyConv):
    """A `Conv2d` that learns `in_channels` from its first input, and then is one.

    Other arguments and errors as for `Conv2d`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.LazyConv2d(6, 5)
    >>> layer(mg.zeros(2, 1, 28, 28)).shape, layer
    ((2, 6, 24, 24), Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1)))
    """

    axes, becomes = 2, Conv2d


class LazyConv3d(_LazyConv):
    """A `Conv3d` that learns `in_channels` from its first input, and then is one."""

    axes, becomes = 3, Conv3d


class LazyConvTranspose1d(_LazyConvTranspose):
    """A `ConvTranspose1d` that learns `in_channels` from its first input, and then is one."""

    axes, becomes = 1, ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose):
    """A `ConvTranspose2d` that learns `in_channels` from its first input, and then is one.

    Other arguments and errors as for `ConvTranspose2d`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.LazyConvTranspose2d(6, 2, 2)
    >>> layer(mg.zeros(2, 1, 14, 14)).shape, layer
    ((2, 6, 28, 28), ConvTranspose2d(1, 6, kernel_size=(2, 2), stride=(2, 2)))
    """

    axes, becomes = 2, ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose):
    """A `ConvTranspose3d` that learns `in_channels` from its first input, and then is one."""

    axes, becomes = 3, ConvTranspose3d
