"""The calls that fuzz.py makes: every public function, method, module, optimiser and so on."""

from __future__ import annotations

import copy
import inspect
import operator
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from fuzz_arguments import Array, Draw, arguments

import minigrad as mg
import minigrad.autograd.functional as AF
import minigrad.nn.functional as F
from minigrad import distributions, nn, optim
from minigrad.nn import init
from minigrad.nn import utils as nn_utils
from minigrad.optim import lr_scheduler, swa_utils
from minigrad.utils import data

Drawn = tuple[list[Any], dict[str, Any]]


@dataclass
class Entry:
    """function; draw: its arguments; recipe: the name of their recipe; does it write to them; has
    it derivatives; are its results constants; may they be, as with some arguments in PyTorch;
    does it have the option `inplace`?
    """

    function: Callable[..., Any]
    draw: Callable[[Draw, dict[str, Any]], Drawn]
    recipe: str = ""
    in_place: bool = False
    differentiable: bool = True
    constant: bool = False
    may_lose: bool = False
    has_inplace: bool = False


CALLS: dict[str, Entry] = {}

# Not called: what sets something for the whole process, what reads and writes files, what is made
# to be inherited from.
LEFT_OUT = """
    set_printoptions set_num_threads set_rng_state seed explore save load operation summary
    GradcheckReport GradcheckError InputErrors Any Sequence Callable Tensor with_aliases functools
    Function detect_anomaly backpropagate cotangent_of differentiate default_dtype as_generator
    give_words explain_absence from_dlpack show_config set_grad_enabled no_grad enable_grad inference_mode cuda Generator Iterable TypeAlias
""".split()
# Results that have no derivative, or of which that is 0: as PyTorch, or said in the docstring.
CONSTANT = """
    detach detach_ data storage untyped_storage zeros_like ones_like full_like empty_like rand_like randn_like randint_like
    new_tensor new_zeros new_ones new_full new_empty tensor as_tensor asarray FloatTensor from_numpy
    new bernoulli normal scalar_tensor full bernoulli_ uniform_ normal_ random_ exponential_ cauchy_ geometric_ log_normal_ zero_ fill_
    floor ceil round trunc fix sign sgn floor_divide histc histogram
    eq_ ne_ lt_ le_ gt_ ge_ not_equal_ less_ less_equal_ greater_ greater_equal_ logical_and_
    logical_or_ logical_xor_ logical_not_
    isclose one_hot calculate_gain gumbel_softmax
    ones_ zeros_ eye_ constant_ orthogonal_ sparse_ trunc_normal_ kaiming_normal_ kaiming_uniform_
    xavier_normal_ xavier_uniform_ embedding gaussian_nll_loss
    GaussianNLLLoss
""".split()
MAY_LOSE = """
    bincount cdist pdist norm expand_as type_as view_as reshape_as resize_as_ requires_grad_ hinge_embedding_loss cosine_embedding_loss CosineEmbeddingLoss
    arange linspace logspace cumprod cumsum copy_ moveaxis movedim
        HingeEmbeddingLoss index_fill masked_fill vector_norm to dist threshold requires_grad
    index_put_ vander pinv range nonzero solve_triangular vsplit hsplit dsplit tensor_split selu_
""".split()
# Whose gradient is that of a symmetric matrix, as in PyTorch; what is drawn is none.
SYMMETRIC = "eigh eigvalsh cholesky".split()


def signature_of(function: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def add(prefix: str, name: str, function: Any, signature: Any = None, **known: Any) -> None:
    signature = signature or signature_of(function)
    if signature is None or name in LEFT_OUT:
        return
    bare = name.rstrip("_")
    changing = name.endswith("_") or bare in ("embedding", "batch_norm")
    known.setdefault("in_place", changing or function is getattr(init, f"{name}_", None))
    known.setdefault("constant", not {name, bare, f"{name}_"}.isdisjoint(CONSTANT))
    known.setdefault("has_inplace", "inplace" in signature.parameters)
    known.setdefault("differentiable", bare not in SYMMETRIC)
    known.setdefault("may_lose", bare in MAY_LOSE or name in MAY_LOSE)
    CALLS[f"{prefix}.{name}"] = Entry(
        function, lambda d, given: arguments(d, signature, given), bare, **known
    )


def functions(prefix: str, owner: Any) -> None:
    for name in sorted(owner.__all__ if owner is mg.linalg else dir(owner)):
        function = getattr(owner, name)
        if name[0] == "_" or isinstance(function, ModuleType | type) or not callable(function):
            continue
        if not getattr(function, "__module__", "").startswith("minigrad"):
            continue
        add(prefix, name, function)


functions("mg", mg)
functions("F", F)
functions("linalg", mg.linalg)
functions("init", init)
for name in "clip_grad_norm_ clip_grad_value_ parameters_to_vector vector_to_parameters".split():
    add("nn.utils", name, getattr(nn_utils, name), differentiable=False,
        in_place=name != "parameters_to_vector")  # fmt: skip


def of_a_tensor(d: Draw, args: list[Any], kwargs: dict[str, Any]) -> Drawn:
    """A method is called on a tensor."""
    if not args or not isinstance(args[0], Array):
        args[:1] = [d.array(d.shape)]
    if args[0].form in ("array", "list"):
        args[0].form = "leaf"
    return args, kwargs


# Methods: an in-place one takes what the method of the same name takes, and one that is imported
# when it is first asked for what the function takes.
for name in sorted(dir(mg.Tensor)):
    method = getattr(mg.Tensor, name)
    if name[0] == "_" or not callable(method):
        continue
    own = signature_of(method)
    if own and name.endswith("_") and "kwargs" in own.parameters:
        own = signature_of(getattr(mg.Tensor, name[:-1], None) or getattr(mg, name[:-1], method))
    if own and "kwargs" in own.parameters:
        own = signature_of(getattr(mg, name.removesuffix("_"), method))
    if own is not None and name not in LEFT_OUT:
        add("Tensor", name, method, own)
        entry = CALLS[f"Tensor.{name}"]
        entry.draw = lambda d, given, draw=entry.draw: of_a_tensor(d, *draw(d, given))


# Operators, and what else Python does with a tensor
def in_place_operator(name: str) -> Callable[..., Any]:
    def call(a: Any, b: Any) -> Any:
        a = getattr(operator, name)(a, b)
        return a

    return call


def two(x: Any, other: Any) -> None: ...


def one(x: Any) -> None: ...


BINARY = (
    "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift lt le eq ne gt ge"
).split()


def beside_a_tensor(known: Entry, place: int) -> Entry:
    """Of two arguments one is a tensor."""

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        args, kwargs = [d.tensor() if d.chance(0.9) else d.hostile() for _ in "ab"], {}
        moved, _ = of_a_tensor(d, args[::-1] if place else args, kwargs)
        return moved[::-1] if place else moved, {}

    known.draw = draw
    return known


for name in BINARY:
    function = getattr(operator, name)
    add("operator", name, lambda a, b, f=function: f(a, b), signature_of(two),
        constant=name == "floordiv", in_place=False)  # fmt: skip
    add("operator", f"r{name}", lambda a, b, f=function: f(b, a), signature_of(two),
        constant=name == "floordiv", in_place=False)  # fmt: skip
for (
    name
) in "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift".split():
    add("operator", name, in_place_operator(name), signature_of(two), in_place=True,
        constant=name == "ifloordiv")  # fmt: skip
for name in "neg pos abs invert not_ truth".split():
    add("operator", name, getattr(operator, name), signature_of(one), in_place=False)
for function in (len, list, repr, str, float, int, bool, iter, hash, copy.copy, copy.deepcopy):
    known = {} if function is list else {"differentiable": False}
    add("python", function.__name__, lambda x, f=function: f(x), signature_of(one), **known)
add("python", "pickle", lambda x: pickle.loads(pickle.dumps(x)) if isinstance(x, mg.Tensor) else x,
    signature_of(one), differentiable=False)  # fmt: skip
for name in "add multiply exp matmul maximum isnan".split():
    given = one if getattr(np, name).nin == 1 else two
    add("numpy", name, lambda *a, f=getattr(np, name): f(*a) if a and isinstance(a[0], mg.Tensor) else None,
        signature_of(given))  # fmt: skip


def indexed(d: Draw, given: dict[str, Any]) -> Drawn:
    return [d.array(d.shape), d.index() if d.chance(0.9) else d.hostile()], {}


def set_item(x: Any, index: Any, value: Any) -> Any:
    x = x * 1.0 if isinstance(x, mg.Tensor) and x.is_leaf and x.requires_grad else x
    x[index] = value
    return x


CALLS["operator.getitem"] = Entry(lambda x, i: x[i] if isinstance(x, mg.Tensor) else x, indexed)
CALLS["operator.setitem"] = Entry(
    set_item,
    lambda d, given: of_a_tensor(
        d, [*indexed(d, given)[0], d.tensor() if d.chance(0.9) else d.hostile()], {}
    ),
    in_place=True,
)


for name, entry in CALLS.items():
    kind, _, name = name.partition(".")
    if kind == "python" or (kind == "operator" and name in "neg pos abs invert not_ truth".split()):
        entry.draw = lambda d, given: of_a_tensor(d, [d.tensor()], {})
    if kind == "operator" and name.removeprefix("r") in BINARY:
        beside_a_tensor(entry, name.removeprefix("r") != name)
    elif kind == "operator" and name[0] == "i" and name != "invert":
        beside_a_tensor(entry, 0)


# Modules: made, and called
def module_entry(cls: type) -> Entry:
    made, forward = signature_of(cls), signature_of(cls.forward)
    if "args" in made.parameters:  # a FunctionModule, whose options are those of its function
        names = getattr(cls, "options", ())
        made = inspect.Signature([
            inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=getattr(cls, n, inspect.Parameter.empty))
            for n in names
        ])  # fmt: skip
    if "inputs" in forward.parameters and getattr(cls, "function", None):
        inner = signature_of(cls.function).parameters.values()
        forward = inspect.Signature([p for p in inner if p.name not in cls.options])
    else:
        forward = forward.replace(parameters=list(forward.parameters.values())[1:])
    name = cls.__name__

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        options = arguments(d, made, given, hostile=0.03)
        inside = {key[1:]: value for key, value in given.items() if key[0] == "|"}
        return [options, arguments(d, forward, inside), d.dtype == "float64", d.chance(0.2)], {}

    def call(options: Any, inputs: Any, double: bool, evaluate: bool) -> Any:
        net = cls(*options[0], **options[1])
        if double:
            net.double()
        if evaluate:
            net.eval()
        repr(net), net.state_dict()
        return net(*inputs[0], **inputs[1])

    return Entry(call, draw, name, may_lose=name in MAY_LOSE,
                 has_inplace="inplace" in made.parameters)  # fmt: skip


BASES = "Module Buffer Parameter UninitializedBuffer UninitializedParameter ModuleDict ModuleList ParameterDict ParameterList Sequential TransformerEncoder TransformerDecoder".split()
for name in dir(nn):
    cls = getattr(nn, name)
    if isinstance(cls, type) and issubclass(cls, nn.Module) and name not in BASES:
        CALLS[f"nn.{name}"] = module_entry(cls)


# Optimisers and schedulers: some steps, with gradients or without
def optimizer_entry(cls: type) -> Entry:
    signature = signature_of(cls)

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        params = [d.array(d.near()) for _ in range(d.choice((1, 2, 3, 0)))]
        args, kwargs = arguments(d, signature, {"params": params}, hostile=0.03)
        return [
            args,
            kwargs,
            [d.array(getattr(p, "values", np.zeros(2)).shape) for p in params],
        ], {}

    def call(args: Any, kwargs: Any, grads: Any) -> Any:
        params = args[0] if args else kwargs.get("params")
        optimizer = cls(*args, **kwargs)

        def closure() -> Any:
            optimizer.zero_grad()
            total = sum((p * p).sum() for p in params)
            total.backward()
            return total

        for _ in range(2):
            for p, g in zip(params, grads, strict=False):
                p.grad = g
            optimizer.step(closure)
            optimizer.load_state_dict(optimizer.state_dict())
            optimizer.zero_grad()
        return params

    return Entry(call, draw, in_place=True, differentiable=False)


for name in optim.__all__ if hasattr(optim, "__all__") else dir(optim):
    cls = getattr(optim, name)
    if isinstance(cls, type) and name != "Optimizer" and issubclass(cls, optim.Optimizer):
        CALLS[f"optim.{name}"] = optimizer_entry(cls)


def scheduler_entry(cls: type) -> Entry:
    signature = signature_of(cls)
    signature = signature.replace(parameters=list(signature.parameters.values())[1:])

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        given = {
            "lr_lambda": lambda n: 0.9**n, "milestones": d.choice(([1], [1, 3], [3, 1], [])),
            "base_lr": 0.01, "max_lr": d.choice((0.1, [0.1])), "T_max": 3, "T_0": 2, "total_steps": 9,
            "step_size": 2, "swa_lr": 0.05, "mode": d.choice(("min", "max", "triangular")),
            "anneal_strategy": d.choice(("cos", "linear")), "last_epoch": d.choice((-1, -1, 0, 3)),
            "scale_mode": "cycle", "threshold_mode": d.choice(("rel", "abs")),
        }  # fmt: skip
        return [*arguments(d, signature, given, hostile=0.05), d.chance(0.5)], {}

    def call(args: Any, kwargs: Any, momentum: bool) -> Any:
        optimizer = optim.SGD(
            [mg.ones(2, requires_grad=True)], 0.1, momentum=0.9 if momentum else 0
        )
        scheduler = cls(optimizer, *args, **kwargs)
        for n in range(4):
            optimizer.step()
            scheduler.step(*([1.0 / (n + 1)] if "Plateau" in cls.__name__ else []))
        scheduler.load_state_dict(scheduler.state_dict())

    return Entry(call, draw, differentiable=False)


for module in (lr_scheduler, swa_utils):
    for name, cls in vars(module).items():
        if isinstance(cls, type) and issubclass(cls, lr_scheduler.LRScheduler) and name[0] != "_" \
                and name not in ("LRScheduler", "SequentialLR", "ChainedScheduler"):  # fmt: skip
            CALLS[f"lr_scheduler.{name}"] = scheduler_entry(cls)


# Derivatives asked for in every way
def cubes(*xs: Any) -> Any:
    return sum((x * x * x).sum() for x in xs)


def of_functions(name: str) -> None:
    function = getattr(AF, name)
    signature = signature_of(function)

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        shape = d.shape[:2]
        inputs = [d.array(shape, dtype="float64") for _ in range(d.choice((1, 2)))]
        inputs = inputs[0] if len(inputs) == 1 else tuple(inputs)
        v = d.choice((None, d.array(shape, dtype="float64"), d.array((), dtype="float64")))
        func = d.choice(
            (cubes, cubes, lambda *xs: xs[0] * 2, lambda *xs: 1, lambda *xs: (xs[0], cubes(*xs)))
        )
        return arguments(d, signature, {"func": func, "inputs": inputs, "v": v}, hostile=0.03)

    CALLS[f"autograd.functional.{name}"] = Entry(function, draw, differentiable=False)


for name in "jacobian hessian vjp jvp vhp hvp".split():
    of_functions(name)


def backward_of(kind: str) -> None:
    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        x, out = d.array(d.shape), d.choice((lambda x: (x * x).sum(), lambda x: x * x, lambda x: x))
        seed = d.choice((None, None, d.tensor(), d.hostile()))
        options = arguments(d, signature_of(getattr(mg.autograd, kind)), {}, hostile=0.05)[1]
        return [
            x,
            out,
            seed,
            {k: v for k, v in options.items() if "grad_" not in k and k != "inputs"},
        ], {}

    def call(x: Any, out: Any, seed: Any, options: Any) -> Any:
        y = out(x) if isinstance(x, mg.Tensor) else x
        if kind == "grad":
            return mg.autograd.grad(y, x, seed, **options)
        return mg.autograd.backward(y, seed, **options)

    CALLS[f"autograd.{kind}"] = Entry(call, draw, differentiable=False)


backward_of("grad")
backward_of("backward")


# Data: sets, samplers and loaders, and what they give
def take(iterable: Any, most: int = 20) -> list[Any]:
    return [item for item, _ in zip(iterable, range(most), strict=False)]


def loader(tensors: Any, args: Any, kwargs: Any) -> Any:
    return take(data.DataLoader(data.TensorDataset(*tensors), *args, **kwargs))


def draw_loader(d: Draw, given: dict[str, Any]) -> Drawn:
    n = d.side("n")
    tensors = [d.array((n, *d.shape[:2])) for _ in range(d.choice((1, 2)))]
    signature = signature_of(data.DataLoader)
    parameters = [
        p for p in signature.parameters.values() if p.name not in ("dataset", "num_workers")
    ]
    given = {"batch_size": d.choice((1, 2, 3, 64, None)), "sampler": d.choice((None, [0, 0], range(2))),
             "collate_fn": None, "batch_sampler": d.choice((None, None, [[0], [1, 0]])),
             "worker_init_fn": None, "multiprocessing_context": None, "prefetch_factor": None,
             "persistent_workers": False, "pin_memory": False, "timeout": 0}  # fmt: skip
    return [
        tensors,
        *arguments(d, signature.replace(parameters=parameters), given, hostile=0.03),
    ], {}


CALLS["data.DataLoader"] = Entry(loader, draw_loader, differentiable=False)


def data_entry(name: str, **usual: Callable[[Draw], Any]) -> None:
    made = getattr(data, name)
    signature = signature_of(made)

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        return arguments(d, signature, {k: v(d) for k, v in usual.items()}, hostile=0.05)

    def call(*args: Any, **kwargs: Any) -> Any:
        result = made(*args, **kwargs)
        kind = type(result)  # a class that is handed back has what its instances can do
        if hasattr(kind, "__len__"):
            len(result)
        return take(result) if hasattr(kind, "__iter__") or hasattr(kind, "__getitem__") else None

    CALLS[f"data.{name}"] = Entry(call, draw, differentiable=False)


def source(d: Draw) -> Any:
    return range(d.side("n"))


data_entry("TensorDataset")
data_entry(
    "Subset", dataset=source, indices=lambda d: d.choice(([0, 1], [9], [], d.labels((3,), 3)))
)
data_entry("ConcatDataset", datasets=lambda d: [source(d), [1, 2]])
data_entry("ChainDataset", datasets=lambda d: [iter([1, 2])])
data_entry(
    "random_split",
    dataset=source,
    lengths=lambda d: d.choice(([0.5, 0.5], [1, d.side("n") - 1], [2, 3], [0.7, 0.7], [])),
)
data_entry("SequentialSampler", data_source=source)
data_entry("RandomSampler", data_source=source, num_samples=lambda d: d.choice((None, 3, 0)))
data_entry("SubsetRandomSampler", indices=source)
data_entry(
    "WeightedRandomSampler",
    weights=lambda d: d.choice(([0.5, 0.5], d.tensor())),
    num_samples=lambda d: d.count(),
)
data_entry(
    "BatchSampler",
    sampler=source,
    batch_size=lambda d: d.count(),
    drop_last=lambda d: d.chance(0.5),
)
data_entry("default_collate", batch=lambda d: [d.tensor() for _ in range(d.count() % 4)])
data_entry("default_convert", data=lambda d: d.tensor())


# Gradients, checked by ourselves
def draw_gradcheck(d: Draw, given: dict[str, Any]) -> Drawn:
    x = d.array(d.shape[:2], domain="normal", dtype="float64")
    kwargs = arguments(d, signature_of(mg.gradcheck), {}, hostile=0.1)[1]
    kwargs.pop("function", None), kwargs.pop("inputs", None), kwargs.pop("names", None)
    return [cubes, x], kwargs


CALLS["mg.gradcheck"] = Entry(mg.gradcheck, draw_gradcheck, differentiable=False)


# Transforms of functions, called with what their function takes
def transformed(name: str) -> None:
    transform = getattr(mg.func, name)
    signature = signature_of(transform)

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        most = 6 if name == "hessian" else 1000  # it goes back for each two elements
        shape = tuple(min(n, most) for n in d.shape[:2])
        inputs = [d.array(shape) for _ in range(d.choice((1, 1, 2)))]
        func = d.choice((cubes, cubes, lambda *xs: xs[0] * 2, lambda *xs: (xs[0], cubes(*xs))))
        for x in inputs:  # the functions are of tensors
            x.form = "leaf" if x.form in ("array", "list") else x.form
        tangents = tuple(d.array(x.values.shape) for x in inputs)
        given = {"func": func, "primals": tuple(inputs), "tangents": tangents}
        for key in ("in_dims", "out_dims"):
            given[key] = d.choice((0, 0, -1, 1, None, (0,), (0, None)))
        given["argnums"] = d.choice((0, 0, 1, (0,), (0, 1), -1))
        return [*arguments(d, signature, given, hostile=0.03), inputs], {}

    def call(args: Any, options: Any, inputs: Any) -> Any:
        made = transform(*args, **options)
        return made(*inputs) if callable(made) else made

    CALLS[f"func.{name}"] = Entry(call, draw, differentiable=False)


for name in "grad grad_and_value vmap jvp vjp jacrev jacfwd hessian".split():
    if hasattr(mg.func, name):
        transformed(name)


# Distributions: made, and asked for all that they know
def distribution_entry(cls: type) -> Entry:
    made = signature_of(cls)

    def draw(d: Draw, given: dict[str, Any]) -> Drawn:
        usual = {
            p: d.choice((0.5, 1.0, d.array(d.near(), domain=d.choice(("unit", "normal")))))
            for p in made.parameters
            if p not in ("validate_args", "total_count")
        }
        usual["validate_args"] = d.choice((None, True, False))
        value = d.choice((d.tensor(), d.array(d.near(), domain="unit"), 1.0, d.hostile()))
        return [*arguments(d, made, usual, hostile=0.03), d.choice(((), (2,), (0,))), value], {}

    def call(args: Any, options: Any, size: Any, value: Any) -> Any:
        found = cls(*args, **options)
        repr(found)
        given: list[Any] = [found.sample(size), found.log_prob(value)]
        for ask, asked in (("mean", ()), ("variance", ()), ("entropy", ()), ("rsample", (size,)),
                           ("cdf", (value,)), ("icdf", (0.25,))):  # fmt: skip
            if hasattr(cls, ask) and (ask != "rsample" or found.has_rsample):
                known = getattr(found, ask)
                given.append(known(*asked) if callable(known) else known)
        return given

    return Entry(call, draw, differentiable=False)


for name in distributions.__all__:
    cls = getattr(distributions, name)
    if isinstance(cls, type) and issubclass(cls, distributions.Distribution) \
            and cls is not distributions.Distribution:  # fmt: skip
        CALLS[f"distributions.{name}"] = distribution_entry(cls)
