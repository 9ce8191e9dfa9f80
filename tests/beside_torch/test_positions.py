"""An argument that is given by position means what it means in PyTorch.

The positions are PyTorch's own: of functions and classes of Python by their signatures, of those
of C++ by the stubs that PyTorch ships.  A parameter of ours that can be given by position has to
stand where PyTorch has it, under that name or one of its aliases; or be declared here.
"""

import ast
import functools
import importlib
import inspect
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.engine.arguments import ALIASES
from minigrad.nn.function_module import FunctionModule
from minigrad.nn.functional.older import OLDER

torch = pytest.importorskip("torch")

PLACES = """
    nn nn.functional nn.init nn.utils nn.utils.rnn optim optim.lr_scheduler optim.swa_utils
    autograd autograd.functional utils.data distributions linalg random
""".split()
WORDS = {
    "input": ("tensor",),
    "x1": ("a",),
    "x2": ("b",),
    "indices_or_sections": ("sections", "indices", "tensor_indices_or_sections"),
    "split_size_or_sections": ("split_size", "split_sizes"),
    "_stacklevel": ("dtype",),  # which is taken for the dtype where it is one
}
DECLARED = {
    "map_": "the stub says other, the documentation tensor",
    "resize_as_": "the stub says the_template, the documentation tensor",
    "copy_": "the stub says other, the documentation src",
    "dropout": "the stub says train, torch.nn.functional training",
    "enable_grad": "a decorator: the stub's only parameter is the function under an internal name",
    "new_tensor": "PyTorch takes dtype, device and requires_grad by name only",
    "norm": "PyTorch has out fifth, where here is the dtype: no code gives it by position",
    "requires_grad_": "the stub says mode, the documentation requires_grad",
    "result_type": "the stub says tensor and scalar, the documentation tensor1",
    "set_num_threads": "the stub says num, the documentation int",
    "UninitializedBuffer": "made by lazy modules, not by hand",
    "UninitializedParameter": "made by lazy modules, not by hand",
    "vdot": "the stub says other, the documentation tensor",
    "asarray": "NumPy's, dtype second; PyTorch takes all but the data by name",
    "broadcast_to": "the Array API's name of the size",
}
"""Whose parameters stand elsewhere, or have other names, and why."""


def by_position(function):
    """The names of what may be given by position; None where nobody can know."""
    older = OLDER.get(getattr(function, "__name__", None))
    for one in OLDER.values():
        if function is getattr(nn, one.module):
            older = one._replace(
                size_average=one.size_average - one.inputs, reduce=one.reduce - one.inputs
            )
    names = _signature(function)
    if older is not None and names is not None and function.__module__.startswith("minigrad"):
        names.insert(older.size_average, "size_average")
        names.insert(older.reduce, "reduce")
    return names


def _signature(function):
    if isinstance(function, type) and issubclass(function, FunctionModule):
        return list(function.options)
    operation = getattr(function, "operation", None)
    if hasattr(operation, "names"):
        return list(operation.names)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def means(ours, theirs):
    words = {ours, *ALIASES.get(ours, ()), *WORDS.get(ours, ())}
    return bool(words & {theirs, *ALIASES.get(theirs, ())})


@functools.cache
def body_of(path, of_class=None):
    body = ast.parse(path.read_text()).body
    if of_class is None:
        return body
    return next(n for n in body if isinstance(n, ast.ClassDef) and n.name == of_class).body


def stubs(path, of_class=None):
    """The positional parameters of all overloads of the functions in a file of stubs."""
    found = {}
    for node in body_of(path, of_class):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            found.setdefault(node.name, []).append(names[1:] if of_class else names)
    return found


def pairs():
    """Name by name: how it is called here, what stands where, and where PyTorch has it."""
    for place in ("", *PLACES):
        theirs = importlib.import_module(f"torch.{place}".rstrip("."))
        ours = importlib.import_module(f"minigrad.{place}".rstrip("."))
        for name in sorted({*dir(theirs)} & {*dir(ours), *vars(ours)}):
            pair = getattr(ours, name), getattr(theirs, name)
            if not name.startswith("_") and all(map(callable, pair)):
                here, there = map(by_position, pair)
                if here is not None and there is not None:
                    yield f"{place}.{name}", here, [there]
    folder = Path(torch.__file__).parent / "_C"
    for name, overloads in sorted(stubs(folder / "_VariableFunctions.pyi").items()):
        if name in dir(mg):
            yield name, by_position(getattr(mg, name)), overloads
    for name, overloads in sorted(stubs(folder / "__init__.pyi", "TensorBase").items()):
        method = vars(mg.Tensor).get(name)
        if callable(method):
            yield f"Tensor.{name}", by_position(method)[1:], overloads


PAIRS = list(pairs()) if torch else []


def differs(here, overloads):
    return not any(
        all(means(*both) for both in zip(here, there, strict=False)) for there in overloads
    )


@pytest.mark.parametrize(("name", "here", "overloads"), PAIRS, ids=[name for name, *_ in PAIRS])
def test_positions(name, here, overloads):
    if name.rpartition(".")[2] not in DECLARED:
        assert not differs(here, overloads), f"{name}{tuple(here)}, in PyTorch {overloads}"


def test_what_is_declared_is_so():
    differing = {name.rpartition(".")[2] for name, *both in PAIRS if differs(*both)}
    assert {*DECLARED} <= differing, f"declared for nothing: {sorted({*DECLARED} - differing)}"
    assert len(PAIRS) > 600


OWN_DEFAULTS = {
    ".cdist": "compute_mode: how it is computed is one way here",
    ".load": "weights_only: None is True in PyTorch too, where nothing else is said",
    ".meshgrid": "indexing: PyTorch's None means ij, with a warning",
    "nn.Transformer": "activation: the function's name",
    "nn.TransformerDecoderLayer": "activation: the function's name",
    "nn.TransformerEncoderLayer": "activation: the function's name",
    "utils.data.random_split": "generator: None is the default generator",
    "random.fork_rng": "device_type: there is one",
    "asarray": "requires_grad: None is False",
    "cumulative_trapezoid": "dx: None is 1, and allowed beside x",
    "log_softmax": "_stacklevel: the functional's, beside the stub's",
    "nan_to_num": "nan: None is 0",
    "softmax": "_stacklevel: the functional's, beside the stub's",
    "std": "unbiased: the word for correction, where it is given",
    "std_mean": "unbiased: the word for correction, where it is given",
    "trapezoid": "dx: None is 1, and allowed beside x",
    "trapz": "dx: None is 1, and allowed beside x",
    "var": "unbiased: the word for correction, where it is given",
    "var_mean": "unbiased: the word for correction, where it is given",
}
"""Whose defaults are written otherwise, and why they mean the same."""

FURTHER = """
    nn.utils.parametrizations nn.utils.parametrize nn.utils.prune func special amp
    utils.data.distributed utils.checkpoint distributions.transforms
""".split()
"""Places whose defaults are compared besides."""


def defaults(function):
    """The values of what is not given, by name."""
    if isinstance(function, type) and issubclass(function, FunctionModule):
        return {n: getattr(function, n) for n in function.options if hasattr(function, n)}
    operation = getattr(function, "operation", None)
    if hasattr(operation, "names"):
        return dict(zip(operation.names, operation.defaults, strict=True))
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def stub_defaults(path, of_class=None):
    """The same of all overloads of the functions in a file of stubs, where they are constants."""
    found = {}
    for node in body_of(path, of_class):
        if isinstance(node, ast.FunctionDef):
            last = [*node.args.posonlyargs, *node.args.args][::-1]
            given = [*zip(last, node.args.defaults[::-1], strict=False)]
            given += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            constants = {a.arg: v.value for a, v in given if isinstance(v, ast.Constant)}
            constants = {name: value for name, value in constants.items() if value is not ...}
            found.setdefault(node.name, []).append(constants)
    return found


def both(ours, theirs):
    """The public names that can be called here and there, and what they are."""
    for name in sorted({*dir(theirs)} & {*dir(ours), *vars(ours)}):
        if not name.startswith("_"):
            pair = getattr(ours, name), getattr(theirs, name)
            if all(map(callable, pair)):
                yield name, *pair


def default_pairs():
    """Name by name: the defaults here, and those of PyTorch's overloads; methods once."""
    known = set()
    for place in ("", *PLACES, *FURTHER):
        theirs = importlib.import_module(f"torch.{place}".rstrip("."))
        ours = importlib.import_module(f"minigrad.{place}".rstrip("."))
        for name, here, there in both(ours, theirs):
            yield f"{place}.{name}", defaults(here), [defaults(there)]
            classes = here is not mg.Tensor and isinstance(here, type) and isinstance(there, type)
            for method, *pair in both(here, there) if classes else ():
                if (own := inspect.unwrap(pair[0])) not in known:
                    known.add(own)
                    yield f"{place}.{name}.{method}", defaults(pair[0]), [defaults(pair[1])]
    folder = Path(torch.__file__).parent / "_C"
    for file, of_class, home in (
        ("_VariableFunctions.pyi", None, mg),
        ("_VariableFunctions.pyi", None, nn.functional),
        ("_nn.pyi", None, nn.functional),
        ("__init__.pyi", "TensorBase", mg.Tensor),
    ):
        ours = vars(home) if of_class else {n: getattr(home, n) for n in dir(home)}
        for name, overloads in stub_defaults(folder / file, of_class).items():
            known = home is nn.functional and defaults(getattr(torch.nn.functional, name, None))
            if callable(ours.get(name)) and not name.startswith("_") and not known:
                yield name, defaults(ours[name]), overloads


def test_defaults():
    """What is not given is what it is in PyTorch."""
    compared, differing = 0, {}
    for name, here, overloads in default_pairs():
        for argument, value in here.items():
            words = {argument, *ALIASES.get(argument, ()), *WORDS.get(argument, ())}
            there = [one[word] for one in overloads for word in words if word in one]
            compared += bool(there)
            if there and not any(value == one for one in there):
                differing.setdefault(name, []).append((argument, value, there))
    assert {n: d for n, d in differing.items() if n not in OWN_DEFAULTS} == {}
    assert {*OWN_DEFAULTS} <= {*differing}, "declared for nothing"
    assert compared > 1400
