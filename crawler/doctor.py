"""Looks at the machine: is what emtool needs there, and what to do where it is not."""

import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

NEEDED_FREE_BYTES = 2 * 1024**3  # the demo takes a tenth of it, a real crawl far more
_PROGRAM_TIMEOUT_S = 20
_INSTALL_FFMPEG = "sudo apt-get install ffmpeg, or brew install ffmpeg"
_INSTALL_FLUIDSYNTH = "only to render the demo's music anew: apt-get install fluidsynth"


class State(StrEnum):
    """What a check found."""

    OK = "ok"
    MISSING = "missing"  # emtool does not work, or not wholly, without it
    OPTIONAL = "optional"  # not there, and only needed for one thing that the way out names


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    found: str
    way_out: str = ""


def examine(workspace: Path, *, computing: Callable[[], str]) -> list[Check]:
    """Check Python, programs, packages, the computing device and the disk; nothing is changed.

    Args:
        workspace: Folder that later commands write to; it need not exist.
        computing: Describes the device that training would use, or raises ImportError or OSError.
    """
    return [
        _python(),
        _program("ffmpeg", _INSTALL_FFMPEG),
        _program("ffprobe", _INSTALL_FFMPEG),
        _program("fluidsynth", _INSTALL_FLUIDSYNTH, version_flag="--version", needed=False),
        *_packages(),
        _guarded("device", computing, "pip install --force-reinstall torch"),
        _guarded("audio decoder", _decoder, f"torchcodec does not load: {_INSTALL_FFMPEG} (versions 4 to 8)"),
        _disk(workspace),
        _writable(workspace),
    ]


def _python() -> Check:
    version = platform.python_version()
    right = tuple(int(part) for part in platform.python_version_tuple()[:2]) >= (3, 11)
    return Check(
        name="Python",
        state=State.OK if right else State.MISSING,
        found=version,
        way_out="" if right else "install Python 3.11 or newer and make the environment anew",
    )


def _program(name: str, way_out: str, *, version_flag: str = "-version", needed: bool = True) -> Check:
    absent = State.MISSING if needed else State.OPTIONAL
    path = shutil.which(name)
    if path is None:
        return Check(name=name, state=absent, found="not on the PATH", way_out=way_out)
    try:
        asked = subprocess.run(
            [path, version_flag], check=False, capture_output=True, text=True, timeout=_PROGRAM_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(name=name, state=absent, found=str(error), way_out=way_out)
    first = (asked.stdout or asked.stderr).strip().partition("\n")[0]
    if asked.returncode != 0:
        return Check(name=name, state=absent, found=f"{path} does not run: {first}", way_out=way_out)
    version = re.search(r"\d+\.\d[\w.+:~-]*", first)
    return Check(name=name, state=State.OK, found=f"{version[0] if version else 'there'} at {path}")


def _packages() -> Iterator[Check]:
    from packaging.requirements import Requirement

    for line in importlib.metadata.requires("emtool") or ():
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        way_out = f"pip install '{requirement.name}{requirement.specifier}'"
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            yield Check(name=requirement.name, state=State.MISSING, found="not installed", way_out=way_out)
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        yield Check(
            name=requirement.name,
            state=State.OK if fits else State.MISSING,
            found=f"{version}, wanted {requirement.specifier or 'any'}",
            way_out="" if fits else way_out,
        )


def _guarded(name: str, look: Callable[[], str], way_out: str) -> Check:
    """Run a look at native code, whose ways to fail are many."""
    try:
        return Check(name=name, state=State.OK, found=look())
    except (ImportError, OSError, RuntimeError) as error:
        found = str(error).strip().partition("\n")[0] or type(error).__name__
        return Check(name=name, state=State.MISSING, found=found, way_out=way_out)


def _decoder() -> str:
    importlib.import_module("torchcodec.decoders")  # this loads the FFmpeg libraries, and fails without them
    return "torchcodec loads"


def _disk(workspace: Path) -> Check:
    place = _existing(workspace)
    free = shutil.disk_usage(place).free
    enough = free >= NEEDED_FREE_BYTES
    return Check(
        name="disk",
        state=State.OK if enough else State.MISSING,
        found=f"{free / 1024**3:.1f} GiB free at {place}",
        way_out="" if enough else f"free {NEEDED_FREE_BYTES / 1024**3:.0f} GiB or choose another --workspace",
    )


def _writable(workspace: Path) -> Check:
    place = _existing(workspace)
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(os.urandom(4096))
            probe.flush()
    except OSError as error:
        return Check(
            name="workspace",
            state=State.MISSING,
            found=f"{workspace} cannot be written: {error.strerror}",
            way_out="mend its rights or choose another --workspace",
        )
    return Check(name="workspace", state=State.OK, found=f"{workspace} can be written")


def _existing(path: Path) -> Path:
    """Give the folder itself or the nearest one above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())
