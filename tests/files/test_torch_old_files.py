"""Files of `torch.save` from before PyTorch 1.6."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.serialization import torch_old_files

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def old(value: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def test_what_is_in_them_comes_back() -> None:
    whole = torch.arange(6.0, dtype=torch.float64)
    state = {
        "a": torch.tensor(RNG.normal(size=(2, 3))),
        "b": torch.arange(5)[1:4],
        "c": torch.tensor([True, False]),
        "d": [whole, whole.view(2, 3).T, torch.nn.Parameter(torch.ones(2))],
        "e": (1, 2.5, "text", None, torch.empty(0, 3), torch.tensor(2.5, requires_grad=True)),
    }
    got = mg.load(io.BytesIO(old(state)))
    for name in "abc":
        np.testing.assert_array_equal(got[name].numpy(), state[name].numpy())
        assert str(got[name].dtype) in str(state[name].dtype)
    assert got["d"][1].tolist() == state["d"][1].tolist()
    got["d"][0][1] = 50.0
    assert got["d"][1].tolist()[1][0] == 50  # one storage
    assert isinstance(got["d"][2], mg.nn.Parameter)
    assert got["e"][:4] == state["e"][:4] and got["e"][4].shape == (0, 3)
    assert got["e"][5].requires_grad and got["e"][5].item() == 2.5


def test_a_module_and_an_optimizer() -> None:
    theirs = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    ours = mg.nn.Sequential(mg.nn.Conv2d(1, 2, 3), mg.nn.BatchNorm2d(2))
    ours.load_state_dict(mg.load(io.BytesIO(old(theirs.state_dict()))))
    np.testing.assert_array_equal(ours[0].weight.numpy(), theirs[0].weight.detach().numpy())


def test_a_part_of_a_storage_is_refused() -> None:
    """A sixth item of a reference says which part; None that there is none."""
    content = old(torch.arange(3.0))
    place = content.rindex(b"Ntq")  # None, the end of the tuple, its number in the memo
    with pytest.raises(ValueError, match="a part of a storage"):
        mg.load(io.BytesIO(content[:place] + b"K" + content[place:]))


def test_every_cut_and_flipped_byte() -> None:
    content = old({"a": torch.arange(3.0), "b": [1, "x"]})
    for n in range(1, len(content)):
        with pytest.raises(ValueError):
            mg.load(io.BytesIO(content[:n]))
        flipped = bytearray(content)
        flipped[n] ^= 1 << n % 8
        try:
            mg.load(io.BytesIO(bytes(flipped)))
        except (ValueError, TypeError):
            pass


class Runs:
    def __reduce__(self) -> Any:
        return print, ("this ran",)


def test_a_file_from_a_stranger(capsys: pytest.CaptureFixture[str]) -> None:
    head = [pickle.dumps(v, 2) for v in (torch_old_files.MAGIC, 1001, {"little_endian": True})]
    assert head[0] == torch_old_files.BEGINS
    ending = pickle.dumps([], 2)
    other = pickle.dumps({"little_endian": False}, 2)
    for parts, words in (
        ([*head, pickle.dumps(Runs(), 2), ending], "it wants .*print"),
        ([*head[:2], other, pickle.dumps({}, 2), ending], "bytes in another order"),
        ([head[0], pickle.dumps(1002, 2), head[2]], "not one of torch.save"),
        ([*head, pickle.dumps({}, 2), pickle.dumps(["0"], 2)], "not those that it wants"),
    ):
        with pytest.raises(ValueError, match=words):
            mg.load(io.BytesIO(b"".join(parts)))
    assert not capsys.readouterr().out
    content = old({"a": torch.arange(3.0)})
    much = content.replace(b"K\x03N", b"J\xff\xff\xff\x7fN")
    assert much != content
    with pytest.raises(ValueError, match="more bytes than the file"):
        mg.load(io.BytesIO(much))
    with pytest.raises(TypeError, match="'a' has the dtype bfloat16"):
        mg.load(io.BytesIO(old({"a": torch.ones(2, dtype=torch.bfloat16)})))
