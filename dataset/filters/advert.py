"""Comments that sell something: a link, a handle or a plea for followers."""

import re

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig

_CONTACT = ("url", "email", "phone", "handle")
_PLEA = re.compile(
    r"加(?:我|个)?(?:微信|薇信|qq|群|好友)|扫码|优惠|包邮|淘宝|代购|兼职|互粉|互关|求关注|求粉|关注我|免费领|点击(?:链接|头像)|主页有"
    r"|check(?:ing)? out my|(?:subscribe|sub) (?:to|4|for) m[ey]|my (?:new )?(?:channel|mixtape|soundcloud|spotify)"
    r"|follow (?:me|back|4|for)|promo code|free download|link in (?:my )?(?:bio|profile)|sub ?4 ?sub|f4f",
    re.IGNORECASE,
)


def reason(comment: Candidate, _config: BuildConfig) -> str | None:
    """Drop a comment with a contact or a plea."""
    for kind in _CONTACT:
        if comment.private.get(kind):
            return f"holds a contact ({kind})"
    plea = _PLEA.search(comment.text)
    return f"advertises ({plea.group()!r})" if plea else None
