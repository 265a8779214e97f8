"""Text of strangers on its way to a person: in a terminal, in an error."""

import re

# What moves a cursor, colours or clears (C0, C1, DEL), and what turns the direction of writing (bidi overrides).
_ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_SHOWN = 200  # characters of an unknown answer


def beginning(body: bytes) -> str:
    """Quote the first 200 characters of an answer, for the error that refuses it."""
    return repr(body[: 4 * _SHOWN].decode("utf-8", "replace")[:_SHOWN])


def printable(text: str) -> str:
    """Show every character that a terminal would obey as its escape; line ends stay."""
    return _ACTS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def without_passwords(text: str) -> str:
    """Give a command line or an error with stars for the passwords in addresses, above all of databases."""
    text = re.sub(r"(\bpostgres[\w+]*://[^:@\s]*):\S*@", r"\1:***@", text)
    text = re.sub(r"(\bpostgres[\w+]*://\S*[?&]\w*password=)[^&\s'\"]*", r"\1***", text)
    return re.sub(r"(://[^:@/\s]*):[^:@/\s]*@", r"\1:***@", text)
