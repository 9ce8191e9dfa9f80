"""Chapter 6: softmax and cross-entropy, and why they are one.  Text: docs/course/chapter6.md

Replace each `raise NotImplementedError`, then: python -m minigrad.course check 6
"""

import numpy as np


def softmax(x):
    """exp(x) / sum of exp(x) over each row of x (n, classes); logits of 1000 are no trouble."""
    raise NotImplementedError


def softmax_rule(g, p):
    """p = softmax(x), g its cotangent, both (n, classes).  Returns dx."""
    raise NotImplementedError


def cross_entropy_staged(g, logits, labels):
    """loss = mean over rows of -log p[row, label], p = softmax(logits).

    g : a number, the cotangent of the loss
    logits : (n, classes)
    labels : (n,), whole numbers

    Returns dlogits, found one stage at a time.
    """
    raise NotImplementedError


def cross_entropy_fused(g, logits, labels):
    """The same in one formula, without a logarithm and without 1 / p."""
    raise NotImplementedError
