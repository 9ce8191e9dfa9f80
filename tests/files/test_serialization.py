"""States on disk: they come back as they were, and damaged files are said to be so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.serialization import load_file, save_file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.safetensors"


def test_everything_comes_back(path):
    rng = np.random.default_rng(0)
    state = {
        "scalar": mg.tensor(np.array(3.5)),
        "count": np.array(7),
        "mask": np.array([True, False]),
        "empty": np.zeros((0, 3), np.float32),
        "transposed": rng.normal(size=(3, 4)).T,
        "strided": rng.normal(size=(6, 6)).astype(np.float32)[::2, ::-3],
        "list": [1.0, 2.0],
        "learnt": nn.Parameter(rng.normal(size=5)),
    }
    save_file(state, path, metadata={"epoch": "3"})
    loaded = load_file(str(path))
    assert list(loaded) == sorted(state)
    for name, tensor in loaded.items():
        wanted = mg.asarray(state[name])
        assert not tensor.requires_grad
        assert tensor.dtype == wanted.dtype
        assert tensor.shape == wanted.shape
        assert np.array_equal(tensor.numpy(), wanted.numpy())
    from safetensors import safe_open

    with safe_open(path, framework="np") as file:
        assert file.metadata() == {"epoch": "3"}
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_network_comes_back(path):
    make = lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))  # noqa: E731
    net, other = make(), make()
    net(mg.tensor(np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)))
    save_file(net.state_dict(), path)
    other.load_state_dict(load_file(path))
    x = mg.tensor([[1.0, 2.0, 3.0]])
    assert np.array_equal(net.eval()(x).numpy(), other.eval()(x).numpy())


def test_a_failed_save_leaves_the_earlier_file(path):
    save_file({"a": [1.0]}, path)
    before = path.read_bytes()
    for state, error, words in [
        ({"a": np.array(["text"])}, TypeError, "save_file: 'a': wanted numbers"),
        ({"a": np.zeros(2, complex)}, TypeError, "save_file: 'a'.*complex"),
        ({1: [1.0]}, TypeError, "save_file: names must be text, got int"),
    ]:
        with pytest.raises(error, match=words):
            save_file(state, path)
    with pytest.raises(TypeError):  # the package itself refuses, after the file was opened
        save_file({"a": [2.0]}, path, metadata={"epoch": 3})
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_files_that_are_not_there(path):
    with pytest.raises(
        FileNotFoundError, match=r"load_file: there is no file .*state\.safetensors"
    ):
        load_file(path)
    with pytest.raises(FileNotFoundError, match="load_file: there is no file"):
        load_file(path.parent)
    with pytest.raises(FileNotFoundError, match=r"save_file: there is no folder .*nowhere"):
        save_file({"a": [1.0]}, path.parent / "nowhere" / "a.safetensors")


@pytest.mark.parametrize("cut", [0, 5, 20, -3])
def test_a_file_cut_short(path, cut):
    save_file({"weight": np.arange(20.0)}, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"state\.safetensors is no complete safetensors file"):
        load_file(path)


def test_a_file_of_another_format(path):
    path.write_bytes(b"PK\x03\x04 this is another format altogether, of some length")
    with pytest.raises(ValueError, match=r"state\.safetensors is no complete safetensors file"):
        load_file(path)


def test_a_file_of_dtypes_that_are_not_ours(path):
    from safetensors.numpy import save_file as save_any

    save_any({"half": np.zeros(3, np.float16)}, path)
    with pytest.raises(TypeError, match=r"load_file: .*state\.safetensors: .*float16"):
        load_file(path)


def test_a_bool_is_0_or_1_whatever_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_file({"x": mg.tensor([True, False, True])}, path)
    content = path.read_bytes()
    path.write_bytes(content[:-3] + b"\x02\x00\xff")
    x = load_file(path)["x"]
    assert (x == mg.tensor([True, False, True])).all() and x.numpy().tobytes() == b"\x01\x00\x01"


def test_values_that_are_made_when_they_are_asked_for(path):
    class Made(Mapping):
        def __getitem__(self, key):
            return mg.full((2,), float(key))

        def __iter__(self):
            return iter("1234")

        def __len__(self):
            return 4

    mg.save(Made(), path)
    assert {k: t.tolist() for k, t in mg.load(path).items()} == {k: [float(k)] * 2 for k in "1234"}


def test_a_name_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"save_file: .*ud800.* cannot be written as UTF-8"):
        save_file({"\ud800": mg.ones(1)}, tmp_path / "a")
    assert not [*tmp_path.iterdir()]


def test_errors_of_the_system_name_the_function_and_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"save_file: .*aaa"):
        save_file({"a": mg.ones(1)}, tmp_path / ("a" * 300))
    with pytest.raises(FileNotFoundError, match=r"load_file: there is no file .*is a folder"):
        load_file(tmp_path)
