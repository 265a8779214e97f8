"""``emtool tags review``: the key words of what was crawled, which of them are tags, and a person's say in it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emtool.crawler.console import Console, Summary, command


class Shown(StrEnum):
    """Which candidates the table lists."""

    ALL = "all"
    OPEN = "open"
    ADOPTED = "adopted"
    DISCARDED = "discarded"


def register(app: typer.Typer) -> None:
    """Add ``tags`` with its commands."""
    tags = typer.Typer(help="See and choose the tags that comments are turned into.", no_args_is_help=True)
    app.add_typer(tags, name="tags")

    @command(
        tags,
        examples=[
            "emtool tags review",
            "emtool tags review emtool-data/datasets/free-form --show open --top 20",
            "emtool tags review --adopt 治愈=healing:mood --discard cover",
        ],
    )
    def review(
        console: Console,
        dataset: Annotated[
            Path | None, typer.Argument(help="A dataset folder. [default: the workspace's store]")
        ] = None,
        adopt: Annotated[
            list[str] | None,
            typer.Option(metavar="WORD", help="Make WORD, WORD=TAG or WORD=TAG:FACET a tag. Repeatable."),
        ] = None,
        discard: Annotated[
            list[str] | None,
            typer.Option(metavar="WORD", help="Never give this tag, or heed this word. Repeatable."),
        ] = None,
        show: Annotated[Shown, typer.Option(help="Which candidates to list.")] = Shown.ALL,
        top: Annotated[int, typer.Option(min=1, help="Candidates to list, best first.")] = 40,
        tracks: Annotated[
            int, typer.Option(min=1, help="Tracks to read at most, in the store's order.")
        ] = 1000,
    ) -> Summary:
        """Rank the key words of comments by jieba's TF-IDF and TextRank, and say which are tags.

        A candidate is adopted where the lexicon or a person makes it a tag, discarded where one of them says no, and
        open otherwise. Choices go to tags.yaml of the workspace, which a person can edit, and win over what emtool
        ships. The next build-dataset heeds them, and builds anew where they changed.
        """
        from emtool.dataset import tags_review

        return tags_review.review(
            console,
            tags_review.Request(
                dataset=dataset,
                adopt=tuple(adopt or ()),
                discard=tuple(discard or ()),
                status=None if show is Shown.ALL else show.value,
                top=top,
                tracks=tracks,
            ),
        )
