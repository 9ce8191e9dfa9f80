"""There is one process, and code that asks for others is told."""

from __future__ import annotations

import pytest

import minigrad as mg
from minigrad import distributed
from minigrad.nn.parallel import DistributedDataParallel


def test_what_code_asks_first() -> None:
    assert not distributed.is_available() and not distributed.is_initialized()
    distributed.destroy_process_group()


@pytest.mark.parametrize("name", ["init_process_group", "all_reduce", "get_rank", "get_world_size"])
def test_what_needs_others(name: str) -> None:
    with pytest.raises(RuntimeError, match=f"{name}: .*is_initialized"):
        getattr(distributed, name)("nccl")


def test_a_net_is_not_shared_out() -> None:
    with pytest.raises(RuntimeError, match="call the module itself"):
        DistributedDataParallel(mg.nn.Linear(1, 1))


def test_a_share_of_the_samples() -> None:
    from minigrad.utils.data import DistributedSampler

    shares = [DistributedSampler(range(8), 2, rank) for rank in (0, 1)]
    first = [list(share) for share in shares]
    assert sorted(first[0] + first[1]) == list(range(8))
    for share in shares:
        share.set_epoch(1)
    assert [list(share) for share in shares] != first
    with pytest.raises(RuntimeError, match="get_world_size"):
        DistributedSampler(range(8))
    with pytest.raises(ValueError, match="rank: wanted 0 to 1, got 2"):
        DistributedSampler(range(8), 2, 2)


@pytest.mark.parametrize("dtype", [mg.float16, mg.half, mg.bfloat16])
def test_half_precision_is_a_name_alone(dtype: object) -> None:
    assert isinstance(dtype, mg.dtype) and mg.ones(1).dtype != dtype
    for call in (
        lambda: mg.ones(2, dtype=dtype),
        lambda: mg.ones(2).to(dtype),
        lambda: mg.ones(2).type(dtype),
        lambda: mg.nn.Linear(2, 2, dtype=dtype),
        lambda: mg.nn.Linear(2, 2).to(dtype),
        lambda: mg.set_default_dtype(dtype),
        lambda: mg.sum(mg.ones(2), dtype=dtype),
    ):
        with pytest.raises(TypeError, match=r"float16.*(not supported|$)"):
            call()


def test_a_device_is_a_block() -> None:
    with mg.device("cpu") as place:
        assert mg.ones(1).device == place
