"""The demo site's pages as a person sees them, from the templates beside this file."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from emtool.crawler.demo.clips import Clip, ClipComment
from emtool.crawler.licences import web_address

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[Item]):
    """One page of a list."""

    items: Sequence[Item]
    number: int  # 1 is the first
    pages: int
    total: int

    @property
    def following(self) -> int | None:
        """Number of the next page."""
        return self.number + 1 if self.number < self.pages else None


def listing_page(tracks: Slice[Clip], query: str) -> str:
    """Give a page of the list of tracks."""
    items = "".join(
        _fill(
            "listing_item",
            {
                "id": clip.id,
                "title": clip.title,
                "artist": clip.artist,
                "url": track_url(clip),
                "length": _clock(clip.duration_s),
                "comments": str(len(clip.comments)),
            },
        )
        for clip in tracks.items
    )
    body = _fill(
        "listing",
        {"query": query, "total": str(tracks.total)},
        items=items,
        pages=_pages(tracks, "/tracks", query=query),
    )
    return _fill("layout", {"title": "All tracks"}, body=body)


def track_page(clip: Clip, comments: Slice[ClipComment]) -> str:
    """Give a page of a track: the player, and some of its comments."""
    body = _fill(
        "track",
        {
            "id": clip.id,
            "title": clip.title,
            "artist": clip.artist,
            "work": clip.work_id,
            "audio": audio_url(clip),
            "seconds": f"{clip.duration_s:g}",
            "length": _clock(clip.duration_s),
            "licence": clip.licence,
            "licence_url": web_address(clip.licence) or "",
            "total": str(comments.total),
        },
        tags="".join(f"<li>{escape(tag)}</li>" for tag in clip.tags),
        comments="".join(_comment(comment) for comment in comments.items),
        pages=_pages(comments, track_url(clip)),
    )
    return _fill("layout", {"title": clip.title}, body=body)


def notice_page(title: str, text: str) -> str:
    """Give a page that only says something."""
    return _fill("layout", {"title": title}, body=f"<h1>{escape(title)}</h1><p>{escape(text)}</p>")


def track_url(clip: Clip) -> str:
    """Path of a track's page."""
    return f"/tracks/{quote(clip.id, safe='')}"


def audio_url(clip: Clip) -> str:
    """Path of a track's sound."""
    return f"/audio/{quote(clip.id, safe='')}{quote(clip.audio.suffix)}"


def votes_shown(votes: int | None) -> str:
    """Write votes as sites do: exact below a thousand, then "1.2k", then "1.2万"."""
    if votes is None:
        return ""
    if votes < 1000:
        return str(votes)
    size, unit = (1000, "k") if votes < 10_000 else (10_000, "万")
    return f"{votes // (size // 10) / 10:g}{unit}"


def _comment(comment: ClipComment) -> str:
    return _fill(
        "comment",
        {
            "id": comment.id,
            "user": comment.user,
            "time": comment.time,
            "date": comment.time[:10],
            "votes": votes_shown(comment.votes),
        },
        text="<br>".join(escape(line) for line in comment.text.split("\n")),
    )


def _pages(part: Slice[Item], path: str, *, query: str = "") -> str:
    def link(number: int, relation: str, label: str) -> str:
        address = f"{path}?{urlencode(({'q': query} if query else {}) | {'page': number})}"
        return f'<a rel="{relation}" href="{escape(address)}">{label}</a>'

    before = link(part.number - 1, "prev", "← previous") if part.number > 1 else ""
    after = link(part.following, "next", "next →") if part.following else ""
    return f"{before} <span>page {part.number} of {part.pages}</span> {after}"


def _clock(duration_s: float) -> str:
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes}:{seconds:02d}"


def _fill(template: str, texts: dict[str, str], **markup: str) -> str:
    """Fill a template: ``texts`` are escaped, ``markup`` is not."""
    source = (Path(__file__).parent / f"{template}.html").read_text(encoding="utf-8")
    return Template(source).substitute({name: escape(text) for name, text in texts.items()} | markup)
