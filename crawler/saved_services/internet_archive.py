"""Internet Archive: the metadata answer of an item, with its reviews.

A review is of the whole item, and its stars are what its writer gave. An item with one original sound file
has an address of its audio; of one with several, a review does not say which it means: text only.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from emtool.crawler.json_fields import date, identity, items, mapping, plain, text
from emtool.crawler.quantities import count, seconds
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = "Internet Archive: stars by the reviewer; audio: the item's licenceurl, if it has one original sound file."
_SERVICE = "internet-archive"
_SUFFIXES = (".flac", ".mp3", ".ogg", ".opus", ".wav", ".aiff", ".aif", ".m4a", ".shn", ".ape", ".wma")


def knows(value: object) -> bool:
    """Tell these answers from others."""
    metadata = mapping(mapping(value).get("metadata"))
    return "identifier" in metadata


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer."""
    answer = mapping(value)
    metadata = mapping(answer.get("metadata"))
    item = identity(metadata.get("identifier"))
    if item is None:
        return []
    sound = [file for file in items(answer.get("files")) if _is_original_sound(file)]
    only = sound[0] if len(sound) == 1 else None
    subjects = metadata.get("subject")
    return [
        Told(
            source=_SERVICE,
            id=item,
            url=f"https://archive.org/details/{quote(item)}",
            title=text(metadata.get("title")),
            artist=text(metadata.get("creator")),
            audio_url=f"https://archive.org/download/{quote(item)}/{quote(str(only['name']))}"
            if only
            else None,
            licence_text=text(metadata.get("licenseurl")),
            duration_s=seconds(only.get("length")) if only else None,
            source_tags=tuple(filter(None, map(text, subjects))) if isinstance(subjects, list) else (),
            comments=tuple(_reviews(answer, origin)),
            list_state=ListState.COMPLETE,
        )
    ]


def _is_original_sound(file: Mapping[str, Any]) -> bool:
    name = text(file.get("name")) or ""
    return text(file.get("source")) == "original" and name.lower().endswith(_SUFFIXES)


def _reviews(answer: Mapping[str, Any], origin: Origin) -> Iterator[Comment]:
    for item in items(answer.get("reviews")):
        words = [plain(item.get("reviewtitle")), plain(item.get("reviewbody"))]
        comment = origin.comment(
            _SERVICE,
            VoteKind.STARS,
            id=item.get("review_id"),
            words="\n".join(filter(None, words)),
            author=item.get("reviewer_itemname") or item.get("reviewer"),
            votes=count(item.get("stars")),
            written_at=date(item.get("createdate")) or date(item.get("reviewdate")),
        )
        if comment is not None:
            yield comment
