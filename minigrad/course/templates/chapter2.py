"""Chapter 2: a scalar tape in 60 lines.  Text: docs/course/chapter2.md

Replace `raise NotImplementedError`, then: python -m minigrad.course check 2
"""

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
    """Walk back from root, and add to the `grad` of each leaf how root changes with it.

    Each rule is called once, when all that arrives at its value has arrived.  A second call adds
    the same once more.  A chain of 20,000 values is no trouble.
    """
    raise NotImplementedError
