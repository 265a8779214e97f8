"""The demo site by its JSON interface: the recipe of the documentation gives what the HTML one gives."""

from pathlib import Path
from typing import Any

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.store import Store
from tests.crawler.crawling import run
from tests.crawler.making import content, loopback_client

RECIPE = """
kind: json-api
about: The demo site by its JSON interface.
min_interval_s: 0
start: http://demo.localhost:8765/api/tracks
search: http://demo.localhost:8765/api/tracks?q={query}
vote_kind: likes
listing:
  list: tracks
  paging: {page: page, last: page == pages}
  fields:
    id: id
    url: url
    title: title
    artist: artist
    licence: licence_url
    audio_url: audio_url
    work_id: work_id
    duration_s: duration_s
    source_tags: tags
comments:
  address: http://demo.localhost:8765/api/tracks/{id}/comments
  list: comments
  paging: {page: page, last: page == pages}
  fields: {id: id, text: text, votes: votes, written_at: time, author: user}
"""


def crawled(site: DemoSite, folder: Path, source: str) -> dict[str, Any]:
    guard = AddressGuard(routes={(HOST, PORT): site.place})
    with Store.open(folder, create=True) as store, loopback_client(guard) as network:
        run(store, network, source_name=source)
        return content(store)


def test_the_json_interface_gives_what_the_pages_give(site: DemoSite, tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    by_json = crawled(site, tmp_path / "json", str(path))
    by_html = crawled(site, tmp_path / "html", "demo")
    assert [row[1:4] for row in by_json["tracks"]] == [row[1:4] for row in by_html["tracks"]]
    assert by_json["files"] == by_html["files"]
    for told in ("id", "text", "written_at", "vote_kind"):
        assert {key: [getattr(one, told) for one in read] for key, read in by_json["comments"].items()} == {
            key: [getattr(one, told) for one in read] for key, read in by_html["comments"].items()
        }
    exact, rounded = (
        {one.id: one.votes for read in told["comments"].values() for one in read}
        for told in (by_json, by_html)
    )
    assert (exact["1.1"], rounded["1.1"]) == (1235, 1200)  # the pages write 1.2k
    assert {name for name, votes in exact.items() if votes is None} == {
        name for name, votes in rounded.items() if votes is None
    }
