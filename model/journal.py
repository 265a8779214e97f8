"""What a run writes down while it trains: metrics.jsonl, which goes on where the run goes on."""

import json
from pathlib import Path
from typing import Any

from emtool.crawler.files import write_text

METRICS = "metrics.jsonl"


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """Lines of a run's metrics.jsonl.

    They are {"step", "loss", "lr", ...}, {"step", "heldout": {level: loss}} and {"step", "unreadable": {id: reason}}.
    """
    path = run / METRICS
    if not path.is_file():
        return []
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:  # the last line of a killed run may be half written
            continue
    return lines


def begin_metrics(run: Path) -> None:
    """Forget the lines of a run that begins anew."""
    (run / METRICS).unlink(missing_ok=True)


def cut_metrics(run: Path, step: int) -> None:
    """Drop what was measured after the state that the run goes on from."""
    kept = [line for line in read_metrics(run) if line["step"] <= step]
    write_text(run / METRICS, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept))


def append_metrics(run: Path, line: dict[str, Any]) -> None:
    """Add one line."""
    with (run / METRICS).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line, ensure_ascii=False) + "\n")


def unreadable(run: Path) -> dict[str, str]:
    """Clips that could not be read so far, and why."""
    found: dict[str, str] = {}
    for line in read_metrics(run):
        found |= line.get("unreadable", {})
    return found


def last(run: Path, key: str) -> Any:
    """Newest value of a key, or None."""
    return next((line[key] for line in reversed(read_metrics(run)) if key in line), None)
