"""Chapter 7: batch norm, in stages and in one formula, and a check that can fail."""

import numpy as np


def batch_norm(x, eps):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)


def batch_norm_staged(g, x, eps):
    # forward, each value named
    n = len(x)
    mean = x.sum(axis=0) / n
    d = x - mean
    v = (d * d).sum(axis=0) / n
    sigma = np.sqrt(v + eps)
    # h = d / sigma; backward, each line below the other way round
    dd = g / sigma
    dsigma = -(g * d).sum(axis=0) / sigma**2
    dv = dsigma / (2 * sigma)
    dd = dd + 2 * d * dv / n
    dmean = -dd.sum(axis=0)
    return dd + dmean / n


def batch_norm_closed(g, x, eps):
    sigma = np.sqrt(x.var(axis=0) + eps)
    h = (x - x.mean(axis=0)) / sigma
    return (g - g.mean(axis=0) - h * (g * h).mean(axis=0)) / sigma


def cotangent(x):
    return np.random.default_rng(0).standard_normal(x.shape)
