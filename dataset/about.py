"""What a dataset folder says of itself beside ``build.json``: all of it follows from that and the Parquet files."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from emtool.crawler.files import atomic_path, write_json, write_text
from emtool.dataset import plots
from emtool.dataset.card import card
from emtool.dataset.croissant import croissant
from emtool.dataset.schema import SPLITS
from emtool.dataset.statistics import describe, rows
from emtool.dataset.tag_choices import Choices


def write_about(folder: Path, build: Mapping[str, Any]) -> None:
    """Write statistics, attribution, plots, card and Croissant of a folder whose ``data`` is finished.

    Args:
        folder: The dataset.
        build: What its ``build.json`` holds or will hold.
    """
    choices = build.get("tag_choices")
    statistics = describe(folder / "data", Choices.from_json(choices) if choices else None)
    write_json(folder / "statistics.json", statistics)
    _write_attribution(folder)
    plots.draw(statistics, folder / plots.FOLDER)
    write_text(folder / "README.md", card(build, statistics))
    write_json(folder / "croissant.json", croissant(build, statistics))


def _write_attribution(folder: Path) -> None:
    """Write one line a track; the clips of a track follow each other."""
    with atomic_path(folder / "attribution.txt") as part, part.open("w", encoding="utf-8") as lines:
        every = (row["attribution"] for split in SPLITS for row in rows(folder / "data", split))
        lines.writelines(f"{' '.join(line.split())}\n" for line, _ in groupby(every))
