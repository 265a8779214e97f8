"""tdmrep.json: the rules of a whole site, by the W3C community group's TDM Reservation Protocol of 2024-05-10.

``[{"location": "/music/*.mp3$", "tdm-reservation": 1, "tdm-policy": "https://..."}]``: locations are paths as in
robots.txt, and the first rule in sequence that matches decides. A value other than 0 and 1 is as none at all.
"""

import json
from typing import Any

from emtool.crawler.answers import Answer
from emtool.crawler.json_answers import read_json, refuse
from emtool.crawler.robots import Pattern

NAME = "tdmrep.json"


class TdmRep:
    """One tdmrep.json.

    Raises:
        SourceError: It is no JSON, or no list.
    """

    def __init__(self, answer: Answer) -> None:
        told = read_json(answer, NAME)
        if not isinstance(told, list):
            refuse(answer, NAME, "it is no list of rules")
        self._rules: list[tuple[Pattern, dict[str, Any]]] = [
            (Pattern(rule["location"]), rule)
            for rule in told
            if isinstance(rule, dict) and isinstance(rule.get("location"), str) and rule["location"]
        ]

    def rule(self, url: str) -> tuple[bool, str] | None:
        """Tell whether the rule for an address reserves it, and give that rule; None where there is none."""
        for pattern, rule in self._rules:
            if pattern.covers(url):
                return rule.get("tdm-reservation") in (1, "1"), json.dumps(rule, ensure_ascii=False)
        return None
