"""The same networks here and in PyTorch: outputs, losses of every step, and what is left after."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # for nets as small as these, waiting for a second thread is most of it

STEPS = 20
TOLERANCE = {"float64": 1e-5, "float32": 1e-3}


def dense(m):
    return m.Sequential(m.Linear(12, 16), m.ReLU(), m.Linear(16, 8), m.ReLU(), m.Linear(8, 5))


def batch_normed(m):
    # No bias before batch norm: its gradient is 0 but for rounding, which Adam and RMSprop would
    # blow up to steps of the size of the learning rate, in another direction on each side.
    return m.Sequential(
        m.Linear(12, 16, bias=False),
        m.BatchNorm1d(16),
        m.ReLU(),
        m.Dropout(0.0),
        m.Linear(16, 8, bias=False),
        m.BatchNorm1d(8, momentum=None, affine=False),
        m.Tanh(),
        m.Linear(8, 5),
    )


def layer_normed(m):
    return m.Sequential(
        m.Linear(12, 16),
        m.LayerNorm(16),
        m.GELU(),
        m.Sequential(m.Linear(16, 8), m.SiLU(), m.LayerNorm(8, bias=False)),
        m.Linear(8, 5),
    )


NETS = {"dense": dense, "batch_normed": batch_normed, "layer_normed": layer_normed}

OPTIMIZERS = {
    "sgd": lambda o: functools.partial(o.SGD, lr=0.1),
    "momentum": lambda o: functools.partial(o.SGD, lr=0.05, momentum=0.9, dampening=0.1),
    "nesterov": lambda o: functools.partial(o.SGD, lr=0.05, momentum=0.9, nesterov=True),
    "decay": lambda o: functools.partial(o.SGD, lr=0.1, momentum=0.5, weight_decay=0.01),
    "adam": lambda o: functools.partial(o.Adam, lr=0.01, weight_decay=0.01),
    "adamw": lambda o: functools.partial(o.AdamW, lr=0.01, betas=(0.8, 0.95), weight_decay=0.1),
    "rmsprop": lambda o: functools.partial(o.RMSprop, lr=0.003),
    "rmsprop_momentum": lambda o: functools.partial(
        o.RMSprop, lr=0.002, alpha=0.9, momentum=0.5, weight_decay=0.01
    ),
}


def arrays(state):
    return {name: np.asarray(tensor) for name, tensor in state.items()}


def twins(make, dtype):
    """The network in PyTorch, and ours with its parameters; never starting from plain ones."""
    torch.manual_seed(0)
    theirs = make(torch.nn).to(getattr(torch, dtype))
    with torch.no_grad():
        for p in theirs.parameters():
            p.add_(torch.randn(p.shape, dtype=p.dtype) * 0.1)
    ours = make(nn).to(dtype)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def data(dtype, n=64):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, 12)).astype(dtype), rng.integers(0, 5, n)


def train(theirs, ours, optimizer, dtype, scheduler=None, loss=None):
    """The losses of every step, theirs and ours, and both optimizers."""
    x, y = data(dtype)
    torch_x, torch_y = torch.from_numpy(x), torch.from_numpy(y)
    torch_opt = optimizer(torch.optim)(theirs.parameters())
    opt = optimizer(optim)(ours.parameters())
    schedules = [scheduler(torch.optim)(torch_opt), scheduler(optim)(opt)] if scheduler else []
    losses = []
    for step in range(STEPS):
        batch = slice(16 * (step % 4), 16 * (step % 4) + 16)
        torch_opt.zero_grad()
        torch_loss = torch.nn.functional.cross_entropy(theirs(torch_x[batch]), torch_y[batch])
        torch_loss.backward()
        torch_opt.step()
        opt.zero_grad()
        loss = F.cross_entropy(ours(mg.tensor(x[batch])), mg.tensor(y[batch]))
        loss.backward()
        opt.step()
        for schedule in schedules:
            schedule.step()
        losses.append((torch_loss.item(), loss.item()))
    return np.array(losses).T, torch_opt, opt


def check_same(theirs, ours, dtype):
    """Parameters, buffers, and outputs of unseen data after `eval()`."""
    rtol = TOLERANCE[dtype]
    mine = arrays(ours.state_dict())
    for name, wanted in arrays(theirs.state_dict()).items():
        assert mine[name].dtype == wanted.dtype
        np.testing.assert_allclose(mine[name], wanted, rtol=rtol, atol=rtol * 0.1, err_msg=name)
    x = data(dtype, 200)[0]
    with torch.no_grad():
        wanted = theirs.eval()(torch.from_numpy(x)).numpy()
    got = ours.eval()(mg.tensor(x)).numpy()
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * np.abs(wanted).max())


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("net", NETS)
def test_a_loaded_network_is_the_same_network(net, dtype):
    theirs, ours = twins(NETS[net], dtype)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    x = data(dtype)[0]
    out = ours(mg.tensor(x))
    assert out.dtype == dtype
    wanted = theirs(torch.from_numpy(x)).detach().numpy()
    rtol = {"float64": 1e-12, "float32": 1e-5}[dtype]
    np.testing.assert_allclose(out.numpy(), wanted, rtol=rtol, atol=rtol)
    check_same(theirs, ours, dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("cyclic", [False, True], ids=["constant", "cyclic"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("net", NETS)
def test_training_gives_the_same_losses(net, optimizer, cyclic, dtype):
    theirs, ours = twins(NETS[net], dtype)

    def scheduler(o):
        return functools.partial(
            o.lr_scheduler.CyclicLR,
            base_lr=0.001,
            max_lr=0.02,
            step_size_up=3,
            step_size_down=4,
            cycle_momentum=False,
        )

    losses, _, _ = train(theirs, ours, OPTIMIZERS[optimizer], dtype, scheduler if cyclic else None)
    assert losses[0, 0] != losses[0, -1]
    np.testing.assert_allclose(losses[1], losses[0], rtol=TOLERANCE[dtype])
    check_same(theirs, ours, dtype)


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_cycled_momentum_is_the_same(name):
    theirs, ours = twins(dense, "float64")
    losses, torch_opt, opt = train(
        theirs,
        ours,
        OPTIMIZERS[name],
        "float64",
        lambda o: functools.partial(
            o.lr_scheduler.CyclicLR, base_lr=0.001, max_lr=0.02, step_size_up=6
        ),
    )
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-9)
    for option in ("momentum", "betas"):
        if option in opt.param_groups[0]:
            wanted = torch_opt.param_groups[0][option]
            assert opt.param_groups[0][option] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_from_pytorch_s_optimizer_state(name):
    """20 steps there, the state carried over here, 20 more on both sides."""
    theirs, ours = twins(dense, "float64")
    x, y = data("float64")
    torch_opt = OPTIMIZERS[name](torch.optim)(theirs.parameters())
    opt = OPTIMIZERS[name](optim)(ours.parameters())

    def torch_step():
        torch_opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(theirs(torch.from_numpy(x)), torch.from_numpy(y))
        loss.backward()
        torch_opt.step()

    for _ in range(STEPS):
        torch_step()
    ours.load_state_dict(theirs.state_dict())
    opt.load_state_dict(torch_opt.state_dict())
    for _ in range(STEPS):
        torch_step()
        opt.zero_grad()
        F.cross_entropy(ours(mg.tensor(x)), mg.tensor(y)).backward()
        opt.step()
    mine = arrays(ours.state_dict())
    for key, wanted in arrays(theirs.state_dict()).items():
        np.testing.assert_allclose(mine[key], wanted, rtol=1e-9, atol=1e-12)


SCHEDULES = {
    "step": lambda s: functools.partial(s.StepLR, step_size=7, gamma=0.5),
    "multi_step": lambda s: functools.partial(s.MultiStepLR, milestones=[5, 11, 11, 40]),
    "exponential": lambda s: functools.partial(s.ExponentialLR, gamma=0.97),
    "cosine": lambda s: functools.partial(s.CosineAnnealingLR, T_max=30, eta_min=0.01),
    "lambda": lambda s: functools.partial(
        s.LambdaLR, lr_lambda=[lambda t: 1 / (1 + t), lambda t: 0.9**t]
    ),
    "triangular": lambda s: functools.partial(s.CyclicLR, base_lr=0.1, max_lr=1.0, step_size_up=7),
    "triangular2": lambda s: functools.partial(
        s.CyclicLR,
        base_lr=[0.1, 0.2],
        max_lr=[1.0, 3.0],
        step_size_up=3,
        step_size_down=8,
        mode="triangular2",
    ),
    "exp_range": lambda s: functools.partial(
        s.CyclicLR, base_lr=0.1, max_lr=1.0, step_size_up=5, mode="exp_range", gamma=0.98
    ),
    "own": lambda s: functools.partial(
        s.CyclicLR,
        base_lr=0.1,
        max_lr=1.0,
        step_size_up=5,
        scale_fn=lambda t: 1 / (1 + 0.01 * t),
        scale_mode="iterations",
        base_momentum=0.1,
        max_momentum=0.6,
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_give_the_same_rates(name):
    def rates(optimizer_module, parameter):
        groups = [{"params": [parameter()]}, {"params": [parameter()], "lr": 2.0}]
        optimizer = optimizer_module.SGD(groups, lr=0.5, momentum=0.7)
        schedule = SCHEDULES[name](optimizer_module.lr_scheduler)(optimizer)
        out = []
        for _ in range(200):
            out.append([*schedule.get_last_lr(), optimizer.param_groups[1]["momentum"]])
            optimizer.step()
            schedule.step()
        return np.array(out)

    wanted = rates(torch.optim, lambda: torch.zeros(1, requires_grad=True))
    got = rates(optim, lambda: mg.tensor([0.0], requires_grad=True))
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-14)


MODULES = {
    "LeakyReLU": {"negative_slope": 0.2},
    "ELU": {"alpha": 0.7},
    "SELU": {},
    "GELU": {"approximate": "tanh"},
    "SiLU": {},
    "Sigmoid": {},
    "Tanh": {},
    "LogSigmoid": {},
    "Softplus": {"beta": 2.0, "threshold": 3.0},
    "Softmax": {"dim": 0},
    "LogSoftmax": {"dim": -1},
    "Flatten": {"start_dim": 0},
    "Identity": {},
    "ReLU": {},
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_without_parameters(name):
    x = np.random.default_rng(0).normal(size=(4, 3)) * 3
    theirs, ours = getattr(torch.nn, name)(**MODULES[name]), getattr(nn, name)(**MODULES[name])
    assert repr(ours) == repr(theirs)
    wanted = theirs(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours(mg.tensor(x)).numpy(), wanted, rtol=1e-12)


def losses():
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    probabilities, shares = rng.uniform(0.1, 0.9, (2, 6, 4))
    labels, weight = np.array([0, 3, 1, 2, 2, 0]), np.array([1.0, 2.0, 0.5, 3.0])
    log = np.log(shares / shares.sum(axis=1, keepdims=True))
    return [
        ("CrossEntropyLoss", {"weight": weight, "label_smoothing": 0.1}, real, labels),
        ("CrossEntropyLoss", {"ignore_index": 2}, real, labels),
        ("CrossEntropyLoss", {}, real, np.exp(log)),
        ("NLLLoss", {"weight": weight, "ignore_index": 1}, log, labels),
        ("BCELoss", {"weight": weight}, probabilities, shares),
        ("BCEWithLogitsLoss", {"pos_weight": weight}, real, shares),
        ("MSELoss", {}, real, other),
        ("L1Loss", {}, real, other),
        ("HuberLoss", {"delta": 0.5}, real, other),
    ]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", losses(), ids=lambda case: case[0])
def test_losses(case, reduction):
    name, options, x, target = case
    theirs = getattr(torch.nn, name)(
        **{k: torch.from_numpy(v) if k.endswith("weight") else v for k, v in options.items()},
        reduction=reduction,
    )
    ours = getattr(nn, name)(**options, reduction=reduction)
    torch_x = torch.from_numpy(x).requires_grad_()
    wanted = theirs(torch_x, torch.from_numpy(target))
    wanted.sum().backward()
    leaf = mg.tensor(x, requires_grad=True)
    got = ours(leaf, mg.tensor(target))
    got.sum().backward()
    np.testing.assert_allclose(got.numpy(), wanted.detach().numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(leaf.grad.numpy(), torch_x.grad.numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("track", [True, False], ids=["tracking", "not tracking"])
@pytest.mark.parametrize("momentum", [0.3, None])
@pytest.mark.parametrize("shape", [(7, 3), (5, 3, 4)])
def test_batch_norm_in_training_and_after(shape, momentum, track):
    rng = np.random.default_rng(0)
    options = {"eps": 1e-3, "momentum": momentum, "track_running_stats": track}
    theirs, ours = (
        torch.nn.BatchNorm1d(3, **options).double(),
        nn.BatchNorm1d(3, **options).double(),
    )
    assert repr(ours) == repr(theirs)
    for _ in range(3):
        x = rng.normal(2, 3, shape)
        wanted = theirs(torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(ours(mg.tensor(x)).numpy(), wanted, rtol=1e-10, atol=1e-12)
    mine = arrays(ours.state_dict())
    assert list(mine) == list(theirs.state_dict())
    for name, value in arrays(theirs.state_dict()).items():
        np.testing.assert_allclose(mine[name], value, rtol=1e-12)
    wanted = theirs.eval()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(ours.eval()(mg.tensor(x)).numpy(), wanted, rtol=1e-10, atol=1e-12)


def test_embedding():
    theirs, ours = torch.nn.Embedding(7, 3).double(), nn.Embedding(7, 3).double()
    ours.load_state_dict(theirs.state_dict())
    index, cotangent = np.array([[1, 6], [1, 1]]), np.random.default_rng(0).normal(size=(2, 2, 3))
    theirs(torch.from_numpy(index)).backward(torch.from_numpy(cotangent))
    ours(mg.tensor(index)).backward(mg.tensor(cotangent))
    np.testing.assert_allclose(ours.weight.grad.numpy(), theirs.weight.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.5, float("inf")])
@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_the_norm(max_norm, norm_type):
    rng = np.random.default_rng(0)
    values = [rng.normal(size=s) for s in ((3, 4), (5,), ())]
    theirs, ours = [], []
    for v in values:
        theirs.append(torch.zeros(v.shape, dtype=torch.float64, requires_grad=True))
        theirs[-1].grad = torch.tensor(v)
        ours.append(mg.tensor(np.zeros(v.shape), requires_grad=True))
        ours[-1].grad = mg.tensor(v)
    wanted = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type).item()
    assert nn.utils.clip_grad_norm_(ours, max_norm, norm_type).item() == pytest.approx(wanted)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-12)


def test_files_go_both_ways(tmp_path):
    pytest.importorskip("safetensors")
    from safetensors.torch import load_file, save_file

    from minigrad import serialization

    theirs, ours = twins(batch_normed, "float32")
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    fresh = batch_normed(nn)
    fresh.load_state_dict(serialization.load_file(tmp_path / "theirs.safetensors"))
    check_same(theirs, fresh, "float32")
    serialization.save_file(ours.state_dict(), tmp_path / "ours.safetensors")
    again = batch_normed(torch.nn)
    again.load_state_dict(load_file(tmp_path / "ours.safetensors"))
    check_same(again, ours, "float32")


def test_repr_is_pytorch_s():
    ours = nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.LayerNorm((2,)), nn.Embedding(3, 4)))
    m = torch.nn
    theirs = m.Sequential(m.Linear(3, 2), m.Sequential(m.LayerNorm((2,)), m.Embedding(3, 4)))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_huber_loss_with_weights(reduction):
    x, y, w = np.random.default_rng(0).normal(size=(3, 4, 2))
    wanted = torch.nn.functional.huber_loss(
        *map(torch.tensor, (x, y)), reduction=reduction, delta=0.7, weight=torch.tensor(w)
    )
    got = F.huber_loss(mg.tensor(x), mg.tensor(y), reduction, 0.7, mg.tensor(w))
    np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-12)
    with pytest.raises(ValueError, match=r"huber_loss: weight: wanted shape \(4, 2\), got \(2,\)"):
        F.huber_loss(mg.tensor(x), mg.tensor(y), weight=mg.tensor(w[0]))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_rows_that_count_for_nothing_get_no_gradient_however_large_it_is(reduction):
    x = np.arange(6.0).reshape(2, 3)
    for labels in ([-100, -100], [1, -100]):
        theirs = torch.tensor(x, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(theirs, torch.tensor(labels), reduction=reduction)
        loss.backward(torch.full_like(loss, np.nan))
        for recorded in (False, True):
            ours = mg.tensor(x, requires_grad=True)
            mine = F.cross_entropy(ours, mg.tensor(labels), reduction=reduction)
            mine.backward(mg.tensor(np.full(mine.shape, np.nan)), create_graph=recorded)
            np.testing.assert_array_equal(ours.grad.detach().numpy(), theirs.grad.numpy())
