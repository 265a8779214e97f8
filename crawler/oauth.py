"""Access for a program without a user: OAuth 2.0 by client credentials (RFC 6749, 4.4)."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from emtool.crawler.answers import Answer, Question
from emtool.crawler.credentials import Key, read_secret, variable
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.json_fields import mapping
from emtool.crawler.web import Web

_GRANT = Question(body=b"grant_type=client_credentials", content_type="application/x-www-form-urlencoded")
_TOKEN = re.compile(r"[!-~]{6,}")
_ERROR = re.compile(r"\w{1,40}")  # RFC 6749, 5.2: a short name
_UNAUTHORIZED = HTTPStatus.UNAUTHORIZED
_ANSWERS = frozenset({_UNAUTHORIZED, HTTPStatus.FORBIDDEN})  # that say more than their status


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A program as a site knows it."""

    source: str  # its keys are EMTOOL_<SOURCE>_CLIENT_ID and EMTOOL_<SOURCE>_CLIENT_SECRET
    access_url: str  # gives tokens
    api: str  # beginning of the addresses that take the token
    obtain: str  # where a person gets the keys
    terms: str  # under which the site gives them


class AppWeb:
    """Asks with a token, which is fetched when it is needed, and once again when the site takes it no more.

    Args:
        web: Makes the requests; id, secret and token are hidden in all that it gives back.
        app: Who asks.
        look: Sees every answer first, that with a token too; a RefusedError of it counts as one of the site.

    Raises:
        UsageError: A key is neither in the environment nor in the keyring.
    """

    def __init__(self, web: Web, app: App, look: Callable[[Answer], None]) -> None:
        self._web = web
        self._app = app
        self._look = look
        self._token: Key | None = None
        parts = [read_secret(app.source, name, app.obtain) for name in ("client_id", "client_secret")]
        basic = base64.b64encode(":".join(parts).encode()).decode()
        web.add_key(
            Key(at=app.access_url, secret=basic, header="Authorization", prefix="Basic ", terms=app.terms)
        )
        for part in parts:
            web.add_key(Key(at=app.access_url, secret=part))  # sent within the other only, hidden by itself

    def get(self, url: str) -> Answer:
        """Fetch a page; its status may be 403 as well.

        Raises:
            UsageError: The site does not take the keys.
            SourceError: It gives no token.
            FetchError: It could not be had.
        """
        if self._token is None:
            self._token = self._fetch_token()
        answer = self._ask(url)
        if answer.status == _UNAUTHORIZED:
            self._web.forget_key(self._token)  # it would be hidden in an answer that gives it again
            self._token = None
            self._token = self._fetch_token()
            answer = self._ask(url)
        if answer.status == _UNAUTHORIZED:
            raise self._refused(f"{url} answers 401 to a new token")
        return answer

    def _ask(self, url: str) -> Answer:
        return self._web.get(url, accept=_ANSWERS, look=self._look)

    def _fetch_token(self) -> Key:
        """Fetch a token; an answer that may hold one is never shown."""
        app = self._app
        answer = self._web.get(
            app.access_url, question=_GRANT, accept=_ANSWERS | {HTTPStatus.BAD_REQUEST}, look=self._look
        )
        try:
            told = mapping(json.loads(answer.body))
        except (ValueError, RecursionError):
            told = {}
        token, error = told.get("access_token"), str(told.get("error"))
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            key = Key(at=app.api, secret=token, header="Authorization", prefix="Bearer ", terms=app.terms)
            self._web.add_key(key)
            return key
        if "error" in told or answer.status != HTTPStatus.OK:
            name = f" {error}" if "error" in told and _ERROR.fullmatch(error) else ""
            raise self._refused(f"{app.access_url} answers {answer.status}{name}")
        raise SourceError(
            f"{app.access_url}: no access_token in an answer of {len(answer.body)} bytes, which is not shown: "
            "run the same command again later"
        )

    def _refused(self, told: str) -> UsageError:
        names = " and ".join(variable(self._app.source, name) for name in ("client_id", "client_secret"))
        return UsageError(
            f"{self._app.source} does not take {names} ({told}): compare them with {self._app.obtain}"
        )
