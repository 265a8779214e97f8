"""What this machine computes on, and which precision is fast on it."""

import resource
import sys
import time
from functools import cache

import torch

_PROBE = 384  # side of the matrices that are multiplied
_ROUNDS = 8
_WORTH = 1.5  # a low precision must be so many times as fast as fp32 to be chosen
_NAMES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
PRECISIONS = ("auto", *_NAMES)


def best_device() -> torch.device:
    """CUDA, else Apple's MPS, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _seconds(device: torch.device, dtype: torch.dtype) -> float:
    left = torch.randn(_PROBE, _PROBE, device=device).to(dtype)
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        float((left @ left).sum())
        best = min(best, time.perf_counter() - start)
    return best


@cache
def bf16_speed(device_type: str) -> float:
    """How many times as fast as fp32 a bf16 matrix product is on a device; some processors are 500 times slower."""
    return _speed(device_type, torch.bfloat16)


@cache
def _speed(device_type: str, dtype: torch.dtype) -> float:
    device = torch.device(device_type)
    return _seconds(device, torch.float32) / _seconds(device, dtype)


@cache
def matmul_speed(device_type: str) -> float:
    """Operations per second of an fp32 matrix product on a device."""
    return 2 * _PROBE**3 / _seconds(torch.device(device_type), torch.float32)


def choose_precision(wanted: str, device: torch.device, *, half: bool = False) -> torch.dtype:
    """Turn ``auto``, ``fp32``, ``bf16`` or ``fp16`` into a type; ``auto`` measures.

    Args:
        wanted: What was asked for.
        device: Where it is computed.
        half: Let ``auto`` take fp16 on graphics cards without fast bf16; its gradients need to be scaled.
    """
    if wanted != "auto":
        return _NAMES[wanted]
    if bf16_speed(device.type) >= _WORTH:
        return torch.bfloat16
    if half and device.type == "cuda" and _speed(device.type, torch.float16) >= _WORTH:
        return torch.float16
    return torch.float32


def name_of(dtype: torch.dtype) -> str:
    """Short name of a precision."""
    return next(name for name, known in _NAMES.items() if known == dtype)


def peak_memory_bytes(device: torch.device) -> int:
    """Most memory that was in use so far: the graphics card's, or this process's where there is none."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux kibibytes
