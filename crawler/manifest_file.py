"""Manifests: what their lines and rows may hold, and what is wrong with one that holds something else.

Track    title (needed), audio (path or web address), id, url, artist, licence, duration_s, work_id, tags,
         vote_kind (likes, score, agreements, reactions, stars, none; default likes)
Comment  text (in CSV: the column ``comment``), votes, id (in CSV: ``comment_id``), written_at, author,
         parent_id, offset_s. An absent vote is unknown, which is not zero. ``author`` is kept as a keyed hash.

In JSONL a track has ``comments``, a list, and ``tags`` is a list; in CSV ``tags`` are parted by semicolons.
An id is unique among manifests of the same file name: the key of a track is ``manifest:NAME/ID``.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from emtool.crawler.errors import UsageError
from emtool.crawler.files import fingerprint
from emtool.crawler.quantities import count, seconds
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.told import Told

SUFFIXES = (".jsonl", ".csv")
_TRACK_TEXTS = ("id", "title", "audio", "url", "artist", "licence", "work_id", "vote_kind")
_TRACK = (*_TRACK_TEXTS, "duration_s", "tags")
_COMMENT = ("id", "text", "votes", "written_at", "author", "parent_id", "offset_s")
_COLUMNS = {"comment": "text", "comment_id": "id"} | {name: name for name in _COMMENT[2:]}
_SHOWN = 80  # characters of a wrong value

AuthorHash = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where in which manifest, for the error message."""

    path: Path
    line: int

    def refuse(self, value: object, rule: str) -> NoReturn:
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        raise UsageError(f"{self.path}, line {self.line}: {shown}: {rule}")

    def check_names(self, names: Mapping[str, object], known: Sequence[str]) -> None:
        for name in names:
            if name not in known:
                self.refuse(name, f"no such field (there are: {', '.join(known)})")

    def text(self, fields: Mapping[str, Any], name: str) -> str | None:
        value = fields.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            self.refuse(value, f"{name} is a text, put it in quotes")
        if value is None:
            return None
        return str(value).encode("utf-8", "replace").decode().strip() or None

    def number(self, fields: Mapping[str, Any], name: str, read: Callable[[object], Any], rule: str) -> Any:
        value = fields.get(name)
        if value is None or value == "":
            return None
        number = read(value)
        if number is None:
            self.refuse(value, f"{name} is {rule}; leave it out where it is not known")
        return number

    def seconds(self, fields: Mapping[str, Any], name: str) -> float | None:
        found: float | None = self.number(fields, name, seconds, "seconds, or a time such as 3:25")
        return found


def read(path: Path, *, author_hash: AuthorHash) -> list[Told]:
    """Read a manifest.

    Raises:
        UsageError: It cannot be read, or a line is wrong: the message has the line, the value and the rule.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}: save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    parse = parse_csv if path.suffix == ".csv" else parse_jsonl
    return parse(text, path, author_hash)


def parse_jsonl(text: str, path: Path, author_hash: AuthorHash) -> list[Told]:
    """Read lines of JSON; one is a track. Raises UsageError."""
    found: dict[str, Told] = {}
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        place = _Place(path=path, line=line)
        fields = _json_object(content, place)
        place.check_names(fields, (*_TRACK, "comments"))
        told, vote_kind = _track(fields, place)
        if told.key in found:
            place.refuse(told.id.partition("/")[2], "this id or sound was on a line before: one line a track")
        items = fields.get("comments") or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            place.refuse(items, 'comments is a list of objects such as {"text": "slow piano", "votes": 3}')
        for item in items:
            place.check_names(item, _COMMENT)
        comments = [_comment(item, vote_kind, place, author_hash) for item in items]
        found[told.key] = replace(told, comments=_distinct(comments, place))
    return list(found.values())


def parse_csv(text: str, path: Path, author_hash: AuthorHash) -> list[Told]:
    """Read rows of CSV; one is a comment, or a track without one. Raises UsageError."""
    found: dict[str, Told] = {}
    comments: dict[str, list[Comment]] = {}
    place = _Place(path=path, line=1)
    for place, row in _rows(text, path):
        told, vote_kind = _track({name: row[name] for name in _TRACK if name in row}, place)
        if found.setdefault(told.key, told) != told:
            place.refuse(row.get("title"), "this track has other fields on a row before: make them equal")
        fields = {name: row[column] for column, name in _COLUMNS.items() if row.get(column)}
        if fields:
            comments.setdefault(told.key, []).append(_comment(fields, vote_kind, place, author_hash))
    return [replace(told, comments=_distinct(comments.get(key, []), place)) for key, told in found.items()]


def _rows(text: str, path: Path) -> Iterator[tuple[_Place, dict[str, str]]]:
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    try:
        _Place(path=path, line=1).check_names(dict.fromkeys(rows.fieldnames or ()), (*_TRACK, *_COLUMNS))
        for row in rows:
            place = _Place(path=path, line=rows.line_num)
            if "" in row:
                place.refuse(row[""], "more cells than columns: put a text with commas in quotes")
            yield place, {name: cell or "" for name, cell in row.items()}
    except csv.Error as error:
        _Place(path=path, line=rows.line_num).refuse(str(error), "not CSV: put texts with quotes in quotes")


def _json_object(content: str, place: _Place) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        place.refuse(content, "a line of a manifest is one JSON object")
    return fields


def _track(fields: Mapping[str, Any], place: _Place) -> tuple[Told, VoteKind]:
    texts = {name: place.text(fields, name) for name in _TRACK_TEXTS}
    title, audio = texts["title"], texts["audio"]
    if title is None:
        place.refuse(fields.get("title"), "every track needs a title")
    kind = texts["vote_kind"] or "likes"
    if kind not in set(VoteKind):
        place.refuse(kind, f"vote_kind is one of {', '.join(VoteKind)}")
    own_id = texts["id"] or fingerprint(audio or texts["url"] or title)
    track_id = f"{place.path.stem}/{own_id}"
    told = Told(
        source="manifest",
        id=track_id,
        url=texts["url"] or f"manifest:{quote(track_id)}",
        title=title,
        artist=texts["artist"],
        audio_url=_audio_address(audio, place),
        licence_text=texts["licence"],
        duration_s=place.seconds(fields, "duration_s"),
        work_id=texts["work_id"],
        source_tags=_tags(fields.get("tags"), place),
        list_state=ListState.COMPLETE,
    )
    return told, VoteKind(kind)


def _audio_address(audio: str | None, place: _Place) -> str | None:
    """Give a web address as it is, and a path as a ``file:`` address."""
    if audio is None or audio.lower().startswith(("http://", "https://")):
        return audio
    if "://" in audio or "\0" in audio:
        place.refuse(audio, "audio is a path, or an address that begins with http:// or https://")
    return (place.path.absolute().parent / audio).as_uri()


def _tags(value: object, place: _Place) -> tuple[str, ...]:
    tags = value.split(";") if isinstance(value, str) else value or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        place.refuse(value, "tags is a list of texts, in CSV parted by semicolons")
    return tuple(tag.strip() for tag in tags if tag.strip())


def _comment(
    fields: Mapping[str, Any], vote_kind: VoteKind, place: _Place, author_hash: AuthorHash
) -> Comment:
    texts = {name: place.text(fields, name) for name in ("id", "text", "written_at", "author", "parent_id")}
    words, author = texts["text"], texts["author"]
    if words is None:
        place.refuse(fields.get("text"), "a comment needs a text")
    return Comment(
        id=texts["id"] or fingerprint([texts["written_at"], words]),
        text=words,
        votes=place.number(fields, "votes", count, "a whole number such as 12, -3 or 1.2k"),
        vote_kind=vote_kind,
        written_at=texts["written_at"],
        author_hash=author_hash(author) if author else None,
        parent_id=texts["parent_id"],
        offset_s=place.seconds(fields, "offset_s"),
    )


def _distinct(comments: Sequence[Comment], place: _Place) -> tuple[Comment, ...]:
    found: dict[str, Comment] = {}
    for comment in comments:
        if found.setdefault(comment.id, comment) != comment:
            place.refuse(comment.id, "two comments of this track have this id: give each its own")
    return tuple(found.values())
