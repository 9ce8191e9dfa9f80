"""The examples run as a reader runs them, and say what they promise."""

import csv
import gzip
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.data import TensorDataset

EXAMPLES = Path(__file__).parents[1] / "examples"
BENCHMARKS = EXAMPLES.parent / "benchmarks"
EXTRAS = ("matplotlib", "sklearn", "tqdm")

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
needs_extras = pytest.mark.skipif(
    any(find_spec(module) is None for module in EXTRAS),
    reason="needs pip install 'minigrad[examples]'",
)


def run(*command, data=None):
    """Python, with the minigrad that is tested and with data sets in the folder `data` only."""
    paths = [str(Path(mg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "MINIGRAD_DATA": str(data),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )


def table(output):
    """Loss and accuracy by part, from the table at the end of the output."""
    pattern = r"^(train|validation|test) +\d+ +([\d.]+) +([\d.]+)$"
    return {
        part: (float(loss), float(accuracy))
        for part, loss, accuracy in re.findall(pattern, output, re.MULTILINE)
    }


def epochs(path):
    with path.open() as file:
        return [{key: float(v) for key, v in row.items()} for row in csv.DictReader(file)]


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") and path.stat().st_size > 5000


# ---------------------------------------------------------------------- digits


@needs_extras
def test_digits_reaches_its_accuracy_and_writes_its_files(tmp_path):
    done = run(EXAMPLES / "digits.py", "--out", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    scores = table(done.stdout)
    assert list(scores) == ["train", "validation", "test"]
    assert scores["test"][1] >= 0.97
    assert re.search(r"in \d+\.\d seconds", done.stdout)

    rows = epochs(tmp_path / "new" / "digits.csv")
    assert [row["epoch"] for row in rows] == list(range(1, 61))
    assert rows[-1]["train_loss"] < rows[0]["train_loss"] / 10
    assert rows[-1]["validation_loss"] < rows[0]["validation_loss"] / 2
    assert rows[-1]["validation_accuracy"] == pytest.approx(scores["validation"][1], abs=5e-5)
    assert is_png(tmp_path / "new" / "digits.png")
    assert str(tmp_path / "new" / "digits.png") in done.stdout

    assert "960/960 batches" in done.stderr
    assert len(done.stderr) < 2000  # a bar in a file is not redrawn all the time


@needs_extras
def test_digits_repeats_with_its_seed(tmp_path):
    calls = "".join(
        f"digits.main(['--epochs', '2', '--seed', '{seed}', '--out', {str(tmp_path / name)!r}]); "
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    done = run("-c", f"import sys; sys.path[0] = {str(EXAMPLES)!r}; import digits; {calls}")
    assert done.returncode == 0, done.stderr
    first, again, other = (
        [row["train_loss"] for row in epochs(tmp_path / name / "digits.csv")]
        for name in ("first", "again", "other")
    )
    assert first == again != other


@needs_extras
def test_digits_refuses_less_than_one_epoch(tmp_path):
    done = run(EXAMPLES / "digits.py", "--epochs", 0, "--out", tmp_path)
    assert done.returncode == 2
    assert "--epochs: wanted 1 or more, got 0" in done.stderr


@pytest.mark.parametrize("missing", EXTRAS)
def test_a_missing_extra_is_named(missing):
    without = f"import sys; sys.modules[{missing!r}] = None; sys.path[0] = {str(EXAMPLES)!r}; "
    done = run("-c", without + "import digits; digits.main([])")
    assert done.returncode == 1
    assert "pip install 'minigrad[examples]'" in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------------- Fashion-MNIST


def write_idx(path, array):
    """An array of bytes as a gzipped IDX file, http://yann.lecun.com/exdb/mnist/."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


@pytest.fixture(scope="module")
def clothes(tmp_path_factory):
    """A data folder with a Fashion-MNIST of 720 + 100 pictures: a noisy pattern for each class."""
    folder = tmp_path_factory.mktemp("data") / "fashion-mnist"
    folder.mkdir()
    generator = np.random.default_rng(0)
    patterns = generator.integers(0, 200, (10, 28, 28))
    for part, size in (("train", 720), ("t10k", 100)):
        labels = generator.integers(0, 10, size)
        noise = generator.integers(0, 56, (size, 28, 28))
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", patterns[labels] + noise)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return folder.parent


@needs_extras
@pytest.mark.parametrize(
    "options",
    [
        "--batch-size 32",
        "--batch-size full --hidden --optimizer sgd --lr 0.05 --schedule cosine",
        "--batch-size 20 --hidden 50 30 20 --optimizer nesterov --batch-norm --dropout 0.1 "
        "--schedule cyclic --l1 1e-5 --l2 1e-4 --weight-decay 1e-4",
    ],
)
def test_fashion_mnist(clothes, tmp_path, options):
    command = [EXAMPLES / "fashion_mnist.py", "--epochs", 8, "--out", tmp_path, *options.split()]
    done = run(*command, data=clothes)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^ +\d+( +[\d.]+){5}$", done.stdout, re.MULTILINE)) == 8
    assert table(done.stdout)["test"][1] > 0.9
    rows = epochs(tmp_path / "fashion_mnist.csv")
    assert rows[-1]["train_loss"] < rows[0]["train_loss"]
    assert is_png(tmp_path / "fashion_mnist.png")


@needs_extras
def test_fashion_mnist_says_where_its_data_belong(tmp_path):
    done = run(EXAMPLES / "fashion_mnist.py", "--out", tmp_path, data=tmp_path / "nothing")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    wanted = tmp_path / "nothing" / "fashion-mnist" / "train-images-idx3-ubyte.gz"
    for words in (str(wanted), "--download", "MINIGRAD_DATA"):
        assert words in done.stderr


@needs_extras
def test_fashion_mnist_names_a_damaged_file(clothes, tmp_path):
    folder = tmp_path / "fashion-mnist"
    folder.mkdir()
    for file in (clothes / "fashion-mnist").iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content[: len(content) // 2])
    done = run(EXAMPLES / "fashion_mnist.py", data=tmp_path)
    assert done.returncode == 1
    assert "ubyte.gz" in done.stderr and "Traceback" not in done.stderr


# ---------------------------------------------------------------------- the rest


@needs_extras
def test_evaluate_is_the_formula_and_restores_the_mode(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from training import evaluate, weight_penalty

    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((50, 4)), generator.integers(0, 3, 50)
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 3, dtype="float64"))
    weight, bias = (p.detach().numpy() for p in model.parameters())
    scores = x @ weight.T + bias
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    model.train()
    loss, accuracy = evaluate(model, TensorDataset(x, y), batch_size=16)
    assert model.training
    assert loss == pytest.approx(-log_p[np.arange(50), y].mean(), rel=1e-12)
    assert accuracy == (scores.argmax(axis=1) == y).mean()

    penalty = weight_penalty(model, 0.5, 0.25).item()
    assert penalty == pytest.approx((0.5 * abs(weight) + 0.25 * weight**2).sum(), rel=1e-12)


def test_own_operation():
    done = run(EXAMPLES / "own_operation.py")
    assert done.returncode == 0, done.stderr
    assert "mish'(x) = tensor([-0.108" in done.stdout
    assert " ok" in done.stdout and "WRONG" not in done.stdout


# ---------------------------------------------------------------------- benchmarks


@pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch to compare with")
def test_explore_training_names_the_worst_layers(tmp_path):
    done = run(EXAMPLES / "explore_training.py")
    assert done.returncode == 0, done.stderr
    worst = dict(re.findall(r"^(\S+): loss(?:.|\n)*?^worst: (.*)$", done.stdout, re.MULTILINE))
    assert list(worst) == [
        *("vanishing", "exploding", "glorot"),
        *("vanishing-batch-norm", "exploding-batch-norm"),
    ]
    assert worst["vanishing"].startswith("0 · Linear: its gradient vanishes")
    assert "its gradient explodes" in worst["exploding"]
    assert not any("vanishes" in worst[n] or "explodes" in worst[n] for n in list(worst)[2:])


def test_the_steps_that_are_timed_are_the_same_steps(tmp_path):
    report = tmp_path / "steps.md"
    net = ["--nets", "3072-50-30-20-20-10-10-10-10-10, batch norm"]
    done = run(BENCHMARKS / "train_step.py", "--rounds", 1, *net, "--markdown", report)
    assert done.returncode == 0, done.stderr
    assert report.read_text() in done.stdout
    (row,) = (line for line in report.read_text().splitlines() if line.startswith("| 3072"))
    assert float(row.split("|")[-2]) < 1e-4
