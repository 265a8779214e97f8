"""How the model learnt."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emtool.model import plots
from emtool.model.report import parts
from emtool.model.report.page import Section

_MINUTE_S, _HOUR_S = 60, 3600


def training_section(about: Mapping[str, Any], run: Path | None) -> Section:
    """Show what a checkpoint says of its training, and the losses of its run where its folder is at hand."""
    figures: dict[str, object] = {"steps": f"{about['step']:,}", "training time": duration(about["seconds"])}
    if "parameters" in about:
        figures["parameters"] = f"{about['parameters'] / 1e6:.1f} million"
    figures["dataset"] = about["dataset"]["name"]
    body = parts.facts(figures)
    lines = _lines(run) if run is not None else []
    drawings = _drawings(lines)
    body += (
        parts.figures(*drawings)
        if drawings
        else parts.paragraph("The run's folder with its losses is not at hand.", "soft")
    )
    return Section(id="training", label="Training", title="How it was trained", body=body)


def _drawings(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    if not lines:
        return []
    drawings = [
        parts.drawing(
            plots.svg(plots.loss_curve(lines), "losses"),
            "Mean squared error of the velocity over training: pale as measured, strong smoothed; held-out with "
            "the averaged weights",
        )
    ]
    measured = [line["heldout"] for line in lines if "heldout" in line]
    if measured:
        curves = {
            name: {
                level: {"value": value, "interval": None} for level, value in found.items() if level != "mean"
            }
            for name, found in {"first measured": measured[0], "at the end": measured[-1]}.items()
        }
        drawings.append(
            parts.drawing(
                plots.svg(plots.losses_by_level(curves), "levels"),
                "Held-out error by noise level, early and at the end of training",
            )
        )
    return drawings


def duration(seconds: float) -> str:
    """Give a time for people: 45 s, 12 min, 3.5 h."""
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{seconds / _HOUR_S:.1f} h"


def _lines(run: Path) -> list[dict[str, Any]]:
    path = run / "metrics.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
