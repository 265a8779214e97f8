"""From a checkpoint and texts to sound."""

import math
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler import registry
from emtool.crawler.errors import UsageError
from emtool.crawler.progress import SILENT, Progress, Task
from emtool.model import checkpoint
from emtool.model.config import Config
from emtool.model.device import best_device, choose_precision
from emtool.model.diffusion import Denoiser, diffuse, sampling_times
from emtool.model.guidance import Blend, Conditions, Guidance
from emtool.model.heldout import velocity_error
from emtool.model.known import Known, holding
from emtool.model.network import build_network
from emtool.model.text_encoder import TextEncoder
from emtool.model.windows import Windows

_SEED_STRIDE = 1_000_003  # keeps the noise of neighbouring seeds apart
_BYTES_PER_SAMPLE = 64  # of a clip under way: the tensors of samplers and filters, at most 16 of fp32


class Sampler:
    """A loaded checkpoint that makes sound."""

    def __init__(self, saved: checkpoint.Checkpoint, path: Path, encoder: TextEncoder | None = None) -> None:
        """Make the network; ``encoder`` saves loading one where it is at hand."""
        self.path = path
        self.config: Config = saved.config
        self.about: dict[str, Any] = saved.about
        self.device = best_device()
        self.network = build_network(saved.config.model, saved.about["text_dim"])
        self.network.load_state_dict({name: tensor.float() for name, tensor in saved.tensors.items()})
        self.network.eval().requires_grad_(requires_grad=False).to(self.device)
        self.encoder = encoder or TextEncoder(saved.config.model.text_encoder)

    @classmethod
    def open(cls, run: str | Path) -> Self:
        """Load ``demo`` (the checkpoint that ships), a run folder or a .safetensors file.

        Raises:
            CheckpointError: There is none, or it cannot be read.
        """
        path = checkpoint.find(run)
        return cls(checkpoint.load(path), path)

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second of the sound that comes out."""
        return self.config.model.sample_rate_hz

    @property
    def seconds(self) -> float:
        """Length of a clip in seconds."""
        return self.config.model.seconds

    def generate(
        self,
        prompts: Sequence[str | Blend],
        *,
        steps: int = 50,
        guidance: float = 3.0,
        rescale: float = 0.0,
        negative: str = "",
        sampler: str = "ddim",
        seed: int = 0,
        numbers: Sequence[int] | None = None,
        seconds: float | None = None,
        known: Known | None = None,
        batch: int = 8,
        precision: str = "auto",
        progress: Progress = SILENT,
    ) -> NDArray[np.float32]:
        """Make one clip per prompt.

        Args:
            prompts: Texts in any language that the encoder knows, or several with their weights (``blend``).
            steps: Sampler steps, at least 1.
            guidance: 1 follows the text as trained, more exaggerates it, 0 ignores it (classifier-free guidance).
            rescale: Share, 0 to 1, of the level that guidance adds which is taken away again.
            negative: A text that the sound is led away from.
            sampler: A plug-in of ``emtool.model.samplers``.
            seed: The same seed gives the same sound, whatever the batch.
            numbers: Which noise of the seed each prompt gets; the n-th gets number n if None.
            seconds: Length; that of the clips it was trained on if None. More is made in overlapped windows.
            known: Sound to keep in part, or to make variations of; then it gives the length.
            batch: Clips, or windows of them, at once.
            precision: auto, fp32 or bf16.
            progress: Where bars go.

        Returns:
            Waveforms [N, C, T] in [-1, 1].

        Raises:
            UsageError: A prompt is empty, a number is outside its range, or there is no memory for such a length.
        """
        if steps < 1 or batch < 1:
            raise UsageError(f"steps={steps}, batch={batch}: both must be at least 1")
        lead = Guidance(scale=guidance, rescale=rescale, negative=negative.strip())
        blends = [_checked(prompt, number) for number, prompt in enumerate(prompts, 1)]
        plugin = registry.load("emtool.model.samplers", sampler)
        dtype = choose_precision(precision, self.device)
        asked = known.sound.shape[-1] if known else self._length(seconds)
        self._check_memory(asked)
        windows = Windows(self._whole(asked), self.config.model.samples, self.config.model.bands)
        at_once = max(1, batch // len(windows.starts))
        streams = range(len(blends)) if numbers is None else numbers
        times = sampling_times(steps) * (known.strength if known else 1)
        clips = [np.zeros((0, self.config.model.channels, asked), np.float32)]
        with progress.task("sample", len(blends) * steps, "step") as task:
            for start in range(0, len(blends), at_once):
                part = slice(start, start + at_once)
                noise = _Noise(streams[part], seed, (self.config.model.channels, windows.length), self.device)
                conditions = Conditions(self.network, self.encoder, blends[part], lead)
                denoise = self._denoiser(conditions, windows, batch, dtype)
                z = noise()
                if known:
                    signal, keep = self._entered(known, windows.length)
                    z = diffuse(signal.expand_as(z), z, times[0].expand(len(z)))
                    denoise = holding(denoise, signal, keep)
                report = partial(_advance, task, len(z))
                made = plugin.sample(denoise, z, times, noise=noise, callback=report)
                clips.append(self.network.leave(made)[..., :asked].cpu().numpy())
        sound = np.concatenate(clips).clip(-1, 1)
        return known.kept_in(sound) if known else sound

    def _length(self, seconds: float | None) -> int:
        """Samples of a clip.

        Raises:
            UsageError: It would have none.
        """
        if seconds is None:
            return self.config.model.samples
        length = round(seconds * self.sample_rate_hz) if math.isfinite(seconds) else 0
        if length < 1:
            raise UsageError(f"seconds={seconds} must be more than 0: {self.seconds:.3g} is one clip")
        return length

    def _check_memory(self, samples: int) -> None:
        """Refuse a length of which one clip is too large; of several, fewer are made at once."""
        wanted = samples * self.config.model.channels * _BYTES_PER_SAMPLE
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if wanted > there:
            raise UsageError(
                f"seconds={samples / self.sample_rate_hz:g} would need {wanted / 1e9:.1f} GB of memory, and this "
                f"machine has {there / 1e9:.1f}: make it in parts with --continue"
            )

    def _whole(self, samples: int) -> int:
        """Length that the network can make: a clip, or more in whole frames."""
        frame = self.config.model.bands
        return max(self.config.model.samples, math.ceil(samples / frame) * frame)

    def _entered(self, known: Known, length: int) -> tuple[Tensor, Tensor]:
        """The signal [C, T] of a known sound, and what of it stays, [T], both padded to ``length``."""
        behind = length - known.sound.shape[-1]
        sound = torch.from_numpy(np.pad(known.sound, ((0, 0), (0, behind)))).to(self.device)
        keep = torch.from_numpy(np.pad(known.keep, (0, behind))).to(self.device)
        return self.network.enter(sound[None])[0], keep

    def _denoiser(self, conditions: Conditions, windows: Windows, batch: int, dtype: torch.dtype) -> Denoiser:
        """The velocity of whole clips, from that of their windows, so many at once."""

        @torch.inference_mode()
        def denoise(z: Tensor, t: Tensor) -> Tensor:
            pieces = windows.cut(z)
            clips = torch.arange(len(z), device=z.device).repeat_interleave(len(windows.starts))
            with torch.autocast(self.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
                found = [
                    conditions.velocity(pieces[rows], t[clips[rows]], clips[rows])
                    for rows in torch.arange(len(pieces), device=z.device).split(batch)
                ]
            return windows.join(torch.cat(found).float())

        return denoise

    def denoise_loss(
        self, audio: NDArray[np.float32], texts: Sequence[str], t: float, seed: int = 0
    ) -> NDArray[np.float32]:
        """Mean squared error of v per clip, [N], for real clips [N, C, T] at time ``t`` in (0, 1)."""
        error: NDArray[np.float32] = velocity_error(
            self.network, self.encoder, torch.from_numpy(audio), texts, t, seed
        ).numpy()
        return error


def _checked(prompt: str | Blend, number: int) -> Blend:
    texts = ((prompt, 1.0),) if isinstance(prompt, str) else prompt
    if not texts or not all(text.strip() for text, _ in texts):
        raise UsageError(
            f"prompt {number} is empty: write what the music should be, such as 'a slow sad cello'"
        )
    return texts


def _advance(task: Task, clips: int, _step: int) -> None:
    task.advance(clips)


class _Noise:
    """Standard noise with a stream of its own for every clip, so that the batch size does not matter."""

    def __init__(self, clips: Sequence[int], seed: int, shape: tuple[int, int], device: torch.device) -> None:
        self._streams = [torch.Generator().manual_seed(seed * _SEED_STRIDE + clip) for clip in clips]
        self._shape = shape
        self._device = device

    def __call__(self) -> Tensor:
        drawn = [torch.randn(self._shape, generator=stream) for stream in self._streams]
        return torch.stack(drawn).to(self._device)
