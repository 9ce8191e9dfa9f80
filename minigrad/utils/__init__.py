"""What surrounds a training: data sets and batches in `minigrad.utils.data`."""

from ..absent import explain_absence as _explain_absence
from . import data

__all__ = ["data"]

_explain_absence(globals())
