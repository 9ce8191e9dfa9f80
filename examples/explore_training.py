"""Why deep nets did not train, and why they do: eight layers, watched while they learn.

    python examples/explore_training.py [--out FOLDER]

Three starts of the same net of tanh layers (weights too small, too large, and Glorot's) and the
first two again with batch norm. Every tenth step of each training is written down; the last lines
name the layer that is worst off. With --out each training is saved as a page.

X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
networks", AISTATS 2010; S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.
"""

import argparse
from pathlib import Path

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F

DEPTH, WIDTH, CLASSES = 8, 32, 4
STARTS = {"vanishing": 0.05, "exploding": 3.0, "glorot": None}


def net(std, norm):
    """Tanh layers whose weights have this spread (None: Glorot's), with or without batch norm."""
    layers = []
    for _ in range(DEPTH):
        linear = nn.Linear(WIDTH, WIDTH)
        if std is None:
            nn.init.xavier_normal_(linear.weight)
        else:
            nn.init.normal_(linear.weight, std=std)
        nn.init.zeros_(linear.bias)
        layers += [linear, *([nn.BatchNorm1d(WIDTH)] if norm else []), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, CLASSES))


def train(model, x, y, steps=101):
    """Plain gradient descent under the explorer's eyes."""
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with mg.explore(every=10) as view:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
    return view


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="a folder for the pages")
    out = parser.parse_args().out
    mg.manual_seed(0)
    x = mg.randn(128, WIDTH)
    y = mg.randint(0, CLASSES, (128,))
    for norm in (False, True):
        for name, std in STARTS.items():
            if norm and std is None:
                continue
            name += "-batch-norm" if norm else ""
            view = train(net(std, norm), x, y)
            losses = view.record.data["loss"]
            print(f"{name}: loss {losses[0]:.3f}, after 100 steps {losses[-1]:.3f}\n{view}\n")
            if out:
                out.mkdir(parents=True, exist_ok=True)
                print(view.save(out / f"{name}.html"), end="\n\n")


if __name__ == "__main__":
    main()
