"""The pictures that an evaluation leaves beside its report.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emtool.crawler.progress import Progress
from emtool.model import plots
from emtool.model.listening.sounds import read_file

_SHOWN = 8  # clips of a set with a spectrogram


def draw(report: Mapping[str, Any], out: Path, progress: Progress) -> None:
    """Write spectrograms of some clips and plots of the metrics; what is there already stays."""
    sets = {f"guidance-{name}": made["clips"][:_SHOWN] for name, made in report["sets"].items()}
    sets["seeds"] = report["repeats"]["clips"][:_SHOWN]
    with progress.task("spectrograms", sum(map(len, sets.values())), "clip") as task:
        for name, clips in sets.items():
            for clip in clips:
                path = out / "spectrograms" / name / f"{Path(clip['file']).stem}.png"
                if not path.is_file():
                    samples = read_file(out / clip["file"])
                    plots.save(plots.spectrogram(samples, report["sample_rate_hz"], clip["prompt"]), path)
                task.advance()
    _metrics(report["metrics"], out / "plots")


def _metrics(metrics: Mapping[str, Any], folder: Path) -> None:
    for name, result in metrics.items():
        detail = result["detail"]
        if "right" in detail:
            curves = {"right captions": detail["right"], "captions exchanged": detail["exchanged"]}
            plots.save(plots.losses_by_level(curves), folder / f"{name}.png")
        for set_name, matrix in detail.get("confusion", {}).items():
            slug = "-".join(set_name.replace(",", " ").split())
            plots.save(
                plots.confusion(matrix, detail["words"], f"{result['title']}: {set_name}"),
                folder / f"{name}-{slug}.png",
            )
