"""Which word of a result's code says that all went well, by the paper's list of words or by its remark. It knows no department's codes by heart.

What it finds stands in a drafted sample and beside `# ? found`: a person compares it with the papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.onboarding.places import Place

_WELL = "成功|正常|success|ok"
_MEANS = r"\s*(?:[-–—:：=、.]|表示|代表|为|是)*\s*"
_CODE = r"([A-Za-z0-9_]+)"
_ACT = "(?:查询|操作|处理|请求|调用|执行|返回)?"
_SAID_BEFORE = re.compile(rf"(?<![\w]){_CODE}{_MEANS}{_ACT}(?:成功|正常)")
_SAID_BEHIND = re.compile(rf"(?<![不未否]){_ACT}(?:成功|正常){_MEANS}{_CODE}")
_MEANT = re.compile(rf"{_ACT}(?:{_WELL})", re.IGNORECASE)
_USUAL = ("0", "00", "000", "0000", "200", "success", "ok", "true", "成功", "正常")
"""Words that a list of several would hardly have for anything else (proposed)."""


def success(place: Place) -> str:
    """One of the paper's own words; "" where it names none."""
    found = next(_words(place), "")
    return found if place.longest is None or len(found) <= place.longest else ""


def _words(place: Place) -> Iterator[str]:
    said = dict(zip(place.words, place.meanings, strict=False))
    yield from (word for word, meaning in said.items() if _MEANT.match(meaning))
    for pattern in (_SAID_BEFORE, _SAID_BEHIND):
        yield from (word for word in pattern.findall(place.label) if not place.words or word in place.words)
    yield from (word for word in place.words if word.lower() in _USUAL)
    if place.kind == "boolean":
        yield "true"
