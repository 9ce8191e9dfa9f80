"""Chapter 9: training, and reading its pictures."""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def dropout(x, p, training, rng):
    if not training:
        return x
    kept = rng.random(x.shape) >= p
    return x * kept / (1 - p)


def penalty(w, l1, l2):
    return l1 * np.abs(w).sum() + l2 * (w * w).sum(), l1 * np.sign(w) + 2 * l2 * w


def cyclical_rate(step, low, high, half):
    way = abs(step % (2 * half) - half) / half  # 1, down to 0 at half, up to 1
    return low + (high - low) * (1 - way)


def train(net, optimizer, x, y, steps):
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accuracy(net, x, y):
    training = net.training
    net.eval()
    with mg.no_grad():
        share = (net(x).argmax(dim=1) == y).mean().item()
    net.train(training)
    return share


def parameter_groups(net, decay):
    weights = [m.weight for m in net.modules() if isinstance(m, nn.Linear)]
    others = [p for p in net.parameters() if not any(p is w for w in weights)]
    return [
        {"params": weights, "weight_decay": decay},
        {"params": others, "weight_decay": 0.0},
    ]


def initialise(net):
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


def diagnosis(run):
    return {
        1: "step before backward",
        2: "decay on biases",
        3: "dead ReLUs",
        4: "eval forgotten",
        5: "no zero_grad",
    }[run]
