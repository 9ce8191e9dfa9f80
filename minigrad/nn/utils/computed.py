"""Weights that a hook computes before each forward pass: PyTorch's way before `parametrize`.

The module keeps the originals as parameters, `weight_g`, `weight_orig` and so on, and the weight is
an ordinary attribute.  States and code of before have these names; `nn.utils.parametrizations` has
the same formulas, for new code.
"""

from __future__ import annotations

from typing import Any

from ...absent import explain_absence
from ...engine.grad_mode import no_grad
from ...engine.hooks import RemovableHandle
from ...engine.tensor import Tensor
from ...ops.pytorch import mv
from ..functional import normalize
from ..module import Module
from ..parameter import Parameter
from .parametrizations import SpectralNorm, WeightNorm
from .parametrize import AnyModule

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]


class Computed:
    """The hook: sets the attribute `name` to what `compute` makes of the module's originals."""

    handle: RemovableHandle

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Any) -> Tensor:
        """The weight."""
        raise NotImplementedError

    def __call__(self, module: Any, inputs: Any) -> None:
        """Compute it."""
        setattr(module, self.name, self.compute(module))

    def install(self, module: Any) -> None:
        """Let it be called before each forward pass."""
        self.handle = module.register_forward_pre_hook(self)

    def remove(self, module: Any, originals: tuple[str, ...], parameter: Tensor) -> None:
        """Make the attribute a parameter again, this one."""
        self.handle.remove()
        for name in (self.name, *originals):
            delattr(module, name)
        setattr(module, self.name, parameter)


def find(module: Module, kind: type[Computed], name: str) -> Any:
    """The module's hook of this kind for this attribute, or None."""
    hooks = (hook.function for hook in module._forward_pre_hooks.values())
    return next((h for h in hooks if isinstance(h, kind) and h.name == name), None)


def parameter_of(where: str, module: Any, name: str, kind: type[Computed]) -> Tensor:
    """The parameter, which has no hook of this kind yet.

    Raises ValueError where there is no parameter, RuntimeError where it has such a hook.
    """
    if not isinstance(module, Module):
        raise TypeError(f"{where}: module: wanted a Module, got {type(module).__name__}")
    if find(module, kind, name):
        raise RuntimeError(f"{where}: {type(module).__name__}.{name} is computed so already")
    parameter = module._parameters.get(name)
    if parameter is None:
        raise ValueError(
            f"{where}: name: wanted one of {list(module._parameters)}, the parameters of "
            f"{type(module).__name__}, got {name!r}"
        )
    return parameter  # type: ignore[no-any-return]


class _OldWeightNorm(Computed):
    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.formula = WeightNorm(dim)

    def compute(self, module: Any) -> Tensor:
        g, v = (getattr(module, f"{self.name}_{part}") for part in "gv")
        return self.formula.forward(g, v)


class _RightFirst(SpectralNorm):
    """Turns v before u, as it was then."""

    def _follow(self, matrix: Tensor, steps: int) -> None:
        for _ in range(steps):
            self._v = normalize(mv(matrix.mT, self._u), dim=0, eps=self.eps)
            self._u = normalize(mv(matrix, self._v), dim=0, eps=self.eps)


class _OldSpectralNorm(Computed):
    """Its vectors u and v are buffers of the module, so that states have them."""

    def __init__(self, name: str, formula: SpectralNorm) -> None:
        super().__init__(name)
        self.formula = formula

    def compute(self, module: Any, follow: bool | None = None) -> Tensor:
        formula = self.formula
        formula.train(module.training if follow is None else follow)
        formula._u, formula._v = (getattr(module, f"{self.name}_{part}") for part in "uv")
        value = formula.forward(getattr(module, f"{self.name}_orig"))
        setattr(module, f"{self.name}_u", formula._u)
        setattr(module, f"{self.name}_v", formula._v)
        return value


def weight_norm(module: AnyModule, name: str = "weight", dim: int | None = 0) -> AnyModule:
    """`parametrizations.weight_norm` of before: g and v are the parameters weight_g and weight_v.

    Returns the module.  Raises TypeError for what is no module, ValueError for a name that is no
    parameter of it, RuntimeError where the weight is normalized so already.

    >>> from minigrad import nn
    >>> layer = weight_norm(nn.Linear(3, 2))
    >>> {name: p.shape for name, p in layer.named_parameters()}
    {'bias': (2,), 'weight_g': (2, 1), 'weight_v': (2, 3)}
    """
    weight = parameter_of("weight_norm", module, name, _OldWeightNorm)
    made = _OldWeightNorm(name, dim)
    with no_grad():
        g, v = made.formula.right_inverse(weight)
    delattr(module, name)
    setattr(module, f"{name}_g", Parameter(g.clone()))
    setattr(module, f"{name}_v", Parameter(v.clone()))
    made(module, None)
    made.install(module)
    return module


def remove_weight_norm(module: AnyModule, name: str = "weight") -> AnyModule:
    """Make the weight a parameter again, with the value that it has; returns the module.

    Raises ValueError where it is not normalized by `weight_norm`.

    >>> from minigrad import nn
    >>> [name for name, _ in remove_weight_norm(weight_norm(nn.Linear(3, 2))).named_parameters()]
    ['bias', 'weight']
    """
    hook = _required("weight_norm", module, name, _OldWeightNorm)
    with no_grad():
        value = hook.compute(module)
    hook.remove(module, (f"{name}_g", f"{name}_v"), Parameter(value.clone()))
    return module


def spectral_norm(
    module: AnyModule,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> AnyModule:
    """`parametrizations.spectral_norm` of before: the parameter is weight_orig.

    The vectors of the power method are the buffers weight_u and weight_v, which a forward pass in
    training turns.  Returns the module.  Raises TypeError for what is no module, ValueError for a
    name that is no parameter of it, or one of a single axis, and for no positive number of
    iterations, RuntimeError where the weight is normalized so already.

    >>> from minigrad import nn
    >>> [*spectral_norm(nn.Linear(3, 2)).state_dict()]
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    weight: Any = parameter_of("spectral_norm", module, name, _OldSpectralNorm)
    if weight.ndim < 2:
        raise ValueError(f"spectral_norm: wanted a weight of two axes, got shape {weight.shape}")
    formula = _RightFirst.of(weight, n_power_iterations, dim, eps)
    delattr(module, name)
    setattr(module, f"{name}_orig", weight)
    for part, vector in (("u", formula._u), ("v", formula._v)):
        module.register_buffer(f"{name}_{part}", vector)
    setattr(module, name, weight.detach().clone())
    _OldSpectralNorm(name, formula).install(module)
    return module


def remove_spectral_norm(module: AnyModule, name: str = "weight") -> AnyModule:
    """Make the weight a parameter again, normalized as it is now; returns the module.

    Raises ValueError where it is not normalized by `spectral_norm`.

    >>> from minigrad import nn
    >>> [*remove_spectral_norm(spectral_norm(nn.Linear(3, 2))).state_dict()]
    ['bias', 'weight']
    """
    hook = _required("spectral_norm", module, name, _OldSpectralNorm)
    with no_grad():
        value = hook.compute(module, follow=False)
    hook.remove(module, tuple(f"{name}_{p}" for p in ("orig", "u", "v")), Parameter(value.clone()))
    return module


def _required(what: str, module: Module, name: str, kind: type[Computed]) -> Any:
    hook = find(module, kind, name)
    if hook is None:
        raise ValueError(f"remove_{what}: {type(module).__name__} has no {what} of {name!r}")
    return hook


explain_absence(globals())
