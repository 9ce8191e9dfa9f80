"""What follows a character, by counting pairs."""

from characters.words import SIZE

import minigrad as mg


def scores(x, y):
    """log p(next | last) as a table; each pair counts once more than it was seen."""
    counts = 1 + mg.eye(SIZE)[x].T @ mg.eye(SIZE)[y]
    return mg.log(counts / counts.sum(1).reshape((-1, 1)))
