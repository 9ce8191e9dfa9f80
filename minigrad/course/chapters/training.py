"""Chapter 9: parts of a training, and five that are ill."""

from __future__ import annotations

from typing import Any

import numpy as np

import minigrad as mg

from ... import nn, optim
from ...nn import functional as F
from ..exercise import Case, Exercise, Finding, Trial, Twin, Unfit, as_array, number
from ..sick import FAULTS, RUNS
from .rules import draw

# ---------------------------------------------------------------------- dropout


def dropout(x: Any, p: float, training: bool, rng: Any) -> Any:
    """With probability p, 0; the rest is scaled up."""
    return x * (rng.random(x.shape) >= p) / (1 - p) if training else x


def dropout_cases() -> list[Case]:
    """Evaluation, and probabilities on both sides of a half."""
    x = np.abs(draw((300, 40))[0]) + 0.1
    return [
        Case((x, p, training, np.random.default_rng(seed)), words=f"p = {p}, training {training}")
        for seed, (p, training) in enumerate(((0.2, True), (0.7, True), (0.3, False), (0.0, True)))
    ]


def drawn(function: Any, args: tuple[Any, ...]) -> Any:
    """The result, and whether a number was drawn from rng."""
    *_, rng = args
    before = rng.bit_generator.state
    out = function(*args)
    return (None,) if out is None else (out, np.array(float(rng.bit_generator.state != before)))


def drops(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """What became of the elements: kept and by what factor, dropped and how many."""
    for trial in trials:
        if trial.error or (out := as_array(trial.got[0])) is None:
            return None
        if len(trial.got) != 2:
            return None
        x, p, training, _ = trial.case.args
        if out.shape != x.shape:
            return Finding("shape", f"the result has shape {out.shape}, wanted {x.shape}")
        if found := wrong_drop(out, x, p, training):
            return found
        if training and p and not trial.got[1]:
            return Finding(
                "rng", "no number is drawn from rng: a run could not be repeated, nor two differ"
            )
    return None


def wrong_drop(out: Any, x: Any, p: float, training: bool) -> Finding | None:
    """One call."""
    if not np.isfinite(out).all():
        return Finding("numbers", f"p = {p}: the result holds NaN or infinity")
    kept = out != 0
    share = 1 - kept.mean()
    factors = out[kept] / x[kept]
    if not training:
        if share > 0:
            return Finding("eval forgotten", f"it drops {share:.0%} of the elements in evaluation")
        if factors.size and np.allclose(factors, 1 - p):
            return Finding(
                "no 1/(1−p)",
                "it scales by 1 - p in evaluation: then a net has to know how it was trained. Divide "
                "by 1 - p in training, and leave x alone in evaluation",
            )
        if not np.allclose(out, x):
            return Finding("eval forgotten", "it changes x in evaluation")
        return None
    if abs(share - p) > 0.05:
        if abs(share - (1 - p)) < 0.05:
            return Finding("p and 1 − p", f"p = {p}: it drops {share:.0%}; p is the share to drop")
        if share == 0 and np.ptp(factors) > 1e-6:
            return Finding(
                "not zero",
                f"p = {p}: no element is 0, and they are no multiple of x: x times 0 drops",
            )
        if share == 0 and np.allclose(factors, 1):
            return Finding(
                "share", f"p = {p}: it drops nothing in training. What is `training` asked for?"
            )
        if share in (0, 1) and p and not np.allclose(factors, 1):
            return Finding(
                "one mask", "all elements are kept, or none: each element has its own chance"
            )
        return Finding("share", f"p = {p}: it drops {share:.0%} of the elements")
    if p and ((kept == kept[:1]).all() or (kept == kept[:, :1]).all()):
        return Finding(
            "one mask", "whole rows or columns are dropped: each element has its own chance"
        )
    if p and factors.size and np.allclose(factors, 1.0):
        return Finding(
            "no 1/(1−p)",
            f"p = {p}: what is kept is not scaled, so that the mean falls to {1 - p:g} of what it was: "
            f"the next layer sees less in training than in evaluation",
        )
    if factors.size and not np.allclose(factors, factors.mean()):
        return Finding(
            "scale",
            f"p = {p}: what is kept is not scaled by one number, but from {factors.min():.3g} to "
            f"{factors.max():.3g}; wanted {1 / (1 - p):.3g}",
        )
    if factors.size and not np.allclose(factors, 1 / (1 - p)):
        return Finding(
            "scale",
            f"p = {p}: what is kept is scaled by {factors.mean():.3g}, wanted {1 / (1 - p):.3g}",
        )
    return None


# ---------------------------------------------------------------------- penalty, rate


def penalty_cases() -> list[Case]:
    """Weights of both signs, with a zero among them."""
    found = []
    for seed, (l1, l2) in enumerate(((0.3, 0.7), (0.5, 0.0), (0.0, 0.2), (0.4, 0.1))):
        (w,) = draw((4, 3), seed=seed)
        w[1, 1] = 0.0
        found.append(Case((w, l1, l2), words=f"l1 = {l1}, l2 = {l2}"))
    return found


def penalty(w: Any, l1: float, l2: float) -> Any:
    """The value and the gradient."""
    return l1 * np.abs(w).sum() + l2 * (w * w).sum(), l1 * np.sign(w) + 2 * l2 * w


def penalty_with(sign: Any, two: float, value: float = 1.0, root: bool = False) -> Any:
    """A wrong penalty."""

    def function(w: Any, l1: float, l2: float) -> Any:
        square = (w * w).sum()
        square = np.sqrt(square) if root else square
        return l1 * np.abs(w).sum() + value * l2 * square, l1 * sign(w) + two * l2 * w

    return function


def rate(step: int, low: float, high: float, half: int) -> float:
    """Up and down."""
    return low + (high - low) * (1 - abs(step % (2 * half) - half) / half)


def penalty_mean(w: Any, l1: float, l2: float) -> Any:
    """Means for sums."""
    return l1 * np.abs(w).mean() + l2 * (w * w).mean(), (l1 * np.sign(w) + 2 * l2 * w) / w.size


def rate_cases() -> list[Case]:
    """Three cycles of each of two settings."""
    return [
        Case((np.arange(6 * half + 1), low, high, half), words=f"half = {half}")
        for low, high, half in ((0.1, 0.9, 4), (0.001, 0.05, 5))
    ]


def each_step(function: Any, args: tuple[Any, ...]) -> Any:
    """The rate at every step, as a learner's function takes them: one at a time."""
    steps, *rest = args
    return np.array([number(function(int(step), *rest), "the rate") for step in steps])


# ---------------------------------------------------------------------- training


def small_net(drop: float = 0.0, norm: bool = False, seed: int = 0) -> Any:
    """Two inputs, three classes."""
    state = mg.get_rng_state()
    mg.manual_seed(seed)
    net = nn.Sequential(
        nn.Linear(2, 16),
        *([nn.BatchNorm1d(16)] if norm else []),
        nn.ReLU(),
        nn.Dropout(drop),
        nn.Linear(16, 3),
    )
    mg.set_rng_state(state)
    return net


def points() -> tuple[Any, Any]:
    """Fifty of them, with classes that can be learned."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((50, 2)).astype(np.float32)
    return mg.tensor(x), mg.tensor((x[:, 0] > 0).astype(np.int64) + (x[:, 1] > 0.5))


def train_with(order: str, loss_of: Any = F.cross_entropy) -> Any:
    """A training whose steps are f(orward), z(ero), b(ackward), s(tep), in this order."""

    def train(net: Any, optimizer: Any, x: Any, y: Any, steps: int) -> Any:
        losses = []
        for _ in range(steps):
            for letter in order:
                if letter == "f":
                    loss = loss_of(net(x), y)
                elif letter == "z":
                    optimizer.zero_grad()
                elif letter == "b":
                    loss.backward()
                else:
                    optimizer.step()
            losses.append(loss.item())
        return losses

    return train


class Steps(optim.SGD):
    """Notes of each step whether it found a gradient."""

    def __init__(self, net: Any) -> None:
        super().__init__(net.parameters(), lr=0.5)
        self.net = net
        self.found: list[bool] = []
        self.zeroed = False
        self.thrown = False  # was a gradient zeroed before the first step?

    def alive(self) -> bool:
        """Is there a gradient?"""
        return any(p.grad is not None and p.grad.numpy().any() for p in self.net.parameters())

    def step(self, closure: Any = None) -> Any:
        """Note it."""
        self.thrown = self.thrown if self.found else self.zeroed
        self.found.append(self.alive())
        return super().step(closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Note it."""
        self.zeroed = self.zeroed or self.alive()
        super().zero_grad(set_to_none)


class Last:
    """The optimiser of the last call."""

    optimizer: Steps


def observe_training(function: Any, args: tuple[Any, ...]) -> Any:
    """The losses, and the weights after it."""
    (steps,) = args
    net, (x, y) = small_net(), points()
    Last.optimizer = Steps(net)
    losses = function(net, Last.optimizer, x, y, steps)
    weights = np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])
    if losses is None:
        return (None,)
    if not np.iterable(losses):
        raise Unfit(f"it returns a {type(losses).__name__}, wanted a list: a loss for each step")
    return np.array([number(loss, "a loss") for loss in losses]), weights.astype(float)


def wrong_step(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Where nothing moves: did the optimiser step, and was there a gradient?"""
    trial, seen = trials[-1], Last.optimizer
    if trial.error and "changed in place" in str(trial.error) and seen.found[:1] == [True]:
        return Finding(
            "old loss",
            "the loss that goes back was computed before the last step, from weights that are no "
            "more: net(x) and the loss are computed anew in each step",
        )
    if trial.error and seen.found and "has been freed" in str(trial.error):
        return Finding(
            "old loss",
            "the same loss goes back twice, and its graph is gone after the first time: net(x) and the "
            "loss are computed anew in each step",
        )
    if trial.error and seen.found and "changed in place" in str(trial.error):
        return Finding(
            "step before backward",
            f"{STEP_TEXT}. The tape has noticed: the weights have changed since the forward pass",
        )
    if trial.error or len(trial.got) != 2:
        return None
    if not seen.found:
        return Finding("no step", "optimizer.step() is never called: nothing moves")
    if len(seen.found) != trial.case.args[0]:
        return Finding(
            "steps", f"{trial.case.words}: the calls of optimizer.step() are {len(seen.found)}"
        )
    if any(seen.found):
        return None
    if seen.thrown:
        return Finding(
            "zeroed too early", "the gradients are zeroed between backward and step: nothing moves"
        )
    if seen.alive() or seen.zeroed:
        return Finding("step before backward", STEP_TEXT)
    return Finding("no backward", "no step finds a gradient: is loss.backward() called?")


STEP_TEXT = "the optimiser steps before the backward pass: it goes by the gradient of another step, or by none"
TRAIN_TWINS = (
    Twin(
        "no zero_grad",
        "gradients of earlier steps are still in .grad: a backward pass adds to it. "
        "Zero it once a step",
        train_with("fbs"),
    ),
    Twin(
        "softmax twice",
        "softmax stands before F.cross_entropy, which takes logits: it has its own",
        train_with("fzbs", lambda out, y: F.cross_entropy(F.softmax(out, 1), y)),
    ),
    Twin(
        "log forgotten",
        "nll_loss takes logarithms of probabilities: log_softmax, or F.cross_entropy, which has both",
        train_with("fzbs", lambda out, y: F.nll_loss(F.softmax(out, 1), y)),
    ),
    Twin(
        "sum for mean",
        "the loss is the sum over the rows, wanted their mean, which F.cross_entropy gives",
        train_with("fzbs", lambda out, y: F.cross_entropy(out, y, reduction="sum")),
    ),
    Twin(
        "loss after the step",
        "these are the losses after each step; wanted those that went back",
        train_with("fzbsf"),
    ),
)


def observe_accuracy(function: Any, args: tuple[Any, ...]) -> Any:
    """The accuracy, whether the net trains as before, and whether its running mean is the same."""
    (training,) = args
    net, (x, y) = small_net(0.5, norm=True, seed=1), points()
    for _ in range(20):
        net(x)  # the running statistics settle
    net.train(training)
    before = net[1].running_mean.numpy().copy()
    state = mg.get_rng_state()
    mg.manual_seed(7)
    share = function(net, x, y)
    mg.set_rng_state(state)
    if share is None:
        return (None,)
    same = np.array_equal(before, net[1].running_mean.numpy())
    return (
        np.array(number(share, "the accuracy")),
        np.array(float(net.training == training)),
        np.array(float(same)),
    )


def accuracy_with(evaluating: bool, restoring: bool = True, scale: float = 1.0) -> Any:
    """A measurement with or without eval() and train()."""

    def accuracy(net: Any, x: Any, y: Any) -> float:
        training = net.training
        if evaluating:
            net.eval()
        with mg.no_grad():
            share = float((net(x).argmax(dim=1) == y).mean().item())
        if evaluating:
            net.train(training if restoring else False)
        return share * scale

    return accuracy


def mode(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Was the net in evaluation, and does it train again?"""
    if any(t.error or len(t.got) != 3 for t in trials):
        return None
    if not all(float(t.got[2]) for t in trials):
        return Finding(
            "eval forgotten",
            "the running mean of batch norm has moved: the net was training while it was measured. "
            "Call net.eval() first",
        )
    left = [t.case.args[0] for t in trials if not float(t.got[1])]
    if True in left:
        return Finding("train forgotten", "the net was training before, and is not any more")
    if left:
        return Finding("train forgotten", "the net was in evaluation before, and trains now")
    return None


def observe_groups(function: Any, args: tuple[Any, ...]) -> Any:
    """The decay of each parameter, in the order of parameters().

    NaN where one is in no group, infinity where it is in two.
    """
    (norm,) = args
    net = small_net(norm=norm)
    decays = np.full(len(list(net.parameters())), np.nan)
    groups = function(net, 0.25)
    if groups is None:
        return None
    if isinstance(groups, dict) or not np.iterable(groups):
        raise Unfit(f"it returns a {type(groups).__name__}, wanted a list of dicts")
    for group in groups:
        if not isinstance(group, dict) or "params" not in group:
            raise Unfit("a group is a dict with 'params' and 'weight_decay'")
        params = group["params"]
        for p in [params] if isinstance(params, mg.Tensor) else list(params):
            if not isinstance(p, mg.Tensor):
                raise Unfit(
                    f"'params' holds a {type(p).__name__}, wanted the parameters themselves"
                )
            for i, mine in enumerate(net.parameters()):
                if p is mine:
                    new = np.isnan(decays[i])
                    decays[i] = group.get("weight_decay", 0.0) if new else np.inf
    return decays


def decays(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Which parameters decay that should not, and the other way round."""
    for trial in trials:
        if (
            trial.error
            or (got := as_array(trial.got[0])) is None
            or got.shape != trial.wanted[0].shape
        ):
            return None
        names = [name for name, _ in small_net(norm=trial.case.args[0]).named_parameters()]
        for name, d, wanted in zip(names, got, trial.wanted[0], strict=True):
            if np.isnan(d):
                return Finding(
                    "left out", f"{name} is in no group, so the optimiser never moves it"
                )
            if np.isinf(d):
                return Finding("twice", f"{name} is in two groups, which no optimiser takes")
            if d and not wanted and name.endswith("bias"):
                return Finding(
                    "decay on biases",
                    f"{name} decays: a bias says where an output lies, and 0 is no better place",
                )
            if d and not wanted:
                return Finding(
                    "decay on scales",
                    f"{name} decays: it is the scale of batch norm, whose usual place is 1",
                )
            if wanted and not d:
                return Finding("no decay", f"{name} does not decay")
            if d != wanted:
                return Finding("decay", f"{name} decays by {d:g}, wanted {wanted:g}")
    return None


def right_groups(net: Any, decay: float) -> Any:
    """Linear weights decay."""
    weights = [m.weight for m in net.modules() if isinstance(m, nn.Linear)]
    rest = [p for p in net.parameters() if not any(p is w for w in weights)]
    return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def observe_start(function: Any, args: tuple[Any, ...]) -> Any:
    """Of each ReLU the share of dead units, the spread of its outputs, that of the weights before."""
    (depth,) = args
    state = mg.get_rng_state()
    mg.manual_seed(2)
    layers: list[Any] = []
    for i in range(depth):
        layers += [nn.Linear(8 if i == 0 else 64, 64), nn.ReLU()]
        nn.init.constant_(layers[-2].bias, -5.0)
    net = nn.Sequential(*layers)
    function(net)
    x = mg.randn(200, 8)
    shares, spreads = [], []
    weights = [float(np.ptp(layer.weight.detach().numpy())) for layer in layers[::2]]
    with mg.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                out = x.numpy()
                shares.append(float((out == 0).all(axis=0).mean()))
                spreads.append(float(np.float64(out).std(axis=1).mean()))
    mg.set_rng_state(state)
    return np.array([shares, spreads, weights])


def alive(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Do units live, do they differ, does the signal keep its size?"""
    for trial in trials:
        if trial.error or as_array(trial.got[0]) is None:
            return None
        shares, spreads, weights = np.asarray(trial.got[0])
        if not np.isfinite([*spreads, *weights]).all():
            return Finding("numbers", "weights or outputs are NaN or infinite")
        for k, spread in enumerate(weights):
            if spread == 0:
                return Finding(
                    "symmetry",
                    f"the weights before ReLU {k + 1} are all the same: so are its units, and stay so",
                )
        for k, (dead, spread) in enumerate(zip(shares, spreads, strict=True)):
            if dead > 0.3:
                return Finding(
                    "dead ReLUs",
                    f"{dead:.0%} of the units of ReLU {k + 1} are 0 for every example: no gradient "
                    f"reaches their weights. What are the biases?",
                )
            if spread == 0:
                return Finding("symmetry", f"all units of ReLU {k + 1} are the same, and stay so")
        if not 0.05 < spreads[-1] / spreads[0] < 20:
            word = "vanishes" if spreads[-1] < spreads[0] else "explodes"
            return Finding(
                word,
                f"the signal {word}: std {spreads[0]:.2g} after the first ReLU, {spreads[-1]:.2g} after "
                f"the last. A ReLU halves the mean square: weights of variance 2 / inputs make up for it",
            )
    return None


def he(net: Any) -> None:
    """Variance 2 / inputs, biases 0."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear) and layer.bias is not None:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


# ---------------------------------------------------------------------- diagnoses

SIGNS = {
    "no zero_grad": "its .grad grows and grows, a hundredfold, although the loss falls",
    "eval forgotten": "its five accuracies differ, on the same data and the same net",
    "decay on biases": "its biases are near 0 at the end; those of the healthy run are not",
    "step before backward": "its gradients are alive, its updates are 0 and its loss does not move",
    "dead ReLUs": "a layer has only dead units, and the gradient before it is 0",
}


def observe_names(function: Any, args: tuple[Any, ...]) -> Any:
    """The place of the answer in FAULTS; the text itself where it is none."""
    answers = [function(int(run)) for run in args[0]]
    unknown = [a for a in answers if a not in FAULTS]
    if unknown and unknown[0] is not None:
        return (repr(unknown[0]),)
    return np.array([FAULTS.index(a) if a in FAULTS else np.nan for a in answers])


def wrong_names(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Which runs are named wrongly, and what the named fault would look like."""
    (trial,) = trials
    if trial.error:
        return None
    got = trial.got[0]
    if isinstance(got, str):
        return Finding("no such fault", f"it returns {got}, wanted one of {', '.join(FAULTS)}")
    for run, answer in zip(RUNS, np.asarray(got), strict=True):
        if np.isnan(answer):
            return Finding("no answer", f"run {run} has no answer: it returns None")
        if FAULTS[int(answer)] != RUNS[run]:
            claimed = FAULTS[int(answer)]
            return Finding(
                f"run {run}",
                f"run {run} is not a case of {claimed!r}: of such a run, {SIGNS[claimed]}. "
                f"print(sick_run({run})) beside print(sick_run(0))",
            )
    return None


EXERCISES = (
    Exercise(
        "dropout",
        (
            "If a fifth of the elements become 0, what has to become of the others to keep the mean?",
            "Draw a uniform number for each element; keep where it is at least p; divide by 1 - p. In "
            "evaluation, return x.",
        ),
        dropout,
        dropout_cases,
        ("x", "p", "training", "rng"),
        ("the result", "whether rng was asked"),
        observe=drawn,
        own=(drops,),
        rtol=np.inf,
    ),
    Exercise(
        "penalty",
        (
            "Differentiate |w| and w^2 for one weight.",
            "The gradient of |w| is its sign (0 at 0), that of w^2 is 2 w.",
        ),
        penalty,
        penalty_cases,
        ("w", "l1", "l2"),
        ("the penalty", "its gradient"),
        twins=(
            Twin("mean for sum", "it takes means; wanted are sums", penalty_mean),
            Twin("order", "l1 and l2 are exchanged", lambda w, l1, l2: penalty(w, l2, l1)),
            Twin(
                "sign", "the gradient of |w| is the sign of w, not w", penalty_with(lambda w: w, 2)
            ),
            Twin("missing 2", "the gradient of l2 w^2 is 2 l2 w", penalty_with(np.sign, 1)),
            Twin(
                "half",
                "it takes half of the squares; wanted l2 times the sum of w^2",
                penalty_with(np.sign, 1, 0.5),
            ),
            Twin(
                "square root",
                "it takes the norm of w; wanted the sum of its squares",
                penalty_with(np.sign, 2, 1.0, True),
            ),
            Twin(
                "square root",
                "it takes np.linalg.norm, which of a matrix with 1 is the largest column's sum; wanted "
                "the sum of |w| and that of w^2",
                lambda w, l1, l2: (
                    l1 * np.linalg.norm(w, 1) + l2 * np.linalg.norm(w),
                    penalty(w, l1, l2)[1],
                ),
            ),
            Twin("sign", "the gradient of |w| is the sign of w, not |w|", penalty_with(np.abs, 2)),
            Twin(
                "sign",
                "the gradient of |w| is -1 where w is negative",
                penalty_with(lambda w: 1.0, 2),
            ),
            Twin(
                "kink",
                "it is right but for w = 0: 0 there, so that a weight can stay",
                penalty_with(lambda w: np.where(w >= 0, 1.0, -1.0), 2),
            ),
            Twin(
                "kink",
                "it is right but for w = 0: 0 there, so that a weight can stay",
                penalty_with(lambda w: np.where(w > 0, 1.0, -1.0), 2),
            ),
            Twin(
                "kink",
                "it is right but for w = 0, where w / |w| is 0/0",
                penalty_with(lambda w: w / np.abs(w), 2),
            ),
        ),
    ),
    Exercise(
        "cyclical_rate",
        (
            "How far is the step from the nearest peak? Draw it for half = 4.",
            "step % (2 half) is the place within a cycle; its distance from half, divided by half, is 1 "
            "at the foot and 0 at the peak.",
        ),
        rate,
        rate_cases,
        ("step", "low", "high", "half"),
        ("the rate",),
        observe=each_step,
        twins=(
            Twin(
                "period",
                "a cycle takes half steps here; wanted 2 half, half up and half down",
                lambda s, low, high, half: (
                    low + (high - low) * (1 - abs(s % half - half / 2) / (half / 2))
                ),
            ),
            Twin(
                "upside down",
                "it begins at high; wanted low",
                lambda s, low, high, half: high - rate(s, low, high, half) + low,
            ),
            Twin(
                "no way down",
                "it falls back to low at once; wanted half steps down",
                lambda s, low, high, half: low + (high - low) * (s % half) / half,
            ),
            Twin(
                "no way down",
                "it falls back to low at once; wanted half steps down",
                lambda s, low, high, half: low + (high - low) * (s % (2 * half)) / (2 * half),
            ),
            Twin(
                "down from the foot",
                "the way down is counted from the cycle's beginning; wanted from its peak",
                lambda s, low, high, half: (
                    lambda k: low + (high - low) * k if k < 1 else high - (high - low) * k
                )(s % (2 * half) / half),
            ),
            Twin(
                "round",
                "it is a sine; the triangular policy goes up and down in straight lines",
                lambda s, low, high, half: low + (high - low) * abs(np.sin(s / half * np.pi / 2)),
            ),
            Twin(
                "round",
                "it is a cosine; the triangular policy goes up and down in straight lines",
                lambda s, low, high, half: low + (high - low) * (1 - np.cos(s / half * np.pi)) / 2,
            ),
            Twin(
                "one cycle",
                "it is right for one cycle and does not begin again",
                lambda s, low, high, half: low + (high - low) * (1 - abs(s - half) / half),
            ),
            Twin(
                "one cycle",
                "it is right for one cycle and does not begin again",
                lambda s, low, high, half: low + (high - low) * max(0, 1 - abs(s - half) / half),
            ),
            Twin(
                "low forgotten",
                "it goes from 0 to high; wanted from low",
                lambda s, low, high, half: rate(s, 0.0, high, half),
            ),
            Twin(
                "low forgotten",
                "it goes from low to low + high; wanted to high",
                lambda s, low, high, half: low + rate(s, 0.0, high, half),
            ),
        ),
    ),
    Exercise(
        "train",
        (
            "Four things happen in a step. Which one fills .grad, which one reads it, and which one "
            "empties it?",
            "The loss is computed anew in each step. Empty .grad before it is filled, fill it before it is "
            "used; loss.item() is the number to keep.",
        ),
        train_with("fzbs"),
        lambda: [Case((6,), words="six steps"), Case((3,), words="three steps")],
        ("steps",),
        ("the list of losses", "the array of weights"),
        observe=observe_training,
        own=(wrong_step,),
        twins=TRAIN_TWINS,
        rtol=1e-5,
    ),
    Exercise(
        "accuracy",
        (
            "Dropout and batch norm do different things in training and in evaluation. Who tells them?",
            "net.eval() before, net.train(...) with what net.training was, after. No tape is needed: "
            "mg.no_grad().",
        ),
        accuracy_with(True),
        lambda: [
            Case((True,), words="a training net"),
            Case((False,), words="a net in evaluation"),
        ],
        ("training",),
        ("the accuracy", "net.training", "the running mean"),
        observe=observe_accuracy,
        own=(mode,),
        said={"100 times": ("percent", "A share is between 0 and 1")},
        twins=(
            Twin("percent", "a share is between 0 and 1", accuracy_with(True, scale=100.0)),
            Twin(
                "count",
                "it is the number of right rows, wanted their share",
                accuracy_with(True, scale=float(len(points()[1]))),
            ),
        ),
        rtol=1e-6,
    ),
    Exercise(
        "parameter_groups",
        (
            "net.modules() gives every layer. Which parameters belong to an nn.Linear, and which of "
            "those is the weight?",
            "Two groups: layer.weight of each nn.Linear, and all other parameters (compare with `is`).",
        ),
        right_groups,
        lambda: [Case((False,)), Case((True,), words="with batch norm")],
        ("norm",),
        ("the decays",),
        observe=observe_groups,
        own=(decays,),
        rtol=1e-9,
    ),
    Exercise(
        "initialise",
        (
            "A unit whose input is below 0 for every example answers 0, and its weights get no "
            "gradient. What pushed it there?",
            "nn.init.zeros_ for the biases, nn.init.kaiming_normal_ for the weights.",
        ),
        he,
        lambda: [Case((depth,), words=f"{depth} layers") for depth in (2, 8)],
        ("depth",),
        ("the units",),
        observe=observe_start,
        own=(alive,),
        rtol=np.inf,
    ),
    Exercise(
        "diagnosis",
        (
            "from minigrad.course import sick_run; print(sick_run(0)), the healthy one, beside the "
            "others. Which line looks different first?",
            "One run does not move although its gradients live; one has no gradient; one grows; one "
            "answers differently each time; one has lost its biases.",
        ),
        lambda run: RUNS[run],
        lambda: [Case((np.array(list(RUNS)),))],
        ("run",),
        ("the diagnoses",),
        observe=observe_names,
        own=(wrong_names,),
    ),
)
