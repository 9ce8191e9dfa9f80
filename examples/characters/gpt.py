"""A GPT: each character looks at those before it; A. Radford et al., "Language Models are
Unsupervised Multitask Learners", 2019, with a normalisation before each part of a block.
"""

from characters.words import LENGTH, SIZE

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, nn.Dropout(dropout)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.queries, self.keys = nn.Linear(width, width), nn.Linear(width, width)
        self.values, self.joined = nn.Linear(width, width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.narrow(F.gelu(self.widen(self.norm2(x)))))

    def attention(self, x):
        """Each place takes up values, its own and earlier ones, as its query fits their keys."""
        shape = (*x.shape[:2], self.heads, -1)
        layers = self.queries, self.keys, self.values
        q, k, v = (layer(x).reshape(shape).swapaxes(1, 2) for layer in layers)
        fits = q @ k.swapaxes(2, 3) / q.shape[-1] ** 0.5
        before = mg.tril(mg.ones((LENGTH, LENGTH))) > 0
        weights = F.softmax(mg.where(before, fits, -1e9), dim=-1)
        return self.joined((weights @ v).swapaxes(1, 2).reshape(x.shape))


class GPT(nn.Module):
    def __init__(self, width=64, heads=4, blocks=2, dropout=0.1):
        super().__init__()
        self.characters, self.places = nn.Embedding(SIZE, width), nn.Embedding(LENGTH, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(*(Block(width, heads, dropout) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, SIZE)

    def forward(self, x):
        x = self.dropout(self.characters(x) + self.places(mg.arange(LENGTH)))
        return self.head(self.norm(self.blocks(x)))


def cross_entropy(scores, y):
    """The mean over all characters; where y is -100 the word is over, and nothing counts."""
    return F.cross_entropy(scores.reshape((-1, SIZE)), y.reshape((-1,)))
