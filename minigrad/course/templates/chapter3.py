"""Chapter 3: rules.  Text: docs/course/chapter3.md

Replace each `raise NotImplementedError`, then: python -m minigrad.course check 3

Everywhere g is the cotangent of out: how much the end result changes with each element of it.
Arrays have one shape, dtype float64.  No argument is changed.
"""

import numpy as np


def exp_rule(g, x, out):
    """out = exp(x).  Returns dx."""
    raise NotImplementedError


def subtract_rules(g, x1, x2, out):
    """out = x1 - x2.  Returns dx1 and dx2."""
    raise NotImplementedError


def power_rule(g, x, n, out):
    """out = x**n, n a number: 2, -1, 0.5.  x may be negative, or 0, where that has a meaning.

    Returns dx.
    """
    raise NotImplementedError


def tanh_rule(g, x, out):
    """out = tanh(x).  Returns dx."""
    raise NotImplementedError


def abs_rule(g, x, out):
    """out = |x|.  Returns dx; 0 where x is 0."""
    raise NotImplementedError
