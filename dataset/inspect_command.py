"""``emtool inspect``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emtool.crawler.console import Console, Summary, command

if TYPE_CHECKING:
    from emtool.dataset.look import Look


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        examples=[
            "emtool inspect emtool-data/datasets/free-form",
            "emtool inspect ORG/NAME --split test --rows 12 --page songs.html",
        ],
    )
    def inspect(
        console: Console,
        dataset: Annotated[
            str, typer.Argument(metavar="DATASET", help="Folder of a dataset, or ORG/NAME on the Hub.")
        ],
        split: Annotated[
            str | None, typer.Option(help="Show rows of this split alone. [default: of each]")
        ] = None,
        rows: Annotated[int, typer.Option(min=1, help="Rows of a split, at equal distances.")] = 3,
        page: Annotated[
            Path | None,
            typer.Option(metavar="FILE.html", help="Write these rows as a page with players, in one file."),
        ] = None,
    ) -> Summary:
        """Show columns, splits and a few rows of a dataset."""
        from emtool.dataset.load import open_dataset
        from emtool.dataset.look import look, write_page

        seen = look(open_dataset(dataset), rows=rows, split=split)
        _show(console, seen)
        if page is not None:
            write_page(seen, page)
            console.say(f"{len(seen.rows)} rows with their sound: {page}")
        return _summary(seen, page)


def _show(console: Console, seen: "Look") -> None:
    info = seen.dataset.info
    console.table("Columns", ["column", "type"], seen.schema)
    console.table(
        f"Splits of {info.name}",
        ["split", "clips", "files", "MB"],
        [
            (name, info.splits[name], number, round(size / 1e6, 1))
            for name, (number, size) in seen.files.items()
        ],
    )
    told = ["split", "row", "title", "text", "tags", "votes", "licence"]
    rows = [
        (
            row.split,
            row.index,
            row.columns["title"],
            row.columns["text"],
            ", ".join(row.columns["tags"]),
            "" if row.columns["votes"] is None else row.columns["votes"],
            row.columns["licence"],
        )
        for row in seen.rows
    ]
    console.table("Rows", told, rows)


def _summary(seen: "Look", page: Path | None) -> Summary:
    info = seen.dataset.info
    return {
        "dataset": str(info.folder),
        "schema": info.schema,
        "columns": dict(seen.schema),
        "splits": {
            name: {"clips": info.splits[name], "files": number, "bytes": size}
            for name, (number, size) in seen.files.items()
        },
        "rows": [{"split": row.split, "row": row.index, **row.columns} for row in seen.rows],
        "page": None if page is None else str(page),
    }
