"""Keys: where they come from, where they are sent, and that nothing shows them."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from emtool.crawler.credentials import Key, Keys, read_keys, variable
from emtool.crawler.errors import FetchError, UsageError
from emtool.crawler.recipe import Section
from tests.crawler.making import client

SECRET = "top/secret+1"
RULE = {"at": "https://api.test/", "parameter": "client_id", "obtain": "https://api.test/keys"}


def keys(rule: dict[str, Any] = RULE) -> list[Key]:
    return read_keys("my-site", Section("my-site.yaml", {"credentials": {"client_id": rule}}))


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMTOOL_MY_SITE_CLIENT_ID", f" {SECRET}\n")
    (key,) = keys()
    assert key.secret == SECRET
    assert SECRET not in repr(key)
    assert read_keys("my-site", Section("my-site.yaml", {})) == []


def keyring(get: Callable[[str, str], str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get))


def test_a_key_comes_from_the_keyring_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("emtool", "EMTOOL_MY_SITE_CLIENT_ID"): "from keyring".replace(" ", "-")}
    keyring(lambda service, name: kept.get((service, name)), monkeypatch)
    assert keys()[0].secret == "from-keyring"
    monkeypatch.setenv("EMTOOL_MY_SITE_CLIENT_ID", SECRET)
    assert keys()[0].secret == SECRET


def test_a_keyring_that_does_not_open_is_one_line_without_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(_service: str, _name: str) -> str:
        raise RuntimeError(SECRET)

    keyring(locked, monkeypatch)
    with pytest.raises(
        UsageError, match=r"keyring does not open \(RuntimeError\): set EMTOOL_MY_SITE_"
    ) as told:
        keys()
    assert SECRET not in str(told.value)


def test_a_missing_key_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(lambda _service, _name: None, monkeypatch)
    expected = (
        "source my-site needs a key: set EMTOOL_MY_SITE_CLIENT_ID, which you get at https://api.test/keys"
    )
    with pytest.raises(UsageError) as told:
        keys()
    assert str(told.value) == expected


@pytest.mark.parametrize("secret", ["short", "with space", "schlüssel"])
def test_what_cannot_be_a_key_is_refused_unshown(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("EMTOOL_MY_SITE_CLIENT_ID", secret)
    with pytest.raises(UsageError, match="EMTOOL_MY_SITE_CLIENT_ID holds no key") as told:
        keys()
    assert secret not in str(told.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"header": "X-Key"}, "either parameter or header is due"),
        ({"at": "https://api.test"}, "has no / behind its host"),
        ({"secret": "x"}, "no key 'secret' is known"),
    ],
)
def test_a_wrong_rule_is_one_line(more: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        keys(RULE | more)


def test_names_of_variables() -> None:
    assert variable("internet-archive", "api.key") == "EMTOOL_INTERNET_ARCHIVE_API_KEY"


def hidden() -> Keys:
    made = Keys()
    made.add(Key(at="https://api.test/", secret=SECRET, parameter="client_id"))
    made.add(Key(at="https://api.test/v2/", secret="headersecret", header="Authorization", prefix="Token "))
    return made


def test_every_form_of_a_secret_is_hidden() -> None:
    told = f"{SECRET} top%2Fsecret%2B1 top\\/secret+1 headersecret"
    assert hidden().hide(told) == "*** *** *** ***"
    assert hidden().hide_in(told.encode()) == b"*** *** *** ***"


def test_keys_go_only_where_they_belong_and_redirects_bring_them_nowhere_else() -> None:
    seen: list[httpx.Request] = []

    def site(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/v2/a":
            return httpx.Response(
                302, headers={"location": f"https://other.test/b?{request.url.query.decode()}"}
            )
        return httpx.Response(200, content=f"you are {SECRET}".encode())

    with client(site) as opened:
        for key in (hidden())._keys:
            opened.keys.add(key)
        answer = opened.get("https://api.test/v2/a?q=piano+solo&client_id=***")
    assert dict(seen[0].url.params) == {"q": "piano solo", "client_id": SECRET}
    assert seen[0].headers["authorization"] == "Token headersecret"
    assert "authorization" not in seen[1].headers
    assert "secret" not in str(seen[1].url)
    assert (answer.body, "secret" in answer.url) == (b"you are ***", False)


@pytest.mark.parametrize(
    "url", ["https://api.test.evil.test/a", "http://api.test/a", "https://api.test@evil.test/"]
)
def test_addresses_that_look_alike_get_no_key(url: str) -> None:
    assert (hidden().parameters(url), hidden().headers(url)) == ({}, {})


@pytest.mark.parametrize("status", [403, 503])
def test_errors_show_no_key(status: int, tmp_path: Path) -> None:
    with client(lambda _request: httpx.Response(status), attempts=2) as opened:
        opened.keys.add(Key(at="https://api.test/", secret=SECRET, parameter="client_id"))
        for ask in (opened.get, lambda url: opened.download(url, tmp_path / "part")):
            with pytest.raises(FetchError, match=str(status)) as told:
                ask("https://api.test/a")
            assert "secret" not in str(told.value)


def test_a_file_is_fetched_with_its_key_and_kept_without(tmp_path: Path) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if "b" not in request.url.path:
            return httpx.Response(
                302, headers={"location": f"/b?client_id={request.url.params['client_id']}"}
            )
        assert request.url.params["client_id"] == SECRET
        return httpx.Response(200, content=b"sound")

    with client(site) as opened:
        opened.keys.add(Key(at="https://api.test/", secret=SECRET, parameter="client_id"))
        assert "secret" not in opened.download("https://api.test/a", tmp_path / "part").url
