"""Meta tags that reserve a page, and emtool evidence after a crawl."""

import json
from pathlib import Path

import httpx
import pytest

from emtool.crawler.errors import ForbiddenError
from emtool.crawler.meta_signals import meta_refusal
from emtool.crawler.permission import Permission
from emtool.crawler.records import Evidence
from emtool.crawler.web import Web
from tests.conftest import RunEmtool
from tests.crawler.making import Hands, client

BACKENDS = ("sqlite", "postgresql")
RULES = ("robots.txt", "licence", "tdmrep.json", "ai.txt")


@pytest.mark.parametrize(
    "tag",
    [
        '<meta name="robots" content="noai, follow">',
        "<META NAME=ROBOTS CONTENT=NOINDEX>",
        '<meta content="noml" name="emtool"/>',
        '<meta name="tdm-reservation" content="1">',
        '<meta http-equiv="X-Robots-Tag" content="noimageai">',
        '<meta name="content-usage" content="train-ai=n">',
    ],
)
def test_a_tag_that_reserves_the_page_stops_it_and_is_kept_word_for_word(tag: str) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        page = (
            ""
            if request.url.path == "/robots.txt"
            else f"\n<!doctype html><html><head>{tag}</head>text</html>"
        )
        return httpx.Response(200, text=page)

    evidence: list[Evidence] = []
    network = client(site)
    with pytest.raises(ForbiddenError, match="not wanted by the site"):
        Web(network, Permission(network, evidence.append, clock=Hands().clock)).get("http://site.test/a")
    assert (evidence[-1].allowed, evidence[-1].detail) == (False, tag)


@pytest.mark.parametrize(
    "body",
    [
        b'<html><meta name="robots" content="index, follow">',
        b'<meta name="otherbot" content="noai">',
        b'<meta name="tdm-reservation" content="0">',
        b'<p>&lt;meta name="robots" content="noai"&gt;</p><meta charset="utf-8">',
        b"{\"text\": \"<meta name='robots' content='noai'>\"}",
        b"<meta",
        b"\xff\xd8\xff<meta name=robots content=noai>",
        b"",
    ],
)
def test_other_pages_are_open(body: bytes) -> None:
    assert meta_refusal(body) is None


def test_the_evidence_of_a_track_and_of_an_address(
    run_emtool: RunEmtool, catalogue: Path, tmp_path: Path
) -> None:
    assert run_emtool("crawl", "demo", "--catalogue", str(catalogue), "--quiet").returncode == 0
    told = json.loads(run_emtool("evidence", "demo:clip-0", "--json").stdout.splitlines()[-1])["evidence"]
    rules = {rule: {one["url"].rpartition("/")[2] for one in told if one["rule"] == rule} for rule in RULES}
    assert rules == {
        "robots.txt": {"clip-0", "clip-0.opus"},
        "licence": {"clip-0"},
        "tdmrep.json": {"tdmrep.json"},
        "ai.txt": {"ai.txt"},
    }
    assert all(one["allowed"] and one["rule"] in RULES for one in told)
    shown = run_emtool("evidence", "http://demo.localhost:8765/tracks")
    assert "allowed" in shown.stdout
    assert "no line" in " ".join(shown.stdout.split())
    unknown = run_emtool("evidence", "http://elsewhere.test/")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("error: no evidence of 'http://elsewhere.test/'")
