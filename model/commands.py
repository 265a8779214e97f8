"""``emtool train``, ``emtool sample`` and ``emtool evaluate``."""

from pathlib import Path
from typing import Annotated

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError

_DATASET = "Folder or Hub name of a dataset. [default: the one built last]"
_RUN = "A run's folder, a .safetensors file, or demo: the checkpoint that ships."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _register_train(app)
    _register_sample(app)
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
        ],
    )
    def train(
        console: Console,
        dataset: Annotated[str | None, typer.Argument(help=_DATASET)] = None,
        preset: Annotated[str, typer.Option(help="tiny for a first look, small for a laptop.")] = "tiny",
        steps: Annotated[
            int | None, typer.Option(min=1, help="Optimiser steps in all. [default: the preset's]")
        ] = None,
        minutes: Annotated[
            float | None,
            typer.Option(min=0.1, help="Minutes that training may take; fewer steps follow from it."),
        ] = None,
        settings: Annotated[
            list[str] | None,
            typer.Option(
                "--set", metavar="KEY=VALUE", help="Change a setting of the preset; can be repeated."
            ),
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(help="The run's folder. [default: runs/DATASET-PRESET in the workspace]"),
        ] = None,
        resume: Annotated[
            Path | None,
            typer.Option(help="Go on with this run, with the settings and the dataset that it has."),
        ] = None,
    ) -> Summary:
        """Train a text-to-waveform diffusion model on a dataset.

        A run that was stopped goes on where it was saved when the same command is given again.
        """
        from emtool.model.chosen import dataset_of
        from emtool.model.config import load_preset
        from emtool.model.train import resumed
        from emtool.model.train import train as train_run

        if resume is not None:
            if dataset or out or settings:
                raise UsageError(
                    "--resume takes all from the run: leave out DATASET, --out and --set, or drop --resume"
                )
            config, address = resumed(resume)
            out = resume
        else:
            config = load_preset(preset, settings or ())
            address = dataset or str(dataset_of(console.workspace))
            if dataset is None:
                console.say(f"no dataset given: taking the one built last, {address}")
            out = out or console.workspace / "runs" / f"{Path(address).name}-{preset}"
        if steps is not None:
            config = config.with_settings({"steps": steps})
        summary = train_run(address, out, config, minutes=minutes, progress=console.progress)
        heldout = summary["heldout"]
        console.table(
            f"Run {out}",
            ["what", "value"],
            [
                ("steps", summary["step"]),
                ("training time", f"{summary['seconds']:.0f} s"),
                ("parameters", summary["parameters"]),
                ("training loss", "-" if summary["loss"] is None else f"{summary['loss']:.4f}"),
                ("held-out loss", f"{heldout['mean']:.4f}" if heldout else "-"),
            ],
        )
        console.say(f'listen to it: emtool sample {out} "a slow sad cello"')
        return summary


def _register_sample(app: typer.Typer) -> None:
    @command(
        app,
        examples=[
            'emtool sample demo "a slow sad cello"',
            'emtool sample emtool-data/runs/tags-tiny "欢快的钢琴" "organ, slow, minor" --guidance 5 --seed 7',
        ],
    )
    def sample(
        console: Console,
        run: Annotated[str, typer.Argument(help=_RUN)],
        prompts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="What the music should be.")],
        steps: Annotated[
            int | None, typer.Option(min=1, help="Sampler steps. [default: the checkpoint's]")
        ] = None,
        sampler: Annotated[
            str | None, typer.Option(help="ddim or ancestral. [default: the checkpoint's]")
        ] = None,
        guidance: Annotated[
            float | None,
            typer.Option(
                min=0.0, help="How closely to follow the text; 1 is as trained. [default: the checkpoint's]"
            ),
        ] = None,
        seed: Annotated[int, typer.Option(help="The same seed gives the same sound.")] = 0,
        count: Annotated[int, typer.Option(min=1, help="Sounds for each text.")] = 1,
        batch: Annotated[int, typer.Option(min=1, help="Sounds made at once.")] = 8,
        out: Annotated[Path | None, typer.Option(help="Folder. [default: samples/ in the workspace]")] = None,
    ) -> Summary:
        """Make music from text, as WAV files."""
        from emtool.model.sample import Sampler
        from emtool.model.sounds import write_samples

        opened = Sampler.open(run)
        chosen = dict(opened.about["sampling"])
        given = {"steps": steps, "sampler": sampler, "guidance": guidance}
        chosen |= {key: value for key, value in given.items() if value is not None}
        texts = [text for text in prompts for _ in range(count)]
        clips = opened.generate(texts, seed=seed, batch=batch, progress=console.progress, **chosen)
        made_by = chosen | {"seed": seed, "checkpoint": str(opened.path), "step": opened.about["step"]}
        folder = out or console.workspace / "samples"
        paths = write_samples(folder, clips, texts, opened.sample_rate_hz, made_by)
        console.table(
            "Sounds", ["text", "file"], [(text, str(path)) for text, path in zip(texts, paths, strict=True)]
        )
        return {"files": [str(path) for path in paths], "seconds": opened.seconds, **made_by}


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
        run: Annotated[str | None, typer.Argument(help=f"{_RUN} [default: the run saved last]")] = None,
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
    @command(app, examples=["emtool export emtool-data/runs/tags-small my-model.safetensors"])
    def export(
        console: Console,
        run: Annotated[str, typer.Argument(help=_RUN)],
        out: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, a .safetensors.")],
    ) -> Summary:
        """Write a run as one small file.

        Its averaged weights as 16-bit numbers, with config and history inside.
        """
        from emtool.model.export import export_half

        path = export_half(run, out)
        size = path.stat().st_size
        console.say(f'{path}: {size / 1e6:.1f} MB. Listen to it: emtool sample {path} "a slow sad cello"')
        return {"file": str(path), "bytes": size}
