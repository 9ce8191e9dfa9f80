"""The layers of einops for nets of minigrad; imported as `einops.layers.minigrad`."""

from __future__ import annotations

from typing import Any

from einops.layers import RearrangeMixin, ReduceMixin
from einops.layers._einmix import _EinmixMixin

import minigrad as mg
from minigrad import Tensor, nn


class Rearrange(RearrangeMixin, nn.Module):
    """`einops.rearrange(input, pattern, **axes_lengths)`."""

    def forward(self, input: Tensor) -> Tensor:
        """Of any shape that the pattern takes."""
        return self._apply_recipe(input)


class Reduce(ReduceMixin, nn.Module):
    """`einops.reduce(input, pattern, reduction, **axes_lengths)`."""

    def forward(self, input: Tensor) -> Tensor:
        """Of any shape that the pattern takes."""
        return self._apply_recipe(input)


class EinMix(_EinmixMixin, nn.Module):
    """A linear layer by a pattern: the einsum of the input and a weight, plus a bias."""

    def _create_parameters(
        self, weight_shape: Any, weight_bound: float, bias_shape: Any, bias_bound: float
    ) -> None:
        self.weight = nn.Parameter(mg.empty(weight_shape).uniform_(-weight_bound, weight_bound))
        self.bias = None
        if bias_shape is not None:
            self.bias = nn.Parameter(mg.empty(bias_shape).uniform_(-bias_bound, bias_bound))

    def _create_rearrange_layers(
        self, before: str | None, before_sizes: Any, after: str | None, after_sizes: Any
    ) -> None:
        self.pre_rearrange = self.post_rearrange = None
        if before is not None:
            self.pre_rearrange = Rearrange(before, **before_sizes)
        if after is not None:
            self.post_rearrange = Rearrange(after, **after_sizes)

    def forward(self, input: Tensor) -> Tensor:
        """Of the shape on the pattern's left side."""
        if self.pre_rearrange is not None:
            input = self.pre_rearrange(input)
        out = mg.einsum(self.einsum_pattern, input, self.weight)
        if self.bias is not None:
            out = out + self.bias
        return out if self.post_rearrange is None else self.post_rearrange(out)
