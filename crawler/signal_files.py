"""The files beside robots.txt in which a site says that its content is not for training, fetched once per host.

They are asked for once robots.txt has allowed a first page of the host, and whatever it says of these addresses:
like robots.txt itself, they are there for crawlers. TDMRep asks for that, and holds a site that does not give its
file to have none; so does emtool where the site answers 401, 403, 404, 410, or with a page of HTML.
"""

from dataclasses import dataclass
from typing import Protocol

from emtool.crawler.ai_txt import AiTxt
from emtool.crawler.answers import Answer
from emtool.crawler.errors import FetchError, SourceError
from emtool.crawler.http import Client
from emtool.crawler.meta_signals import is_html
from emtool.crawler.tdmrep import NAME as TDMREP
from emtool.crawler.tdmrep import TdmRep

AI_TXT = "ai.txt"
_WELL_KNOWN = "/.well-known"
PATHS = (f"{_WELL_KNOWN}/{TDMREP}", f"{_WELL_KNOWN}/{AI_TXT}", f"/{AI_TXT}")
_MAX_BYTES = 512 * 2**10  # as much of robots.txt is read at least, RFC 9309, 2.5
_MISSING = frozenset({404, 410})
_DENIED = frozenset({401, 403})  # many servers show nothing below /.well-known/ to anybody


class Note(Protocol):
    """Keeps a finding as evidence."""

    def __call__(self, url: str, rule: str, detail: str, *, allowed: bool) -> None:
        """Take the address, the rule, and what decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What the files of one host say; None where there is no such file."""

    ai_txt: AiTxt | None = None
    tdmrep: TdmRep | None = None
    unreadable: tuple[str, str] | None = None  # the file that is there and cannot be read, and why


class SignalFiles:
    """Reads the files of hosts.

    Args:
        client: Fetches them.
        note: Takes what was found at the address of each file.
    """

    def __init__(self, client: Client, note: Note) -> None:
        self._client = client
        self._note = note

    def read(self, origin: str) -> Signals:
        """Fetch the files of one host: two, or three if the second is not there.

        Args:
            origin: Scheme and host, such as ``https://site.example``.
        """
        name = TDMREP
        try:
            answer = self._fetch(origin + PATHS[0], name)
            tdmrep = TdmRep(answer) if answer else None
            name = AI_TXT
            answer = self._fetch(origin + PATHS[1], name) or self._fetch(origin + PATHS[2], name)
        except (FetchError, SourceError) as error:
            return Signals(unreadable=(name, str(error)))
        return Signals(
            tdmrep=tdmrep, ai_txt=AiTxt(answer.body.decode("utf-8-sig", "replace")) if answer else None
        )

    def _fetch(self, url: str, name: str) -> Answer | None:
        answer = self._client.get(url, accept=_MISSING | _DENIED, max_bytes=_MAX_BYTES)
        absent = _absence(answer, name)
        self._note(
            url, name, absent or " ".join(answer.body.decode("utf-8", "replace").split()), allowed=True
        )
        return None if absent else answer


def _absence(answer: Answer, name: str) -> str | None:
    if answer.status in _MISSING:
        return f"{answer.status}: there is none"
    if answer.status in _DENIED:
        return f"{answer.status}: not shown to us, which is no wish; robots.txt is what we go by"
    if is_html(answer.body):
        return f"a page of HTML instead: there is no {name}"
    return None if answer.body.strip() else "it is empty"
