"""What a site wishes: robots.txt (RFC 9309), and signals that its content is not for training."""

import re
from collections.abc import Iterator, Mapping, Sequence

from protego import Protego

from emtool.crawler.identity import PRODUCT

Headers = Mapping[str, Sequence[str]]  # lower-case name -> one value for each time that it was sent
_OPT_OUTS = frozenset({"noai", "noimageai", "noml", "noindex", "none"})  # of X-Robots-Tag
_NO_TRAINING = re.compile(r"\b(?:ai-train|train-ai)\s*=\s*(?:no|n)\b", re.IGNORECASE)
_TAG_AGENT = re.compile(r"\s*(?!unavailable_after)([\w.-]+)\s*:(.*)", re.IGNORECASE | re.DOTALL)


class Robots:
    """One robots.txt."""

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)
        ours = [
            (name, value, line) for agents, name, value, line in read_lines(text) if _speaks_to_us(agents)
        ]
        self._disallowed = [(value, line) for name, value, line in ours if name == "disallow" and value]
        self._names_us = any(PRODUCT in agents for agents, *_ in read_lines(text))
        self._no_training = [
            (path, line) for name, value, line in ours if (path := reserved_path(name, value)) is not None
        ]

    def refusal(self, url: str, *, by_agreement: bool = False) -> str | None:
        """Give the line that keeps emtool away from an address, or None.

        Args:
            url: Where a request would go.
            by_agreement: The site has given a key for it, under terms of its own: a line that keeps every
                crawler away does not stand against that. One that names emtool does, and so does one
                against training.
        """
        agreed = by_agreement and not self._names_us
        rules = self._no_training if agreed or self._rules.can_fetch(url, PRODUCT) else self._disallowed
        covering = [(len(path), line) for path, line in rules if Pattern(path).covers(url)]
        return max(covering)[1] if covering else None

    @property
    def crawl_delay_s(self) -> float:
        """Seconds that the site wants between two requests; 0 if it does not say."""
        return float(self._rules.crawl_delay(PRODUCT) or 0)


def header_refusal(headers: Headers) -> tuple[str, str] | None:
    """Give the rule and the raw line of a header that reserves the content, or None.

    X-Robots-Tag with noai, noml, noindex or the like, for everybody or for emtool; Content-Usage (IETF
    AIPREF) or Content-Signal that refuses training; tdm-reservation: 1 (W3C TDMRep).
    """
    for value in headers.get("x-robots-tag", ()):
        named = _TAG_AGENT.fullmatch(value)
        agent, tags = (named[1].lower(), named[2]) if named else (PRODUCT, value)
        if agent == PRODUCT and _OPT_OUTS & {tag.strip().lower() for tag in tags.split(",")}:
            return "x-robots-tag", f"X-Robots-Tag: {value}"
    for name in ("content-usage", "content-signal"):
        for value in headers.get(name, ()):
            if _NO_TRAINING.search(value):
                return name, f"{name}: {value}"
    if "1" in [value.strip() for value in headers.get("tdm-reservation", ())]:
        policy = next(iter(headers.get("tdm-policy", ())), None)
        return "tdm-reservation", "tdm-reservation: 1" + (f", tdm-policy: {policy}" if policy else "")
    return None


def lifts_reservation(headers: Headers) -> bool:
    """Tell whether the headers say that the content is not reserved, ``tdm-reservation: 0``, and not the opposite."""
    return {value.strip() for value in headers.get("tdm-reservation", ())} == {"0"}


def reserved_path(name: str, value: str) -> str | None:
    """Give the path that a line of Content-Signal or Content-Usage keeps from training; None for other lines."""
    if name not in {"content-signal", "content-usage"} or not _NO_TRAINING.search(value):
        return None
    return value.split(maxsplit=1)[0] if value.startswith("/") else "/"  # Content-Usage may begin with a path


class Pattern:
    """A path as robots.txt writes it (RFC 9309, 2.2.3): a beginning, ``*`` for anything, ``$`` for the end."""

    def __init__(self, path: str) -> None:
        self.path = path
        rooted = path if path.startswith("/") else f"/{path}"
        self._rules = Protego.parse(f"User-agent: *\nDisallow: {rooted}")

    def covers(self, url: str) -> bool:
        """Tell whether an address has such a path."""
        return not self._rules.can_fetch(url, PRODUCT)


def read_lines(text: str) -> Iterator[tuple[frozenset[str], str, str, str]]:
    """Give agents of the group, name, value and raw line; a line above the first group has no agents."""
    agents: set[str] = set()
    in_rules = False
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if name.lower() == "user-agent":
            if in_rules:
                agents.clear()
                in_rules = False
            agents.add(value.lower())
        elif name:
            in_rules = True
            yield frozenset(agents), name.lower(), value, line.strip()


def _speaks_to_us(agents: frozenset[str]) -> bool:
    return not agents or not agents.isdisjoint({"*", PRODUCT})
