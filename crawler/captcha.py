"""Pages that ask for a human instead of giving what was asked for."""

import html
import re

_HEAD_BYTES = 8192
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_ASKING = re.compile(  # the whole title: a song may be called "Just a moment", its page has more in its title
    r"just a moment\W*|attention required!?( \| cloudflare)?|are you (a )?(human|robot)\??|robot check|captcha|"
    r"(please )?verify (that )?you are (a )?human|security check|安全验证|验证码|人机验证",
    re.IGNORECASE,
)


def asks_for_a_human(body: bytes) -> str | None:
    """Give the title of a page that is a captcha, or None."""
    found = _TITLE.search(body[:_HEAD_BYTES])
    title = " ".join(html.unescape(found[1].decode("utf-8", "replace")).split()) if found else ""
    return title if _ASKING.fullmatch(title) else None
