"""mg.save and mg.load: what comes back, what is refused, and files from strangers."""

from __future__ import annotations

import io
import json
import math
import os
import signal
import stat
import subprocess
import sys
import threading
import zlib
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn, optim
from minigrad.serialization import load_file, save_file
from minigrad.utils.data import DataLoader, TensorDataset

DTYPES = ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary(max_size=8)
)
keys = st.none() | st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())


@st.composite
def arrays(draw):
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.lists(st.integers(0, 3), max_size=3).map(tuple))
    raw = draw(st.binary(min_size=32, max_size=32)) * 30
    array = np.frombuffer(raw, np.uint8)[: math.prod(shape) * dtype.itemsize]
    array = (array % 2 if dtype.kind == "b" else array).view(dtype).reshape(shape)
    kind = draw(st.sampled_from(["array", "scalar", "tensor", "transposed"]))
    if kind == "scalar":
        return array.reshape(-1)[0] if array.size else dtype.type(1)
    if kind == "tensor" and dtype != np.float16:
        return mg.asarray(array.copy())
    return array.copy().T if kind == "transposed" else array.copy()


values = st.recursive(
    scalars | arrays(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=12,
)


def same(a, b) -> bool:
    """Equal bit for bit, in types too."""
    if type(a) is not type(b):
        return False
    if isinstance(a, mg.Tensor):
        return a.requires_grad == b.requires_grad and same(a.numpy(), b.numpy())
    if isinstance(a, np.ndarray | np.generic):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        pairs = zip(a.items(), b.items(), strict=True)
        return len(a) == len(b) and all(same(k, m) and same(v, w) for (k, v), (m, w) in pairs)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)  # nan and -0.0


def through_memory(value):
    buffer = io.BytesIO()
    mg.save(value, buffer)
    buffer.seek(0)
    return mg.load(buffer)


@given(values)
def test_everything_comes_back_bit_for_bit(value) -> None:
    assert same(through_memory(value), value)


def test_kinds_of_their_own() -> None:
    shared = mg.tensor([1.0])
    value = {"a": nn.Parameter([1.0]), "b": mg.tensor([1.0], requires_grad=True)}
    value |= {"frozen": nn.Parameter([1.0], False), "dtype": np.dtype("f4"), "tied": [shared] * 2}
    loaded = through_memory(value)
    assert same({k: v for k, v in loaded.items()}, value)
    assert loaded["tied"][0] is loaded["tied"][1]
    assert through_memory(OrderedDict(a=1)) == {"a": 1}
    assert same(through_memory(np.arange(3, dtype=">i4")), np.arange(3, dtype="i4"))
    assert through_memory({"__metadata__": mg.ones(1), "a": {"b": mg.zeros(1)}, "a.b": mg.ones(2)})[
        "a.b"
    ].shape == (2,)
    recorded = mg.tensor([1.0], requires_grad=True) * 2
    assert through_memory(recorded).is_leaf


def nested(levels: int):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def circle():
    value: list = []
    value.append({"again": value})
    return value


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({"net": nn.Linear(1, 1)}, TypeError, r"save: \['net'\] is a Linear; save its state_dict"),
        ([mg.Generator()], TypeError, r"save: \[0\] is a Generator; save its get_state\(\)"),
        ({"f": [len]}, TypeError, r"save: \['f'\]\[0\] is a builtin_function_or_method; wanted"),
        ({1, 2}, TypeError, "save: the value is a set"),
        (
            {"z": np.zeros(2, complex)},
            TypeError,
            r"\['z'\] is an array of dtype complex128; wanted",
        ),
        ({"o": np.array(["a"])}, TypeError, r"\['o'\] is an array of dtype <U1"),
        (np.ma.masked_array([1.0], [True]), TypeError, "is an array of dtype masked"),
        (np.dtype("c8"), TypeError, "save: the value is a Complex64DType"),
        (circle(), ValueError, r"\[0\]\['again'\] contains itself"),
        (nested(200), ValueError, "more than 100 levels"),
    ],
)
def test_what_is_refused_leaves_the_earlier_file(value, error, words, tmp_path) -> None:
    path = tmp_path / "run.mg"
    mg.save(1, path)
    with pytest.raises(error, match=words):
        mg.save(value, path)
    assert mg.load(path) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_ours_is_a_safetensors_file(tmp_path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    net = nn.Linear(2, 3)
    mg.save({"net": net.state_dict(), "epoch": 3}, tmp_path / "run.mg")
    loaded = safetensors.load_file(tmp_path / "run.mg")
    assert sorted(loaded) == ["net.bias", "net.weight"]
    assert np.array_equal(loaded["net.weight"], net.weight.numpy())
    save_file(net.state_dict(), tmp_path / "a.safetensors")
    safetensors.save_file({"x": np.eye(2), "half": np.ones(1, "f2")}, tmp_path / "b.safetensors")
    assert sorted(mg.load(tmp_path / "a.safetensors")) == ["bias", "weight"]
    with pytest.raises(TypeError, match=r"load: .*b\.safetensors: tensor 'half': .*float16"):
        mg.load(tmp_path / "b.safetensors")


def test_save_file_takes_nested_states_too(tmp_path) -> None:
    path = tmp_path / "adam.safetensors"
    optimizer = trained()[1]
    save_file(optimizer.state_dict(), path, metadata={"epoch": "3"})
    assert same(load_file(path), through_memory(optimizer.state_dict()))
    with pytest.raises(ValueError, match="the name '__metadata__' is the format's own"):
        save_file({"__metadata__": [1.0]}, path)
    with pytest.raises(ValueError, match="the name 'minigrad' is the format's own"):
        save_file({"a": [1.0]}, path, metadata={"minigrad": ""})


# --------------------------------------------------------------------- the file itself


def test_an_old_file_keeps_its_mode_and_a_link_its_target(tmp_path) -> None:
    path, link = tmp_path / "deep" / "run.mg", tmp_path / "latest"
    path.parent.mkdir()
    mg.save(1, path)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    link.symlink_to(path)
    mg.save(2, link)
    assert link.is_symlink()
    assert mg.load(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    dangling = tmp_path / "next"
    dangling.symlink_to(tmp_path / "deep" / "other.mg")
    save_file({"a": [1.0]}, dangling)
    assert dangling.is_symlink()
    assert load_file(tmp_path / "deep" / "other.mg")["a"].item() == 1


def test_places_that_are_no_files(tmp_path) -> None:
    with pytest.raises(IsADirectoryError, match=r"save: .* is a folder"):
        mg.save(1, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"save: there is no folder .*nowhere"):
        mg.save(1, tmp_path / "nowhere" / "a.mg")
    with pytest.raises(FileNotFoundError, match="load: there is no file"):
        mg.load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_what_is_no_regular_file_is_written_to_and_stays(tmp_path) -> None:
    """Of the kind of /dev/null, which a fault here would take away from all that run as root."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        mg.save(1, pipe)
        written = os.read(reader, 1 << 16)
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(os.stat(pipe).st_mode)
    (tmp_path / "one.mg").write_bytes(written)
    assert mg.load(tmp_path / "one.mg") == 1


KILLED = """
import os, sys
import minigrad as mg
os.fsync = lambda handle: (print("half", flush=True), sys.stdin.read())
mg.save({"a": mg.ones(1000)}, sys.argv[1])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_the_temporary_files_of_dead_processes_go_and_those_of_living_stay(tmp_path) -> None:
    path = tmp_path / "run.mg"
    command = [sys.executable, "-c", KILLED, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as dead, subprocess.Popen(command, **pipes) as alive:
        assert dead.stdout.readline() == alive.stdout.readline() == "half\n"
        assert len(list(tmp_path.iterdir())) == 2
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        mg.save(1, path)
        assert len(list(tmp_path.iterdir())) == 2  # the file, and the living one's
        alive.communicate("")
    assert [p.name for p in tmp_path.iterdir()] == ["run.mg"]
    assert mg.load(path)["a"].shape == (1000,)


def test_many_threads_save_to_one_name(tmp_path) -> None:
    path = tmp_path / "run.mg"
    errors = []

    def work(i: int) -> None:
        try:
            for _ in range(5):
                mg.save([i] * 100, path)
                assert len(set(mg.load(path))) == 1
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_the_earlier_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "run.mg"
    mg.save(1, path)

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mg.save(2, path)
    assert mg.load(path) == 1
    assert list(tmp_path.iterdir()) == [path]


class Stream(io.RawIOBase):
    """A file that cannot go back."""

    def __init__(self, content: bytes) -> None:
        self.inner = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self.inner.read(size)


def test_file_objects(tmp_path) -> None:
    buffer = io.BytesIO()
    buffer.write(b"before")
    mg.save({"a": mg.ones(3)}, buffer)
    buffer.seek(6)
    assert mg.load(buffer)["a"].tolist() == [1, 1, 1]
    assert mg.load(Stream(buffer.getvalue()[6:]))["a"].tolist() == [1, 1, 1]
    with (tmp_path / "a").open("wb") as file:
        mg.save([1], file)
    with (tmp_path / "a").open("rb") as file:
        assert mg.load(file, map_location="cpu", weights_only=True) == [1]
    with (
        (tmp_path / "a").open() as file,
        pytest.raises(TypeError, match="open it in the mode 'rb'"),
    ):
        mg.load(file)


# --------------------------------------------------------------------- files from strangers


def packed(header, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(dtype: str, shape: list, *offsets: int) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def tree(value, **arrays) -> bytes:
    text = json.dumps({"version": 1, "tree": value})
    metadata = {"minigrad": text, "minigrad.crc32": str(zlib.crc32(text.encode()))}
    return packed({"__metadata__": metadata, **arrays}, bytes(8))


EIGHT = entry("F8_E4M3", [8], 0, 8)
ONE = entry("F64", [1], 0, 8)
HOSTILE = {
    "nothing": (b"", "0 bytes"),
    "seven bytes": (b"1234567", "7 bytes"),
    "a longer header than file": ((2**40).to_bytes(8, "little") + b"{}", "header should have"),
    "a header of nothing": (packed(b""), "no JSON"),
    "no object": (packed(b"[1]"), "no JSON object"),
    "deep": (packed(b"[" * 100_000), "no JSON"),
    "nan": (packed(b'{"a": NaN}'), "no JSON"),
    "not utf-8": (packed(b'{"\xff": 1}'), "no JSON"),
    "a name twice": (packed(b'{"a": 1, "a": 2}'), "a name comes twice"),
    "no entry": (packed({"a": 1}), "'a' has no dtype"),
    "more in it": (packed({"a": {**ONE, "x": 1}}, bytes(8)), "'a' has no dtype"),
    "a dtype of numbers": (packed({"a": {**ONE, "dtype": 3}}, bytes(8)), "that are none"),
    "negative": (packed({"a": entry("F64", [-1], 0, 8)}, bytes(8)), "that are none"),
    "a bool": (packed({"a": entry("F64", [True], 0, 8)}, bytes(8)), "that are none"),
    "fractions": (packed({"a": entry("F64", [1.0], 0, 8)}, bytes(8)), "that are none"),
    "three offsets": (packed({"a": entry("F64", [1], 0, 8, 8)}, bytes(8)), "'a' lies at"),
    "backwards": (packed({"a": entry("F64", [1], 8, 0)}, bytes(8)), "'a' lies at"),
    "a wrong size": (packed({"a": entry("F64", [2], 0, 8)}, bytes(8)), "has 8 bytes, not 16"),
    "huge": (packed({"a": entry("F64", [2**62, 4], 0, 8)}, bytes(8)), "bytes, not"),
    "beyond the end": (packed({"a": entry("F64", [2], 0, 16)}, bytes(8)), "gap or overlap"),
    "a gap": (packed({"a": entry("F64", [1], 8, 16)}, bytes(16)), "gap or overlap"),
    "an overlap": (packed({"a": ONE, "b": ONE}, bytes(8)), "gap or overlap"),
    "more behind": (packed({"a": ONE}, bytes(9)), "gap or overlap"),
    "zero and absurd": (packed({"a": entry("F64", [0, 2**62, 4], 0, 0)}), "tensor 'a' of shape"),
    "too many axes": (packed({"a": entry("F64", [1] * 99, 0, 8)}, bytes(8)), "tensor 'a' of shape"),
    "metadata of numbers": (packed({"__metadata__": {"a": 1}}), "not text by name"),
    "metadata no object": (packed({"__metadata__": 3}), "not text by name"),
    "no checksum": (packed({"__metadata__": {"minigrad": "{}"}}), "checksum of its tree"),
    "unknown kind": (tree({"module": ["os"]}, a=ONE), "unknown kind 'module'"),
    "unknown text": (tree({"dtype": "O"}, a=ONE), "unknown kind 'dtype'"),
    "two kinds": (tree({"tuple": [], "list": []}, a=ONE), "damaged, or no file of minigrad"),
    "a kind of number": (tree({"dict": 3}, a=ONE), "a dict of int"),
    "a list as a key": (tree({"dict": [[[1], 2]]}, a=ONE), "a list as a key"),
    "no pairs": (tree({"dict": [3]}, a=ONE), "damaged, or no file of minigrad"),
    "another array": (tree({"array": ["b", 0]}, a=ONE), "damaged, or no file of minigrad"),
    "an array of lists": (tree({"array": [["a"], 0]}, a=ONE), "damaged, or no file of minigrad"),
    "a wrong checksum": (tree({"array": ["a", 1]}, a=ONE), "the checksum of 'a' is wrong"),
    "a tensor cut short": (tree({"tensor": ["a", 3421780262]}, a=ONE), "damaged, or no file"),
    "a pickle": (b"\x80\x04K\x01.", "is a pickle, which could run any code"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_from_a_stranger(name, tmp_path) -> None:
    content, words = HOSTILE[name]
    path = tmp_path / "stranger.mg"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        mg.load(path)
    assert str(path) in str(caught.value)
    with pytest.raises(ValueError, match=words):
        mg.load(io.BytesIO(content))


def test_a_dtype_that_we_lack_is_named(tmp_path) -> None:
    path = tmp_path / "eight.safetensors"
    path.write_bytes(packed({"layer.weight": EIGHT}, bytes(8)))
    for load in (mg.load, load_file):
        with pytest.raises(
            TypeError, match=r"eight.*: tensor 'layer.weight' has the dtype F8_E4M3"
        ):
            load(path)


def test_a_later_version_is_said_to_be_one(tmp_path) -> None:
    text = json.dumps({"version": 2, "tree": None})
    metadata = {"minigrad": text, "minigrad.crc32": str(zlib.crc32(text.encode()))}
    with pytest.raises(ValueError, match=r"of version 2 of the format.*update minigrad"):
        mg.load(io.BytesIO(packed({"__metadata__": metadata})))


@given(st.data())
def test_a_damaged_byte_never_goes_unnoticed(data) -> None:
    value = {"a": mg.tensor(np.arange(6.0)), "b": [1, 0.5, "text"], "c": np.arange(3, dtype="i1")}
    buffer = io.BytesIO()
    mg.save(value, buffer)
    content = bytearray(buffer.getvalue())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        loaded = mg.load(io.BytesIO(content))
    except (ValueError, TypeError):
        return
    assert same(loaded, value)  # a name of an array that nobody sees, or a space


# --------------------------------------------------------------------- going on


def trained():
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 2))
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    return net, optimizer, schedule


class Augmented(TensorDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x + 0.1 * mg.randn(3) + float(np.random.rand()), y  # noqa: NPY002


def run(path, stop_at, workers, own, resume=False):
    """Three epochs of training; saved after batch `stop_at`, or resumed from there."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(22, 3)).astype(np.float32), rng.integers(0, 2, 22)
    mg.manual_seed(3)
    net, optimizer, schedule = trained()
    loader = DataLoader(
        Augmented(*data), 4, shuffle=True, num_workers=workers, generator=9 if own else None
    )
    parts = {"net": net, "optimizer": optimizer, "schedule": schedule, "loader": loader}
    begin, losses, count = 0, [], 0
    if resume:
        mg.manual_seed(99)
        state = mg.load(path)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        mg.set_rng_state(state["random"])
        begin, losses, count = state["epoch"], state["losses"], stop_at
    for epoch in range(begin, 3):
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            count += 1
            if count == stop_at and not resume:
                state = {name: part.state_dict() for name, part in parts.items()}
                state |= {"epoch": epoch, "random": mg.get_rng_state(), "losses": losses}
                mg.save(state, path)
    return losses, {name: p.numpy().tobytes() for name, p in net.state_dict().items()}


@pytest.mark.parametrize("stop_at", [1, 5, 6, 9])  # in the first epoch, at its end, in the second
@pytest.mark.parametrize("own", [False, True])
def test_a_checkpoint_restores_a_run_bit_for_bit(stop_at, own, tmp_path) -> None:
    path = tmp_path / "run.mg"
    whole = run(path, stop_at, 0, own)
    assert len(whole[0]) == 18
    assert run(path, stop_at, 0, own, resume=True) == whole


def test_a_checkpoint_with_other_workers(tmp_path) -> None:
    path = tmp_path / "run.mg"
    whole = run(path, 8, 2, False)
    assert run(path, 8, 0, False, resume=True) == whole
    assert run(path, 8, 3, False, resume=True) == whole


def test_a_loader_between_epochs_and_a_state_that_is_none() -> None:
    loader = DataLoader(range(10), 3, shuffle=True, generator=1)
    first = [b.tolist() for b in loader]
    state = through_memory(loader.state_dict())
    second = [b.tolist() for b in loader]
    again = DataLoader(range(10), 3, shuffle=True, generator=1)
    again.load_state_dict(state)
    assert [b.tolist() for b in again] == second != first
    before = again.state_dict()
    for bad in (3, {}, {**state, "position": -1}, {**state, "generators": []}):
        with pytest.raises(ValueError, match="DataLoader: "):
            again.load_state_dict(bad)
    with pytest.raises(ValueError, match="no state of this loader's generators"):
        again.load_state_dict({**state, "generators": [{"bit_generator": "MT19937"}]})
    assert again.state_dict() == before


# --------------------------------------------------------------------- generators


def test_the_state_of_a_generator() -> None:
    generator = mg.Generator().manual_seed(4)
    mg.randint(0, 9, (3,), dtype=np.int32, generator=generator)  # half a word is left over
    state = through_memory(generator.get_state())
    drawn = mg.randint(0, 1000, (9,), dtype=np.int32, generator=generator).tolist()
    other = mg.Generator()
    assert other.set_state(state) is other
    assert mg.randint(0, 1000, (9,), dtype=np.int32, generator=other).tolist() == drawn
    assert other.initial_seed() == 4
    assert other.clone_state().random() == other.random()
    assert mg.Generator().random() == mg.Generator().random()
    assert mg.Generator().seed() != mg.Generator().seed()
    assert isinstance(other, np.random.Generator)
    assert other.device == "cpu"


def test_the_default_generator_has_a_state_too() -> None:
    mg.manual_seed(7)
    state = mg.get_rng_state()
    assert (state.dtype, mg.initial_seed()) == (np.uint8, 7)
    first = mg.rand(3).tolist()
    mg.set_rng_state(state)
    assert mg.rand(3).tolist() == first
    with mg.random.fork_rng():
        mg.seed()
        assert mg.initial_seed() != 7
    assert mg.initial_seed() == 7


def test_a_generator_is_copied_and_sent() -> None:
    import copy
    import pickle

    generator = mg.Generator().manual_seed(8)
    for other in (copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))):
        assert type(other) is mg.Generator
        assert other.get_state().tolist() == generator.get_state().tolist()


def changed_state(at: int, byte: int) -> np.ndarray:
    state = mg.Generator().get_state().numpy().copy()
    state[at] = byte
    return state


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("x", TypeError, "set_state: wanted the uint8 tensor that get_state gave, got str"),
        (np.zeros(48), TypeError, "got float64"),
        (np.zeros(48, np.uint8), ValueError, "these 48 bytes are no state"),
        (np.ones(5056, np.uint8), ValueError, "these 5056 bytes are no state"),
        (changed_state(16, 2), ValueError, "are no state"),  # an even increment
        (changed_state(32, 2), ValueError, "are no state"),  # 0 or 1 halves of a word are left
    ],
)
def test_a_state_that_is_none(state, error, words) -> None:
    before = mg.get_rng_state().tolist()
    with pytest.raises(error, match=words):
        mg.set_rng_state(state)
    assert mg.get_rng_state().tolist() == before


def test_bad_generators() -> None:
    with pytest.raises(ValueError, match="there is no device but 'cpu', got 'cuda'"):
        mg.Generator("cuda")
    for seed, error in ((-1, ValueError), (2**64, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="seed must"):
            mg.Generator().manual_seed(seed)


def test_arrays_of_one_name_are_counted(tmp_path) -> None:
    path = tmp_path / "twice.mg"
    mg.save({"a.b": mg.zeros(1), "a": {"b": mg.ones(1)}}, path)
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert sorted(header.keys() - {"__metadata__"}) == ["a.b", "a.b#2"]
    assert mg.load(path)["a"]["b"].tolist() == [1]


def test_a_net_that_cannot_be_pickled_is_told_so_and_leaves_no_file(tmp_path) -> None:
    class Local(nn.Module):
        pass

    net = nn.Linear(2, 2)
    net.double = lambda x: 2 * x
    for what in (Local(), net):
        with pytest.raises(TypeError, match=r"save: this \w+ cannot be pickled: .*state_dict"):
            mg.save(what, tmp_path / "net.pt")
    assert not [*tmp_path.iterdir()]


def test_a_whole_net(tmp_path) -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).eval()
    path = tmp_path / "net.mg"
    mg.save(net, path)
    with pytest.raises(ValueError, match=r"is a pickle, which could run any code.*weights_only"):
        mg.load(path)
    again = mg.load(path, weights_only=False)
    x = mg.ones(1, 1, 4, 4)
    assert repr(again) == repr(net) and not again.training
    assert again(x).tolist() == net(x).tolist()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"net\.mg cannot be unpickled"):
        mg.load(path, weights_only=False)
