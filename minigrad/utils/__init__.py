"""What surrounds a training: data sets and batches in `minigrad.utils.data`."""

from . import data

__all__ = ["data"]
