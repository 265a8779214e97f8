"""The head of a card: what the Hub shows and what ``datasets`` needs to load the folder."""

from collections.abc import Mapping
from typing import Any

from emtool.dataset.schema import SPLITS, features

_HUB_LICENCES = {
    "CC0-1.0",
    "CC-BY-2.0",
    "CC-BY-2.5",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
} | {f"CC-BY-NC{share}-{number}" for share in ("", "-SA") for number in ("2.0", "3.0", "4.0")}
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_FREE_FORM_COLUMNS = {"text", "free_form", "captions"}


def head(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Give the YAML between the dashes."""
    from datasets import DatasetInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    columns = features(build["sample_rate_hz"], build["config"]["columns"])
    configs = {"default": list(columns)}
    if build["format"] == "both":
        configs = {
            "free-form": list(columns),
            "tags": [name for name in columns if name not in _FREE_FORM_COLUMNS],
        }
    data = DatasetCardData(
        pretty_name=build["name"],
        language=sorted(set(statistics["languages"]) - {"und"}) or None,
        license=sorted({_hub_licence(name) for name in statistics["licences"]}),
        task_categories=["text-to-audio"],
        size_categories=[
            next((name for size, name in _SIZES if statistics["total"]["clips"] < size), "10M<n<100M")
        ],
        tags=["music", "text-to-music", "emtool"],
        configs=[_config(name, names, build) for name, names in configs.items()],
    )
    infos = {
        name: DatasetInfo(
            features=type(columns)({column: columns[column] for column in names}),
            splits=_splits(build),
            download_size=sum(shard["bytes"] for shard in build["shards"]),
            dataset_size=sum(shard["bytes"] for shard in build["shards"]),
        )
        for name, names in configs.items()
    }
    DatasetInfosDict(infos).to_dataset_card_data(data)
    text: str = data.to_yaml()
    return text


def _config(name: str, columns: list[str], build: Mapping[str, Any]) -> dict[str, Any]:
    files = [{"split": split, "path": f"data/{split}-*"} for split in SPLITS if split in build["splits"]]
    config: dict[str, Any] = {"config_name": name, "data_files": files}
    if name == "free-form":
        config["default"] = True
    if name == "tags":
        config["columns"] = columns
    return config


def _splits(build: Mapping[str, Any]) -> Any:
    from datasets import SplitDict, SplitInfo

    splits = SplitDict()
    for split, rows in build["splits"].items():
        size = sum(shard["bytes"] for shard in build["shards"] if shard["split"] == split)
        splits.add(SplitInfo(name=split, num_bytes=size, num_examples=rows))
    return splits


def _hub_licence(name: str) -> str:
    return name.lower() if name in _HUB_LICENCES else "other"
