"""Keys that a site gives its users: from the environment or the keyring, sent where they belong, shown nowhere.

A recipe names them in ``credentials``, each with ``at`` (beginning of the addresses that take it), ``obtain``
(where a person gets it), and ``parameter`` (of the address) or ``header``; ``prefix`` stands before it in the
header. ``terms`` is the address of the agreement under which the key is given.
"""

import importlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from emtool.crawler.errors import UsageError
from emtool.crawler.recipe import Section

_HIDDEN = "***"
_SHORTEST = 6  # characters; a shorter one could not be hidden without harm to other texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A secret and where it goes."""

    at: str
    secret: str = field(repr=False)
    parameter: str | None = None
    header: str | None = None
    prefix: str = ""
    terms: str | None = None

    def opens(self, url: str) -> bool:
        """Tell whether the key goes with a request."""
        return url.startswith(self.at)


class Keys:
    """All keys of a crawl."""

    def __init__(self) -> None:
        self._keys: list[Key] = []

    def add(self, key: Key) -> None:
        """Take a key in."""
        self._keys.append(key)

    def forget(self, key: Key) -> None:
        """Send and hide a key no more."""
        self._keys.remove(key)

    def parameters(self, url: str) -> dict[str, str]:
        """Give what is added to an address."""
        return {key.parameter: key.secret for key in self._keys if key.parameter and key.opens(url)}

    def headers(self, url: str) -> dict[str, str]:
        """Give what is added to the headers of a request."""
        return {key.header: key.prefix + key.secret for key in self._keys if key.header and key.opens(url)}

    def terms(self, url: str) -> str | None:
        """Give the agreement under which an address is asked for."""
        return next((key.terms for key in self._keys if key.terms and key.opens(url)), None)

    def hide(self, text: str) -> str:
        """Put stars in the place of every secret, as a site might give it back."""
        for form in self._forms():
            text = text.replace(form, _HIDDEN)
        return text

    def hide_in(self, body: bytes) -> bytes:
        """Do the same to the bytes of an answer."""
        for form in self._forms():
            body = body.replace(form.encode(), _HIDDEN.encode())
        return body

    def _forms(self) -> Iterator[str]:
        for key in self._keys:
            yield from dict.fromkeys((key.secret, quote(key.secret, safe=""), key.secret.replace("/", "\\/")))


def read_keys(source: str, recipe: Section) -> list[Key]:
    """Find the keys that a recipe asks for.

    Raises:
        UsageError: The recipe is wrong, or a key is neither in the environment nor in the keyring.
    """
    if "credentials" not in recipe:
        return []
    section = recipe.section("credentials")
    return [_read_key(source, name, section.section(name)) for name in section.names()]


def variable(source: str, name: str) -> str:
    """Name the variable of the environment that holds a key, such as ``EMTOOL_JAMENDO_CLIENT_ID``."""
    return "_".join(["EMTOOL", *(re.sub(r"\W|-", "_", part).upper() for part in (source, name))])


def _read_key(source: str, name: str, rule: Section) -> Key:
    rule.check_keys(required={"at", "obtain"}, optional={"parameter", "header", "prefix", "terms"})
    if ("parameter" in rule) == ("header" in rule):
        raise UsageError(f"recipe {rule.place}: either parameter or header is due")
    at = rule.text("at")
    if not urlsplit(at).path:
        raise UsageError(f"recipe {rule.place}: at {at!r} has no / behind its host, where a key could leak")
    return Key(
        at=at,
        secret=read_secret(source, name, rule.text("obtain")),
        parameter=rule.optional_text("parameter"),
        header=rule.optional_text("header"),
        prefix=rule.optional_text("prefix") or "",
        terms=rule.optional_text("terms"),
    )


def read_secret(source: str, name: str, obtain: str) -> str:
    """Find one secret.

    Raises:
        UsageError: It is neither in the environment nor in the keyring; ``obtain`` says where a person gets it.
    """
    place = variable(source, name)
    secret = (os.environ.get(place) or _from_keyring(place) or "").strip()
    if not secret:
        raise UsageError(f"source {source} needs a key: set {place}, which you get at {obtain}")
    if len(secret) < _SHORTEST or not re.fullmatch(r"[!-~]+", secret):
        raise UsageError(
            f"{place} holds no key: one has at least {_SHORTEST} characters, all of them ASCII without "
            f"spaces; you get it at {obtain}"
        )
    return secret


def _from_keyring(name: str) -> str | None:
    """Ask the system's keyring, service ``emtool``, if the package is installed and the keyring is open."""
    try:
        found = importlib.import_module("keyring").get_password("emtool", name)
    except ImportError:
        return None
    except Exception as error:  # noqa: BLE001 - each keyring has errors of its own; the class alone is safe to tell
        raise UsageError(f"the keyring does not open ({type(error).__name__}): set {name} instead") from None
    return found if isinstance(found, str) else None
