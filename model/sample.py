"""From a checkpoint and texts to sound."""

from collections.abc import Callable, Sequence
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
from emtool.model.diffusion import sampling_times
from emtool.model.heldout import velocity_error
from emtool.model.network import build_network
from emtool.model.text_encoder import TextEncoder, TextStates

_SEED_STRIDE = 1_000_003  # keeps the noise of neighbouring seeds apart
_MOST_GUIDANCE = 100.0


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
        prompts: Sequence[str],
        *,
        steps: int = 50,
        guidance: float = 3.0,
        sampler: str = "ddim",
        seed: int = 0,
        batch: int = 8,
        precision: str = "auto",
        progress: Progress = SILENT,
    ) -> NDArray[np.float32]:
        """Make one clip per prompt.

        Args:
            prompts: Texts in any language that the encoder knows; the n-th gets the noise number n of the seed.
            steps: Sampler steps, at least 1.
            guidance: 1 follows the text as trained, more exaggerates it, 0 ignores it (classifier-free guidance).
            sampler: A plug-in of ``emtool.model.samplers``.
            seed: The same seed gives the same sound, whatever the batch.
            batch: Clips at once.
            precision: auto, fp32 or bf16.
            progress: Where bars go.

        Returns:
            Waveforms [N, C, T] in [-1, 1].

        Raises:
            UsageError: A prompt is empty, or a number is outside its range.
        """
        if steps < 1 or batch < 1:
            raise UsageError(f"steps={steps}, batch={batch}: both must be at least 1")
        if not 0 <= guidance <= _MOST_GUIDANCE:
            raise UsageError(f"guidance={guidance} is outside 0 to {_MOST_GUIDANCE:g}: 3 is a good start")
        for number, prompt in enumerate(prompts, 1):
            if not prompt.strip():
                raise UsageError(
                    f"prompt {number} is empty: write what the music should be, such as 'a slow sad cello'"
                )
        plugin = registry.load("emtool.model.samplers", sampler)
        dtype = choose_precision(precision, self.device)
        clips = []
        with progress.task("sample", len(prompts) * steps, "step") as task:
            for start in range(0, len(prompts), batch):
                part = prompts[start : start + batch]
                noise = _Noise(range(start, start + len(part)), seed, self._shape, self.device)
                denoise = self._guided(self.encoder(part).to(self.device), guidance, dtype)
                report = partial(_advance, task, len(part))
                made = plugin.sample(denoise, noise(), sampling_times(steps), noise=noise, callback=report)
                clips.append(self.network.leave(made).cpu())
        if not clips:
            return np.zeros((0, *self._shape), np.float32)
        sound: NDArray[np.float32] = torch.cat(clips).clamp(-1, 1).numpy()
        return sound

    @property
    def _shape(self) -> tuple[int, int]:
        return self.config.model.channels, self.config.model.samples

    def _guided(
        self, text: TextStates, guidance: float, dtype: torch.dtype
    ) -> Callable[[Tensor, Tensor], Tensor]:
        """Velocity with classifier-free guidance (Ho & Salimans 2022): v_0 + g (v_text - v_0)."""
        count = len(text.sentence)
        everywhere = torch.ones(count, dtype=torch.bool, device=self.device)
        empty = self.network.without_text(text, everywhere)
        both = TextStates(*(torch.cat(pair) for pair in zip(empty, text, strict=True)))

        @torch.inference_mode()
        def denoise(z: Tensor, t: Tensor) -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
                if guidance == 1:
                    plain: Tensor = self.network(z, t, text)
                    return plain
                pair: Tensor = self.network(torch.cat((z, z)), torch.cat((t, t)), both)
            unguided, guided = pair.chunk(2)
            return unguided + guidance * (guided - unguided)

        return denoise

    def denoise_loss(
        self, audio: NDArray[np.float32], texts: Sequence[str], t: float, seed: int = 0
    ) -> NDArray[np.float32]:
        """Mean squared error of v per clip, [N], for real clips [N, C, T] at time ``t`` in (0, 1)."""
        error: NDArray[np.float32] = velocity_error(
            self.network, self.encoder, torch.from_numpy(audio), texts, t, seed
        ).numpy()
        return error


def _advance(task: Task, clips: int, _step: int) -> None:
    task.advance(clips)


class _Noise:
    """Standard noise with a stream of its own for every clip, so that the batch size does not matter."""

    def __init__(self, clips: range, seed: int, shape: tuple[int, int], device: torch.device) -> None:
        self._streams = [torch.Generator().manual_seed(seed * _SEED_STRIDE + clip) for clip in clips]
        self._shape = shape
        self._device = device

    def __call__(self) -> Tensor:
        drawn = [torch.randn(self._shape, generator=stream) for stream in self._streams]
        return torch.stack(drawn).to(self._device)
