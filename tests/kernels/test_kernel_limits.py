"""Shapes on either side of every limit in the C code, where a buffer that is too short would show.

scripts/sanitize.sh runs these under AddressSanitizer, on every path.
"""

import numpy as np
import pytest
from kernel_arrays import DTYPES, assert_within, normal, widen

from minigrad import kernels
from minigrad.kernels import reference


def around(*limits):
    return sorted({n + d for n in limits for d in (-1, 0, 1)})


@pytest.mark.parametrize("dtype", DTYPES)
# FEW_CLASSES is 4 vectors, and ROOM 8 KB of exponentials for 4, 3, 2 rows or 1
@pytest.mark.parametrize("c", around(8, 16, 32, 64, 256, 341, 512, 682, 1024, 2048, 4096))
def test_classes_of_cross_entropy(dtype, c):
    logits, target = normal(c, (7, c), dtype), np.arange(7) % c
    actual = kernels.softmax_cross_entropy(logits, target, reduction="none")
    expected = reference.softmax_cross_entropy(*widen(logits, target), reduction="none")
    for got, wanted in zip(actual[:2], expected[:2], strict=True):
        assert_within(got, wanted, 100 * np.finfo(dtype).eps * (1 + np.abs(wanted)), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_larger_block_of_scratch_after_smaller_ones(dtype):
    """A kept block is lent again only if it is large enough."""
    for c in (8, 9, 64, 65, 1000, 1001, 20_000, 20_001):
        x = normal(c, (5, c), dtype)
        _, mean, _, _ = kernels.batch_norm(x, None, None, 1e-5)
        np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("m", around(6, 12, 14, 18, 56))
@pytest.mark.parametrize(("n", "k"), [(1023, 33), (1024, 33), (1025, 33), (15, 385), (65, 384)])
def test_rows_of_products(dtype, m, n, k):
    """Packed or not: rows whole pages apart, rows askew."""
    a, b = normal(m, (k, m), dtype).T, normal(n, (k, n), dtype)
    bound = 8 * np.finfo(dtype).eps * (np.abs(a).astype(float) @ np.abs(b))
    assert_within(kernels.matmul(a, b), a.astype(float) @ b, bound, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("m", around(6, 14, 56))
@pytest.mark.parametrize("n", [255, 256, 300])
def test_contiguous_rows_whole_pages_apart(dtype, m, n, threads):
    """Packed or not, the same bits on any number of threads, with a bias and ReLU as without."""
    a, b = normal(m, (m, 1024), dtype), normal(n, (n, 1024), dtype)
    bias = normal(1, (n,), dtype)
    bound = 8 * np.finfo(dtype).eps * (np.abs(a).astype(float) @ np.abs(b.T))
    kernels.set_num_threads(1)
    first = kernels.matmul(a, b.T)
    assert_within(first, a.astype(float) @ b.T, bound, dtype)
    np.testing.assert_array_equal(kernels.linear(a, b, bias, True), np.maximum(first + bias, 0))
    kernels.set_num_threads(2)
    np.testing.assert_array_equal(kernels.matmul(a, b.T), first)
