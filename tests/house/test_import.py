"""`import minigrad` is quick: what not every program needs is imported when it is asked for."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

LATE = """
    minigrad.autograd.function minigrad.autograd.functional minigrad.course minigrad.distributions
    minigrad.finite_differences minigrad.nn
    minigrad.linalg minigrad.nn.layers minigrad.nn.module minigrad.nn.transformer minigrad.optim
    minigrad.program minigrad.serialization minigrad.utils minigrad.vision
""".split()


def run(code: str) -> object:
    """What a new interpreter prints after `import minigrad`, as JSON."""
    program = f"import json, pickle, sys\nimport minigrad as mg\n{code}"
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore:MINIGRAD_KERNELS=reference:RuntimeWarning",
        "-c",
        program,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def begun() -> dict[str, list[str]]:
    """What is there after the import alone."""
    code = "print(json.dumps({'modules': [*sys.modules], 'mg': dir(mg), 'nn': dir(mg.nn)}))"
    return run(code)  # type: ignore[return-value]


def test_what_not_all_need_is_not_imported(begun: dict[str, list[str]]) -> None:
    assert not {*LATE} & {*begun["modules"]}


def test_completion_knows_it_all_the_same(begun: dict[str, list[str]]) -> None:
    assert {"nn", "optim", "vision", "save", "compile"} <= {*begun["mg"]}
    assert {"Linear", "GRU", "CrossEntropyLoss", "Sequential", "init"} <= {*begun["nn"]}


PUBLIC = """
    amp autograd autograd.function autograd.functional cuda cuda.amp distributions func linalg nn
    nn.functional nn.init nn.parameter nn.utils nn.utils.rnn optim optim.lr_scheduler
    optim.swa_utils random special testing utils utils.checkpoint utils.data vision.datasets
    vision.transforms vision.utils
""".split()


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_module_imports_is_none_of_its_names(name: str) -> None:
    module = importlib.import_module(f"minigrad.{name}")
    known = {*getattr(module, "__all__", ()), *getattr(module, "LATER", ())}
    others = {n for n in dir(module) if not n.startswith("_")} - known
    assert others.isdisjoint({"Any", "Tensor", "annotations", "np", "tensor_of", "give_words"})
    for n in others - {"Generator"}:  # which `random` has late
        found = getattr(module, n)
        place = getattr(found, "__module__", found.__name__.rpartition(".")[0])
        assert place == module.__name__, n


@pytest.mark.parametrize("name", ["nn", "autograd"])
def test_every_late_name_is_where_it_is_said_to_be(name: str) -> None:
    code = f"package = mg.{name}\nnames = [*package.LATER]\n"
    code += "print(json.dumps([n for n in names if not hasattr(package, n)]))"
    assert run(code) == []


def test_a_package_has_its_modules_as_attributes() -> None:
    code = "print(json.dumps([mg.nn.module.Module is mg.nn.Module, mg.nn.init.__name__]))"
    assert run(code) == [True, "minigrad.nn.init"]


def test_a_pickled_layer_is_read_before_any_was_asked_for() -> None:
    code = "print(json.dumps(pickle.dumps(mg.nn.Linear(2, 3)).hex()))"
    text = run(code)
    code = f"layer = pickle.loads(bytes.fromhex({text!r}))\nprint(json.dumps(layer.weight.shape))"
    assert run(code) == [3, 2]


def test_a_name_that_is_asked_for_once_is_kept() -> None:
    assert run("mg.save\nprint(json.dumps('save' in vars(mg)))") is True
