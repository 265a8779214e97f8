"""Prompts from a file: one a line, or JSON Lines with the key ``text``."""

import json
from pathlib import Path

from emtool.crawler.errors import UsageError

_LONGEST = 100_000  # lines; more is no list of prompts


def read_prompts(path: Path) -> list[str]:
    """Give the prompts of a file, without empty lines.

    Raises:
        UsageError: The file cannot be read, holds no prompt, or a line of JSON has no text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read as prompts, UTF-8 text with one a line: {getattr(error, 'strerror', error)}"
        ) from error
    if len(lines) > _LONGEST:
        raise UsageError(
            f"{path} has {len(lines)} lines, and {_LONGEST} prompts can be made at a time: split it"
        )
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if path.suffix == ".jsonl":
        found = [_text(path, number, line) for number, line in numbered]
    else:
        found = [line for _, line in numbered]
    if not found:
        raise UsageError(f"{path} holds no prompt: write one a line")
    return found


def _text(path: Path, number: int, line: str) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise UsageError(
            f'{path}, line {number}: {line[:60]!r} has no text: write {{"text": "a slow sad cello"}}'
        )
    return text.strip()
