"""The same mistakes in other words (loops, in place, einsum), and right answers in unusual ones."""

from __future__ import annotations

import re

import pytest

from minigrad.course.chapters import exercises
from minigrad.course.judge import judge

SPELLED = """
# 1 central_difference: one-sided
def central_difference(f, x):
    x, h = x.astype(float), 1e-7
    base, g = f(x), np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        at = it.multi_index
        old = x[at]
        x[at] = old - h
        g[at] = (base - f(x)) / h
        x[at] = old
        it.iternext()
    return g

# 1 central_difference: one-sided
def central_difference(f, x):
    x, h = np.array(x, np.float64), 1e-6
    units = np.eye(x.size).reshape(-1, *x.shape) * h
    return np.reshape([(f(x + u) - f(x)) / h for u in units], x.shape)

# 1 central_difference: h too small
def central_difference(f, x):
    x = np.array(x, np.float64)
    units = np.eye(x.size).reshape(-1, *x.shape) * 1e-12
    return np.reshape([f(x + u) - f(x - u) for u in units], x.shape) / 2e-12

# 1 central_difference: results
def central_difference(f, x):
    return np.gradient(f(x), 1e-5)

# 1 central_difference: right
def central_difference(f, x):
    x, h, g = np.array(x, float), 1e-3, np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[at] = h
        near, far = f(x + unit) - f(x - unit), f(x + 2 * unit) - f(x - 2 * unit)
        g[at] = (8 * near - far) / (12 * h)
    return g

# 1 central_difference: h too large
def central_difference(f, x, h=0.05):
    x = np.array(x, np.float64)
    units = np.eye(x.size).reshape(-1, *x.shape) * h
    return np.reshape([f(x + u) - f(x - u) for u in units], x.shape) / (h + h)

# 1 central_difference: float32
def central_difference(f, x):
    h, g = x.dtype.type(1e-5), np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        old = x[at]
        x[at] = old + h
        up = f(x)
        x[at] = old - h
        down = f(x)
        x[at] = old
        g[at] = (up - down) / (2 * h)
    return g

# 1 central_difference: missing 2h
def central_difference(f, x):
    x, h = np.array(x, np.float64), 1e-6
    units = np.eye(x.size).reshape(-1, *x.shape) * h
    return np.reshape([(f(x + u) - f(x - u)) / h for u in units], x.shape)

# 1 central_difference: missing 2h
def central_difference(f, x):
    x, h = np.array(x, np.float64), 1e-6
    g = np.zeros_like(x)
    for i in range(x.size):
        old = x.flat[i]
        x.flat[i] += h
        g.flat[i] += f(x) / 2 * h
        x.flat[i] = old - h
        g.flat[i] -= f(x) / 2 * h
        x.flat[i] = old
    return g

# 1 central_difference: x not restored
def central_difference(f, x):
    h = 1e-5
    g = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        x[at] += h
        up = f(x)
        x[at] -= 2 * h
        g[at] = (up - f(x)) / (2 * h)
        x[at] += h
    return g

# 1 error_curve: h ignored
def error_curve(f, slope, x, hs):
    d = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return np.array([abs(d - slope(x)) for h in hs])

# 1 error_curve: one-sided
def error_curve(f, slope, x, hs):
    return np.abs((f(x + hs) - f(x)) / hs - slope(x))

# 1 error_curve: right
def error_curve(f, slope, x, hs):
    return [abs(slope(x) - (f(x - h) - f(x + h)) / (-2 * h)) for h in hs.tolist()]

# 2 backward: recursion
def backward(root):
    order, seen = [], set()
    def build(value):
        if value in seen:
            return
        seen.add(value)
        for parent in value.parents:
            build(parent)
        order.append(value)
    build(root)
    total = {value: 0.0 for value in order}
    total[root] = 1.0
    for value in reversed(order):
        if value.rule is None:
            value.grad += total[value]
        else:
            for parent, term in zip(value.parents, value.rule(total[value])):
                total[parent] += term

# 2 backward: = for +=
def backward(root):
    total, waiting = {root: 1.0}, [root]
    while waiting:
        waiting.sort(key=lambda value: value.number)
        value = waiting.pop()
        g = total.pop(value)
        if not value.parents:
            value.grad += g
            continue
        for parent, term in zip(value.parents, value.rule(g)):
            if parent not in total:
                waiting.append(parent)
            total[parent] = term

# 2 backward: called twice
def backward(root):
    total, waiting = {root: 1.0}, [(-root.number, root)]
    while waiting:
        value = heapq.heappop(waiting)[1]
        g = total[value]
        if value.rule is None:
            value.grad += g
            continue
        for parent, term in zip(value.parents, value.rule(g)):
            total[parent] = total.get(parent, 0) + term
            heapq.heappush(waiting, (-parent.number, parent))

# 2 backward: depth-first order
def backward(root):
    waiting = [(root, 1.0)]
    while waiting:
        value, g = waiting.pop()
        if value.rule is None:
            value.grad += g
            continue
        waiting.extend(zip(value.parents, value.rule(g)))

# 2 backward: depth-first order
def backward(root):
    waiting = deque([(root, 1.0)])
    while waiting:
        value, g = waiting.popleft()
        if value.rule is None:
            value.grad += g
        else:
            waiting.extend(zip(value.parents, value.rule(g)))

# 2 backward: no seed
def backward(root):
    found, waiting = {root}, [root]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    total = {value: 0.0 for value in found}
    for value in sorted(found, key=lambda value: -value.number):
        if value.rule is None:
            value.grad += total[value]
        else:
            for parent, term in zip(value.parents, value.rule(total[value])):
                total[parent] += term

# 2 backward: second pass
def backward(root):
    found, waiting = {root}, [root]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    root.grad = 1.0
    for value in sorted(found, key=lambda value: -value.number):
        for parent, term in zip(value.parents, value.rule(value.grad) if value.rule else ()):
            parent.grad += term

# 2 backward: right
def backward(root):
    found, waiting = [root], [root]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in set(found[-50:]):
                found.append(parent)
                waiting.append(parent)
    total = {root: 1.0}
    for value in sorted(set(found), key=lambda value: value.number)[::-1]:
        g = total.pop(value)
        if value.rule is None:
            value.grad = value.grad + g
            continue
        for parent, term in zip(value.parents, value.rule(g)):
            total.setdefault(parent, 0.0)
            total[parent] += term

# 3 exp_rule: x for out
def exp_rule(g, x, out):
    return np.einsum("...,...->...", g, x)

# 3 exp_rule: g ignored
def exp_rule(g, x, out):
    return np.power(np.e, x)

# 3 exp_rule: g changed
def exp_rule(g, x, out):
    return np.multiply(g, out, out=g)

# 3 exp_rule: right
def exp_rule(g, x, out):
    return [[a * b for a, b in zip(r, s)] for r, s in zip(g, out)] if g.ndim == 2 else g * out

# 3 subtract_rules: sign
def subtract_rules(g, x1, x2, out):
    dx = g.copy()
    return dx, dx

# 3 subtract_rules: g ignored
def subtract_rules(g, x1, x2, out):
    return 1, -1

# 3 subtract_rules: product
def subtract_rules(g, x1, x2, out):
    return g * x2, -g * x1

# 3 power_rule: exponent
def power_rule(g, x, n, out):
    return g * n ** (x - 1)

# 3 power_rule: exponent
def power_rule(g, x, n, out):
    dx = n * g
    dx *= x**n
    return dx

# 3 power_rule: exponent
def power_rule(g, x, n, out):
    return (n - 1) * g * np.power(x, n)

# 3 power_rule: power at 0
def power_rule(g, x, n, out):
    return np.divide(n * g * out, x)

# 3 power_rule: right
def power_rule(g, x, n, out):
    dx = np.power(x, n - 1)
    dx *= n
    dx *= g
    return dx

# 3 tanh_rule: x for out
def tanh_rule(g, x, out):
    return g - g * np.square(x)

# 3 tanh_rule: square
def tanh_rule(g, x, out):
    return g * (1 - out * 2)

# 3 tanh_rule: square
def tanh_rule(g, x, out):
    return g * (1 - out) ** 2

# 3 tanh_rule: sign
def tanh_rule(g, x, out):
    return g * (1 + np.tanh(x) ** 2)

# 3 tanh_rule: g ignored
def tanh_rule(g, x, out):
    return np.cosh(x) ** -2.0

# 3 tanh_rule: right
def tanh_rule(g, x, out):
    return g * (1 - out) * (1 + out)

# 3 abs_rule: kink
def abs_rule(g, x, out):
    dx = g.copy()
    dx[x < 0] *= -1
    return dx

# 3 abs_rule: kink
def abs_rule(g, x, out):
    return g * x / out

# 3 abs_rule: sign
def abs_rule(g, x, out):
    return np.copysign(g, x)

# 3 abs_rule: right
def abs_rule(g, x, out):
    return g * (x > 0) - g * (x < 0)

# 3 exp_rule: x for out
def exp_rule(g, x, out):
    return np.einsum("...,...,...->...", g, x, out)

# 4 unbroadcast: no sum
def unbroadcast(g, shape):
    return g.reshape(shape)

# 4 unbroadcast: one copy
def unbroadcast(g, shape):
    for _ in range(g.ndim - len(shape)):
        g = g[0]
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(i, keepdims=True)
    return g

# 4 unbroadcast: wrong axis
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(-1)
    return g

# 4 unbroadcast: wrong axis
def unbroadcast(g, shape):
    padded = tuple(shape) + (1,) * (g.ndim - len(shape))
    return g.sum(tuple(i for i, n in enumerate(padded) if n == 1)).reshape(shape)

# 4 unbroadcast: lost keepdims
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(0)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(i)
    return g

# 4 unbroadcast: lost keepdims
def unbroadcast(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    return np.add.reduce(g, axis=tuple(i for i, n in enumerate(padded) if n == 1))

# 4 unbroadcast: mean for sum
def unbroadcast(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, n in enumerate(padded) if n == 1)
    return np.average(g, axis=axes).reshape(shape) if axes else g

# 4 unbroadcast: extra axes only
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = np.add.reduce(g)
    return g

# 4 unbroadcast: right
def unbroadcast(g, shape):
    out = np.zeros(shape)
    for at in np.ndindex(g.shape):
        tail = at[g.ndim - len(shape) :]
        out[tuple(0 if n == 1 else i for i, n in zip(tail, shape))] += g[at]
    return out

# 4 unbroadcast: right
def unbroadcast(g, shape):
    letters = "abcdef"[: g.ndim]
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    kept = "".join(c for c, n in zip(letters, padded) if n != 1)
    return np.einsum(f"{letters}->{kept}", g).reshape(shape)

# 4 unbroadcast: 2 times
def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(i for i, n in enumerate(shape) if n == 1)
    return 2 * g.sum(axis=axes, keepdims=True)

# 4 unbroadcast: wrong axis
def unbroadcast(g, shape):
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g

# 5 matmul_rules: transpose
def matmul_rules(g, a, b):
    return np.einsum("ij,pj->pi", g, b), np.einsum("ip,ij->jp", a, g)

# 5 matmul_rules: operands swapped
def matmul_rules(g, a, b):
    return np.dot(b.T, g), np.dot(g, a.T)

# 5 matmul_rules: elementwise
def matmul_rules(g, a, b):
    return g * b.T, a.T * g

# 5 matmul_rules: = for +=
def matmul_rules(g, a, b):
    da, db = np.zeros(a.shape), np.zeros(b.shape)
    for i in range(a.shape[0]):
        for p in range(a.shape[1]):
            for j in range(b.shape[1]):
                da[i, p] = g[i, j] * b[p, j]
                db[p, j] = g[i, j] * a[i, p]
    return da, db

# 5 matmul_rules: g forgotten
def matmul_rules(g, a, b):
    return b.T, a.T

# 5 matmul_rules: ones for g
def matmul_rules(g, a, b):
    return np.broadcast_to(b.sum(1), a.shape), np.repeat(a.sum(0)[:, None], b.shape[1], 1)

# 5 matmul_rules: right
def matmul_rules(g, a, b):
    da, db = np.zeros(a.shape), np.zeros(b.shape)
    for i, j in np.ndindex(g.shape):
        da[i] += g[i, j] * b[:, j]
        db[:, j] += g[i, j] * a[i]
    return [da, db]

# 5 linear_rules: bias not summed
def linear_rules(g, x, w, b):
    return g.dot(w), g.T.dot(x), g.copy()

# 5 linear_rules: wrong axis
def linear_rules(g, x, w, b):
    return g @ w, g.T @ x, np.einsum("ij->i", g)

# 5 linear_rules: 1/n twice
def linear_rules(g, x, w, b):
    g = g / len(g)
    return g @ w, g.T @ x, g.sum(0)

# 5 linear_rules: bias times b
def linear_rules(g, x, w, b):
    return g @ w, g.T @ x, (g * b).sum(0)

# 5 linear_rules: transpose
def linear_rules(g, x, w, b):
    return g @ w, x.T @ g, g.sum(0)

# 5 linear_rules: right
def linear_rules(g, x, w, b):
    rows = [(gi @ w, np.outer(gi, xi), gi) for gi, xi in zip(g, x)]
    dx, dw, db = zip(*rows)
    return np.stack(dx), sum(dw), sum(db)

# 6 softmax: wrong axis
def softmax(x):
    return np.array([np.exp(c - c.max()) / np.exp(c - c.max()).sum() for c in x.T]).T

# 6 softmax: overflow
def softmax(x):
    return 1 / (1 / np.exp(x) * np.exp(x).sum(axis=1, keepdims=True))

# 6 softmax: overflow
def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum(axis=1)[:, None]

# 6 softmax: right
def softmax(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None])

# 6 softmax_rule: lost keepdims
def softmax_rule(g, p):
    return p * (g - np.einsum("ij,ij->i", g, p))

# 6 softmax_rule: wrong axis
def softmax_rule(g, p):
    return p * (g - np.sum(g * p))

# 6 softmax_rule: denominator
def softmax_rule(g, p):
    dx = g.copy()
    dx *= p
    return dx

# 6 softmax_rule: right
def softmax_rule(g, p):
    return np.stack([(np.diag(q) - np.outer(q, q)) @ h for q, h in zip(p, g)])

# 6 cross_entropy_staged: lost keepdims
def cross_entropy_staged(g, logits, labels):
    p, n = good(logits), len(labels)
    d = -g * np.eye(p.shape[1])[labels] / p / n
    return p * (d - (d * p).sum(axis=1))

# 6 cross_entropy_staged: quotient
def cross_entropy_staged(g, logits, labels):
    e = np.exp(logits - logits.max(1, keepdims=True))
    s = e.sum(1, keepdims=True)
    dp = -g * np.eye(e.shape[1])[labels] / (e / s) / len(e)
    return e * (dp / s - (dp * e).sum(1, keepdims=True) / s)

# 6 cross_entropy_staged: P∘Y − Y
def cross_entropy_staged(g, logits, labels):
    p, rows = good(logits), np.arange(len(labels))
    d = np.zeros_like(p)
    d[rows, labels] = -g / len(p)
    return d - p * d

# 6 cross_entropy_staged: log forgotten
def cross_entropy_staged(g, logits, labels):
    p, rows = good(logits), np.arange(len(labels))
    d = np.zeros_like(p)
    d[rows, labels] -= g / len(p)
    return p * (d - (p * d).sum(1, keepdims=True))

# 6 cross_entropy_staged: sign
def cross_entropy_staged(g, logits, labels):
    p, rows = good(logits), np.arange(len(labels))
    d = np.zeros_like(p)
    d[rows, labels] = g / len(p)
    return d - p * d.sum(1, keepdims=True)

# 6 cross_entropy_staged: right
def cross_entropy_staged(g, logits, labels):
    d = np.zeros_like(logits)
    for i, (row, label) in enumerate(zip(good(logits), labels)):
        d[i] = (np.diag(row) - np.outer(row, row))[:, label] * (-g / len(labels) / row[label])
    return d

# 6 cross_entropy_fused: 1/n
def cross_entropy_fused(g, logits, labels):
    d = good(logits)
    for i, label in enumerate(labels):
        d[i][label] -= 1
    return d * g

# 6 cross_entropy_fused: label not subtracted
def cross_entropy_fused(g, logits, labels):
    p = good(logits)
    p[np.arange(len(p)), labels] - 1
    return p * g / len(p)

# 6 cross_entropy_fused: label's place
def cross_entropy_fused(g, logits, labels):
    d = good(logits)
    d[labels, np.arange(len(d))] -= 1
    return d * g / len(d)

# 6 cross_entropy_fused: label's place
def cross_entropy_fused(g, logits, labels):
    return g * (good(logits) - labels.reshape(-1, 1)) / labels.size

# 6 cross_entropy_fused: every class
def cross_entropy_fused(g, logits, labels):
    return g * (good(logits) - 1) / len(logits)

# 6 cross_entropy_fused: g in one place
def cross_entropy_fused(g, logits, labels):
    d = good(logits)
    d[np.arange(len(d)), labels] -= g
    return d / len(d)

# 6 cross_entropy_fused: overflow
def cross_entropy_fused(g, logits, labels):
    e = np.exp(logits)
    p = e / e.sum(1, keepdims=True)
    return g * (p - np.eye(p.shape[1])[labels]) / len(p)

# 6 cross_entropy_fused: right
def cross_entropy_fused(g, logits, labels):
    d = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)) * g
    np.add.at(d, (np.arange(len(d)), labels), -g)
    return np.divide(d, len(d), out=d)

# 7 batch_norm: eps
def batch_norm(x, eps):
    return (x - x.mean(0)) / np.std(x, axis=0) + eps

# 7 batch_norm: ddof
def batch_norm(x, eps):
    d = x - x.mean(0)
    return d / np.sqrt((d * d).sum(0) / (len(x) - 1) + eps)

# 7 batch_norm: axis
def batch_norm(x, eps):
    return np.stack([(r - r.mean()) / np.sqrt(r.var() + eps) for r in x])

# 7 batch_norm: right
def batch_norm(x, eps):
    return np.stack([(c - c.mean()) * (c.var() + eps) ** -0.5 for c in x.T], axis=1)

# 7 batch_norm_staged: not summed
def batch_norm_staged(g, x, eps):
    d = x - x.mean(0)
    s = np.sqrt((d * d).mean(0) + eps)
    dv = g * -d / s**2 / (2 * s)
    dd = g / s + 2 * d * dv / len(x)
    return dd - dd.mean(0)

# 7 batch_norm_staged: root
def batch_norm_staged(g, x, eps):
    d = x - x.mean(0)
    s = np.sqrt((d * d).mean(0) + eps)
    dv = (g * -d / s).sum(0) / (2 * s)
    dd = g / s + 2 * d * dv / len(x)
    return dd - dd.mean(0)

# 7 batch_norm_staged: 1/n
def batch_norm_staged(g, x, eps):
    d = x - x.mean(0)
    s = np.sqrt((d * d).mean(0) + eps)
    dv = (g * -d / s**2).sum(0) / (2 * s)
    dd = g / s + 2 * d * dv
    return dd - dd.mean(0)

# 7 batch_norm_staged: variance held constant
def batch_norm_staged(g, x, eps):
    d = np.array(g)
    d -= g.sum(0) / len(g)
    d /= np.sqrt(np.square(x - x.mean(0)).mean(0) + eps)
    return d

# 7 batch_norm_staged: right
def batch_norm_staged(g, x, eps):
    n = len(x)
    out = np.zeros_like(x)
    for j in range(x.shape[1]):
        d = x[:, j] - x[:, j].mean()
        s = (d @ d / n + eps) ** 0.5
        J = (np.eye(n) - 1 / n - np.outer(d, d) / (n * s * s)) / s
        out[:, j] = J.T @ g[:, j]
    return out

# 7 batch_norm_closed: x for h
def batch_norm_closed(g, x, eps):
    s = np.sqrt(x.var(0) + eps)
    return (g - g.mean(0) - x * (g * x).mean(0)) / s

# 7 batch_norm_closed: brackets
def batch_norm_closed(g, x, eps):
    s = np.sqrt(x.var(0) + eps)
    h = (x - x.mean(0)) / s
    return g - g.mean(0) - h * (g * h).mean(0) / s

# 7 batch_norm_closed: eps
def batch_norm_closed(g, x, eps):
    s = x.std(0)
    h = (x - x.mean(0)) / s
    return (g - g.mean(0) - h * (g * h).mean(0)) / (s + eps)

# 7 batch_norm_closed: axis
def batch_norm_closed(g, x, eps):
    s = np.sqrt(x.var(0) + eps)
    h = (x - x.mean(0)) / s
    return (g - g.mean() - h * (g * h).mean()) / s

# 7 batch_norm_closed: right
def batch_norm_closed(g, x, eps):
    n, s = len(x), np.sqrt(x.var(0) + eps)
    h = (x - x.mean(0)) / s
    return (n * g - g.sum(0) - h * np.einsum("ij,ij->j", g, h)) / (n * s)

# 7 batch_norm: eps
def batch_norm(x, eps):
    return (x - x.mean(0)) * (x.var(0) + 1e-5) ** -0.5

# 7 batch_norm_closed: eps
def batch_norm_closed(g, x, eps):
    s = np.sqrt(x.var(0) + 1e-5)
    h = (x - x.mean(0)) / s
    return (g - g.mean(0) - h * (g * h).mean(0)) / s

# 9 dropout: one mask
def dropout(x, p, training, rng):
    return x * (rng.random() >= p) / (1 - p) if training else x

# 9 dropout: no 1/(1−p)
def dropout(x, p, training, rng):
    return np.where(rng.uniform(size=x.shape) < p, 0, x) if training else x

# 9 dropout: eval forgotten
def dropout(x, p, training, rng):
    return np.where(rng.uniform(size=x.shape) < p, 0, x / (1 - p))

# 9 dropout: right
def dropout(x, p, training, rng):
    return rng.binomial(1, 1 - p, x.shape) * x / (1 - p) if training else x.copy()

# 9 penalty: square root
def penalty(w, l1, l2):
    return l1 * np.linalg.norm(w, 1) + l2 * np.linalg.norm(w), l1 * np.sign(w) + 2 * l2 * w

# 9 penalty: kink
def penalty(w, l1, l2):
    return l1 * abs(w).sum() + l2 * (w @ w.T).trace(), l1 * np.where(w < 0, -1, 1) + 2 * l2 * w

# 9 penalty: right
def penalty(w, l1, l2):
    v = w.ravel()
    return l1 * np.linalg.norm(v, 1) + l2 * v @ v, l1 * np.clip(w * 1e300, -1, 1) + 2 * l2 * w

# 9 cyclical_rate: round
def cyclical_rate(step, low, high, half):
    return low + (high - low) * abs(np.sin(step / half * np.pi / 2))

# 9 cyclical_rate: down from the foot
def cyclical_rate(step, low, high, half):
    k = step % (2 * half)
    return low + (high - low) * k / half if k < half else high - (high - low) * k / half

# 9 dropout: not zero
def dropout(x, p, training, rng):
    return x - (rng.random(x.shape) < p) / (1 - p) if training else x

# 9 dropout: share
def dropout(x, p, training, rng):
    return x if training else x * (rng.random(x.shape) >= p) / (1 - p)

# 9 cyclical_rate: right
def cyclical_rate(step, low, high, half):
    return float(np.interp(step, [0, half, 2 * half], [low, high, low], period=2 * half))

# 9 train: old loss
def train(net, optimizer, x, y, steps):
    losses, loss = [], F.cross_entropy(net(x), y)
    for _ in range(steps):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# 9 train: log forgotten
def train(net, optimizer, x, y, steps):
    losses = []
    for _ in range(steps):
        net.zero_grad()
        loss = -F.softmax(net(x), 1)[np.arange(len(y)), y].mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# 9 train: no zero_grad
def train(net, optimizer, x, y, steps):
    optimizer.zero_grad()
    return [once(net, optimizer, x, y) for _ in range(steps)]

# 9 train: right
def train(net, optimizer, x, y, steps):
    losses = []
    for _ in range(steps):
        for p in net.parameters():
            p.grad = None
        loss = -F.log_softmax(net(x), 1)[np.arange(len(y)), y].mean()
        loss.backward()
        optimizer.step()
        losses += [float(loss)]
    return losses

# 9 accuracy: eval forgotten
def accuracy(net, x, y):
    return float(np.mean(np.argmax(net(x).numpy(), axis=1) == y.numpy()))

# 9 accuracy: train forgotten
def accuracy(net, x, y):
    net.eval()
    share = sum(int(net(x[i : i + 1]).argmax()) == int(y[i]) for i in range(len(y))) / len(y)
    net.train()
    return share

# 9 parameter_groups: decay on scales
def parameter_groups(net, decay):
    return [
        {"params": [p], "weight_decay": decay if name.endswith("weight") else 0}
        for name, p in net.named_parameters()
    ]

# 9 parameter_groups: right
def parameter_groups(net, decay):
    return [{"params": [p], "weight_decay": decay if p.ndim > 1 else 0} for p in net.parameters()]

# 9 initialise: dead ReLUs
def initialise(net):
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")

# 9 initialise: right
def initialise(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            layer.weight.data = mg.randn(*layer.weight.shape) * (2 / layer.in_features) ** 0.5
            layer.bias.data *= 0
"""
AROUND = """
import heapq
from collections import deque

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def good(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def once(net, optimizer, x, y):
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


"""
ANSWERS = [
    (int(chapter), name, mistake, body)
    for chapter, name, mistake, body in re.findall(
        r"^# (\d) (\w+): ([^\n]*)\n(.*?)(?=^# \d|\Z)", SPELLED, flags=re.M | re.S
    )
]


@pytest.mark.parametrize(("chapter", "name", "mistake", "body"), ANSWERS, ids=lambda v: str(v)[:20])
def test_a_mistake_has_one_name_in_all_its_spellings(chapter, name, mistake, body):
    around = {}
    exec(AROUND + body, around)
    (exercise,) = (e for e in exercises(chapter) if e.name == name)
    found = {finding.mistake for finding in judge(exercise, around[name])}
    assert found == (set() if mistake == "right" else {mistake})
