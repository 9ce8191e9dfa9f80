"""The nets of minigrad.vision.models, and where their weights come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import minigrad as mg
from minigrad.vision import models

NAMES = [n for n in models.__all__ if n.startswith("vgg")]


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nets of the same layers, of few channels."""
    monkeypatch.setattr(models, "WIDTHS", (2, 2, 3, 3, 512))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_their_layers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    net = getattr(models, name)(num_classes=4, dropout=0.25, init_weights=False)
    kinds = [type(layer).__name__ for layer in (*net.features, *net.classifier)]
    assert kinds.count("Conv2d") + kinds.count("Linear") == int(name[3:5])
    assert kinds.count("BatchNorm2d") == (kinds.count("Conv2d") if name.endswith("_bn") else 0)
    assert net.classifier[2].p == 0.25
    assert net.eval()(mg.zeros(1, 3, 32, 32)).shape == (1, 4)


@pytest.mark.slow
def test_the_whole_net_has_as_many_parameters_as_published() -> None:
    layers = models._features(16, False)
    dense = (512 * 49 + 1) * 4096 + 4097 * 4096 + 4097 * 1000
    assert sum(p.numel() for p in layers.parameters()) + dense == 138_357_544


@pytest.mark.slow
def test_first_weights_are_torchvisions(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    net = models.vgg11(num_classes=3)
    assert not net.classifier[0].bias.numpy().any() and not net.features[0].bias.numpy().any()
    assert abs(net.classifier[3].weight.numpy().std() - 0.01) < 1e-4
    last = net.features[-3].weight.numpy()
    assert abs(last.std() / (2 / (512 * 9)) ** 0.5 - 1) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("old", [False, True], ids=["zip", "before PyTorch 1.6"])
def test_weights_from_pytorchs_folder(
    old: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    small(monkeypatch)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    mg.manual_seed(1)
    state = models.vgg11_bn().state_dict()
    path = tmp_path / "hub/checkpoints/vgg11_bn-6002323d.pth"
    path.parent.mkdir(parents=True)
    theirs = {name: torch.from_numpy(value.numpy()) for name, value in state.items()}
    torch.save(theirs, path, _use_new_zipfile_serialization=not old)
    entry = models.VGG11_BN_Weights.IMAGENET1K_V1
    for weights in ("IMAGENET1K_V1", "DEFAULT", entry, "VGG11_BN_Weights.DEFAULT"):
        net = models.vgg11_bn(weights=weights)
        assert all((net.state_dict()[n] == v).all() for n, v in state.items())
    assert (models.vgg11_bn(pretrained=True).classifier[0].weight == net.classifier[0].weight).all()


def test_weights_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))

    def no_network(request: Any, timeout: float) -> Any:
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(FileNotFoundError) as caught:
        models.vgg16(weights="IMAGENET1K_V1")
    for words in ("home/hub/checkpoints/vgg16-397923af.pth", "no network", "models/vgg16-397923af"):
        assert words in str(caught.value)
    assert not (tmp_path / "home").exists()


def test_a_file_with_another_checksum_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    source = tmp_path / "other.pth"
    source.write_bytes(b"something else")
    monkeypatch.setattr(models, "PUBLISHED", tmp_path.as_uri() + "/")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    wrong = models.Weights("Other", {"DEFAULT": f"{tmp_path.as_uri()}/other-12345678.pth"})
    source.rename(tmp_path / "other-12345678.pth")
    with pytest.raises(FileNotFoundError, match="SHA-256 checksum of what came is"):
        wrong.DEFAULT.get_state_dict()
    assert not (tmp_path / "home").exists()


def test_what_they_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    with pytest.raises(ValueError, match="vgg11: weights: wanted None or one of"):
        models.vgg11(weights="IMAGENET1K_V2")
    with pytest.raises(ValueError, match="num_classes: the weights are for 1000 classes, got 10"):
        models.vgg11(weights="DEFAULT", num_classes=10)
    with pytest.raises(ValueError, match="wanted None or one of"):
        models.vgg11(weights=models.VGG13_Weights.DEFAULT)
