"""An operation of your own: a function on arrays, and beside it its derivative.

    python examples/own_operation.py

Mish(x) = x tanh(softplus(x)); D. Misra, "Mish: A Self Regularized Non-Monotonic Activation
Function", BMVC 2020. With t = tanh(softplus(x)) its derivative is t + x (1 - t^2) sigmoid(x).
"""

import numpy as np

import minigrad as mg
from minigrad.nn import functional as F


@mg.operation
def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


@mish.gradient("x")
def _(g, x):  # g: the cotangent of the output; x: kept, because it is named here
    t = mg.tanh(F.softplus(x))
    return g * (t + x * (1 - t * t) * F.sigmoid(x))


# The forward function gets arrays, so `np.` is right in it. A rule gets arrays too, but under
# `create_graph=True` tensors: written with operators and minigrad's operations it serves both, and
# has derivatives of every order.

if __name__ == "__main__":
    x = mg.tensor([-2.0, 0.0, 1.5], requires_grad=True)
    mish(x).sum().backward()
    print(f"x = {x}\nmish'(x) = {x.grad}\n")
    print(mg.gradcheck(mish, np.linspace(-3, 3, 7), order=2))
