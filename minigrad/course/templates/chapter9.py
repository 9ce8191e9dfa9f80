"""Chapter 9: training, and reading its pictures.  Text: docs/course/chapter9.md

Replace each `raise NotImplementedError`, then: python -m minigrad.course check 9
"""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def dropout(x, p, training, rng):
    """Each element of the array x becomes 0 with probability p; the mean stays what it was.

    training : False in evaluation, where x comes out as it is
    rng : a NumPy generator, the source of all chance

    Returns an array of x's shape.
    """
    raise NotImplementedError


def penalty(w, l1, l2):
    """l1 times the sum of |w| plus l2 times the sum of w^2, and its gradient."""
    raise NotImplementedError


def cyclical_rate(step, low, high, half):
    """The triangular policy: from low at step 0 up to high at step `half`, down to low at 2 half,
    and so on.  Returns a number.
    """
    raise NotImplementedError


def train(net, optimizer, x, y, steps):
    """This many steps on the whole of x (n, inputs) and y (n,), with F.cross_entropy.

    Returns the losses, a list of numbers.
    """
    raise NotImplementedError


def accuracy(net, x, y):
    """The share of rows whose largest output is at the label, by the net as it will be used.

    The net trains afterwards as it did before.
    """
    raise NotImplementedError


def parameter_groups(net, decay):
    """A list of {"params": [...], "weight_decay": number} for an optimiser.

    The weights of linear layers decay, biases and the scales of batch norm do not.
    """
    raise NotImplementedError


def initialise(net):
    """Start the nn.Linear layers of a net with ReLUs so that its units live."""
    raise NotImplementedError


def diagnosis(run):
    """What is wrong with the sick run of this number, 1 to 5.

    Returns one of "no zero_grad", "eval forgotten", "decay on biases", "step before backward",
    "dead ReLUs".
    """
    raise NotImplementedError
