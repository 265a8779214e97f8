"""The words, English and Chinese, in which the demo's listeners speak of what they hear.

Everything here is keyed by the truth of a clip, so a comment made of these words is true of it.
"""

Feel = tuple[str, str]  # mode, tempo

INSTRUMENTS_EN = {
    "piano": ("piano",),
    "guitar": ("guitar", "acoustic guitar", "classical guitar", "nylon-string guitar"),
    "violin": ("violin",),
    "cello": ("cello",),
    "flute": ("flute",),
    "trumpet": ("trumpet",),
    "organ": ("organ", "church organ", "pipe organ"),
    "marimba": ("marimba",),
}
INSTRUMENTS_ZH = {
    "piano": ("钢琴",),
    "guitar": ("吉他", "木吉他", "古典吉他"),
    "violin": ("小提琴",),
    "cello": ("大提琴",),
    "flute": ("长笛",),
    "trumpet": ("小号",),
    "organ": ("管风琴",),
    "marimba": ("马林巴", "马林巴琴"),
}

TEMPOS_EN = {
    "slow": ("slow", "slow", "unhurried", "slow-moving", "leisurely"),
    "medium": ("mid-tempo", "medium-tempo", "moderately paced", "moderate-tempo"),
    "fast": ("fast", "fast", "quick", "fast-paced", "up-tempo", "rapid"),
}
PACES_EN = {
    "slow": ("slow", "slow", "unhurried", "very slow"),
    "medium": ("moderate", "medium", "moderate"),
    "fast": ("fast", "fast", "quick", "really fast"),
}
ADVERBS_EN = {
    "slow": ("at a slow tempo", "at an unhurried pace", "at a slow pace", "at a very slow tempo"),
    "medium": ("at a medium tempo", "at a moderate pace", "at a moderate tempo", "at a steady medium pace"),
    "fast": ("at a fast tempo", "at a quick pace", "at a fast pace", "at high speed"),
}
TEMPOS_ZH = {
    "slow": ("缓慢", "慢速", "舒缓", "慢悠悠"),
    "medium": ("中速", "中等速度", "不快不慢"),
    "fast": ("快速", "快节奏", "飞快"),
}
PACES_ZH = {
    "slow": ("节奏很慢", "速度很慢", "节奏缓慢", "慢板"),
    "medium": ("节奏适中", "速度中等", "中速", "不快不慢"),
    "fast": ("节奏很快", "速度很快", "快节奏", "快板"),
}

MOODS_EN: dict[Feel, tuple[str, ...]] = {
    ("major", "slow"): ("calm", "warm", "peaceful", "tender", "gentle", "serene", "soothing"),
    ("major", "medium"): ("warm", "bright", "pleasant", "light-hearted", "gentle", "sunny", "friendly"),
    ("major", "fast"): ("happy", "cheerful", "lively", "bright", "joyful", "playful", "energetic"),
    ("minor", "slow"): ("sad", "melancholy", "mournful", "dark", "sorrowful", "lonely", "gloomy"),
    ("minor", "medium"): ("melancholy", "wistful", "moody", "serious", "brooding", "bittersweet", "pensive"),
    ("minor", "fast"): ("tense", "restless", "dramatic", "stormy", "urgent", "agitated", "anxious"),
}
MOODS_ZH: dict[Feel, tuple[str, ...]] = {
    ("major", "slow"): ("宁静", "温暖", "平静", "温柔", "安详", "柔和"),
    ("major", "medium"): ("温暖", "明亮", "轻松", "愉快", "惬意", "柔和"),
    ("major", "fast"): ("欢快", "明亮", "活泼", "快乐", "俏皮", "欢乐"),
    ("minor", "slow"): ("忧伤", "悲伤", "阴郁", "哀伤", "孤独", "伤感"),
    ("minor", "medium"): ("忧郁", "惆怅", "伤感", "深沉", "沉郁", "落寞"),
    ("minor", "fast"): ("紧张", "激烈", "不安", "焦躁", "急迫", "狂躁"),
}

MODES_ZH = {"major": "大调", "minor": "小调"}

TEXTURES_EN = {
    "arpeggios": ("rolling arpeggios", "broken chords", "flowing arpeggios"),
    "block chords": ("steady chords", "chords on every beat", "plain block chords"),
    "strummed chords": ("strummed chords", "strumming"),
    "sustained chords": ("long held chords", "sustained chords"),
    "offbeat chords": ("an oom-pah accompaniment", "chords on the offbeat", "offbeat chords"),
    "bass line": ("a simple bass line", "a low bass line"),
    "single line": ("a single melody line", "one lone melody line"),
}
TEXTURES_ZH = {
    "arpeggios": ("分解和弦", "琶音"),
    "block chords": ("柱式和弦", "一拍一下的和弦"),
    "strummed chords": ("扫弦", "扫弦和弦"),
    "sustained chords": ("长音和弦", "绵长的和弦"),
    "offbeat chords": ("后半拍的和弦", "反拍和弦"),
    "bass line": ("低音线条", "低音旋律线"),
    "single line": ("单旋律线", "一条旋律线"),
}

TIMBRES_EN = {
    "piano": ("piano keys", "hammered piano notes"),
    "guitar": ("plucked guitar strings", "fingers on nylon strings"),
    "violin": ("soaring violin", "bowed violin strings"),
    "cello": ("deep cello", "rich low cello tone"),
    "flute": ("airy flute", "breathy flute tone"),
    "trumpet": ("brassy trumpet", "bold trumpet tone"),
    "organ": ("huge church organ", "pipe organ, like in a cathedral"),
    "marimba": ("wooden marimba", "mallets on a marimba"),
}
TIMBRES_ZH = {
    "piano": ("颗粒分明的钢琴", "清脆的钢琴"),
    "guitar": ("尼龙弦吉他", "指弹吉他"),
    "violin": ("细腻的小提琴", "悠扬的小提琴"),
    "cello": ("低沉的大提琴", "浑厚的大提琴"),
    "flute": ("清亮的长笛", "带着气声的长笛"),
    "trumpet": ("嘹亮的小号", "金属感十足的小号"),
    "organ": ("教堂般的管风琴", "恢弘的管风琴"),
    "marimba": ("木质感的马林巴", "槌子敲出来的马林巴"),
}

# Simplified to traditional, for the characters of the words that traditional templates are filled with.
TRADITIONAL = str.maketrans(
    "乐松与伤号宁张忧怅惬欢泼温独紧缓节详调轻适郁钢长阴静风飞马",
    "樂鬆與傷號寧張憂悵愜歡潑溫獨緊緩節詳調輕適鬱鋼長陰靜風飛馬",
)
