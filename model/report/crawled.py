"""What was collected and what it cost."""

from collections.abc import Mapping
from typing import Any

from emtool.model.report import parts
from emtool.model.report.page import Section

_STATES = {
    "done": "comments voted, audio stored",
    "voted": "comments voted, audio not fetched",
    "found": "known, comments not read yet",
    "skipped": "left out, see the reasons",
    "failed": "ended by an error, a later run tries again",
}


def crawl_section(summary: Mapping[str, Any]) -> Section:
    """Show the summary of ``emtool crawl --json``."""
    tracks: Mapping[str, int] = summary["tracks"]
    total = max(sum(tracks.values()), 1)
    figures: dict[str, object] = {"source": summary["source"], "tracks": f"{sum(tracks.values()):,}"}
    if summary.get("bytes_per_accepted_pair") is not None:
        figures["bytes per accepted pair"] = f"{summary['bytes_per_accepted_pair']:,}"
    if summary.get("received_bytes"):
        figures["bytes of the last run"] = f"{summary['received_bytes']:,}"
        figures["requests of the last run"] = f"{summary['requests']:,}"
    rows = [
        (parts.text(state), parts.text(_STATES.get(state, "")), parts.bar(count / total, f"{count:,}"))
        for state, count in sorted(tracks.items(), key=lambda item: -item[1])
    ]
    body = (
        parts.paragraph(
            "Text comes first: a track's audio is fetched only when a voted comment describes the music.",
            "soft",
        )
        + parts.facts(figures)
        + parts.table("Tracks by state", ("state", "meaning", "tracks"), rows)
    )
    if summary.get("reasons"):
        reasons = sorted(summary["reasons"].items(), key=lambda item: -item[1])
        body += parts.table(
            "Why tracks were skipped or failed",
            ("reason", "tracks"),
            [(parts.text(reason), f"{count:,}") for reason, count in reasons],
        )
    return Section(id="crawl", label="Crawl", title="What was crawled", body=body)
