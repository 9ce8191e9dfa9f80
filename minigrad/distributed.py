"""What code asks before it talks to other processes: there is one.

PyTorch's names for talking to others raise RuntimeError, as they do there before
`init_process_group`, which raises too.
"""

from __future__ import annotations

from typing import Any, NoReturn

from .absent import explain_absence

ALONE = """
    all_gather all_gather_into_tensor all_reduce all_to_all_single barrier broadcast gather
    get_backend init_process_group new_group recv reduce
    reduce_scatter_tensor scatter send
""".split()
"""What needs others."""

__all__ = [
    *ALONE,
    "destroy_process_group",
    "get_rank",
    "get_world_size",
    "is_available",
    "is_initialized",
]


def is_available() -> bool:
    """Can a step be shared out among processes?  No.

    >>> is_available()
    False
    """
    return False


def is_initialized() -> bool:
    """Are there others?  No.

    >>> is_initialized()
    False
    """
    return False


def destroy_process_group(group: Any = None) -> None:
    """Do nothing: there is none.

    >>> destroy_process_group()
    """


def _alone(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            f"{name}: a net is trained by one process, whose kernels use all cores; ask "
            "distributed.is_initialized(), which is False"
        )

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises RuntimeError: there is one process."
    return refuse


get_rank, get_world_size = _alone("get_rank"), _alone("get_world_size")
globals().update({name: _alone(name) for name in ALONE})

explain_absence(globals())
