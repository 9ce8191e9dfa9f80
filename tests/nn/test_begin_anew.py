"""`reset_parameters` of layers that begin with constants."""

import pytest

import minigrad as mg
from minigrad import nn

LAYERS = {
    "PReLU": lambda: nn.PReLU(2, 0.5),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "LayerNorm": lambda: nn.LayerNorm(3),
    "RMSNorm": lambda: nn.RMSNorm(3),
    "BatchNorm1d": lambda: nn.BatchNorm1d(3),
}


@pytest.mark.parametrize("name", LAYERS)
def test_reset(name):
    layer = LAYERS[name]()
    first = {key: value.tolist() for key, value in layer.state_dict().items()}
    with mg.no_grad():
        for parameter in layer.parameters():
            parameter.add_(3.0)
    assert {key: value.tolist() for key, value in layer.state_dict().items()} != first
    layer.reset_parameters()
    assert {key: value.tolist() for key, value in layer.state_dict().items()} == first


def test_group_norm_without_shift():
    layer = nn.GroupNorm(2, 4, bias=False)
    assert layer.bias is None and [*layer.state_dict()] == ["weight"]
    layer.reset_parameters()
    assert layer(mg.ones(3, 4)).tolist() == mg.zeros(3, 4).tolist()


def test_weights_of_recurrent_layers_are_flat():
    assert nn.LSTM(2, 3).flatten_parameters() is None
