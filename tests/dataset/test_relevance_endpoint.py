"""A language model behind an address: a real server on loopback answers as OpenAI-compatible ones do."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from emtool.crawler.errors import FetchError, SourceError, UsageError
from emtool.dataset.relevance_models import endpoint

Answer = tuple[int, str]


def said(content: str) -> Answer:
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]})


class Model:
    """A server that answers from a list, the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, dict[str, Any], str | None]] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                model.asked.append((self.path, body, self.headers["Authorization"]))
                status, text = model.answers.pop(0) if len(model.answers) > 1 else model.answers[0]
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1#tiny"


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()
    thread = threading.Thread(target=model.server.serve_forever)
    thread.start()
    yield model
    model.server.shutdown()
    thread.join()
    model.server.server_close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "FIRST_PAUSE_S", 0.0)


def test_each_comment_is_asked_about_and_the_answer_is_read(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(endpoint.KEY, "secret")
    model.answers = [said('Here it is: {"score": 0.9, "why": "It names the piano."}')]
    first, second = endpoint.open(model.address)(["soft piano", "first!"])
    assert (first.score, first.why) == (0.9, "It names the piano.")
    assert first.facets["instrument"] == ("piano",)
    assert second.facets == {}
    path, body, key = model.asked[0]
    assert (path, body["model"], body["temperature"], key) == (
        "/v1/chat/completions",
        "tiny",
        0,
        "Bearer secret",
    )
    assert {asked["messages"][1]["content"] for _, asked, _ in model.asked} == {"soft piano", "first!"}


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_means_later_is_asked_for_again(model: Model) -> None:
    model.answers = [(429, "slow down"), (503, "busy"), said('{"score": 0.2}')]
    [verdict] = endpoint.open(model.address)(["soft piano"])
    assert (verdict.score, verdict.why, len(model.asked)) == (0.2, "the endpoint gives 0.20.", 3)


@pytest.mark.usefixtures("impatient")
def test_it_does_not_ask_for_ever(model: Model) -> None:
    model.answers = [(503, "busy")]
    with pytest.raises(FetchError, match="answered 503: 'busy'"):
        endpoint.open(model.address)(["soft piano"])
    assert len(model.asked) == endpoint.TRIES


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ((401, "no key"), FetchError, f"answered 401: 'no key'.*{endpoint.KEY}"),
        ((200, "<html>"), SourceError, "holds no score: '<html>'"),
        (said("I like it"), SourceError, "holds no score"),
        (said('{"score": "high"}'), SourceError, "holds no score"),
        (said('{"score": 7}'), SourceError, r"score 7.0, and it has to lie in \[0, 1\]"),
    ],
)
def test_an_answer_that_is_none_is_told(
    model: Model, answer: Answer, error: type[Exception], message: str
) -> None:
    model.answers = [answer]
    with pytest.raises(error, match=message):
        endpoint.open(model.address)(["soft piano"])


def test_nobody_there(model: Model) -> None:
    judge: Callable[..., object] = endpoint.open("http://127.0.0.1:9/v1#tiny")
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 does not answer"):
        judge(["soft piano"])


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8000#tiny", "http://#tiny", "http://127.0.0.1/v1", "ftp://h/v1#m"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is no endpoint"):
        endpoint.open(address)


def test_what_cannot_be_encoded_is_sent_without_it(model: Model) -> None:
    model.answers = [said('{"score": 0}')]
    [verdict] = endpoint.open(model.address)(["pi\udc80ano " * 1000])
    assert verdict.score == 0.0
    assert len(model.asked[0][1]["messages"][1]["content"]) == endpoint.MAX_CHARACTERS
