"""A Scrapy spider that saves what emtool saves of ``crawl_site``: tracks and comments, into SQLite.

python crawl_spider.py PORT DATABASE CONNECTIONS

It obeys robots.txt. As in emtool, what one page says is in the database before the next change, in write-ahead mode:
a process that is killed loses only pages that are under way.
"""

import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

TABLES = """
CREATE TABLE tracks (id TEXT PRIMARY KEY, title TEXT, url TEXT, artist TEXT, licence TEXT, duration_s REAL, tags TEXT,
    list_state TEXT, fetched_at TEXT);
CREATE TABLE comments (track_id TEXT, id TEXT, position INTEGER, text TEXT, votes INTEGER, written_at TEXT,
    PRIMARY KEY (track_id, id));
"""
UNITS = {"k": 1000, "万": 10_000}


class TrackSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not installed with emtool
    """Lists, tracks, comments."""

    name = "tracks"

    def __init__(self, port: str) -> None:
        super().__init__()
        self.start_urls = [f"http://127.0.0.1:{port}/tracks"]

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        for item in response.css("ol.tracks li.track"):
            yield response.follow(item.css("a.title::attr(href)").get(), self.parse_track)
        if following := response.css("nav.pages a[rel=next]::attr(href)").get():
            yield response.follow(following, self.parse)

    def parse_track(self, response: Response) -> Iterator[Any]:
        article = response.css("article.track")
        yield {
            "id": response.url.rpartition("/")[2],
            "title": article.css("h1::text").get(),
            "url": response.url,
            "artist": article.css(".artist::text").get(),
            "licence": article.css("a[rel=license]::attr(href)").get(),
            "duration_s": float(article.css(".length::attr(data-seconds)").get()),
            "tags": ",".join(article.css(".tags li::text").getall()),
            "comments": [
                {
                    "id": item.attrib["data-id"],
                    "text": " ".join(item.css(".text::text").get("").split()),
                    "votes": votes(item.css(".votes::text").get()),
                    "written_at": item.css("time::attr(datetime)").get(),
                }
                for item in response.css("ol.comments li.comment")
            ],
        }


class SqlitePipeline:
    """One transaction for each track."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(TABLES)

    @classmethod
    def from_crawler(cls, crawler: Any) -> "SqlitePipeline":
        return cls(crawler.settings["DATABASE"])

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        comments = item.pop("comments")
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO tracks VALUES (:id, :title, :url, :artist, :licence, :duration_s, :tags, "
                "'complete', datetime('now'))",
                item,
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO comments VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (item["id"], one["id"], place, one["text"], one["votes"], one["written_at"])
                    for place, one in enumerate(comments)
                ],
            )
        return item

    def close_spider(self) -> None:
        self._database.close()


def votes(shown: str | None) -> int | None:
    """Read "12", "1.2k" and "1.2万"."""
    if not shown:
        return None
    unit = UNITS.get(shown[-1], 1)
    return round(float(shown.rstrip("".join(UNITS))) * unit)


def main(port: str, database: str, connections: str) -> None:
    process = CrawlerProcess(
        {
            "ITEM_PIPELINES": {SqlitePipeline: 300},
            "DATABASE": database,
            "CONCURRENT_REQUESTS": int(connections),
            "CONCURRENT_REQUESTS_PER_DOMAIN": int(connections),
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    process.crawl(TrackSpider, port=port)
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
