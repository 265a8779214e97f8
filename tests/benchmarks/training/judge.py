"""What the finished racers sound like: the instrument that is heard, and the distance to real clips.

    python -m tests.benchmarks.training.judge --peers DIR [--clips 112] [--guidance 3] [--steps 50]

Captions of held-out tunes, as many for each instrument; the same noise, sampler and guidance for every design. The
classifier is trained on training clips and on altered copies of them.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler.progress import SILENT
from emtool.model.diffusion import sampling_times
from emtool.model.listening.classifier import Listener, train_on_features
from emtool.model.listening.embedding import embed
from emtool.model.listening.features import timbre
from emtool.model.listening.sounds import Sounds
from emtool.model.metrics.kad import kernel_audio_distance
from emtool.model.samplers import ddim
from tests.benchmarks.training import corpus
from tests.benchmarks.training.contenders import CONTENDERS, add_peers
from tests.benchmarks.training.corpus import SAMPLE_RATE_HZ, Corpus

BATCH, TRAINED_ON, REAL = 8, 700, 200
HEARD_SAMPLES = 64_000  # of a clip; behind them every clip is silent


def main() -> None:
    """Sample, listen, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rendered", type=Path, default=Path("../shared/data/rendered"))
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--out", type=Path, default=Path("emtool-data/bench/training"))
    parser.add_argument("--clips", type=int, default=112)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--steps", type=int, default=50)
    arguments = parser.parse_args()
    add_peers(arguments.peers)
    train, held_out = corpus.load(arguments.rendered, arguments.out / "corpus.npy")
    listener = _listener(train)
    rows = _evenly(held_out, arguments.clips)
    real = _sounds(held_out.audio[:REAL] / held_out.scale)
    asked = [held_out.instruments[row] for row in rows]
    print("| clips | instrument heard as asked | KAD against held-out clips |")
    print("|---|---|---|")
    known = _sounds(held_out.audio[rows] / held_out.scale)
    print(f"| real, held out | {_right(listener, known, asked):.0%} | |")
    for path in sorted(arguments.out.glob("*.pt")):
        name = path.stem
        design = json.loads((arguments.out / f"{name}.jsonl").read_text("utf-8").splitlines()[-1])["design"]
        made = _sample(design, path, held_out, rows, arguments)
        sounds = _sounds(torch.from_numpy(made) / held_out.scale)
        print(f"| {name} | {_right(listener, sounds, asked):.0%} | {_kad(real, sounds):.1f} |", flush=True)


def _evenly(held_out: Corpus, count: int) -> list[int]:
    names = sorted(set(held_out.instruments))
    each = max(1, count // len(names))
    return [
        row
        for name in names
        for row in [number for number, own in enumerate(held_out.instruments) if own == name][:each]
    ]


def _sounds(audio: Tensor) -> Sounds:
    clips: NDArray[np.float32] = audio[..., :HEARD_SAMPLES].clamp(-1, 1).numpy()
    return Sounds(
        read=lambda index: clips[index],
        sample_rate_hz=SAMPLE_RATE_HZ,
        works=tuple(map(str, range(len(clips)))),
        texts=("",) * len(clips),
    )


def _listener(train: Corpus) -> Listener:
    every = max(1, len(train.audio) // TRAINED_ON)
    labels = train.instruments[::every]
    with SILENT.task("listen", len(labels), "clip") as task:
        return train_on_features(
            _sounds(train.audio[::every] / train.scale),
            labels,
            timbre,
            task,
            seed=0,
            copies=4,
            shortest=0.4,
        )


def _right(listener: Listener, sounds: Sounds, asked: list[str]) -> float:
    with SILENT.task("listen", len(sounds), "clip") as task:
        heard = listener.hear(sounds, task).argmax(axis=1)
    return float(np.mean([listener.classes[one] == word for one, word in zip(heard, asked, strict=True)]))


def _kad(real: Sounds, made: Sounds) -> float:
    with SILENT.task("listen", len(real) + len(made), "clip") as task:
        return kernel_audio_distance(embed(real, task).points, embed(made, task).points)


@torch.inference_mode()
def _sample(
    design: str, weights: Path, held_out: Corpus, rows: list[int], arguments: argparse.Namespace
) -> NDArray[np.float32]:
    network: Any = CONTENDERS[design]()
    network.load_state_dict(torch.load(weights, weights_only=True))
    network.eval()
    noise = torch.randn(len(rows), 1, corpus.SAMPLES, generator=torch.Generator().manual_seed(0))
    made = []
    for first in range(0, len(rows), BATCH):
        captions = [held_out.captions[row] for row in rows[first : first + BATCH]]
        text = corpus.states(tuple(own[at % len(own)] for at, own in enumerate(captions)))
        empty = network.without_text(text, torch.ones(len(captions), dtype=torch.bool))

        def denoise(z: Tensor, t: Tensor, text: Any = text, empty: Any = empty) -> Tensor:
            without = network(z, t, empty)
            guided: Tensor = without + arguments.guidance * (network(z, t, text) - without)
            return guided

        z = noise[first : first + BATCH]
        made.append(ddim.sample(denoise, z, sampling_times(arguments.steps), noise=z.clone))
    clips: NDArray[np.float32] = torch.cat(made).numpy()
    return clips


if __name__ == "__main__":
    main()
