"""Titles, artists and tags that say nothing about instrument, tempo or mode."""

from random import Random

_FIRST = (
    "Paper",
    "Northern",
    "Seventh",
    "Copper",
    "Borrowed",
    "Harbour",
    "Glass",
    "Winding",
    "Second",
    "Distant",
    "Orchard",
    "Painted",
    "Folded",
    "Hidden",
    "Early",
    "Salt",
    "Amber",
    "Hollow",
    "Crooked",
    "Open",
    "Velvet",
    "Cedar",
    "Lower",
    "Upper",
)
_SECOND = (
    "Lantern",
    "Station",
    "Letters",
    "Window",
    "Stairs",
    "Atlas",
    "Garden",
    "Compass",
    "Mile",
    "Ferry",
    "Almanac",
    "Courtyard",
    "Map",
    "Market",
    "Postcard",
    "Harvest",
    "Bridge",
    "Notebook",
    "Signal",
    "Thread",
    "Tide",
    "Orbit",
    "Gate",
    "Lake",
)
_FIRST_ZH = ("纸", "南", "第七", "借来的", "玻璃", "远方的", "果园", "折叠", "琥珀", "雪松", "旧", "下游")
_SECOND_ZH = ("灯笼", "车站", "来信", "窗", "台阶", "地图", "庭院", "罗盘", "渡口", "集市", "明信片", "桥")
_ARTISTS = (
    "Ada Quill",
    "Marn Okafor",
    "Lio Tanaka",
    "The Tin Kites",
    "Sefa Lund",
    "Old Post Office",
    "Nadir Bloom",
    "Ines Corvo",
    "Kestrel Yard",
    "Juno Park",
    "Pavel Orr",
    "Milk & Slate",
    "Tove Aalto",
    "Rook Society",
    "Emre Vale",
    "Hana Brandt",
    "Small Cartographers",
    "Odile Marsh",
    "Quarter Past Nine",
    "Zuri Lane",
    "Bram Hollis",
    "Lemon Archive",
    "Yara Finch",
    "Noor Castell",
    "Pine Telegraph",
    "Dario Wren",
    "Field Notes Trio",
    "Alma Reyes",
    "Ivo Stern",
    "Blue Ledger",
    "青禾",
    "南巷",
    "陆知远",
    "白鹭洲",
    "阿木与海",
    "顾小满",
    "三号仓库",
    "沈星野",
    "木槿房间",
    "林深处",
)
_TAGS = (
    "instrumental",
    "sketch",
    "miniature",
    "home recording",
    "one take",
    "untitled series",
    "weekly challenge",
    "cc0",
)


def title(work_id: str) -> str:
    """Give the title of a work; it is the same on every recording of it."""
    random = Random(f"title/{work_id}")
    if random.random() < 0.3:
        return f"{random.choice(_FIRST_ZH)}{random.choice(_SECOND_ZH)} {random.randint(1, 40)}"
    number = f" {random.randint(2, 40)}" if random.random() < 0.5 else ""
    return f"{random.choice(_FIRST)} {random.choice(_SECOND)}{number}"


def artist(work_id: str) -> str:
    """Give the artist of a work, one of about forty; all recordings of it are theirs."""
    return Random(f"artist/{work_id}").choice(_ARTISTS)


def tags(seed: int, index: int) -> list[str]:
    """Give the tags that the site itself shows."""
    random = Random(f"{seed}/tags/{index}")
    return sorted(random.sample(_TAGS, random.randint(1, 3)))
