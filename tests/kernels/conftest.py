from collections.abc import Iterator

import pytest
from kernel_arrays import PATHS

from minigrad.kernels import _native, config, set_num_threads


@pytest.fixture(scope="module", params=PATHS, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every test of a kernel runs on every instruction set that this machine has."""
    before = config()["cpu"]
    _native._use_cpu(request.param)
    yield request.param
    _native._use_cpu(before)


@pytest.fixture
def threads() -> Iterator[None]:
    """Puts the number of threads back."""
    before = config()["threads"]
    yield
    set_num_threads(before)
