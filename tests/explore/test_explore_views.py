"""The views: what is asked of them, and that all of them say what the record says."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from explore_cases import CASES, add_twice, batch_norm_3, broadcasting, compiled_step, many_step
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

import minigrad as mg
from minigrad import kernels, nn
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tell import watchers
from minigrad.explore.arrays import heat, histogram, json_numbers, statistics
from minigrad.explore.operations import torch_name
from minigrad.explore.record import Record, dense
from minigrad.explore.view import ENDINGS
from minigrad.nn import functional as F
from minigrad.utils.checkpoint import checkpoint

ROOT = Path(__file__).parents[2]


# ---------------------------------------------------------------------- the record as JSON


@pytest.fixture(scope="module", params=[n for n in CASES if n not in ("training", "many_5000")])
def case(request: pytest.FixtureRequest) -> Any:
    before = dict(OPERATIONS)
    yield CASES[request.param]()
    OPERATIONS.clear()
    OPERATIONS.update(before)


def test_json_gives_the_record_again(case: Any) -> None:
    again = Record.from_json(case.to_json())
    assert again.data == json.loads(json.dumps(case.record.data))
    assert list(again.walk()) == list(case.steps())


def test_tables_are_as_documented(case: Any) -> None:
    """Columns of one length, and no index that points outside of its table."""
    data = case.record.data
    text = (ROOT / "docs" / "explore-record.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in data)
    tables = {
        "lines": "file",
        "groups": "name",
        "nodes": "kind",
        "edges": "from",
        "kept": "node",
        "arrays": "shape",
        "values": "array",
        "heats": "array",
        "histograms": "array",
        "steps": "kind",
        "passes": "first",
        "checks": "node",
    }
    length = {}
    for table, full in tables.items():
        length[table] = len(data[table][full])
        for name, column in data[table].items():
            assert f"`{name}`" in text, (table, name)
            if isinstance(column, dict):
                assert column["at"] == sorted(set(column["at"]))
                assert len(column["at"]) == len(column["is"])
            assert len(dense(column, length[table])) == length[table], (table, name)
    length |= {k: len(data[k]) for k in ("operations", "shapes", "dtypes", "files", "sentences")}
    points = {
        "nodes": {
            "operation": "operations",
            "shape": "shapes",
            "dtype": "dtypes",
            "group": "groups",
            "line": "lines",
            "pass": "passes",
            "value": "arrays",
            "gradient": "arrays",
            "grad": "arrays",
            "freed": "steps",
        },
        "edges": {"from": "nodes", "to": "nodes"},
        "kept": {"node": "nodes", "source": "nodes", "shape": "shapes", "dtype": "dtypes"},
        "groups": {"parent": "groups"},
        "arrays": {"shape": "shapes", "dtype": "dtypes"},
        "steps": {
            "node": "nodes",
            "edge": "edges",
            "array": "arrays",
            "term": "arrays",
            "before": "arrays",
            "sentence": "sentences",
        },
        "passes": {"first": "steps", "last": "steps"},
        **{k: {"array": "arrays"} for k in ("values", "heats", "histograms")},
    }
    for table, columns in points.items():
        for name, target in columns.items():
            column = dense(data[table][name], length[table])
            assert all(-1 <= i < length[target] for i in column), (table, name)
    assert all(a < b for a, b in zip(data["edges"]["from"], data["edges"]["to"], strict=True))
    assert all(p < i for i, p in enumerate(data["groups"]["parent"]))


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted format 'minigrad"):
        Record.from_json('{"format": "else", "version": 1}')


FLOATS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=9),
    elements=st.floats(allow_nan=True, allow_infinity=True, width=32),
)


@given(FLOATS)
def test_statistics_are_those_of_the_finite_elements(array: np.ndarray) -> None:
    mean, std, low, high, zeros, nans, infs = (
        float(c[0]) for c in statistics(array.reshape(1, -1))
    )
    finite = array[np.isfinite(array)]
    assert nans == np.isnan(array).sum() and infs == np.isinf(array).sum()
    if array.size:
        assert zeros == (array == 0).mean()
    if finite.size:
        scale = np.abs(finite).max() + 1
        assert_allclose([low, high], [finite.min(), finite.max()])
        assert_allclose(mean / scale, finite.mean() / scale, atol=1e-12)
        assert_allclose(std / scale, finite.std() / scale, atol=1e-7)
    elif array.size > 1:
        assert (mean, std, low, high) == (0, 0, 0, 0)


def test_statistics_of_an_exploding_array_do_not_overflow() -> None:
    big = np.full((1, 4), 3e38, np.float32).astype(np.float64) * [[1, -1, 1, -1]]
    mean, std, *_ = statistics(big)
    assert mean[0] == 0
    assert_allclose(std[0], 3e38, rtol=1e-6)
    assert json_numbers([np.inf, -np.inf, np.nan, 0.1], 3) == ["inf", "-inf", "nan", 0.1]


def test_statistics_of_the_largest_and_the_smallest_numbers() -> None:
    large, small = np.array([1.7e308] * 6), np.array([4e-200, 0, 4e-200, 0])
    assert [float(c[0]) for c in statistics(large[None])][:2] == [1.7e308, 0]
    assert [float(c[0]) for c in statistics(np.array([[np.nan, *large]]))][:2] == [1.7e308, 0]
    assert_allclose([float(c[0]) for c in statistics(small[None])][:2], [2e-200, 2e-200])
    assert json_numbers([np.finfo(np.float64).max], 3) == [np.finfo(np.float64).max]


def test_a_heat_map_has_the_signs_and_sizes_of_the_array() -> None:
    array = np.linspace(-2, 1, 12).reshape(3, 4)
    array[0, 1] = np.nan
    shown = heat(array)
    pixels = np.frombuffer(base64.b64decode(shown["pixels"]), np.int8).reshape(3, 4)
    assert (shown["rows"], shown["columns"], shown["of"], shown["picture"]) == (3, 4, "", 0)
    assert pixels[0, 1] == -128 and shown["scale"] == 2
    finite = np.isfinite(array)
    assert_allclose(pixels[finite] / 127 * 2, array[finite], atol=2 / 127)


def test_large_arrays_show_a_choice_of_rows_and_say_so() -> None:
    shown = heat(np.zeros((500, 10)))
    assert (shown["rows"], shown["columns"]) == (32, 10)
    assert shown["of"] == "32 of 500 rows, 10 of 10 columns"


@pytest.mark.parametrize(
    ("shape", "picture", "rows", "columns", "of"),
    [
        ((8, 1, 28, 28), 1, 56, 56, "the first 4 of 8"),
        ((2, 3, 16, 24), 3, 16, 48, ""),
        ((3, 32, 48), 3, 32, 48, ""),
        ((3, 784), 1, 56, 56, ""),
        ((3072,), 3, 32, 32, ""),
        ((28, 28), 1, 28, 28, ""),
        ((2, 12, 16), 0, 24, 16, ""),  # time and features
        ((4, 4, 4), 0, 16, 4, ""),
    ],
)
def test_what_has_the_shape_of_pictures_is_shown_as_pictures(
    shape: Any, picture: int, rows: int, columns: int, of: str
) -> None:
    array = np.zeros(shape)
    array[0] = 1.0
    shown = heat(array)
    assert (shown["picture"], shown["rows"], shown["columns"]) == (picture, rows, columns)
    assert shown["of"] == of
    pixels = np.frombuffer(base64.b64decode(shown["pixels"]), np.int8)
    assert pixels.size == rows * columns * max(1, picture) and pixels[0] == 127


@given(FLOATS)
def test_a_histogram_counts_every_finite_element(array: np.ndarray) -> None:
    assert sum(histogram(array)["counts"]) == np.isfinite(array).sum()


# ---------------------------------------------------------------------- names, modules, lines


def test_modules_are_groups_and_parameters_have_names() -> None:
    record = batch_norm_3().record
    assert record.groups["path"] == ["", "0", "1", "2", "3", "4", "5", "6"]
    assert record.groups["kind"][:4] == ["Sequential", "Linear", "BatchNorm1d", "ReLU"]
    assert record.groups["name"][0] == "net"
    assert record.groups["parent"] == [-1] + [0] * 7
    like = record.groups["like"]
    assert like[1] == like[4] and like[2] == like[5] and like[1] != like[2]
    names = {n for n, kind in zip(record.nodes["name"], record.nodes["kind"], strict=True) if kind}
    assert names == {"x", "y"} | {f"{i}.{p}" for i in (0, 1, 3, 4, 6) for p in ("weight", "bias")}
    weight = record.nodes["name"].index("3.weight")
    assert record.groups["path"][record.nodes["group"][weight]] == "3"


def test_a_fused_linear_and_relu_is_one_operation_of_both() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))
    with mg.explore() as view:
        net(mg.randn(4, 3)).sum().backward()
    record = view.record
    fused = [i for i, f in enumerate(record.groups["fused"]) if f]
    assert [record.groups["name"][i] for i in fused] == ["0, 1"]
    assert [record.groups["kind"][i] for i in fused] == ["Linear + ReLU"]
    inside = [i for i, group in enumerate(record.nodes["group"]) if group == fused[0]]
    assert [record.operation(i) for i in inside if record.operation(i)] == ["linear"]
    assert any("relu=True" in record.nodes["settings"][i] for i in inside)


def test_a_module_called_twice_is_two_groups() -> None:
    layer = nn.Linear(3, 3)
    with mg.explore() as view:
        y = layer(mg.tanh(layer(mg.randn(2, 3))))
        y.sum().backward()
    groups = view.record.groups
    assert groups["call"] == [0, 1] and groups["kind"] == ["Linear", "Linear"]
    assert "Linear, call 2" in str(view)
    assert view.record.nodes["name"].count("weight") == 1


def test_two_networks_keep_their_parameters_apart() -> None:
    encoder, decoder = nn.Linear(3, 2), nn.Linear(2, 3)
    with mg.explore() as view:
        decoder(encoder(mg.randn(2, 3))).sum().backward()
    names = set(view.record.nodes["name"])
    assert {"encoder.weight", "decoder.weight", "encoder.bias", "decoder.bias"} <= names
    assert view.record.groups["name"] == ["encoder", "decoder"]


def test_shared_memory_is_one_block() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with mg.explore() as view:
        y = mg.exp(x)
        (y * x + y / 2.0).sum().backward()
    kept = view.record.kept
    of = {
        (view.record.label(n), name): b
        for n, name, b in zip(*map(kept.get, ("node", "name", "block")), strict=True)
    }
    assert of["y", "out"] == of["multiply#1", "x1"] != of["multiply#1", "x2"]
    assert all(size == 8 for size in kept["bytes"])


def test_the_caller_names_lists_and_dicts_of_leaves() -> None:
    weights = [mg.tensor(1.0, requires_grad=True) for _ in range(2)]
    scale = {"k": mg.tensor(2.0, requires_grad=True)}
    with mg.explore() as view:
        (weights[0] * weights[1] * scale["k"]).backward()
    assert {"weights[0]", "weights[1]", "scale['k']"} <= set(view.record.nodes["name"])


# ---------------------------------------------------------------------- sentences


def said(view: Any) -> list[str]:
    return [step.sentence for step in view.steps()]


def test_the_sentences_of_a_product() -> None:
    a = mg.tensor(3.0, requires_grad=True)
    b = mg.tensor(0.5, requires_grad=True)
    with mg.explore() as view:
        c = a * b
        c.backward()
    assert said(view) == [
        "c = multiply(a, b): 3 * 0.5 = 1.5",
        "the backward pass begins: c receives 1",
        "multiply (c) has all of its gradient: 1",
        "its rule for x1: g * x2 = 1 * 0.5 = 0.5",
        "its rule for x2: g * x1 = 1 * 3 = 3",
        "a receives its first term: 0.5",
        "b receives its first term: 3",
        "freed: 8 bytes of kept arrays",
        "a.grad: was None, becomes 0.5",
        "b.grad: was None, becomes 3",
    ]


def test_the_line_is_the_caller_s_for_every_module_within() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 2), nn.Sigmoid()))
    x = mg.ones(2, 3)
    with mg.explore() as view:
        net(x)
    record = view.record
    lines = [record.nodes["line"][i] for i in range(len(record.inputs)) if record.operation(i)]
    assert lines == [0] * 4 and record.data["lines"]["text"] == ["net(x)"]


def test_what_is_kept_twice_is_memory_once() -> None:
    a = mg.tensor(3.0, requires_grad=True)
    with mg.explore() as view:
        (a * a).backward()
    assert sorted(view.record.kept["name"]) == ["x1", "x2"]
    assert "freed: 4 bytes of kept arrays" in said(view)


def test_un_broadcasting_and_a_cast_are_said() -> None:
    x = mg.tensor(np.ones((32, 10)), requires_grad=True)
    b = mg.tensor(np.ones(10, np.float32), requires_grad=True)
    with mg.explore() as view:
        (x + b).sum().backward()
    assert "un-broadcast: summed over axis 0, (32, 10) to (10,); cast: float64 to float32" in said(
        view
    )
    assert any(s.startswith("its rule for x2: g, (32, 10)") for s in said(view))


def test_a_view_of_a_large_graph_says_it_without_numbers() -> None:
    x = mg.tensor(0.5, requires_grad=True)
    with mg.explore(level="light") as view:
        t = x
        for _ in range(1100):
            t = mg.sin(t)
        t.backward()
    sentences = view.record.data["sentences"]
    assert len(sentences) < 20
    assert "sin has all of its gradient: a number" in sentences


def test_times_on_demand_run_everything_again_without_a_trace() -> None:
    mg.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    x = mg.randn(8, 3)
    results = []
    for times in (False, True):
        mg.manual_seed(1)
        net.zero_grad()
        net[1].reset_running_stats()
        with mg.explore(times=times) as view:
            y = mg.concat([net(x), x], 1)
            (y * y).sum().backward()
        results.append([net[0].weight.grad.numpy(), net[1].running_mean.numpy().copy(), y.numpy()])
        made = [i for i, kind in enumerate(view.record.nodes["kind"]) if not kind]
        for column in ("forward_ns", "backward_ns"):
            assert all((view.record.nodes[column][i] > 0) == times for i in made)
    for a, b in zip(*results, strict=True):
        assert_allclose(a, b, rtol=0)


def test_what_a_function_of_autograd_does_is_not_run_again() -> None:
    calls = []

    class Double(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            calls.append("forward")
            return x * 2.0

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            calls.append("backward")
            return g * 2.0

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with mg.explore(times=True) as view:
        y = checkpoint(mg.exp, Double.apply(x), use_reentrant=False)
        y.sum().backward()
    assert calls == ["forward", "backward"]
    times = enumerate(view.record.nodes["forward_ns"])
    timed = {view.record.operation(i) for i, ns in times if ns > 0}
    assert timed == {"sum", "exp"}


def test_a_hook_on_a_leaf_is_seen_in_its_grad() -> None:
    a = mg.tensor(3.0, requires_grad=True)
    a.register_hook(lambda g: g * 10.0)
    with mg.explore() as view:
        (a * 2.0).backward()
    assert said(view)[-1] == "a.grad: was None, becomes 20 (a hook made that of 2)"


def test_a_hook_on_a_result_is_said() -> None:
    a = mg.tensor(3.0, requires_grad=True)
    with mg.explore() as view:
        b = a * a
        b.register_hook(lambda g: g + 1)
        b.register_hook(lambda g: None)
        b.backward()
    assert "multiply (b) has all of its gradient: 1; a hook makes it 2" in said(view)


def test_modules_of_a_list_that_runs_by_itself_are_named_after_it() -> None:
    layers = nn.ModuleList([nn.Linear(3, 3), nn.Sequential(nn.Linear(3, 2))])
    h = mg.ones(2, 3)
    with mg.explore() as view:
        for layer in layers:
            h = layer(h)
        h.sum().backward()
    record = view.record
    assert record.groups["name"] == ["layers.0", "layers.1", "0"]
    assert {"layers.0.weight", "layers.1.0.bias"} <= set(record.nodes["name"])


WEIGHT = mg.ones(2, requires_grad=True)


class Point(NamedTuple):
    x: Any


class Model:
    """Parameters and modules as people keep them who write no module."""

    def __init__(self) -> None:
        self.bias = mg.zeros(2, requires_grad=True)
        self.net = nn.Linear(2, 2)


def named(record: Record) -> set[str]:
    kinds = zip(record.nodes["kind"], record.nodes["name"], strict=True)
    return {name for kind, name in kinds if kind == 1}


def test_leaves_are_named_through_lists_dicts_objects_and_globals() -> None:
    params = [(mg.ones(2, requires_grad=True), 3.0), {"gain": mg.ones(2, requires_grad=True)}]
    model = Model()
    point = Point(mg.ones(2, requires_grad=True))

    def forward(x: Any) -> Any:
        (w, _), layer = params
        x = model.net(x * w) + model.bias
        return (x * layer["gain"] * WEIGHT * point.x).sum()  # type: ignore[index]

    with mg.explore() as view:
        forward(mg.ones(3, 2)).backward()
    found = {"params[0][0]", "params[1]['gain']", "model.bias", "WEIGHT", "point.x"}
    assert named(view.record) == found | {"weight", "bias"}
    assert view.record.groups["name"] == ["model.net"]


def test_what_a_notebook_remembers_gives_no_names() -> None:
    w = mg.ones(2, requires_grad=True)
    space: dict[str, Any] = {"Out": {5: w}, "get_ipython": None, "mg": mg, "w": w}
    exec("with mg.explore() as view:\n    (w * 2).sum().backward()", space)
    assert named(space["view"].record) == {"w"}


def test_a_method_of_a_module_names_its_parts_as_the_module_does() -> None:
    class Autoencoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down, self.up = nn.Linear(4, 2), nn.Linear(2, 4)

        def encode(self, x: Any) -> Any:
            return mg.tanh(self.down(x))

    model, other = Autoencoder(), nn.Linear(4, 1)
    x = mg.ones(3, 4)
    with mg.explore() as view:
        code = model.encode(x)
        code.sum().backward()
    assert view.record.groups["name"] == ["down"]
    assert named(view.record) == {"down.weight", "down.bias"}
    with mg.explore() as view:
        other(model.up(model.encode(x))).sum().backward()
    assert view.record.groups["name"] == ["model.down", "model.up", "other"]
    assert {"model.down.weight", "model.up.bias", "other.weight"} < named(view.record)


def test_what_a_module_makes_is_in_it_and_what_it_is_given_is_not() -> None:
    class Masked(nn.Module):
        def forward(self, x: Any, w: Any) -> Any:
            mask = mg.tril(mg.ones(2, 2))
            return x * w * mask

    net, x, w = Masked(), mg.ones(2, 2), mg.ones(2, 2, requires_grad=True)
    with mg.explore() as view:
        net(x, w).sum().backward()
    nodes = view.record.nodes
    groups = dict(zip(nodes["name"], nodes["group"], strict=True))
    assert groups["mask"] == 0 and groups["x"] == -1 and groups["w"] == -1


def test_modules_with_something_between_them_are_no_repetition() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return x + self.second(mg.tanh(self.first(x)))

    net = nn.Sequential(Block(), Block(), Block())
    with mg.explore() as view:
        net(mg.ones(2, 3)).sum().backward()
    text = str(view)
    assert "0 · Block  ×3" in text and "×2" not in text
    assert re.search(r"linear#2 = linear\(tanh#1, 0.second.weight", text)


def test_a_sum_of_hundreds_is_written_in_one_line() -> None:
    xs = [mg.tensor(float(i), requires_grad=True) for i in range(300)]
    with mg.explore() as view:
        mg.stack(xs).sum().backward()
    call = "stack(xs[0], xs[1], xs[2], … 296 more …, xs[299], axis=0)"
    assert call in str(view) and next(iter(view.steps())).sentence.startswith(call)


# ---------------------------------------------------------------------- the other views


def test_the_text_names_every_node_with_its_gradient() -> None:
    text = str(broadcasting())
    assert re.search(r"^y = multiply\(x, w\) +\(2, 3\) float32", text, re.MULTILINE)
    assert re.search(
        r"^    w +\(3,\) float32 +\[1, -2, 0.5\] +gradient \[5, 7, 9\]", text, re.MULTILINE
    )


def test_dot_and_mermaid_have_every_node_and_edge(case: Any) -> None:
    record = case.record
    dot, mermaid = case.to_dot(), case.to_mermaid()
    for node in range(len(record.inputs)):
        assert len(re.findall(rf"^ *n{node} \[label=", dot, re.MULTILINE)) == 1
        assert len(re.findall(rf"^ *n{node}\W", mermaid, re.MULTILINE)) >= 1
    count = len(record.edges["from"])
    assert dot.count(" -> ") == count and mermaid.count("-->") == count
    assert dot.count("{") == dot.count("}")
    assert dot.count("subgraph") == mermaid.count("subgraph") == len(record.groups["name"])


def test_boxes_of_the_picture_hold_their_text_and_do_not_overlap(case: Any) -> None:
    root = ElementTree.fromstring(case.to_svg())
    space = "{http://www.w3.org/2000/svg}"
    boxes = [
        tuple(float(r.get(k, 0)) for k in ("x", "y", "width", "height"))
        for r in root.findall(f"{space}rect")
    ][1:]
    assert len(boxes) == len(case.record.inputs)
    for i, (x, y, w, h) in enumerate(boxes):
        assert x >= 0 and x + w <= float(root.get("width", 0))
        for x2, y2, w2, h2 in boxes[:i]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    texts = root.findall(f"{space}text")
    assert all(len(t.text or "") * 7.2 <= max(w for _, _, w, _ in boxes) for t in texts)
    assert len(root.findall(f"{space}path")) == len(case.record.edges["from"])


def test_saving_by_the_ending(tmp_path: Path) -> None:
    view = broadcasting()
    assert view.save(tmp_path / "a.json").read_text(encoding="utf-8") == view.to_json()
    assert view.save(str(tmp_path / "a.svg")).read_text(encoding="utf-8").startswith("<svg")
    assert view.save(tmp_path / "a.txt").read_text(encoding="utf-8") == str(view)
    with pytest.raises(ValueError, match="save: wanted a name that ends in"):
        view.save(tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_name_that_utf8_has_not_is_saved_and_a_failure_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = mg.ones(2, requires_grad=True)
    held = {"\ud800": a * 2.0}
    view = mg.explore(held["\ud800"])
    for ending in ENDINGS:
        path = view.save(tmp_path / f"a{ending}")
        assert path.read_text(encoding="utf-8")
    assert "\\ud800" in (tmp_path / "a.txt").read_text(encoding="utf-8")

    def broken(data: bytes, *args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("minigrad.serialization.files.os.fsync", broken)
    with pytest.raises(OSError, match="no space"):
        add_twice().save(tmp_path / "a.txt")
    assert "\\ud800" in (tmp_path / "a.txt").read_text(encoding="utf-8")


def test_the_page_holds_the_record_and_needs_no_network(tmp_path: Path) -> None:
    pytest.importorskip("minigrad.explore.html", reason="the page is not here")
    view = broadcasting()
    page = view.save(tmp_path / "a.html").read_text(encoding="utf-8")
    held = re.search(r'<script type="application/gzip" id="record">(.*?)</script>', page, re.DOTALL)
    assert held and gzip.decompress(base64.b64decode(held[1])).decode() == view.to_json()
    outside = r"""(?:src|href)=["']?https?:|@import|url\(["']?https?:|fetch\("""
    assert not re.search(outside, page)
    frame = view._repr_html_()
    assert frame.startswith("<iframe ") and "srcdoc=" in frame and frame.count("<") == 2


def test_show_opens_a_page_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    path = broadcasting().show()
    assert opened == [path.as_uri()] and path.suffix == ".html" and path.is_file()


def test_the_first_value_that_is_not_finite_is_named() -> None:
    x = mg.tensor([0.0, 1.0], requires_grad=True)
    with np.errstate(all="ignore"), mg.explore() as view:
        y = mg.log(x)
        (y * x).sum().backward()
    assert "the first NaN or infinity, step 0: y = log(x)" in str(view)
    assert broadcasting().record.not_finite() == -1


def test_a_block_is_watched_once() -> None:
    with mg.explore() as view:
        pass
    assert repr(view) == "<explored 'nothing was recorded': 0 nodes, 0 steps>"
    assert "nothing that requires a gradient was run" in str(view)
    assert not watchers
    with pytest.raises(RuntimeError, match="has watched already"), view:
        pass
    with mg.explore() as unread:  # nor a second time where nobody has looked yet
        mg.ones(1, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match="has watched already"), unread:
        pass
    assert len(unread.record.nodes["kind"]) == 2


def test_the_block_closes_after_an_error() -> None:
    with pytest.raises(KeyError), mg.explore():
        raise KeyError("x")
    assert not watchers


def test_a_view_inside_the_block_shows_what_has_happened() -> None:
    x = mg.tensor(2.0, requires_grad=True)
    with mg.explore() as view:
        y = x * 3.0
        assert len(list(view.steps())) == 1
        y.backward()
    assert len(list(view.steps())) > 1


# ---------------------------------------------------------------------- a function, a tensor


def test_a_function_with_gradcheck_for_each_input() -> None:
    x = mg.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    view = mg.explore(lambda a, b: a * b, x, np.array([1.0, -1.0, 2.0]))
    record = view.record
    checks = record.data["checks"]
    assert [record.nodes["name"][i] for i in checks["node"]] == ["a", "b"]
    assert checks["passed"] == [1, 1] and max(checks["relative"]) < 1e-6
    assert x.grad is None
    assert "gradcheck: relative error" in str(view)


def test_a_wrong_rule_shows_in_the_check() -> None:
    before = dict(OPERATIONS)

    @mg.operation
    def cube(x: Any) -> Any:
        return x * x * x

    @cube.gradient("x")
    def _(g: Any, x: Any) -> Any:
        return g * 2 * x * x

    view = mg.explore(cube, [1.0, 2.0])
    OPERATIONS.clear()
    OPERATIONS.update(before)
    checks = view.record.data["checks"]
    assert checks["passed"] == [0] and "by the rules" in checks["worst"][0]
    assert "WRONG" in str(view)


def test_a_function_that_fails_gives_a_partial_view() -> None:
    view = mg.explore(lambda a: mg.exp(a).reshape((7,)), [1.0, 2.0])
    assert view.record.data["error"]["type"] == "ValueError"
    assert [s.kind for s in view.steps()] == ["forward", "error"]


def test_several_outputs_are_one_pass() -> None:
    view = mg.explore(lambda x: ((y := mg.exp(x)) * y, y * 2), 0.0)
    assert view.record.data["error"] is None and len(view.record.data["passes"]["first"]) == 1
    assert view.record.data["checks"]["passed"] == [1]


@pytest.mark.parametrize("given", [(1.0, 2.0), ()])
def test_a_call_with_too_many_or_too_few_arguments_is_part_of_the_view(given: Any) -> None:
    view = mg.explore(lambda x: x * 2, *given)
    assert view.record.data["error"]["type"] == "TypeError"
    assert "positional argument" in str(view)


def test_a_function_that_is_random_is_explored_without_a_check() -> None:
    view = mg.explore(lambda a: a * mg.rand(3), [1.0, 2.0, 3.0])
    assert view.record.data["checks"]["node"] == []
    assert "deterministic" in view.record.data["lacks"][0]


def test_a_module_is_a_function() -> None:
    view = mg.explore(nn.Linear(3, 2), np.ones((4, 3), np.float32))
    assert view.record.groups["kind"] == ["Linear"]
    assert "weight" in view.record.nodes["name"]


def test_a_function_that_runs_its_own_backward_pass() -> None:
    """It is run once, as it is: a training step is no function to differentiate again."""
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    calls = []

    def step(x: Any) -> Any:
        calls.append(x)
        loss = (w * x).sum()
        loss.backward()
        return loss

    view = mg.explore(step, [3.0, 4.0])
    data = view.record.data
    assert len(calls) == 1 and data["error"] is None and len(data["passes"]["first"]) == 1
    assert data["checks"]["node"] == [] and "runs a backward pass itself" in data["lacks"][0]
    assert w.grad is not None and w.grad.tolist() == [3.0, 4.0]


# ---------------------------------------------------------------------- a compiled function


def test_a_compiled_step_shows_its_program() -> None:
    view = compiled_step()
    data = view.record.data
    (program,) = data["programs"]
    table = program["instructions"]
    assert program["name"] == "train_step" and {"linear", "exp"} <= set(table["name"])
    assert list(view.steps()) and data["error"] is None
    assert "the program of train_step" in str(view)
    assert all(line in str(view) for line in program["lines"])
    if getattr(kernels, "_native", None) is None:
        return  # nothing runs in C
    became = dict(zip(table["name"], table["became"], strict=True))
    assert became["exp"].startswith("in Python: ")
    assert "gemm with relu" in table["became"]
    assert became["gradient of cross_entropy"].startswith("no call: %")
    assert became["Optimizer.zero_grad"].startswith("done at first")
    assert became["Optimizer.step"] == "at the end: 4 × sgd"
    lines = [line for line in program["lines"] if line.startswith("  ")]
    in_python = sum("   in Python: " in line for line in lines)
    assert in_python == sum(b.startswith("in Python") for b in table["became"])


def test_buffers_that_share_memory_do_not_live_at_once() -> None:
    if getattr(kernels, "_native", None) is None:
        pytest.skip("without the compiled kernels nothing is planned")
    b = compiled_step().record.data["programs"][0]["buffers"]
    shared = [i for i, at in enumerate(b["at"]) if at >= 0]
    assert len(shared) > 2
    for k, i in enumerate(shared):
        for j in shared[:k]:
            apart = b["at"][i] + b["bytes"][i] <= b["at"][j]
            apart = apart or b["at"][j] + b["bytes"][j] <= b["at"][i]
            assert apart or b["to"][i] < b["from"][j] or b["to"][j] < b["from"][i]


def test_a_program_alone() -> None:
    @mg.compile
    def double(x: Any) -> Any:
        return x * 2

    view = mg.explore(double, [1.0])
    assert view.record.data["programs"] == []
    assert "the program of double: there is none yet" in view.record.data["lacks"][0]
    double(mg.ones(3))
    view = mg.explore(double)
    assert view.record.data["kind"] == "program" and "multiply" in str(view)
    assert repr(view) == "<explored 'the program of double'>"
    assert Record.from_json(view.to_json()).data == view.record.data
    with pytest.raises(RuntimeError, match="a program has no graph; explore a call"):
        view.to_svg()
    alone = mg.explore(double.program)
    assert alone.record.data["programs"][0]["lines"] == view.record.data["programs"][0]["lines"]


def test_a_program_that_is_not_replayed_says_why() -> None:
    @mg.compile
    def some(x: Any) -> Any:
        return x[x > 0] * 2

    for _ in range(2):
        some(mg.ones(3))
    assert "not replayed, the function runs as it stands: " in str(mg.explore(some))


def test_a_tensor_afterwards() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    x = mg.randn(4, 3)
    loss = F.mse_loss(net(x), mg.zeros((4, 2)))
    view = mg.explore(loss)
    record = view.record
    assert record.data["kind"] == "structure" and list(view.steps()) == []
    assert "with mg.explore() as view" in record.data["lacks"][0]
    assert {"0.weight", "0.bias", "loss"} <= set(record.nodes["name"])
    assert sum(record.kept["bytes"]) > 0
    assert all(
        v < 0 for v, k in zip(record.nodes["value"], record.nodes["kind"], strict=True) if not k
    )
    loss.backward()
    assert any("freed" in lack for lack in mg.explore(loss).record.data["lacks"])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mg.explore(3), TypeError, "wanted a function, a tensor or nothing, got int"),
        (lambda: mg.explore(mg.tensor(1.0)), RuntimeError, "this tensor has no graph"),
        (lambda: mg.explore(level="some"), ValueError, "level must be one of"),
        (lambda: mg.explore(every=0), ValueError, "every must be a whole number of at least 1"),
        (lambda: mg.explore(every=2.5), ValueError, "every must be a whole number of at least 1"),
        (lambda: mg.explore(mg.exp, every=5), TypeError, "every is for a block"),
        (lambda: mg.explore(None, 1), TypeError, "wanted a function or a tensor first"),
        (lambda: mg.explore(mg.tensor(1.0), 1), TypeError, "explored alone"),
        (lambda: mg.explore(every=5, levl="light"), TypeError, "a block alone, got .*levl"),
        (lambda: mg.explore(every=5, level="some"), ValueError, "level must be one of"),
        (lambda: mg.explore(every=5, times=True), TypeError, "times is for one step"),
        (lambda: mg.explore(times=3), TypeError, "times: wanted True or False, got 3"),
        (lambda: mg.explore(mg.tensor(1.0), times=True), TypeError, "times is for what runs"),
        (lambda: mg.explore(lambda: 3.0), TypeError, "has to return a tensor or a tuple"),
    ],
)
def test_bad_arguments(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


# ---------------------------------------------------------------------- scripts


def explore_script(tmp_path: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "lesson.py"
    script.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "minigrad.explore", *options, str(script), "7"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])},
        timeout=120,
    )


LESSON = """
import sys
import minigrad as mg

a = mg.tensor(float(sys.argv[1]), requires_grad=True)
for k in range(3):
    a.grad = None
    loss = a * float(k)
    loss.backward()
"""


def test_the_last_pass_of_a_script(tmp_path: Path) -> None:
    done = explore_script(tmp_path, LESSON, "--out", "a.json")
    assert done.returncode == 0, done.stderr
    record = Record.from_json((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert record.nodes["name"] == ["a", "loss"]
    assert record.nodes["settings"][1] == "x2=2.0"
    assert record.data["lines"]["text"] == ["loss = a * float(k)"]
    assert len(record.data["passes"]["first"]) == 1
    done = explore_script(tmp_path, LESSON, "--first", "2", "--out", "b.json")
    record = Record.from_json((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert record.nodes["settings"][1] == "x2=1.0"


def test_a_script_that_fails_half_way(tmp_path: Path) -> None:
    done = explore_script(tmp_path, LESSON + "b = a * 2\nb + [1, 2, [3]]\n", "--out", "a.json")
    assert done.returncode == 1 and "ended by" in done.stderr
    record = Record.from_json((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert record.data["error"] and "lesson.py:" in record.data["error"]["message"]


def test_a_script_without_a_pass(tmp_path: Path) -> None:
    done = explore_script(tmp_path, "print('hello')\n", "--out", "a.json")
    assert done.returncode == 1 and "no backward pass was run" in done.stderr
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("end", "code"), [("sys.exit(3)", 3), ("sys.exit('no')", 1), ("raise KeyboardInterrupt", 130)]
)
def test_a_script_that_ends_itself_keeps_its_exit_code(tmp_path: Path, end: str, code: int) -> None:
    done = explore_script(tmp_path, f"{LESSON}b = a * 9.0\n{end}\n", "--out", "a.json")
    assert done.returncode == code, done.stderr
    record = Record.from_json((tmp_path / "a.json").read_text(encoding="utf-8"))
    interrupted = code == 130  # the last whole pass is looked at
    assert (record.data["error"] is None) == interrupted
    assert ("x2=9.0" in record.nodes["settings"]) != interrupted


def test_a_file_that_cannot_be_written_is_refused_before_the_script_runs(tmp_path: Path) -> None:
    for out, words in (("a.gif", "ends in"), ("no/a.html", "no folder 'no'")):
        done = explore_script(tmp_path, "print('ran')\n", "--out", out)
        assert done.returncode == 2 and words in done.stderr and "ran" not in done.stdout


def test_a_pass_within_a_pass_ends_no_pass_of_a_script(tmp_path: Path) -> None:
    done = explore_script(tmp_path, CHECKPOINTED, "--out", "a.json")
    assert done.returncode == 0, done.stderr
    record = Record.from_json((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert record.data["title"].startswith("loss") and len(record.data["passes"]["first"]) == 3


def test_a_script_by_autograd_grad_alone_has_passes_too(tmp_path: Path) -> None:
    text = LESSON.replace("loss.backward()", "mg.autograd.grad(loss, a)")
    done = explore_script(tmp_path, text, "--first", "2", "--out", "a.json")
    assert done.returncode == 0, done.stderr
    record = Record.from_json((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert record.nodes["settings"] == ["", "x2=1.0"]


CHECKPOINTED = """
import minigrad as mg
from minigrad.utils.checkpoint import checkpoint

w = mg.ones(2, requires_grad=True)
for k in range(2):
    y = checkpoint(mg.sin, checkpoint(mg.tanh, w * 2.0) * 3.0)
    loss = y.sum()
    loss.backward()
"""


# ---------------------------------------------------------------------- size, packaging


def test_a_graph_of_5000_nodes_stays_small() -> None:
    step = many_step()
    with mg.explore(level="light") as view:
        step()
    record = view.record
    assert len(record.inputs) > 4900
    assert len(view.to_json()) < 1_700_000
    text = str(view)
    assert "0 · Gated  ×310" in text and text.count("\n") < 60
    like = [
        n for n, p in zip(record.groups["like"], record.groups["parent"], strict=True) if p == 0
    ]
    assert len(set(like[:310])) == 1


def test_the_page_s_modules_share_one_scope() -> None:
    """They are put together into one: no name may be declared twice."""
    folder = Path(mg.__file__).parent / "explore" / "page"
    pattern = re.compile(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", re.M)
    names = [n for f in folder.glob("*.js") for n in pattern.findall(f.read_text("utf-8"))]
    assert len(names) > 50 and sorted(set(names)) == sorted(names)


def test_assets_are_named_in_package_data() -> None:
    project, folder = ROOT / "pyproject.toml", ROOT / "minigrad" / "explore"
    if not project.is_file():
        pytest.skip("the sources are not here")
    patterns = tomllib.loads(project.read_text())["tool"]["setuptools"]["package-data"]
    named = {path for pattern in patterns["minigrad.explore"] for path in folder.glob(pattern)}
    wanted = {path for path in (folder / "page").rglob("*") if path.is_file()}
    assert wanted and wanted <= named


def test_pytorch_has_every_name_that_is_said_to_be_its() -> None:
    torch = pytest.importorskip("torch")
    known = 0
    for operation in OPERATIONS.values():
        name = torch_name(operation)
        if name:
            place: Any = torch
            for part in name.split(".")[1:]:
                place = getattr(place, part)
            known += 1
    assert known > 80
