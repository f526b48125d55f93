"""The regular expressions of XML Schema: as one of Python's, and a text that matches. It knows no types.

What cannot be translated (subtraction of classes, blocks of Unicode) becomes a pattern that matches more, never less.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CLASSES = {
    r"\i": r"[^\W\d]|[:]",
    r"\c": r"[\w.\-:·]",
    r"\I": r"[^\w:]",
    r"\C": r"[^\w.\-:·]",
}
_PROPERTY = re.compile(r"\\[pP]\{([A-Za-z0-9-]+)\}")
_PROPERTIES = {"L": r"[^\W\d_]", "Lu": "[A-ZÀ-ÖØ-Þ]", "Ll": "[a-zß-öø-ÿ]", "N": r"\d", "Nd": r"\d"}
_INSIDE = {r"\i": r"A-Za-z_:À-\uffff", r"\c": r"\w.\-:·", "L": "A-Za-zÀ-\uffff", "Lu": "A-ZÀ-Þ", "Ll": "a-zß-ÿ"}
_NUMBERS = {"N": r"\d", "Nd": r"\d"}


@lru_cache(maxsize=4096)
def translated(pattern: str) -> re.Pattern[str]:
    """Python's pattern for one of XML Schema; the whole text must match it. One that cannot be read matches everything."""
    try:
        return re.compile(_translated(pattern))
    except re.error:
        return re.compile(r"(?s:.*)")


def _translated(pattern: str) -> str:
    made: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        found = _PROPERTY.match(pattern, at)
        two = pattern[at : at + 2]
        if found:
            made.append(_property(found[1], found[0][1] == "P", inside))
            at = found.end()
        elif two in _CLASSES:
            made.append(_INSIDE.get(two, "") if inside else f"(?:{_CLASSES[two]})")
            at += 2
        elif two.startswith("\\"):
            made.append(two)
            at += 2
        elif inside and pattern.startswith("-[", at):
            at = _after_class(pattern, at + 1)  # a subtraction: what is left matches more
        else:
            one = pattern[at]
            inside = (inside or one == "[") and one != "]"
            made.append(f"\\{one}" if one in "^$" and not inside and not _opens(pattern, at) else one)
            at += 1
    return "".join(made)


def _opens(pattern: str, at: int) -> bool:
    """Whether a `^` begins a negated class; elsewhere it means itself in XML Schema."""
    return at > 0 and pattern[at - 1] == "["


def _after_class(pattern: str, at: int) -> int:
    end = pattern.find("]", at)
    return len(pattern) if end < 0 else end + 1


def _property(name: str, negated: bool, inside: bool) -> str:
    if inside:
        return "" if negated else _INSIDE.get(name, _NUMBERS.get(name, r"\W\w"))
    if negated:
        return rf"[^{_INSIDE.get(name, _NUMBERS.get(name, ''))}]" if name in _INSIDE or name in _NUMBERS else r"[\W\w]"
    return _PROPERTIES.get(name, r"[\W\w]")


# --- a text that matches ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def matching(pattern: str) -> str:
    """The shortest plain text that matches, by the pattern's own words; "" where that is beyond this reader."""
    try:
        text, at = _alternatives(pattern, 0)
    except (IndexError, ValueError):
        return ""
    return text if at == len(pattern) and translated(pattern).fullmatch(text) else ""


def _alternatives(pattern: str, at: int) -> tuple[str, int]:
    """The first alternative, and where all of them end."""
    first: str | None = None
    while True:
        made: list[str] = []
        while at < len(pattern) and pattern[at] not in "|)":
            one, at = _piece(pattern, at)
            made.append(one)
        first = "".join(made) if first is None else first
        if at >= len(pattern) or pattern[at] == ")":
            return first, at
        at += 1


def _piece(pattern: str, at: int) -> tuple[str, int]:
    one, at = _atom(pattern, at)
    if at < len(pattern) and pattern[at] in "?*":
        return "", at + 1
    if at < len(pattern) and pattern[at] == "+":
        return one, at + 1
    counted = re.compile(r"\{(\d+)(?:,\d*)?\}").match(pattern, at)
    return (one * int(counted[1]), counted.end()) if counted else (one, at)


def _atom(pattern: str, at: int) -> tuple[str, int]:
    one = pattern[at]
    if one == "(":
        inner, end = _alternatives(pattern, at + (3 if pattern.startswith("(?:", at) else 1))
        return inner, end + 1
    if one == "[":
        end = at + 1
        while pattern[end] != "]" or pattern[end - 1] == "\\":
            end += 1
        whole = pattern[at : end + 1]
        fitting = re.compile(_translated(whole))
        return next(sign for sign in "0123456789aAbBzZ一-_.:/ @+" + whole if fitting.fullmatch(sign)), end + 1
    if one == "\\":
        found = _PROPERTY.match(pattern, at)
        if found:
            return "A" if found[1].startswith("L") else "1", found.end()
        return {"d": "0", "w": "a", "s": " ", "D": "a", "S": "a", "i": "a", "c": "a", "n": "\n", "t": "\t"}.get(
            pattern[at + 1], pattern[at + 1]
        ), at + 2
    return ("a" if one == "." else one), at + 1
