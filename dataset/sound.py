"""One file decoded: through ffmpeg, in one pass, in bounded memory, whatever the file is.

The samples are 16-bit, as they will be stored, and stay in a temporary file once they are many; the level of every
50 ms is measured on the way.
"""

import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import DatasetError, MissingToolError
from emtool.crawler.files import SOUND_FORMATS
from emtool.dataset.config import BuildConfig

FRAME_S = 0.05
FULL_SCALE = 32768.0
LOWEST_DBFS = -120.0  # of digital silence, which has no logarithm

_KEPT_IN_MEMORY = 32 << 20
_FRAMES_PER_READ = 200
_HEADER_BYTES, _CHANNELS_AT = 44, 22  # of a WAV that ffmpeg writes with its flag "bitexact"
_LONGEST_DECODING_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A decoded file, or why there is none."""

    sample_rate_hz: int
    channels: int
    correlation: float  # of the two sides, from -1 to 1; 1 where there is one, or silence
    declared_s: float | None  # what the track's page says
    failure: str | None
    samples: int  # of one channel
    levels: NDArray[np.float32]  # mean square of each frame over all channels, full scale is 1
    pcm: IO[bytes]

    @property
    def duration_s(self) -> float:
        """Length of what was decoded; decoding stops a second after the longest track that the build takes."""
        return self.samples / self.sample_rate_hz

    @property
    def frame_samples(self) -> int:
        """Samples of one channel in a frame of ``levels``."""
        return frame_samples(self.sample_rate_hz)

    def read(self, start: int, count: int) -> NDArray[np.int16]:
        """Give samples [T, C] from ``start`` on; fewer than ``count`` where the sound ends."""
        self.pcm.seek(start * self.channels * 2)
        data = self.pcm.read(count * self.channels * 2)
        return np.frombuffer(data, np.int16).reshape(-1, self.channels)


def frame_samples(sample_rate_hz: int) -> int:
    """Samples of one channel that a level is measured over."""
    return max(1, round(sample_rate_hz * FRAME_S))


def dbfs(mean_square: float) -> float:
    """Level of a mean square, 0 dBFS for a square wave of full scale."""
    return max(LOWEST_DBFS, 10 * float(np.log10(mean_square))) if mean_square > 0 else LOWEST_DBFS


@contextmanager
def decode(path: Path, *, sha256: str, declared_s: float | None, config: BuildConfig) -> Iterator[Sound]:
    """Decode the first sound stream of a file to the rate and channels of the build.

    Args:
        path: The file; it need not be one that can be decoded, or be there at all.
        sha256: What it had when it was stored.
        declared_s: What its page says of its length.
        config: Rate, channels, and the length at which decoding stops.

    Raises:
        MissingToolError: ffmpeg is not installed.
        OSError: The temporary file cannot be written.
    """
    failure = _unusable(path, sha256)
    with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as pcm:
        kept = _Kept()
        if failure is None:
            kept, complaint = _decode(path, pcm, config)
            failure = None if kept.samples else f"ffmpeg finds no sound in it ({complaint})"
        yield Sound(
            sample_rate_hz=config.sample_rate_hz,
            channels=config.channels,
            correlation=kept.correlation,
            declared_s=declared_s,
            failure=failure,
            samples=kept.samples,
            levels=kept.levels,
            pcm=pcm,
        )


def _unusable(path: Path, sha256: str) -> str | None:
    try:
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return f"the file is lost ({error.strerror}): crawl its track again"
    if path.stat().st_size == 0:
        return "the file is empty"
    return None if found == sha256 else "the file is not the one that was stored: its hash differs"


def _command(path: Path, config: BuildConfig) -> list[str]:
    source = ffmpeg.input(f"file:{path}", format_whitelist=SOUND_FORMATS)
    sides = source.audio.filter("aformat", channel_layouts="mono|stereo")
    target = sides.output(
        "pipe:",
        format="wav",
        acodec="pcm_s16le",
        flags="bitexact",
        fflags="+bitexact",
        ar=config.sample_rate_hz,
        t=config.max_track_s + 1,
    )
    command: list[str] = target.global_args("-nostdin", "-v", "error", "-threads", "1").compile()
    return command


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What was written to the temporary file, and measured on the way."""

    samples: int = 0
    levels: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    correlation: float = 1.0


def _decode(path: Path, pcm: IO[bytes], config: BuildConfig) -> tuple[_Kept, str]:
    """Write the samples to ``pcm``; give what is there now, and what ffmpeg complained of."""
    if shutil.which("ffmpeg") is None:
        raise MissingToolError("ffmpeg is not installed: apt install ffmpeg, or brew install ffmpeg")
    with tempfile.TemporaryFile() as complaints:
        kept = _run(_command(path, config), pcm, complaints, config)
        complaints.seek(0)
        lines = complaints.read(4096).decode("utf-8", "replace").splitlines()
    return kept, lines[-1].replace(str(path), path.name) if lines else "it says nothing"


def _run(command: list[str], pcm: IO[bytes], complaints: IO[bytes], config: BuildConfig) -> _Kept:
    """Run ffmpeg in a process group of its own, so that Ctrl-C reaches us and not it."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, process_group=0
    ) as process:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        watchdog = threading.Timer(_LONGEST_DECODING_S, give_up)
        watchdog.start()
        try:
            assert process.stdout is not None
            kept = _keep(process.stdout, pcm, config)
        except BaseException:
            process.kill()
            raise
        finally:
            watchdog.cancel()
    if late.is_set():
        complaints.write(b"decoding took longer than %d s" % _LONGEST_DECODING_S)
        return _Kept()
    if process.returncode < 0:  # what came so far is no more than a piece of the track
        raise DatasetError(
            f"ffmpeg was killed by signal {-process.returncode}, perhaps for want of memory: the same command continues"
        )
    return kept


def _keep(stream: IO[bytes], pcm: IO[bytes], config: BuildConfig) -> _Kept:
    """Read a WAV with one or two channels to its end; write those that the build wants."""
    header = stream.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return _Kept()
    sides = int.from_bytes(header[_CHANNELS_AT : _CHANNELS_AT + 2], "little")
    per_frame = frame_samples(config.sample_rate_hz)
    products = np.zeros(3)  # sums of left by left, right by right, left by right
    kept, levels = _Kept(), []
    while block := stream.read(per_frame * 2 * sides * _FRAMES_PER_READ):
        whole = block[: len(block) - len(block) % (2 * sides)]
        samples = np.frombuffer(whole, np.int16).reshape(-1, sides)
        if sides == 2:
            left, right = (samples.T / np.float32(FULL_SCALE)).astype(np.float32)
            products += (left @ left, right @ right, left @ right)
        wanted = _with_channels(samples, config.channels)
        pcm.write(wanted.tobytes())
        kept.samples += len(wanted)
        levels.append(_mean_squares(wanted.ravel(), per_frame * config.channels))
    if levels:
        kept.levels = np.concatenate(levels)
    if products[:2].all():
        kept.correlation = float(products[2] / np.sqrt(products[0] * products[1]))
    return kept


def _with_channels(samples: NDArray[np.int16], channels: int) -> NDArray[np.int16]:
    """Give [T, C] with one or two channels: the mean of two, or one twice."""
    if samples.shape[1] == channels:
        return samples
    if channels == 1:
        mean: NDArray[np.int16] = np.rint(samples.mean(axis=1, dtype=np.float32, keepdims=True)).astype(
            np.int16
        )
        return mean
    return samples.repeat(2, axis=1)


def _mean_squares(values: NDArray[np.int16], per_frame: int) -> NDArray[np.float32]:
    """Mean squares of the whole frames, and of what is left at the end of the file."""
    squares = np.square(values.astype(np.float32) / FULL_SCALE)
    whole = len(squares) - len(squares) % per_frame
    means = squares[:whole].reshape(-1, per_frame).mean(axis=1)
    rest = squares[whole:]
    return np.append(means, rest.mean(dtype=np.float32)) if len(rest) else means
