"""Mistakes planted in the course's solutions, and what the checker calls each.

`python tests/course/planted.py --write` writes docs/course/mistakes.md, which holds every message.
"""

from __future__ import annotations

import sys
import types
from functools import cache
from pathlib import Path
from typing import NamedTuple

from minigrad.course.chapters import CHAPTERS, exercises
from minigrad.course.exercise import Finding
from minigrad.course.judge import judge

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "docs" / "course" / "solutions"
PAGE = ROOT / "docs" / "course" / "mistakes.md"


class Planted(NamedTuple):
    chapter: int
    exercise: str
    old: str
    new: str
    mistake: str


def module(chapter: int, old: str = "", new: str = "") -> types.ModuleType:
    """A solution, with some of its text replaced."""
    file = SOLUTIONS / f"chapter{chapter}.py"
    source = file.read_text("utf-8")
    if old:
        assert source.count(old) >= 1, f"chapter {chapter} has no {old!r}"
        source = source.replace(old, new)
    made = types.ModuleType(f"chapter{chapter}_planted")
    sys.modules[made.__name__] = made
    exec(compile(source, str(file), "exec"), vars(made))
    return made


@cache
def findings(p: Planted) -> list[Finding]:
    """What the checker says."""
    (exercise,) = (e for e in exercises(p.chapter) if e.name == p.exercise)
    answer = getattr(module(p.chapter, p.old, p.new), p.exercise)
    return judge(exercise, answer, str(SOLUTIONS / f"chapter{p.chapter}.py"))


WALK = "sorted(found, key=lambda value: value.number, reverse=True)"
BACKWARD = (
    SOLUTIONS.joinpath("chapter2.py").read_text("utf-8").partition("def backward")[2]
    if SOLUTIONS.is_dir()
    else ""
)
EVERY_PATH = """(root, g=1.0):
    if root.rule is None:
        root.grad += g
        return
    for parent, term in zip(root.parents, root.rule(g)):
        backward(parent, term)
"""
RECURSIVE = """(root):
    order, seen = [], set()

    def visit(value):
        if value not in seen:
            seen.add(value)
            for parent in value.parents:
                visit(parent)
            order.append(value)

    visit(root)
    for value in order:
        if value.rule is not None:
            value.grad = 0.0
    if root.rule is None:
        root.grad += 1.0
        return
    root.grad = 1.0
    for value in reversed(order):
        if value.rule is not None:
            for parent, term in zip(value.parents, value.rule(value.grad)):
                parent.grad += term
"""
KEPT = RECURSIVE.replace("            value.grad = 0.0", "            pass")
BREADTH = """(root):
    total, waiting, seen = {root: 1.0}, [root], set()
    while waiting:
        value = waiting.pop(0)
        if value in seen:
            continue
        seen.add(value)
        if value.rule is None:
            value.grad += total[value]
            continue
        for parent, term in zip(value.parents, value.rule(total[value])):
            total[parent] = total.get(parent, 0.0) + term
            waiting.append(parent)
"""
DEPTH = BREADTH.replace("pop(0)", "pop()")

KEEPING = BACKWARD.replace("(root):", "(root, found=set()):").replace("found, waiting = {root}, [root]", "waiting = [root]\n    found.add(root)")  # fmt: skip

SOFT = "e = np.exp(x - x.max(axis=1, keepdims=True))\n    return e / e.sum(axis=1, keepdims=True)"
STAGED_RETURN = "return softmax_rule(dp, p)"
FUSED = "d[np.arange(len(logits)), labels] -= 1"
CLOSED = "return (g - g.mean(axis=0) - h * (g * h).mean(axis=0)) / sigma"
SIGMA = "sigma = np.sqrt(x.var(axis=0) + eps)"

PLANTED = [
    Planted(*row)
    for row in (
        # 1
        (1, "central_difference", "kept - h", "kept", "one-sided"),
        (1, "central_difference", "kept + h", "kept", "one-sided"),
        (1, "central_difference", "h = 6e-6", "h = 1e-10", "h too small"),
        (1, "central_difference", "h = 6e-6", "h = 1e-18", "h too small"),
        (1, "central_difference", "h = 6e-6", "h = 1e-2", "h too large"),
        (1, "central_difference", "dtype=np.float64", "dtype=np.float32", "float32"),
        (1, "central_difference", "x = np.array(x, dtype=np.float64)", "x = x.copy()", "float32"),
        (1, "central_difference", " / (2 * h)", "", "missing 2h"),
        (1, "central_difference", "/ (2 * h)", "/ h", "missing 2h"),
        (1, "central_difference", "/ (2 * h)", "/ 2 * h", "missing 2h"),
        (1, "central_difference", "        x[at] = kept\n", "", "x not restored"),
        (1, "central_difference", "np.array(x, dtype=np.float64)", "np.asarray(x, float)\n    x += 6e-6", "x not restored"),
        (1, "central_difference", "above - below", "below - above", "sign"),
        (1, "central_difference", "np.ndindex(x.shape)", "np.ndindex(x.shape[:1])", "all at once"),
        (1, "central_difference", "above = f(x)", "above = f(x[at])", "f of a part"),
        (1, "central_difference", "np.empty_like(x)", "np.empty(x.shape, np.float32)", "float32"),
        (1, "error_curve", "- f(x - h)) / (2 * h)", "- f(x)) / h", "one-sided"),
        (1, "error_curve", "/ (2 * h)", "/ h", "missing 2h"),
        (1, "error_curve", "abs((", "((", "sign"),
        (1, "error_curve", "    return np.array([abs", "    x, hs = np.float32(x), np.float32(hs)\n    return np.array([abs", "float32"),
        # 2
        (2, "backward", BACKWARD, EVERY_PATH, "depth-first order"),
        (2, "backward", BACKWARD, DEPTH, "depth-first order"),
        (2, "backward", BACKWARD, BREADTH, "depth-first order"),
        (2, "backward", ", reverse=True", "", "depth-first order"),
        (2, "backward", BACKWARD, RECURSIVE, "recursion"),
        (2, "backward", BACKWARD, KEPT, "second pass"),
        (2, "backward", "value.grad += total", "value.grad = total", "second pass"),
        (2, "backward", "total[parent] += term", "total[parent] = term", "= for +="),
        (2, "backward", "    total[root] = 1.0\n", "", "no seed"),
        (2, "backward", "total[root] = 1.0", "total[root] = 2.0", "seed"),
        (2, "backward", "if value.rule is None:", "if value.rule is None and value is not root:", "a leaf alone"),
        (2, "backward", "zip(value.parents,", "zip(value.parents[::-1],", "swapped"),
        (2, "backward", "zip(value.parents, value.rule(total[value]), strict=True)", "zip(value.parents[:1], value.rule(total[value]))", "lost"),
        (2, "backward", "value.grad += total", "value.grad -= total", "sign"),
        (2, "backward", "            total[parent] += term", "            total[parent] += term\n        value.parents = ()", "graph changed"),
        (2, "backward", WALK, f"{WALK}[:1]", "stops early"),
        (2, "backward", BACKWARD, KEEPING, "kept between calls"),
        # 3
        (3, "exp_rule", "g * out", "g * x", "x for out"),
        (3, "exp_rule", "g * out", "g * x * np.exp(x - 1)", "exponent"),
        (3, "exp_rule", "g * out", "out", "g ignored"),
        (3, "exp_rule", "g * out", "-g * out", "sign"),
        (3, "exp_rule", "    return g * out", "    g *= out\n    return g", "g changed"),
        (3, "exp_rule", "return g * out\n", "return (g * out,)\n", "results"),
        (3, "exp_rule", "exp_rule(g, x, out)", "exp_rule(x, g, out)", "arguments"),
        (3, "exp_rule", "exp_rule(g, x, out)", "exp_rule(g, out)", "arguments"),
        (3, "subtract_rules", "g, -g", "g, g", "sign"),
        (3, "subtract_rules", "g, -g", "-g, g", "sign"),
        (3, "subtract_rules", "g, -g", "np.ones_like(g), -np.ones_like(g)", "g ignored"),
        (3, "power_rule", "n * x ** (n - 1)", "n * x**n", "exponent"),
        (3, "power_rule", "n * x ** (n - 1)", "x ** (n - 1)", "exponent"),
        (3, "power_rule", "n * x ** (n - 1)", "(n - 1) * x ** (n - 1)", "exponent"),
        (3, "power_rule", "n * x ** (n - 1)", "out * np.log(x)", "exponent"),
        (3, "power_rule", "g * n * x", "n * x", "g ignored"),
        (3, "power_rule", "n * x ** (n - 1)", "n * np.abs(x) ** (n - 1)", "negative base"),
        (3, "power_rule", "n * x ** (n - 1)", "n * out / x", "power at 0"),
        (3, "power_rule", "n * x ** (n - 1)", "np.nan_to_num(n * out / x)", "power at 0"),
        (3, "tanh_rule", "out**2", "x**2", "x for out"),
        (3, "tanh_rule", "1 - out**2", "1 + out**2", "sign"),
        (3, "tanh_rule", "out**2", "out", "square"),
        (3, "tanh_rule", "g * (1", "(1", "g ignored"),
        (3, "abs_rule", "np.sign(x)", "np.where(x >= 0, 1.0, -1.0)", "kink"),
        (3, "abs_rule", "np.sign(x)", "x / np.abs(x)", "kink"),
        (3, "abs_rule", "g * np.sign(x)", "np.sign(x)", "g ignored"),
        (3, "abs_rule", "g * np.sign(x)", "g", "sign"),
        (3, "abs_rule", "np.sign(x)", "x", "x for out"),
        # 4
        (4, "unbroadcast", "keepdims=True)", ")", "lost keepdims"),
        (4, "unbroadcast", "return g.sum(axis=stretched, keepdims=True)", "return g", "extra axes only"),
        (4, "unbroadcast", "    g = g.sum(axis=tuple(range(extra)))\n    s", "    s", "leading axes forgotten"),
        (4, "unbroadcast", "extra = g.ndim", "return g\n    extra = g.ndim", "no sum"),
        (4, "unbroadcast", "g = g.sum(", "g = g.mean(", "mean for sum"),
        (4, "unbroadcast", "return g.sum(", "return g.mean(", "mean for sum"),
        (4, "unbroadcast", "tuple(range(extra))", "tuple(range(-extra, 0))", "wrong axis"),
        (4, "unbroadcast", "if size == 1", "if size <= 2", "wrong axis"),
        (4, "unbroadcast", "return g.sum(axis=stretched, keepdims=True)", "return g.sum(axis=stretched, keepdims=True).T", "shape"),
        # 5
        (5, "matmul_rules", "g @ b.T", "(g @ b.T).T", "transpose"),
        (5, "matmul_rules", "g @ b.T", "g @ b", "transpose"),
        (5, "matmul_rules", "a.T @ g", "a @ g", "transpose"),
        (5, "matmul_rules", "a.T @ g", "g.T @ a", "transpose"),
        (5, "matmul_rules", "g @ b.T", "b.T @ g", "operands swapped"),
        (5, "matmul_rules", "a.T @ g", "g @ a.T", "operands swapped"),
        (5, "matmul_rules", "g @ b.T", "(0 * g + 1) @ b.T", "ones for g"),
        (5, "matmul_rules", "a.T @ g", "a.T @ g / len(a)", "1/n twice"),
        (5, "matmul_rules", "a.T @ g", "a.T @ g / g.shape[1]", "1/m times"),
        (5, "matmul_rules", "g @ b.T", "0 * a", "zero"),
        (5, "linear_rules", "g @ w", "g @ w.T", "transpose"),
        (5, "linear_rules", "g.T @ x", "x.T @ g", "transpose"),
        (5, "linear_rules", "g.T @ x", "g @ x", "transpose"),
        (5, "linear_rules", "g @ w", "w @ g", "operands swapped"),
        (5, "linear_rules", "g.T @ x", "x @ g.T", "operands swapped"),
        (5, "linear_rules", "g.sum(axis=0)", "g", "bias not summed"),
        (5, "linear_rules", "g.sum(axis=0)", "g[0]", "bias not summed"),
        (5, "linear_rules", "g.sum(axis=0)", "g.sum(axis=1)", "wrong axis"),
        (5, "linear_rules", "g.sum(axis=0)", "g.mean(axis=0)", "1/n twice"),
        (5, "linear_rules", "g.T @ x", "g.T @ x / len(x)", "1/n twice"),
        (5, "linear_rules", "g @ w", "g @ w + b.sum()", "constant"),
        (5, "linear_rules", "g.sum(axis=0)", "0 * b + len(g)", "ones for g"),
        # 6
        (6, "softmax", "axis=1", "axis=0", "wrong axis"),
        (6, "softmax", "e.sum(axis=1, keepdims=True)", "e.sum()", "wrong axis"),
        (6, "softmax", "np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(x)", "overflow"),
        (6, "softmax", "x.max(axis=1, keepdims=True)", "x.max()", "overflow"),
        (6, "softmax", "x.max(axis=1, keepdims=True)", "x.max(axis=1, keepdims=True, initial=0)", "overflow"),
        (6, "softmax", "x - x.max(axis=1, keepdims=True)", "np.clip(x, -50, 50)", "overflow"),
        (6, "softmax", "return e / e.sum(axis=1, keepdims=True)", "return e", "not normalised"),
        (6, "softmax", ".sum(axis=1, keepdims=True)", ".sum(axis=1)", "lost keepdims"),
        (6, "softmax_rule", " - (g * p).sum(axis=1, keepdims=True)", "", "denominator"),
        (6, "softmax_rule", "(g * p).sum(axis=1,", "(g * p).sum(axis=0,", "wrong axis"),
        (6, "softmax_rule", "(g * p).sum", "(g * p).mean", "denominator"),
        (6, "softmax_rule", "(g * p).sum(axis=1, keepdims=True)", "g * p", "elementwise"),
        (6, "softmax_rule", "p * (g -", "p * (g +", "sign"),
        (6, "cross_entropy_staged", STAGED_RETURN, "return dp * p", "softmax forgotten"),
        (6, "cross_entropy_staged", "-g / n / p", "-g / p", "1/n"),
        (6, "cross_entropy_staged", "-g / n / p", "g / n / p", "sign"),
        (6, "cross_entropy_staged", "-g / n / p", "-1 / n / p", "g ignored"),
        (6, "cross_entropy_staged", "[rows, labels]", "[:, labels]", "label's place"),
        (6, "cross_entropy_staged", "(g * p).sum(axis=1", "(g * p).sum(axis=0", "wrong axis"),
        (6, "cross_entropy_fused", "    " + FUSED + "\n", "", "label not subtracted"),
        (6, "cross_entropy_fused", FUSED, "y = np.eye(d.shape[1])[labels]\n    d = d * y - y", "P∘Y − Y"),
        (6, "cross_entropy_fused", "return d * g / len(logits)", "return d * g", "1/n"),
        (6, "cross_entropy_fused", "/ len(logits)", "/ logits.size", "1/n"),
        (6, "cross_entropy_fused", "/ len(logits)", "/ len(logits) ** 2", "1/n"),
        (6, "cross_entropy_fused", "-= 1", "-= 1 / len(logits)", "1/n"),
        (6, "cross_entropy_fused", "return d * g /", "return -d * g /", "sign"),
        (6, "cross_entropy_fused", "-= 1", "+= 1", "sign"),
        (6, "cross_entropy_fused", "-= 1", "= -1", "= for -="),
        (6, "cross_entropy_fused", "-= 1", "= 0", "= for -="),
        (6, "cross_entropy_fused", "return d * g /", "return d /", "g ignored"),
        (6, "cross_entropy_fused", "d = softmax(logits)", "d = softmax(logits.T).T", "wrong axis"),
        (6, "cross_entropy_fused", "np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(x)", "overflow"),
        (6, "cross_entropy_fused", "d = softmax(logits)", "d = logits.copy()", "softmax forgotten"),
        # 7
        (7, "batch_norm", " + eps", "", "eps"),
        (7, "batch_norm", "np.sqrt(x.var(axis=0) + eps)", "(x.std(axis=0) + eps)", "eps"),
        (7, "batch_norm", "x.var(axis=0)", "x.var(axis=0, ddof=1)", "ddof"),
        (7, "batch_norm", "axis=0)", "axis=1, keepdims=True)", "axis"),
        (7, "batch_norm", "(x - x.mean(axis=0))", "x", "mean"),
        (7, "batch_norm", "(x - x.mean(axis=0))", "(x - np.median(x, axis=0))", "mean"),
        (7, "batch_norm_staged", "    return dd + dmean / n", "    return dd", "mean held constant"),
        (7, "batch_norm_staged", "    dd = dd + 2 * d * dv / n\n", "", "variance held constant"),
        (7, "batch_norm_staged", "dd + 2 * d * dv / n", "dd + 2 * d * dv", "1/n"),
        (7, "batch_norm_staged", "dd + dmean / n", "dd + dmean", "1/n"),
        (7, "batch_norm_staged", "v = (d * d).sum(axis=0) / n", "v = (d * d).sum(axis=0) / (n - 1)", "ddof"),
        (7, "batch_norm_staged", "dv / n", "dv / (n - 1)", "ddof"),
        (7, "batch_norm_staged", "np.sqrt(v + eps)", "np.sqrt(v)", "eps"),
        (7, "batch_norm_staged", "-(g * d).sum(", "(g * d).sum(", "sign"),
        (7, "batch_norm_staged", "dmean = -dd", "dmean = dd", "sign"),
        (7, "batch_norm_staged", "-dd.sum(axis=0)", "-dd", "mean not summed"),
        (7, "batch_norm_staged", "dd = dd + 2 * d", "dd = 2 * d", "= for +="),
        (7, "batch_norm_staged", "/ (2 * sigma)", "/ sigma", "2 and 1/2"),
        (7, "batch_norm_staged", "    dd = dd + 2 * d * dv / n\n    dmean = -dd.sum(axis=0)\n    return dd + dmean / n", "    return dd + 2 * d * dv", "mean held constant; 1/n"),
        (7, "batch_norm_closed", "h * (g * h).mean(axis=0)", "(g * h).mean(axis=0)", "h forgotten"),
        (7, "batch_norm_closed", " - g.mean(axis=0)", "", "mean held constant"),
        (7, "batch_norm_closed", " - h * (g * h).mean(axis=0)", "", "variance held constant"),
        (7, "batch_norm_closed", CLOSED, "return g / sigma", "mean and variance held constant"),
        (7, "batch_norm_closed", "(g * h).mean(", "(g * h).sum(", "1/n"),
        (7, "batch_norm_closed", "g - g.mean(", "g - g.sum(", "1/n"),
        (7, "batch_norm_closed", SIGMA, "sigma = np.sqrt(x.var(axis=0, ddof=1) + eps)", "ddof"),
        (7, "batch_norm_closed", SIGMA, "sigma = x.std(axis=0)", "eps"),
        (7, "batch_norm_closed", SIGMA, "sigma = x.std(axis=0) + eps", "eps"),
        (7, "batch_norm_closed", "axis=0)", "axis=1, keepdims=True)", "axis"),
        (7, "batch_norm_closed", ") / sigma\n\n\ndef cot", ")\n\n\ndef cot", "sigma"),
        (7, "cotangent", "np.random.default_rng(0).standard_normal(x.shape)", "np.ones_like(x)", "lets pass"),
        (7, "cotangent", "(x.shape)", "(x.shape[1:])", "shape"),
        # 9
        (9, "dropout", " / (1 - p)", "", "no 1/(1−p)"),
        (9, "dropout", "    if not training:\n        return x\n", "", "eval forgotten"),
        (9, "dropout", ">= p", "< p", "p and 1 − p"),
        (9, "dropout", "x * kept / (1 - p)", "x * kept / p if p else x", "scale"),
        (9, "dropout", "rng.random(x.shape)", "rng.random(x.shape[1])", "one mask"),
        (9, "dropout", "rng.random(x.shape)", "np.random.default_rng(0).random(x.shape)", "rng"),
        (9, "dropout", "x * kept /", "kept /", "scale"),
        (9, "penalty", "penalty(w, l1, l2)", "penalty(w, l2, l1)", "arguments"),
        (9, "penalty", "    return l1 *", "    l1, l2 = l2, l1\n    return l1 *", "order"),
        (9, "penalty", "2 * l2 * w", "l2 * w", "missing 2"),
        (9, "penalty", "np.sign(w)", "np.abs(w)", "sign"),
        (9, "penalty", "np.sign(w)", "w / np.abs(w)", "kink"),
        (9, "penalty", "(w * w).sum()", "np.sqrt((w * w).sum())", "square root"),
        (9, "cyclical_rate", "(1 - way)", "way", "upside down"),
        (9, "cyclical_rate", "step % (2 * half)", "step", "one cycle"),
        (9, "cyclical_rate", "return low + (high - low)", "return high", "low forgotten"),
        (9, "train", "        optimizer.zero_grad()\n", "", "no zero_grad"),
        (9, "train", "        loss.backward()\n        optimizer.step()", "        optimizer.step()\n        loss.backward()", "step before backward"),
        (9, "train", "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()", "        optimizer.step()\n        optimizer.zero_grad()\n        loss.backward()", "step before backward"),
        (9, "train", "        optimizer.step()\n", "", "no step"),
        (9, "train", "        loss.backward()\n", "", "no backward"),
        (9, "train", "        loss.backward()\n", "        loss.backward()\n        optimizer.zero_grad()\n", "zeroed too early"),
        (9, "train", "net(x), y)", "F.softmax(net(x), 1), y)", "softmax twice"),
        (9, "train", "net(x), y)", 'net(x), y, reduction="sum")', "sum for mean"),
        (9, "train", "losses.append(loss.item())", "losses.append(F.cross_entropy(net(x), y).item())", "loss after the step"),
        (9, "train", "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()", "        optimizer.zero_grad()\n        loss.backward(retain_graph=True)\n        optimizer.step()\n        loss.backward()", "old loss"),
        (9, "train", "    return losses", "    return loss.item()", "results"),
        (9, "accuracy", "    net.eval()\n", "", "eval forgotten"),
        (9, "accuracy", "    net.train(training)\n", "", "train forgotten"),
        (9, "accuracy", ".mean().item()", ".sum().item()", "count"),
        (9, "parameter_groups", '"weight_decay": 0.0', '"weight_decay": decay', "decay on biases"),
        (9, "parameter_groups", "isinstance(m, nn.Linear)", 'hasattr(m, "weight")', "decay on scales"),
        (9, "parameter_groups", '        {"params": others, "weight_decay": 0.0},\n', "", "left out"),
        (9, "parameter_groups", "if not any(p is w for w in weights)", "", "twice"),
        (9, "parameter_groups", '"params": others', '"params": ["bias"]', "results"),
        (9, "initialise", "            nn.init.zeros_(layer.bias)\n", "", "dead ReLUs"),
        (9, "initialise", "nn.init.zeros_(layer.bias)", "nn.init.constant_(layer.bias, -9.0)", "dead ReLUs"),
        (9, "initialise", 'kaiming_normal_(layer.weight, nonlinearity="relu")', "normal_(layer.weight, std=0.01)", "vanishes"),
        (9, "initialise", 'kaiming_normal_(layer.weight, nonlinearity="relu")', "zeros_(layer.weight)", "symmetry"),
        (9, "diagnosis", '1: "step before backward"', '1: "dead ReLUs"', "run 1"),
        (9, "diagnosis", '5: "no zero_grad"', '5: "step before backward"', "run 5"),
        (9, "diagnosis", '5: "no zero_grad"', '5: "it is ill"', "no such fault"),
        # in other places
        (1, "error_curve", "(f(x + h) - f(x - h)) / (2 * h)", "(f(x + 1e-5) - f(x - 1e-5)) / 2e-5", "h ignored"),
        (2, "backward", "            continue\n", "", "leaf"),
        (2, "backward", "    total = dict.fromkeys(found, 0.0)\n", "    total = {}\n", "no total"),
        (3, "subtract_rules", "g, -g", "1.0, -1.0", "g ignored"),
        (3, "subtract_rules", "g, -g", "g * x2, -g * x1", "product"),
        (3, "power_rule", "n * x ** (n - 1)", "n ** (x - 1)", "exponent"),
        (3, "power_rule", "n * x ** (n - 1)", "(n - 1) * x ** n", "exponent"),
        (3, "tanh_rule", "1 - out**2", "1 - out * 2", "square"),
        (3, "tanh_rule", "1 - out**2", "(1 - out) ** 2", "square"),
        (3, "tanh_rule", "g * (1 - out**2)", "g / np.cosh(x)", "square"),
        (3, "power_rule", "n * x ** (n - 1)", "n * x ^ (n - 1)", "power"),
        (3, "abs_rule", "g * np.sign(x)", "g if x > 0 else -g", "if"),
        (3, "abs_rule", "g * np.sign(x)", "np.copysign(g, x)", "sign"),
        (4, "unbroadcast", "g = g.sum(axis=tuple(range(extra)))", "g = g[(0,) * extra]", "one copy"),
        (4, "unbroadcast", "    return g.sum(axis=stretched, keepdims=True)", "    for i in stretched:\n        g = g.sum(axis=i)\n    return g", "lost keepdims"),
        (4, "unbroadcast", "g.sum(axis=tuple(range(extra)))", "g.max(axis=tuple(range(extra)))", "max for sum"),
        (4, "unbroadcast", "extra = g.ndim", "return np.broadcast_to(g, shape)\n    extra = g.ndim", "no sum"),
        (4, "unbroadcast", "    extra = g.ndim - len(shape)\n", "    extra = sum(g.shape[i] != shape[i] for i in range(g.ndim))\n", "wrong axis"),
        (4, "unbroadcast", "extra = g.ndim", "return g.reshape(shape)\n    extra = g.ndim", "no sum"),
        (5, "matmul_rules", "g @ b.T, a.T @ g", "g * b.T, a.T * g", "elementwise"),
        (5, "matmul_rules", "g @ b.T, a.T @ g", "b.T, a.T", "g forgotten"),
        (5, "matmul_rules", "g @ b.T,", "g[:, -1:] * b[:, -1],", "= for +="),
        (5, "linear_rules", "g.sum(axis=0)", "g.sum(axis=0) * b", "bias times b"),
        (6, "softmax_rule", ", keepdims=True", "", "lost keepdims"),
        (6, "softmax_rule", "return p * (g - (g * p).sum(axis=1, keepdims=True))", "return p * g - (g * p).sum(axis=1, keepdims=True)", "brackets"),
        (6, "softmax", "x.max(axis=1, keepdims=True)", "x.max(axis=1)", "lost keepdims"),
        (6, "softmax", "return e / e.sum(axis=1, keepdims=True)", "return np.log(e / e.sum(axis=1, keepdims=True))", "logarithm"),
        (6, "softmax_rule", "(g * p).sum(axis=1, keepdims=True)", "(g * p).sum()", "wrong axis"),
        (6, "softmax_rule", "return p * (", "return (", "p forgotten"),
        (6, "cross_entropy_staged", " / p[rows, labels]", "", "log forgotten"),
        (6, "cross_entropy_staged", "dp[rows, labels] = -g / n / p[rows, labels]", "dp[:] = -g / n / p", "every class"),
        (6, "cross_entropy_fused", "[np.arange(len(logits)), labels]", "[labels, np.arange(len(logits))]", "label's place"),
        (6, "cross_entropy_fused", FUSED, "d -= labels[:, None]", "label's place"),
        (6, "cross_entropy_fused", FUSED, "d -= 1", "every class"),
        (6, "cross_entropy_fused", ", labels] -= 1", ", labels - 1] -= 1", "label's place"),
        (7, "batch_norm", "/ np.sqrt(x.var(axis=0) + eps)", "/ x.std(axis=0) + eps", "eps"),
        (7, "batch_norm", "np.sqrt(x.var(axis=0) + eps)", "x.var(axis=0)", "root"),
        (7, "batch_norm", "x.var(axis=0)", "len(x) * x.var(axis=0)", "1/n"),
        (7, "batch_norm", "+ eps", "+ eps**2", "eps"),
        (7, "batch_norm", "np.sqrt(x.var(axis=0) + eps)", "(x.std(axis=0) + np.sqrt(eps))", "eps"),
        (7, "batch_norm", "x.var(axis=0)", "x.var()", "axis"),
        (7, "batch_norm_closed", "(g * h).mean(axis=0)", "g.mean(axis=0)", "variance's term"),
        (7, "batch_norm_closed", "(g * h).mean(axis=0)) / sigma", "(g * h).mean(axis=0)) / (sigma * len(x))", "1/n"),
        (7, "batch_norm_closed", "h * (g * h).mean(axis=0)) / sigma", "h * (g * h).mean(axis=0)) * sigma", "sigma"),
        (7, "batch_norm_closed", "np.sqrt(x.var(axis=0) + eps)", "(x.var(axis=0) + eps)", "root"),
        (7, "cotangent", "np.random.default_rng(0).standard_normal(x.shape)", "[[1, 2], [3]]", "results"),
        (7, "batch_norm_staged", "sigma**2", "sigma", "root"),
        (7, "batch_norm_staged", "-(g * d).sum(axis=0)", "-(g * d)", "not summed"),
        (7, "batch_norm_closed", CLOSED, CLOSED.replace("return (", "return ").replace(") / s", " / s"), "brackets"),
        (7, "batch_norm_closed", "h * (g * h)", "x * (g * x)", "x for h"),
        (9, "dropout", "rng.random(x.shape)", "rng.random()", "one mask"),
        (9, "cyclical_rate", "return low + (high - low) * (1 - way)", "return low + (high - low) * abs(np.sin(step / half * np.pi / 2))", "round"),
        (9, "train", "F.cross_entropy(net(x), y)", "F.nll_loss(F.softmax(net(x), 1), y)", "log forgotten"),
    )
]  # fmt: skip

UNKNOWN = [
    Planted(*row, "differs")
    for row in (
        (1, "central_difference", "return gradient", "return gradient + 0.1 * x**3"),
        (1, "error_curve", "return np.array(", "return 1.5 * hs + np.array("),
        (2, "backward", "value.grad += total[value]", "value.grad += total[value] ** 3"),
        (3, "exp_rule", "g * out", "g * out * np.cos(x)"),
        (3, "subtract_rules", "g, -g", "g, -g + 0.1 * x1"),
        (3, "power_rule", "x ** (n - 1)", "x ** (n - 1) + 0.1 * x"),
        (3, "tanh_rule", "out**2", "np.cos(out)"),
        (3, "abs_rule", "np.sign(x)", "np.cos(x)"),
        (4, "unbroadcast", "return g", "return np.cos(g)"),
        (5, "matmul_rules", "g @ b.T", "g**3 @ b.T"),
        (5, "linear_rules", "g @ w", "g @ w**3"),
        (6, "softmax", "return e /", "return 0.1 * np.cos(e) + e /"),
        (6, "softmax_rule", "return p * (g", "return p * (np.cos(g)"),
        (6, "cross_entropy_staged", "return softmax_rule", "return 0.1 * np.cos(p) + softmax_rule"),
        (6, "cross_entropy_fused", "return d * g", "return np.cos(d) * g"),
        (7, "batch_norm", "return (x -", "return (0.9 * x + 0.1 * np.cos(x) -"),
        (7, "batch_norm_staged", "dv = dsigma / (2 * sigma)", "dv = np.cos(dsigma)"),
        (7, "batch_norm_closed", "return (g -", "return (np.cos(g) -"),
        (9, "penalty", "l1 * np.sign(w) +", "l1 * np.sign(w) + 0.1 * np.cos(w) +"),
        (9, "cyclical_rate", "return low +", "return low + 0.001 * step * (step - 1) +"),
        (9, "train", "losses.append(loss.item())", "losses.append(loss.item() ** 1.5)"),
    )
]


IN_C = """| exercise | mistake | how it is noticed |
| --- | --- | --- |
| `cross_entropy_row` | strides | right side by side, wrong or written beside with a stride of 3, 2, -2 |
| `cross_entropy_row` | aliasing | right where dx has memory of its own, wrong where dx is x |
| `cross_entropy_row` | g changed, x changed | they are compared after each call |
| `cross_entropy_row` | dtype | right for one of float and double only, or an access of another size |
| `cross_entropy_row` | out of bounds | AddressSanitizer, its words explained; without it, marks beside each array |
| `cross_entropy_row` | label not subtracted, sign, g ignored, P∘Y − Y, not normalised, overflow | as in chapter 6 |
| `cross_entropy_row` | not written | an element of dx is what it was before |
| `cross_entropy_row` | stack overflow, division by 0 | the sanitizer, or the signal |
| `cross_entropy_row` | not compiled, stopped | the compiler's first words; ten seconds |"""


def page() -> str:
    """docs/course/mistakes.md."""
    lines = [
        "# Mistakes that the checker names",
        "",
        "The test suite plants each in a solution; each gets this message and no other. Written by",
        "`python tests/course/planted.py --write`. Those of chapter 8, which are made in C, are in",
        "`tests/course/test_course_native.py`.",
    ]
    for chapter, (_, title) in CHAPTERS.items():
        rows = [p for p in PLANTED if p.chapter == chapter]
        if chapter == 8:
            lines += ["", f"## {chapter}. {title}", "", IN_C]
        if rows:
            lines += ["", f"## {chapter}. {title}", "", "| exercise | mistake | message |"]
            lines += ["| --- | --- | --- |"]
        for p in rows:
            found = findings(p)[0]
            text = found.text.replace("|", "\\|").replace("\n", "<br>")
            row = f"| `{p.exercise}` | {found.mistake} | {text} |"
            if row not in lines:
                lines.append(row)
    return "\n".join(lines) + "\n"


if __name__ == "__main__" and "--write" in sys.argv:
    PAGE.write_text(page(), "utf-8")
