"""What the model plays, to be heard and seen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emtool.model.listening.sounds import read_file
from emtool.model.report import parts
from emtool.model.report.page import Section

_SHOWN = 16  # prompts at the usual guidance
_COMPARED = 2  # prompts at every guidance


def samples_section(evaluation: Mapping[str, Any], folder: Path) -> Section:
    """Show clips per prompt, the same prompt at every guidance, and several seeds of one prompt."""
    rate = evaluation["sample_rate_hz"]
    sets = evaluation["sets"]
    usual = evaluation["usual_guidance"]
    clips = sets[usual]["clips"]
    seconds = sets[usual]["seconds_per_clip"]
    speed = "" if not seconds else f" Making one took {seconds:.1f} s on this machine."
    body = parts.paragraph(
        f"{_novelty(evaluation['prompts']['in_training_texts'])} {len(clips)} clips of {evaluation['clip_s']:g} s at "
        f"guidance {usual}, {sets[usual]['steps']} steps.{speed} Pictures: time to the right, pitch upwards on the "
        "mel scale, brighter is louder.",
        "soft",
    )
    body += parts.cards(_clip(clip, folder, rate) for clip in clips[:_SHOWN])
    if len(sets) > 1:
        body += "<h3>The same prompt at every guidance</h3>"
        for number in range(min(_COMPARED, len(clips))):
            body += parts.paragraph(clips[number]["prompt"], "say") + parts.cards(
                _clip(made["clips"][number], folder, rate, f"guidance {guidance}")
                for guidance, made in sets.items()
            )
    seeds = evaluation["repeats"]["clips"]
    first = [clip for clip in seeds if clip["prompt"] == seeds[0]["prompt"]]
    body += (
        "<h3>The same prompt with several seeds</h3>"
        + parts.paragraph(seeds[0]["prompt"], "say")
        + parts.cards(_clip(clip, folder, rate, f"seed {number}") for number, clip in enumerate(first, 1))
    )
    return Section(id="samples", label="Samples", title="What it plays", body=body)


def _novelty(seen: int) -> str:
    if seen:
        return f"{seen} of these prompts stand in training texts of this dataset."
    return "None of these prompts stands in a training text of this dataset."


def _clip(clip: Mapping[str, Any], folder: Path, sample_rate_hz: int, label: str = "") -> str:
    samples = read_file(folder / clip["file"])
    return parts.card(
        parts.paragraph(label, "soft") if label else parts.paragraph(clip["prompt"], "say"),
        parts.picture(samples, sample_rate_hz, clip["prompt"]),
        *(_verdict(name, heard) for name, heard in clip["heard"].items()),
        parts.player(samples, sample_rate_hz, f"{label} {clip['prompt']}".strip()),
    )


def _verdict(name: str, heard: Mapping[str, Any]) -> str:
    asked, said = parts.text(heard["asked"]), parts.text(heard["heard"])
    if heard["asked"] == heard["heard"]:
        return f'<p class="verdict">✓ {parts.text(name)}: {said}</p>'
    return f'<p class="verdict no">✗ {parts.text(name)}: asked for {asked}, heard {said}</p>'
