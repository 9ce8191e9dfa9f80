"""A compiled step leaves the same bits as the plain one, over many steps."""

import os
import threading

import numpy as np
import pytest
from interrupts import SIGNALS, interrupted

import minigrad as mg
from minigrad import kernels, nn
from minigrad.nn import functional as F
from minigrad.program import Refused

STEPS = 200
NETS = {
    "dense": lambda: nn.Sequential(nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 5)),
    "deep": lambda: nn.Sequential(
        nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 6), nn.ReLU(),
        nn.Linear(6, 5, bias=False),
    ),
    "softmax": lambda: nn.Linear(12, 5),
    "batch norm": lambda: nn.Sequential(
        nn.Linear(12, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 8), nn.ReLU(),
        nn.BatchNorm1d(8, affine=False), nn.Linear(8, 5),
    ),
    "dropout": lambda: nn.Sequential(
        nn.Linear(12, 9), nn.ReLU(), nn.Dropout(0.3), nn.Linear(9, 8), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(8, 5),
    ),
    "both": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(12, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(9, 5),
    ),
    "others": lambda: nn.Sequential(
        nn.Linear(12, 9), nn.LayerNorm(9), nn.GELU(), nn.Linear(9, 9), nn.Sigmoid(),
        nn.Softplus(), nn.Linear(9, 5),
    ),
}  # fmt: skip
OPTIMIZERS = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3},
    "SGD Nesterov": {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.01},
    "Adam amsgrad": {"lr": 0.01, "amsgrad": True},
    "AdamW": {"lr": 0.01},
    "RMSprop": {"lr": 0.01, "momentum": 0.5},
    "RMSprop centered": {"lr": 0.01, "centered": True},
    "Adagrad": {"lr": 0.05},
    "Adadelta": {"lr": 1.0},
    "NAdam": {"lr": 0.01},
    "RAdam": {"lr": 0.01},
    "Adamax": {"lr": 0.01},
    "ASGD": {"lr": 0.05},
    "Rprop": {"lr": 0.01},
}


def data(dtype, n=16, batches=5):
    draw = np.random.default_rng(1)
    x = draw.standard_normal((batches, n, 12)).astype(dtype)
    y = draw.integers(0, 5, (batches, n))
    return [(mg.tensor(a), mg.tensor(b)) for a, b in zip(x, y, strict=True)]


def same_bits(net, optimizer, dtype="float32", penalty=None, clip=None, rates=False, steps=STEPS):
    """Train twice, once compiled, and compare everything after every step."""
    runs = []
    for compiled in (False, True):
        mg.manual_seed(2)
        model = NETS[net]().to(dtype)
        name, options = optimizer.split()[0], OPTIMIZERS[optimizer]
        opt = getattr(mg.optim, name)(model.parameters(), **options)
        cycle = {"step_size_up": 7, "cycle_momentum": False}
        schedule = mg.optim.lr_scheduler.CyclicLR(opt, 0.001, 0.1, **cycle) if rates else None

        def train_step(x, y, model=model, opt=opt):
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            if penalty == "L1":
                loss = loss + 1e-3 * sum(p.abs().sum() for p in model.parameters())
            elif penalty == "L2":
                loss = loss + 0.5 * 1e-3 * sum((p * p).sum() for p in model.parameters())
            loss.backward()
            if clip == "norm":
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            elif clip == "value":
                nn.utils.clip_grad_value_(model.parameters(), 0.01)
            opt.step()
            return loss

        step = mg.compile(train_step) if compiled else train_step
        batches, trace = data(dtype), []
        for i in range(steps):
            loss = step(*batches[i % len(batches)])
            if schedule is not None:
                schedule.step()
            trace.append(loss.numpy().tobytes())
        trace += [t.numpy().tobytes() for t in model.state_dict().values()]
        trace += [p.grad.numpy().tobytes() for p in model.parameters()]
        trace += [(p._version, p.grad._version) for p in model.parameters()]
        trace.append(mg.get_rng_state().tolist())
        states = [opt.state_dict()["state"], opt.state_dict()["param_groups"]]
        runs.append([*trace, bits(states)])
    assert runs[0] == runs[1]
    assert step.program.confirmed and not step.program.reason
    return step


def bits(part):
    if isinstance(part, dict):
        return {k: bits(v) for k, v in part.items()}
    if isinstance(part, (list, tuple)):
        return [bits(v) for v in part]
    return part.numpy().tobytes() if isinstance(part, mg.Tensor) else repr(part)


@pytest.fixture(params=[1, 2, 4])
def threads(request):
    before = mg.get_num_threads()
    mg.set_num_threads(request.param)
    yield request.param
    mg.set_num_threads(before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("net", NETS)
def test_every_net(net, dtype):
    same_bits(net, "SGD momentum", dtype)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer(optimizer):
    same_bits("dense", optimizer)
    same_bits("both", optimizer, "float64", rates=optimizer[0] in "SAR", steps=30)


@pytest.mark.parametrize("penalty", ["L1", "L2"])
@pytest.mark.parametrize("clip", [None, "norm", "value"])
def test_penalties_and_clipping(penalty, clip):
    same_bits("both", "Adam", penalty=penalty, clip=clip, rates=True)


def test_threads(threads):
    for net in ("both", "batch norm"):
        same_bits(net, "Adam", rates=True)


def test_large_enough_for_threads(threads):
    NETS["large"] = lambda: nn.Sequential(nn.Linear(12, 700), nn.ReLU(), nn.Linear(700, 5))
    try:
        same_bits("large", "SGD momentum", steps=20)
    finally:
        del NETS["large"]


def test_what_is_lowered():
    step = same_bits("both", "AdamW", steps=10)
    if hasattr(kernels, "_native"):
        text = str(step.program)
        assert "adamw" not in text.lower().split() and step.program.planned is not None
        in_python = [step.program.instructions[i].name for i in step.program.planned.plan.why]
        assert in_python == ["reshape", "_seed"] or set(in_python) <= {"reshape", "_seed"}


def compared(function, *calls):
    """The same from the function and its compiled twin; the last program."""
    compiled = mg.compile(function)
    for args in calls * 4:
        expected, got = function(*args), compiled(*args)
        assert bits(expected) == bits(got)
    return compiled


def test_inference():
    mg.manual_seed(0)
    net = NETS["both"]().eval()

    def predict(x):
        with mg.no_grad():
            return net(x)

    step = compared(predict, (data("float32")[0][0],), (data("float32", 7)[1][0],))
    assert step.program.confirmed and not step.program.reason
    with mg.no_grad():
        assert not compared(net, (data("float32")[0][0],)).program.reason


def test_a_compiled_module_trains():
    mg.manual_seed(0)
    net = NETS["dense"]()
    compiled = mg.compile(net)
    x, y = data("float32")[0]
    for _ in range(4):
        F.cross_entropy(compiled(x), y).backward()
    grads = [p.grad.numpy() for p in compiled.parameters()]
    net.zero_grad()
    for _ in range(4):
        F.cross_entropy(net(x), y).backward()
    for p, g in zip(net.parameters(), grads, strict=True):
        assert (p.grad.numpy() == g).all()
    assert "differentiated" in compiled.program.reason


def test_gradients_as_a_function():
    w = mg.tensor([[0.5, -1.0], [2.0, 0.1]], requires_grad=True)

    def gradient(x):
        out = F.relu(x @ w).square().sum()
        (g,) = mg.autograd.grad(out, w)
        return out, g

    def second(x):
        (first,) = mg.autograd.grad((x @ w).exp().sum(), w, create_graph=True)
        (g,) = mg.autograd.grad((first * first).sum(), w)
        return g.detach()

    def of_the_input(x):
        x = x.detach().requires_grad_()
        (g,) = mg.autograd.grad((x * x * w[0]).sum(), x)
        return g

    for function in gradient, second:
        step = compared(function, (mg.ones((3, 2)),), (mg.tensor([[1.0, 2.0]]),))
        assert step.program.confirmed and not step.program.reason, step.program.reason
    compared(of_the_input, (mg.ones((3, 2)),))


def test_an_input_gets_its_gradient():
    def f(x):
        (x * x).sum().backward()
        return x.grad

    step = mg.compile(f)
    for i in range(5):
        x = mg.tensor([1.0, i], requires_grad=True)
        assert step(x).tolist() == [2.0, 2.0 * i]
        assert x.grad.tolist() == [2.0, 2.0 * i]


def test_operations_and_functions_of_ones_own():
    @mg.operation
    def cube(x):
        return x * x * x

    @cube.gradient("x")
    def _(g, x):
        return g * 3 * x * x

    class Double(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x

    w = mg.tensor([1.0, 2.0], requires_grad=True)

    def f(x):
        (g,) = mg.autograd.grad((cube(w) * x + Double.apply(w * x)).sum(), w)
        return g

    compared(f, (mg.tensor([3.0, 1.0]),))


def test_draws_of_numbers():
    generator = mg.Generator().manual_seed(1)

    def f(x):
        noise = mg.randn(3) + mg.rand(3) * mg.randn_like(x)
        return x + noise + mg.bernoulli(mg.full((3,), 0.5)) + mg.rand(3, generator=generator)

    traces = []
    for each in f, mg.compile(f):
        mg.manual_seed(4)
        generator.manual_seed(1)
        traces.append([each(mg.ones(3)).tolist() for _ in range(8)])
    assert traces[0] == traces[1]


def test_embeddings_indices_and_views():
    mg.manual_seed(0)
    table = nn.Embedding(6, 3)

    def f(i, x):
        (g,) = mg.autograd.grad((table(i) * x[:, :3].T.T).sum() + x[1:, 0].sum(), table.weight)
        return g, x[i]

    x = mg.arange(24).float().reshape(6, 4)
    compared(f, (mg.tensor([0, 3, 3, 1, 5, 2]), x), (mg.tensor([5, 5, 5, 0, 0, 0]), x))


def test_a_bad_label_raises_as_ever_and_changes_no_parameter():
    mg.manual_seed(0)
    net = NETS["both"]()
    optimizer = mg.optim.Adam(net.parameters())

    @mg.compile
    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    x, y = data("float32")[0]
    for _ in range(4):
        step(x, y)
    before = [p.numpy().copy() for p in net.parameters()], net.state_dict()["2.running_mean"]
    bad = y.clone()
    bad[3] = 5
    with pytest.raises(IndexError, match="0 to 4"):
        step(x, bad)
    assert all((a == p.numpy()).all() for a, p in zip(before[0], net.parameters(), strict=True))
    assert (before[1].numpy() == net.state_dict()["2.running_mean"].numpy()).all()
    assert optimizer.state_dict()["state"][0]["step"] == 4
    step(x, y)


def test_no_second_thread_within():
    mg.manual_seed(0)
    net, reference = NETS["dense"](), NETS["dense"]()
    reference.load_state_dict(net.state_dict())
    made = []
    for model in net, reference:
        optimizer = mg.optim.SGD(model.parameters(), lr=0.01)

        def step(x, y, model=model, optimizer=optimizer):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        made.append(step)
    compiled, (x, y) = mg.compile(made[0]), data("float32")[0]
    for _ in range(3):
        compiled(x, y)
    workers = [
        threading.Thread(target=lambda: [compiled(x, y) for _ in range(50)]) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for _ in range(203):
        made[1](x, y)
    for p, q in zip(net.parameters(), reference.parameters(), strict=True):
        assert (p.numpy() == q.numpy()).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork():
    step = compared(lambda x: (x * 2).sum(), (mg.ones(3),))
    with step._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if step(mg.ones(3)).item() == 6 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@SIGNALS
@pytest.mark.skipif(not hasattr(kernels, "_native"), reason="the twins' steps can be interrupted")
@pytest.mark.parametrize("optimizer", ["Adam", "Adagrad"])
def test_interrupts_leave_whole_steps(optimizer):
    mg.manual_seed(0)
    net, twin = (
        nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5))
        for _ in range(2)
    )
    twin.load_state_dict(net.state_dict())
    x, y = data("float32", 64)[0]

    def training(model):
        rule = getattr(mg.optim, optimizer)(model.parameters(), lr=0.01)

        def step():
            rule.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            rule.step()
            return loss

        return step

    step, plain = mg.compile(training(net)), training(twin)
    whole = [[p.numpy().copy() for p in twin.parameters()]]
    done = 0

    def steps():
        while True:
            step()

    for _ in range(4):
        step()
    for i in range(40):
        assert interrupted(0.0005 + i * 1e-5, steps)
        now = [p.numpy() for p in net.parameters()]
        while not all((a == b).all() for a, b in zip(now, whole[-1], strict=True)):
            plain()
            whole.append([p.numpy().copy() for p in twin.parameters()])
            done += 1
            assert done < 5000, "not the state after any number of whole steps"


def test_memory_and_sizes_are_printed():
    step = same_bits("both", "Adam", steps=5)
    text = str(step.program)
    assert "gemm" in text or "linear" in text
    assert "float32[16, 9]" in text
    if hasattr(kernels, "_native"):
        assert "bytes" in text and "Python" in text
        plan = step.program.planned.plan
        assert 0 < plan.shared <= plan.alone


def test_what_the_function_sets():
    class Trainer:
        def step(self, x):
            self.last = x * 2
            return self.last

    trainer = Trainer()
    with pytest.raises(Refused, match="last"):
        mg.compile(trainer.step)(mg.ones(2))


def test_manual_updates():
    w = mg.tensor([1.0, 2.0], requires_grad=True)

    def by_data(x):
        w.grad = None
        loss = (w * x).square().sum()
        loss.backward()
        w.data = w.data - 0.1 * w.grad
        return loss

    def in_place(x):
        w.grad = None
        loss = (w * x).square().sum()
        loss.backward()
        with mg.no_grad():
            w.sub_(0.1 * w.grad)
        return loss

    for function in by_data, in_place:
        traces = []
        for each in function, mg.compile(function):
            w.data = mg.tensor([1.0, 2.0])
            w.grad = None
            traces.append([bits(each(mg.tensor([1.0, 0.5]))) for _ in range(8)] + [w.tolist()])
        assert traces[0] == traces[1]


def test_a_gradient_of_before_is_read():
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    v = mg.tensor([[1.0, 2.0]], requires_grad=True)

    def f(x):
        old = w.grad
        before = old * 2 if old is not None else x * 0
        w.grad = v.grad = None
        (F.linear(x.reshape(1, 2), v).sum() + (w * x).square().sum()).backward()
        return before, w.grad.detach() * 1, v.grad.detach()

    traces = []
    for each in f, mg.compile(f):
        w.grad = v.grad = None
        found = [each(mg.tensor([1.0, 0.5 + i])) for i in range(8)]
        traces.append(bits(found))
    assert traces[0] == traces[1]


def test_batch_norm_with_statistics_of_its_own():
    net = nn.Sequential(nn.Linear(12, 9), nn.BatchNorm1d(9)).eval()
    for i, t in enumerate((*net[1].parameters(), *net[1].buffers())):
        if t.dtype.kind == "f":
            t.data = mg.random.rand(9, generator=i) + 0.5
    x = data("float32")[0][0]
    with mg.no_grad():
        compared(net, (x,))
