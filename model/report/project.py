"""The report about a whole project: from the crawl to the scores, as far as there is something to tell."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emtool.crawler.errors import EmtoolError
from emtool.dataset.load import open_dataset
from emtool.model.evaluate import read_report
from emtool.model.measuring import generated_name
from emtool.model.report import parts
from emtool.model.report.crawled import crawl_section
from emtool.model.report.curated import dataset_section, pairs_section
from emtool.model.report.page import Section, write_report
from emtool.model.report.played import samples_section
from emtool.model.report.scored import scores_section
from emtool.model.report.trained import duration, training_section

_RUN_CHECKPOINT = "checkpoint.safetensors"


def write_project_report(
    path: Path,
    title: str,
    *,
    crawl: Mapping[str, Any] | None = None,
    dataset: str | Path | None = None,
    run: Path | None = None,
    evaluation: Mapping[str, Any] | None = None,
    evaluation_folder: Path | None = None,
    lead: str = "",
    notes: Sequence[str] = (),
) -> Path:
    """Write one HTML file about whatever is given.

    Args:
        path: The file.
        title: Its heading.
        crawl: The summary of ``emtool crawl``.
        dataset: A built dataset: a folder or a Hub name.
        run: The folder of a training run, for its losses.
        evaluation: What ``evaluate`` returned.
        evaluation_folder: Where it was written: the sounds lie there.
        lead: One sentence below the heading.
        notes: What a reader must know to judge the figures, one sentence each.

    Raises:
        DatasetError: The dataset cannot be read.
    """
    sections: list[Section] = []
    if crawl is not None:
        sections.append(crawl_section(crawl))
    if dataset is not None:
        opened = open_dataset(dataset)
        sections += [dataset_section(opened), pairs_section(opened)]
    if evaluation is not None and evaluation_folder is not None:
        sections += [
            training_section(evaluation["checkpoint"]["about"], run),
            samples_section(evaluation, evaluation_folder),
            scores_section(evaluation),
        ]
    sections.append(_notes(evaluation, notes))
    return write_report(path, title, sections, lead=lead, figures=_headline(evaluation))


def _headline(evaluation: Mapping[str, Any] | None) -> dict[str, object]:
    """The shares that a listener found right at the usual guidance, with their n."""
    if evaluation is None:
        return {}
    figures: dict[str, object] = {}
    for metric in evaluation["metrics"].values():
        for score in metric["scores"] if metric["chance"] is not None else ():
            if score["name"] == generated_name(float(evaluation["usual_guidance"])):
                figures[f"{metric['title']} as asked, of {score['n']} clips"] = (
                    f"{100 * score['value']:.0f} %" + ("" if metric["trusted"] else " (not trusted)")
                )
    return figures


def write_evaluation_report(folder: Path) -> Path:
    """Write ``report.html`` beside the ``report.json`` of a finished evaluation.

    The dataset and the losses of the run are shown where they still lie where they were.

    Raises:
        EmtoolError: The folder holds no finished evaluation.
    """
    evaluation = read_report(folder)
    if evaluation is None:
        raise EmtoolError(f"{folder} holds no finished evaluation: run emtool evaluate --out {folder}")
    dataset = Path(evaluation["dataset"]["folder"])
    return write_project_report(
        folder / "report.html",
        f"Evaluation of {_model_name(evaluation)}",
        dataset=dataset if (dataset / "build.json").is_file() else None,
        run=Path(evaluation["checkpoint"]["path"]).parent,
        evaluation=evaluation,
        evaluation_folder=folder,
        lead=f"Measured on {evaluation['dataset']['name']}.",
    )


def _model_name(evaluation: Mapping[str, Any]) -> str:
    """Give the name of the run's folder, or of the checkpoint that ships."""
    path = Path(evaluation["checkpoint"]["path"])
    return path.parent.name if path.name == _RUN_CHECKPOINT else path.stem


def _notes(evaluation: Mapping[str, Any] | None, notes: Sequence[str]) -> Section:
    """What the figures are about, in sentences."""
    lines = list(notes)
    if evaluation is not None:
        lines += _about_checkpoint(evaluation)
        plan, prompts = evaluation["plan"], evaluation["prompts"]
        lines += [
            f"Prompts: {prompts['count']}, {prompts['source']}.",
            f"Everything random follows from seed {plan['seed']}; {plan['steps']} sampler steps.",
            "The listeners were trained on real training clips and altered copies of them, never on generated ones, "
            "and are judged on real held-out clips first.",
            "KAD, FAD and diversity rest on log-mel statistics: they compare with nothing outside of this report.",
        ]
    items = "".join(f"<li>{parts.text(line)}</li>" for line in lines)
    return Section(id="notes", label="Notes", title="How to read this", body=f"<ul>{items}</ul>")


def _about_checkpoint(evaluation: Mapping[str, Any]) -> list[str]:
    checkpoint, dataset = evaluation["checkpoint"], evaluation["dataset"]
    about = checkpoint["about"]
    lines = [
        f"Checkpoint {Path(checkpoint['path']).name} (SHA-256 {checkpoint['sha256'][:12]}…): {about['step']:,} steps, "
        f"{duration(about['seconds'])} of training on dataset {about['dataset']['name']!r}."
    ]
    if about["dataset"]["fingerprint"] != dataset["fingerprint"]:
        lines.append(
            f"It was trained on another build of a dataset ({about['dataset']['fingerprint']}) than the one it is "
            f"measured on ({dataset['fingerprint']}): what counts as held out here may have been in its training."
        )
    return lines
