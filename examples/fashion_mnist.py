"""A dense net on Fashion-MNIST: 60,000 + 10,000 grey pictures of clothes, 28 x 28, ten classes.

    python examples/fashion_mnist.py --download
    python examples/fashion_mnist.py --batch-norm --dropout 0.2 --epochs 30
    python examples/fashion_mnist.py --batch-size full --batch-norm --optimizer nesterov --lr 0.2

The files are looked for in the folder that the environment variable MINIGRAD_DATA names, else in
the user's cache folder. The last 5,000 pictures of a fixed shuffling are for validation.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

from training import count, fit, plot_history, results, weight_penalty

import minigrad as mg
from minigrad import nn, optim
from minigrad.utils.data import FashionMNIST, TensorDataset, random_split

PIXELS, CLASSES = 784, 10
OPTIMIZERS = {  # the class, its learning rate where --lr gives none, and its other options
    "sgd": (optim.SGD, 0.1, {}),
    "momentum": (optim.SGD, 0.05, {"momentum": 0.9}),
    "nesterov": (optim.SGD, 0.05, {"momentum": 0.9, "nesterov": True}),
    "adam": (optim.Adam, 0.001, {}),
    "adamw": (optim.AdamW, 0.001, {}),
    "rmsprop": (optim.RMSprop, 0.001, {}),
}


def data(download: bool) -> list:
    """Training, validation and test part: the same split in every run, whatever the seed."""
    try:
        official = FashionMNIST(download=download), FashionMNIST(train=False, download=download)
    except FileNotFoundError as error:
        message = str(error).replace("Pass download=True", "Run again with --download (30 MB)")
        sys.exit(
            f"{message}\n\nIf you have the files, set MINIGRAD_DATA to the folder that holds "
            f"{FashionMNIST.folder}/"
        )
    except (ConnectionError, ValueError) as error:
        sys.exit(str(error))
    rest, test = (TensorDataset(*part.arrays()) for part in official)
    share = 1 / 12  # 5,000 of 60,000
    return [*random_split(rest, [1 - share, share], generator=0), test]


def net(hidden: list[int], batch_norm: bool, dropout: float) -> nn.Module:
    layers: list[nn.Module] = []
    sizes = [PIXELS, *hidden]
    for inputs, outputs in pairwise(sizes):
        layers.append(nn.Linear(inputs, outputs))
        if batch_norm:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(nn.ReLU())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(sizes[-1], CLASSES))


def learning_rates(
    name: str, optimizer: optim.Optimizer, lr: float, epochs: int, steps_per_epoch: int
) -> optim.lr_scheduler.LRScheduler | None:
    """cosine: from lr down to 0; cyclic: from lr / 10 to lr and back, in eight epochs."""
    if name == "cosine":
        return optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * steps_per_epoch)
    if name == "cyclic":
        up = 4 * steps_per_epoch
        return optim.lr_scheduler.CyclicLR(optimizer, lr / 10, lr, up, cycle_momentum=False)
    return None


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--hidden", type=count, nargs="*", default=[300, 100], help="sizes of the hidden layers")
    add("--batch-norm", action="store_true", help="normalise before each ReLU")
    add("--dropout", type=float, default=0.0, help="probability, after each ReLU")
    add("--epochs", type=count, default=20)
    add("--batch-size", type=batch_size, default=512, help="a number, or full")
    add("--optimizer", choices=OPTIMIZERS, default="adam")
    add("--lr", type=float, help="learning rate; None: one that suits the optimizer")
    add("--schedule", choices=["none", "cyclic", "cosine"], default="cosine", help="of the rate")
    add("--l1", type=float, default=0.0, help="times the sum of |w|, added to the loss")
    add("--l2", type=float, default=0.0, help="times the sum of w^2, added to the loss")
    add("--weight-decay", type=float, help="the optimizer's own; None: its default")
    add("--seed", type=int, default=0, help="of weights, batches and dropout")
    add("--download", action="store_true", help="fetch the files where they are missing")
    add("--out", type=Path, default=Path("runs"), help="folder of what is written")
    return parser.parse_args(arguments)


def batch_size(text: str) -> int | None:
    """None stands for the whole training part."""
    return None if text == "full" else count(text)


def main(arguments: list[str] | None = None) -> None:
    args = options(arguments)
    train, validation, test = data(args.download)
    size = min(args.batch_size or len(train), len(train))

    mg.manual_seed(args.seed)
    model = net(args.hidden, args.batch_norm, args.dropout)
    kind, usual_lr, settings = OPTIMIZERS[args.optimizer]
    lr = usual_lr if args.lr is None else args.lr
    if args.weight_decay is not None:
        settings = {**settings, "weight_decay": args.weight_decay}
    optimizer = kind(model.parameters(), lr=lr, **settings)
    schedule = learning_rates(args.schedule, optimizer, lr, args.epochs, len(train) // size)
    penalised = args.l1 or args.l2

    print(model)
    print(f"{args.optimizer}, lr {lr}, schedule {args.schedule}, batches of {size}\n")
    history = fit(
        model,
        optimizer,
        train,
        validation,
        epochs=args.epochs,
        batch_size=size,
        schedule=schedule,
        penalty=(lambda net: weight_penalty(net, args.l1, args.l2)) if penalised else None,
        say=print,
    )
    table = results(model, {"train": train, "validation": validation, "test": test})
    print(f"\n{table}\n\nTrained for {args.epochs} epochs in {history.seconds:.1f} seconds.")

    picture, log = args.out / "fashion_mnist.png", args.out / "fashion_mnist.csv"
    history.write_csv(log)
    sizes = "-".join(map(str, [PIXELS, *args.hidden, CLASSES]))
    plot_history(history, picture, f"Fashion-MNIST: {sizes}, {args.optimizer}")
    print(f"Learning curves: {picture}\nFigures of each epoch: {log}")


if __name__ == "__main__":
    main()
