"""The examples run as a reader runs them, and say what they promise."""

import csv
import functools
import gzip
import os
import re
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.utils.data import TensorDataset

EXAMPLES = Path(__file__).parents[2] / "examples"
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


@needs_extras
def test_from_scratch_finds_the_boundary(tmp_path):
    done = run(EXAMPLES / "from_scratch.py", "--out", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    scores = table(done.stdout)
    assert scores["train"][1] >= 0.99 and scores["test"][1] >= 0.97
    assert scores["train"][0] < scores["test"][0] < 0.1
    assert "2000/2000 steps" in done.stderr
    assert is_png(tmp_path / "new" / "from_scratch.png")
    text = (EXAMPLES / "from_scratch.py").read_text()
    assert ".nn" not in text and "optim" not in text.split('"""')[2]


@needs_extras
def test_characters_three_ways(tmp_path):
    options = ("--net-steps", 300, "--gpt-steps", 30, "--out", tmp_path / "new")
    done = run(EXAMPLES / "characters", *options)
    assert done.returncode == 0, done.stderr
    number = r" +([\d.]+(?:e-\d+)?)"
    by_hand = re.findall(rf"^(\w+) +[\d,]+{number}{number}$", done.stdout, re.MULTILINE)
    assert len(by_hand) == 6
    assert all(float(off) < 1e-5 * float(largest) for _, largest, off in by_hand)
    rows = re.findall(rf"^(\w+) +[\d,]+{number}{number}{number}$", done.stdout, re.MULTILINE)
    losses = {name: float(validation) for name, _, validation, _ in rows}
    assert losses["net"] < losses["pairs"] < 2.7 and losses["GPT"] < 3
    assert "300/300 steps" in done.stderr and "30/30 steps" in done.stderr
    assert is_png(tmp_path / "new" / "characters.png")


def with_torch(name):
    """A module of an example, whose import lines say torch for minigrad."""
    text = (EXAMPLES / name).read_text()
    theirs = re.sub(r"^(import|from) minigrad", r"\1 torch", text, flags=re.MULTILINE)
    module = types.ModuleType(f"torch_{Path(name).stem}")
    exec(compile(theirs, name, "exec"), vars(module))
    return module


@pytest.fixture
def torch(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return pytest.importorskip("torch")


def characters(batch, generator):
    from characters.words import sequences

    lengths = generator.integers(1, 12, batch)
    return sequences(["".join(generator.choice(list("aeiouxyz"), n)) for n in lengths])


@needs_extras
def test_the_net_by_hand_is_pytorchs(torch):
    from characters import by_hand
    from characters.words import OVER, contexts

    theirs = with_torch("characters/by_hand.py")
    mg.manual_seed(0)
    generator = np.random.default_rng(0)
    ours = by_hand.parameters()
    peers = {name: torch.tensor(value.numpy()) for name, value in ours.items()}
    for _ in range(20):
        x, y = characters(20, generator)
        x, y = contexts(x, by_hand.CONTEXT)[y != OVER], y[y != OVER]
        losses = []
        for module, library, p in ((by_hand, mg, ours), (theirs, torch, peers)):
            scores, kept = module.forward(p, library.tensor(x))
            losses.append(module.F.cross_entropy(scores, library.tensor(y)).item())
            gradients = module.backward(p, library.tensor(x), library.tensor(y), scores, kept)
            for parameter, g in gradients.items():
                p[parameter] -= 0.5 * g
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for name, value in ours.items():
        np.testing.assert_allclose(value.numpy(), peers[name].numpy(), rtol=1e-3, atol=1e-5)


@needs_extras
def test_the_gpt_is_pytorchs(torch):
    from characters import gpt
    from training import updates

    theirs = with_torch("characters/gpt.py")
    mg.manual_seed(0)
    ours, peer = gpt.GPT(16, 2, 2, dropout=0.0), theirs.GPT(16, 2, 2, dropout=0.0)
    peer.load_state_dict({k: torch.tensor(v.numpy()) for k, v in ours.state_dict().items()})
    generator = np.random.default_rng(0)
    batches = [characters(16, generator) for _ in range(15)]
    losses = []
    for module, library, model in ((gpt, mg, ours), (theirs, torch, peer)):
        optimizer = library.optim.AdamW(model.parameters(), lr=0.01)
        drawn = ((library.tensor(x), library.tensor(y)) for x, y in batches)
        training = updates(model, optimizer, drawn, module.cross_entropy)
        losses.append([loss.item() for loss in training])
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert losses[0][-1] < losses[0][0] - 0.5


@needs_extras
def test_physics_learns_from_the_law(tmp_path):
    done = run(EXAMPLES / "physics.py", "--steps", 150, "--out", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    errors = re.findall(r"^(\d\.\d\d) +([\d.]+) %$", done.stdout, re.MULTILINE)
    assert [t for t, _ in errors] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    assert [float(error) < 60 for _, error in errors] == [True] * 5 and float(errors[0][1]) < 0.01
    first, last = re.search(r"residual: ([\d.]+) at first, ([\d.]+)", done.stdout).groups()
    assert float(last) < 0.7 * float(first)
    assert "150/150 steps" in done.stderr
    assert is_png(tmp_path / "new" / "physics.png")


@needs_extras
def test_the_net_that_obeys_a_law_is_pytorchs(torch):
    import physics
    from training import updates

    theirs = with_torch("physics.py")
    mg.manual_seed(0)
    ours, peer = physics.Solution(), theirs.Solution()
    peer.load_state_dict({k: torch.tensor(v.numpy()) for k, v in ours.state_dict().items()})
    losses = []
    for module, library, solution in ((physics, mg, ours), (theirs, torch, peer)):
        optimizer = library.optim.Adam(solution.parameters(), lr=0.005)
        places = module.points(15, 100, np.random.default_rng(0))
        law = functools.partial(module.residual, solution)
        training = updates(law, optimizer, places, library.nn.functional.mse_loss)
        losses.append([loss.item() for loss in training])
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert losses[0][-1] < losses[0][0]


@needs_extras
def test_the_exact_solution_obeys_the_law(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import physics

    t, x = np.full(9, 0.2), np.linspace(-0.9, 0.9, 9)
    h = 1e-4
    u = physics.exact(t, x)
    by_t = (physics.exact(t + h, x) - physics.exact(t - h, x)) / (2 * h)
    right, left = physics.exact(t, x + h), physics.exact(t, x - h)
    curvature = (right - 2 * u + left) / h**2
    law = by_t + u * (right - left) / (2 * h) - physics.VISCOSITY * curvature
    np.testing.assert_allclose(law, 0, atol=1e-5)
    np.testing.assert_allclose(physics.exact(0 * t, x), -np.sin(np.pi * x), rtol=1e-9)


def test_own_operation():
    done = run(EXAMPLES / "own_operation.py")
    assert done.returncode == 0, done.stderr
    assert "mish'(x) = tensor([-0.108" in done.stdout
    assert " ok" in done.stdout and "WRONG" not in done.stdout


def test_explore_training_names_the_worst_layers(tmp_path):
    done = run(EXAMPLES / "explore_training.py")
    assert done.returncode == 0, done.stderr
    worst = dict(re.findall(r"^(\S+): loss(?:.|\n)*?^worst: (.*)$", done.stdout, re.MULTILINE))
    assert list(worst) == [
        "vanishing",
        "exploding",
        "glorot",
        "vanishing-batch-norm",
        "exploding-batch-norm",
    ]
    assert worst["vanishing"].startswith("0 · Linear: its gradient vanishes")
    assert "its gradient explodes" in worst["exploding"]
    assert not any("vanishes" in worst[n] or "explodes" in worst[n] for n in list(worst)[2:])


# ---------------------------------------------------------------------- benchmarks


def test_the_steps_that_are_timed_are_the_same_steps(tmp_path):
    pytest.importorskip("torch")
    report = tmp_path / "steps.md"
    net = ["--nets", "3072-50-30-20-20-10-10-10-10-10, batch norm"]
    done = run(BENCHMARKS / "train_step.py", "--rounds", 1, *net, "--markdown", report)
    assert done.returncode == 0, done.stderr
    assert report.read_text() in done.stdout
    (row,) = (line for line in report.read_text().splitlines() if line.startswith("| 3072"))
    assert float(row.split("|")[-2]) < 1e-4
