"""Everything that can be chosen about a model and its training, checked when it is made.

A preset is a YAML file in ``presets/``; settings such as ``lr=0.001`` or ``unet_channels=[192,256]`` go over it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from importlib import resources
from typing import Any, Self, get_type_hints

from emtool.crawler import registry
from emtool.crawler.errors import UsageError

_PRESETS = "emtool.model.presets"


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The network and what it expects of a sound."""

    sample_rate_hz: int = _setting(16000, "samples per second of the waveform")
    channels: int = _setting(1, "audio channels: 1 mono, 2 stereo")
    samples: int = _setting(64000, "length of a clip in samples, or as many as the dataset has")
    text_encoder: str = _setting("use", "use (offline), or transformers:FOLDER_OR_HUB_NAME")
    fuse: str = _setting("concat", "how timestep and sentence meet: a plug-in of emtool.model.fuse")
    bands: int = _setting(256, "bands of the MDCT front end; a frame has as many samples")
    emphasis: float = _setting(
        0.5,
        "share of the spectrum's slope, in decibels, taken away before diffusing: 0 the waveform, 1 white",
    )
    time_dim: int = _setting(128, "dimensions of the timestep embedding")
    unet_channels: tuple[int, ...] = _setting((192, 256), "channels of the U-Net's levels, shallow to deep")
    blocks: int = _setting(2, "convolution blocks per level and direction")
    attention_levels: int = _setting(1, "how many of the deepest levels have conditional self-attention")
    heads: int = _setting(4, "attention heads")
    kernel: int = _setting(3, "taps of the convolutions, odd")
    groups: int = _setting(8, "groups of the group normalisation")

    def __post_init__(self) -> None:
        """Refuse what cannot be built.

        Raises:
            UsageError: A value is outside its range, or two contradict each other.
        """
        for name in (
            "sample_rate_hz",
            "channels",
            "samples",
            "bands",
            "time_dim",
            "blocks",
            "heads",
            "groups",
        ):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)} is too small: it must be at least 1")
        if not 0 <= self.emphasis <= 1:
            raise UsageError(f"emphasis={self.emphasis} is not a share: it must lie between 0 and 1")
        if self.channels > 2:
            raise UsageError(f"channels={self.channels}: only 1 (mono) and 2 (stereo) are known")
        if self.kernel % 2 == 0:
            raise UsageError(f"kernel={self.kernel} is even: choose an odd number of taps")
        for width in self.unet_channels:
            if width % self.groups or width % self.heads or width < 1:
                raise UsageError(
                    f"unet_channels has {width}, not a multiple of groups={self.groups} and heads={self.heads}"
                )
        if not 0 <= self.attention_levels <= len(self.unet_channels):
            raise UsageError(
                f"attention_levels={self.attention_levels} must lie between 0 and {len(self.unet_channels)}, "
                "the number of unet_channels"
            )
        if self.fuse not in registry.names("emtool.model.fuse"):
            known = ", ".join(registry.names("emtool.model.fuse"))
            raise UsageError(f"no fuse operation named {self.fuse!r} (there are: {known})")

    @property
    def seconds(self) -> float:
        """Length of a clip in seconds."""
        return self.samples / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How a network is trained."""

    steps: int = _setting(2000, "optimiser steps in all")
    batch: int = _setting(16, "clips per step")
    lr: float = _setting(1e-3, "highest learning rate of AdamW")
    warmup: int = _setting(200, "steps over which the learning rate rises from 0")
    final_lr: float = _setting(0.05, "share of lr that the cosine ends at")
    weight_decay: float = _setting(0.01, "weight decay of AdamW")
    clip: float = _setting(1.0, "largest norm of the gradient")
    ema: float = _setting(0.999, "decay of the averaged weights per step, reached by a power schedule")
    drop_text: float = _setting(0.1, "share of clips trained without text, for guidance")
    format: str = _setting(
        "dataset", "text: dataset (the row's text), captions (drawn by weight), tags, or mix"
    )
    gain_db: float = _setting(3.0, "random gain of at most so many decibels up or down")
    crop: bool = _setting(
        True, "cut the model's length at a random place where the dataset's clips are longer"
    )
    polarity: bool = _setting(True, "flip the sign of half of the clips")
    precision: str = _setting("auto", "auto (measured on this device), fp32 or bf16")
    threads: int = _setting(0, "processor threads; 0 leaves it to torch: all cores, or OMP_NUM_THREADS")
    seed: int = _setting(0, "everything random follows from it")
    eval_every: int = _setting(500, "steps between measurements of the held-out loss")
    eval_clips: int = _setting(64, "held-out clips measured")
    sample_every: int = _setting(0, "steps between sounds of fixed prompts; 0 for none")
    save_every: int = _setting(250, "steps between checkpoints")
    keep: int = _setting(2, "how many earlier checkpoints stay")

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            UsageError: A value is outside its range.
        """
        for name in ("steps", "batch", "eval_every", "eval_clips", "save_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)} is too small: it must be at least 1")
        for name in ("drop_text", "ema", "final_lr"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name}={getattr(self, name)} is not a share: it must lie between 0 and 1")
        if self.lr <= 0:
            raise UsageError(f"lr={self.lr} is not a learning rate: it must be above 0")
        for name, known in (
            ("precision", ("auto", "fp32", "bf16")),
            ("format", ("dataset", "captions", "tags", "mix")),
        ):
            if getattr(self, name) not in known:
                raise UsageError(f"{name}={getattr(self, name)!r} is unknown (there are: {', '.join(known)})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A model and its training."""

    model: ModelConfig
    train: TrainConfig

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value that ``from_json`` turns back into an equal config."""
        value = asdict(self)
        value["model"]["unet_channels"] = list(self.model.unet_channels)
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of ``to_json``.

        Raises:
            UsageError: A key is unknown, or a value is of the wrong type or outside its range.
        """
        settings = {**value.get("model", {}), **value.get("train", {})}
        return cls(model=ModelConfig(), train=TrainConfig()).with_settings(settings)

    def with_settings(self, settings: dict[str, Any]) -> Self:
        """Give a copy with some settings changed.

        Raises:
            UsageError: A key is unknown, or a value is of the wrong type or outside its range.
        """
        model = {
            key: _typed(ModelConfig, key, value)
            for key, value in settings.items()
            if key in _keys(ModelConfig)
        }
        train = {
            key: _typed(TrainConfig, key, value)
            for key, value in settings.items()
            if key in _keys(TrainConfig)
        }
        unknown = sorted(settings.keys() - model.keys() - train.keys())
        if unknown:
            known = ", ".join((*_keys(ModelConfig), *_keys(TrainConfig)))
            raise UsageError(f"no setting named {unknown[0]!r} (there are: {known})")
        return replace(self, model=replace(self.model, **model), train=replace(self.train, **train))


def _keys(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


@cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: type, key: str, value: Any) -> Any:
    wanted = _types(kind)[key]
    if wanted is float and isinstance(value, (int, str)) and not isinstance(value, bool):
        try:
            return float(value)  # YAML reads 1 as a whole number and 1e-4 as a text
        except ValueError:
            pass
    if wanted == tuple[int, ...]:
        if isinstance(value, (list, tuple)) and value and all(type(item) is int for item in value):
            return tuple(value)
        raise UsageError(f"{key}={value!r} is of the wrong type: it must be a list such as [128, 256]")
    if type(value) is not wanted:
        raise UsageError(f"{key}={value!r} is of the wrong type: it must be {wanted.__name__}")
    return value


def preset_names() -> tuple[str, ...]:
    """Names of the presets that ship with emtool."""
    files = resources.files(_PRESETS).iterdir()
    return tuple(sorted(f.name.removesuffix(".yaml") for f in files if f.name.endswith(".yaml")))


def load_preset(name: str, settings: Iterable[str] = ()) -> Config:
    """Read a preset and put ``key=value`` settings over it; values are YAML.

    Raises:
        UsageError: There is no such preset, or a setting is unknown or wrong.
    """
    import yaml

    if name not in preset_names():
        raise UsageError(f"no preset named {name!r} (there are: {', '.join(preset_names())})")
    text = resources.files(_PRESETS).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    chosen: dict[str, Any] = yaml.safe_load(text) or {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"{setting!r} is no setting: write key=value, such as lr=0.001")
        try:
            chosen[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(
                f"cannot read the value of {setting!r}: write it as YAML, such as [128, 256]"
            ) from error
    return Config(model=ModelConfig(), train=TrainConfig()).with_settings(chosen)
