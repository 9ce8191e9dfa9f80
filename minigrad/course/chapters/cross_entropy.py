"""Chapter 6: softmax and cross-entropy, staged and fused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..exercise import Case, Exercise, Finding, Trial, Twin
from .rules import draw

OVERFLOW = "overflow"
OVERFLOW_TEXT = (
    "it goes wrong where logits are large: e^1000 is infinite, e^-1000 is 0, and a bound on x changes "
    "the answer. Subtract each row's own largest logit first; it cancels"
)
UNDERFLOW_TEXT = (
    "it goes wrong where all logits of a row are far below 0: e^-1000 is 0, and so is their sum. The "
    "largest begins with the row's first, not with 0"
)
LOST = (
    "the rows' sums have lost their axis, so that NumPy divides column j by the sum of row j, or "
    "refuses: keepdims=True"
)


def softmax(x: Any) -> Any:
    """Of each row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_down(x: Any) -> Any:
    """Of each column, which is wrong."""
    return softmax(x.T).T


def one_hot(labels: Any, x: Any) -> Any:
    """Rows of the unit matrix."""
    return np.eye(x.shape[1])[labels]


def softmax_cases() -> list[Case]:
    """(n, classes), a square, and large logits."""
    x, y = draw((6, 4), (5, 5))
    return [
        Case((x,), {"n": 6, "classes": 4}),
        Case((y,), {"n": 5, "classes": 5}),
        Case((1000 * x,), words="logits of 1000", mistake=OVERFLOW, text=OVERFLOW_TEXT),
        Case((x - 1000,), words="logits of -1000", mistake=OVERFLOW, text=UNDERFLOW_TEXT),
    ]


def rule_cases() -> list[Case]:
    """Cotangents of rows and a square."""
    found = []
    for seed, (n, c) in enumerate(((6, 4), (7, 3), (5, 5))):
        g, x = draw((n, c), (n, c), seed=seed)
        found.append(Case((g, softmax(x)), {"n": n, "classes": c}))
    return found


def loss_cases() -> list[Case]:
    """A cotangent of the mean loss, logits and labels."""
    found = []
    rng = np.random.default_rng(0)
    for n, c in ((6, 4), (7, 3), (5, 5)):
        x, labels = rng.standard_normal((n, c)), rng.integers(0, c, n)
        found.append(Case((0.7 + n / 10, x, labels), {"n": n, "classes": c}))
    x, labels = 1000 * rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    found.append(
        Case((1.3, x, labels), {"n": 6, "classes": 4}, "logits of 1000", OVERFLOW, OVERFLOW_TEXT)
    )
    return found


def staged_cases() -> list[Case]:
    """The same, with large logits of which no probability is 0: a staged rule divides by it."""
    *plain, case = loss_cases()
    g, x, labels = case.args
    large = Case((g, 1000 + x / 1000, labels), case.sizes, case.words, case.mistake, case.text)
    return [*plain, large]


def fused_rule(g: Any, logits: Any, labels: Any) -> Any:
    """(P - Y) g / n."""
    return (softmax(logits) - one_hot(labels, logits)) * g / len(logits)


def loss_terms(g: Any, logits: Any, labels: Any) -> dict[str, dict[str, tuple[float, Any]]]:
    """P, Y and their product, each times g / n."""
    p, y = softmax(logits), one_hot(labels, logits)
    share = g / len(logits)
    return {"dlogits": {"P": (1.0, p * share), "Y": (-1.0, y * share), "P*Y": (0.0, p * y * share)}}


def back_through_softmax(p: Any, d: Any) -> Any:
    """The rule of softmax."""
    return p * (d - (d * p).sum(axis=1, keepdims=True))


def softmax_of_all(x: Any) -> Any:
    """One denominator for all elements, which is wrong."""
    e = np.exp(x - x.max())
    return e / e.sum()


def on_error(trial: Trial) -> Finding | None:
    """An index in the wrong place, a sum without its axis."""
    if isinstance(trial.error, IndexError) and len(trial.case.args) == 3:
        return Finding(
            "label's place", f"{trial.error}: rows stand first. {LABELS_PLACE.capitalize()}"
        )
    if re.search(r"shapes \((\d+),\d+\) \(\1,\)", str(trial.error)):
        return Finding("lost keepdims", f"{trial.error}. {LOST_BACK}")
    return None


def staged_rule(denominator: Any = None, back: bool = True) -> Any:
    """Stage by stage through e^x and its sum, with a wrong stage."""

    def rule(g: Any, x: Any, labels: Any) -> Any:
        e = np.exp(x - x.max(axis=1, keepdims=True))
        s = e.sum(axis=1, keepdims=True)
        dp = -g / len(x) * one_hot(labels, x) / (e / s)
        down = denominator(e, s) if denominator else 1 / s**2
        d = dp / s - (dp * e).sum(axis=1, keepdims=True) * down
        return d * e if back else d

    return rule


QUOTIENT = "1/s, s the sum of the exponentials, has the derivative -1/s^2"
LOST_BACK = "One number a row has to stand in a column, (n, 1), to meet its row: keepdims=True keeps the axis"
LOSS_SAID = {
    "P: sign": ("sign", "A larger denominator makes the label's probability smaller"),
    "n times": ("1/n", "The loss is a mean over n rows"),
    "1/n times": ("1/n", "The mean's 1/n is in there twice"),
    "n/classes times": ("1/n", "The mean is over rows, not over classes"),
    "1/classes times": ("1/n", "The mean is over rows, not over classes"),
    "sign": ("sign", "The step against the gradient has to raise the label's logit"),
    "Y: 0": ("label not subtracted", "P alone pushes all logits down, the right one too"),
    "Y: sign": ("sign", "The label's logit has to rise: its gradient is negative"),
    "P: 0": ("softmax forgotten", "Raising a logit also raises the denominator"),
    "P: n times": (
        "1/n",
        "The mean's 1/n belongs to both; and a sum on the way back is over one row, not over all",
    ),
    "Y: 1/n times": ("1/n", "The label's 1 is divided by n with the rest, not before"),
    "Y: n times": ("1/n", "The mean's 1/n belongs to both"),
    "P: 0; P*Y: 1": (
        "P∘Y − Y",
        "This is P∘Y − Y: every logit is part of the denominator, not only the label's. Sum over the "
        "row on the way back",
    ),
    "P*Y: -1": ("= for -=", "At the label stands -1: 1 is subtracted from p there, not put there"),
    "Y: 0; P*Y: -1": ("= for -=", "At the label stands 0, wanted p - 1"),
    "g ignored": ("g ignored", "What comes behind the loss scales it"),
    "ones for g": ("g ignored", "What comes behind the loss scales it"),
}
LABELS_PLACE = "one label a row is [rows, labels], with rows = np.arange(n)"
LOSS_TWINS = (
    Twin(
        "label's place",
        f"[:, labels] takes those columns in every row; {LABELS_PLACE}",
        lambda g, x, labels: (softmax(x) - np.isin(np.arange(x.shape[1]), labels)) * g / len(x),
    ),
    Twin(
        "label's place",
        f"[labels] takes rows; {LABELS_PLACE}",
        lambda g, x, labels: (
            (softmax(x) - np.isin(np.arange(len(x)), labels)[:, None]) * g / len(x)
        ),
    ),
    Twin(
        "label's place",
        f"[:, labels] takes those columns in every row; {LABELS_PLACE}",
        lambda g, x, labels: back_through_softmax(
            softmax(x), -1.0 * np.isin(np.arange(x.shape[1]), labels) / softmax(x) * g / len(x)
        ),
    ),
    Twin(
        "wrong axis",
        "softmax runs along the wrong axis: a row's probabilities sum to 1",
        lambda g, x, labels: (softmax_down(x) - one_hot(labels, x)) * g / len(x),
    ),
    Twin(
        "wrong axis",
        "the sum on the way back runs along the wrong axis: the denominator is a row's",
        lambda g, x, labels: (lambda p, d: p * (d - (d * p).sum(axis=0, keepdims=True)))(
            softmax(x), -one_hot(labels, x) / softmax(x) * g / len(x)
        ),
    ),
    Twin(
        "softmax forgotten",
        "the logits stand where their probabilities belong",
        lambda g, x, labels: (x - one_hot(labels, x)) * g / len(x),
    ),
    Twin(
        "wrong axis",
        "softmax runs over all elements: a row's probabilities sum to 1",
        lambda g, x, labels: (softmax_of_all(x) - one_hot(labels, x)) * g / len(x),
    ),
    Twin(
        "label's place",
        f"the labels are numbers of columns, not what is subtracted; {LABELS_PLACE}",
        lambda g, x, labels: (softmax(x) - labels[:, None]) * g / len(x),
    ),
    Twin(
        "label's place",
        "the labels count from 0: the label is the column",
        lambda g, x, labels: (softmax(x) - one_hot(labels - 1, x)) * g / len(x),
    ),
    Twin(
        "every class",
        "1 is subtracted in every column; wanted in the label's alone",
        lambda g, x, labels: (softmax(x) - 1) * g / len(x),
    ),
    Twin(
        "g in one place",
        "g multiplies the label's part only: it belongs to all of P - Y",
        lambda g, x, labels: (softmax(x) - g * one_hot(labels, x)) / len(x),
    ),
    Twin(
        "g in one place",
        "g multiplies P only: it belongs to all of P - Y",
        lambda g, x, labels: (g * softmax(x) - one_hot(labels, x)) / len(x),
    ),
    Twin(
        "loss",
        "this is the loss; wanted is its gradient, one number for each logit",
        lambda g, x, labels: -g * np.log(softmax(x)[np.arange(len(x)), labels]).mean(),
    ),
    Twin(
        "softmax forgotten",
        "it stops at the probabilities: softmax has to be gone back through",
        lambda g, x, labels: -one_hot(labels, x) / softmax(x) * g / len(x),
    ),
)
STAGE_TWINS = (
    Twin("quotient", QUOTIENT, staged_rule(denominator=lambda e, s: 1 / s)),
    Twin("quotient", QUOTIENT, staged_rule(denominator=lambda e, s: 1.0)),
    Twin(
        "exp forgotten",
        "e^x has been gone through, too: its rule is g e^x",
        staged_rule(back=False),
    ),
    Twin(
        "every class",
        "all probabilities of a row get a gradient; the loss looks at the label's alone",
        lambda g, x, labels: back_through_softmax(softmax(x), -g / softmax(x) / len(x)),
    ),
    Twin(
        "log forgotten",
        "1/p is missing: -log p has the derivative -1/p",
        lambda g, x, labels: back_through_softmax(softmax(x), -g * one_hot(labels, x) / len(x)),
    ),
    Twin(
        "log forgotten",
        "the label's gradient is multiplied by p; -log p has the derivative -1/p",
        lambda g, x, labels: back_through_softmax(
            softmax(x), -g * one_hot(labels, x) * softmax(x) / len(x)
        ),
    ),
    Twin(
        "p forgotten",
        "p is missing in front: softmax's rule is p (g - sum(p g))",
        lambda g, x, labels: (lambda p, d: d - (p * d).sum(axis=1, keepdims=True))(
            softmax(x), -g * one_hot(labels, x) / softmax(x) / len(x)
        ),
    ),
)
LOSS_HINTS = (
    "loss = mean of -log p[label]. Go back one step at a time: mean, -log, the choice of the label, "
    "softmax.",
    "Into softmax comes -g / (n p) at the label and 0 elsewhere. Use softmax_rule.",
)

EXERCISES = (
    Exercise(
        "softmax",
        (
            "Each row is e^x divided by the row's sum. How large may x be before e^x is infinite?",
            "Subtract the row's maximum first (keepdims); numerator and denominator both shrink by "
            "the same factor.",
        ),
        softmax,
        softmax_cases,
        ("x",),
        ("p",),
        on_error=on_error,
        twins=(
            Twin("wrong axis", "the columns sum to 1; wanted each row", softmax_down),
            Twin(
                "wrong axis",
                "all elements together sum to 1; wanted each row",
                lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
            ),
            Twin(
                "wrong axis",
                "all elements together sum to 1; wanted each row",
                lambda x: np.exp(x) / np.exp(x).sum(),
            ),
            Twin(
                "wrong axis",
                "the columns sum to 1; wanted each row",
                lambda x: np.exp(x) / np.exp(x).sum(axis=0),
            ),
            Twin(
                "wrong axis",
                "each row is divided by the columns' sums",
                lambda x: (
                    np.exp(x - x.max(axis=1, keepdims=True))
                    / np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=0)
                ),
            ),
            Twin(
                "logarithm",
                "this is the logarithm of softmax; wanted are the probabilities",
                lambda x: np.log(softmax(x)),
            ),
            Twin(
                "not normalised",
                "its rows do not sum to 1: divide by the row's sum",
                lambda x: np.exp(x - x.max(axis=1, keepdims=True)),
            ),
            Twin("not normalised", "its rows do not sum to 1: divide by the row's sum", np.exp),
            Twin("lost keepdims", LOST, lambda x: np.exp(x) / np.exp(x).sum(axis=1)),
            Twin(
                "lost keepdims",
                LOST,
                lambda x: (lambda e: e / e.sum(axis=1))(np.exp(x - x.max(axis=1, keepdims=True))),
            ),
            Twin(
                "lost keepdims",
                LOST,
                lambda x: (lambda e: e / e.sum(axis=1))(np.exp(x - x.max(axis=1))),
            ),
            Twin(
                "wrong axis",
                "all elements together sum to 1; wanted each row",
                lambda x: (lambda e: e / e.sum())(np.exp(x - x.max(axis=1, keepdims=True))),
            ),
        ),
    ),
    Exercise(
        "softmax_rule",
        (
            "p[j] depends on every x[k] of its row, by the denominator. Which sum brings that back?",
            "dx = p (g - s), where s is one number a row.",
        ),
        lambda g, p: back_through_softmax(p, g),
        rule_cases,
        ("g", "p"),
        ("dx",),
        cotangent=0,
        terms=lambda g, p: {
            "dx": {
                "p g": (1.0, p * g),
                "p sum(p g)": (-1.0, p * (g * p).sum(axis=1, keepdims=True)),
            }
        },
        said={
            "p sum(p g): 0": (
                "denominator",
                "The denominator is a sum over the row: what it gets has to be summed back",
            ),
            "p sum(p g): 1/classes times": ("denominator", "It takes the mean, wanted the sum"),
            "p sum(p g): sign": ("sign", "A larger denominator makes every p smaller"),
        },
        on_error=on_error,
        twins=(
            Twin(
                "wrong axis",
                "the sum runs along the wrong axis: the denominator is a row's",
                lambda g, p: p * (g - (g * p).sum(axis=0, keepdims=True)),
            ),
            Twin(
                "elementwise",
                "this is the sigmoid's rule, p (1 - p) g: softmax also couples the "
                "elements of a row, by the denominator",
                lambda g, p: g * p * (1 - p),
            ),
            Twin(
                "denominator",
                "the sum is of g, wanted that of p g: each g counts as much as its p",
                lambda g, p: p * (g - g.sum(axis=1, keepdims=True)),
            ),
            Twin(
                "wrong axis",
                "the sum runs over all elements: each row has its own denominator",
                lambda g, p: p * (g - (g * p).sum()),
            ),
            Twin(
                "brackets",
                "p multiplies g only; it belongs to both: p (g - sum(p g)) needs brackets",
                lambda g, p: p * g - (g * p).sum(axis=1, keepdims=True),
            ),
            Twin(
                "p forgotten",
                "p is missing in front: p (g - sum(p g))",
                lambda g, p: g - (g * p).sum(axis=1, keepdims=True),
            ),
        ),
    ),
    Exercise(
        "cross_entropy_staged",
        LOSS_HINTS,
        fused_rule,
        staged_cases,
        ("g", "logits", "labels"),
        ("dlogits",),
        cotangent=0,
        terms=loss_terms,
        said=LOSS_SAID,
        on_error=on_error,
        twins=(*LOSS_TWINS, *STAGE_TWINS),
    ),
    Exercise(
        "cross_entropy_fused",
        (
            "Multiply the staged rule out. Most of it cancels.",
            "P - Y, times what every row gets.",
        ),
        fused_rule,
        loss_cases,
        ("g", "logits", "labels"),
        ("dlogits",),
        cotangent=0,
        terms=loss_terms,
        said=LOSS_SAID,
        on_error=on_error,
        twins=LOSS_TWINS,
    ),
)
