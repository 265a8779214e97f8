"""How personal data looks in Chinese and English comments, kind by kind, in the order in which it is taken out.

The patterns run on a *shadow* of the text: the same length, with full-width letters and digits made plain, so that
a span found in the shadow is the span to replace in the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emtool.dataset import names

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NUMERALS = "零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_NUMERAL_DIGITS = str.maketrans(_NUMERALS, "001234567891123456789")
_SPELT_MOBILE = re.compile(rf"[{_NUMERALS}]{{11}}")
_MOBILE = re.compile(r"1[3-9]\d{9}")

_SITE = r"[a-z0-9\-._~:/?#@!$&'*+,;=%]"
_ID_WORD = r"(?=[a-z0-9_.\-]*[0-9_])[a-z0-9][a-z0-9_.\-]{3,29}"  # with a digit or underscore: no plain word
_IS = r"\s?(?:是|[:=]|\bis\b)\s?"
_WECHAT = (
    r"(?:[微威薇维围]\W?信|微芯|[v薇威]\W?信|卫星号|we\s?chat|wei\s?xin"
    r"|(?<![a-z0-9?&])(?:vx|wx|v)(?![a-z])|加薇|加微|加威)"
)
_NETWORK = (
    r"(?<![a-z])(?:insta(?:gram)?|ig|snap(?:chat)?|telegram|tg|discord|kik|line|skype|whatsapp|twitter|tiktok|psn"
    r"|facebook|fb)(?![a-z])\s?(?:id|handle|name|user(?:name)?|tag)?"
)
_MENTION_SIGN = r"(?:(?<![a-z0-9._%+\-])@|@(?=[\u4e00-\u9fff]))(?!\d{1,2}(?::\d\d|\s?[ap]m\b|\b)|_@)"

_NO_HANDLE = (
    r"(?!(?:private|public|broken|down|full|gone|below|here|open|linked|also|just|really|dead|back|named|called|and|for|if|or"
    r"|please|pls|plz|because|guys|everyone|thanks|thank|today|now|with|when|where|while|too|that|this|they|your|which"
    r"|followers|followed|videos?|music|page|account|channel)\b)"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """How one kind looks; a group of a match is what is replaced, or the whole match where there is none."""

    kind: str
    hint: re.Pattern[str]  # cheap: without it the kind cannot occur, which settles most comments
    regex: re.Pattern[str]

    @classmethod
    def of(cls, kind: str, hint: str, *alternatives: str) -> "Pattern":
        """Join alternatives, upper or lower case."""
        joined = "|".join(f"(?:{one})" for one in alternatives)
        return cls(kind, re.compile(hint, re.IGNORECASE), re.compile(joined, re.IGNORECASE))

    def spans(self, shadow: str) -> Iterator[tuple[int, int]]:
        """What is to be replaced, from left to right."""
        if self.hint.search(shadow):
            for match in self.regex.finditer(shadow):
                yield match.span(match.lastindex or 0)


EMAIL = Pattern.of(
    "email",
    r"@|\bat\b|艾特",
    r"[a-z0-9][a-z0-9._%+\-]*@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,10}",
    r"[a-z0-9][a-z0-9._%+\-]*\s?[\[(]?\s?(?:\bat\b|艾特)\s?[\])]?\s?[a-z0-9\-]+\s?"
    r"(?:[\[(]\s?dot\s?[\])]|\bdot\b|点)\s?(?:com|net|org|cn)",
)
URL = Pattern.of(
    "url",
    r":\s?//|\.\w|watch\?",
    rf"(?:https?|ftp)\s?:\s?//(?:{_SITE}|[\[\]()])+",
    rf"(?<![a-z0-9])www\.[a-z0-9\-]+\.\s?{_SITE}+",
    r"(?<![a-z0-9@.\-])(?:[a-z0-9][a-z0-9\-]{0,40}\.)+(?:com|net|org|cn|info|tv|me|io|cc|xyz|gl|gg|ly|be|co|fm|to|fi"
    rf"|uk|de|fr|ru|jp|kr|tw|hk|us|eu|app|link|page|site|store|shop|club|dev|ai)/{_SITE}+",
    r"(?<![a-z0-9@.\-])(?:[a-z0-9][a-z0-9\-]{0,40}\.)+(?:com|net|org|cn|info|xyz)(?![a-z0-9])",
    rf"/?\bwatch\?{_SITE}+",
)
IDENTITY = Pattern.of(
    "id_number",
    r"\d[\dx \-]{8}|身份证|护照|银行卡|卡号|学号|passport|ssn|student id",
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\da-z])",
    r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?![\d\-])",
    r"(?<!\d)(?:\d{4}[ \-]){3}\d{4}(?:[ \-]?\d{3})?(?!\d)",
    r"(?<!\d)(?:4\d{15}|5[1-5]\d{14}|62\d{14,17})(?!\d)",
    r"(?:身份证|护照|银行卡|卡号|学号|passport|\bssn|student id)\s?(?:号码?|number|no\.?)?\s?(?:是|\bis\b|:)?\s?"
    r"([a-z]{0,2}\d[\dx\-]{5,18})",
)
PHONE = Pattern.of(
    "phone",
    r"\d(?:[\s\-.()]{0,2}\d){6}",
    r"(?<![\d+])(?:\+|00)86[\s\-]?1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}(?!\d)",
    r"(?<![\d.])1[3-9]\d[\s\-.]?\d{4}[\s\-.]?\d{4}(?!\d)",
    r"(?<![\d.])1 [3-9](?: \d){9}(?! ?\d)",
    r"(?<!\d)0\d{2,3}[\s\-]\d{7,8}(?!\d)",
    r"(?<!\d)[48]00[\-\s]\d{3,4}[\-\s]\d{3,4}(?!\d)",
    r"(?<![\d+])(?:\+|00)[1-9]\d{0,2}[\s\-.]?(?:\(0?\d{1,4}\)[\s\-.]?)?\d{1,5}(?:[\s\-.]?\d{2,5}){1,4}(?!\d)",
    r"(?<![\d.])\(\d{3}\)\s?\d{3}[\-.\s]\d{4}(?!\d)",
    r"(?<![\d.\-])(?:1[\-.])?\d{3}[\-.]\d{3}[\-.]\d{4}(?![\d\-])",
    r"(?<!\d)0\d{4}\s\d{6}(?!\d)",
    r"(?<!\d)09\d{2}[\-\s]?\d{3}[\-\s]?\d{3}(?!\d)",
    r"(?<![\d\-])0\d{1,4}[\-\s]\d{3,4}[\-\s]\d{3,4}(?![\d\-])",
    r"(?<![\d.\-] )(?<![\d.\-])\d{3} \d{3} \d{4}(?![\d\-]| \d)",
    r"(?:电话|手机号?|联系方式|热线|\btel\b|\bphone\b|\bmobile\b|\bcell\b|\bwhatsapp\b|\bcall me\b|\btext me\b"
    r"|\bmy number\b)[^\d\n+]{0,12}(\+?\d(?:[\s\-.]?\d){6,13})(?!\d)",
)
HANDLE = Pattern.of(
    "handle",
    r"[微威薇维围v]\W?信|微芯|卫星号|chat|wei\s?xin|[加+➕][\s我个的]{0,3}[vqw薇微威]|\b[vw]x|\bv\s?[:是]"
    r"|q\s?[群号:是\d]|qq|扣扣|叩叩|企鹅|🐧"
    r"|(?:抖音|快手|微博|小红书|b站|贴吧|陌陌|探探|网易云|ins)\s?(?:号|id|昵称|账号|[:=])"
    r"|insta|\big\b|snap|telegram|\btg\b|discord|\bkik\b|\bline\b|skype|whatsapp|twitter|tiktok|\bpsn\b|facebook|\bfb\b",
    rf"{_WECHAT}\s?(?:号|id)?{_IS}([a-z][a-z0-9_\-]{{4,19}}|\d{{5,12}})",
    rf"{_WECHAT}\s?(?:号|id)?[\s,，]?({_ID_WORD}|\d{{5,12}})",
    rf"(?:加|\+|➕)\s?(?:我|个)?的?\s?(?:v|q|vx|qq|wx)\s?:?\s?({_ID_WORD}|\d{{5,12}})",
    r"(?:qq|扣扣|叩叩|企鹅|🐧|(?<![a-z])q)\s?(?:群|群号|号)?(?:\s?(?:是|[:=]|\bis\b))?\s?([1-9]\d{4,11})(?!\d)",
    r"(?:抖音|快手|微博|小红书|b站|贴吧|陌陌|探探|网易云|ins)(?:号|id|昵称|账号)\s?(?:是|叫|[:=])\s?([\w.\-]{2,24})",
    rf"(?:抖音|快手|微博|小红书|b站|陌陌)\s?[:=]\s?({_ID_WORD})",
    rf"{_NETWORK}\s?[:=]\s?(@?[a-z0-9_.\-]{{3,32}}(?:#\d{{4}})?)",
    rf"\bmy {_NETWORK}\sis\s{_NO_HANDLE}(@?[a-z0-9_.\-]{{4,32}}(?:#\d{{4}})?)",
    rf"\b(?:add|follow|find|message|dm) me (?:on|at) {_NETWORK}\s?,?\s?{_NO_HANDLE}(@?[a-z0-9_.\-]{{4,32}})",
    rf"{_NETWORK}\s(?:is\s|at\s)?(@?{_ID_WORD}(?:#\d{{4}})?)",
)
MENTION = Pattern.of(
    "mention",
    r"@|回复",
    rf"{_MENTION_SIGN}[\w·.\-]{{1,30}}(?=\s|@|$)",
    rf"{_MENTION_SIGN}[\w·.\-]{{1,30}}?(?=(?<=\w\w)(?:的|你|我|说|快|来|这|是|在|和|也|都|就|作[词曲]|唱)|[^\w·.\-])",
    r"(?:^|(?<=\n))\s*回复\s*[^\s:,，。]{1,20}\s*:",
)
NAME = Pattern.of("name", r"叫|名|本人|我是|name|call|\bi['’]?m\b|i am|this is", *names.PATTERNS)

ORDER = (EMAIL, URL, IDENTITY, PHONE, HANDLE, MENTION, NAME)


def shadow(text: str) -> str:
    """The text with full-width letters, digits and signs made plain, character for character."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def spelt_mobiles(text: str) -> list[tuple[int, int]]:
    """Spans of mobile numbers that are written in Chinese numerals."""
    return [
        match.span()
        for match in _SPELT_MOBILE.finditer(text)
        if _MOBILE.fullmatch(match.group().translate(_NUMERAL_DIGITS))
    ]
