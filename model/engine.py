"""The processes that train together: alone, or under ``accelerate launch`` as DDP or with sharded weights (FSDP).

``accelerate`` finds the device, starts the process group, wraps for DDP and clips. With ``--use_fsdp`` the weights are
sharded here by torch's ``fully_shard`` (FSDP2), on every kind of device: accelerate leaves processors out.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs, InitProcessGroupKwargs
from accelerate.utils import broadcast_object_list, gather_object
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

_PATIENCE = timedelta(hours=2)  # the others wait so long while one process measures, samples or saves


class Engine:
    """This process among those that train together."""

    def __init__(self) -> None:
        self.accelerator = Accelerator(
            mixed_precision="no",  # the objective chooses what runs in low precision
            kwargs_handlers=[
                InitProcessGroupKwargs(timeout=_PATIENCE),
                DistributedDataParallelKwargs(gradient_as_bucket_view=True),
            ],
        )
        self.device: torch.device = self.accelerator.device
        self.rank: int = self.accelerator.process_index
        self.processes: int = self.accelerator.num_processes
        self.leads: bool = self.accelerator.is_main_process
        self.sharded: bool = (
            self.processes > 1 and os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
        )

    def wrap(self, module: nn.Module) -> nn.Module:
        """Make a module compute gradients of all processes' clips together."""
        if self.sharded:
            mesh = init_device_mesh(self.device.type, (self.processes,))
            for part in _levels(module):
                fully_shard(part, mesh=mesh)
            fully_shard(module, mesh=mesh)
            return module
        wrapped: nn.Module = self.accelerator.prepare_model(module)
        return wrapped

    def without_exchange(self, module: nn.Module) -> AbstractContextManager[Any]:
        """Let gradients gather in this process for now."""
        if self.sharded:
            return _Quiet(module)
        held: AbstractContextManager[Any] = self.accelerator.no_sync(module)
        return held

    def clip(self, parameters: Iterable[Tensor], largest: float) -> float:
        """Clip the gradient of all processes to a norm and return the norm of before."""
        norm: Any = self.accelerator.clip_grad_norm_(list(parameters), largest)
        return float(whole(norm))

    def mean(self, value: float) -> float:
        """Mean over the processes."""
        if self.processes == 1:
            return value
        gathered: Any = self.accelerator.gather(torch.tensor([value], device=self.device))
        return float(gathered.mean())

    def all(self, value: Any) -> list[Any]:
        """Give every process's value, in the order of their ranks; each of them must ask."""
        return [value] if self.processes == 1 else list(gather_object([value]))

    def from_first(self, make: Callable[[], Any]) -> Any:
        """Give every process what the first one makes."""
        given = [make() if self.leads else None]
        return given[0] if self.processes == 1 else broadcast_object_list(given)[0]

    def wait(self) -> None:
        """Go on when every process has come here."""
        self.accelerator.wait_for_everyone()

    def close(self) -> None:
        """Leave the process group."""
        self.accelerator.end_training()


class _Quiet:
    """FSDP's ``no_sync``."""

    def __init__(self, module: nn.Module) -> None:
        self._module: Any = module

    def __enter__(self) -> None:
        self._module.set_requires_gradient_sync(False)

    def __exit__(self, *_: object) -> None:
        self._module.set_requires_gradient_sync(True)


def _levels(module: nn.Module) -> list[nn.Module]:
    """Parts of a network that are gathered one at a time: the members of its outermost lists of modules."""
    parts: list[nn.Module] = []
    for child in module.children():
        if isinstance(child, nn.ModuleList):
            parts += [part for part in child if any(True for _ in part.parameters())]
        else:
            parts += _levels(child)
    return parts


def whole(tensor: Tensor) -> Tensor:
    """Give the whole of a tensor that may be sharded; then every process must ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(tensor: Tensor, other: Tensor) -> Tensor:
    """Shard a whole tensor as another one is, if it is."""
    if isinstance(other, DTensor) and tensor.dim():
        return distribute_tensor(tensor.to(other.device), other.device_mesh, other.placements)
    return tensor
