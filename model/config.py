"""Everything that can be chosen about a model and its training, checked when it is made.

A preset is a YAML file in ``presets/``; settings such as ``lr=0.001`` or ``unet_channels=[192,256]`` go over it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Self, get_type_hints

from emtool.crawler import registry
from emtool.crawler.errors import UsageError

RUN_KEYS = ("dataset", "from")  # what a run's config.yaml says beside its settings

_PRESETS = "emtool.model.presets"


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The network and what it expects of a sound."""

    design: str = _setting("mdct", "the network: a plug-in of emtool.model.designs")
    sample_rate_hz: int = _setting(16000, "samples per second of the waveform")
    channels: int = _setting(1, "audio channels: 1 mono, 2 stereo")
    samples: int = _setting(64000, "length of a clip in samples, or as many as the dataset has")
    text_encoder: str = _setting(
        "use",
        "use (offline), none, or ernie-m:NAME or transformers:NAME of a folder or the Hub "
        "(,pool= ,prefix= ,max_tokens= may follow)",
    )
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
    heads: int = _setting(4, "attention heads (mdct)")
    head_dim: int = _setting(32, "channels of an attention head (waveform)")
    gradient_checkpointing: bool = _setting(
        False, "compute each level again in the backward pass: less memory, a quarter to a third more time"
    )
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
            "head_dim",
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
        for name, package in (("design", "emtool.model.designs"), ("fuse", "emtool.model.fuse")):
            if (chosen := getattr(self, name)) not in registry.names(package):
                known = ", ".join(registry.names(package))
                kind = {"design": "design", "fuse": "fuse operation"}[name]
                raise UsageError(f"no {kind} named {chosen!r} (there are: {known})")
        if self.text_encoder == "none" and self.fuse != "none":
            raise UsageError(
                f"fuse={self.fuse} needs a text, and text_encoder=none gives none: set fuse=none too"
            )
        self._check_levels()

    def _check_levels(self) -> None:
        levels, attended = len(self.unet_channels), self.attention_levels
        deepest = self.design == "waveform"  # whose attention reaches one level up, so the first has none
        if not 0 <= attended <= levels - deepest:
            raise UsageError(
                f"attention_levels={attended} must lie between 0 and {levels - deepest}, "
                f"{'one less than ' if deepest else ''}the number of unet_channels"
            )
        for depth, width in enumerate(self.unet_channels):
            if width < 1 or width % self.groups or (not deepest and width % self.heads):
                raise UsageError(
                    f"unet_channels has {width}, not a multiple of groups={self.groups}"
                    + ("" if deepest else f" and heads={self.heads}")
                )
            if deepest and attended and depth >= levels - attended - 1 and width % self.head_dim:
                raise UsageError(
                    f"unet_channels has {width} in or above a level with attention, "
                    f"not a multiple of head_dim={self.head_dim}"
                )

    @property
    def seconds(self) -> float:
        """Length of a clip in seconds."""
        return self.samples / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How a network is trained."""

    steps: int = _setting(2000, "optimiser steps in all")
    batch: int = _setting(16, "clips at once in each process")
    accumulate: int = _setting(
        1, "batches whose gradients are added up for one step: as batch times so many, in the memory of one"
    )
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
    swap_channels: bool = _setting(True, "swap left and right in half of the clips, where there are two")
    shift_s: float = _setting(
        0.0, "move a clip by at most so many seconds to either side; silence fills the gap"
    )
    student_steps: int = _setting(
        0,
        "learn to take so few sampler steps, two of the checkpoint's in one (emtool distill); 0 learns sound",
    )
    teacher_guidance: float = _setting(1.0, "guidance of the checkpoint that such a student learns from")
    lora: int = _setting(0, "rank of low-rank adapters, trained instead of the weights; 0 trains all weights")
    precision: str = _setting("auto", "auto (measured on this device), fp32, bf16 or fp16")
    compile: str = _setting(
        "off", "torch.compile: off, on, or auto (measured, and taken where it pays in this run)"
    )
    threads: int = _setting(0, "processor threads; 0 leaves it to torch: all cores, or OMP_NUM_THREADS")
    seed: int = _setting(0, "everything random follows from it")
    eval_every: int = _setting(500, "steps between measurements of the held-out loss")
    eval_clips: int = _setting(64, "held-out clips measured")
    sample_every: int = _setting(0, "steps between sounds and pictures of fixed prompts; 0 for none")
    prompts: tuple[str, ...] = _setting(
        (), "these prompts, such as [a slow cello, 钢琴]; none: of held-out clips"
    )
    log: str = _setting("auto", "auto (tensorboard if it is installed), tensorboard, wandb, trackio or none")
    save_every: int = _setting(250, "steps between checkpoints")
    keep: int = _setting(2, "how many earlier checkpoints stay")

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            UsageError: A value is outside its range.
        """
        for name in ("steps", "batch", "accumulate", "eval_every", "eval_clips", "save_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)} is too small: it must be at least 1")
        for name in ("drop_text", "ema", "final_lr"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name}={getattr(self, name)} is not a share: it must lie between 0 and 1")
        for name in (
            "gain_db",
            "shift_s",
            "student_steps",
            "teacher_guidance",
            "lora",
            "sample_every",
            "keep",
            "threads",
        ):
            if getattr(self, name) < 0:
                raise UsageError(f"{name}={getattr(self, name)} is negative: it must be at least 0")
        if self.lr <= 0:
            raise UsageError(f"lr={self.lr} is not a learning rate: it must be above 0")
        for name, known in (
            ("precision", ("auto", "fp32", "bf16", "fp16")),
            ("compile", ("off", "on", "auto")),
            ("log", ("auto", "tensorboard", "wandb", "trackio", "none")),
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
        value["train"]["prompts"] = list(self.train.prompts)
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
    if wanted == tuple[str, ...]:
        if isinstance(value, (list, tuple)) and all(type(item) is str and item.strip() for item in value):
            return tuple(value)
        raise UsageError(
            f"{key}={value!r} is of the wrong type: it must be a list such as [a slow cello, 钢琴]"
        )
    if wanted is str and value is False:
        value = "off"  # as YAML reads a bare off, and a bare on below
    elif wanted is str and value is True:
        value = "on"
    if type(value) is not wanted:
        raise UsageError(f"{key}={value!r} is of the wrong type: it must be {wanted.__name__}")
    return value


def preset_names() -> tuple[str, ...]:
    """Names of the presets that ship with emtool."""
    files = resources.files(_PRESETS).iterdir()
    return tuple(sorted(f.name.removesuffix(".yaml") for f in files if f.name.endswith(".yaml")))


def load_preset(name: str, settings: Iterable[str] = (), file: Path | None = None) -> Config:
    """Read a preset, put the settings of a YAML file over it, and ``key=value`` settings over both.

    Raises:
        UsageError: There is no such preset or file, or a setting is unknown or wrong.
    """
    import yaml

    if name not in preset_names():
        raise UsageError(f"no preset named {name!r} (there are: {', '.join(preset_names())})")
    text = resources.files(_PRESETS).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    chosen: dict[str, Any] = yaml.safe_load(text) or {}
    chosen |= given_settings(settings, file)
    return Config(model=ModelConfig(), train=TrainConfig()).with_settings(chosen)


def given_settings(settings: Iterable[str] = (), file: Path | None = None) -> dict[str, Any]:
    """Settings of a YAML file, flat or in the sections ``model`` and ``train``, under ``key=value`` settings.

    Raises:
        UsageError: The file cannot be read, or a setting is not ``key=value``.
    """
    chosen: dict[str, Any] = {}
    if file is not None:
        content = read_config_file(file)
        for section in ("model", "train"):
            chosen |= content.pop(section, None) or {}
        chosen |= {key: value for key, value in content.items() if key not in RUN_KEYS}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"{setting!r} is no setting: write key=value, such as lr=0.001")
        chosen[key.strip()] = _yaml(value, f"the value of {setting!r}: write it as YAML, such as [128, 256]")
    return chosen


def read_config_file(file: Path) -> dict[str, Any]:
    """Read a file of settings, such as a run's config.yaml.

    Raises:
        UsageError: It is missing, or not a YAML mapping.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the settings in {file} ({error}): name a YAML file") from error
    content = _yaml(text, f"{file}: it is not YAML")
    if not isinstance(content, dict) or not all(
        isinstance(content.get(section) or {}, dict) for section in ("model", "train")
    ):
        raise UsageError(f"{file} holds no settings: write lines such as `lr: 0.001`")
    return content


def _yaml(text: str, what: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"cannot read {what}") from error
