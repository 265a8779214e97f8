"""Fine-tuning: another checkpoint's weights to begin with, all of them or low-rank adapters."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from emtool.crawler.errors import CheckpointError, MissingToolError, UsageError
from emtool.model import checkpoint, lora
from emtool.model.config import given_settings, load_preset
from emtool.model.continued import resumed
from emtool.model.export import export
from emtool.model.network import build_network
from emtool.model.origin import Origin, open_origin, tuned_config
from emtool.model.run import newest_state, states
from emtool.model.sample import Sampler
from emtool.model.train import train
from tests.model.making import SETTINGS, small_config, write_dataset
from tests.model.test_commands import emtool

QUICK = ("batch=4", "steps=4", "save_every=2", "eval_every=4", "eval_clips=2", "precision=fp32", "log=none")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "others", rows=8)


@pytest.fixture(scope="module")
def bare(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """An exported model without the run that it came from."""
    folder = tmp_path_factory.mktemp("bare") / "model"
    export(trained, folder, "fp32")
    return open_origin(str(folder))


def tune(dataset: Path, out: Path, origin: Origin, *settings: str) -> checkpoint.Checkpoint:
    given = (*QUICK, *settings)
    config = tuned_config(load_preset("tiny", given), given_settings(given), origin)
    train(dataset, out, config, origin=origin)
    return checkpoint.load(checkpoint.find(out))


def test_it_begins_with_the_weights_of_a_bare_exported_model(
    others: Path, bare: Origin, tmp_path: Path
) -> None:
    made = tune(others, tmp_path, bare, "lr=1e-12", "weight_decay=0")
    for name, tensor in made.tensors.items():
        assert torch.allclose(tensor, bare.saved.tensors[name], atol=1e-6), name
    assert made.config.model == bare.saved.config.model
    assert made.about["step"] == 4
    assert made.about["from"]["step"] == 6
    assert made.about["from"]["checkpoint"] == str(bare.path.parent)
    assert [data["name"] for data in made.about["earlier_datasets"]] == ["tones"]
    assert (tmp_path / "attribution.txt").read_text().count("by nobody") == 12
    assert resumed(tmp_path).origin == str(bare.path.parent)


def test_it_learns_from_there(others: Path, bare: Origin, tmp_path: Path) -> None:
    made = tune(others, tmp_path / "tuned", bare)
    changed = [
        name for name, tensor in made.tensors.items() if not torch.equal(tensor, bare.saved.tensors[name])
    ]
    assert any(name.startswith("unet.") for name in changed)
    assert "band_scale" not in changed
    assert made.config.train.lr == 0.25 * load_preset("tiny").train.lr


def test_an_adapter_leaves_the_weights_alone_and_is_saved_both_ways(
    others: Path, bare: Origin, tmp_path: Path
) -> None:
    pytest.importorskip("peft")
    made = tune(others, tmp_path, bare, "lora=2", "lr=0.05", "warmup=1")
    assert made.tensors.keys() == bare.saved.tensors.keys()
    state = newest_state(tmp_path)
    assert state is not None
    for name, tensor in bare.saved.tensors.items():
        path, _, last = name.rpartition(".")
        kept = state.tensors.get(f"network.{path}.base_layer.{last}", state.tensors.get(f"network.{name}"))
        assert kept is not None
        assert torch.equal(kept, tensor), name
    changed = [name for name in made.tensors if not torch.equal(made.tensors[name], bare.saved.tensors[name])]
    assert changed
    assert all(name.endswith(".weight") for name in changed)
    plain, merged = (Sampler.open(path).generate(["flute"], steps=2) for path in (bare.path, tmp_path))
    assert not np.allclose(plain, merged, atol=1e-4)
    adapted = build_network(made.config.model, made.about["text_dim"])
    adapted.load_state_dict(bare.saved.tensors)
    lora.adapt(adapted, 2)
    tensors = load_file(tmp_path / lora.FOLDER / "adapter_model.safetensors")
    named = {
        name.removeprefix("base_model.model.").replace("lora_A.", "lora_A.default."): t
        for name, t in tensors.items()
    }
    named = {name.replace("lora_B.", "lora_B.default."): tensor for name, tensor in named.items()}
    assert not adapted.load_state_dict(named, strict=False).unexpected_keys
    for name, tensor in lora.merged(adapted).items():
        assert torch.allclose(tensor, made.tensors[name], atol=1e-6), name
    settings = json.loads((tmp_path / lora.FOLDER / "adapter_config.json").read_text())
    assert (settings["r"], settings["peft_type"]) == (2, "LORA")


def test_a_stopped_adapter_goes_on_bitwise(others: Path, bare: Origin, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    tune(others, tmp_path / "whole", bare, "lora=2")
    tune(others, tmp_path / "cut", bare, "lora=2")
    states(tmp_path / "cut")[-1].unlink()
    tune(others, tmp_path / "cut", bare, "lora=2")
    expected, got = newest_state(tmp_path / "whole"), newest_state(tmp_path / "cut")
    assert expected is not None
    assert got is not None
    assert all(torch.equal(got.tensors[name], tensor) for name, tensor in expected.tensors.items())


def test_lora_without_peft_says_how_to_get_it(
    others: Path, bare: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingToolError, match=r"pip install 'emtool\[lora\]'"):
        tune(others, tmp_path, bare, "lora=2")


def test_what_contradicts_the_checkpoint_is_refused(bare: Origin, others: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"bands=128 contradicts .*model, which has 64: leave it out"):
        tune(others, tmp_path, bare, "bands=128")
    demo = open_origin("demo")
    with pytest.raises(UsageError, match=r"demo knows 16000 Hz in 1 channels, others has 4000 Hz"):
        tune(others, tmp_path, demo)
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        open_origin(str(tmp_path / "nowhere"))


def test_a_run_does_not_change_what_it_began_with(others: Path, bare: Origin, tmp_path: Path) -> None:
    tune(others, tmp_path, bare)
    state = newest_state(tmp_path)
    assert state is not None
    with pytest.raises(CheckpointError, match=r"began with .*model, now no --from is asked"):
        train(others, tmp_path, state.config)


def test_the_command_tunes_and_takes_a_runs_own_config_file(
    trained: Path, tones: Path, tmp_path: Path
) -> None:
    settings = [part for setting in QUICK for part in ("--set", setting)]
    done = emtool("train", tones, "--from", trained, "-w", tmp_path, "--json", *settings)
    assert done.returncode == 0, done.stderr
    assert "fine-tuning with lr=0.0005, a quarter of the preset's" in done.stderr
    run = Path(json.loads(done.stdout.splitlines()[-1])["run"])
    assert run.name == "tones-tiny-tuned"
    assert (tmp_path / "cache" / "text").is_dir()
    again = emtool(
        "train", "--config", run / "config.yaml", "--set", "steps=5", "--out", tmp_path / "b", "-w", tmp_path
    )
    assert again.returncode == 0, again.stderr
    written = yaml.safe_load((tmp_path / "b" / "config.yaml").read_text())
    assert (written["from"], written["dataset"]) == (str(trained), str(tones))
    assert (written["train"]["steps"], written["train"]["lr"]) == (5, 0.0005)
    more = emtool("train", "--resume", run, "--steps", "6", "-w", tmp_path, "--json")
    assert json.loads(more.stdout.splitlines()[-1])["step"] == 6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("lr: quick", "lr='quick' is of the wrong type"),
        ("model: 3", "holds no settings"),
        ("- 1", "holds no settings"),
        ("lr: [", "it is not YAML"),
        ("colour: red", "no setting named 'colour'"),
    ],
)
def test_a_wrong_config_file_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    with pytest.raises(UsageError, match=said):
        load_preset("tiny", (), file)


def test_settings_go_over_the_file_and_the_file_over_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("train:\n  lr: 0.5\n  batch: 3\nmodel:\n  bands: 32\nsteps: 9\nprompts: [a cello]\n")
    config = load_preset("tiny", ("batch=5",), file)
    assert (config.train.lr, config.train.batch, config.train.steps, config.model.bands) == (0.5, 5, 9, 32)
    assert config.train.prompts == ("a cello",)
    with pytest.raises(UsageError, match=r"cannot read the settings in .*nowhere\.yaml"):
        load_preset("tiny", (), tmp_path / "nowhere.yaml")
    assert small_config() == load_preset("tiny", SETTINGS)
