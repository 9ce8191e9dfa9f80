"""Paths, threads, processes: the machine may change, the bits may not."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from kernel_arrays import DTYPES, PATHS, normal
from layouts import lay_out

from minigrad import kernels


def results(dtype, layout="c"):
    """Every kernel once, on work large enough for several threads."""

    def array(seed, *shape):
        return normal(seed, shape, dtype, layout)

    g, x, w, bias = array(1, 300, 130), array(2, 300, 200), array(3, 130, 200), array(4, 130)
    out = kernels.linear(x, w, bias, True)
    yield out
    yield from kernels.linear_backward(g, x, w, out)
    yield kernels.matmul(x, w.T)
    yield kernels.matmul(array(5, 3, 170, 90), array(6, 90, 150))
    target = np.arange(300) % 130
    yield from kernels.softmax_cross_entropy(g, target, None, -100, 0.1)
    yield from kernels.softmax_cross_entropy(array(8, 3000, 10), np.arange(3000) % 10)
    normed, mean, var, invstd = kernels.batch_norm(x, None, None, 1e-5)
    yield from (normed, mean, var, invstd)
    yield from kernels.batch_norm_backward(array(7, 300, 200), x, mean, invstd, None)
    yield kernels.batch_norm_inference(x, mean, var, None, None, 1e-5)
    yield from kernels.batch_norm_inference_backward(x, x, mean, var, None, 1e-5)
    yield kernels.relu(x)
    yield kernels.relu_backward(x, kernels.relu(x))
    yield kernels.dropout(x, 0.5, 7)
    yield kernels.sigmoid(x)
    yield from (kernels.erf(x), kernels.erfc(x), kernels.gelu(x), kernels.gelu_backward(x, x))
    for step in ("sgd", "adam", "rmsprop"):
        big = [lay_out(np.abs(normal(i, (300, 200), dtype)), layout) for i in range(4)]
        lists = [[a] for a in big]
        if step == "sgd":
            kernels.sgd(*lists[:3], 0.1, 0.9, 0, 0.1, True, [False])
        elif step == "adam":
            kernels.adam(*lists, 0.1, 0.9, 0.99, 1e-8, 0.1, False, [3])
        else:
            kernels.rmsprop(*lists, 0.1, 0.9, 1e-8, 0.1, 0.9)
        yield from big


@pytest.mark.parametrize("dtype", DTYPES)
def test_same_bits_for_any_number_of_threads(dtype, threads):
    kernels.set_num_threads(1)
    expected = list(results(dtype))
    for n in (2, 3, 4, 7):
        kernels.set_num_threads(n)
        for one, many in zip(expected, results(dtype), strict=True):
            np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", ["offset", "padded", "steps", "fortran", "misaligned"])
def test_same_bits_for_any_layout(dtype, layout):
    for one, other in zip(results(dtype), results(dtype, layout), strict=True):
        np.testing.assert_array_equal(one, other)


def test_python_threads_at_once(threads):
    kernels.set_num_threads(4)
    a, b = normal(1, (200, 300), np.float32), normal(2, (300, 250), np.float32)
    expected = kernels.matmul(a, b)
    wrong = []

    def work():
        for _ in range(10):
            if not np.array_equal(kernels.matmul(a, b), expected):
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_the_interpreter_is_free_while_a_kernel_runs():
    """With switching forbidden, another thread can only run if the kernel lets it."""
    go, ran = threading.Event(), threading.Event()

    def other():
        go.wait()
        ran.set()

    worker = threading.Thread(target=other)
    interval = sys.getswitchinterval()
    a = np.ones((400, 400), np.float32)
    worker.start()
    sys.setswitchinterval(1000)
    try:
        go.set()
        for _ in range(200):
            kernels.matmul(a, a)
            if ran.is_set():
                break
        assert ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        worker.join()


FORK = """
import os
import numpy as np
from minigrad import kernels
kernels.set_num_threads(3)
a = np.random.default_rng(0).standard_normal((400, 400))
expected = kernels.matmul(a, a)
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        ok = all(np.array_equal(kernels.matmul(a, a), expected) for _ in range(5))
        if os.fork() == 0:
            os._exit(0 if np.array_equal(kernels.matmul(a, a), expected) else 1)
        os._exit(0 if ok and os.wait()[1] == 0 else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert np.array_equal(kernels.matmul(a, a), expected)
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kernels_work_after_fork(path):
    done = run(FORK, MINIGRAD_CPU=path)
    assert done.returncode == 0, done.stderr


SHOW = "from minigrad import kernels; c = kernels.config(); print(c['cpu'], c['threads'])"


def test_environment_chooses_path_and_threads(path):
    done = run(SHOW, MINIGRAD_CPU=path, MINIGRAD_NUM_THREADS="3")
    threads = 3 if kernels.config()["thread_support"] else 1
    assert done.stdout.split() == [path, str(threads)], done.stderr


def test_the_best_path_is_the_default():
    assert run(SHOW, MINIGRAD_CPU="").stdout.split()[0] == PATHS[-1]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MINIGRAD_CPU", "mmx", "MINIGRAD_CPU='mmx' is not one of the paths built: plain, generic"),
        ("MINIGRAD_NUM_THREADS", "many", "MINIGRAD_NUM_THREADS must be an integer"),
        ("MINIGRAD_NUM_THREADS", "0", "MINIGRAD_NUM_THREADS must be an integer"),
    ],
)
def test_a_bad_environment_is_named(variable, value, words):
    done = run(SHOW, **{variable: value})
    assert done.returncode != 0 and "ValueError" in done.stderr and words in done.stderr


def test_a_missing_module_says_how_to_build():
    code = "import sys; sys.modules['minigrad.kernels._native'] = None; import minigrad.kernels"
    done = run(code)
    assert "ImportError" in done.stderr and "pip install -e ." in done.stderr


def test_config(path):
    told = kernels.config()
    assert told["cpu"] == path and told["cpus_available"][:2] == ("plain", "generic")
    assert told["threads"] == kernels.get_num_threads() >= 1
    assert told["compiler"] and isinstance(told["thread_support"], bool)
