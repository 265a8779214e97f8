"""Measure a model against real clips: make sounds, run every metric, write report.json.

OUT/
  samples/<set>/NNN.flac   generated clips, one set for each guidance, continued after an interruption
  scores/<metric>.json     the answer of one metric
  spectrograms/*.png       of a few clips
  plots/*.png              losses and confusions
  report.json              everything; written last, so it marks a finished evaluation
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from emtool.crawler import files, registry
from emtool.crawler.errors import DatasetError, UsageError
from emtool.crawler.progress import SILENT, Progress
from emtool.dataset.load import Dataset, open_dataset
from emtool.model.config import Config
from emtool.model.evaluation_plots import draw
from emtool.model.generated import GeneratedSet, Recipe, generate_set
from emtool.model.listening.sounds import ClipShape, Sounds, dataset_sounds
from emtool.model.measuring import Result, SoundMaker, Subject
from emtool.model.prompts import Chosen, Prompt, choose_prompts

REPORT = "report.json"
SCHEMA = 1

_METRICS = "emtool.model.metrics"
_MOST_TRAINING = 1000  # clips; enough for every metric
_MOST_HELD_OUT = 500
_REPEATED_PROMPTS = 2
_OTHER_NOISE = 500_000  # added to the seed where a prompt is played again


class OpenedModel(SoundMaker, Protocol):
    """A ``Sampler``: it makes sound and says where it comes from."""

    @property
    def path(self) -> Path:
        """The checkpoint."""

    @property
    def config(self) -> Config:
        """What it expects of a sound."""

    @property
    def about(self) -> dict[str, Any]:
        """What the checkpoint says of itself: step, seconds, dataset, ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured; with the checkpoint and the dataset it fixes every figure."""

    prompts: tuple[str, ...] | None = None  # texts to play; None chooses
    samples: int = 80  # clips per guidance
    guidance: tuple[float, ...] = (1.0, 3.0, 5.0)  # strengths of classifier-free guidance
    steps: int = 50  # sampler steps
    seed: int = 0
    seeds_per_prompt: int = 6  # clips of one prompt, for diversity
    heldout_clips: int = 64  # clips for the held-out loss
    metrics: tuple[str, ...] = ()  # plug-ins of emtool.model.metrics; none means all

    def __post_init__(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            UsageError: A value is outside its range.
        """
        for name in ("samples", "steps", "seeds_per_prompt", "heldout_clips"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)} is too small: it must be at least 1")
        if not self.guidance or len(set(self.guidance)) < len(self.guidance):
            raise UsageError(f"guidance={list(self.guidance)}: name each strength once, at least one")


def evaluate(
    run: str | Path,
    dataset: str | Path,
    out: Path,
    *,
    prompts: Sequence[str] | None = None,
    samples: int = 80,
    guidance: Sequence[float] = (1.0, 3.0, 5.0),
    steps: int = 50,
    seed: int = 0,
    seeds_per_prompt: int = 6,
    heldout_clips: int = 64,
    metrics: Sequence[str] = (),
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Measure a run on a dataset into ``out``; a finished evaluation of the same things is only read.

    Args:
        run: ``demo``, a run folder or a checkpoint file.
        dataset: A built dataset: a folder or a Hub name.
        out: Where everything goes.
        prompts: Texts to play; None takes emtool's own where the dataset knows their instruments, else
            captions of held-out clips.
        samples: Clips per guidance.
        guidance: Strengths of classifier-free guidance.
        steps: Sampler steps.
        seed: Everything random follows from it.
        seeds_per_prompt: Clips of one prompt, for diversity.
        heldout_clips: Most clips for the held-out loss.
        metrics: Plug-ins of ``emtool.model.metrics``; none means all.
        progress: Where bars and lines go.

    Returns:
        What ``report.json`` holds.

    Raises:
        CheckpointError: The run cannot be read.
        DatasetError: The dataset cannot be read or has no training rows.
        UsageError: A value is outside its range, or there is nothing to play.
    """
    from emtool.model.sample import Sampler

    plan = Plan(
        prompts=None if prompts is None else tuple(prompts),
        samples=samples,
        guidance=tuple(float(strength) for strength in guidance),
        steps=steps,
        seed=seed,
        seeds_per_prompt=seeds_per_prompt,
        heldout_clips=heldout_clips,
        metrics=tuple(metrics),
    )
    return evaluate_model(Sampler.open(run), open_dataset(dataset), out, plan, progress)


def evaluate_model(
    model: OpenedModel, dataset: Dataset, out: Path, plan: Plan, progress: Progress = SILENT
) -> dict[str, Any]:
    """Measure an opened model; see ``evaluate``."""
    names = plan.metrics or registry.names(_METRICS)
    modules = {name: registry.load(_METRICS, name) for name in names}
    checkpoint = files.sha256_file(model.path)
    settled = {
        "schema": SCHEMA,
        "emtool": version("emtool"),
        "checkpoint": checkpoint,
        "dataset": dataset.info.fingerprint,
        "plan": asdict(replace(plan, metrics=())),
    }
    found = _finished(out, files.fingerprint(settled | {"metrics": names}))
    if found is not None:
        progress.say(f"{out / REPORT} is finished: nothing to do")
        return found
    began = time.monotonic()
    train, heldout = _real(model, dataset, plan)
    chosen = choose_prompts(plan.prompts, train, heldout, _training_texts(dataset), plan.samples)
    progress.say(f"{len(chosen.prompts)} prompts: {chosen.source}")
    sets, repeats = _generate(model, chosen, out, plan, checkpoint[:16], progress)
    subject = Subject(
        sampler=model,
        train=train,
        heldout=heldout,
        generated={guidance: made.sounds for guidance, made in sets.items()},
        repeats=repeats.sounds,
        heldout_clips=plan.heldout_clips,
        seed=plan.seed,
        progress=progress,
    )
    results = {}
    for name, module in modules.items():
        results[name] = _measured(name, module.measure, subject, out, files.fingerprint(settled))
        progress.say(_line(results[name]))
    report = {
        "schema": SCHEMA,
        "fingerprint": files.fingerprint(settled | {"metrics": names}),
        "emtool": version("emtool"),
        "checkpoint": {"path": str(model.path), "sha256": checkpoint, "about": model.about},
        "dataset": {
            "name": dataset.info.name,
            "folder": str(dataset.info.folder),
            "fingerprint": dataset.info.fingerprint,
            "splits": dataset.info.splits,
            "training_clips": len(train),
            "heldout_clips": len(heldout),
        },
        "plan": asdict(plan),
        "prompts": {
            "source": chosen.source,
            "count": len(chosen.prompts),
            "in_training_texts": chosen.seen,
        },
        "clip_s": model.seconds,
        "sample_rate_hz": model.sample_rate_hz,
        "metrics": results,
        "sets": {f"{guidance:g}": _listed(made, out, results) for guidance, made in sets.items()},
        "repeats": _listed(repeats, out, {}),
        "usual_guidance": f"{repeats.recipe.guidance:g}",
        "seconds": round(time.monotonic() - began, 1),
    }
    draw(report, out, progress)
    files.write_json(out / REPORT, report)
    return read_report(out) or report  # as a later run will read it, lists where there were tuples


def read_report(out: Path) -> dict[str, Any] | None:
    """Read the ``report.json`` of a finished evaluation; None where there is none of this version."""
    try:
        report: dict[str, Any] = json.loads((out / REPORT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return report if report.get("schema") == SCHEMA else None


def _finished(out: Path, fingerprint: str) -> dict[str, Any] | None:
    report = read_report(out)
    if report is None or report["fingerprint"] != fingerprint:
        return None
    clips = [clip for made in (*report["sets"].values(), report["repeats"]) for clip in made["clips"]]
    return report if all((out / clip["file"]).is_file() for clip in clips) else None


def _real(model: OpenedModel, dataset: Dataset, plan: Plan) -> tuple[Sounds, Sounds]:
    """Training clips and held-out clips as the model would see them."""
    if not dataset.info.splits.get("train"):
        raise DatasetError(
            f"{dataset.info.folder} has no training rows to compare with: crawl more, or lower the floors "
            "of build-dataset"
        )
    shape = ClipShape(
        sample_rate_hz=model.sample_rate_hz, channels=model.config.model.channels, seconds=model.seconds
    )
    train = dataset_sounds(dataset, ("train",), shape, most=_MOST_TRAINING, seed=plan.seed)
    heldout = dataset_sounds(dataset, ("validation", "test"), shape, most=_MOST_HELD_OUT, seed=plan.seed)
    return train, heldout


def _training_texts(dataset: Dataset) -> set[str]:
    split = dataset.split("train")
    captions = {caption.text for captions in split.captions for caption in captions}
    return captions | set(split.texts) | set(split.free_form)


def _generate(
    model: OpenedModel, chosen: Chosen, out: Path, plan: Plan, checkpoint: str, progress: Progress
) -> tuple[dict[float, GeneratedSet], GeneratedSet]:
    """One clip per prompt for every guidance, and several seeds of the first prompts."""

    def made(prompts: Sequence[Prompt], guidance: float, seed: int) -> GeneratedSet:
        recipe = Recipe(
            model=checkpoint,
            texts=tuple(prompt.text for prompt in prompts),
            guidance=guidance,
            steps=plan.steps,
            seed=seed,
        )
        return generate_set(model, prompts, out / "samples", recipe, progress)

    sets = {guidance: made(chosen.prompts, guidance, plan.seed) for guidance in plan.guidance}
    first = list(dict.fromkeys(chosen.prompts))[:_REPEATED_PROMPTS]
    repeated = [prompt for prompt in first for _ in range(plan.seeds_per_prompt)]
    return sets, made(repeated, usual_guidance(model.about, plan.guidance), plan.seed + _OTHER_NOISE)


def usual_guidance(about: Mapping[str, Any], measured: Sequence[float]) -> float:
    """Of the guidances that were measured, the one nearest to the default of the checkpoint."""
    usual = float(about.get("sampling", {}).get("guidance", 3.0))
    return min(measured, key=lambda guidance: abs(guidance - usual))


def _measured(
    name: str, measure: Callable[[Subject], Result], subject: Subject, out: Path, fingerprint: str
) -> dict[str, Any]:
    """Give the answer of a metric, from its file where it was measured before."""
    path = out / "scores" / f"{name}.json"
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["fingerprint"] == fingerprint:
            found: dict[str, Any] = kept["result"]
            return found
    result = measure(subject).to_json()
    files.write_json(path, {"fingerprint": fingerprint, "result": result})
    return result


def _line(result: Mapping[str, Any]) -> str:
    if result["skipped"]:
        return f"{result['title']}: {result['skipped']}"
    figures = ", ".join(
        f"{score['name']} {score['value']:.3g} (n={score['n']})"
        for score in result["scores"]
        if score["role"] == "result"
    )
    return f"{result['title']}: {figures}{'' if result['trusted'] else ' - not trusted'}"


def _listed(made: GeneratedSet, out: Path, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A set for the report: its files, and what the listeners heard in each."""
    heard: dict[int, dict[str, Any]] = {}
    for name, result in results.items():
        for clip in result["detail"].get("heard", {}).get(f"{made.recipe.guidance:g}", ()):
            heard.setdefault(clip["clip"], {})[name] = {
                key: clip[key] for key in ("asked", "heard", "probability")
            }
    return {
        "guidance": made.recipe.guidance,
        "steps": made.recipe.steps,
        "seconds_per_clip": made.seconds_per_clip,
        "clips": [
            {
                "file": path.relative_to(out).as_posix(),
                "prompt": text,
                "heard": heard.get(number, {}),
            }
            for number, (path, text) in enumerate(zip(made.paths, made.sounds.texts, strict=True))
        ],
    }
