"""What can be said of an encoder behind its name: ``ernie-m:NAME,pool=pooled,max_tokens=64``.

Commas, since ``?`` and ``&`` mean something to a shell. ``+`` and ``%20`` stand for a space, which YAML
would strip, and ``%2C``, ``%2F`` for comma and slash.
"""

import re
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import unquote_plus

from emtool.crawler.errors import UsageError

_OPTION = re.compile(r"\w+=[^/\\]*")  # a part of a path has slashes
POOLS = ("cls", "mean", "pooled")
_MAX_TOKENS = 128  # twice the mean length of the paper's texts (PAPER.md section 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A checkpoint and how its states become [s0; S]."""

    source: str
    """Folder or name on the Hub."""
    pool: str
    """Where s0 comes from: the state of the classification token, the mean of all tokens, or the model's pooler."""
    prefix: str = ""
    """Put before every text, such as ``query: `` for the e5 family."""
    max_tokens: int | None = None
    """Longest text in tokens, special tokens included; None for 128, or as many as the model reads."""

    def limit(self, longest: int) -> int:
        """Give the tokens that a text may have in a model that reads ``longest``.

        Raises:
            UsageError: More are asked for.
        """
        if self.max_tokens is not None and self.max_tokens > longest:
            raise UsageError(f"max_tokens={self.max_tokens}: {self.source} reads {longest} at most")
        return self.max_tokens or min(_MAX_TOKENS, longest)


def parse(plugin: str, written: str, *, pool: str) -> Options:
    """Read what stands behind the colon of ``text_encoder=PLUGIN:...``; ``pool`` is the plug-in's own default.

    Raises:
        UsageError: No checkpoint is named, or an option is unknown, given twice or out of range.
    """
    parts = written.split(",")
    settings: dict[str, str] = {}
    while len(parts) > 1 and _OPTION.fullmatch(parts[-1]):
        key, _, value = parts.pop().partition("=")
        if key in settings:
            raise UsageError(f"text_encoder={plugin}:{written} says {key} twice: say it once")
        settings[key] = unquote_plus(value)
    source = ",".join(parts)
    if not source or "=" in source.partition(",")[0]:
        raise UsageError(
            f"the text encoder {plugin!r} needs a model: text_encoder={plugin}:FOLDER_OR_HUB_NAME"
            f"[,pool=...][,max_tokens=...][,prefix=...]"
        )
    return Options(source=source, **_checked(settings, pool))


def _checked(settings: dict[str, str], pool: str) -> dict[str, Any]:
    known = sorted(field.name for field in fields(Options) if field.name != "source")
    for key in settings:
        if key not in known:
            raise UsageError(f"text_encoder has no option {key!r} (there are: {', '.join(known)})")
    checked: dict[str, Any] = {"pool": pool, **settings}
    if checked["pool"] not in POOLS:
        raise UsageError(f"text_encoder: pool={checked['pool']!r} is unknown (there are: {', '.join(POOLS)})")
    if "max_tokens" in settings:
        tokens = settings["max_tokens"]
        if not (tokens.isascii() and tokens.isdigit() and int(tokens) >= 3):
            raise UsageError(
                f"text_encoder: max_tokens={tokens} must be a whole number of at least 3, two marks and a word"
            )
        checked["max_tokens"] = int(tokens)
    return checked
