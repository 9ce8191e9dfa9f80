"""Chapter 1: derivatives by numbers.  Text: docs/course/chapter1.md

Replace each `raise NotImplementedError`, then: python -m minigrad.course check 1
"""

import numpy as np


def central_difference(f, x):
    """The gradient of f at x, by central differences.

    f : takes an array of x's shape, gives a number
    x : an array, float32 or float64, of any shape; the same after the call as before

    Returns a float64 array of x's shape.  You choose h.
    """
    raise NotImplementedError


def error_curve(f, slope, x, hs):
    """How far the central difference of f at x is from slope(x), for each step in hs.

    f, slope : take a number, give a number; slope is the derivative of f
    x : a number
    hs : an array of steps

    Returns an array, one absolute error for each h.
    """
    raise NotImplementedError


if __name__ == "__main__":  # python chapter1.py draws the curve; needs matplotlib
    import matplotlib.pyplot as plt

    hs = 10.0 ** np.linspace(0, -14, 57)
    plt.loglog(hs, error_curve(np.exp, np.exp, 0.7, hs))
    plt.xlabel("h")
    plt.ylabel("error")
    plt.show()
