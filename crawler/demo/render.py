"""Render a demo corpus: ``python -m emtool.crawler.demo.render --clips 480 --seed 1 --out DIR``.

Writes ``DIR/catalogue.jsonl`` and ``DIR/audio/<id>.opus``. The corpus that ships with emtool was made with
the defaults; another seed or a larger number gives other music. Clips that are there already are kept.
Needs the programs fluidsynth and ffmpeg, FluidR3_GM.sf2, and the extra ``render`` (mido).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from emtool.crawler.bars import progress_on
from emtool.crawler.demo.catalogue import CLIPS, SEED, clip_id, line
from emtool.crawler.demo.compose import compose
from emtool.crawler.demo.encode import find_ffmpeg, write_opus
from emtool.crawler.demo.synth import SAMPLE_RATE_HZ, find_fluidsynth, find_soundfont, play
from emtool.crawler.errors import EmtoolError
from emtool.crawler.files import write_text
from emtool.crawler.progress import SILENT, Progress

_BATCH = 32
_PROGRAMS_AT_ONCE = 2


def render(
    clips: int, seed: int, out: Path, *, soundfont: Path | None = None, progress: Progress = SILENT
) -> int:
    """Write the catalogue and every clip that is not there yet; give the number of clips rendered.

    Raises:
        MissingToolError: fluidsynth, the soundfont, ffmpeg or its libopus is absent.
    """
    find_fluidsynth()
    find_ffmpeg()
    font = find_soundfont(soundfont)
    lines = [line(seed, index) for index in range(clips)]
    _discard_outdated(out, lines)
    write_text(out / "catalogue.jsonl", "".join(lines))
    missing = [index for index in range(clips) if not _clip_path(out, seed, index).exists()]
    batches = sorted({index // _BATCH for index in missing})
    pool = ThreadPoolExecutor(_PROGRAMS_AT_ONCE)  # the work is done by fluidsynth and ffmpeg, not by Python
    try:
        with progress.task("render", len(missing), "clips") as task:
            for future in as_completed(
                [pool.submit(_render_batch, seed, batch, clips, out, font) for batch in batches]
            ):
                task.advance(future.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return len(missing)


def _discard_outdated(out: Path, lines: Sequence[str]) -> None:
    """Remove clips that an earlier composer wrote under the same name, so that they are rendered anew."""
    catalogue = out / "catalogue.jsonl"
    if not catalogue.exists():
        return
    known = [json.loads(text) for text in catalogue.read_text(encoding="utf-8").splitlines()]
    scores = {clip["id"]: clip["truth"]["score"] for clip in known}
    for clip in map(json.loads, lines):
        if scores.get(clip["id"]) != clip["truth"]["score"]:
            (out / clip["file"]).unlink(missing_ok=True)


def _render_batch(seed: int, batch: int, clips: int, out: Path, soundfont: Path) -> int:
    """Play a whole batch, so that a clip has the same bytes in every run, and write what is missing of it."""
    indices = range(batch * _BATCH, min(clips, (batch + 1) * _BATCH))
    waveforms = play([compose(seed, index) for index in indices], soundfont)
    written = 0
    for index, waveform in zip(indices, waveforms, strict=True):
        path = _clip_path(out, seed, index)
        if not path.exists():
            write_opus(path, waveform, SAMPLE_RATE_HZ)
            written += 1
    return written


def _clip_path(out: Path, seed: int, index: int) -> Path:
    return out / "audio" / f"{clip_id(seed, index)}.opus"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, render, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m emtool.crawler.demo.render", description=__doc__)
    parser.add_argument("--clips", type=int, default=CLIPS, help="number of clips (default %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="other seeds give other music (default %(default)s)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for catalogue.jsonl and audio/")
    parser.add_argument("--soundfont", type=Path, help="FluidR3_GM.sf2, where it is not in its usual place")
    options = parser.parse_args(arguments)
    try:
        progress = progress_on(sys.stderr)
        render(options.clips, options.seed, options.out, soundfont=options.soundfont, progress=progress)
    except EmtoolError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
