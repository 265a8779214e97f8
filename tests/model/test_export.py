"""An exported model: what the Hub understands, where its data came from, and the same sound as the run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from emtool.crawler.errors import CheckpointError, UsageError
from emtool.model import checkpoint
from emtool.model.export import export
from emtool.model.hub import MusicModel
from emtool.model.sample import Sampler
from tests.model.making import SAMPLES, run_files
from tests.model.test_commands import emtool

OPTIONS: dict[str, Any] = {"steps": 2, "precision": "fp32"}


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "my-tones"
    export(trained, folder, "fp32")
    return folder


def test_the_folder_holds_weights_config_card_and_attribution(exported: Path, trained: Path) -> None:
    assert run_files(exported) == {"model.safetensors", "config.json", "README.md", "attribution.txt"}
    config = json.loads((exported / "config.json").read_text())
    assert config["config"]["model"]["unet_channels"] == [16, 24]
    assert config["about"]["dataset"] == {
        "name": "tones",
        "fingerprint": "tones-12",
        "clips": 12,
        "licences": {"CC0-1.0": 8, "CC-BY-4.0": 4},
    }
    named = (exported / "attribution.txt").read_text().splitlines()
    assert sorted(named) == sorted(f"Tone {number} by nobody" for number in range(12))
    assert named == (trained / "attribution.txt").read_text().splitlines()


def test_the_card_tells_of_the_data(exported: Path) -> None:
    head, _, body = (exported / "README.md").read_text().removeprefix("---\n").partition("\n---\n")
    told = yaml.safe_load(head)
    assert (told["library_name"], told["pipeline_tag"]) == ("emtool", "text-to-audio")
    assert "| tones | `tones-12` | 12 | CC0-1.0 (8), CC-BY-4.0 (4) |" in body
    assert "sampler ddim, steps 50, guidance 3.0" in body
    assert "[attribution.txt](attribution.txt)" in body


def test_the_hub_mixin_and_the_sampler_make_the_same_sound(
    exported: Path, trained: Path, tmp_path: Path
) -> None:
    expected = Sampler.open(trained).generate(["flute"], **OPTIONS)
    assert expected.shape == (1, 1, SAMPLES)
    model = MusicModel.from_pretrained(exported)
    assert np.array_equal(model.generate(["flute"], guidance=3.0, **OPTIONS), expected)
    assert np.array_equal(Sampler.open(exported).generate(["flute"], **OPTIONS), expected)
    model.sampler.about["sampling"]["guidance"] = 1.0  # the settings that are kept with the weights
    assert np.array_equal(
        model.generate(["flute"], **OPTIONS), model.sampler.generate(["flute"], guidance=1.0, **OPTIONS)
    )
    model.save_pretrained(tmp_path / "again")
    again = MusicModel.from_pretrained(tmp_path / "again")
    assert run_files(tmp_path / "again") == run_files(exported)
    assert np.allclose(again.generate(["flute"], **OPTIONS), expected, atol=0.02)


def test_the_command_writes_a_folder_that_sample_plays(trained: Path, tmp_path: Path) -> None:
    done = emtool("export", trained, tmp_path / "model", "--json")
    assert done.returncode == 0, done.stderr
    weights = checkpoint.load(tmp_path / "model" / "model.safetensors")
    assert all(tensor.dtype == torch.float16 for tensor in weights.tensors.values())
    assert weights.about["weights"] == "float16"
    played = emtool("sample", tmp_path / "model", "flute", "--steps", "2", "-w", tmp_path, "--json")
    assert played.returncode == 0, played.stderr
    assert json.loads(played.stdout.splitlines()[-1])["guidance"] == 3.0


def test_what_cannot_be_exported_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"weights='int8' is unknown \(there are: fp16, fp32\)"):
        export(trained, tmp_path / "out", "int8")
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        export(tmp_path / "nothing", tmp_path / "out")
