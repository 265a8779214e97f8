"""Presets and settings: all checked, nothing unknown kept."""

import json

import pytest

from emtool.crawler.errors import UsageError
from emtool.model.config import Config, load_preset, preset_names


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid_and_survives_json(name: str) -> None:
    config = load_preset(name)
    assert Config.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_settings_go_over_the_preset() -> None:
    config = load_preset("tiny", ["lr=5e-1", "unet_channels=[16, 32]", "fuse=sum", "clip=2"])
    assert (config.train.lr, config.model.unet_channels, config.model.fuse) == (0.5, (16, 32), "sum")
    assert isinstance(config.train.clip, float)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("lr", "'lr' is no setting: write key=value"),
        ("learning_rate=1", "no setting named 'learning_rate' .*lr"),
        ("lr=fast", "lr='fast' is of the wrong type: it must be float"),
        ("lr=-1", "lr=-1.0 is not a learning rate"),
        ("unet_channels=[16, x]", "must be a list such as"),
        ("unet_channels=[17]", "unet_channels has 17, not a multiple of"),
        ("unet_channels=[", "cannot read the value"),
        ("attention_levels=9", "attention_levels=9 must lie between 0 and 2"),
        ("fuse=glue", r"no fuse operation named 'glue' \(there are: concat, film, none, sum\)"),
        ("design=grand", r"no design named 'grand' \(there are: mdct, waveform\)"),
        ("text_encoder=none", "fuse=concat needs a text, .* set fuse=none too"),
        ("gradient_checkpointing=3", "gradient_checkpointing=3 is of the wrong type: it must be bool"),
        ("kernel=4", "kernel=4 is even"),
        ("channels=3", "channels=3"),
        ("bands=0", "bands=0 is too small"),
        ("emphasis=1.5", "emphasis=1.5 is not a share"),
        ("steps=0", "steps=0 is too small"),
        ("drop_text=2", "drop_text=2.0 is not a share"),
        ("precision=fp8", r"precision='fp8' is unknown \(there are: auto, fp32, bf16, fp16\)"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_reason(setting: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_preset("tiny", [setting])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("attention_levels=2", "attention_levels=2 must lie between 0 and 1, one less than the number"),
        ("unet_channels=[80,96]", "unet_channels has 80 in or above a level with attention, .*head_dim=32"),
        ("unet_channels=[60,64]", "unet_channels has 60, not a multiple of groups=8$"),
    ],
)
def test_levels_of_the_waveform_design_fit_their_heads(setting: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_preset("tiny", ["design=waveform", "unet_channels=[64,96]", setting])


def test_an_unknown_preset_names_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"no preset named 'huge' \(there are: .*small, tiny"):
        load_preset("huge")
