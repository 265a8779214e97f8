"""Comments with personal data planted in them, and comments that only look as if: all made, nothing collected.

``planted`` draws every value at random in many ways of writing it, and puts it into sentences that listeners could
write, in Chinese and English. ``clean`` holds numbers, times, names of works and words that resemble each kind.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Draw = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Planted:
    """A comment with one secret in it."""

    text: str
    kind: str
    secret: str


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _word(chance: random.Random) -> str:
    return chance.choice(("lily", "moonrise", "jackson", "qiqi", "rainbow", "oldpiano", "xiaoyu", "wanderer"))


def _account(chance: random.Random) -> str:
    return chance.choice(
        (
            f"{_word(chance)}_{_digits(chance, 2)}",
            f"{_word(chance)}{_digits(chance, 4)}",
            f"{_word(chance)}_88x",
        )
    )


def _mobile(chance: random.Random) -> str:
    head, middle, tail = (
        f"1{chance.choice('3456789')}{_digits(chance, 1)}",
        _digits(chance, 4),
        _digits(chance, 4),
    )
    return chance.choice(
        ("{}{}{}", "{}-{}-{}", "{} {} {}", "+86 {}{}{}", "+86-{}-{}-{}", "0086{}{}{}")
    ).format(head, middle, tail)


def _foreign(chance: random.Random) -> str:
    return chance.choice(
        (
            f"+1 (415) 555-{_digits(chance, 4)}",
            f"+1-212-555-{_digits(chance, 4)}",
            f"(503) 555-{_digits(chance, 4)}",
            f"646-555-{_digits(chance, 4)}",
            f"+44 20 7946 0{_digits(chance, 3)}",
            f"07700 900{_digits(chance, 3)}",
            f"+49 30 1234{_digits(chance, 4)}",
            f"+852 9{_digits(chance, 3)} {_digits(chance, 4)}",
            f"0912-{_digits(chance, 3)}-{_digits(chance, 3)}",
            f"+81 90-1{_digits(chance, 3)}-{_digits(chance, 4)}",
            f"+91 98{_digits(chance, 3)} {_digits(chance, 5)}",
            f"010-8{_digits(chance, 7)}",
        )
    )


def _full_width(chance: random.Random) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in f"138{_digits(chance, 8)}")


def _numerals(chance: random.Random) -> str:
    return "一三" + "".join(chance.choice("零一二三四五六七八九") for _ in range(9))


def _email(chance: random.Random) -> str:
    name, host = (
        _account(chance),
        chance.choice(("example.com", "mail.example.org", "example.co.uk", "example.cn")),
    )
    return chance.choice((f"{name}@{host}", f"{name.replace('_', '.')}@{host}", f"{name}+music@{host}"))


def _spelt_email(chance: random.Random) -> str:
    return chance.choice(
        ("{} at example dot com", "{}[at]example[dot]com", "{} (at) example (dot) org")
    ).format(_account(chance))


def _url(chance: random.Random) -> str:
    tail = _digits(chance, 5)
    return chance.choice(
        (
            f"https://example.com/{tail}?a=b",
            f"http://www.example.org/u/{tail}",
            f"www.example{tail}.net",
            f"example{tail}.com",
            f"t.me/room{tail}",
            f"discord.gg/{tail}ab",
            f"bit.ly/x{tail}",
        )
    )


def _identity(chance: random.Random) -> str:
    born = f"19{_digits(chance, 2)}0{chance.randint(1, 9)}1{chance.randint(0, 9)}"
    return chance.choice(
        (f"110105{born}{_digits(chance, 3)}X", f"44030{chance.randint(1, 9)}{born}{_digits(chance, 4)}")
    )


def _western_identity(chance: random.Random) -> str:
    return chance.choice(
        (f"{_digits(chance, 3)}-{_digits(chance, 2)}-{_digits(chance, 4)}", f"4{_digits(chance, 15)}")
    )


def _qq(chance: random.Random) -> str:
    return chance.choice("123456789") + _digits(chance, chance.randint(5, 9))


def _han_name(chance: random.Random) -> str:
    return chance.choice("王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗") + chance.choice(
        ("伟", "晓雯", "思远", "芳", "子涵", "建国", "雨桐")
    )


def _western_name(chance: random.Random) -> str:
    first = chance.choice(("Emily", "Daniel", "Sofia", "Marcus", "Priya", "Hannah"))
    return chance.choice((first, f"{first} {chance.choice(('Carter', 'Novak', 'Lopez', 'Singh'))}"))


def _nick(chance: random.Random) -> str:
    return chance.choice(("小雨点", "北城以北", "阿木木_01", "music_fan", "晚风吹", "Jay的耳机", "user8812"))


SENTENCES: tuple[tuple[str, Draw, tuple[str, ...]], ...] = (
    (
        "phone",
        _mobile,
        (
            "卖票的联系我{}，钢琴那段真好听",
            "打我电话{}",
            "手机号：{} 一起听歌",
            "call me at {} about the guitar lessons",
            "text {} for beats",
        ),
    ),
    ("phone", _full_width, ("求伴奏，电话{}", "{} 联系我")),
    ("phone", _numerals, ("我的号码是{}，来聊音乐", "{}加我")),
    (
        "phone",
        _foreign,
        (
            "ring me on {}",
            "whatsapp me on {} for the stems",
            "booking: {}",
            "my number is {}, I teach violin",
            "电话 {} 找我学琴",
        ),
    ),
    (
        "email",
        _email,
        (
            "请发到{}谢谢",
            "谱子求发 {} ！",
            "mail me: {}",
            "send the sheet music to {} please",
            "contact {} for the drum loop",
        ),
    ),
    ("email", _spelt_email, ("write to {} if you want the tabs", "my mail is {}")),
    (
        "url",
        _url,
        ("快看 {} 超好听", "check out my channel {}", "free download: {} enjoy", "我的歌在{} 求支持"),
    ),
    ("id_number", _identity, ("我的身份证是{}", "身份证号：{}，帮我抢票", "{}这是我的证件号")),
    (
        "id_number",
        _western_identity,
        ("my ssn is {} lol", "card {} take my money", "passport number K{} is mine"),
    ),
    (
        "handle",
        _account,
        (
            "加我微信{}",
            "微信号：{} 一起弹吉他",
            "VX:{} 收徒",
            "vx {} 教钢琴",
            "加V：{}",
            "薇信{}",
            "威信 {} 学唱歌",
            "卫星号{}",
            "wechat: {}",
            "my WeChat ID is {}",
            "insta: {}",
            "my ig is {}",
            "add me on snapchat {}",
            "follow me on twitter @{}",
            "telegram: {} for remixes",
            "discord {} hit me up",
            "抖音号：{} 求关注",
            "小红书：{}",
        ),
    ),
    (
        "handle",
        _qq,
        ("QQ{}", "加qq {} 交流编曲", "QQ群：{}", "扣扣 {} 找我", "q群{}欢迎乐迷", "企鹅号{}", "加Q：{}"),
    ),
    (
        "mention",
        _nick,
        (
            "@{} 快来听",
            "这段吉他 @{} ",
            "求翻唱@{}",
            "@{} you have to hear this solo",
            "thanks @{}",
            "回复 {}: 同感，鼓点很稳",
        ),
    ),
    (
        "name",
        _han_name,
        (
            "我叫{}，喜欢这首歌",
            "大家好，我是{}",
            "我的名字是{}。",
            "本人{}，学了十年钢琴",
            "我叫{}来自杭州",
            "你好，我叫{}",
        ),
    ),
    (
        "name",
        _western_name,
        (
            "my name is {} and I play cello",
            "Hi, I'm {}",
            "Hello everyone, I am {}",
            "my name's {}",
            "I'm {} from Ohio",
            "people call me {}",
        ),
    ),
)


def planted(per_sentence: int, seed: int = 0) -> Iterator[Planted]:
    """Draw so many comments from every sentence."""
    chance = random.Random(seed)
    for kind, draw, sentences in SENTENCES:
        for sentence in sentences:
            for _ in range(per_sentence):
                secret = draw(chance)
                yield Planted(sentence.format(secret), kind, secret)


_CLEAN = (
    "{n}万播放了，吉他还是那么好听",
    "第{n}遍单曲循环，前奏一响就起鸡皮疙瘩",
    "{y}年{m}月{d}号打卡，钢琴太温柔",
    "{m}:{d}秒的转音绝了",
    "0{m}:{d} the drop hits so hard",
    "评论过{n}我就去学小提琴",
    "{n} bpm, four on the floor, that is all it takes",
    "who is listening in {y}? the {n}s synth is timeless",
    "top {n} songs of {y}, this bassline is number 1",
    "我叫你一声你敢答应吗？鼓点太燃",
    "我叫了外卖，边吃边听这段萨克斯",
    "听到这里我叫出声来，高音太稳",
    "我是从{y}年开始听的，编曲依旧不过时",
    "微信里分享给了{n}个朋友，都说好听",
    "QQ音乐听的，音质不错，低音很足",
    "qq空间的背景音乐就是它，放了{n}年",
    "my name for this mood is rainy Sunday piano",
    "they call this lo-fi, I call it home, slow and warm",
    "meet me @ {m} pm, we dance to this beat",
    "I'm so in love with the violin at {m}:{d}",
    "I'm from the {n}s and this disco groove still works",
    "line {n} of the chorus has the best harmony",
    "the guitar line is so clean, bass line too",
    "telegram from the past: retro synths, slow drums",
    "instagram brought me here, the cello is gorgeous",
    "snap your fingers to the beat, tempo is perfect",
    "discord is full of this song, what a catchy hook",
    "3.14159 and 2.71828 are the only numbers I like more than this {n}/8 rhythm",
    "op. {n} no. {m} in c minor, andante, played so gently",
    "{n}分{d}秒开始的弦乐铺底，层层递进",
    "0.{n}倍速听更有感觉，慢下来全是忧伤",
    "开头 5 4 3 2 1 倒数完鼓就进来了",
    "1-4-5-6 chords, {n} years old and still fresh",
    "编号{n}的版本现场感更强，人声更近",
    "这首歌名叫夏天，前奏的口琴很清新",
    "歌手叫什么名字？声音好磁性",
    "sounds like a.m. radio, e.g. the brass and the choir",
    "no.{n} on the chart, vocals are so soft",
    "比分{m}-{d}，球场放的就是这首，好燃",
    "cd1 track {n}: strings only, no drums, very calm",
    "温柔是信号，微微信任它的旋律",
    "加油加油！副歌加了电吉他更带感",
    "v好听，vocals are crisp, reverb is long",
    "叫人怎么不爱这段大提琴，名字都不重要",
)


def clean(count: int, seed: int = 0) -> list[str]:
    """Draw comments that hold nothing private."""
    chance = random.Random(seed)
    return [
        _CLEAN[index % len(_CLEAN)].format(
            n=chance.randint(2, 999),
            y=chance.randint(1998, 2026),
            m=chance.randint(1, 12),
            d=chance.randint(10, 59),
        )
        for index in range(count)
    ]
