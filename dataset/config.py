"""Everything that can be chosen about a dataset, checked when it is made; every field is a flag of the build."""

from dataclasses import asdict, dataclass, field
from typing import Any

from emtool.crawler import registry
from emtool.crawler.errors import UsageError
from emtool.crawler.licences import check_rule
from emtool.dataset.language import LANGUAGES
from emtool.dataset.schema import OPTIONAL

FORMATS = "emtool.dataset.formats"
SELECTIONS = "emtool.dataset.select"
RELEVANCE_MODELS = "emtool.dataset.relevance_models"
SPLIT_KEYS = ("work", "artist")


def _setting(default: Any, text: str, **metadata: str) -> Any:
    return field(default=default, metadata={"help": text, **metadata})


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConfig:
    """Options of one build; two builds of the same store with equal options give equal bytes."""

    format: str = _setting("free-form", "what `text` holds: free-form, tags, or both (then `text_tags` too)")
    select: str = _setting("votes-x-relevance", "how comments are ranked: a plug-in of emtool.dataset.select")
    sample_rate_hz: int = _setting(
        16000, "samples per second of a clip (the paper: 16000)", flag="--sample-rate"
    )
    channels: int = _setting(1, "audio channels, 1 or 2 (the paper: 2)")
    seconds: float = _setting(4.0, "length of a clip in seconds (the paper: 20.48)")
    max_segments: int = _setting(1, "clips that one track gives at most")
    languages: tuple[str, ...] = _setting(("en", "zh"), "languages of comments to keep, or any")
    licences: str = _setting("open", "licences of tracks to keep: open, noncommercial, any, or SPDX ids")
    min_votes: int = _setting(0, "votes that a comment needs; unknown votes pass only at 0")
    min_relevance: float = _setting(
        0.5, "score from 0 to 1 from which a comment counts as describing the music"
    )
    relevance_model: str = _setting(
        "built-in",
        "what scores the comments: built-in, huggingface:NAME_OR_FOLDER, or endpoint:URL#MODEL (OpenAI-compatible)",
    )
    max_captions: int = _setting(8, "accepted comments that one clip keeps at most")
    min_characters: int = _setting(2, "letters that a comment needs")
    max_characters: int = _setting(500, "characters that a comment may have")
    max_copies: int = _setting(3, "works under which one and the same long text may stand")
    max_track_s: float = _setting(1800.0, "seconds from which a file is a mix or a stream and no track")
    max_duration_error: float = _setting(
        0.25, "share by which a file may be shorter or longer than its page says"
    )
    min_filled: float = _setting(0.75, "share of a clip that must be sound; the rest is padded with silence")
    silence_dbfs: float = _setting(-55.0, "level in dBFS below which sound counts as silence")
    max_silence: float = _setting(0.5, "share of a clip that may be silence")
    max_clipped: float = _setting(0.01, "share of a clip's samples that may stand at full scale")
    max_dc: float = _setting(0.05, "constant offset that a clip may have, as a share of full scale")
    max_bit_errors: float = _setting(
        0.15, "share of differing bits in their Chromaprint prints up to which two tracks are one recording"
    )
    max_speech: float = _setting(0.5, "mean probability of speech from which a clip is no music")
    min_music: float = _setting(
        0.2, "probability of music or voices below which a clip without partials is noise"
    )
    sound_checks: bool = _setting(
        True,
        "listen for speech, music and same recordings, and measure loudness; a build takes several times as long",
        flag="--sound-checks/--no-sound-checks",
    )
    normalise_lufs: float | None = _setting(
        None,
        "loudness in LUFS that clips are brought to, peaks kept below -1 dBFS; as they are without",
        flag="--normalise",
    )
    max_per_artist: int = _setting(
        0, "tracks of one artist that are kept at most, the most voted ones; 0 keeps all"
    )
    splits: tuple[int, ...] = _setting((80, 10, 10), "shares of train, validation and test, in percent")
    split_by: str = _setting("artist", "what never stands in two splits: artist (nor a work), or work alone")
    shard_mb: int = _setting(300, "megabytes of uncompressed sound per Parquet file")
    columns: tuple[str, ...] = _setting(
        ("all",),
        f"which of these columns to keep beside those that emtool needs: all, none, or {', '.join(OPTIONAL)}",
    )
    contact: str = _setting("", "address for takedown requests that the card names")

    def __post_init__(self) -> None:
        """Refuse what cannot be built.

        Raises:
            UsageError: A value is outside its range, or a plug-in is unknown.
        """
        _one_of("format", self.format, registry.names(FORMATS))
        _one_of("select", self.select, registry.names(SELECTIONS))
        _one_of("relevance_model", self.relevance_model.partition(":")[0], registry.names(RELEVANCE_MODELS))
        _one_of("split_by", self.split_by, SPLIT_KEYS)
        _least(
            self,
            1,
            "max_segments",
            "max_captions",
            "min_characters",
            "max_characters",
            "max_copies",
            "shard_mb",
        )
        _least(self, 0, "min_votes", "max_per_artist")
        _share(
            self, "min_relevance", "min_filled", "max_silence", "max_clipped", "max_dc", "max_duration_error"
        )
        _share(self, "max_bit_errors", "max_speech", "min_music")
        if self.normalise_lufs is not None:
            _between(self, "normalise_lufs", -70, 0)
        _between(self, "sample_rate_hz", 1000, 384_000)
        _between(self, "channels", 1, 2)
        _between(self, "seconds", 0.1, 600)
        _between(self, "max_track_s", self.seconds, 86_400)
        _between(self, "silence_dbfs", -96, 0)
        if self.min_characters > self.max_characters:
            raise UsageError(
                f"min_characters={self.min_characters} is above max_characters={self.max_characters}: "
                "no comment could pass"
            )
        if len(self.splits) != 3 or sum(self.splits) != 100 or min(self.splits) < 0:
            raise UsageError(f"splits={self.splits}: give three shares that add up to 100, such as 80,10,10")
        if not self.languages:
            raise UsageError("languages is empty: name some, such as en,zh, or write any")
        for name in self.languages:
            _one_of("languages", name, ("any", *LANGUAGES))
        for name in self.columns:
            _one_of("columns", name, ("all", "none", *OPTIONAL))
        if len(self.columns) > 1 and {"all", "none"} & set(self.columns):
            raise UsageError(f"columns={','.join(self.columns)}: give all, none, or names of columns")
        check_rule(self.licences)

    @property
    def samples(self) -> int:
        """Length of a clip in samples of one channel."""
        return round(self.seconds * self.sample_rate_hz)

    @property
    def clip_bytes(self) -> int:
        """Size of a clip as 16-bit PCM."""
        return self.samples * self.channels * 2

    @property
    def tracks_per_shard(self) -> int:
        """Tracks whose clips one Parquet file holds."""
        return max(1, self.shard_mb * 1_000_000 // (self.clip_bytes * self.max_segments))

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value of every field."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"{name}={value!r} is unknown (there are: {', '.join(known)})")


def _least(config: BuildConfig, least: int, *names: str) -> None:
    for name in names:
        if getattr(config, name) < least:
            raise UsageError(f"{name}={getattr(config, name)} is too small: it must be at least {least}")


def _share(config: BuildConfig, *names: str) -> None:
    for name in names:
        if not 0 <= getattr(config, name) <= 1:
            raise UsageError(f"{name}={getattr(config, name)} is no share: it must lie between 0 and 1")


def _between(config: BuildConfig, name: str, low: float, high: float) -> None:
    if not low <= getattr(config, name) <= high:
        raise UsageError(
            f"{name}={getattr(config, name)} is out of range: it must lie between {low:g} and {high:g}"
        )
