"""A model as users of the Hugging Face Hub know it: ``from_pretrained``, ``save_pretrained``, ``push_to_hub``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import ModelHubMixin, hf_hub_download
from numpy.typing import NDArray

from emtool.model import checkpoint
from emtool.model.export import export
from emtool.model.sample import Sampler


class MusicModel(ModelHubMixin):
    """What ``emtool export`` wrote."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second of the sound that comes out."""
        return self.sampler.sample_rate_hz

    def generate(self, prompts: Sequence[str], **options: Any) -> NDArray[np.float32]:
        """Make one clip per prompt, [N, C, T] in [-1, 1]; options as ``Sampler.generate`` has them.

        Raises:
            UsageError: A prompt is empty, or a number is outside its range.
        """
        return self.sampler.generate(prompts, **{**self.sampler.about["sampling"], **options})

    @classmethod
    def _from_pretrained(
        cls,
        *,
        model_id: str,
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
        token: str | bool | None = None,
        **_options: Any,
    ) -> "MusicModel":
        folder = Path(model_id)
        if folder.is_dir():
            path = checkpoint.find(folder)
        else:
            path = Path(
                hf_hub_download(
                    model_id,
                    checkpoint.EXPORTED,
                    revision=revision,
                    cache_dir=cache_dir,
                    force_download=force_download,
                    local_files_only=local_files_only,
                    token=token,
                )
            )
        return cls(Sampler(checkpoint.load(path), path))

    def _save_pretrained(self, save_directory: Path) -> None:
        export(self.sampler.path, Path(save_directory))
