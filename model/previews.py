"""Sounds and mel spectrograms of fixed prompts while a run trains: the same noise every time."""

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from emtool.model import checkpoint, lora, plots
from emtool.model.run import SAMPLING, Run
from emtool.model.sample import Sampler
from emtool.model.sounds import write_samples
from emtool.model.trackers import Tracker

FOLDER = "samples"  # of a run
COUNT = 4  # prompts that are taken from the held-out clips where none are given


def write_preview(run: Run, prompts: tuple[str, ...], tracker: Tracker) -> Path:
    """Write WAV and PNG files of the averaged weights as they are now, with the settings that sampling will use.

    Raises:
        OSError: The run's folder cannot be written.
    """
    adapted = run.config.train.lora
    saved = checkpoint.Checkpoint(
        config=run.config,
        tensors=lora.merged(run.average) if adapted else run.average.state_dict(),
        about=run.about(),
    )
    with torch.random.fork_rng():
        sampler = Sampler(saved, run.out / checkpoint.FILE, run.encoder)
    clips = sampler.generate(prompts, **SAMPLING)
    folder = run.out / FOLDER / f"step-{run.step:08d}"
    paths = write_samples(folder, clips, prompts, sampler.sample_rate_hz, SAMPLING | {"step": run.step})
    pictures = []
    for path, clip, prompt in zip(paths, clips, prompts, strict=True):
        figure = plots.spectrogram(clip, sampler.sample_rate_hz, prompt)
        plots.save(figure, path.with_suffix(".png"))
        pictures.append(_pixels(plots.spectrogram_tile(clip, sampler.sample_rate_hz)))
    tracker.sounds(clips, prompts, pictures, sampler.sample_rate_hz, run.step)
    return folder


def _pixels(png: bytes) -> NDArray[np.uint8]:
    from PIL import Image

    pixels: NDArray[np.uint8] = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return pixels
