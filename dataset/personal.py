"""Patterns of personal data in Chinese and English comments, one per kind, tried in this order.

They run on a *shadow* of the text: the same length, with full-width letters and digits made plain, so that a span
found in the shadow is the span to replace in the text.
"""

import re
from dataclasses import dataclass

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPELT_DIGITS = dict(zip(map(ord, "零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"), "0012345678911" + "23456789", strict=True))

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦"
    "付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦"
    "俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦"
    "褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_TOP_LEVEL = "com|net|org|cn|io|co|me|info|tv|cc|xyz|top|site|online|shop|club|vip|app|dev|ly|gl|be|uk|de|ru|jp|kr|tw|hk|us|eu|edu|gov|biz"
_ACCOUNT = r"[a-zA-Z][a-zA-Z0-9_\-]{4,19}"
_TELLING = r"(?=[a-zA-Z0-9_.\-]*[0-9_])[a-zA-Z0-9][a-zA-Z0-9_.\-]{3,29}"  # holds a digit or an underscore: no plain word


@dataclass(frozen=True, slots=True)
class Pattern:
    """How one kind of personal data looks; the group ``value`` is what is replaced, or the whole match."""

    kind: str
    regex: re.Pattern[str]


def _pattern(kind: str, *alternatives: str) -> Pattern:
    return Pattern(kind, re.compile("|".join(f"(?:{a})" for a in alternatives), re.IGNORECASE))


EMAIL = _pattern(
    "email",
    r"[a-z0-9][a-z0-9._%+\-]*@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,10}",
    r"[a-z0-9][a-z0-9._%+\-]*\s?[\[(（]?\s?(?:\bat\b|艾特)\s?[\])）]?\s?[a-z0-9\-]+\s?(?:[\[(（]\s?dot\s?[\])）]|\bdot\b|点)\s?(?:com|net|org|cn)",
)
URL = _pattern(
    "url",
    r"(?:https?|ftp)\s?[:：]\s?//[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+",
    r"(?<![a-z0-9])www\.[a-z0-9\-]+\.[a-z0-9\-._~:/?#@!$&'*+,;=%]+",
    rf"(?<![a-z0-9@.\-])(?:[a-z0-9][a-z0-9\-]{{0,40}}\.)+(?:{_TOP_LEVEL})/[a-z0-9\-._~:/?#@!$&'*+,;=%]+",
    r"(?<![a-z0-9@.\-])(?:[a-z0-9][a-z0-9\-]{0,40}\.)+(?:com|net|org|cn|info|xyz)(?![a-z0-9])",
)
IDENTITY = _pattern(
    "id_number",
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\da-z])",
    r"(?<!\d)\d{3}-\d{2}-\d{4}(?![\d\-])",
    r"(?<!\d)(?:\d{4}[ \-]){3}\d{4}(?:[ \-]?\d{3})?(?!\d)",
    r"(?<!\d)(?:4\d{15}|5[1-5]\d{14}|62\d{14,17})(?!\d)",
    r"(?:身份证|护照|银行卡|卡号|学号|passport|ssn|student id)(?:号码?|number|no\.?)?\s?(?:是|is|[:：])?\s?(?P<value>[a-z]{0,2}\d[\dx\-]{5,18})",
)
PHONE = _pattern(
    "phone",
    r"(?<![\d+])(?:\+|00)86[\s\-]?1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}(?!\d)",
    r"(?<![\d.])1[3-9]\d[\s\-.]?\d{4}[\s\-.]?\d{4}(?!\d)",
    r"(?<!\d)0\d{2,3}[\s\-]\d{7,8}(?!\d)",
    r"(?<!\d)[48]00[\-\s]\d{3,4}[\-\s]\d{3,4}(?!\d)",
    r"(?<![\d+])(?:\+|00)[1-9]\d{0,2}[\s\-.]?(?:\(0?\d{1,4}\)[\s\-.]?)?\d{1,5}(?:[\s\-.]?\d{2,5}){1,4}(?!\d)",
    r"(?<![\d.])\(\d{3}\)\s?\d{3}[\-.\s]\d{4}(?!\d)",
    r"(?<![\d.\-])(?:1[\-.\s])?\d{3}([\-.\s])\d{3}\1\d{4}(?![\d\-])",
    r"(?<!\d)0\d{4}\s\d{6}(?!\d)",
    r"(?:电话|手机号?|联系方式|号码|热线|\btel\b|\bphone\b|\bmobile\b|\bcell\b|\bwhatsapp\b|\bcall me\b|\btext me\b|\bmy number\b)"
    r"(?:[^\d\n]{0,10})(?P<value>\d(?:[\s\-.]?\d){6,13})(?!\d)",
)
HANDLE = _pattern(
    "handle",
    rf"(?:微信|威信|薇信|微芯|维信|v信|wechat|weixin|wei\s?xin|(?<![a-z])(?:vx|wx|v|wb)(?![a-z]))\s?(?:号|id)?\s?(?:是|[:：=]|is\b)\s?(?P<value1>{_ACCOUNT}|\d{{5,12}})",
    rf"(?:微信|威信|薇信|微芯|维信|v信|wechat|weixin|(?<![a-z])(?:vx|wx))\s?(?:号|id)?[\s,，]?(?P<value2>{_TELLING}|\d{{5,12}})",
    rf"(?:加|\+|➕)\s?(?:我|个)?\s?(?:的)?\s?(?:v|q|vx|qq|wx)\s?[:：]?\s?(?P<value3>{_TELLING}|\d{{5,12}})",
    r"(?:qq|扣扣|企鹅|(?<![a-z])q)\s?(?:群|号|群号)?\s?(?:是|[:：=]|is\b)?\s?(?P<value4>[1-9]\d{4,11})(?!\d)",
    r"(?:抖音|快手|微博|小红书|b站|贴吧|陌陌|探探|网易云|ins)(?:号|id|昵称|账号)\s?(?:是|叫|[:：=])\s?(?P<value5>[\w.\-]{2,24})",
    r"(?<![a-z])(?:insta(?:gram)?|ig|snap(?:chat)?|telegram|tg|discord|kik|line|skype|whatsapp|twitter|tiktok|psn|facebook|fb)"
    r"\s?(?:id|handle|name|user(?:name)?)?\s?[:：=]\s?(?P<value6>@?[a-z0-9_.#\-]{3,32})",
    r"(?<![a-z])(?:insta(?:gram)?|ig|snap(?:chat)?|telegram|tg|discord|kik|line|skype|whatsapp|twitter|tiktok|psn)"
    rf"\s?(?:id|handle|name|user(?:name)?)?\s(?:is\s|at\s|@)?(?P<value7>{_TELLING}(?:#\d{{4}})?)",
)
MENTION = _pattern(
    "mention",
    r"(?<![a-z0-9._%+\-])@(?!\d{1,2}(?::\d\d|\s?[ap]m|\b))[\w·.\-]{1,30}",
    r"(?:^|(?<=\n))\s*回复\s*(?P<value>[^\s:：,，。]{1,20})\s*[:：]",
)
_NAME_END = r"(?=[，。！？!?,.~～、;；…\s)）\"”]|$)"
_NAME_GOES_ON = r"(?=今年|来自|是|在|喜欢|住|我|很|也|和|家|就读|现|目前|来|from|，)"
_NOT_NAME = r"(?!某人|你|他|她|它|我|您|咱|大家|了|什么|啥|不|别|谁|的|醒|住|来|去|做|这|那|个|到|停|外卖|车|滴滴|人|爸|妈|哥|姐|老公|老婆)"
NAME = _pattern(
    "name",
    rf"(?:我(?:的名字)?(?:就)?叫(?:做|作)?|我的?(?:名字|大名|真名|姓名)(?:是|叫)|姓名\s?[:：])\s?{_NOT_NAME}(?P<value1>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?)(?:{_NAME_END}|{_NAME_GOES_ON})",
    rf"(?:我(?:的名字)?(?:就)?叫(?:做|作)?|我的?(?:名字|大名|真名|姓名)(?:是|叫)|姓名\s?[:：])\s?{_NOT_NAME}(?P<value2>[\u4e00-\u9fff]{{1,4}}){_NAME_END}",
    r"\b(?:my (?:real |full |first )?name(?:'s|’s| is)|i(?:'m|’m| am) called|(?:they|people|friends) call me)\s(?!someone\b|not\b|in\b|on\b|the\b|what\b|so\b|a\b|like\b|because\b)"
    r"(?P<value3>[a-z][a-z'\-]{1,20}(?-i:(?:\s[A-Z][a-z'\-]{1,20}){0,2}))",
    r"(?-i:\b(?:I'm|I’m|I am|i'm|im|i am|this is)\s(?P<value4>[A-Z][a-z]{1,15}(?:\s[A-Z][a-z]{1,15})?)(?=\s(?:from|here from|and I'm \d|, \d))\b)",
)

ORDER = (EMAIL, URL, IDENTITY, PHONE, HANDLE, MENTION, NAME)


def shadow(text: str) -> str:
    """The text with full-width letters and digits made plain, character for character."""
    return text if text.isascii() else text.translate(_FULL_WIDTH).replace("\u3000", " ")


_SPELT_PHONE = re.compile(r"[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{11}")


def spelt_phones(text: str) -> list[tuple[int, int]]:
    """Spans of mobile numbers written out in Chinese numerals."""
    return [
        match.span()
        for match in _SPELT_PHONE.finditer(text)
        if re.match(r"1[3-9]", match.group().translate(_SPELT_DIGITS))
    ]
