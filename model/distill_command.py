"""``emtool distill``."""

from pathlib import Path
from typing import Annotated

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.model.sample_command import RUN

_LR_SHARE = 0.1  # of the peak that the checkpoint was trained with


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        examples=[
            "emtool distill emtool-data/runs/tags-small --to 4",
            "emtool distill demo emtool-data/datasets/both --begin 16 --to 8 --steps 500",
            'emtool sample emtool-data/distilled/demo/steps-4 "a slow sad cello"',
        ],
    )
    def distill(
        console: Console,
        run: Annotated[str, typer.Argument(help=RUN)],
        dataset: Annotated[
            str | None,
            typer.Argument(help="Folder or Hub name of a dataset. [default: the one built last]"),
        ] = None,
        begin: Annotated[int, typer.Option(min=2, help="Sampler steps of the checkpoint.")] = 32,
        to: Annotated[int, typer.Option(min=1, help="Sampler steps of the last student.")] = 4,
        guidance: Annotated[
            float | None,
            typer.Option(min=0.0, help="Guidance that the students learn. [default: the checkpoint's]"),
        ] = None,
        steps: Annotated[int, typer.Option(min=1, help="Optimiser steps of each stage.")] = 1000,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="Change a training setting; can be repeated."),
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(help="Folder of the students. [default: distilled/RUN in the workspace]"),
        ] = None,
    ) -> Summary:
        """Teach a model to play in fewer steps.

        Each stage halves the steps and is a run of its own, which plays with the steps that it was taught and without
        guidance, so one evaluation of the network a step. The same command goes on where it was stopped.
        """
        from emtool.model.chosen import dataset_of
        from emtool.model.config import given_settings
        from emtool.model.distill import Stages, distill
        from emtool.model.origin import open_origin

        teacher = open_origin(run)
        saved = teacher.saved
        chosen = Stages(
            teacher_steps=begin,
            steps=to,
            guidance=saved.about["sampling"]["guidance"] if guidance is None else guidance,
        )
        given = {"steps": steps, "lr": _LR_SHARE * saved.config.train.lr} | given_settings(settings or [])
        folder = out or console.workspace / "distilled" / Path(run).stem
        stages = distill(
            teacher,
            dataset or str(dataset_of(console.workspace)),
            folder,
            chosen,
            settings=given,
            cache=console.workspace / "cache" / "text",
            progress=console.progress,
        )
        console.table(
            "Students",
            ["sampler steps", "loss", "run"],
            [
                (count, f"{stage['loss']:.4f}", stage["run"])
                for count, stage in zip(chosen.halved, stages, strict=True)
            ],
        )
        console.say(f'listen to it: emtool sample {stages[-1]["run"]} "a slow sad cello"')
        return {"runs": [stage["run"] for stage in stages], "steps": chosen.halved}
