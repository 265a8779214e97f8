"""tdmrep.json and ai.txt: what they say, when they are asked for, and what happens if they cannot be read."""

import json
from pathlib import Path

import httpx
import pytest

from emtool.crawler.ai_txt import AiTxt
from emtool.crawler.answers import Answer
from emtool.crawler.errors import FetchError, ForbiddenError, SourceError
from emtool.crawler.permission import Permission
from emtool.crawler.records import Evidence
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.store import Store
from emtool.crawler.tdmrep import TdmRep
from emtool.crawler.web import Web
from tests.conftest import RunEmtool
from tests.crawler.crawling import run
from tests.crawler.making import TRACK, Hands, client, listing

SITE = "http://site.test"
TDMREP, AI_TXT, OLD_AI_TXT = SIGNAL_FILES
RESERVED = [{"location": "/music/", "tdm-reservation": 1, "tdm-policy": "https://site.test/policy"}]
SPAWNING = "# Spawning AI\n\nUser-Agent: *\nDisallow: *.mp3\nDisallow: /art/\nAllow: /\nAllow: train\n"


class Desk:
    """A site that has the files which it is given, and a client with a permission that keeps its evidence here."""

    def __init__(self, files: dict[str, httpx.Response | str], **headers: str) -> None:
        self.files = files
        self.headers = headers
        self.asked: list[str] = []
        self.hands = Hands()
        self.evidence: list[Evidence] = []
        network = client(self._answer, self.hands, has_signal_files=True, attempts=2, back_off_s=1.0)
        self.permission = Permission(network, self.evidence.append, clock=self.hands.clock)
        self.web = Web(network, self.permission)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in {"/robots.txt", *SIGNAL_FILES}:
            answer = self.files.get(path, httpx.Response(404))
            return httpx.Response(200, text=answer) if isinstance(answer, str) else answer
        return httpx.Response(200, text="page", headers=self.headers)

    def verdicts(self, rule: str) -> list[tuple[str, bool, str]]:
        return [(e.url.removeprefix(SITE), e.allowed, e.detail) for e in self.evidence if e.rule == rule]


def answer(body: bytes) -> Answer:
    return Answer(url=SITE + TDMREP, status=200, charset=None, body=body)


def tdmrep(*rules: object) -> TdmRep:
    return TdmRep(answer(json.dumps(rules).encode()))


@pytest.mark.parametrize(
    ("location", "covers", "leaves"),
    [
        ("/", ["/", "/a/b?c=1"], []),
        ("/music/", ["/music/", "/music/1"], ["/music", "/Music/1"]),
        ("/*.mp3$", ["/a/b.mp3"], ["/a/b.mp3?x=1", "/a/b.ogg"]),
        ("*.mp3", ["/a/b.mp3"], ["/"]),
        ("music/", ["/music/1"], ["/"]),
        ("/a-%24", ["/a-$"], ["/a-"]),
        ("/caf%C3%A9", ["/café", "/caf%C3%A9"], ["/cafe"]),
    ],
)
def test_a_location_is_a_path_as_in_robots_txt(location: str, covers: list[str], leaves: list[str]) -> None:
    rules = tdmrep({"location": location, "tdm-reservation": 1})
    assert [path for path in covers if rules.rule(SITE + path) is None] == []
    assert [path for path in leaves if rules.rule(SITE + path) is not None] == []


def test_the_first_rule_in_sequence_decides() -> None:
    rules = tdmrep({"location": "/a/", "tdm-reservation": 0}, {"location": "/a/b/c", "tdm-reservation": 1})
    assert rules.rule(f"{SITE}/a/b/c") == (False, '{"location": "/a/", "tdm-reservation": 0}')


@pytest.mark.parametrize(
    ("value", "reserved"), [(1, True), ("1", True), (0, False), (2, False), (None, False), ([1], False)]
)
def test_only_one_reserves(value: object, reserved: bool) -> None:
    found = tdmrep({"location": "/", "tdm-reservation": value}).rule(SITE)
    assert found is not None
    assert found[0] is reserved


def test_what_is_no_rule_is_passed_over() -> None:
    rules = tdmrep(
        None, "x", {}, {"location": ["/"]}, {"location": ""}, {"location": "/", "tdm-reservation": 1}
    )
    assert rules.rule(SITE) == (True, '{"location": "/", "tdm-reservation": 1}')


@pytest.mark.parametrize(
    "body", [b"{}", b'{"location": "/"}', b"1", b"[", b"\xff\xff", b"[" * 100_000, b"[NaN]"]
)
def test_what_is_no_list_of_rules_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError, match=r"not an answer that source tdmrep\.json knows"):
        TdmRep(answer(body))


DRAFT = """# ai.txt
Site-Name: A site
Training: conditional
Training-Allow: /free/*
Training-Deny: /free/not/*

Agent: *
  Rate-Limit: 30/minute
Agent: OtherBot
  Training: allow
"""
SITE_WIDE_BELOW = "Agent: OtherBot\n  Training: allow\nTraining: deny\n"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        (SPAWNING, "/a/b.mp3", "Disallow: *.mp3"),
        (SPAWNING, "/art/1", "Disallow: /art/"),
        (SPAWNING, "/a/b.ogg", None),
        ("User-Agent: *\nDisallow: /\nDisallow: *", "/a", "Disallow: /"),
        ("User-Agent: *\nAllow: *.txt\nDisallow: /", "/a.txt", None),
        ("User-Agent: OtherBot\nDisallow: /", "/a", None),
        ("User-Agent: *\nDisallow: /\nUser-Agent: emtool\nDisallow: /b", "/a", None),
        ("User-Agent: *\nContent-Signal: ai-train=no", "/a", "Content-Signal: ai-train=no"),
        ("User-Agent: *\nContent-Usage: /art train-ai=n", "/a", None),
        ("User-Agent: *\nDisallow: train\nDisallow:\n", "/a", None),
        ("# About us\n\nWe welcome assistants: all of them.", "/a", None),
        ("", "/a", None),
        (DRAFT, "/a", "Training: conditional"),
        (DRAFT, "/free/1", None),
        (DRAFT, "/free/not/1", "Training-Deny: /free/not/*"),
        (SITE_WIDE_BELOW, "/a", "Training: deny"),
        ("training: DENY # all of it", "/a", "training: DENY # all of it"),
        ("Scraping: deny\nTraining: allow", "/a", "Scraping: deny"),
        ("Training: deny\nAgent: EmTool\n\tTraining: allow", "/a", None),
        ("Training: allow\nAgent: *\n  Training: deny\n", "/a", "Training: deny"),
        ("Training: perhaps", "/a", None),
        ("Site-Name: A site\nIndexing: deny", "/a", None),
    ],
)
def test_ai_txt(text: str, path: str, line: str | None) -> None:
    assert AiTxt(text).refusal(SITE + path) == line


def test_the_files_are_read_once_before_the_first_page() -> None:
    desk = Desk({})
    desk.web.get(f"{SITE}/a")
    desk.web.get(f"{SITE}/b")
    assert desk.asked == ["/robots.txt", *SIGNAL_FILES, "/a", "/b"]
    assert desk.verdicts("tdmrep.json") == [(TDMREP, True, "404: there is none")]
    assert desk.verdicts("ai.txt") == [(path, True, "404: there is none") for path in (AI_TXT, OLD_AI_TXT)]


def test_a_host_without_a_page_that_is_wanted_is_not_asked_for_them() -> None:
    desk = Desk({"/robots.txt": "User-agent: *\nDisallow: /"})
    with pytest.raises(ForbiddenError):
        desk.web.get(f"{SITE}/a")
    assert desk.asked == ["/robots.txt"]


def test_they_are_asked_for_whatever_robots_txt_says_of_them() -> None:
    desk = Desk({"/robots.txt": "User-agent: *\nDisallow: /.well-known/", AI_TXT: SPAWNING})
    with pytest.raises(ForbiddenError, match=r"ai\.txt: 'Disallow: /art/'"):
        desk.web.get(f"{SITE}/art/1")


def test_the_earlier_ai_txt_is_asked_for_only_without_the_later_one() -> None:
    desk = Desk({AI_TXT: "Training: allow", OLD_AI_TXT: SPAWNING})
    desk.web.get(f"{SITE}/art/1")
    assert OLD_AI_TXT not in desk.asked
    assert desk.verdicts("ai.txt") == [
        (AI_TXT, True, "Training: allow"),
        ("/art/1", True, "no line against it"),
    ]


def test_ai_txt_keeps_a_page_from_being_asked_for() -> None:
    desk = Desk({OLD_AI_TXT: SPAWNING})
    with pytest.raises(ForbiddenError, match=r"not wanted by the site \(ai\.txt: 'Disallow: \*\.mp3'\)"):
        desk.web.download(f"{SITE}/a.mp3", Path("never-written"))
    assert "/a.mp3" not in desk.asked
    assert desk.verdicts("ai.txt")[-1] == ("/a.mp3", False, "Disallow: *.mp3")
    assert desk.web.get(f"{SITE}/a.ogg").body == b"page"


def test_tdmrep_json_stops_before_the_body() -> None:
    desk = Desk({TDMREP: json.dumps(RESERVED)})
    with pytest.raises(ForbiddenError, match=r"tdmrep\.json: .*https://site\.test/policy"):
        desk.web.get(f"{SITE}/music/1")
    desk.web.get(f"{SITE}/words/1")
    assert desk.verdicts("tdmrep.json")[1:] == [
        ("/music/1", False, json.dumps(RESERVED[0])),
        ("/words/1", True, "no rule for it"),
    ]


def test_a_header_of_the_page_overrules_tdmrep_json() -> None:
    desk = Desk({TDMREP: json.dumps(RESERVED)}, **{"TDM-Reservation": "0"})
    assert desk.web.get(f"{SITE}/music/1").body == b"page"
    lifted = f"tdm-reservation: 0 (tdmrep.json: {json.dumps(RESERVED[0])})"
    assert desk.verdicts("tdm-reservation") == [("/music/1", True, lifted)]
    opened = json.dumps([{"location": "/", "tdm-reservation": 0}])
    with pytest.raises(ForbiddenError, match="tdm-reservation: 1"):
        Desk({TDMREP: opened}, **{"TDM-Reservation": "1"}).web.get(f"{SITE}/music/1")


def test_permission_without_a_request_counts_on_no_header() -> None:
    desk = Desk({TDMREP: json.dumps(RESERVED)}, **{"TDM-Reservation": "0"})
    with pytest.raises(ForbiddenError, match=r"tdmrep\.json"):
        desk.web.permit(f"{SITE}/music/1")


@pytest.mark.parametrize("path", SIGNAL_FILES)
@pytest.mark.parametrize(
    ("told", "why"),
    [
        (httpx.Response(410), "410: there is none"),
        (httpx.Response(401), "401: not shown to us, which is no wish; robots.txt is what we go by"),
        (httpx.Response(403), "403: not shown to us, which is no wish; robots.txt is what we go by"),
        ("\ufeff\n<!doctype html><title>Nothing here</title>", "a page of HTML instead: there is no "),
        (" \n", "it is empty"),
    ],
)
def test_a_file_that_is_not_there_is_no_wish(path: str, told: httpx.Response | str, why: str) -> None:
    desk = Desk({path: told})
    assert desk.web.get(f"{SITE}/music/1").body == b"page"
    name = path.rpartition("/")[2]
    found = {url: detail for url, allowed, detail in desk.verdicts(name) if allowed}
    assert found[path] == (f"{why}{name}" if why.endswith("no ") else why)


@pytest.mark.parametrize("path", SIGNAL_FILES)
@pytest.mark.parametrize(
    "told",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.Response(418),
        httpx.Response(302, headers={"location": "http://127.0.0.1/"}),
        httpx.Response(403, headers={"cf-mitigated": "challenge"}),
        "[" + " " * 512 * 2**10 + "]",
    ],
)
def test_a_file_that_cannot_be_read_allows_nothing_for_a_while(path: str, told: httpx.Response | str) -> None:
    desk = Desk({path: told})
    for _ in range(2):
        with pytest.raises(FetchError, match="cannot be read, so nothing is allowed") as caught:
            desk.web.get(f"{SITE}/a")
        assert not isinstance(caught.value, ForbiddenError)  # the track is tried again
    assert "/a" not in desk.asked
    assert desk.asked.count("/robots.txt") == 1
    name = path.rpartition("/")[2]
    assert [allowed for url, allowed, _ in desk.verdicts(name) if url == "/a"] == [False, False]
    desk.hands.now_s += 601
    desk.files.clear()
    assert desk.web.get(f"{SITE}/a").body == b"page"


def test_tdmrep_json_that_is_none_allows_nothing() -> None:
    desk = Desk({TDMREP: '{"tdm-reservation": 1}'})
    with pytest.raises(FetchError, match=r"its tdmrep\.json cannot be read.*it is no list of rules: '\{"):
        desk.web.get(f"{SITE}/a")


def test_what_they_say_holds_for_a_day() -> None:
    desk = Desk({})
    desk.web.get(f"{SITE}/music/1")
    desk.files[TDMREP] = json.dumps(RESERVED)
    desk.hands.now_s += 23 * 3600
    desk.web.get(f"{SITE}/music/1")
    desk.hands.now_s += 3601
    with pytest.raises(ForbiddenError):
        desk.web.get(f"{SITE}/music/1")


def test_a_crawl_leaves_out_what_they_reserve_and_evidence_shows_the_line(
    store: Store, run_emtool: RunEmtool
) -> None:
    pages = {
        "/tracks": listing("1", "2"),
        "/t/1": TRACK.format(1),
        "/t/2": TRACK.format(2),
        TDMREP: json.dumps([{"location": "/t/1$", "tdm-reservation": 1}]),
        AI_TXT: "User-Agent: *\nDisallow: /a/\n",
    }

    def site(request: httpx.Request) -> httpx.Response:
        text = pages.get(request.url.path)
        return httpx.Response(404) if text is None else httpx.Response(200, text=text)

    with client(site, has_signal_files=True) as network:
        assert run(store, network).reasons == {"forbidden": 2}
    assert [len(store.comments(f"demo:{number}")) for number in (1, 2)] == [0, 1]
    store.close()
    for what, line in {
        "demo:1": '{"location": "/t/1$", "tdm-reservation": 1}',
        "http://demo.localhost:8765/a/2": "Disallow: /a/",
    }.items():
        shown = run_emtool("evidence", what, "--json", "--workspace", str(store.folder.parent))
        told = json.loads(shown.stdout.splitlines()[-1])["evidence"]
        assert [one["detail"] for one in told if not one["allowed"]] == [line]
        assert {one["url"].partition("8765")[2] for one in told} > {TDMREP, AI_TXT}
