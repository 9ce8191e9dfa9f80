"""Chapter 2: a scalar tape."""

import math
from itertools import count

numbers = count()


class Value:
    """A number that remembers where it came from.

    parents : the values it was computed from
    rule : takes g, how much the end result changes with this value, and gives the same for each
        parent, one number each; None for a leaf, which was not computed
    number : values are numbered as they are made
    grad : of a leaf, what backward passes have added up
    """

    def __init__(self, data, parents=(), rule=None):
        self.data = data
        self.parents = parents
        self.rule = rule
        self.number = next(numbers)
        self.grad = 0.0

    def __repr__(self):
        return f"Value({self.data}, number={self.number})"

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), lambda g: (g, g))

    def __sub__(self, other):
        return Value(self.data - other.data, (self, other), lambda g: (g, -g))

    def __mul__(self, other):
        return Value(
            self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data)
        )

    def tanh(self):
        out = math.tanh(self.data)
        return Value(out, (self,), lambda g: (g * (1 - out * out),))

    def exp(self):
        out = math.exp(self.data)
        return Value(out, (self,), lambda g: (g * out,))


def backward(root):
    found, waiting = {root}, [root]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    total = dict.fromkeys(found, 0.0)
    total[root] = 1.0
    for value in sorted(found, key=lambda value: value.number, reverse=True):
        if value.rule is None:
            value.grad += total[value]
            continue
        for parent, term in zip(value.parents, value.rule(total[value]), strict=True):
            total[parent] += term
