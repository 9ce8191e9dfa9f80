"""Softmax cross-entropy against its twin: labels, probabilities, weights, smoothing, extremes."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_arrays import DTYPES, assert_within, dtypes, normal, widen
from layouts import lay_out, layouts, seeds

from minigrad import kernels
from minigrad.kernels import reference

classes = st.sampled_from([1, 2, 3, 4, 7, 8, 10, 15, 16, 17, 33, 100])
batches = st.sampled_from([0, 1, 5, 33])
LABEL_TYPES = (np.int64, np.int32, np.int8, np.uint8, np.uint64)


@st.composite
def problems(draw):
    """(logits, target, weight, ignore_index, label_smoothing)."""
    n, c, dtype, seed = draw(batches), draw(classes), draw(dtypes), draw(seeds)
    layout = draw(layouts)
    rng = np.random.default_rng(seed)
    logits = normal(seed, (n, c), dtype, layout, scale=draw(st.sampled_from([1e-3, 1.0, 30.0])))
    ignore_index = -100
    if draw(st.booleans()):
        target = rng.integers(0, c, n).astype(draw(st.sampled_from(LABEL_TYPES)))
        if draw(st.booleans()):
            ignore_index = int(rng.integers(0, c))
        elif n and target.dtype.kind == "i":
            target[rng.integers(0, n)] = ignore_index
        target = target if layout == "misaligned" else lay_out(target, layout)
    else:
        target = lay_out(rng.random((n, c)).astype(dtype), layout)
    weight = lay_out(rng.random(c).astype(dtype), layout) if draw(st.booleans()) else None
    smoothing = draw(st.sampled_from([0.0, 0.1, 1.0]))
    return logits, target, weight, ignore_index, smoothing


def scales(logits, target, weight, ignore_index, smoothing):
    """sum |t| of every row, and 1 + |x_c - max x|: the errors of e^x grow with |x|."""
    n, c = logits.shape
    t = reference.target_rows((n, c), np.dtype(np.float64), target, weight, ignore_index, smoothing)
    depth = 1 + logits.max(axis=1, keepdims=True, initial=-np.inf) - logits
    return np.abs(t), depth.astype(np.float64)


@given(problems())
def test_losses_and_gradient(problem):
    arguments = problem
    logits, target, weight, ignore_index, _ = arguments
    dtype, eps = logits.dtype, np.finfo(logits.dtype).eps
    wide = widen(*arguments)
    losses, d, _ = kernels.softmax_cross_entropy(*arguments, "none")
    wide_losses, wide_d, _ = reference.softmax_cross_entropy(*wide, "none")
    t, depth = scales(*arguments)
    loss_bound = 8 * eps * (t * (depth + np.log(logits.shape[1]))).sum(axis=1)
    assert_within(losses, wide_losses, loss_bound, dtype)
    # p = (d + t) / sum(t); its error grows with the depth. What is below the normal numbers may
    # become 0.
    total = t.sum(axis=1, keepdims=True)
    bound = 4 * eps * (depth * np.abs(wide_d + t) + total + t) + np.finfo(dtype).tiny
    if target.ndim == 1:
        bound = np.where((target == ignore_index)[:, None], 0, bound)
    assert_within(d, wide_d, bound, dtype)
    for reduction in ("sum", "mean"):
        wide_loss, wide_d, wide_share = reference.softmax_cross_entropy(*wide, reduction)
        divisor, kept = 1.0, target
        if reduction == "mean":
            kept = target[target != ignore_index] if target.ndim == 1 else target
            weighted = weight is not None and target.ndim == 1
            divisor = float(weight[kept].sum(dtype=np.float64)) if weighted else len(kept)
        loss, d, share = kernels.softmax_cross_entropy(*arguments, reduction)
        nothing = np.nan if len(kept) else 0.0  # of labels that weigh nothing, 0 / 0
        wanted = 1 / divisor if divisor else nothing
        np.testing.assert_allclose([share, wide_share], wanted, rtol=1e-6)
        if divisor == 0:
            assert np.isnan(loss) and np.isnan(wide_loss)
            np.testing.assert_array_equal(d, wide_d)
            rest = target[:, None] != ignore_index if target.ndim == 1 else True
            assert np.array_equal(np.isnan(d), np.broadcast_to(rest, d.shape))
            continue
        assert loss.dtype == dtype
        error = loss_bound.sum() + 8 * eps * np.abs(wide_losses).sum()
        assert abs(loss - wide_loss) <= error / divisor
        assert_within(d, wide_d, 2 * bound / divisor, dtype)
        alone, nothing, _ = kernels.softmax_cross_entropy(*arguments, reduction, False)
        assert nothing is None
        np.testing.assert_array_equal(alone, loss)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_mean_of_labels_that_weigh_nothing_hides_no_nan(dtype, smoothing):
    logits, target = normal(0, (3, 4), dtype), np.array([1, -100, 1])
    given = logits, target, np.array([1, 0, 1, 1], dtype), -100, smoothing, "mean"
    for function in (kernels.softmax_cross_entropy, reference.softmax_cross_entropy):
        loss, d, _ = function(*given)
        assert np.isnan(loss) and np.isnan(d[[0, 2]]).all() and not d[1].any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("c", [3, 10, 40])
def test_huge_logits_give_finite_losses(dtype, c):
    huge = np.finfo(dtype).max / 4
    logits = np.full((4, c), -huge, dtype)
    logits[0, 1] = huge
    logits[1] = huge
    logits[3, 2] = -20000
    target = np.array([1, 0, 2, 2])
    losses, d, _ = kernels.softmax_cross_entropy(logits, target, reduction="none")
    np.testing.assert_allclose(losses, [0, np.log(c), np.log(c), 0], rtol=1e-6)
    np.testing.assert_allclose(d.sum(axis=1), 0, atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_underflow_of_the_target_probability(dtype):
    """-log(softmax) would be infinite here."""
    logits = np.array([[0, -200, 5]], dtype) * (1 if dtype == np.float32 else 10)
    loss, *_ = kernels.softmax_cross_entropy(logits, np.array([1]))
    expected, *_ = reference.softmax_cross_entropy(logits.astype(np.float64), np.array([1]))
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    assert np.isfinite(loss)


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinities_and_nan_in_logits(dtype):
    logits = normal(1, (6, 10), dtype)
    logits[0, 3] = -np.inf  # a forbidden class beside the label
    logits[1, 4] = -np.inf  # the label itself is forbidden
    logits[2, 5] = np.nan
    logits[3, 6] = np.inf
    logits[4] = np.nan  # an ignored row
    target = np.array([0, 4, 0, 0, -100, 2])
    losses, d, _ = kernels.softmax_cross_entropy(logits, target, reduction="none")
    assert np.isfinite(losses[0]) and d[0, 3] == 0
    assert losses[1] == np.inf and d[1, 4] == -1
    assert np.isnan(losses[2]) and np.isnan(d[2]).all()
    assert np.isnan(losses[3])
    assert losses[4] == 0 and np.isfinite(losses[5])
    np.testing.assert_array_equal(d[4], 0)
    assert np.isfinite(d[5]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_times_infinity_and_targets_that_add_up_to_zero(dtype):
    """As the formula says, on every path: nothing is left out but other labels' classes."""
    forbidden = np.array([[-np.inf, 0.0, 1.0]], dtype)
    none = np.array([0, 1, 1], dtype)
    for target, weight in (([0], none), ([1], none), ([[0, 1, 0]], None), ([[1, 0, 0]], none)):
        given = forbidden, np.array(target, None if np.ndim(target) == 1 else dtype), weight
        losses, d, _ = kernels.softmax_cross_entropy(*given, reduction="none")
        expected, e, _ = reference.softmax_cross_entropy(*given, reduction="none")
        np.testing.assert_allclose(losses, expected, rtol=1e-5)
        np.testing.assert_allclose(d, e, rtol=1e-5, atol=1e-6)
    assert np.isnan(losses[0])
    balanced = np.array([[1.0, -1.0, 0.0]], dtype)
    _, d, _ = kernels.softmax_cross_entropy(normal(1, (1, 3), dtype), balanced, reduction="sum")
    np.testing.assert_allclose(d, -balanced, atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_inputs_are_not_changed(dtype):
    logits, target = normal(1, (5, 6), dtype), np.arange(5)
    weight = np.ones(6, dtype)
    copies = [a.copy() for a in (logits, target, weight)]
    kernels.softmax_cross_entropy(logits, target, weight)
    for a, b in zip((logits, target, weight), copies, strict=True):
        np.testing.assert_array_equal(a, b)


def test_labels_that_another_thread_rewrites_are_never_used_unchecked():
    """They are checked and then used without the GIL; out of range they would be wild addresses."""
    logits, target = normal(1, (20_000, 70), np.float32), np.zeros(20_000, np.int64)
    weight, stop = np.ones(70, np.float32), threading.Event()

    def rewrite():
        while not stop.is_set():
            target[:] = 1 << 40
            target[:] = 0

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(30):
            try:
                loss, *_ = kernels.softmax_cross_entropy(logits, target, weight)
                assert np.isfinite(loss)
            except IndexError:
                pass
    finally:
        stop.set()
        writer.join()
