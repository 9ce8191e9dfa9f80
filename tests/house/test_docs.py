"""Everything public is documented, and what the documentation shows is so.

`--doctest-modules` runs the examples of modules, classes and plain functions.  Operations are
made by a decorator, behind which it does not look: their examples run here.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.engine import tensor
from minigrad.engine.operation import OPERATIONS
from minigrad.nn import functional, init, utils
from minigrad.ops import methods as attaching
from minigrad.optim import lr_scheduler

NAMESPACES = {
    "minigrad": mg,
    "minigrad.autograd": mg.autograd,
    "minigrad.linalg": mg.linalg,
    "minigrad.random": mg.random,
    "minigrad.nn": nn,
    "minigrad.nn.functional": functional,
    "minigrad.nn.init": init,
    "minigrad.nn.utils": utils,
    "minigrad.optim": optim,
    "minigrad.optim.lr_scheduler": lr_scheduler,
    "minigrad.utils.data": mg.utils.data,
    "minigrad.course": mg.course,
}


def names(module: ModuleType) -> list[str]:
    """What a module offers: its __all__, or else what it defines without an underscore."""
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    return list(getattr(module, "__all__", [n for n in own if n[0] != "_"]))


PUBLIC = {
    f"{place}.{name}": getattr(module, name)
    for place, module in NAMESPACES.items()
    for name in names(module)
}
LIBRARY = {name: f for name, f in OPERATIONS.items() if f.__module__.startswith("minigrad.ops.")}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_has_a_docstring(name: str) -> None:
    documented = PUBLIC[name]
    text = inspect.getdoc(documented)
    assert text and text.strip()
    if inspect.isclass(documented):  # not only its base's
        assert documented.__doc__, f"{name} inherits its docstring"


def methods() -> Iterator[tuple[str, Any]]:
    classes = {c for c in PUBLIC.values() if inspect.isclass(c) and c.__module__[:8] == "minigrad"}
    for cls in sorted(classes, key=lambda c: c.__qualname__):
        for name, member in vars(cls).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, property)):
                yield f"{cls.__qualname__}.{name}", inspect.getattr_static(cls, name)


SELF_EVIDENT = {"Tensor.shape", "Tensor.dtype", "Tensor.ndim", "GradcheckReport.passed"}


@pytest.mark.parametrize(("name", "member"), list(methods()))
def test_methods_have_docstrings(name: str, member: Any) -> None:
    if name.split(".")[1] in ("forward", "extra_repr", "update", "get_lr"):
        return  # what these do is said by the class
    if name not in SELF_EVIDENT:
        assert inspect.getdoc(member)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_examples_of_an_operation(name: str) -> None:
    function = LIBRARY[name]
    if function.__name__.startswith("_"):
        return  # its public function has the examples
    names = vars(sys.modules[function.__module__])
    finder = doctest.DocTestFinder(recurse=False)
    (test,) = finder.find(function, name, module=False, globs=dict(names))
    assert test.examples, f"{name} has no example"
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    shown: list[str] = []
    runner.run(test, out=shown.append)
    assert not runner.failures, "".join(shown)


def test_the_names_that_are_promised_exist() -> None:
    for place, module in NAMESPACES.items():
        offered = names(module)
        assert offered and len(set(offered)) == len(offered), f"{place}: a name twice"
    for name in """
        tensor zeros ones full arange linspace eye zeros_like ones_like full_like manual_seed
        no_grad enable_grad gradcheck operation Tensor autograd linalg nn optim utils add subtract
        multiply divide negative pow abs square sqrt exp expm1 log log1p log2 log10 sin cos tan
        asin acos atan atan2 sinh cosh tanh asinh acosh atanh sign floor ceil round maximum
        minimum clip where logaddexp reciprocal hypot sum mean prod max min var std logsumexp
        cumsum vector_norm argmax argmin reshape permute_dims swapaxes stack matrix_transpose
        expand_dims squeeze broadcast_to concat split flip roll pad take take_along_axis tril triu
        diagonal repeat tile matmul tensordot outer einsum trace
    """.split():
        assert name in mg.__all__ and hasattr(mg, name), name
    for name in ("matmul", "tensordot", "outer", "einsum", "trace"):
        assert getattr(mg.linalg, name) is getattr(mg, name)
    for name in """
        relu leaky_relu elu selu gelu silu sigmoid logsigmoid softplus softmax log_softmax linear
        cross_entropy nll_loss binary_cross_entropy_with_logits mse_loss l1_loss huber_loss
        batch_norm layer_norm dropout embedding one_hot
    """.split():
        assert name in functional.__all__, name


def test_the_signatures_of_attached_methods_are_those_of_methods_py() -> None:
    source = Path(tensor.__file__).with_name("attached.pyi").read_text()
    declared = {n.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)}
    operators = {f"__{r}{name}__" for name in attaching.OPERATORS for r in ("", "r")}
    in_place = {f"__i{name}__" for name in attaching.OPERATORS}
    comparisons = {f"__{name}__" for name in attaching.COMPARISONS}
    assert all(hasattr(mg.Tensor, name) for name in declared)
    assert declared == {*operators, *in_place, *comparisons, *attaching.METHODS}, (
        "run `python scripts/attached.py`"
    )
    for name, method in attaching.METHODS.items():
        assert isinstance(method, property) or callable(method), name


def test_the_signatures_of_functions_are_those_of_ops() -> None:
    tree = ast.parse(Path(mg.ops.__file__).with_name("signatures.pyi").read_text())
    declared = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    further = {*mg.ops.names.FURTHER, *mg.ops.names.SPECIAL, *mg.ops.names.IN_PLACE}
    assert declared.keys() == {*mg.ops.__all__, *further}, "run `python scripts/attached.py`"
