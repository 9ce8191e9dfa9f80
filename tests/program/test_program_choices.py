"""What chooses by values (indices, order, labels) is replayed too, and checked in each replay."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn import functional as F

COLUMNS = mg.tensor([[0, 1, 2, 0, 1, 2]] * 4)
ROWS, LABELS = mg.tensor([0, 2, 2]), mg.tensor([1, 0, 3, 2])


def assigned(h):
    y = h.clone()
    y[0] = 0.0
    y[ROWS] = h[0]
    return y.square().sum()


CHOICES = {
    "gather": lambda h: h.gather(1, COLUMNS).square().sum(),
    "scatter": lambda h: h.scatter(1, COLUMNS, 0.5).square().sum(),
    "scatter_add": lambda h: h.scatter_add(1, COLUMNS, h).square().sum(),
    "index_select": lambda h: h.index_select(0, ROWS).square().sum(),
    "index_add": lambda h: h.index_add(0, ROWS, h[:3]).square().sum(),
    "a list as index": lambda h: h[[0, 2]].square().sum(),
    "a list beside a slice": lambda h: h[:, [0, 1]].square().sum(),
    "assignment": assigned,
    "sort": lambda h: (h.sort(1)[0] * mg.arange(6)).sum(),
    "sort, descending": lambda h: (h.sort(1, descending=True)[0] * mg.arange(6)).sum(),
    "topk": lambda h: h.topk(2, 1)[0].square().sum(),
    "median": lambda h: h.median() + h.median(1)[0].sum(),
    "kthvalue": lambda h: h.kthvalue(2, 1)[0].sum(),
    "cummax": lambda h: h.cummax(1)[0].sum() + h.cummin(0)[0].sum(),
    "embedding": lambda h: F.embedding(ROWS, h, padding_idx=2).square().sum(),
    "multi_margin_loss": lambda h: F.multi_margin_loss(h, LABELS, weight=mg.arange(6.0)),
    "multilabel_margin_loss": lambda h: F.multilabel_margin_loss(h, COLUMNS - 1),
    "gumbel_softmax": lambda h: F.gumbel_softmax(h).square().sum(),
    "gumbel_softmax, hard": lambda h: (F.gumbel_softmax(h, hard=True) * mg.arange(6)).sum(),
    "searchsorted": lambda h: (mg.searchsorted(mg.arange(6.0), h.detach()) * h).sum(),
    "histc": lambda h: (mg.histc(h.detach(), 6, -3, 3) * h).sum(),
}


def losses_and_gradients(choice, compiled):
    """Of five calls, with other numbers each."""
    mg.manual_seed(4)
    weight = mg.randn(4, 6, requires_grad=True)

    def function(x):
        weight.grad = None
        loss = choice(x * weight)
        loss.backward()
        return loss.detach(), weight.grad * 1

    step = mg.compile(function) if compiled else function
    draw = np.random.default_rng(1)
    found = []
    for _ in range(5):
        given = step(mg.tensor(draw.standard_normal((4, 6), np.float32)))
        found += [t.numpy().tobytes() for t in given]
    return found, step


@pytest.mark.parametrize("what", CHOICES)
def test_a_choice_by_values_is_replayed(what):
    plain, _ = losses_and_gradients(CHOICES[what], False)
    compiled, step = losses_and_gradients(CHOICES[what], True)
    assert compiled == plain
    assert step.program.confirmed
    assert step.program.reason == ""


@pytest.mark.parametrize(
    "choose",
    [
        lambda x, index: x.gather(0, index),
        lambda x, index: x.index_select(0, index),
        lambda x, index: x.scatter(0, index, 1.0),
        lambda x, index: F.embedding(index, x.reshape(-1, 1)),
        lambda x, index: mg.take(x, index),
    ],
)
def test_an_index_out_of_range_raises_in_a_replay(choose):
    step, x = mg.compile(choose), mg.arange(3.0)
    for _ in range(3):
        step(x, mg.tensor([2, 1]))
    with pytest.raises(IndexError, match="3"):
        step(x, mg.tensor([0, 3]))
    assert step.program.reason == ""


def test_rows_are_shortened_in_each_replay():
    table = mg.ones(3, 4)

    @mg.compile
    def look_up(rows):
        return F.embedding(rows, table, max_norm=1.0)

    for row in (0, 0, 1, 2):
        look_up(mg.tensor([row]))
        assert [bool(r.norm() > 1.1) for r in table] == [i > row for i in range(3)]
    assert look_up.program.reason == ""


def test_a_shape_is_an_argument_and_an_answer():
    shape = mg.zeros(3, 2).shape

    @mg.compile
    def shaped(x, sizes):
        return x.reshape(sizes) + 1.0, x.shape

    for k in range(4):
        x = mg.full((2, 3), float(k))
        y, before = shaped(x, mg.zeros(*shape).shape)
        assert y.shape == shape and bool((y == k + 1.0).all())
        assert before == x.shape and type(before) is type(x.shape)
    assert shaped.program.reason == "" and shaped.program.confirmed
