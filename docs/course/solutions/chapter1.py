"""Chapter 1: derivatives by numbers."""

import numpy as np


def central_difference(f, x):
    x = np.array(x, dtype=np.float64)  # a copy, and float64
    gradient = np.empty_like(x)
    h = 6e-6
    for at in np.ndindex(x.shape):
        kept = x[at]
        x[at] = kept + h
        above = f(x)
        x[at] = kept - h
        below = f(x)
        x[at] = kept
        gradient[at] = (above - below) / (2 * h)
    return gradient


def error_curve(f, slope, x, hs):
    return np.array([abs((f(x + h) - f(x - h)) / (2 * h) - slope(x)) for h in hs])
