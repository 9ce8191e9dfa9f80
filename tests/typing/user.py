"""What somebody who types their code might write; `scripts/check_types.py` has it checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import assert_type

import numpy as np

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import Tensor, nn, optim
from minigrad.utils.data import DataLoader, Dataset, TensorDataset


@mg.operation
def cube(x: np.ndarray) -> np.ndarray:
    cubed: np.ndarray = x**3
    return cubed


@cube.gradient("x")
def _(g: Tensor, x: Tensor) -> Tensor:
    return g * 3 * x * x


class Ring(Dataset[tuple[Tensor, Tensor]]):
    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        angle = mg.tensor(index / 10)
        return mg.stack([mg.cos(angle), mg.sin(angle)]), mg.tensor(index % 2)


class Net(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + mg.sum(cube(x), dim=1, keepdim=True)


def train(net: Net, loader: DataLoader[tuple[Tensor, Tensor]], epochs: int) -> list[float]:
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10)
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = F.cross_entropy(net(x), y, label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
    return losses


def main(path: Path) -> None:
    mg.manual_seed(0)
    net = Net(8)
    history = train(net, DataLoader(Ring(), batch_size=16, shuffle=True), 2)
    weight = nn.Parameter(mg.randn(2, 3, dtype=mg.float64))
    mg.tanh(weight).mean(axis=0).sum().backward()
    assert_type(weight.grad, Tensor | None)
    if weight.grad is not None:
        print(weight.grad.shape, float(mg.mean(weight.grad, axis=0)[0]))
    mg.save({"net": net.state_dict(), "losses": history}, path)
    net.load_state_dict(mg.load(path)["net"])
    assert mg.gradcheck(cube, mg.randn(3, dtype="float64", requires_grad=True)).passed
    points, labels = mg.randn(8, 2), mg.randint(0, 2, (8,))
    assert_type(net(points), Tensor)
    assert_type(mg.tanh(points), Tensor)
    assert_type(net.body[0:2](points), Tensor)
    assert_type(mg.max(points, 1).values, Tensor)
    assert_type(points.max(), Tensor)
    assert_type(points.size(0), int)
    assert_type(list(points), list[Tensor])  # of [*points] mypy knows nothing
    assert_type(mg.autograd.grad(weight.sum(), weight), tuple[Tensor, ...])
    square = mg.stack([points[0], points[1]]).reshape(2, 2).to(mg.float64)
    assert_type(mg.linalg.inv(square @ square + 1), Tensor)
    mg.testing.assert_close(mg.special.erf(square), mg.erf(square))
    with mg.no_grad(), mg.amp.autocast("cpu", enabled=False):
        values, indices = net(points).max(dim=1)
    for x, y in DataLoader(TensorDataset(points, labels), batch_size=4):
        print((net(x).argmax(dim=1) == y).sum().item(), values.shape, indices.tolist())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
