"""Operations, each beside its derivative."""
# transitional while modules land
import importlib
from ..tensor import Tensor
__all__ = []
for _m in ("shaping", "elementary", "arithmetic", "reductions", "indexing", "linalg", "activations", "neural"):
    try:
        _mod = importlib.import_module("minigrad.ops." + _m)
    except ModuleNotFoundError as e:
        continue
    for _n in getattr(_mod, "__all__", [n for n in vars(_mod) if not n.startswith("_")]):
        globals()[_n] = getattr(_mod, _n); __all__.append(_n)
try:
    from . import methods
except (ImportError, AttributeError) as e:
    arithmetic = importlib.import_module("minigrad.ops.arithmetic")
    shaping = importlib.import_module("minigrad.ops.shaping")
    reductions = importlib.import_module("minigrad.ops.reductions")
    _r = lambda f: (lambda s, o: f(o, s))
    for _o, _f in dict(add="add", sub="subtract", mul="multiply", truediv="divide", pow="pow").items():
        setattr(Tensor, f"__{_o}__", getattr(arithmetic, _f)); setattr(Tensor, f"__r{_o}__", _r(getattr(arithmetic, _f)))
    for _o, _f in dict(eq="equal", ne="not_equal", lt="less", le="less_equal", gt="greater", ge="greater_equal", neg="negative").items():
        setattr(Tensor, f"__{_o}__", getattr(arithmetic, _f))
    Tensor.sum = reductions.sum; Tensor.reshape = lambda s, *a: shaping.reshape(s, a[0] if len(a) == 1 else a); Tensor.astype = shaping.astype
    if hasattr(shaping, "matrix_transpose"): Tensor.mT = property(shaping.matrix_transpose)
    if hasattr(shaping, "permute_dims"): Tensor.T = property(lambda s: shaping.permute_dims(s, tuple(range(s.ndim))[::-1]))
