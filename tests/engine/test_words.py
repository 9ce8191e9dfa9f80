"""Whatever is wrong with a call, the error names the function and what it was given."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import distributions, linalg, nn, optim, random
from minigrad.engine.words import describe
from minigrad.nn.utils import rnn
from minigrad.optim import lr_scheduler
from minigrad.utils import data

FUNCTIONS = {
    f"{home.__name__}.{name}": function
    for home, names in (
        (mg, [*mg.ops.__all__, *mg.creation.__all__]),
        (F, F.__all__),
        (linalg, linalg.__all__),
        (nn.init, nn.init.__all__),
        (random, ("rand", "randn", "randint", "randperm", "bernoulli", "multinomial", "normal")),
    )
    for name in names
    if inspect.isroutine(function := getattr(home, name))
}
OF_WORDS = FUNCTIONS | {  # and those that take functions, files or lists
    f"{home.__name__}.{name}": getattr(home, name)
    for home in (nn.utils, rnn, mg.autograd.functional, mg.func, mg.serialization)
    for name in home.__all__
    if inspect.isroutine(getattr(home, name))
}


def names(path: str, function: Any) -> set[str]:
    """A function may say the name of which its own is an alias."""
    operation = getattr(function, "name", function.__name__)
    return {path.rpartition(".")[2], function.__name__, str(operation)}


def told(path: str, error: BaseException) -> bool:
    start = re.match(r"(\w+)", str(error))
    return start is not None and start[1] in {n.strip("_") for n in names(path, OF_WORDS[path])} | {
        n for n in names(path, OF_WORDS[path])
    }


@pytest.mark.parametrize("path", OF_WORDS)
def test_an_unknown_keyword_names_the_function(path: str) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'bogus'|missing") as caught:
        OF_WORDS[path](bogus=1)
    assert told(path, caught.value), str(caught.value)


EXEMPT = {  # what any value will do for, or what is given by keyword or as a whole
    "einsum", "is_tensor", "scalar_tensor", "calculate_gain", "triplet_margin_with_distance_loss",
}  # fmt: skip


@pytest.mark.parametrize("path", [p for p in FUNCTIONS if p.rpartition(".")[2] not in EXEMPT])
@pytest.mark.parametrize("wrong", ["text", object(), {}], ids=["text", "object", "dict"])
def test_what_is_no_tensor_or_number_is_refused_in_words(path: str, wrong: Any) -> None:
    function = FUNCTIONS[path]
    with pytest.raises((TypeError, ValueError, IndexError)) as caught:
        function(wrong, *(mg.ones(2) for _ in asked(function)[1:]))
    assert told(path, caught.value), str(caught.value)


FLAGS = [
    (path, name)
    for path, function in OF_WORDS.items()
    for name, p in inspect.signature(function).parameters.items()
    if isinstance(p.default, bool) and name not in ("inplace", "requires_grad", "pin_memory")
]

NEEDED = {
    "func": mg.exp,
    "max_norm": 1.0,
    "module": nn.Identity(),
    "parameter_and_buffer_dicts": {},
}  # where a tensor would not do


@pytest.mark.parametrize(("path", "name"), FLAGS)
@pytest.mark.parametrize("wrong", ["False", 1, 1j, {}, [True]], ids=str)
def test_what_is_neither_true_nor_false_is_refused(path: str, name: str, wrong: Any) -> None:
    """A text "False" would count as true, and `x.sum(0, 1)` as `keepdim=True`."""
    function = OF_WORDS[path]
    needed = [
        NEEDED.get(p.name, mg.ones(2, 2))
        for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    with pytest.raises(TypeError, match=rf"{name}: wanted True or False, got") as caught:
        function(*needed, **{name: wrong})
    assert told(path, caught.value), str(caught.value)


def test_flags_by_position_and_under_another_name() -> None:
    x = mg.ones(2, 2)
    for call, words in (
        (lambda: x.sum(0, 1), "^sum: keepdims?: wanted True or False, got 1"),
        (lambda: mg.sum(x, 0, keepdim="no"), "^sum: keepdims?: wanted True or False, got 'no'"),
        (lambda: mg.median(x, 0, keepdims="no"), "^median: keepdims?: wanted True or False"),
        (lambda: F.dropout(x, 0.5, "False"), "^dropout: training: wanted True or False"),
        (lambda: x.sort(0, 1), "^sort: descending: wanted True or False, got 1"),
        (lambda: nn.Linear(2, 2, bias="False"), "^Linear: bias: wanted True or False"),
        (lambda: nn.LSTM(2, 2, batch_first="no"), "^LSTM: batch_first: wanted True or False"),
    ):
        with pytest.raises(TypeError, match=words):
            call()
    assert x.sum(0, np.True_).shape == (1, 2)


def test_options_of_a_backward_pass_are_true_or_false() -> None:
    w = mg.ones(2, requires_grad=True)
    for option in ("retain_graph", "create_graph"):
        with pytest.raises(TypeError, match=f"^backward: {option}: wanted True or False, got 'no'"):
            w.sum().backward(**{option: "no"})
        assert w.grad is None
    for option in ("retain_graph", "create_graph", "allow_unused", "materialize_grads"):
        with pytest.raises(TypeError, match=f"^grad: {option}: wanted True or False, got 'no'"):
            mg.autograd.grad(w.sum(), w, **{option: "no"})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: mg.where("yes", x, x), "^where.*condition: wanted True and False, got 'yes'"),
        (lambda x: mg.where([None], x, x), "^where.*condition: wanted True and False"),
        (lambda x: F.softplus(x, threshold=1j), "^softplus.*threshold: wanted a number, got compl"),
        (lambda x: mg.vmap("x"), "^vmap: func: wanted a function, got str"),
        (lambda x: mg.compile(mg.tanh, disable="no"), "^compile: disable: wanted True or False"),
        (lambda x: mg.compile(mg.tanh, fullgraph="no"), "^compile: fullgraph: wanted True or"),
        (lambda x: mg.gradcheck(mg.tanh, x, names="x"), "^gradcheck: names: wanted a list of te"),
        (lambda x: mg.gradcheck(mg.tanh, x, names=1), "^gradcheck: names: wanted a list of te"),
        (lambda x: x.double().cumsum_(0, dtype="float32"), "^cumsum_: dtype: wanted the tensor's"),
        (lambda x: x.double().cumprod_(0, dtype=float), "^cumprod_: dtype: wanted the tensor's"),
        (lambda x: mg.std(x, unbiased="no"), "^std: unbiased: wanted True or False"),
    ],
)
def test_what_was_taken_without_a_word(call: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call(mg.ones(2))


def test_the_side_of_a_search_is_left_or_right() -> None:
    with pytest.raises(ValueError, match=r"^searchsorted: side: wanted 'left' or 'right', got"):
        mg.searchsorted(mg.arange(3), mg.arange(3), side="up")
    x = mg.arange(3)
    assert x.cumsum_(0, dtype=x.dtype).tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: mg.sort(x, 9), r"^sort\(input=float32\[2, 3\], dim=9\): .*axis 9 is out of"),
        (lambda x: mg.topk(x, "a"), r"^topk: k must be an integer, got str"),
        (lambda x: x.narrow(0, 1, None), r"^narrow: length must be an integer, got NoneType"),
        (lambda x: mg.isclose(x, mg.ones(7)), r"^isclose\(input=float32\[2, 3\], other="),
        (lambda x: F.softshrink(x, "a"), r"^softshrink: lambd: wanted a number, got str"),
        (lambda x: F.dropout(x, chance=0.1), r"^dropout\(\) .*'chance'; it takes input, p, "),
        (lambda x: x.tanh(dim=1), r"^tanh\(\) .*'dim'; it takes x"),
        (lambda x: x.size(9), r"^size: axis 9 is out of"),
        (lambda x: x & 1, r"^bitwise_and\(.*wanted integers or bools, got float32"),
        (lambda x: x < "a", r"^lt\(.*wanted numbers, got 'a'"),
        (lambda x: x.__setitem__(9, 1.0), r"^assignment\(float32\[2, 3\], index=9, value="),
        (lambda x: x.fill_("a"), r"^fill_: wanted numbers, got 'a'"),
        (lambda x: x.__iadd__(np.ones((4, 4))), r"^add\(.*could not be broadcast"),
        (lambda x: nn.Linear("a", 2), r"^Linear\(in_features='a', out_features=2\): "),
        (lambda x: nn.Linear(3, 2, bais=False), r"^Linear.*unexpected keyword argument 'bais'"),
        (lambda x: nn.BatchNorm1d(3, momentum="a"), r"^BatchNorm1d: momentum: wanted a number"),
        (lambda x: nn.LSTM(3, None), r"^LSTM\(.*hidden_size must be an integer, got NoneType"),
        (lambda x: nn.MultiheadAttention(4, 2)(x, None, x), r"^MultiheadAttention: key: .*None"),
        (lambda x: nn.Softmax(1)(x, 2), r"^Softmax\(float32\[2, 3\], 2\): "),
        (lambda x: optim.Adam(None), r"^Adam: params must be a list of tensors, got NoneType"),
        (lambda x: lr_scheduler.StepLR(None, 2), r"^StepLR.*Optimizer"),
        (lambda x: data.DataLoader(3), r"^DataLoader"),
        (lambda x: data.random_split([1, 2], "ab"), r"^random_split: lengths: wanted a number"),
        (lambda x: mg.load(3), r"^load\(f=3\): f: wanted a path .*, got int"),
        (lambda x: mg.save("net.mg", {}), r"^save\(obj='net.mg', f=\{\}\): f: wanted .*dict"),
        (lambda x: mg.autograd.grad(1.0, x), r"^grad"),
        (lambda x: mg.gradcheck(mg.tanh, None), r"^gradcheck: inputs: wanted tensors .*NoneType"),
        (lambda x: x.sum().requires_grad_().backward(x), r"^backward: gradient: wanted shape \(\)"),
        (lambda x: mg.autograd.grad(x.requires_grad_().sum(), x, x), r"^grad: grad_outputs: "),
        (lambda x: mg.operation("name"), r"^operation: wanted a Python function, got str"),
        (lambda x: mg.set_num_threads("2"), r"^set_num_threads: .* must be an integer, not str"),
        (lambda x: mg.zeros(2, requires_grad="False"), r"requires_grad: wanted True or False, got"),
        (lambda x: x.requires_grad_("False"), r"requires_grad: wanted True or False, got 'False'"),
        (lambda x: nn.Parameter(x, requires_grad="no"), r"requires_grad: wanted True or False"),
        (lambda x: data.DataLoader([1], shuffle="False"), r"^DataLoader: shuffle: wanted True or"),
        (lambda x: data.DataLoader([1], drop_last="no"), r"^DataLoader: drop_last: wanted True or"),
        (lambda x: lr_scheduler.MultiStepLR(OBJECTS["Optimizer"](), "a"), r"^MultiStepLR.*number"),
        (lambda x: mg.gradcheck(mg.tanh, x, seed=object()), r"^gradcheck: seed must be an integer"),
        (lambda x: mg.gradcheck(mg.tanh, x, seed=-1), r"^gradcheck: seed must not be negative"),
        (lambda x: mg.no_grad(bogus=1), r"^no_grad\(\) got an unexpected keyword .*'bogus'"),
        (lambda x: mg.enable_grad(bogus=1), r"^enable_grad\(\) got an unexpected .*'bogus'"),
        (lambda x: mg.finfo("int64"), r"^finfo: dtype: wanted a floating .* iinfo, got 'int64'"),
        (lambda x: mg.finfo("abc"), r"^finfo: dtype: wanted a floating dtype"),
        (lambda x: mg.iinfo(mg.float32), r"^iinfo: dtype: wanted an integer dtype, or finfo, got"),
        (lambda x: mg.iinfo(None), r"^iinfo: dtype: wanted an integer dtype"),
        (lambda x: nn.Linear(3, 2, bais=False), r"'bais'; the nearest is 'bias'; it takes in_feat"),
        (lambda x: nn.LSTM(3, 2, num_layer=2), r"^LSTM\(\).*'num_layer'; the nearest is 'num_lay"),
        (lambda x: mg.zeros(3, axis=1), r"^zeros\(\) .*'axis'; it takes size, dtype, "),
        (lambda x: mg.randn(3, dype=1), r"^randn\(\) .*'dype'; the nearest is 'dtype'"),
        (lambda x: mg.softmax(x, dimm=1), r"^softmax\(\) .*'dimm'; the nearest is 'dim'"),
        (lambda x: mg.tanh(x, imput=1), r"^tanh\(\) .*'imput'; it takes x"),
        (lambda x: x.sum(dimm=1), r"^sum\(\) .*'dimm'; the nearest is 'dim'"),
        (lambda x: x[[1, [2]]], r"^index: \[1, \[2\]\] holds lists of several lengths"),
        (lambda x: x.__setitem__([[0], [0, 1]], 1.0), r"index: .* holds lists of several lengths"),
        (lambda x: mg.Size("a"), r"^Size: wanted integers, got 'a'"),
        (lambda x: mg.Size(3), r"^Size: wanted integers, got 3"),
        (lambda x: mg.Size([2, 1.5]), r"^Size: wanted integers, got \[2, 1.5\]"),
        (lambda x: x.byte() + 300, r"^add\(.*: 300 is not within the range of uint8, 0 to 255; c"),
        (lambda x: -1 * x.byte(), r"^multiply\(.*: -1 is not within the range of uint8"),
        (lambda x: x.char() // 200, r"^floor_divide\(.*: 200 is not within the range of int8"),
        (lambda x: mg.full((2**50,), 1.0), r"^full\(.*: Unable to allocate 4.00 PiB .*float32"),
        (lambda x: mg.rand(2**50), r"^rand\(1125899906842624\): Unable to allocate .*float32"),
        (lambda x: mg.randn(2**50), r"^randn\(.*: Unable to allocate"),
        (lambda x: mg.arange(2**50), r"^arange\(.*: Unable to allocate 8.00 PiB .*int64"),
        (lambda x: mg.eye(2**26), r"^eye\(n=67108864\): Unable to allocate"),
        (lambda x: mg.ones(1).expand(2**50) + 1, r"^add\(.*: Unable to allocate"),
        (lambda x: data.DataLoader([1], timeout=5), r"^DataLoader: .*timeout.* give num_workers"),
        (lambda x: mg.nan_to_num(x, posinf=x), r"^nan_to_num: posinf: wanted a number, got Tensor"),
        (lambda x: mg.nan_to_num(x, None), r"^nan_to_num: nan: wanted a number, got NoneType"),
        (lambda x: optim.SGD([x], 10**400), r"^SGD: lr: wanted a number that a float can hold"),
        (lambda x: F.celu(x, 10**400), r"^celu: alpha: wanted a number that a float can hold"),
        *((lambda x, ask=ask: getattr(mg.distributions.Uniform(x, 2.0), ask)(mg.ones(4)),
           r"^Uniform: value: wanted a shape that broadcasts with \(2, 3\), .*got \(4,\)")
          for ask in ("log_prob", "cdf")),
        *((lambda x, norm=norm: norm(x, dtype=mg.int64), "norm: dtype: wanted a floating dtype")
          for norm in (mg.norm, mg.linalg.norm, mg.linalg.vector_norm, mg.linalg.matrix_norm)),
    ],
)  # fmt: skip
def test_the_words(call: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError, IndexError, MemoryError), match=words):
        call(mg.ones(2, 3))


def test_the_limits_of_the_default_dtype() -> None:
    assert mg.finfo(float).dtype == mg.finfo().dtype == mg.float32
    assert mg.finfo(mg.float64).eps == 2.0**-52
    assert mg.iinfo("uint8").max == 255


def test_an_error_of_a_users_own_module_is_left_alone() -> None:
    class Own(nn.Module):
        def forward(self, x: Any) -> Any:
            raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        nn.Sequential(Own())(mg.ones(1))


def test_python_rounds_and_formats_numbers() -> None:
    assert round(mg.tensor(1.26), 1).item() == pytest.approx(1.3)
    assert round(mg.tensor(1.6)).item() == 2.0
    assert f"{mg.tensor([0.125]):.2f}" == "0.12"
    assert mg.ones(mg.tensor(2)).shape == (2,)


# --------------------------------------------------------------------- methods and classes

OBJECTS = {
    "Tensor": lambda: mg.ones(2, 3),
    "Module": lambda: nn.Sequential(nn.Linear(3, 2)),
    "Optimizer": lambda: optim.SGD([mg.ones(1, requires_grad=True)], 0.1),
    "LRScheduler": lambda: lr_scheduler.StepLR(OBJECTS["Optimizer"](), 2),
}
FREE = {  # hooks of our own, names that mean something else, and what takes anything
    *"begin changes at change update forward backward double half type".split(),
}


def asked(function: Any) -> list[str]:
    """What has to be given, by position."""
    known = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in known if p.default is p.empty and p.kind in kinds]


METHODS = [
    (kind, name)
    for kind, make in OBJECTS.items()
    for name in dir(make())
    if not name.startswith("_") and name not in FREE
    and inspect.isroutine(method := getattr(make(), name)) and asked(method)
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), METHODS)
@pytest.mark.parametrize(
    "wrong", ["text", object(), {}, [None]], ids=["text", "object", "dict", "list"]
)
def test_a_method_names_itself(kind: str, name: str, wrong: Any) -> None:
    method = getattr(OBJECTS[kind](), name)
    try:
        method(wrong, *(mg.ones(2, 3) for _ in asked(method)[1:]))
    except (TypeError, ValueError, IndexError, AttributeError, RuntimeError) as error:
        names = {name, name.strip("_"), method.__name__, str(getattr(method, "name", name))}
        names |= {type(OBJECTS[kind]()).__name__, "to"}
        start = str(error).split(": ")[0] + " " + str(error).partition(": ")[2].split(": ")[0]
        assert any(n in start for n in names), str(error)


CLASSES = [
    getattr(home, name)
    for home in (nn, optim, lr_scheduler, data, distributions)
    for name in dir(home)
    if not name.startswith("_")
    and inspect.isclass(cls := getattr(home, name))
    and cls.__module__.startswith("minigrad.")
    and not issubclass(cls, (tuple, BaseException))
    and name not in ("Identity", "StackDataset", "no_grad")  # they take anything, or a function
]


@pytest.mark.parametrize("cls", dict.fromkeys(CLASSES), ids=lambda c: c.__name__)
def test_a_class_names_itself(cls: Any) -> None:
    for options in ({"bogus": 1}, {"dtype": "text"}):
        with pytest.raises((TypeError, ValueError)) as caught:
            cls(**options)
        assert str(caught.value).startswith(cls.__name__), str(caught.value)


# --------------------------------------------------------------------- names that are not there


@pytest.mark.parametrize(
    ("home", "name", "words"),
    [
        (mg, "tahn", "nearest are .*tanh"),
        (mg, "sav", "nearest are save"),
        (mg, "retain_grad", "there is Tensor.retain_grad"),
        (mg, "Linear", "there is minigrad.nn.Linear"),
        (mg, "DataLoader", "there is minigrad.utils.data.DataLoader"),
        (mg.ones(1), "backwrd", "nearest are backward"),
        (nn, "Liner", "nearest are Linear"),
        (nn, "Conv2", "nearest are .*Conv2d"),
        (F, "crossentropy", "nearest are cross_entropy"),
        (F, "ReLU", "there is minigrad.relu and minigrad.nn.ReLU"),
        (nn.init, "xavier_unform_", "nearest are xavier_uniform_"),
        (nn.utils, "clip_grad_nrm_", "nearest are clip_grad_norm_"),
        (optim, "StepLR", "there is minigrad.optim.lr_scheduler.StepLR"),
        (lr_scheduler, "StepLr", "there is minigrad.optim.lr_scheduler.StepLR"),
        (linalg, "nrm", "nearest are norm"),
        (linalg, "eig", "linalg.eigh is for symmetric matrices"),
        (data, "Dataloader", "there is minigrad.utils.data.DataLoader"),
        (mg.autograd, "gard", "nearest are grad"),
        (random, "sed", "nearest are seed"),
        (nn.Linear(1, 1), "wieght", "nearest are weight"),
        (optim.SGD([mg.ones(1, requires_grad=True)], 0.1), "setp", "nearest are step"),
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_names_what_is(home: Any, name: str, words: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}'; .*{words}"):
        getattr(home, name)


def test_every_miss_in_the_large_namespaces_names_something() -> None:
    for home in (mg, nn, F, optim, data, mg.ones(1)):
        with pytest.raises(AttributeError, match="; the nearest are "):
            home.qzx_entirely_unknown_thing  # noqa: B018


@pytest.mark.parametrize("home", [mg, nn, F, mg.ones(1), nn.Linear(1, 1)], ids=lambda h: type(h))
def test_what_is_asked_for_again_is_not_searched_for_again(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hasattr` asks, too, and a search takes milliseconds."""
    assert not hasattr(home, "asked_before")
    monkeypatch.setattr("difflib.get_close_matches", lambda *args: pytest.fail("searched"))
    assert not hasattr(home, "asked_before")
    nn.RNN(1, 1)(mg.ones(1, 1, 1))  # asks for nothing that is not there


def test_a_property_that_fails_says_why() -> None:
    class Own(nn.Module):
        @property
        def loss(self) -> Any:
            return self.nothing_of_the_kind

    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        Own().loss  # noqa: B018
    net = nn.Sequential(nn.Linear(1, 1))
    assert not hasattr(net, "loss")
    assert len(copy.deepcopy(net)) == len(pickle.loads(pickle.dumps(net))) == 1


# --------------------------------------------------------------------- the source tree in front


def test_a_source_tree_that_shadows_an_install_is_told(tmp_path: Path) -> None:
    tree, installed = tmp_path / "clone", tmp_path / "site"
    shutil.copytree(
        Path(mg.__file__).parent, tree / "minigrad", ignore=shutil.ignore_patterns("*.so", "*.c")
    )
    (installed / "minigrad" / "kernels").mkdir(parents=True)
    (installed / "minigrad" / "kernels" / "_native.so").touch()
    code = f"import sys; sys.path.insert(1, {str(installed)!r}); import minigrad"
    command = [sys.executable, "-c", code]
    environment = {"PATH": "/usr/bin:/bin"}
    run = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment)
    assert run.returncode == 1
    assert f"shadows the minigrad that is installed in {installed}" in run.stderr
    assert "-P" in run.stderr and "pip install -e ." in run.stderr


def test_arguments_are_shown_by_dtype_and_shape_alone_and_in_lists() -> None:
    assert describe(np.ones(2)) == "float64[2]"
    assert describe((mg.ones(2), 1)) == "(float32[2], 1)"
    assert describe([1, np.ones(2)]) == "(1, float64[2])"
    assert describe((1, "a")) == "(1, 'a')" and len(describe("a" * 100)) == 60


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x, o: nn.BatchNorm1d(3)(None), r"BatchNorm1d\(None\): .*wanted numbers, got None"),
        (lambda x, o: nn.Flatten()("a"), r"Flatten\('a'\): .*wanted numbers, got 'a'"),
        (lambda x, o: F.mse_loss(x, None), r"mse_loss\(.*\): target: wanted numbers, got None"),
        (lambda x, o: F.mse_loss(None, x), r"mse_loss\(.*\): input: wanted numbers, got None"),
        (lambda x, o: F.kl_div(x, None), r"kl_div\(.*\): target: wanted numbers, got None"),
        (
            lambda x, o: nn.MultiheadAttention(4, 2)(*[mg.ones(2, 1, 4)] * 3, attn_mask="a"),
            "MultiheadAttention: attn_mask: wanted numbers, got 'a'",
        ),
        (lambda x, o: o.step(1), "SGD: step: closure: wanted a function .*got 1"),
        (lambda x, o: optim.LBFGS(x).step(1), r"LBFGS: step\(closure\) needs a function .*got 1"),
        *(
            (
                lambda x, o, metric=metric: lr_scheduler.ReduceLROnPlateau(o).step(metric),
                "ReduceLROnPlateau: step: metrics: wanted one number, got ",
            )
            for metric in ("x", None, mg.ones(2))
        ),
    ],
)  # fmt: skip
def test_the_argument_at_fault_is_named(call: Any, words: str) -> None:
    w = mg.ones(1, requires_grad=True)
    with pytest.raises(TypeError, match=words):
        call([w] if "LBFGS" in words else mg.ones(2, 3), optim.SGD([w], 0.1))


def test_how_tensors_are_shown() -> None:
    before = np.get_printoptions()
    try:
        x = mg.arange(2000.0)
        assert "..." in repr(x)
        mg.set_printoptions(profile="full")
        assert "..." not in repr(x)
        mg.set_printoptions(profile="short")
        assert repr(mg.tensor([1 / 3])) == "tensor([0.33])"
        mg.set_printoptions(4, profile="default")
        assert repr(mg.tensor([1 / 3])) == "tensor([0.3333])"
        for wrong in (
            {"profile": "long"},
            {"edgeitems": (1, 2)},
            {"precision": "4"},
            {"linewidth": -1},
        ):
            (name,) = wrong
            with pytest.raises((TypeError, ValueError), match=f"set_printoptions: {name}"):
                mg.set_printoptions(**wrong)
        assert repr(mg.tensor([1 / 3])) == "tensor([0.3333])"
    finally:
        np.set_printoptions(**before)
