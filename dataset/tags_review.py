"""What ``emtool tags review`` does: read comments, rank their key words, keep a person's choices."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from emtool.crawler.console import Console, Summary
from emtool.crawler.store import Store
from emtool.dataset import tag_choices, tags
from emtool.dataset.keywords import Candidate
from emtool.dataset.load import open_dataset
from emtool.dataset.privacy import scrub

_COLUMNS = ("word", "tag", "score", "tracks", "status", "example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for."""

    dataset: Path | None  # None is the workspace's store
    adopt: tuple[str, ...]
    discard: tuple[str, ...]
    status: str | None  # None lists candidates of every status
    top: int
    tracks: int


def review(console: Console, asked: Request) -> Summary:
    """Save the choices, rank the candidates and print the table.

    Raises:
        UsageError: A choice or the workspace's ``tags.yaml`` cannot be read.
        StoreError, DatasetError: There are no comments to read.
    """
    if asked.adopt or asked.discard:
        path = tag_choices.save(console.workspace, adopt=asked.adopt, discard=asked.discard)
        console.say(f"wrote {path}: the next build-dataset heeds it")
    choices = tag_choices.load(console.workspace)
    texts = list(islice(_documents(console, asked.dataset), asked.tracks))
    ranked = _ranked(console, texts, choices)
    listed = [one for one in ranked if asked.status in {None, one.status}][: asked.top]
    console.table(f"Candidates of {len(texts)} tracks", _COLUMNS, [_row(one) for one in listed])
    counts = Counter(one.status for one in ranked)
    return {
        "tracks": len(texts),
        "candidates": len(ranked),
        **{status: counts[status] for status in ("adopted", "discarded", "open")},
        "listed": [asdict(one) for one in listed],
    }


def _documents(console: Console, dataset: Path | None) -> Iterator[str]:
    """Comments of each track, put together and without personal data."""
    if dataset is None:
        with Store.open(console.workspace / "store", create=False, address=console.store) as store:
            for stored in store.tracks():
                yield _together(ranked.comment.text for ranked in store.top_comments(stored.track.key))
        return
    opened = open_dataset(dataset)
    clips = (captions for name in opened.info.splits for captions in opened.split(name).captions)
    # The clips of a track share its captions: each is one document.
    yield from dict.fromkeys(_together(caption.text for caption in captions) for captions in clips)


def _together(texts: Iterator[str]) -> str:
    kept = (scrub(text) for text in texts)
    return "\n".join(scrubbed.text for scrubbed in kept if not scrubbed.drop)


def _ranked(console: Console, texts: Sequence[str], choices: tag_choices.Choices) -> list[Candidate]:
    with console.progress.task("Ranking key words", len(texts), "tracks") as bar:
        return tags.candidates(texts, choices=choices, done=bar.advance)


def _row(one: Candidate) -> tuple[object, ...]:
    return (
        one.word,
        ", ".join(one.tags) or "-",
        round(one.score, 3),
        one.documents,
        one.status,
        one.examples[0],
    )
