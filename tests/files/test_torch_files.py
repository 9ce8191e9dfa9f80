"""Files of torch.save: what is in them, without running it; and hostile ones."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import tracemalloc
import zipfile
from collections import Counter

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.serialization import torch_files


def archive(program: bytes, *records: bytes, stem: str = "a", **options) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as zipped:
        zipped.writestr(f"{stem}/data.pkl", program)
        zipped.writestr(f"{stem}/byteorder", "little")
        for i, record in enumerate(records):
            zipped.writestr(f"{stem}/data/{i}", record)
    return buffer.getvalue()


class Call:
    """Pickles as a call of whatever is named."""

    def __init__(self, name: str, *arguments) -> None:
        self.name, self.arguments = name, arguments


class Storage:
    def __init__(self, kind: str, key: str, count: int) -> None:
        self.kind, self.key, self.count = kind, key, count


def program(value) -> bytes:
    """A pickle by hand, of what Python's own pickler would refuse to write."""

    def write(value) -> bytes:
        if isinstance(value, Call):
            module, _, name = value.name.rpartition(".")
            return f"c{module}\n{name}\n".encode() + write(value.arguments) + b"R"
        if isinstance(value, Storage):
            kind = f"ctorch\n{value.kind}\n".encode()
            rest = b"".join(map(write, (value.key, "cpu", value.count)))
            return b"(" + write("storage") + kind + rest + b"tQ"
        if isinstance(value, dict):
            items = b"".join(write(k) + write(v) for k, v in value.items())
            return b"}(" + items + b"u"
        if isinstance(value, tuple):
            return b"(" + b"".join(map(write, value)) + b"t"
        return pickle.dumps(value, 2)[2:-1].replace(b"q\x00", b"")

    return b"\x80\x02" + write(value) + b"."


def tensor(size, stride, offset=0, *, kind="FloatStorage", count=4, more=(False, {})) -> Call:
    name = "torch._utils._rebuild_tensor_v2"
    return Call(name, Storage(kind, "0", count), offset, size, stride, *more)


def load(content: bytes):
    return mg.load(io.BytesIO(content))


FOUR = np.arange(4, dtype=np.float32).tobytes()


def test_views_of_one_storage_share_it() -> None:
    value = {"a": tensor((2, 2), (2, 1)), "t": tensor((2, 2), (1, 2)), "last": tensor((), (), 3)}
    value |= {"wide": tensor((3, 2), (0, 1)), "empty": tensor((0, 7), (7, 1), 99)}
    loaded = load(archive(program(value), FOUR))
    assert loaded["a"].tolist() == [[0, 1], [2, 3]]
    assert loaded["t"].tolist() == [[0, 2], [1, 3]]
    assert loaded["last"].item() == 3
    assert loaded["wide"].tolist() == [[0, 1]] * 3
    assert loaded["empty"].shape == (0, 7)
    loaded["a"].numpy()[0, 1] = 7
    assert loaded["t"].tolist() == [[0, 2], [7, 3]]


def test_big_endian_files() -> None:
    value = {"a": tensor((2,), (1,)), "b": tensor((2,), (1,), 2)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("a/data.pkl", program(value))
        zipped.writestr("a/byteorder", "big")
        zipped.writestr("a/data/0", np.arange(4, dtype=">f4").tobytes())
    loaded = load(buffer.getvalue())
    assert (loaded["a"].tolist(), loaded["b"].tolist()) == ([0, 1], [2, 3])


HUGE = 2**62
LIES = {
    "beyond": (tensor((5,), (1,)), r"'w' of shape \(5,\) would reach beyond the 4 elements"),
    "offset": (tensor((2,), (1,), 3), "would reach beyond"),
    "stride": (tensor((2,), (4,)), "would reach beyond"),
    "huge offset": (tensor((1,), (1,), HUGE * 16), "would reach beyond"),
    "huge size": (tensor((HUGE,), (1,)), "would reach beyond"),
    "huge product": (tensor((HUGE, HUGE), (0, 0)), r"'w' of shape"),
    "huge and empty": (tensor((0, HUGE, HUGE), (1, 1, 1)), r"'w' of shape"),
    "negative offset": (tensor((1,), (1,), -1), "would reach beyond"),
    "negative size": (tensor((-1,), (1,)), "negative sizes or strides"),
    "negative stride": (tensor((2,), (-1,), 1), "negative sizes or strides"),
    "other lengths": (tensor((2,), (1, 1)), "damaged"),
    "many axes": (tensor((1,) * 65, (1,) * 65), "more than 64 axes"),
    "fractions": (tensor((1.0,), (1,)), "a float where a int should be"),
    "bools": (tensor((True,), (1,)), "a bool where a int should be"),
    "a lying count": (tensor((4,), (1,), count=5), "has 16 bytes, and should have 20"),
    "a negative count": (tensor((4,), (1,), count=-1), "and should have -4"),
    "no storage": (Call("torch._utils._rebuild_tensor_v2", 3, 0, (1,), (1,)), "a _Storage|Storage"),
    "lazy": (tensor((1,), (1,), more=(False, {}, {"neg": True})), "lazy view"),
    "integers that learn": (tensor((1,), (1,), kind="IntStorage", more=(True, {})), "'w' of shape"),
    "no record": (
        Call("torch._utils._rebuild_tensor_v2", Storage("FloatStorage", "7", 1), 0, (1,), (1,)),
        "no record 'data/7'",
    ),
    "another way out": (
        Call("torch._utils._rebuild_tensor_v2", Storage("FloatStorage", "../x", 1), 0, (1,), (1,)),
        "no record",
    ),
    "no kind of storage": (
        Call("torch._utils._rebuild_tensor_v2", Storage("Tensor", "0", 1), 0, (1,), (1,)),
        "calls torch.Tensor a storage",
    ),
    "os.system": (Call("os.system", "touch stranger"), "it wants os.system, which this reader"),
    "builtins.eval": (Call("builtins.eval", "1"), "it wants builtins.eval"),
    "torch.load": (Call("torch.load", "x"), "it wants torch.load"),
    "numpy": (Call("numpy.core.multiarray.scalar", 1), "it wants numpy.core.multiarray.scalar"),
    "sparse": (
        Call("torch._utils._rebuild_sparse_tensor", 1),
        "wants torch._utils._rebuild_sparse",
    ),
    "a class that is called": (Call("torch.Tensor", 1), "it calls torch.Tensor"),
    "a storage that is called": (Call("torch.FloatStorage", 1), "it calls torch.FloatStorage"),
    "any function in a type": (
        Call("torch._tensor._rebuild_from_type_v2", print, 1, (), {}),
        "it wants builtins.print|it wants __builtin__.print",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_and_code_are_refused(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    value, words = LIES[name]
    path = tmp_path / "stranger.pt"
    path.write_bytes(archive(program({"w": value}), FOUR))
    with pytest.raises(ValueError, match=words) as caught:
        mg.load(path)
    assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


PROGRAMS = {
    "no end": (b"\x80\x02}", "pickle"),
    "an empty stack": (b"\x80\x02.", "damaged"),
    "no mark": (b"\x80\x02t.", "damaged"),
    "nothing at all": (b"", "damaged|no end"),
    "a memo that is not there": (b"\x80\x02h\x05.", "damaged"),
    "a short stack": (b"\x80\x02K\x01\x87.", "takes more from the stack"),
    "a lying text": (b"\x80\x02X\xff\xff\xff\x7fabc.", "damaged"),
    "a lying long text": (b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f" + b".", "damaged"),
    "a lying integer": (b"\x80\x02\x8b\xff\xff\xff\x7f1.", "damaged"),
    "a huge memo": (b"\x80\x02}r\xff\xff\xff\xff0.", "instruction POP"),
    "bytearray": (b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f.", "damaged|BYTEARRAY8"),
    "an instance": (b"\x80\x02(ios\nsystem\n.", "instruction INST"),
    "a new object": (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "instruction NEWOBJ"),
    "an extension": (b"\x80\x02\x82\x01.", "instruction EXT1"),
    "a key that is a list": (b"\x80\x02}](K\x01eK\x01s.", "a list is the key of a dict"),
    "a key of keys": (b"\x80\x02})\x85\x85K\x01s.", "a tuple is the key of a dict"),
    "odd items": (b"\x80\x02}(K\x01u.", "damaged"),
    "attributes of a number": (b"\x80\x02K\x01}b.", "a int where a dict should be"),
    "a class": (b"\x80\x02ctorch\nTensor\n.", "is a class or a storage"),
    "not text": (b"\x80\x02\x93.", "damaged"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_that_no_torch_writes(name) -> None:
    content, words = PROGRAMS[name]
    with pytest.raises(ValueError, match=words):
        load(archive(content))


def test_deep_and_doubled_values_take_little_time_and_memory() -> None:
    deep = b"\x80\x02)" + b"\x85" * 200_000 + b"."
    doubled = b"\x80\x02)" + b"q\x00h\x00\x86" * 60 + b"."
    tracemalloc.start()
    load(archive(deep))
    load(archive(doubled))
    counters = b"\x80\x02}(" + b"".join(b"M" + struct.pack("<H", i) + b"K\x01" for i in range(9999))
    counters += b"uq\x00"
    again = b"ccollections\nCounter\nh\x00\x85R" * 9999
    with pytest.raises(ValueError, match="copies more than it holds"):
        load(archive(counters + again + b"."))
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()


def test_archives_that_no_torch_writes() -> None:
    good = program({"w": tensor((4,), (1,))})
    with pytest.raises(ValueError, match=r"compressed, and torch\.save compresses nothing"):
        load(archive(good, FOUR, compression=zipfile.ZIP_DEFLATED))
    for cut in (1, 30, 200):
        with pytest.raises(ValueError, match="the file object"):
            load(archive(good, FOUR)[:-cut])
    buffer = io.BytesIO()
    np.savez(buffer, a=np.ones(2))
    with pytest.raises(ValueError, match=r"not one of torch\.save"):
        load(buffer.getvalue())
    buffer = io.BytesIO(archive(good, FOUR))
    with zipfile.ZipFile(buffer, "a") as zipped:
        zipped.writestr("a/constants.pkl", b"")
    with pytest.raises(ValueError, match="TorchScript"):
        load(buffer.getvalue())


def test_records_that_say_they_are_longer() -> None:
    content = bytearray(archive(program({"w": tensor((4,), (1,))}), FOUR))
    at = content.rindex(b"PK\x01\x02")  # the last record's line in the table: data/0
    for size in (17, 2**31):
        content[at + 20 : at + 28] = struct.pack("<II", size, size)
        with pytest.raises(ValueError, match="the file object cannot be read"):
            load(bytes(content))


# --------------------------------------------------------------------- files that torch makes


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def through(torch, value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return load(buffer.getvalue())


def plain(value):
    """Tensors of both as dtype, shape and values."""
    if hasattr(value, "detach"):
        array = value.detach().numpy()
        return str(array.dtype), array.shape, array.tolist(), value.requires_grad
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value))
    return value


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_nested_checkpoint(torch, protocol) -> None:
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 2, 5])
    for _ in range(3):
        net(torch.randn(5, 3)).square().mean().backward()
        optimizer.step()
        schedule.step()
    value = {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "random": torch.get_rng_state(),
        "epoch": 7,
        "best": (0.5, None, [True, "text", -(2**70), float("inf")]),
        3: {"a": {"b": [torch.arange(3)]}},
        "parameter": net[0].weight,
    }
    loaded = through(torch, value, pickle_protocol=protocol)
    assert plain(loaded) == plain(value)
    assert isinstance(loaded["schedule"]["milestones"], Counter)
    assert isinstance(loaded["parameter"], nn.Parameter)
    mine = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    mine.load_state_dict(loaded["net"])
    optim.Adam(mine.parameters()).load_state_dict(loaded["optimizer"])
    assert np.array_equal(mine[2].weight.numpy(), net[2].weight.detach().numpy())


def test_every_dtype_and_layout(torch) -> None:
    base = torch.arange(24).reshape(4, 6)
    value = {
        **{str(d): base.to(d) for d in (torch.float32, torch.float64, torch.int8, torch.int16)},
        **{str(d): base.to(d) for d in (torch.int32, torch.int64, torch.uint8, torch.bool)},
        **{str(d): base.to(d) for d in (torch.uint16, torch.uint32, torch.uint64)},
        "transposed": base.T,
        "strided": base[1::2, ::3],
        "expanded": base[:1].expand(5, 6),
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "learnt": torch.ones(2, requires_grad=True),
    }
    assert plain(through(torch, value)) == plain(value)
    device = through(torch, [torch.device("cpu"), torch.float32, torch.Size([2, 3])])
    assert device == ["cpu", np.dtype("f4"), (2, 3)]


def test_tied_tensors_share_memory(torch) -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2))
    loaded = through(torch, {"a": weight, "b": weight, "row": weight.data[1]})
    loaded["b"].numpy()[1, 0] = 5
    assert loaded["a"].tolist() == [[1, 1], [5, 1]]
    assert loaded["row"].tolist() == [5, 1]


def test_the_widths_of_dtypes(torch) -> None:
    ours = {name: np.dtype(code).itemsize for name, code in torch_files.DTYPES.items()}
    for name, width in {**ours, **torch_files.OTHER_DTYPES}.items():
        assert getattr(torch, name).itemsize == width, name


@pytest.mark.parametrize("name", ["bfloat16", "float16", "complex64", "float8_e4m3fn"])
def test_a_dtype_that_we_lack_is_named(torch, name, tmp_path) -> None:
    path = tmp_path / "half.pt"
    torch.save({"layer": {"weight": torch.ones(2).to(getattr(torch, name))}}, path)
    with pytest.raises(TypeError, match=rf"half\.pt: 'layer\.weight' has the dtype {name}"):
        mg.load(path)


def test_what_is_refused(torch, tmp_path) -> None:
    path = tmp_path / "net.pt"
    torch.save(torch.nn.Linear(1, 1), path)
    with pytest.raises(ValueError, match=r"net\.pt.* it wants torch\.nn\.modules\.linear\.Linear"):
        mg.load(path, weights_only=False)
    torch.save(torch.eye(2).to_sparse(), path)
    with pytest.raises(ValueError, match="_rebuild_sparse_tensor"):
        mg.load(path)


def test_every_cut_and_flipped_byte(torch) -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.arange(3.0), "b": [1, "x"]}, buffer)
    content = buffer.getvalue()
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        try:
            load(bytes(damaged))
        except (ValueError, TypeError) as error:
            assert "the file object" in str(error)
    for size in range(0, len(content), 37):
        with pytest.raises(ValueError, match="the file object"):
            load(content[:size])


def test_a_summary_writer_is_only_asked_for_when_it_is_used(monkeypatch: pytest.MonkeyPatch):
    from minigrad.utils import tensorboard

    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="pip install tensorboardX"):
        _ = tensorboard.SummaryWriter
    with pytest.raises(AttributeError, match="Summary"):
        _ = tensorboard.Summary


def test_curves_of_recorded_tensors(tmp_path) -> None:
    pytest.importorskip("tensorboardX")
    from minigrad.utils.tensorboard import SummaryWriter

    x = mg.tensor([1.0, 2.0, 4.0], requires_grad=True)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", (x * x).sum(), 0)
        writer.add_scalars("both", {"one": x.mean(), "other": 2.0}, 1)
        writer.add_histogram("weights", x * 2, 1)
    assert isinstance(writer, SummaryWriter)
    assert b"weights" in b"".join(f.read_bytes() for f in tmp_path.glob("events*"))
