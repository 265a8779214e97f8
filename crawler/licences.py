"""Licences as SPDX ids, and which of them a crawl takes."""

import re

from emtool.crawler.errors import UsageError

_CC_URL = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?")
_VERSION = re.compile(r"\b(\d\.\d)\b")
_PARTS = {  # canonical order of a Creative Commons id
    "BY": re.compile(r"\bby\b|attribution"),
    "NC": re.compile(r"\bnc\b|non-? ?commercial"),
    "ND": re.compile(r"\bnd\b|no-? ?deriv"),
    "SA": re.compile(r"\bsa\b|share-? ?alike"),
}
_PUBLIC = {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}
_OF_SITES = {  # what a site says -> what its help pages say that it means
    "creative commons attribution license (reuse allowed)": "CC-BY-3.0",  # YouTube, which links to that version
}
_OPEN = re.compile(r"CC0-1\.0|CC-PDM-1\.0|CC-BY(-SA)?-\d\.\d")
_NONCOMMERCIAL = re.compile(r"CC-BY-NC(-SA)?-\d\.\d")


def spdx(stated: str | None) -> str | None:
    """Give the SPDX id of what a site states: an id, a Creative Commons address, or its name with a version.

    None for anything else, and where no version is stated: a licence that is not known is not assumed. The
    country of a ported licence is left out; the site's own words are kept beside it (``Track.licence_text``).
    """
    text = (stated or "").strip().lower()
    if text in _OF_SITES:
        return _OF_SITES[text]
    if address := _CC_URL.search(text):
        kind, code, version = address.groups()
        return _PUBLIC.get(code) if kind == "publicdomain" else _creative_commons(code, version)
    if re.fullmatch(r"(cc[- ]?0|cc[- ]zero)([- ]1\.0)?", text):
        return "CC0-1.0"
    if re.fullmatch(r"cc-pdm-1\.0", text):
        return "CC-PDM-1.0"
    if re.match(r"cc[- ]|creative ?commons", text):
        version_found = _VERSION.search(text)
        return _creative_commons(text, version_found[1] if version_found else None)
    return None


def web_address(licence: str) -> str | None:
    """Where the text of a Creative Commons licence stands, for its SPDX id."""
    if licence in _PUBLIC.values():
        code = next(code for code, name in _PUBLIC.items() if name == licence)
        return f"https://creativecommons.org/publicdomain/{code}/1.0/"
    if parts := re.fullmatch(r"CC-(BY[A-Z-]*)-(\d\.\d)", licence):
        return f"https://creativecommons.org/licenses/{parts[1].lower()}/{parts[2]}/"
    return None


def check_rule(rule: str) -> None:
    """Refuse a rule that ``permits`` could not apply.

    Raises:
        UsageError: A part of the rule is neither a name nor a licence.
    """
    for part in _split(rule):
        if part not in {"open", "noncommercial", "any"} and spdx(part) is None:
            raise UsageError(
                f"licences {part!r}: give open (CC0, public domain, CC BY, CC BY-SA), noncommercial (those "
                "and their NC forms), any, or SPDX ids such as CC-BY-4.0, with commas between them"
            )


def permits(rule: str, licence: str | None) -> bool:
    """Tell whether a rule such as "open" or "open,CC-BY-ND-4.0" takes an SPDX id; None passes only "any"."""
    parts = _split(rule)
    if "any" in parts:
        return True
    if licence is None:
        return False
    if _OPEN.fullmatch(licence) and ("open" in parts or "noncommercial" in parts):
        return True
    if _NONCOMMERCIAL.fullmatch(licence) and "noncommercial" in parts:
        return True
    return licence in {spdx(part) for part in parts}


def _creative_commons(code: str, version: str | None) -> str | None:
    parts = [name for name, pattern in _PARTS.items() if pattern.search(code)]
    return f"CC-{'-'.join(parts)}-{version}" if "BY" in parts and version else None


def _split(rule: str) -> list[str]:
    return [part.strip() for part in rule.split(",") if part.strip()]
