"""``emtool train``, ``emtool evaluate`` and ``emtool export``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError
from emtool.model import distill_command, sample_command
from emtool.model.sample_command import RUN

if TYPE_CHECKING:
    from emtool.model.config import Config
    from emtool.model.origin import Origin

_DATASET = "Folder or Hub name of a dataset. [default: the one built last]"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _register_train(app)
    distill_command.register(app)
    sample_command.register(app)
    _register_evaluate(app)
    _register_export(app)


def _register_train(app: typer.Typer) -> None:
    @command(
        app,
        examples=[
            "emtool train",
            "emtool train emtool-data/datasets/tags --preset small --minutes 30",
            "emtool train --resume emtool-data/runs/tags-tiny --steps 4000",
            "emtool train --preset small --set lr=0.0005 --set unet_channels=[128,192]",
            "emtool train emtool-data/datasets/tags --from demo --set lora=8",
            "emtool train --preset ernie-music --plan",
        ],
    )
    def train(
        console: Console,
        dataset: Annotated[str | None, typer.Argument(help=_DATASET)] = None,
        preset: Annotated[
            str,
            typer.Option(
                help="tiny for a first look, small for a laptop, medium for more, ernie-music as in the paper."
            ),
        ] = "tiny",
        steps: Annotated[
            int | None, typer.Option(min=1, help="Optimiser steps in all. [default: the preset's]")
        ] = None,
        minutes: Annotated[
            float | None,
            typer.Option(min=0.1, help="Minutes that training may take; fewer steps follow from it."),
        ] = None,
        config_file: Annotated[
            Path | None,
            typer.Option(
                "--config",
                metavar="FILE",
                help="YAML with settings over the preset's, such as a run's config.yaml.",
            ),
        ] = None,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="Change a setting over both; can be repeated."),
        ] = None,
        origin: Annotated[
            str | None,
            typer.Option("--from", metavar="RUN", help=f"Begin with the weights of a model. {RUN}"),
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(help="The run's folder. [default: runs/DATASET-PRESET in the workspace]"),
        ] = None,
        resume: Annotated[
            Path | None,
            typer.Option(help="Go on with this run, with the settings and the dataset that it has."),
        ] = None,
        plan: Annotated[
            bool, typer.Option("--plan", help="Show what it takes in time and memory, and do not train.")
        ] = False,
    ) -> Summary:
        """Train a text-to-waveform diffusion model on a dataset.

        A run that was stopped goes on where it was saved when the same command is given again.
        """
        from emtool.model.train import train as train_run

        if resume is not None:
            if plan:
                raise UsageError("--plan is for a training that has not begun: leave out --resume")
            if dataset or out or settings or config_file or origin:
                raise UsageError(
                    "--resume takes all from the run: leave out DATASET, --out, --config, --from and --set, "
                    "or drop --resume"
                )
            chosen = _resumed(resume)
        else:
            chosen = _chosen(console, dataset, preset, config_file, settings or (), origin)
        if steps is not None:
            chosen = replace(chosen, config=chosen.config.with_settings({"steps": steps}))
        if plan:
            return _planned(console, chosen.config, chosen.dataset)
        address = chosen.dataset or str(_built_last(console))
        out = (
            resume
            or out
            or console.workspace / "runs" / f"{Path(address).name}-{preset}{'-tuned' * bool(chosen.origin)}"
        )
        summary = train_run(
            address,
            out,
            chosen.config,
            minutes=minutes,
            origin=chosen.origin,
            cache=console.workspace / "cache" / "text",
            progress=console.progress,
        )
        if not summary.pop("leads"):
            raise typer.Exit  # another process of `accelerate launch` speaks
        _show_run(console, out, summary)
        return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What a training is made of."""

    config: "Config"
    dataset: str | None
    origin: "Origin | None"


def _chosen(
    console: Console,
    dataset: str | None,
    preset: str,
    file: Path | None,
    settings: Sequence[str],
    origin: str | None,
) -> _Chosen:
    """Put preset, file and settings together, and the network of the checkpoint to begin with."""
    from emtool.model.config import given_settings, load_preset, read_config_file

    config = load_preset(preset, settings, file)
    if file is not None:
        content = read_config_file(file)
        dataset, origin = dataset or content.get("dataset"), origin or content.get("from")
    if origin is None:
        return _Chosen(config=config, dataset=dataset, origin=None)
    from emtool.model.origin import open_origin, tuned_config

    opened = open_origin(origin)
    tuned = tuned_config(config, given_settings(settings, file), opened)
    if tuned.train.lr != config.train.lr:
        console.say(
            f"fine-tuning with lr={tuned.train.lr:g}, a quarter of the preset's: --set lr=... chooses another"
        )
    return _Chosen(config=tuned, dataset=dataset, origin=opened)


def _resumed(run: Path) -> _Chosen:
    from emtool.model.continued import resumed
    from emtool.model.origin import open_origin

    config, dataset, origin = resumed(run)
    return _Chosen(config=config, dataset=dataset, origin=open_origin(origin) if origin else None)


def _built_last(console: Console) -> Path:
    from emtool.model.chosen import dataset_of

    address = dataset_of(console.workspace)
    console.say(f"no dataset given: taking the one built last, {address}")
    return address


def _show_run(console: Console, out: Path, summary: dict[str, Any]) -> None:
    heldout, unreadable = summary["heldout"], summary["unreadable"]
    console.table(
        f"Run {out}",
        ["what", "value"],
        [
            ("steps", summary["step"]),
            ("training time", f"{summary['seconds']:.0f} s"),
            ("parameters", summary["parameters"]),
            ("training loss", "-" if summary["loss"] is None else f"{summary['loss']:.4f}"),
            ("held-out loss", f"{heldout['mean']:.4f}" if heldout else "-"),
            *([("clips left out, unreadable", ", ".join(unreadable))] if unreadable else []),
        ],
    )
    console.say(f'listen to it: emtool sample {out} "a slow sad cello"')


def _planned(console: Console, config: "Config", dataset: str | None) -> Summary:
    from emtool.model.plan import lines, plan_for_preset

    if dataset is None:
        console.say("no dataset given: planning for clips as long as the preset has them")
    made = plan_for_preset(config, dataset)
    console.table("Plan", ["what", "value"], lines(made))
    return made.to_json()


def _register_evaluate(app: typer.Typer) -> None:
    @command(
        app,
        examples=[
            "emtool evaluate demo emtool-data/demo/dataset",
            "emtool evaluate emtool-data/runs/tags-tiny emtool-data/datasets/tags --samples 16 --guidance 3",
        ],
    )
    def evaluate(
        console: Console,
        run: Annotated[str | None, typer.Argument(help=f"{RUN} [default: the run saved last]")] = None,
        dataset: Annotated[str | None, typer.Argument(help=_DATASET)] = None,
        samples: Annotated[int, typer.Option(min=1, help="Sounds made at each guidance.")] = 80,
        guidance: Annotated[
            list[float] | None,
            typer.Option(help="Guidance to measure; can be repeated. [default: 1, 3 and 5]"),
        ] = None,
        steps: Annotated[int, typer.Option(min=1, help="Sampler steps.")] = 50,
        seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0,
        out: Annotated[
            Path | None, typer.Option(help="Folder. [default: evaluations/RUN in the workspace]")
        ] = None,
    ) -> Summary:
        """Measure a model against real clips.

        Every figure stands beside anchors; report.json and report.html hold them all.
        """
        from emtool.model.chosen import dataset_of, run_of
        from emtool.model.evaluate import evaluate as evaluate_run
        from emtool.model.report import write_evaluation_report

        run = run or str(run_of(console.workspace))
        address = dataset or str(dataset_of(console.workspace))
        console.say(f"measuring {run} on {address}")
        folder = out or console.workspace / "evaluations" / Path(run).name
        report = evaluate_run(
            run,
            address,
            folder,
            samples=samples,
            guidance=tuple(guidance or (1.0, 3.0, 5.0)),
            steps=steps,
            seed=seed,
            progress=console.progress,
        )
        page = write_evaluation_report(folder)
        console.say(f"open {page}")
        return {"report": str(folder / "report.json"), "page": str(page), "metrics": report["metrics"]}


def _register_export(app: typer.Typer) -> None:
    @command(
        app,
        examples=[
            "emtool export emtool-data/runs/tags-small my-model",
            "emtool export emtool-data/runs/tags-small my-model.safetensors --weights fp32",
        ],
    )
    def export(
        console: Console,
        run: Annotated[str, typer.Argument(help=RUN)],
        out: Annotated[
            Path, typer.Argument(metavar="OUT", help="Folder to write, or one .safetensors file.")
        ],
        weights: Annotated[str, typer.Option(help="Numbers of the weights: fp16 or fp32.")] = "fp16",
    ) -> Summary:
        """Write a run as a model to pass on.

        A folder gets weights, config, model card and attribution, as the Hugging Face Hub understands them.
        """
        from emtool.model.export import export as export_run

        files = export_run(run, out, weights)
        size = sum(file.stat().st_size for file in files)
        console.say(f'{out}: {size / 1e6:.1f} MB. Listen to it: emtool sample {out} "a slow sad cello"')
        return {"out": str(out), "files": [str(file) for file in files], "bytes": size}
