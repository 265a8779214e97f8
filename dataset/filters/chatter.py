"""Check-ins and formulas that say nothing of the music, whatever votes they get."""

import re

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig

_WHOLE = re.compile(
    r"(?:前排|沙发|板凳|打卡|签到|报到|顶|赞|路过|留名|占坑|第[一二三四五六七八九十\d]+|来了|我来了|火钳刘明|马克|mark|已阅"
    r"|在吗|早|晚安|早安"
    r"|first|second|third|early|who'?s here|here|present|lol|lmao|rofl|wow|ok(?:ay)?|yes|no|nice|cool"
    r"|same|this|thanks?|thank you|h[ha]+|哈+|呜+|啊+|嗯+|[6 ]+|\d+)[\s!.~,?。!、…]*",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:评论|热评|点赞)(?:过|破|上)?\s*\d|\d+\s*(?:赞|楼)|(?:19|20)\d\d年.{0,12}(?:听|打卡|报到|还有人)|还有人(?:在听|吗)|有人吗"
    r"|(?:anyone|anybody|who(?:'s| is| else)?) .{0,20}(?:listening|here|watching|still).{0,12}(?:(?:19|20)\d\d|\?)"
    r"|like (?:if|this) .{0,30}(?:you|comment)|hit (?:the )?like"
    r"|(?:who|what) brought (?:you|me) here|before (?:it|this) (?:blew|blows) up",
    re.IGNORECASE,
)


def reason(comment: Candidate, _config: BuildConfig) -> str | None:
    """Drop a comment that is a formula, or that holds one of those which stand for nothing else."""
    if _WHOLE.fullmatch(comment.text):
        return "a formula of comment sections"
    found = _PART.search(comment.text)
    return f"chatter ({found.group()!r})" if found else None
