"""Chapter 5: matrix products and linear layers.  Text: docs/course/chapter5.md

Replace each `raise NotImplementedError`, then: python -m minigrad.course check 5
"""

import numpy as np


def matmul_rules(g, a, b):
    """out = a @ b, with a (n, k) and b (k, m); g (n, m).  Returns da and db."""
    raise NotImplementedError


def linear_rules(g, x, w, b):
    """out = x @ w.T + b, with x (n, inputs), w (outputs, inputs), b (outputs,); g (n, outputs).

    Returns dx, dw and db.
    """
    raise NotImplementedError
