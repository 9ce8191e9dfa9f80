"""Chapter 5: matrix products and linear layers."""

from __future__ import annotations

import numpy as np

from ..exercise import Case, Exercise, Twin
from .rules import draw


def product_cases() -> list[Case]:
    """(n, k) @ (k, m): all different, and a square."""
    found = []
    for seed, (n, k, m) in enumerate(((6, 4, 3), (5, 2, 4), (4, 4, 4))):
        g, a, b = draw((n, m), (n, k), (k, m), seed=seed)
        found.append(Case((g, a, b), {"n": n, "k": k, "m": m}, f"a {a.shape}, b {b.shape}"))
    return found


def linear_cases() -> list[Case]:
    """x (n, k), w (m, k), b (m,), as in PyTorch's Linear: all different, and a square."""
    found = []
    for seed, (n, k, m) in enumerate(((6, 4, 3), (5, 2, 4), (4, 4, 4))):
        g, x, w, b = draw((n, m), (n, k), (m, k), (m,), seed=seed)
        found.append(
            Case((g, x, w, b), {"n": n, "inputs": k, "outputs": m}, f"x {x.shape}, w {w.shape}")
        )
    return found


TWICE = (
    "1/n twice",
    "The mean belongs to the loss, and its 1/n is in g already; a layer does not divide again",
)
ONES = ("ones for g", "A layer does not know what comes behind it: that is what g tells")
TRANSPOSE = "a matrix has to be transposed here: on paper, write down the shapes and see which"
SWAPPED = (
    "the two matrices are right, their order is not: the product back keeps the place that the "
    "other factor had"
)

ELEMENTWISE = "`*` multiplies element by element; a matrix product is `@`"
NO_G = "g is not in it; a layer does not know what comes behind it: that is what g tells"
LAST = "only one term of each sum is there: `=` in a loop keeps the last, `+=` adds up"

EXERCISES = (
    Exercise(
        "matmul_rules",
        (
            "g has the shape of a @ b, da that of a. Which product of g and b has it?",
            "da = g times b transposed, on the side where b stood. db likewise.",
        ),
        lambda g, a, b: (g @ b.T, a.T @ g),
        product_cases,
        ("g", "a", "b"),
        ("da", "db"),
        cotangent=0,
        said={
            "1/n times": TWICE,
            "ones for g": ONES,
            "g ignored": ONES,
            "transposed": ("transpose", "Compare its shape with that of its matrix"),
        },
        twins=(
            Twin("transpose", TRANSPOSE, lambda g, a, b: (g @ b, a @ g)),
            Twin("operands swapped", SWAPPED, lambda g, a, b: (b.T @ g, g @ a.T)),
            Twin(
                "operands swapped",
                SWAPPED + "; and one is not transposed",
                lambda g, a, b: (b @ g, g @ a),
            ),
            Twin(
                "transpose",
                "g is not to be transposed: the other matrix is",
                lambda g, a, b: (g.T @ b, a @ g.T),
            ),
            Twin("elementwise", ELEMENTWISE, lambda g, a, b: (g * b.T, a.T * g)),
            Twin("elementwise", ELEMENTWISE, lambda g, a, b: (g * b, a * g)),
            Twin("g forgotten", NO_G, lambda g, a, b: (b.T, a.T)),
            Twin("g forgotten", NO_G, lambda g, a, b: (b, a)),
            Twin("= for +=", LAST, lambda g, a, b: (g[:, -1:] * b[:, -1], np.outer(a[-1], g[-1]))),
            Twin("= for +=", LAST, lambda g, a, b: (g[:, :1] * b[:, 0], np.outer(a[0], g[0]))),
        ),
    ),
    Exercise(
        "linear_rules",
        (
            "The layer is x @ w.T + b. Each of n rows used the same w and the same b.",
            "For dx, put w.T in the place of b of matmul_rules, whose transpose is w. For w and b: as many "
            "terms as rows; a product adds them up for w, a sum for b.",
        ),
        lambda g, x, w, b: (g @ w, g.T @ x, g.sum(axis=0)),
        linear_cases,
        ("g", "x", "w", "b"),
        ("dx", "dw", "db"),
        cotangent=0,
        said={
            "1/n times": TWICE,
            "ones for g": ONES,
            "g ignored": ONES,
            "transposed": ("transpose", "w is (outputs, inputs), and so is its gradient"),
            "not summed": ("bias not summed", "Every row has used the same bias: add up"),
        },
        twins=(
            Twin("transpose", TRANSPOSE, lambda g, x, w, b: (g @ w.T, g @ x, g.sum(axis=1))),
            Twin("operands swapped", SWAPPED, lambda g, x, w, b: (w @ g, x @ g, g.sum(axis=1))),
            Twin("operands swapped", SWAPPED, lambda g, x, w, b: (w.T @ g, x @ g.T, b * g.sum(0))),
            Twin(
                "transpose",
                "g and x are to be multiplied along the rows: transpose the first",
                lambda g, x, w, b: (g.T @ w, g @ x.T, g.sum()),
            ),
            Twin(
                "wrong axis",
                "the bias is summed over the wrong axis: rows are axis 0",
                lambda g, x, w, b: (g @ w, g.T @ x, g.sum(axis=1)),
            ),
            Twin(
                "wrong axis",
                "the bias is summed over both axes: each output has its own",
                lambda g, x, w, b: (g @ w, g.T @ x, g.sum()),
            ),
            Twin(
                "bias not summed",
                "the bias gets one row of g: every row has used it",
                lambda g, x, w, b: (g @ w, g.T @ x, g[0]),
            ),
            Twin(
                "bias not summed",
                "the bias gets one row of g: every row has used it",
                lambda g, x, w, b: (g @ w, g.T @ x, g[-1]),
            ),
            Twin(
                "bias times b",
                "b is only added: there is no b in its gradient",
                lambda g, x, w, b: (g @ w, g.T @ x, g.sum(0) * b),
            ),
            Twin("elementwise", ELEMENTWISE, lambda g, x, w, b: (g * w, g.T * x, g.sum(0))),
            Twin("g forgotten", NO_G, lambda g, x, w, b: (w, x, 1.0)),
            Twin("g forgotten", NO_G, lambda g, x, w, b: (w.T, x.T, len(x))),
            Twin(
                "= for +=",
                LAST,
                lambda g, x, w, b: (g[:, -1:] * w[-1], np.outer(g[-1], x[-1]), g.sum(0)),
            ),
        ),
    ),
)
