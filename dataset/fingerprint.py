"""What a recording sounds like, in 32 bits for every eighth of a second: Chromaprint, as AcoustID uses it.

The library is asked in this process where the system has it (it comes with Debian's ffmpeg), else the program
``fpcalc``; both give the same values. Neither is a Python package, so a build may have to go without.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from emtool.dataset.sound import Sound

Print = NDArray[np.uint32]
NONE: Print = np.empty(0, np.uint32)
"""Of what no print was taken of."""

_Taker = Callable[[Iterator[bytes], int, int], Print]

ITEM_S = 4096 / 3 / 11_025  # from one value to the next: a third of a frame of 4096 samples at 11,025 Hz
LONGEST_S = 120  # of a track that a print is taken of, as AcoustID does

_BLOCK_S = 10
_PATIENCE_S = 60


def unavailable() -> str | None:
    """Say in one line why no print can be taken here, or None where it can."""
    if _taker() is not None:
        return None
    return (
        "same recordings are not looked for: neither libchromaprint nor fpcalc is installed "
        "(apt install libchromaprint-tools, or brew install chromaprint)"
    )


def take(sound: Sound) -> Print:
    """Give the print of the first two minutes: empty for less than three seconds, or where none can be taken."""
    taker = _taker()
    return NONE if taker is None else taker(_blocks(sound), sound.sample_rate_hz, sound.channels)


def _blocks(sound: Sound) -> Iterator[bytes]:
    count = _BLOCK_S * sound.sample_rate_hz
    for start in range(0, min(sound.samples, LONGEST_S * sound.sample_rate_hz), count):
        yield sound.read(start, count).tobytes()


@cache
def _taker() -> _Taker | None:
    try:
        import chromaprint  # of pyacoustid; raises where the system's library is absent
    except ImportError:
        return _with_fpcalc if shutil.which("fpcalc") else None

    def with_library(blocks: Iterator[bytes], sample_rate_hz: int, channels: int) -> Print:
        printer = chromaprint.Fingerprinter()
        printer.start(sample_rate_hz, channels)
        for block in blocks:
            printer.feed(block)
        values, _ = chromaprint.decode_fingerprint(printer.finish())
        return np.array(values, np.uint32)

    return with_library


def _with_fpcalc(blocks: Iterator[bytes], sample_rate_hz: int, channels: int) -> Print:
    command = ["fpcalc", "-raw", "-plain", "-length", str(LONGEST_S), "-format", "s16le"]
    command += ["-rate", str(sample_rate_hz), "-channels", str(channels), "-"]
    ran = subprocess.run(
        command, input=b"".join(blocks), capture_output=True, check=False, timeout=_PATIENCE_S
    )  # it complains of the end of the pipe, and says so in its exit code: what counts is what it prints
    return np.array([int(value) for value in ran.stdout.split(b",") if value.strip()], np.uint32)
