"""Probability distributions that log their chances and can be drawn from: PyTorch's names.

Parameters may be tensors that require gradients; `log_prob` and `rsample` record.  Draws come from
the default generator, that `minigrad.manual_seed` seeds.
"""

import sys

from ..absent import explain_absence
from . import basic, further, transforms
from .basic import *
from .further import *
from .kl import kl_divergence as kl_divergence
from .transformed import TransformedDistribution as TransformedDistribution
from .transforms import *

__all__ = [
    *basic.__all__,
    *further.__all__,
    *transforms.__all__,
    "TransformedDistribution",
    "kl_divergence",
]

for _name in """
    bernoulli beta binomial categorical cauchy chi2 dirichlet distribution exponential gamma
    geometric gumbel half_normal independent laplace log_normal mixture_same_family multinomial
    multivariate_normal normal one_hot_categorical poisson studentT transformed_distribution uniform
""".split():  # PyTorch has a module for each
    globals()[_name] = sys.modules[f"{__name__}.{_name}"] = sys.modules[__name__]


explain_absence(globals())
