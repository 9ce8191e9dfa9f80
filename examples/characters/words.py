"""The words, as rows of numbers; and how a model invents others."""

import os
import re
from collections import Counter
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

ALPHABET = ".abcdefghijklmnopqrstuvwxyz"  # the dot stands before a word, and ends it
SIZE = len(ALPHABET)
LENGTH = 13  # of the longest word and its dot
OVER = -100  # what follows the last dot: PyTorch's `ignore_index`


def words():
    """The words that occur in two or more of many texts, in a random order.

    The texts are the chapters of Python's reference manual, the documentation of NumPy's functions,
    and the modules of the standard library.
    """
    documents = [str(each.__doc__) for each in vars(np).values()]
    modules = [file.read_text("utf-8", "replace") for file in Path(os.__file__).parent.glob("*.py")]
    word = re.compile(rf"(?<=[ \n])[a-z]{{3,{LENGTH - 1}}}(?=[\n ,.;:])")
    texts = Counter()
    for text in (*topics.values(), *documents, *modules):
        texts.update(set(word.findall(text)))
    found = sorted(word for word, count in texts.items() if count > 1)
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def sequences(words):
    """Rows of characters from the first dot on, and what follows each of them."""
    x = np.zeros((len(words), LENGTH), int)
    y = np.full_like(x, OVER)
    for i, word in enumerate(words):
        y[i, : len(word) + 1] = [ALPHABET.index(c) for c in f"{word}."]
        x[i, 1 : len(word) + 1] = y[i, : len(word)]
    return x, y


def contexts(x, size):
    """The last `size` characters up to each place: (words, places, size)."""
    padded = np.pad(x, ((0, 0), (size - 1, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)


def invent(model, count, generator):
    """Words drawn one character at a time from what the model says: the scores of all places."""
    x = np.zeros((count, LENGTH + 1), int)
    for place in range(LENGTH):
        scores = model(x[:, :LENGTH])[:, place]
        x[:, place + 1] = (scores + generator.gumbel(size=scores.shape)).argmax(axis=1)  # softmax's
    return ["".join(ALPHABET[c] for c in row[1:]).split(".")[0] for row in x]
