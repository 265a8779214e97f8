"""The card of an exported model: what it is, what it learnt from, and whom to name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from emtool.model.config import Config
from emtool.model.origin import ATTRIBUTION

_PAPER = "2302.04456"


def card(name: str, config: Config, about: Mapping[str, Any], *, attributed: bool) -> str:
    """Write README.md, with the head of YAML that the Hub reads."""
    sections = (
        _what(name, config, about),
        _use(name, about),
        _data(about, attributed),
        _training(config, about),
    )
    return _head(about) + "\n" + "\n".join(sections)


def _head(about: Mapping[str, Any]) -> str:
    datasets = [dataset["name"] for dataset in _datasets(about)]
    return "\n".join(
        [
            "---",
            "license: other",
            "license_name: follows-from-the-data",
            "license_link: README.md#data",
            "library_name: emtool",
            "pipeline_tag: text-to-audio",
            f"tags: {json.dumps(['music', 'diffusion', f'arxiv:{_PAPER}'])}",
            f"datasets_of_training: {json.dumps(datasets, ensure_ascii=False)}",
            "---",
            "",
        ]
    )


def _what(name: str, config: Config, about: Mapping[str, Any]) -> str:
    model = config.model
    size = f"{about['parameters'] / 1e6:.2f} million parameters, " if "parameters" in about else ""
    return f"""# {name}

Text-to-music diffusion in the waveform domain, after ERNIE-Music (arXiv {_PAPER}), trained with emtool.

- Network: {size}design `{model.design}`, fuse `{model.fuse}`
- Sound: {model.sample_rate_hz} Hz, {"stereo" if model.channels == 2 else "mono"}, {model.seconds:.2f} s
- Text encoder, not in the file: `{model.text_encoder}`
"""


def _use(name: str, about: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in about["sampling"].items())
    return f"""## Use

```sh
pip install emtool
emtool sample {name} "a slow sad cello"
emtool train DATASET --from {name}
```

```python
from emtool.model.hub import MusicModel

model = MusicModel.from_pretrained("{name}")  # a folder, or a name on the Hub
sound = model.generate(["a slow sad cello"])  # [N, channels, samples] in [-1, 1]
```

Settings that it was listened to with, and its defaults: {settings}.
"""


def _data(about: Mapping[str, Any], attributed: bool) -> str:
    lines = ["## Data", "", "| dataset | fingerprint | clips | licences of the music |", "|---|---|---|---|"]
    lines += [_row(dataset) for dataset in _datasets(about)]
    lines.append("")
    if "from" in about:
        first = about["from"]
        lines.append(
            f"It began with the weights of `{first['checkpoint']}` at step {first['step']} "
            f"(SHA-256 of the file `{first['sha256']}`).\n"
        )
    lines.append(
        f"Whom to name for the music stands in [{ATTRIBUTION}]({ATTRIBUTION})."
        if attributed
        else "The lines that attribute the music stand in the column `attribution` of the dataset."
    )
    lines.append(
        "What you may do with the model depends on these licences; captions are comments of listeners, "
        "cleaned of personal data.\n"
    )
    return "\n".join(lines)


def _row(dataset: Mapping[str, Any]) -> str:
    licences = ", ".join(f"{name} ({count})" for name, count in dataset.get("licences", {}).items())
    clips = dataset.get("clips", "not recorded")
    return f"| {dataset['name']} | `{dataset['fingerprint']}` | {clips} | {licences or 'not recorded'} |"


def _training(config: Config, about: Mapping[str, Any]) -> str:
    train = config.train
    seen = about.get("clips_per_step", train.batch * train.accumulate)
    adapted = f", low-rank adapters of rank {train.lora} merged into the weights" if train.lora else ""
    return f"""## Training

{about["step"]} steps of {seen} clips, AdamW, learning rate {train.lr:g} with warm-up and cosine, v-objective, averaged
weights, {train.drop_text:.0%} of captions left out for guidance{adapted}; {about["seconds"] / 3600:.2f} hours.
Every setting stands in `config.json`.
"""


def _datasets(about: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [*about.get("earlier_datasets", []), about["dataset"]]
