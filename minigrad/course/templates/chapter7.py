"""Chapter 7: batch norm twice, and a check that can fail.  Text: docs/course/chapter7.md

Replace each `raise NotImplementedError`, then: python -m minigrad.course check 7

x is (n, features); each column is normalised by its own mean and variance, divided by n.
"""

import numpy as np


def batch_norm(x, eps):
    """h = (x - mean) / sqrt(variance + eps)."""
    raise NotImplementedError


def batch_norm_staged(g, x, eps):
    """g is the cotangent of h.  Returns dx, found one stage at a time."""
    raise NotImplementedError


def batch_norm_closed(g, x, eps):
    """The same in one formula."""
    raise NotImplementedError


def cotangent(x):
    """A g of x's shape with which a gradient check catches all ten wrong rules of the chapter."""
    raise NotImplementedError
