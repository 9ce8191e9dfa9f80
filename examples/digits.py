"""A dense net with batch norm and dropout on scikit-learn's 8 x 8 handwritten digits.

    python examples/digits.py

Nothing is downloaded: the 1,797 pictures come with scikit-learn. It takes a few seconds, prints a
table of results, and draws the learning curves.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from training import count, extra, fit, plot_history, results

import minigrad as mg
from minigrad import nn, optim
from minigrad.utils.data import TensorDataset, random_split

BATCH_SIZE = 64


def data() -> list:
    """Training, validation and test part: the same split in every run, whatever the seed."""
    pixels, labels = extra("sklearn.datasets").load_digits(return_X_y=True)
    dataset = TensorDataset((pixels / 16).astype(np.float32), labels)
    return random_split(dataset, [0.6, 0.2, 0.2], generator=0)


def net() -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.1),
        nn.Linear(64, 256),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(256, 128),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(128, 10),
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=count, default=60, help="default: 60")
    parser.add_argument("--seed", type=int, default=0, help="of weights, batches and dropout")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of what is written")
    args = parser.parse_args(arguments)

    train, validation, test = data()
    mg.manual_seed(args.seed)
    model = net()
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    steps = args.epochs * (len(train) // BATCH_SIZE)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)

    size = sum(p.numel() for p in model.parameters())
    print(f"Digits: 8 x 8 pixels, 10 classes. The net has {size:,} parameters.")
    history = fit(
        model,
        optimizer,
        train,
        validation,
        epochs=args.epochs,
        batch_size=BATCH_SIZE,
        schedule=schedule,
    )
    table = results(model, {"train": train, "validation": validation, "test": test})
    print(f"\n{table}\n\nTrained for {args.epochs} epochs in {history.seconds:.1f} seconds.")

    picture, log = args.out / "digits.png", args.out / "digits.csv"
    history.write_csv(log)
    plot_history(history, picture, "Handwritten digits: 64-256-128-10, batch norm, dropout")
    print(f"Learning curves: {picture}\nFigures of each epoch: {log}")


if __name__ == "__main__":
    main()
