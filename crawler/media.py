"""What arrived: ffprobe tells whether a file is sound, and of what kind."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emtool.crawler.errors import MissingToolError, SourceError
from emtool.crawler.quantities import count, seconds

_TIMEOUT_S = 60
# ffprobe's name of a container -> the store's suffix, whatever the site called it. Others are refused: among
# them are playlists, which would make ffprobe open further files.
_SUFFIXES = {
    "ogg": ".ogg",
    "mp3": ".mp3",
    "wav": ".wav",
    "flac": ".flac",
    "aiff": ".aiff",
    "aac": ".aac",
    "mov": ".m4a",
    "matroska": ".mka",
    "mpegts": ".ts",
    "asf": ".wma",
    "caf": ".caf",
    "w64": ".w64",
    "ape": ".ape",
    "wv": ".wv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file of sound, as ffprobe sees it."""

    suffix: str  # ".opus", ".mp3", ...: from the content, never from a site
    codec: str
    sample_rate_hz: int
    channels: int
    duration_s: float | None  # None where the container does not tell


def probe(path: Path) -> Sound:
    """Look at a file.

    Raises:
        SourceError: It holds no sound that ffprobe knows; the message shows its first 200 characters.
        MissingToolError: ffprobe is not installed.
    """
    command = ["ffprobe", "-v", "error", "-select_streams", "a:0"]
    command += ["-protocol_whitelist", "file", "-format_whitelist", ",".join(_SUFFIXES)]
    command += [
        "-show_entries",
        "stream=codec_name,sample_rate,channels,duration:format=format_name,duration",
    ]
    command += ["-print_format", "json", "-i", f"file:{path}"]
    try:
        ran = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        raise MissingToolError(
            "ffprobe is not installed: apt install ffmpeg, or brew install ffmpeg"
        ) from None
    except subprocess.TimeoutExpired:
        raise SourceError(
            f"ffprobe looked at a file for {_TIMEOUT_S} s without an end: {_beginning(path)}"
        ) from None
    sound = _sound(json.loads(ran.stdout or b"{}")) if ran.returncode == 0 else None
    if sound is None:
        raise SourceError(f"this is no sound that ffprobe knows: {_beginning(path)}")
    return sound


def _sound(told: dict[str, Any]) -> Sound | None:
    streams = told.get("streams") or [{}]
    stream, container = streams[0], told.get("format") or {}
    rate_hz, channels = count(stream.get("sample_rate")), count(stream.get("channels"))
    if not rate_hz or not channels:
        return None
    codec = str(stream.get("codec_name") or "unknown")
    return Sound(
        suffix=_suffix(str(container.get("format_name", "")), codec),
        codec=codec,
        sample_rate_hz=rate_hz,
        channels=channels,
        duration_s=seconds(container.get("duration")) or seconds(stream.get("duration")),
    )


def _suffix(container: str, codec: str) -> str:
    if container == "ogg" and codec == "opus":
        return ".opus"
    return _SUFFIXES[container.split(",", maxsplit=1)[0]]


def _beginning(path: Path) -> str:
    with path.open("rb") as opened:
        return repr(opened.read(200).decode("utf-8", "replace"))
