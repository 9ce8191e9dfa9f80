"""The chapters: their links, their pages of the explorer, and one tape at three sizes."""

from __future__ import annotations

import importlib
import re
import runpy

import numpy as np
import pytest
from planted import ROOT

import minigrad as mg
from minigrad.course.chapters import CHAPTERS
from minigrad.course.chapters.batch_norm import WRONG_RULES, example, passing
from minigrad.course.sick import FAULTS, RUNS, sick_run

COURSE = ROOT / "docs" / "course"
TEACHING = COURSE / "teaching.md"
pytestmark = pytest.mark.skipif(not COURSE.is_dir(), reason="the course's text is not here")


def pages():
    return sorted(COURSE.glob("*.md"))


def test_every_chapter_has_its_parts():
    for chapter, (_, title) in CHAPTERS.items():
        text = (COURSE / f"chapter{chapter}.md").read_text("utf-8")
        assert text.startswith(f"# {chapter}. {title}"), chapter
        for part in (
            "**A question first.**",
            "## Exercise",
            "## To read",
            "$$" if chapter != 8 else "$",
        ):
            assert part in text, (chapter, part)
        assert f"python -m minigrad.course check {chapter}" in text
        minutes = int(re.search(r"About (\d+) minutes", text)[1])
        assert 20 <= minutes <= 40
        row = re.search(rf"^\| {chapter} \| (\d+) \| (\d+) \|", TEACHING.read_text("utf-8"), re.M)
        assert int(row[1]) == minutes and abs(int(row[2]) - len(text.split()) / 100) <= 1
        table = (COURSE / "README.md").read_text("utf-8")
        assert re.search(rf"^\| {chapter} \|.*\| {minutes} \|$", table, re.M)


def test_links_lead_to_files_that_exist():
    for page in pages():
        text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (page.parent / link).exists(), (page.name, link)


def test_every_marker_of_the_explorer_has_its_page(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(COURSE))
    views = runpy.run_path(str(COURSE / "views.py"))
    markers = [
        m for p in pages() for m in re.findall(r"<!-- explore: (\w+) -->", p.read_text("utf-8"))
    ]
    assert sorted(markers) == sorted(views["VIEWS"])
    views["main"](tmp_path)
    for name in markers:
        assert (tmp_path / f"{name}.html").read_text("utf-8").startswith("<!doctype html>")


# ---------------------------------------------------------------------- the same tape


def test_the_same_tape_at_three_sizes_gives_equal_gradients():
    """Two layers, tanh(x w + b) v, squared and summed: numbers, arrays, minigrad."""
    scalar, array = (importlib.import_module(f"chapter{k}") for k in (2, 4))
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(s) for s in ((5, 3), (3, 4), (4,), (4, 2), (5, 2))]

    def net(x, w, b, v, target):
        gap = (x @ w + b).tanh() @ v - target
        return (gap * gap).sum()

    tensors = [mg.tensor(a, requires_grad=True) for a in arrays]
    net(*tensors).backward()
    values = [array.Array(a) for a in arrays]
    array.backward(net(*values))
    x, w, b, v, target = (np.vectorize(scalar.Value, otypes=[object])(a) for a in arrays)
    total = scalar.Value(0.0)
    for i in range(5):
        hidden = []
        for j in range(4):
            s = b[j]
            for k in range(3):
                s = s + x[i, k] * w[k, j]
            hidden.append(s.tanh())
        for m in range(2):
            out = scalar.Value(0.0)
            for j in range(4):
                out = out + hidden[j] * v[j, m]
            gap = out - target[i, m]
            total = total + gap * gap
    scalar.backward(total)
    numbers = [np.vectorize(lambda value: value.grad)(a) for a in (x, w, b, v, target)]
    for one, two, three in zip(numbers, values, tensors, strict=True):
        np.testing.assert_allclose(one, two.grad, rtol=1e-12)
        np.testing.assert_allclose(two.grad, three.grad.numpy(), rtol=1e-12)


# ---------------------------------------------------------------------- batch norm, sick runs


@pytest.mark.parametrize("seed", range(5))
def test_six_of_ten_wrong_rules_pass_under_ones_and_none_under_a_random_cotangent(seed):
    x = example(seed)
    assert passing(np.ones_like(x), x) == list(WRONG_RULES)[:6]
    assert passing(np.random.default_rng(seed).standard_normal(x.shape), x) == []


def test_each_sick_run_shows_its_fault_and_the_healthy_one_none():
    runs = {0: sick_run(0)} | {k: sick_run(k) for k in RUNS}
    named = {"": runs[0]} | {fault: runs[k] for k, fault in RUNS.items()}
    assert sorted(RUNS.values()) == sorted(FAULTS)

    def dead(run):
        return max(series[-1] or 0 for series in run.view.record.data["layers"]["dead"])

    def ratio(run):
        return max(
            series[-1] for series in run.view.record.data["parameters"]["ratio"] if series[-1]
        )

    grows = {fault: run.gradients[-1] > 20 * run.gradients[0] for fault, run in named.items()}
    assert [fault for fault, yes in grows.items() if yes] == ["no zero_grad"]
    varies = {fault: len(set(run.accuracies)) > 1 for fault, run in named.items()}
    assert [fault for fault, yes in varies.items() if yes] == ["eval forgotten"]
    small = {fault: max(run.biases) < 0.1 for fault, run in named.items()}
    assert [fault for fault, yes in small.items() if yes] == ["decay on biases"]
    still = {fault: run.losses[0] == run.losses[-1] for fault, run in named.items()}
    assert [fault for fault, yes in still.items() if yes] == ["step before backward"]
    assert named["step before backward"].gradients[-1] > 0
    assert [fault for fault, run in named.items() if dead(run) == 1] == ["dead ReLUs"]
    assert named["dead ReLUs"].gradients[-1] == 0
    assert ratio(runs[0]) < 0.1 and runs[0].losses[-1] < runs[0].losses[0] / 3
    assert "update / weight" in str(runs[0])


def test_a_sick_run_leaves_the_generator_as_it_was():
    mg.manual_seed(1)
    wanted = mg.rand(3).numpy()
    mg.manual_seed(1)
    sick_run(1)
    assert np.array_equal(mg.rand(3).numpy(), wanted)
