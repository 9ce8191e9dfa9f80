# cython: language_level=3, cdivision=True
"""The compiled kernels: ask whether the arguments fit, allocate the results, call C without the GIL.

What is wrong with arguments that do not fit is said by `checks.py`. The functions are documented in `_native.pyi`, and in NumPy in `reference.py`. Arguments are
`np.ndarray` and not typed memoryviews, which would cost about 0.2 us each in every call.
"""

cimport cython
cimport numpy as np
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport NAN
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport getenv

from math import prod

import numpy as np

from minigrad.kernels import checks

np.import_array()

include "_c_api.pxi"
include "_memory.pxi"
include "_arrays.pxi"
include "_products.pxi"
include "_losses.pxi"
include "_norms.pxi"
include "_elementwise.pxi"
include "_optimizers.pxi"
include "_program.pxi"
include "_config.pxi"
