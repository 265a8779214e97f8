"""How surely a comment describes the music that it stands under."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from emtool.dataset import sentence_encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the relevance model says of one comment."""

    score: float
    """Probability in [0, 1] that the comment describes this music."""
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Words of the comment by facet of music: instrument, genre, mood, tempo, voice, structure, production."""
    why: str
    """One sentence: what spoke for the score and what against."""


@cache
def _model() -> dict[str, NDArray[np.float32]]:
    with (files("emtool.dataset") / "relevance_model.npz").open("rb") as opened, np.load(opened) as arrays:
        return {name: arrays[name] for name in arrays.files}


def judge(texts: Sequence[str]) -> list[Verdict]:
    """Judge comments; an empty list gives an empty list."""
    model = _model()
    logits = sentence_encoder.encode(texts) @ model["w"] + model["b"]
    scores = 1 / (1 + np.exp(-logits))
    return [
        Verdict(score=float(s) if text.strip() else 0.0, why=f"encoder {s:.2f}")
        for text, s in zip(texts, scores, strict=True)
    ]
