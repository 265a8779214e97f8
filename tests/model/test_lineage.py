from pathlib import Path
from typing import Any

import torch

from emtool.model import checkpoint
from emtool.model.lineage import trained_on
from tests.model.making import small_config


def test_runs_are_found_by_what_they_were_trained_on(tmp_path: Path) -> None:
    def run(name: str, dataset: str, *earlier: str, file: str = checkpoint.FILE) -> str:
        about: dict[str, Any] = {"step": 7, "dataset": {"name": "songs", "fingerprint": dataset}}
        about["earlier_datasets"] = [{"name": "first", "fingerprint": one} for one in earlier]
        checkpoint.save(tmp_path / name / file, {"w": torch.zeros(1)}, small_config(), about)
        return str(tmp_path / name)

    own = run("runs/own", "aaa")
    tuned = run("runs/tuned", "bbb", "aaa")
    exported = run("exported", "aaa", file=checkpoint.EXPORTED)
    run("runs/other", "ccc")
    (tmp_path / "runs" / "cut").mkdir()
    (tmp_path / "runs" / "cut" / checkpoint.FILE).write_bytes(b"cut")
    assert trained_on(tmp_path, {"aaa"}) == [
        {"folder": exported, "datasets": ["songs (aaa)"], "step": 7},
        {"folder": own, "datasets": ["songs (aaa)"], "step": 7},
        {"folder": tuned, "datasets": ["first (aaa)"], "step": 7},
    ]
    assert trained_on(tmp_path, set()) == []
