"""`size_average` and `reduce`, which losses took before they had `reduction`."""

import warnings

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F
from minigrad.nn.functional import older

TWO = mg.tensor([0.25, 0.5]), mg.tensor([1.0, 0.0])
CLASSES = mg.tensor([[0.5, -1.0], [0.25, 2.0]]), mg.tensor([0, 1])
LOSSES = {
    "mse_loss": ("MSELoss", TWO),
    "l1_loss": ("L1Loss", TWO),
    "smooth_l1_loss": ("SmoothL1Loss", TWO),
    "binary_cross_entropy": ("BCELoss", TWO),
    "binary_cross_entropy_with_logits": ("BCEWithLogitsLoss", TWO),
    "kl_div": ("KLDivLoss", TWO),
    "poisson_nll_loss": ("PoissonNLLLoss", TWO),
    "soft_margin_loss": ("SoftMarginLoss", TWO),
    "hinge_embedding_loss": ("HingeEmbeddingLoss", TWO),
    "cross_entropy": ("CrossEntropyLoss", CLASSES),
    "nll_loss": ("NLLLoss", CLASSES),
    "multi_margin_loss": ("MultiMarginLoss", CLASSES),
}
MEANINGS = (
    ({"size_average": True}, "mean"),
    ({"size_average": False}, "sum"),
    ({"reduce": False}, "none"),
    ({"size_average": False, "reduce": False}, "none"),
    ({"size_average": None, "reduce": True}, "mean"),
)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("older", "today"), MEANINGS)
def test_they_mean_a_reduction(name, older, today):
    of_class, inputs = LOSSES[name]
    wanted = getattr(F, name)(*inputs, reduction=today)
    with pytest.warns(UserWarning, match=f"{name}: .* for reduction='{today}'") as told:
        value = getattr(F, name)(*inputs, **older)
    assert value.tolist() == wanted.tolist() and told[0].filename == __file__
    with pytest.warns(UserWarning, match=f"{of_class}: .* for reduction='{today}'") as told:
        loss = getattr(nn, of_class)(**older)
    assert loss(*inputs).tolist() == wanted.tolist() and told[0].filename == __file__
    assert loss.reduction == today


@pytest.mark.parametrize("name", LOSSES)
def test_none_says_nothing(name):
    of_class, inputs = LOSSES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = getattr(F, name)(*inputs, size_average=None, reduce=None, reduction="sum")
        loss = getattr(nn, of_class)(size_average=None, reduce=None, reduction="sum")
    assert value.tolist() == loss(*inputs).tolist()


@pytest.mark.parametrize("name", LOSSES)
def test_by_position_they_stand_where_pytorch_has_them(name):
    of_class, inputs = LOSSES[name]
    between = {"PoissonNLLLoss": (True, False), "HingeEmbeddingLoss": (1.0,)}
    between |= {"MultiMarginLoss": (1, 1.0, None)}
    between |= dict.fromkeys("CrossEntropyLoss NLLLoss BCELoss BCEWithLogitsLoss".split(), (None,))
    given = between.get(of_class, ())
    wanted = getattr(F, name)(*inputs, reduction="sum").item()
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert getattr(F, name)(*inputs, *given, False).item() == wanted
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert getattr(nn, of_class)(*given, False)(*inputs).item() == wanted
    with pytest.raises(TypeError, match=f"{name}: size_average: .* reduction is given as"):
        getattr(F, name)(*inputs, *given, "sum")


@pytest.mark.parametrize("call", [lambda **k: F.cross_entropy(*CLASSES, **k), nn.CrossEntropyLoss])
def test_other_names_are_refused(call):
    with pytest.raises(TypeError, match=r"(?i)cross_?entropy.*'size_averag'"):
        call(size_averag=False)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
def test_weights(name):
    a, b, weight = mg.tensor([1.0, 2.0]), mg.tensor([0.0, 4.0]), mg.tensor([3.0, 1.0])
    loss = getattr(F, name)
    terms = loss(a, b, reduction="none") * weight
    assert loss(a, b, weight=weight, reduction="none").tolist() == terms.tolist()
    assert loss(a, b, weight=weight, reduction="sum").item() == terms.sum().item()
    assert loss(a, b, weight=weight).item() == (terms.sum() / 4).item()
    with pytest.raises(ValueError, match=f"{name}: weight: wanted shape"):
        loss(a, b, weight=mg.ones(3))
    with pytest.raises(ValueError, match="reduction"):
        loss(a, b, weight=weight, reduction="average")


SIGNATURES = {  # PyTorch's
    "binary_cross_entropy": "input target weight size_average reduce reduction",
    "binary_cross_entropy_with_logits": "input target weight size_average reduce reduction "
    "pos_weight",
    "cosine_embedding_loss": "input1 input2 target margin size_average reduce reduction",
    "cross_entropy": "input target weight size_average ignore_index reduce reduction "
    "label_smoothing",
    "hinge_embedding_loss": "input target margin size_average reduce reduction",
    "kl_div": "input target size_average reduce reduction log_target",
    "l1_loss": "input target size_average reduce reduction weight",
    "margin_ranking_loss": "input1 input2 target margin size_average reduce reduction",
    "mse_loss": "input target size_average reduce reduction weight",
    "multi_margin_loss": "input target p margin weight size_average reduce reduction",
    "multilabel_margin_loss": "input target size_average reduce reduction",
    "multilabel_soft_margin_loss": "input target weight size_average reduce reduction",
    "nll_loss": "input target weight size_average ignore_index reduce reduction",
    "poisson_nll_loss": "input target log_input full size_average eps reduce reduction",
    "smooth_l1_loss": "input target size_average reduce reduction beta",
    "soft_margin_loss": "input target size_average reduce reduction",
    "triplet_margin_loss": "anchor positive negative margin p eps swap size_average reduce "
    "reduction",
}

INPUTS = "input input1 input2 target anchor positive negative".split()


@pytest.mark.parametrize("name", older.OLDER)
def test_their_places_are_those_of_pytorchs_signatures(name):
    """Every argument is its own name: what is passed on tells where it was looked for."""

    class Loss:
        def __init__(self, *args, **kwargs):
            self.given = args, kwargs

    words = SIGNATURES[name].split()
    inputs = [w for w in words if w in INPUTS]
    assert older.OLDER[name].inputs == len(inputs)
    older.of_module(name, Loss)
    for call, taken in (
        (older.of_function(name, lambda *args, **kwargs: (args, kwargs)), words),
        (lambda *args: Loss(*args).given, words[len(inputs) :]),
    ):
        at = taken.index("reduction")
        args, kwargs = call(*(None if w in older.NAMES else w for w in taken))
        assert args == tuple(w for w in taken[:at] if w not in older.NAMES)
        assert kwargs == {w: w for w in taken[at:]}
        with pytest.warns(UserWarning, match="reduction='sum'"):
            _, kwargs = call(*(w != "size_average" if w in older.NAMES else w for w in taken))
        assert kwargs["reduction"] == "sum"
