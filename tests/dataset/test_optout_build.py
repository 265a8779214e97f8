"""What was taken out of a store is not in the plan of the next build of it."""

from pathlib import Path

from emtool.crawler import takedown
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.optouts import WishKind
from emtool.crawler.progress import SILENT
from emtool.crawler.store import Store
from emtool.dataset.bench import Bench
from emtool.dataset.build import _identity, _Work
from emtool.dataset.config import BuildConfig
from emtool.dataset.engine import engine
from emtool.dataset.tag_choices import shipped
from tests.crawler.crawling import main as crawl
from tests.crawler.making import catalogue_entry, write_catalogue


def planned(store: Store, out: Path) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Read the texts of a store and settle the plan, as a build does: the captions of each track."""
    config, choices = BuildConfig(), shipped()
    identity = _identity(store, config, choices)
    work = _Work(
        store=store, bench=Bench.open(out, identity), config=config, choices=choices, progress=SILENT
    )
    with engine(1) as running:
        work.read_texts(running, sum(store.counts().values()))
    work.plan()
    return identity, {one.track.id: tuple(c.comment_id for c in one.captions) for one in work._captioned()}


def test_neither_a_track_nor_a_writer_comes_into_the_next_plan(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "catalogue", [catalogue_entry(number) for number in range(4)])
    folder = tmp_path / "store"
    with DemoSite(catalogue) as site:
        crawl(str(folder), str(site.place[1]))
        with Store.open(folder, create=False) as store:
            identity, before = planned(store, tmp_path / "out")
            assert {"clip-0", "clip-1", "clip-3"} == set(before)
            assert "1.1" in before["clip-1"]
            takedown.add(store, WishKind.TRACK, "demo:clip-0")
            takedown.add(store, WishKind.AUTHOR, "demo:user1")
        crawl(str(folder), str(site.place[1]))
        with Store.open(folder, create=False) as store:
            changed, after = planned(store, tmp_path / "out")
    assert changed != identity  # the unfinished build is not gone on with
    assert set(after) == {"clip-1", "clip-3"}
    assert not [one for ids in after.values() for one in ids if one.endswith(".1")]
