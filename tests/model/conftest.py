"""One dataset and one trained run for all tests of the model that only read them."""

from pathlib import Path

import pytest

from emtool.model.train import train
from tests.model.making import small_config, write_dataset


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture(scope="session")
def trained(tones: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "trained"
    train(tones, out, small_config())
    return out
