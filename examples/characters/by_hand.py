"""Embeddings, a hidden layer with batch norm, a softmax; the backward pass is written by hand.

Y. Bengio et al., "A Neural Probabilistic Language Model", JMLR 2003; for the gradient of batch norm
S. Ioffe and C. Szegedy, "Batch Normalization", ICML 2015, section 3.
"""

from characters.words import SIZE

import minigrad as mg
from minigrad.nn import functional as F

CONTEXT, FEATURES, HIDDEN = 6, 16, 256  # characters that are seen, numbers for each, hidden units


def parameters():
    inputs = CONTEXT * FEATURES
    return {
        "characters": mg.randn(SIZE, FEATURES),
        "weight1": mg.randn(inputs, HIDDEN) / inputs**0.5,
        "gamma": mg.ones(HIDDEN),
        "beta": mg.zeros(HIDDEN),
        "weight2": mg.randn(HIDDEN, SIZE) / HIDDEN**0.5,
        "bias2": mg.zeros(SIZE),
    }


def forward(p, x, statistics=None):
    """Scores for what follows the contexts x, and what the backward pass needs.

    statistics : mean and variance of the hidden layer; by default those of x
    """
    e = p["characters"][x].reshape((len(x), -1))
    z = e @ p["weight1"]
    mean, variance = statistics or moments(z)
    s = (variance + 1e-5) ** -0.5
    n = (z - mean) * s
    h = mg.tanh(n * p["gamma"] + p["beta"])
    return h @ p["weight2"] + p["bias2"], (e, z, s, n, h)


def moments(z):
    mean = z.mean(0)
    return mean, ((z - mean) ** 2).mean(0)


def backward(p, x, y, scores, kept):
    """The gradients of the mean cross-entropy: the forward pass, from its last line to its first.

    d : the gradient by the result of the line at hand
    """
    e, _, s, n, h = kept
    g = {}
    d = (F.softmax(scores, 1) - mg.eye(SIZE)[y]) / len(y)
    g["weight2"], g["bias2"] = h.T @ d, d.sum(0)
    d = (d @ p["weight2"].T) * (1 - h * h)  # tanh' = 1 - tanh^2
    g["gamma"], g["beta"] = (d * n).sum(0), d.sum(0)
    d = p["gamma"] * s * (d - d.mean(0) - n * (d * n).mean(0))  # mean and s depend on every row
    g["weight1"] = e.T @ d
    d = (d @ p["weight1"].T).reshape((-1, FEATURES))
    g["characters"] = mg.eye(SIZE)[x.reshape((-1,))].T @ d  # a row was used at several places
    return g


def comparison(p, x, y, by_hand):
    """A table of the gradients, and of how far they are from the tape's."""
    with mg.enable_grad():
        p = {name: value.detach().requires_grad_() for name, value in p.items()}
        loss = F.cross_entropy(forward(p, x)[0], y)
        by_tape = dict(zip(p, mg.autograd.grad(loss, list(p.values())), strict=True))
    lines = ["gradient by   elements    largest   difference from the tape's"]
    for name, g in by_tape.items():
        high, off = (abs(each.numpy()).max() for each in (g, g - by_hand[name]))
        lines.append(f"{name:12}  {g.numel():8,}  {high:9.2e}   {off:.1e}")
    return "\n".join([*lines, ""])
