"""The whole path, small: crawl, build, load, train, sample, evaluate, report, and once more."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from emtool.cli import app
from emtool.crawler.bars import progress_on
from emtool.crawler.console import Console, functions
from emtool.dataset.tag_choices import save

pytestmark = [
    pytest.mark.timeout(1500),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the audio steps need ffmpeg"),
]
SMALL = {"minutes": 0.1, "tracks": 40, "samples": 4}


def _finished(folder: Path) -> dict[str, int]:
    """When each result of the demo was written; the report is written anew by every run."""
    found = [folder / name for name in ("dataset/build.json", "run/checkpoint.safetensors")]
    found += [*folder.glob("samples/*/samples.json"), *folder.glob("evaluation/*/report.json")]
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in found}


def test_the_demo_leaves_a_report_and_a_second_one_reuses_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = functions(app)["demo"]
    console = Console(workspace=tmp_path)
    summary = demo(console, **SMALL)
    shown = capsys.readouterr().out
    assert "trained-here" in shown

    page = Path(str(summary["report"])).read_text(encoding="utf-8")
    assert page.count("<audio") > SMALL["samples"]
    assert "trained from scratch in this demo" in page
    for outside in ('src="http', 'href="http://', "<link", "@import", "url(http"):
        assert outside not in page, "the report is one file that needs no network"

    folder = tmp_path / "demo"
    before = _finished(folder)
    assert {name.split("/")[0] for name in before} == {"dataset", "run", "samples", "evaluation"}
    assert len(list((folder / "samples" / "trained-here").glob("*.wav"))) == 4
    again = demo(console, **SMALL)
    assert again["train"] == summary["train"]
    assert cast(dict[str, int], again["crawl"])["fetched"] == 0
    assert _finished(folder) == before

    # What tags.yaml says makes another dataset: its run is another one, and the earlier run is kept.
    save(folder, adopt=[], discard=["piano"])
    demo(replace(console, progress=progress_on(sys.stderr)), **SMALL)
    assert "the earlier run is kept in" in capsys.readouterr().err
    assert (folder / "run-1" / "checkpoint.safetensors").stat().st_mtime_ns == before[
        "run/checkpoint.safetensors"
    ]
    assert _finished(folder)["run/checkpoint.safetensors"] > before["run/checkpoint.safetensors"]
