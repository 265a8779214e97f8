"""ai.txt: whether a site's content may train models, in the two ways in which that file is written.

Spawning's (spawning.ai): groups as in robots.txt, whose paths are mostly endings such as ``*.mp3``; the longest
path that covers an address decides. And draft-car-ai-txt-wellknown-00: ``Training: deny``, ``Scraping: deny``,
``Training-Deny: PATH`` and their opposites for the whole site, and indented below ``Agent: NAME`` for one agent.
``Training: conditional`` names conditions that emtool cannot meet, so only a path of ``Training-Allow`` is open.
What a file does not say is no wish; the draft's "deny" for a file without a word on training is not assumed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emtool.crawler.identity import PRODUCT
from emtool.crawler.robots import Pattern, read_lines, reserved_path

_AGENT = re.compile(r"^\s*agent\s*:", re.IGNORECASE)
_SITE_WIDE = re.compile(r"(?:training|scraping)(?:-\w+)?\s*:", re.IGNORECASE)  # not indented
_WORDS = {"allow": True, "deny": False, "conditional": False}
_OF_PATHS = {
    "allow": ("crawling", True),
    "disallow": ("crawling", False),
    "training-allow": ("training", True),
    "training-deny": ("training", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    concern: str  # crawling, training or scraping; each must be allowed
    rank: int  # 2: said to emtool, 1: to every agent, 0: to nobody by name
    pattern: Pattern
    allows: bool
    line: str


class AiTxt:
    """One ai.txt."""

    def __init__(self, text: str) -> None:
        rules = list(_rules(text))
        ranks: dict[str, int] = {}
        for rule in rules:
            ranks[rule.concern] = max(rule.rank, ranks.get(rule.concern, 0))
        self._rules = {
            concern: [rule for rule in rules if (rule.concern, rule.rank) == (concern, rank)]
            for concern, rank in ranks.items()
        }

    def refusal(self, url: str) -> str | None:
        """Give the line that keeps an address from training or from emtool, or None."""
        for rules in self._rules.values():
            covering = [
                (len(rule.pattern.path), rule.allows, rule.line) for rule in rules if rule.pattern.covers(url)
            ]
            if covering and not max(covering)[1]:
                return max(covering)[2]
        return None


def _rules(text: str) -> Iterator[_Rule]:
    lines = [_AGENT.sub("User-agent:", line) for line in text.splitlines()]
    lines.sort(key=lambda line: _SITE_WIDE.match(line) is None)  # what is in no block comes above all blocks
    for agents, name, value, line in read_lines("\n".join(lines)):
        rank = 2 if PRODUCT in agents else 1 if "*" in agents else 0
        if agents and not rank:
            continue
        if name in _OF_PATHS and value.startswith(("/", "*")):
            concern, allows = _OF_PATHS[name]
            path: str | None = value
        elif name in {"training", "scraping"} and value.lower() in _WORDS:
            concern, allows, path = name, _WORDS[value.lower()], "/"
        else:
            concern, allows, path = "training", False, reserved_path(name, value)
        if path is not None:
            yield _Rule(concern=concern, rank=rank, pattern=Pattern(path), allows=allows, line=line)
