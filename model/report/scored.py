"""Figures beside their anchors: real clips, spoiled clips, chance."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emtool.model import plots
from emtool.model.report import parts
from emtool.model.report.page import Section

_ROLES = {"result": "model", "anchor": "anchor", "control": "control"}

Position = Callable[[float], float]  # a value to its place on the scale, 0 to 1


def scores_section(evaluation: Mapping[str, Any]) -> Section:
    """Show every metric with its intervals, its n and its anchors."""
    body = parts.paragraph(
        "Round marks are the model, squares are anchors (real clips, spoiled clips, noise), rings are controls (the "
        "model with its prompts or captions exchanged). Bars are 95 % intervals, n is the number of clips.",
        "soft",
    )
    skipped = []
    in_order = sorted(evaluation["metrics"].items(), key=lambda item: item[1]["chance"] is None)
    for name, metric in in_order:  # shares first: they need the least explanation
        if metric["skipped"]:
            skipped.append((parts.text(metric["title"]), parts.text(metric["skipped"])))
        else:
            body += _metric(name, metric, evaluation["usual_guidance"])
    if skipped:
        body += parts.table("Not measured", ("metric", "reason"), skipped)
    return Section(id="scores", label="Scores", title="Scores beside their anchors", body=body)


def _metric(name: str, metric: Mapping[str, Any], usual: str) -> str:
    share = metric["chance"] is not None
    show = _percent if share else _figures
    place, note = (lambda value: value, "0 to 100 %") if share else _scale(metric["scores"])
    mark = "" if metric["chance"] is None else f'<u style="left:{100 * metric["chance"]:.1f}%"></u>'
    rows = "".join(_row(score, show, place, mark) for score in metric["scores"])
    chance = "" if metric["chance"] is None else f"; dashed: chance, {_percent(metric['chance'])}"
    caption = f"Intervals: {metric['interval']}. Scale: {note}{chance}."
    body = f"<h3>{parts.text(metric['title'])}</h3>{parts.paragraph(metric['meaning'])}"
    if not metric["trusted"]:
        body += parts.paragraph(f"Not trusted: {metric['note']}.", "warning")
    body += (
        '<div class="scroll"><table class="scores"><caption>'
        f"{parts.text(caption)}</caption><thead><tr>"
        '<th scope="col">clips</th><th scope="col">score</th><th scope="col">95 %</th><th scope="col">n</th>'
        '<th scope="col" aria-hidden="true" style="width:38%"></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    if metric["trusted"] and metric["note"]:
        body += parts.paragraph(f"{metric['note']}.", "soft")
    return body + _detail(name, metric, usual)


def _row(score: Mapping[str, Any], show: Callable[[float], str], place: Position, mark: str) -> str:
    low, high = score["interval"] or (score["value"], score["value"])
    left, right, at = (100 * min(max(place(value), 0), 1) for value in (low, high, score["value"]))
    interval = "–" if score["interval"] is None else f"{show(low)} to {show(high)}"
    return (
        f'<tr class="{parts.text(score["role"])}"><th scope="row">{parts.text(score["name"])} '
        f'<span class="soft">({_ROLES[score["role"]]})</span></th>'
        f'<td class="number">{show(score["value"])}</td><td class="number">{interval}</td>'
        f'<td class="number n">{score["n"]:,}</td><td class="plot" aria-hidden="true"><span class="scale">{mark}'
        f'<i style="left:{left:.2f}%;width:{right - left:.2f}%"></i><b style="left:{at:.2f}%"></b></span></td></tr>'
    )


def _scale(scores: Sequence[Mapping[str, Any]]) -> tuple[Position, str]:
    """Place values between the lowest, or 0, and the highest."""
    values = [end for score in scores for end in (score["value"], *(score["interval"] or ()))]
    low, high = min(0.0, *values), max(values)
    span = max(high - low, 1e-12)
    return lambda value: (value - low) / span, f"{_figures(low)} to {_figures(high)}"


def _detail(name: str, metric: Mapping[str, Any], usual: str) -> str:
    detail = metric["detail"]
    body = ""
    if "right" in detail:
        curves = {"right captions": detail["right"], "captions exchanged": detail["exchanged"]}
        body += parts.drawing(
            plots.svg(plots.losses_by_level(curves), f"{name}-levels"),
            f"Held-out error by noise level, {detail['n']} clips, with 95 % bands",
        )
    for title, matrix in detail.get("confusion", {}).items():
        if title.startswith("real") or title.endswith(f" {usual}"):
            opened = _confusion(title, matrix, detail["words"])
            body += parts.details(f"Which {metric['title']} was heard: {title}", opened)
    if "infinity" in detail:
        rows = [(parts.text(title), _figures(value)) for title, value in detail["infinity"].items()]
        told = parts.table(
            "Distance that endlessly many clips would have, by a line over 1 / clips", ("clips", "FAD"), rows
        )
        body += parts.details("FAD, extrapolated", told)
    if "neighbours" in detail:
        columns = ("precision", "recall", "density", "coverage")
        found = [
            (parts.text(title), *(_figures(values[column]) for column in columns))
            for title, values in detail["neighbours"].items()
        ]
        told = parts.table("Neighbours of real clips", ("clips", *columns), found)
        body += parts.details("Precision, recall, density, coverage", told)
    if "vendi" in detail:
        rows = [(parts.text(title), _figures(value)) for title, value in detail["vendi"].items()]
        body += parts.details(
            "Vendi scores",
            parts.table(
                f"Effective number of different clips among {detail['vendi_clips']}", ("clips", "Vendi"), rows
            ),
        )
    return body


def _confusion(title: str, matrix: Sequence[Sequence[int]], words: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{parts.text(word)}</th>' for word in words)
    rows = ""
    for word, row in zip(words, matrix, strict=True):
        total = max(sum(row), 1)
        cells = "".join(
            f'<td style="background:rgba(var(--heat),{0.75 * count / total:.2f})">{count or ""}</td>'
            for count in row
        )
        rows += f'<tr><th scope="row">{parts.text(word)}</th>{cells}</tr>'
    return (
        f'<div class="scroll"><table class="confusion"><caption>{parts.text(title)}: asked for (rows), heard '
        f"(columns), clips</caption><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _figures(value: float) -> str:
    """Give three significant digits, at most four decimals, without an exponent."""
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, 4) + 0.0:,.{min(max(digits, 0), 4)}f}".replace("-", "−")
