"""Chapter 4: the transpose of broadcasting, and the tape of chapter 2 with arrays."""

from itertools import count

import numpy as np

numbers = count()


def unbroadcast(g, shape):
    extra = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(extra)))
    stretched = tuple(i for i, size in enumerate(shape) if size == 1)
    return g.sum(axis=stretched, keepdims=True)


class Array:
    """An array that remembers where it came from: the tape of chapter 2, with unbroadcast."""

    def __init__(self, data, parents=(), rule=None):
        self.data = np.asarray(data, dtype=float)
        self.parents = parents
        self.rule = rule
        self.number = next(numbers)
        self.grad = 0.0

    def __add__(self, other):
        return Array(self.data + other.data, (self, other), lambda g: (g, g))

    def __sub__(self, other):
        return Array(self.data - other.data, (self, other), lambda g: (g, -g))

    def __mul__(self, other):
        return Array(
            self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data)
        )

    def __matmul__(self, other):
        return Array(
            self.data @ other.data, (self, other), lambda g: (g @ other.data.T, self.data.T @ g)
        )

    def tanh(self):
        out = np.tanh(self.data)
        return Array(out, (self,), lambda g: (g * (1 - out * out),))

    def sum(self):
        return Array(self.data.sum(), (self,), lambda g: (np.broadcast_to(g, self.data.shape),))


def backward(root):
    """Chapter 2's walk; the one new line brings each term to the shape of its parent."""
    found, waiting = {root}, [root]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    total = dict.fromkeys(found, 0.0)
    total[root] = np.ones_like(root.data)
    for value in sorted(found, key=lambda value: value.number, reverse=True):
        if value.rule is None:
            value.grad = value.grad + total[value]
            continue
        for parent, term in zip(value.parents, value.rule(total[value]), strict=True):
            total[parent] = total[parent] + unbroadcast(term, parent.data.shape)
