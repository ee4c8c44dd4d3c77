"""Compiled: how every kernel is compiled, once per machine.

Machine code is kept beside the source or, where that cannot be written, in the user's cache folder; where neither can be written it is made
anew in each process. Integer arithmetic wraps around, floats keep their IEEE rules, and no lock of the interpreter is held.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Shorts = NDArray[np.uint16]
Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Places = NDArray[np.int64]
Singles = NDArray[np.float32]
Shares = NDArray[np.float64]

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(kernel: _F) -> _F:
    """The kernel as machine code, which is made when it is first called."""
    try:
        made: _F = njit(cache=True, nogil=True)(kernel)
    except RuntimeError:
        # numba has no folder to keep the code in.
        made = njit(nogil=True)(kernel)
    return made
