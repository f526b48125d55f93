"""Simple types of XML Schema: what a text must look like, and one text that does. It knows no elements."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lxml import etree

from adapters.kinds.xsd_pattern import matching, translated

_XSD = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class Simple:
    """One simple type. `base` is the type of XML Schema that it comes from; `enumeration` its words with their documentation."""

    name: str
    base: str
    enumeration: tuple[tuple[str, str], ...] = ()
    patterns: tuple[str, ...] = ()
    shortest: int = 0
    longest: int | None = None
    lowest: str = ""
    highest: str = ""
    above: str = ""
    under: str = ""
    digits: int | None = None
    decimals: int | None = None
    item: Simple | None = None
    union: tuple[Simple, ...] = ()
    documentation: str = ""

    @property
    def binary(self) -> bool:
        return self.base in ("base64Binary", "hexBinary")


ANY_SIMPLE = Simple("anySimpleType", "anySimpleType")


def restricted(base: Simple, node: etree._Element) -> Simple:
    """The base with the facets that stand in this `xs:restriction`. Patterns of one step are alternatives."""
    made = base
    words = tuple((str(one.get("value", "")), _said(one)) for one in node.findall(f"{_XSD}enumeration"))
    patterns = [f"(?:{one.get('value', '')})" for one in node.findall(f"{_XSD}pattern")]
    if words:
        made = replace(made, enumeration=words)
    if patterns:
        made = replace(made, patterns=(*made.patterns, "|".join(patterns)))
    for inner in node:
        facet = str(inner.tag).removeprefix(_XSD) if isinstance(inner.tag, str) else ""
        if facet in _FACETS:
            made = _FACETS[facet](made, str(inner.get("value", "")))
    return made


def _said(node: etree._Element) -> str:
    found = node.find(f"{_XSD}annotation/{_XSD}documentation")
    return "" if found is None else " ".join("".join(map(str, found.itertext())).split())


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", text) else 0


_FACETS: Mapping[str, Callable[[Simple, str], Simple]] = {
    "length": lambda made, text: replace(made, shortest=_number(text), longest=_number(text)),
    "minLength": lambda made, text: replace(made, shortest=_number(text)),
    "maxLength": lambda made, text: replace(made, longest=_number(text)),
    "minInclusive": lambda made, text: replace(made, lowest=text, above=""),
    "maxInclusive": lambda made, text: replace(made, highest=text, under=""),
    "minExclusive": lambda made, text: replace(made, above=text, lowest=""),
    "maxExclusive": lambda made, text: replace(made, under=text, highest=""),
    "totalDigits": lambda made, text: replace(made, digits=_number(text)),
    "fractionDigits": lambda made, text: replace(made, decimals=_number(text)),
}


# --- does a text fit? -------------------------------------------------------------------------------------------------

_ZONE = r"(?:Z|[+-]\d\d:\d\d)?"
_INTEGER = r"[+-]?\d+"
_DATE = r"-?\d{4,}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d(?:\.\d+)?"
_SHAPES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(shape)
    for name, shape in {
        "boolean": "true|false|1|0",
        "decimal": r"[+-]?(?:\d+\.?\d*|\.\d+)",
        "float": r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?|-?INF|\+INF|NaN",
        "integer": _INTEGER,
        "date": _DATE + _ZONE,
        "dateTime": f"{_DATE}T{_TIME}{_ZONE}",
        "time": _TIME + _ZONE,
        "gYear": r"-?\d{4,}" + _ZONE,
        "gYearMonth": r"-?\d{4,}-\d\d" + _ZONE,
        "gMonthDay": r"--\d\d-\d\d" + _ZONE,
        "gMonth": r"--\d\d(?:--)?" + _ZONE,
        "gDay": r"---\d\d" + _ZONE,
        "duration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
        "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
        "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
        "NCName": r"[^\W\d][\w.\-·]*",
        "Name": r"[^\W\d:][\w.\-:·]*|:[\w.\-:·]*",
        "NMTOKEN": r"[\w.\-:·]+",
        "QName": r"(?:[^\W\d][\w.\-]*:)?[^\W\d][\w.\-]*",
    }.items()
}
_RANGES: Mapping[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{
        name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        for name, bits in (("byte", 8), ("short", 16), ("int", 32), ("long", 64))
    },
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in (("Byte", 8), ("Short", 16), ("Int", 32), ("Long", 64))},
}
_SHAPE_OF = {
    **{name: "integer" for name in _RANGES},
    "double": "float",
    "ID": "NCName",
    "IDREF": "NCName",
    "ENTITY": "NCName",
    "dateTimeStamp": "dateTime",
    "dayTimeDuration": "duration",
    "yearMonthDuration": "duration",
}
_TEXTS = ("string", "normalizedString", "token", "anyURI", "anySimpleType", "anyAtomicType", "base64Binary", "NOTATION")
BUILTIN = frozenset((*_SHAPES, *_SHAPE_OF, *_TEXTS, "IDREFS", "ENTITIES", "NMTOKENS", "base64"))
"""Every simple type of XML Schema, and `base64` of SOAP's encoding."""
_NUMBERS = frozenset(("decimal", "float", "double", *_RANGES))


def misfit(of: Simple, text: str) -> str:
    """The facet that this text breaks, or "" where it fits."""
    if of.union:
        return "" if any(not misfit(member, text) for member in of.union) else "union"
    if of.item is not None:
        item = of.item
        return next((rule for word in text.split() if (rule := misfit(item, word))), "") or _words(of, text)
    value = text if of.base in ("string", "anySimpleType") else " ".join(text.split())
    return _shape(of, value) or _words(of, value) or _length(of, value) or _bounds(of, value)


def _words(of: Simple, text: str) -> str:
    if of.enumeration and text not in (word for word, _ in of.enumeration):
        return "enumeration"
    return "" if all(translated(pattern).fullmatch(text) for pattern in of.patterns) else "pattern"


def _shape(of: Simple, text: str) -> str:
    name = _SHAPE_OF.get(of.base, of.base)
    if name in ("base64Binary", "base64"):
        return "" if _bytes(text) is not None else "base64Binary"
    if name in _SHAPES and not _SHAPES[name].fullmatch(text):
        return of.base
    if name in ("date", "dateTime") and not _is_day(text):
        return of.base
    low, high = _RANGES.get(of.base, (None, None))
    if low is None and high is None:
        return ""
    value = int(text) if len(text) < 40 else None
    return "" if value is not None and (low is None or value >= low) and (high is None or value <= high) else of.base


def _is_day(text: str) -> bool:
    if not text[0].isdigit() or text[4] != "-":
        return True  # before our era, or after the year 9999: no calendar of ours
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _length(of: Simple, text: str) -> str:
    if not of.shortest and of.longest is None or of.base in _NUMBERS:
        return ""
    size = len(text)
    if of.base == "base64Binary":
        size = len(_bytes(text) or b"")
    elif of.base == "hexBinary":
        size //= 2
    if size < of.shortest:
        return "minLength"
    return "maxLength" if of.longest is not None and size > of.longest else ""


def _bounds(of: Simple, text: str) -> str:
    if not (of.lowest or of.highest or of.above or of.under or of.digits is not None or of.decimals is not None):
        return ""
    value = _measure(of, text)
    if value is None:
        return ""
    for rule, bound, orders in (
        ("minInclusive", of.lowest, (1, 0)),
        ("maxInclusive", of.highest, (-1, 0)),
        ("minExclusive", of.above, (1,)),
        ("maxExclusive", of.under, (-1,)),
    ):
        limit = _measure(of, bound) if bound else None
        if limit is not None and _order(value, limit) not in (*orders, None):
            return rule
    return _digits(of, value) if isinstance(value, Decimal) else ""


def _measure(of: Simple, text: str) -> Decimal | str | None:
    """Something that compares: a number, or a date or time as text."""
    if of.base in _NUMBERS:
        try:
            return Decimal(text.replace("INF", "Infinity"))
        except InvalidOperation:
            return None
    return text if of.base in ("date", "dateTime", "gYear", "gYearMonth", "time") else None


def _order(one: Decimal | str, other: Decimal | str) -> int | None:
    """1, 0 or -1; None for two that do not compare."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return None if one.is_nan() or other.is_nan() else (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    return None


def _digits(of: Simple, value: Decimal) -> str:
    if not value.is_finite():
        return ""
    plain = format(value.normalize(), "f").lstrip("+-")
    whole, _, fraction = plain.partition(".")
    if of.decimals is not None and len(fraction) > of.decimals:
        return "fractionDigits"
    size = len(whole.lstrip("0")) + len(fraction)
    return "totalDigits" if of.digits is not None and size > of.digits else ""


# --- a text that fits -------------------------------------------------------------------------------------------------

_SAMPLES: Mapping[str, str] = {
    "boolean": "true",
    "decimal": "1.5",
    "float": "1.5",
    "double": "1.5",
    "date": "2024-01-15",
    "dateTime": "2024-01-15T09:30:00+08:00",
    "time": "09:30:00",
    "gYear": "2024",
    "gYearMonth": "2024-01",
    "gMonthDay": "--01-15",
    "gMonth": "--01",
    "gDay": "---15",
    "duration": "P1D",
    "dateTimeStamp": "2024-01-15T09:30:00+08:00",
    "dayTimeDuration": "P1D",
    "yearMonthDuration": "P1Y",
    "hexBinary": "E698",
    "base64Binary": "56S65L6L",
    "base64": "56S65L6L",
    "anyURI": "urn:example:1",
    "language": "zh-CN",
    "ID": "id1",
    "IDREF": "id1",
    "QName": "a",
    "negativeInteger": "-1",
    "nonPositiveInteger": "-1",
    **{name: "a" for name in ("NCName", "Name", "NMTOKEN", "ENTITY", "NOTATION", "NMTOKENS", "IDREFS", "ENTITIES")},
}


@lru_cache(maxsize=4096)
def sample(of: Simple) -> str:
    """A text that fits, the same each time; "" where none was found."""
    if of.enumeration:
        return of.enumeration[0][0]
    if of.union:
        return sample(of.union[0])
    if of.item is not None:
        return " ".join([sample(of.item)] * max(1, of.shortest))
    return next((text for text in _candidates(of) if not misfit(of, text)), "")


def _candidates(of: Simple) -> list[str]:
    found = [matching(pattern) for pattern in of.patterns]
    plain = _SAMPLES.get(of.base, "7" if of.base in _RANGES else "示例")
    found += [plain, "0", "1"] if of.base in _NUMBERS else [plain]
    found += [bound for bound in (of.lowest, of.highest) if bound]
    if of.base in _NUMBERS:
        for bound, step in ((of.lowest, 1), (of.above, 1), (of.under, -1)):
            limit = _measure(of, bound) if bound else None
            if isinstance(limit, Decimal) and limit.is_finite():
                found += [format(limit + step, "f"), format(limit + Decimal(step) / 100, "f")]
        return found
    if of.base == "base64Binary":
        return [*found, base64.b64encode(b"0" * max(of.shortest, 1)).decode()]
    if of.base == "hexBinary":
        return [*found, "30" * max(of.shortest, 1)]
    return [*found, "1" * max(of.shortest, 1), plain[: of.longest], datetime(2024, 1, 15).strftime("%Y%m%d")]
