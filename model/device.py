"""What this machine computes on, and which precision is fast on it."""

import time
from functools import cache

import torch

_PROBE = 384  # side of the matrices that are multiplied
_ROUNDS = 8
_WORTH = 1.5  # bf16 must be so many times as fast as fp32 to be chosen


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
    device = torch.device(device_type)
    return _seconds(device, torch.float32) / _seconds(device, torch.bfloat16)


def choose_precision(wanted: str, device: torch.device) -> torch.dtype:
    """Turn ``auto``, ``fp32`` or ``bf16`` into a type; ``auto`` measures."""
    if wanted == "bf16" or (wanted == "auto" and bf16_speed(device.type) >= _WORTH):
        return torch.bfloat16
    return torch.float32
