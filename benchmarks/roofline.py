"""How near each kernel is to what the machine can do: a table and a picture for report.py.

A kernel can be no faster than the peak of multiply-adds, and no faster than its data arrive: the
roofline (Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for
multicore architectures", 2009). The bandwidth is the triad's for as many bytes as the kernel must
touch: small arrays stay in a cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from measure import Point, markdown

KINDS = ("product", "softmax-cross-entropy", "batch norm", "ReLU", "dropout")
KINDS += ("Adam", "SGD", "RMSprop")


class Roof:
    """gflops : of the peak; bandwidth : GB/s of the triad, by bytes."""

    def __init__(self, gflops: float, bandwidth: Mapping[int, float]) -> None:
        self.gflops = gflops
        self.sizes = np.array(sorted(bandwidth))
        self.rates = np.array([bandwidth[size] for size in self.sizes])

    def rate(self, size: float) -> float:
        """GB/s for so many bytes, between the sizes that were measured."""
        return float(np.interp(np.log(size), np.log(self.sizes), self.rates))

    def share_of_peak(self, point: Point) -> float:
        return point.flops / point.seconds / 1e9 / self.gflops

    def share_of_bandwidth(self, point: Point) -> float:
        return point.bytes / point.seconds / 1e9 / self.rate(point.bytes)

    def share(self, point: Point) -> float:
        """Of the lower of the two limits."""
        return max(self.share_of_peak(point), self.share_of_bandwidth(point))


def table(roof: Roof, points: Sequence[Point]) -> str:
    head = ["kernel", "flops / byte", "GFLOP/s", "of the peak", "GB/s", "of the bandwidth"]
    rows = [
        [
            point.name,
            f"{point.flops / point.bytes:.2f}",
            f"{point.flops / point.seconds / 1e9:.1f}",
            f"{roof.share_of_peak(point):.0%}",
            f"{point.bytes / point.seconds / 1e9:.1f}",
            f"{roof.share_of_bandwidth(point):.0%}",
        ]
        for point in points
    ]
    return markdown(head, rows)


def draw(roof: Roof, points: Sequence[Point], path: Path) -> str:
    """The roofline, and beside it the shares; what became of it, in words."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return "No picture: it needs matplotlib."
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    intensities = [point.flops / point.bytes for point in points]
    x = np.geomspace(min(intensities) / 1.5, max(intensities) * 1.5, 200)
    for size, style in ((roof.sizes[0], ":"), (roof.sizes[-1], "--")):
        label = f"{size / 2**20:.3g} MB: {roof.rate(size):.0f} GB/s"
        roofline = np.minimum(roof.gflops, x * roof.rate(size))
        left.plot(x, roofline, style, color="0.3", linewidth=1, label=label)
    left.axhline(roof.gflops, color="0.3", linewidth=1, label=f"peak: {roof.gflops:.0f} GFLOP/s")
    kinds = [kind for kind in KINDS if any(point.name.startswith(kind) for point in points)]
    for place, kind in enumerate(kinds):
        own = [point for point in points if point.name.startswith(kind)]
        dots = {"color": f"C{place}", "alpha": 0.7, "s": 24, "linewidths": 0}
        rates = [point.flops / point.seconds / 1e9 for point in own]
        left.scatter([p.flops / p.bytes for p in own], rates, label=kind, **dots)
        right.scatter([100 * roof.share(p) for p in own], [place] * len(own), **dots)
    left.set(xscale="log", yscale="log", xlabel="flops / byte", ylabel="GFLOP/s")
    left.set_title("each kernel below its roof")
    left.legend(fontsize="small", loc="lower right")
    right.set_yticks(range(len(kinds)), kinds)
    right.invert_yaxis()
    right.axvline(100, color="0.3", linewidth=1)
    right.set(xlabel="%", title="share of the roof at its own size", xlim=(0, None))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    return f"![Roofline]({path.parent.name}/{path.name})"
