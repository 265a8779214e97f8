"""What the demo site answers: pages, the same as JSON, robots.txt, and sound with ranges. No sockets here."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from emtool.crawler.demo import pages
from emtool.crawler.demo.clips import Clip, ClipComment
from emtool.crawler.demo.pages import Slice
from emtool.crawler.files import fingerprint
from emtool.crawler.licences import web_address

TRACKS_A_PAGE = 24
COMMENTS_A_PAGE = 10
_ROBOTS = "User-agent: *\nDisallow: /private/\n"
_CONTENT_TYPES = {
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer before it goes out."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


class Answers:
    """The site over one catalogue."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self._clips = {clip.id: clip for clip in clips}

    def to(self, target: str, headers: Mapping[str, str]) -> Reply:
        """Answer a GET; ``headers`` have lower-case names."""
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match [unquote(piece) for piece in parts.path.strip("/").split("/")]:
            case [""]:
                return Reply(
                    status=HTTPStatus.FOUND,
                    body=b"",
                    content_type="text/plain",
                    headers={"Location": "/tracks"},
                )
            case ["robots.txt"]:
                return Reply(body=_ROBOTS.encode(), content_type="text/plain; charset=utf-8")
            case ["tracks"]:
                return self._listing(query)
            case ["tracks", track_id] if track_id in self._clips:
                return self._track(self._clips[track_id], query)
            case ["api", "tracks"]:
                return self._listing_json(query)
            case ["api", "tracks", track_id, "comments"] if track_id in self._clips:
                return self._comments_json(self._clips[track_id], query)
            case ["audio", name] if (clip := self._clips.get(name.rpartition(".")[0])) and name.endswith(
                clip.audio.suffix
            ):
                return _sound(clip, headers)
            case ["private", *_]:
                return _page(pages.notice_page("Drafts", "robots.txt asks crawlers to stay away from here."))
        return _missing(target)

    def _listing(self, query: dict[str, str]) -> Reply:
        tracks = _slice(self._matching(query), query, TRACKS_A_PAGE)
        return (
            _missing("that page") if tracks is None else _page(pages.listing_page(tracks, query.get("q", "")))
        )

    def _track(self, clip: Clip, query: dict[str, str]) -> Reply:
        comments = _slice(clip.comments, query, COMMENTS_A_PAGE)
        return _missing("that page") if comments is None else _page(pages.track_page(clip, comments))

    def _listing_json(self, query: dict[str, str]) -> Reply:
        tracks = _slice(self._matching(query), query, TRACKS_A_PAGE)
        return (
            _missing("that page")
            if tracks is None
            else _json("tracks", tracks, map(_track_json, tracks.items))
        )

    def _comments_json(self, clip: Clip, query: dict[str, str]) -> Reply:
        comments = _slice(clip.comments, query, COMMENTS_A_PAGE)
        if comments is None:
            return _missing("that page")
        return _json("comments", comments, map(_comment_json, comments.items))

    def _matching(self, query: dict[str, str]) -> list[Clip]:
        words = query.get("q", "").lower().split()
        return [
            clip
            for clip in self._clips.values()
            if all(word in " ".join((clip.title, clip.artist, *clip.tags)).lower() for word in words)
        ]


def _slice(items: Sequence[Item], query: Mapping[str, str], size: int) -> Slice[Item] | None:
    """Cut the wanted page out of a list; None if there is no such page. An empty list has one page."""
    wanted = query.get("page", "1")
    count = max(1, -(-len(items) // size))
    if not wanted.isascii() or not wanted.isdecimal() or not 1 <= int(wanted[:9]) <= count:
        return None
    number = int(wanted)
    return Slice(
        items=items[(number - 1) * size : number * size], number=number, pages=count, total=len(items)
    )


def _track_json(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.id,
        "title": clip.title,
        "artist": clip.artist,
        "licence": clip.licence,
        "licence_url": web_address(clip.licence),
        "work_id": clip.work_id,
        "duration_s": clip.duration_s,
        "tags": list(clip.tags),
        "url": pages.track_url(clip),
        "audio_url": pages.audio_url(clip),
        "comments": len(clip.comments),
    }


def _comment_json(comment: ClipComment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "user": comment.user,
        "text": comment.text,
        "votes": comment.votes,
        "time": comment.time,
    }


def _json(name: str, part: Slice[Item], items: Any) -> Reply:
    told = {
        "page": part.number,
        "pages": part.pages,
        "total": part.total,
        "next": part.following,
        name: list(items),
    }
    return Reply(body=json.dumps(told, ensure_ascii=False).encode(), content_type="application/json")


def _sound(clip: Clip, headers: Mapping[str, str]) -> Reply:
    """Give a file or the asked part of it (RFC 9110, 14): one range, of the version that the asker has."""
    try:
        body = clip.audio.read_bytes()
    except FileNotFoundError:
        return _missing(clip.audio.name)
    entity_tag = f'"{fingerprint([len(body), clip.audio.stat().st_mtime_ns])}"'
    told = {"Accept-Ranges": "bytes", "ETag": entity_tag}
    kind = _CONTENT_TYPES.get(clip.audio.suffix, "application/octet-stream")
    asked = _RANGE.fullmatch(headers.get("range", ""))
    if asked is None or asked[0] == "bytes=-" or headers.get("if-range", entity_tag) != entity_tag:
        return Reply(body=body, content_type=kind, headers=told)
    first, last = _bounds(asked[1], asked[2], len(body))
    if not first <= last < len(body):
        told |= {"Content-Range": f"bytes */{len(body)}"}
        return Reply(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, body=b"", content_type=kind, headers=told
        )
    told |= {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
    part = body[first : last + 1]
    return Reply(status=HTTPStatus.PARTIAL_CONTENT, body=part, content_type=kind, headers=told)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:  # "-500": the last 500 bytes
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _page(html: str, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    return Reply(status=status, body=html.encode(), content_type="text/html; charset=utf-8")


def _missing(what: str) -> Reply:
    return _page(pages.notice_page("Not found", f"There is no {what} here."), HTTPStatus.NOT_FOUND)
