"""What trains a net on several devices: there is one, so the net is called as it is."""

from __future__ import annotations

from typing import Any, NoReturn

from ..absent import explain_absence
from .containers import check_module
from .module import Module

__all__ = ["DataParallel", "DistributedDataParallel"]


class DataParallel(Module):
    """A module that is called as it is: there is one processor, for all of a batch.

    Its parameters have `module.` before their names, as in PyTorch, so that states fit.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.DataParallel(nn.Linear(2, 1))(mg.ones(3, 2)).shape
    (3, 1)
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        check_module(self, "module", module)
        self.module = module

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """Raises RuntimeError, as PyTorch's where no process group was made: there is one process."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "DistributedDataParallel: there is one process, whose kernels use all cores; call the "
            "module itself"
        )


explain_absence(globals())
