"""The inputs of a call as arrays, floats of one dtype.

Numbers, NumPy's too, and lists of numbers are *weak*: they take the dtype of the arrays and
tensors beside them, the *strong* ones.  `promote.pxd` tells Cython the C types.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .convert import as_array, convert
from .dtypes import check_dtype, default_dtype
from .fields import Fields
from .plan import Operation
from .refusals import dtype_error


def promote(op: Operation, args: Sequence[Any], values: list[Any]) -> None:
    """Make arrays of the inputs among `values`, in place, and bring them to one dtype.

    An integer array never widens a floating one; beside a Python float, and for a `real`
    operation, integers become floats of the default dtype.  A 0-d tensor never widens one that has
    axes, as in PyTorch.
    """
    inputs = range(len(values)) if op.variadic else op.inputs
    strong, weak = [], []
    for i in inputs:
        a = args[i]
        if isinstance(a, Fields):
            strong.append(i)
        elif isinstance(a, ndarray):
            values[i] = as_array(a, op.name)
            strong.append(i)
        elif a is None:
            if op.variadic or op.defaults[i] is not None:
                name = op.names[0 if op.variadic else i]
                raise TypeError(
                    f"{op.name}: {name}: wanted a tensor, an array or a number, got None"
                )
        else:
            if isinstance(a, np.generic):
                check_dtype(a.dtype, op.name)
                values[i] = a.item()
            elif type(a) not in (float, int, bool):
                values[i], numbers = convert(a, op.name)
                if not numbers:
                    strong.append(i)
                    continue
            weak.append(i)
    if not strong:
        strong, weak = weak, []
        for i in strong:
            values[i] = as_array(args[i], op.name)
    floats = {i: values[i].dtype for i in strong if values[i].dtype.kind == "f"}
    if floats:
        if op.same_dtype and len(set(floats.values())) > 1:
            raise dtype_error(op, floats)
        with_axes = [d for i, d in floats.items() if values[i].ndim]
        dtype = np.result_type(*(with_axes or floats.values()))
    elif op.real or any([np.asarray(values[i]).dtype.kind == "f" for i in weak]):
        dtype = default_dtype()
    else:
        whole = {values[i].dtype for i in strong if values[i].ndim and values[i].dtype != bool}
        if not whole:
            return
        dtype = np.result_type(*whole)
        strong = [i for i in strong if not values[i].ndim and values[i].dtype.kind in "iu"]
        weak = []
    for i in strong:
        if values[i].dtype != dtype:
            values[i] = values[i].astype(dtype)
    for i in weak:
        if isinstance(values[i], ndarray):
            values[i] = values[i].astype(dtype)
