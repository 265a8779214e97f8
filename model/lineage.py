"""Which checkpoints have learnt from a dataset."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from emtool.model.checkpoint import EXPORTED, FILE


def trained_on(workspace: Path, fingerprints: Collection[str]) -> list[dict[str, Any]]:
    """Find runs and exported models whose data, or that of the weights they began with, had one of these names.

    Args:
        workspace: Where to look, in all folders but caches.
        fingerprints: Of datasets.

    Returns:
        The folder, the names and fingerprints of the datasets, and the step of each.
    """
    found = []
    for path in sorted(path for name in (FILE, EXPORTED) for path in workspace.rglob(name)):
        about = _about(path)
        datasets = [about.get("dataset", {}), *about.get("earlier_datasets", ())]
        meant = [one for one in datasets if one.get("fingerprint") in fingerprints]
        if meant:
            told = [f"{one['name']} ({one['fingerprint']})" for one in meant]
            found.append({"folder": str(path.parent), "datasets": told, "step": about.get("step")})
    return found


def _about(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; nothing where it cannot be read or is none of emtool's."""
    try:
        with safe_open(path, framework="np") as opened:
            about: dict[str, Any] = json.loads((opened.metadata() or {})["about"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return {}
    return about
