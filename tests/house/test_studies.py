"""The studies run, all of them, in a tiny version; and what a study promises its readers holds."""

import csv
import gzip
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg

EXAMPLES = Path(__file__).parents[2] / "examples"
EXTRAS = ("matplotlib", "tqdm", "joblib")

pytestmark = [
    pytest.mark.skipif(not (EXAMPLES / "studies").is_dir(), reason="the studies are not here"),
    pytest.mark.skipif(
        any(find_spec(module) is None for module in EXTRAS),
        reason="needs pip install 'minigrad[examples]'",
    ),
]


def command(*arguments, data=None, expect=0):
    """`python examples/studies ...`, with the minigrad that is tested."""
    paths = [str(Path(mg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, EXAMPLES / "studies", *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "MINIGRAD_DATA": str(data),
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == expect, done.stderr
    return done


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), 1))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Noisy patterns in the formats of the three data sets; CIFAR-10 has a fixed size."""
    root = tmp_path_factory.mktemp("data")
    generator = np.random.default_rng(0)
    for name in ("fashion-mnist", "notmnist"):
        (root / name).mkdir()
        patterns = generator.integers(0, 200, (10, 28, 28))
        for part, size in (("train", 300), ("t10k", 100)):
            labels = generator.integers(0, 10, size)
            images = patterns[labels] + generator.integers(0, 56, (size, 28, 28))
            write_idx(root / name / f"{part}-images-idx3-ubyte.gz", images)
            write_idx(root / name / f"{part}-labels-idx1-ubyte.gz", labels)
    folder = root / "cifar-10-batches-bin"
    folder.mkdir()
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        records = generator.integers(0, 256, (10_000, 3073), np.uint8)
        records[:, 0] %= 10
        records.tofile(folder / f"{name}.bin")
    return root


@pytest.fixture(scope="module")
def tiny(data, tmp_path_factory):
    """All studies, run and reported in the tiniest version: the folder of the results."""
    out = tmp_path_factory.mktemp("runs")
    options = ("--quick", "--samples", 120, "--out", out)
    done = command("run", "all", *options, data=data)
    assert re.search(r"\[1/\d+, \d+:\d\d left\] study1/one-pass", done.stdout)
    command("report", *options, data=data)
    return out


def test_every_run_of_every_study_ends_and_is_listed(tiny, data):
    done = command("list", "--quick", "--samples", 120, "--out", tiny, data=data)
    states = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(states) > 100
    assert set(states) == {"over"}
    assert not list(tiny.rglob("checkpoint.npz")) and not list(tiny.rglob(".*"))


def test_a_run_leaves_its_declaration_its_figures_and_its_epochs(tiny):
    (folder,) = (tiny / "study1").glob("mini-batch-batches-of-512-????????????")
    result = json.loads((folder / "result.json").read_text())
    assert result["declaration"]["hidden"] == [300, 100]
    with (folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[-1]["train_loss"]) == result["figures"]["train_loss"]


def test_the_report_has_every_section_and_its_pictures(tiny):
    text = (tiny / "studies.md").read_text()
    assert "not run yet" not in text and "nan" not in text
    (over, all_of_them) = re.search(r"(\d+) of (\d+) trainings are over", text).groups()
    assert int(over) == int(all_of_them) > 100
    assert [int(n) for n in re.findall(r"^## Study (\d)", text, re.MULTILINE)] == [1, 2, 3, 4, 5]
    assert len(re.findall(r"\*\*(Confirmed|Refuted)\*\*", text)) > 40
    pictures = re.findall(r"!\[.+?\]\((\S+?)\)", text)
    assert len(pictures) == len(set(pictures)) > 25
    for picture in pictures:
        assert (tiny / picture).read_bytes().startswith(b"\x89PNG")


def test_a_report_of_one_section_keeps_the_others(tiny, data, tmp_path):
    page = tmp_path / "studies.md"
    options = ("--quick", "--samples", 120, "--to", page)
    done = command("report", "study1", "--out", tiny, *options, data=data, expect=1)
    assert "is not on the page yet" in done.stderr and not page.exists()
    whole = (tiny / "studies.md").read_text()
    page.write_text(whole)
    command("report", "study1/penalties", "--out", tmp_path / "nothing", *options, data=data)
    text = page.read_text()
    assert text.count("not run yet") > 8
    start, end = whole.index("### 1.6"), whole.index("## Study 2")
    assert whole[whole.index("## Study 1") : start] in text and whole[end:] in text
    command("report", "study1/penalties", "--out", tiny, *options, data=data)
    assert page.read_text() == whole


def test_finished_runs_are_not_repeated(tiny, data):
    options = ("--quick", "--samples", 120, "--out", tiny)
    done = command("run", "study3", *options, data=data)
    assert re.search(r"^(\d+) runs, \1 of them are over already$", done.stdout, re.MULTILINE)
    assert "epoch" not in done.stdout


def test_jobs_give_the_same_figures(tiny, data, tmp_path):
    options = ("--quick", "--samples", 120, "--out", tmp_path)
    command("run", "study1/depth", "--jobs", 2, *options, data=data)
    histories = sorted(tmp_path.rglob("history.csv"))
    assert len(histories) > 4
    for history in histories:
        again = tiny / history.relative_to(tmp_path)
        assert without_seconds(history) == without_seconds(again)


def without_seconds(path):
    return [line.rsplit(",", 1)[0] for line in path.read_text().splitlines()]


def test_a_report_without_results_invents_none(data, tmp_path):
    page = tmp_path / "docs" / "studies.md"
    command("report", "--out", tmp_path / "nothing", "--to", page, data=data)
    text = page.read_text()
    assert "Confirmed" not in text and "Refuted" not in text and "![" not in text
    assert text.count("not run yet") > 100


def test_unknown_names_and_missing_data_are_said(data, tmp_path):
    done = command("run", "study9", "--out", tmp_path, data=data, expect=1)
    assert "nothing is called study9" in done.stderr
    done = command("run", "study1/depth", "--out", tmp_path, data=tmp_path, expect=1)
    assert "notmnist" in done.stderr and "Traceback" not in done.stderr


# ---------------------------------------------------------------------- in this process


@pytest.fixture
def studies(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import studies.trainer

    return studies


class Interrupted(Exception):
    pass


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adam", "lr": 0.001, "dropout": (0.2, 0.4), "l1": 1e-5},
        {"batch_norm": "before", "l2": 1e-3, "cycle": (1e-4, 0.1, 12), "steps": 70},
        {"batch": None, "optimizer": "momentum", "batch_norm": "after"},
    ],
)
def test_an_interrupted_run_goes_on_bit_for_bit(studies, settings, monkeypatch, tmp_path):
    from studies import trainer
    from studies.declare import Run
    from studies.pictures import Parts

    from minigrad.utils.data import TensorDataset

    monkeypatch.setattr(trainer, "SAVE_EVERY", -1.0)
    generator = np.random.default_rng(0)
    parts = Parts(
        *(
            TensorDataset(
                generator.standard_normal((n, 12)).astype("f4"), generator.integers(0, 10, n)
            )
            for n in (200, 50, 50)
        )
    )
    declared = {"data": "fashion-mnist", "validation": 0.1, "hidden": (9, 7), "batch": 16}
    run = Run(**{**declared, "epochs": 6, **settings})

    def say(line):
        if re.match(" +4 ", line):
            raise Interrupted

    whole, parted = tmp_path / "whole", tmp_path / "parted"
    figures = trainer.train(run, parts, whole, "whole", say=None)
    with pytest.raises(Interrupted):
        trainer.train(run, parts, parted, "parted", say)
    mg.manual_seed(99)
    said = []
    again = trainer.train(run, parts, parted, "parted", said.append)
    assert "from epoch 4" in said[0]
    assert {**again, "seconds": 0} == {**figures, "seconds": 0}
    assert without_seconds(parted / "history.csv") == without_seconds(whole / "history.csv")


def test_a_key_stands_for_all_of_a_declaration(studies):
    from studies.declare import Run, key

    run = Run(data="notmnist", validation=0.1, epochs=3)
    others = [run.but(seed=2), run.but(l1=0.1), run.but(hidden=(3,)), run.but(samples=5)]
    assert key(run) == key(run.but(epochs=3))
    assert len({key(each) for each in (run, *others)}) == 5


def test_every_declared_run_is_complete_and_every_reference_is_found(studies):
    from studies.command import STUDIES
    from studies.declare import Run
    from studies.report import find

    for study in STUDIES:
        names = [section.name for section in study.sections]
        assert len(set(names)) == len(names)
        for section in study.sections:
            rows = [row.name for row in section.rows]
            assert len(set(rows)) == len(rows)
            assert bool(rows) != bool(section.experiment)
            runs = [row.run for row in section.rows if isinstance(row.run, Run)]
            assert len(set(runs)) == len(runs)
            for picture in section.pictures:
                assert all(find(study, section, name) for name in picture.rows)
            for claim in section.claims:
                assert find(study, section, claim.more) != find(study, section, claim.less)


def test_the_numerical_gradients_are_of_the_same_net(studies):
    """The NumPy loss is minigrad's, and its differences find a wrong gradient."""
    from studies import gradients
    from studies.declare import Run

    from minigrad.nn import functional as F

    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((20, 6)), generator.integers(0, 10, 20)
    for norm in ("", "before"):
        run = Run(data="cifar-10", validation=0.1, epochs=1, hidden=(12, 11), batch_norm=norm)
        names, parameters, analytic = gradients.gradients(run, x, y)
        model = gradients.build(run, 6).double()
        tensors = [mg.tensor(parameters[name]) for name in names]
        model.load_state_dict(
            dict(zip((n for n, _ in model.named_parameters()), tensors, strict=True)), strict=False
        )
        z = x @ parameters["W1"].T + parameters["b1"]
        ours = F.cross_entropy(model(mg.tensor(x)), mg.tensor(y)).item()
        assert gradients.loss(parameters, z, y, bool(norm))[0] == pytest.approx(ours, rel=1e-13)
        for name in names:
            numerical, smooth = gradients.differences(parameters, x, y, bool(norm), name, 1e-6)
            assert smooth.mean() > 0.9
            assert gradients.errors(analytic[name], numerical, smooth)[0] < 1e-8
            _, smooth = gradients.differences(parameters, x, y, bool(norm), name, 10.0)
            assert smooth.mean() < 0.9 or name == "W3" or name == "b3" or (norm and name[0] == "b")
        wrong = analytic["W1"] * 1.001
        numerical, smooth = gradients.differences(parameters, x, y, bool(norm), "W1", 1e-6)
        assert gradients.errors(wrong, numerical, smooth)[0] > 1e-6


def test_gamma_and_beta_can_undo_batch_norm(studies):
    from hypothesis import given
    from hypothesis import strategies as st
    from studies.lecture import undone

    @given(st.integers(2, 30), st.integers(1, 8), st.floats(-5, 5), st.floats(0.1, 10))
    def check(count, channels, mean, std):
        x = mg.normal(mean, std, (count, channels), dtype="float64", generator=count)
        np.testing.assert_allclose(undone(x).numpy(), x.numpy(), rtol=1e-12, atol=1e-12)

    check()


@pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch to compare with")
def test_peers_fill_their_column(studies, data, tmp_path, monkeypatch):
    from studies import peers
    from studies.declare import Row, Run, Section, Study
    from studies.report import Report
    from studies.store import Store

    monkeypatch.setenv("MINIGRAD_DATA", str(data))
    run = Run(data="notmnist", validation=0.1, hidden=(20,), epochs=2, batch=30, cycle=(0, 0.1, 5))
    run = run.but(batch_norm="before", dropout=0.1, l1=1e-5, l2=1e-4)
    store = Store(tmp_path)
    assert peers.means(store, run, "torch") == ({}, {}, 0)
    peers.train_peers([("here", run)], store)
    theirs, ours = (peers.means(store, run, library) for library in ("torch", "minigrad"))
    assert theirs.figures["test_accuracy"] > 0.5 and ours.figures["test_accuracy"] > 0.5
    assert theirs.seeds == ours.seeds == 3
    three = [
        store.result("peers/minigrad", run.but(seed=seed))["figures"]["test_accuracy"]
        for seed in (101, 102, 103)
    ]
    assert ours.of("test_accuracy") == (
        pytest.approx(np.mean(three)),
        pytest.approx(np.std(three, ddof=1) / np.sqrt(3)),
    )

    section = Section(name="section", title="", rows=(Row("20", run, {"test_accuracy": 0.9}),))
    report = Report(store, None, tmp_path, "")
    table = next(report.table(Study("study", "", "", (section,)), section))
    (row,) = (line for line in table.splitlines() if line.startswith("| 20 |"))
    assert "not run yet" in row
    for mean in (theirs, ours):
        value, error = mean.of("test_accuracy")
        assert f"| {100 * value:.2f} ± {100 * error:.2f} % |" in row.replace("<br>", " | ")
    assert "| 3 |" in row
    value = ours.figures["test_accuracy"] - theirs.figures["test_accuracy"]
    assert f"{100 * value:+.2f}" in row


def test_the_summary_names_what_falls_short(studies):
    from studies.summary import summary

    page = """# A page

### 1.1 Clothes

`python examples/studies run study1/clothes`

| run |  | published | ours | PyTorch's mean | of seeds | difference |
| --- | --- | --- | --- | --- | --- | --- |
| reached (1) | test accuracy<br>loss | 80.00 %<br>– | 78.50 %<br>2 | –<br>– |  | -1.50<br> |
| missed | test accuracy<br>loss | 80.00 %<br>1 | 78.49 %<br>9 | 78.30 ± 0.10 % | 3 | -1.51<br>+8 |
| open | test accuracy<br>loss | 80.00 %<br>– | not run yet | –<br>– |  | <br> |

Settings: data fashion-mnist.

| run | epoch |
| --- | --- |
| reached | 1 |

### 1.2 Letters

`python examples/studies run study1/letters`

| run |  | published | ours | our mean | PyTorch's mean | difference |
| --- | --- | --- | --- | --- | --- | --- |
| like torch | test accuracy | 80.00 % | 70.00 % | 70.00 ± 0.00 % | 71.00 ± 0.00 % | -1.00 |
| unlike torch | test accuracy | 80.00 % | 70.00 % | 70.00 ± 0.00 % | 71.01 ± 0.00 % | -1.01 |
| bare | test accuracy<br>train accuracy | –<br>– | 9<br>9 | 9<br>9 | 9 %<br>99 % | 0<br>-90 |
| no torch | test accuracy | 80.00 % | 70.00 % | – | – |  |

Settings: data notmnist; varied: hidden.
"""
    text = summary(page, 7)
    assert "6 of 7 trainings are over" in text
    assert "1 of 2 accuracies are of Fashion-MNIST and CIFAR-10 within 1.5 points" in text
    assert "2 of 3 accuracies are of notMNIST within 1 point" in text
    named = [line.split(":")[0].strip(" -") for line in text.splitlines() if "accuracy " in line]
    assert named == ["study1/clothes/missed", "study1/letters/unlike torch"]
    assert "78.49 %, published 80.00 %; PyTorch, the mean of 3 seeds: 78.30 ± 0.10 %" in text
    assert "mean test accuracy 70.00 ± 0.00 %, PyTorch's 71.01 ± 0.00 %" in text
