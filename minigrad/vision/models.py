"""Nets for pictures, under torchvision's names: the VGG nets, with weights from PyTorch's files.

K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image recognition",
ICLR 2015, arXiv:1409.1556, table 1; with batch normalisation where a name ends in `_bn`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from .. import nn
from ..absent import explain_absence
from ..engine.tensor import Tensor
from ..serialization import load
from ..utils.data.download import download_file

__all__ = [
    "VGG",
    "VGG11_BN_Weights",
    "VGG11_Weights",
    "VGG13_BN_Weights",
    "VGG13_Weights",
    "VGG16_BN_Weights",
    "VGG16_Weights",
    "VGG19_BN_Weights",
    "VGG19_Weights",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

PUBLISHED = "https://download.pytorch.org/models/"
WIDTHS = 64, 128, 256, 512, 512
"""The channels of the five blocks of convolutions; each block ends in a pool."""
DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""How many convolutions a block has, by how many layers of the net have weights."""


class VGG(nn.Module):
    """Blocks of 3 x 3 convolutions, each half as large as the one before, and three dense layers.

    features : what makes 512 channels of a picture; num_classes : of how many classes scores are
    init_weights : draw the weights as torchvision does; False leaves them as the layers draw them
    dropout : of the dense layers

    Takes pictures (N, 3, H, W), gives scores (N, num_classes).

    >>> import minigrad as mg
    >>> net = VGG(mg.nn.Conv2d(3, 512, 3), num_classes=10, init_weights=False)
    >>> net(mg.zeros(2, 3, 9, 9)).shape
    (2, 10)
    """

    def __init__(
        self,
        features: nn.Module,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            for module in self.modules():
                _draw(module)

    def forward(self, x: Any) -> Tensor:
        """The scores of pictures."""
        scores: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return scores


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0, 0.01)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def _features(depth: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = 3
    for width, count in zip(WIDTHS, DEPTHS[depth], strict=True):
        for _ in range(count):
            layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU(inplace=True))
            channels = width
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


# --------------------------------------------------------------------- weights


class Weights(Enum):
    """The weights that are published of a net; an entry's value is their address."""

    @property
    def url(self) -> str:
        """Where they are published."""
        return str(self.value)

    def get_state_dict(self, progress: bool = True, check_hash: bool = False) -> dict[str, Tensor]:
        """The tensors in the file, which is fetched if it is not there.

        It lies where PyTorch's hub keeps it: $TORCH_HOME/hub/checkpoints, or the user's cache.
        progress, check_hash : for PyTorch's sake; both always are

        Raises FileNotFoundError, which says what is wanted where, if it is not there and does not
        come; and what `minigrad.load` raises.
        """
        path = checkpoints() / self.url.rpartition("/")[2]
        if not path.exists():
            (begins,) = re.findall(r"-([0-9a-f]{8})\.pth$", path.name)
            try:
                download_file([self.url], path, sha256=begins)
            except ConnectionError as error:
                raise FileNotFoundError(
                    f"{type(self).__name__}.{self.name}: wanted the file {path}, which is not "
                    f"there; {error}\nFetch it by hand from {self.url}, and put it there"
                ) from error
        return load(path)  # type: ignore[no-any-return]


def checkpoints() -> Path:
    """The folder in which PyTorch keeps weights that were fetched.

    >>> checkpoints().parts[-2:]
    ('hub', 'checkpoints')
    """
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or os.path.join(cache, "torch")
    return Path(home).expanduser() / "hub" / "checkpoints"


FILES = {
    "VGG11": "vgg11-8a719046.pth",
    "VGG11_BN": "vgg11_bn-6002323d.pth",
    "VGG13": "vgg13-19584684.pth",
    "VGG13_BN": "vgg13_bn-abd245e5.pth",
    "VGG16": "vgg16-397923af.pth",
    "VGG16_BN": "vgg16_bn-6c64b313.pth",
    "VGG19": "vgg19-dcbb9e9d.pth",
    "VGG19_BN": "vgg19_bn-c79401a0.pth",
}
"""Behind the name stands how the file's SHA-256 checksum begins."""


def _published(name: str) -> Any:
    # DEFAULT is another name of the first, as Enum has it.
    values = dict.fromkeys(("IMAGENET1K_V1", "DEFAULT"), PUBLISHED + FILES[name])
    make: Any = Weights
    return make(f"{name}_Weights", values, module=__name__)


VGG11_Weights = _published("VGG11")
VGG11_BN_Weights = _published("VGG11_BN")
VGG13_Weights = _published("VGG13")
VGG13_BN_Weights = _published("VGG13_BN")
VGG16_Weights = _published("VGG16")
VGG16_BN_Weights = _published("VGG16_BN")
VGG19_Weights = _published("VGG19")
VGG19_BN_Weights = _published("VGG19_BN")


def _chosen(name: str, kinds: Any, weights: Any) -> Weights | None:
    """An entry, by itself or by its name; ValueError for others."""
    if weights is None or isinstance(weights, kinds):
        return weights
    known = list(kinds.__members__)
    entry = str(weights).rpartition(".")[2]
    if not isinstance(weights, str) or entry not in known:
        raise ValueError(f"{name}: weights: wanted None or one of {known}, got {weights!r:.60}")
    return kinds[entry]  # type: ignore[no-any-return]


def _net(name: str, depth: int, kinds: Any, weights: Any, pretrained: bool, options: Any) -> VGG:
    chosen = _chosen(name, kinds, "DEFAULT" if pretrained and weights is None else weights)
    if chosen is not None:
        if options.setdefault("num_classes", 1000) != 1000:
            raise ValueError(
                f"{name}: num_classes: the weights are for 1000 classes, got "
                f"{options['num_classes']}; exchange net.classifier[-1] afterwards"
            )
        options["init_weights"] = False
    state = None if chosen is None else chosen.get_state_dict()
    net = VGG(_features(depth, name.endswith("_bn")), **options)
    if state is not None:
        net.load_state_dict(state)
    return net


def _maker(name: str) -> Callable[..., VGG]:
    depth = int(re.sub(r"\D", "", name))
    kinds = globals()[f"{name.upper()}_Weights"]

    def make(
        *, weights: Any = None, progress: bool = True, pretrained: bool = False, **kwargs: Any
    ) -> VGG:
        return _net(name, depth, kinds, weights, pretrained, kwargs)

    make.__name__ = make.__qualname__ = name
    normalised = ", normalised over batches" if name.endswith("_bn") else ""
    make.__doc__ = f"""The VGG net of {depth} layers{normalised}.

    weights : None draws them; "IMAGENET1K_V1" or "DEFAULT", or an entry of {name.upper()}_Weights,
        takes those that torchvision trained on ImageNet: see `Weights.get_state_dict`
    progress : for PyTorch's sake; there is a bar; pretrained : an older word for "DEFAULT"
    num_classes, init_weights, dropout : see `VGG`

    Raises ValueError for weights that are not published, or other num_classes with them.
    """
    return make


vgg11 = _maker("vgg11")
vgg11_bn = _maker("vgg11_bn")
vgg13 = _maker("vgg13")
vgg13_bn = _maker("vgg13_bn")
vgg16 = _maker("vgg16")
vgg16_bn = _maker("vgg16_bn")
vgg19 = _maker("vgg19")
vgg19_bn = _maker("vgg19_bn")

explain_absence(globals())
