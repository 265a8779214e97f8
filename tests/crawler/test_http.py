"""The client against a network that is a function: what it asks, how long it waits, when it gives up."""

import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from emtool.crawler.answers import Question
from emtool.crawler.credentials import Key
from emtool.crawler.errors import FetchError, ForbiddenError
from emtool.crawler.robots import Headers
from tests.crawler.making import Hands, client

URL = "http://site.test/page"
Handler = Callable[[httpx.Request], httpx.Response]


class Network:
    """Answers one after the other, the last one for ever, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.asked]


class Cut(httpx.SyncByteStream):
    """A body that breaks off."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        yield self._sent
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Unread(httpx.SyncByteStream):
    """A body that nobody may read."""

    def __iter__(self) -> Iterator[bytes]:
        pytest.fail("the body was read")


def body(content: bytes, status: int = 200, **headers: str) -> httpx.Response:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    told["content-length"] = str(len(content))
    return httpx.Response(status, stream=httpx.ByteStream(content), headers=told)


def redirect(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"location": to})


def test_a_page_comes_with_its_address_and_charset() -> None:
    network = Network(body("旋律".encode("gb18030"), content_type="text/html; charset=gb18030"))
    with client(network) as opened:
        answer = opened.get(URL)
    assert (answer.url, answer.status, answer.charset) == (URL, 200, "gb18030")
    assert answer.body.decode("gb18030") == "旋律"


def test_the_user_agent_is_the_one_that_was_given() -> None:
    network = Network(body(b""))
    with client(network, user_agent="emtool/9 (+me@example.org)") as opened:
        opened.get(URL)
    assert network.asked[0].headers["user-agent"] == "emtool/9 (+me@example.org)"


def test_retry_after_in_seconds_is_waited_for() -> None:
    hands = Hands()
    network = Network(body(b"", 429, retry_after="42"), body(b"ok"))
    with client(network, hands) as opened:
        assert opened.get(URL).body == b"ok"
    assert hands.slept == [42.0]


def test_retry_after_as_a_date_is_waited_for() -> None:
    hands = Hands(now_s=1_700_000_000.0)  # Tue, 14 Nov 2023 22:13:20 GMT
    network = Network(body(b"", 503, retry_after="Tue, 14 Nov 2023 22:14:20 GMT"), body(b"ok"))
    with client(network, hands) as opened:
        assert opened.get(URL).body == b"ok"
    assert hands.slept == [60.0]


def test_without_retry_after_the_pause_doubles_up_to_its_limit() -> None:
    hands = Hands()
    network = Network(*[body(b"", 500)] * 5, body(b"ok"))
    with client(network, hands, attempts=6, back_off_s=1.0, max_back_off_s=5.0) as opened:
        assert opened.get(URL).body == b"ok"
    assert hands.slept == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_site_that_stays_away_is_given_up_with_the_reason() -> None:
    network = Network(body(b"", 503))
    with (
        client(network, attempts=3) as opened,
        pytest.raises(FetchError, match=r"page: answers 503 .*3 times"),
    ):
        opened.get(URL)
    assert len(network.asked) == 3


def test_a_pause_longer_than_the_limit_ends_the_request_at_once() -> None:
    hands = Hands()
    network = Network(body(b"", 429, retry_after="86400"))
    with client(network, hands) as opened:
        with pytest.raises(FetchError, match="wants no request before"):
            opened.get(URL)
        with pytest.raises(FetchError, match="wants no request before"):
            opened.get("http://site.test/other")
    assert len(network.asked) == 1
    assert hands.slept == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("no"),
        httpx.ReadError("reset"),
    ],
)
def test_a_failing_connection_is_tried_again(failure: Exception) -> None:
    network = Network(failure, body(b"ok"))
    with client(network) as opened:
        assert opened.get(URL).body == b"ok"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 599])
def test_a_refusal_is_not_repeated(status: int) -> None:
    network = Network(body(b"", status))
    with client(network) as opened, pytest.raises(FetchError, match=f"answers {status}"):
        opened.get(URL)
    assert len(network.asked) == 1


def test_a_missing_page_is_an_answer_where_it_was_asked_for() -> None:
    with client(Network(body(b"none", 404))) as opened:
        assert opened.get(URL, accept={404, 410}).status == 404


def test_an_accepted_status_is_an_answer_whatever_it_means_elsewhere() -> None:
    with client(Network(body(b"no", 403))) as opened:
        assert (opened.get(URL, accept={403}).status, opened.requests) == (403, 1)


def test_a_question_is_put_again_whole_with_its_key() -> None:
    hands = Hands()
    network = Network(body(b"", 500), body(b"ok"))
    with client(network, hands) as opened:
        opened.keys.add(Key(at=URL, secret="secret", header="Authorization", prefix="Basic "))
        assert opened.get(URL, question=Question(body=b"a=1", content_type="text/x")).body == b"ok"
    assert [(one.method, one.content) for one in network.asked] == [("POST", b"a=1")] * 2
    told = network.asked[1].headers
    assert (told["content-type"], told["content-length"]) == ("text/x", "3")
    assert told["authorization"] == "Basic secret"


def test_a_question_follows_no_redirect() -> None:
    network = Network(body(b"", 307, location="http://site.test/other"))
    with client(network) as opened, pytest.raises(FetchError, match="answers 307"):
        opened.get(URL, question=Question(body=b"", content_type="text/x"))
    assert len(network.asked) == 1


def test_a_spent_budget_holds_the_next_request() -> None:
    hands = Hands()
    spent = body(b"a", x_ratelimit_remaining="0.0", x_ratelimit_reset="90")
    with client(Network(spent, body(b"b")), hands) as opened:
        opened.get(URL)
        assert hands.slept == []
        opened.get(URL)
    assert hands.slept == [90.0]


def test_a_cut_page_is_read_again_from_its_beginning() -> None:
    network = Network(httpx.Response(200, stream=Cut(b"half")), body(b"whole"))
    with client(network) as opened:
        assert opened.get(URL).body == b"whole"


def test_a_body_shorter_than_announced_is_a_cut() -> None:
    short = httpx.Response(200, stream=httpx.ByteStream(b"half"), headers={"content-length": "10"})
    with client(Network(short, body(b"whole"))) as opened:
        assert opened.get(URL).body == b"whole"


def test_an_announced_size_over_the_limit_is_refused_before_the_body() -> None:
    huge = httpx.Response(200, stream=Unread(), headers={"content-length": "1000"})
    opened = client(Network(huge), max_page_bytes=999)
    with opened, pytest.raises(FetchError, match=r"page: larger than 999 bytes"):
        opened.get(URL)


def test_an_endless_body_ends_at_the_limit() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 100

    opened = client(Network(httpx.Response(200, content=endless())), max_page_bytes=999)
    with opened, pytest.raises(FetchError, match="larger than 999 bytes"):
        opened.get(URL)


def test_the_limit_holds_for_the_unpacked_body() -> None:
    bomb = body(gzip.compress(b"\0" * 10**6), content_encoding="gzip")
    with (
        client(Network(bomb), max_page_bytes=10_000) as opened,
        pytest.raises(FetchError, match="larger than"),
    ):
        opened.get(URL)


def test_a_body_that_drips_ends_at_the_deadline() -> None:
    hands = Hands()

    def drip() -> Iterator[bytes]:
        while True:
            hands.now_s += 20.0
            yield b"x"

    opened = client(Network(httpx.Response(200, content=drip())), hands, page_deadline_s=60.0)
    with opened, pytest.raises(FetchError, match="not all of it came within 60 s"):
        opened.get(URL)


def test_a_body_that_is_packed_wrongly_is_given_up() -> None:
    network = Network(body(b"no gzip", content_encoding="gzip"))
    with client(network, attempts=2) as opened, pytest.raises(FetchError, match="DecodingError"):
        opened.get(URL)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_the_answer_tells_where_it_ended(status: int) -> None:
    network = Network(redirect("/moved?x=1", status), body(b"here"))
    with client(network) as opened:
        assert opened.get(URL).url == "http://site.test/moved?x=1"
    assert network.urls == [URL, "http://site.test/moved?x=1"]


def test_redirects_in_a_circle_end() -> None:
    network = Network(redirect(URL))
    with client(network, max_redirects=3) as opened, pytest.raises(FetchError, match="more than 3 redirects"):
        opened.get(URL)
    assert len(network.asked) == 4


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest", "http://127.0.0.1:9/", "http://[::1]/"])
def test_a_redirect_to_a_private_address_is_refused(to: str) -> None:
    network = Network(redirect(to))
    with client(network) as opened, pytest.raises(ForbiddenError, match="private address"):
        opened.get(URL)
    assert network.urls == [URL]


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://a.test/"])
def test_a_redirect_to_something_else_than_the_web_is_refused(to: str) -> None:
    with client(Network(redirect(to))) as opened, pytest.raises(FetchError, match="only http and https"):
        opened.get(URL)


def test_an_address_that_cannot_be_one_is_one_line() -> None:
    with client(Network(body(b""))) as opened, pytest.raises(FetchError, match="is no web address"):
        opened.get("http://site.test/\x1b[31m")


def test_requests_and_bytes_of_every_attempt_are_counted() -> None:
    counted: list[int] = []
    network = Network(body(b"", 500), redirect("/moved"), body(b"12345"))
    with client(network, count=counted.append) as opened:
        opened.get(URL)
        assert (opened.requests, opened.received_bytes) == (3, 5)
    assert counted == [0, 0, 5]


class Gate:
    """Refuses one address, or one header."""

    def __init__(self, *, address: str = "", header: str = "") -> None:
        self._address = address
        self._header = header
        self.seen: list[str] = []

    def before(self, url: str) -> None:
        self.seen.append(url)
        if self._address and self._address in url:
            raise ForbiddenError(f"{url}: not wanted")

    def after(self, url: str, headers: Headers) -> None:
        if self._header in headers:
            raise ForbiddenError(f"{url}: {list(headers[self._header])}")


def test_the_gate_is_asked_about_every_address_on_the_way() -> None:
    network = Network(redirect("/private/x"), body(b""))
    gate = Gate(address="/private/")
    with client(network) as opened, pytest.raises(ForbiddenError, match="not wanted"):
        opened.get(URL, gate=gate)
    assert gate.seen == [URL, "http://site.test/private/x"]
    assert network.urls == [URL]


def test_the_gate_sees_every_value_of_a_header_before_the_body() -> None:
    answer = httpx.Response(
        200, stream=Unread(), headers=[("x-robots-tag", "a: noai"), ("x-robots-tag", "noml")]
    )
    with client(Network(answer)) as opened, pytest.raises(ForbiddenError, match=r"\['a: noai', 'noml'\]"):
        opened.get(URL, gate=Gate(header="x-robots-tag"))


SOUND = bytes(range(256)) * 8


class FileSite:
    """Serves one file, cuts the connection after so many bytes, and knows ranges, or does not."""

    def __init__(
        self, cuts: list[int], *, ranges: bool = True, headers: Mapping[str, str] | None = None
    ) -> None:
        self._cuts = cuts
        self._ranges = ranges
        self._headers = dict(headers or {"etag": '"v1"'})
        self.asked: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        wanted = request.headers.get("range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self._ranges else 0
        status, headers = 200, dict(self._headers)
        if start:
            assert request.headers["if-range"] in self._headers.values()
            status = 206
            headers["content-range"] = f"bytes {start}-{len(SOUND) - 1}/{len(SOUND)}"
        if self._cuts:
            return httpx.Response(status, stream=Cut(SOUND[start : self._cuts.pop(0)]), headers=headers)
        return httpx.Response(status, content=SOUND[start:], headers=headers)


def test_a_download_arrives_whole_with_its_hash(tmp_path: Path) -> None:
    with client(FileSite([])) as opened:
        download = opened.download(URL, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == SOUND
    assert (download.sha256, download.size_bytes) == (hashlib.sha256(SOUND).hexdigest(), len(SOUND))


@pytest.mark.parametrize("validator", [{"etag": '"v1"'}, {"last-modified": "Tue, 14 Nov 2023 22:14:20 GMT"}])
def test_after_a_cut_only_the_rest_is_asked_for(tmp_path: Path, validator: dict[str, str]) -> None:
    site = FileSite([500, 1200], headers=validator)
    with client(site) as opened:
        download = opened.download(URL, tmp_path / "part")
    assert site.asked == [None, "bytes=500-", "bytes=1200-"]
    assert (tmp_path / "part").read_bytes() == SOUND
    assert download.sha256 == hashlib.sha256(SOUND).hexdigest()


@pytest.mark.parametrize("validator", [{"x": "none"}, {"etag": 'W/"weak"'}])
def test_without_proof_that_the_file_is_the_same_all_of_it_is_asked_for(
    tmp_path: Path, validator: dict[str, str]
) -> None:
    site = FileSite([500], headers=validator)
    with client(site) as opened:
        opened.download(URL, tmp_path / "part")
    assert site.asked == [None, None]
    assert (tmp_path / "part").read_bytes() == SOUND


def test_a_site_without_ranges_sends_all_of_it_again(tmp_path: Path) -> None:
    site = FileSite([500], ranges=False)
    with client(site) as opened:
        download = opened.download(URL, tmp_path / "part")
    assert site.asked == [None, "bytes=500-"]
    assert (tmp_path / "part").read_bytes() == SOUND
    assert (download.sha256, download.size_bytes) == (hashlib.sha256(SOUND).hexdigest(), len(SOUND))


def test_a_part_that_was_not_asked_for_is_not_taken(tmp_path: Path) -> None:
    wrong = body(SOUND[100:], 206, content_range=f"bytes 100-{len(SOUND) - 1}/{len(SOUND)}")
    network = Network(
        httpx.Response(200, stream=Cut(SOUND[:500]), headers={"etag": '"v1"'}), wrong, body(SOUND)
    )
    with client(network) as opened:
        opened.download(URL, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == SOUND
    assert [request.headers.get("range") for request in network.asked] == [None, "bytes=500-", None]


def test_a_download_is_asked_for_as_it_is_and_not_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(SOUND)
    network = Network(body(packed, content_encoding="gzip"))
    with client(network) as opened:
        opened.download(URL, tmp_path / "part")
    assert network.asked[0].headers["accept-encoding"] == "identity"
    assert (tmp_path / "part").read_bytes() == packed


@pytest.mark.parametrize("announced", [True, False])
def test_a_download_over_the_limit_leaves_nothing(tmp_path: Path, announced: bool) -> None:
    unannounced = Network(httpx.Response(200, content=iter([SOUND[:999], SOUND[999:]])))
    opened = client(FileSite([]) if announced else unannounced, max_audio_bytes=1000)
    with opened, pytest.raises(FetchError, match="larger than 1000 bytes"):
        opened.download(URL, tmp_path / "part")
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_never_comes_whole_leaves_nothing(tmp_path: Path) -> None:
    with client(FileSite([1, 2, 3]), attempts=3) as opened, pytest.raises(FetchError, match="3 times"):
        opened.download(URL, tmp_path / "part")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_download_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield SOUND
        raise KeyboardInterrupt

    with (
        client(Network(httpx.Response(200, content=interrupted()))) as opened,
        pytest.raises(KeyboardInterrupt),
    ):
        opened.download(URL, tmp_path / "part")
    assert list(tmp_path.iterdir()) == []
