"""Replaces persons and bodies in one value of an answer. What is not known to be a code or a small number is replaced, whatever it is.

Which sort a value is comes from the mapping (a name, an address, a day) and from its own form (identity numbers, credit codes, phones,
days). Only words of the department's own papers and mapping, short codes and small numbers stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from adapters.kinds.dates import DATE_FORMS
from adapters.proving.fiction import Fiction

FOREVER = 9900
"""Years from here on are no day of anybody: 长期 as some systems write it."""
SAFE_WORDS = frozenset(
    ("true", "false", "null", "bearer", "utf-8", "gb18030", "pdf", "ofd", "jpg", "jpeg", "png", "成功")
)
_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
_USCC = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?!\d)")
_DAY = re.compile(
    r"(?<!\d)(?P<y>(?:19|20|99)\d\d)(?:(?P<s>[-/])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})|年(?P<cm>\d{1,2})月(?P<cd>\d{1,2})日"
    r"|(?P<pm>0[1-9]|1[0-2])(?P<pd>0[1-9]|[12]\d|3[01])(?=(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?!\d)|(?!\d)))"
)
_SHORT = re.compile(
    r"(?:[0-9A-Za-z][0-9._-]{0,5}|[A-Za-z]{1,2}|-?\d{1,6}(?:\.\d{1,6})?|\d{1,4}[/:]\d{1,4}|\d{1,3}(?:\.\d+)?%)"
)
"""Codes with at most one letter in front, words of two letters, small numbers, shares: not enough to tell anybody by."""


@dataclass
class Disguise:
    """`sorts`: a raw text of this answer → what it is; `given`: texts with a fixed fiction (our own request number);
    `safe`: words of papers and mapping. `hidden` gathers every text that was replaced, so that none can be left anywhere."""

    fiction: Fiction
    sorts: Mapping[str, str] = field(repr=False)
    given: Mapping[str, str] = field(repr=False)
    safe: frozenset[str] = field(repr=False)
    hidden: set[str] = field(default_factory=set, repr=False)

    def text(self, raw: str) -> str:
        """The fiction of one whole text."""
        plain = raw.strip()
        if not plain or plain.lower() in SAFE_WORDS or self._stays(plain):
            return raw
        made = self._made(plain)
        if made != plain:
            self.hidden.add(plain)
        return raw.replace(plain, made)

    def _stays(self, plain: str) -> bool:
        sort = self.sorts.get(plain)
        if plain in self.given or sort not in (None, "code", "number", *DATE_FORMS):
            return False
        if sort in DATE_FORMS:
            return plain in self.safe
        return plain in self.safe or _SHORT.fullmatch(plain) is not None

    def _made(self, plain: str) -> str:
        if plain in self.given:
            return self.given[plain]
        sort = self.sorts.get(plain, "")
        if sort in _BY_SORT:
            return _BY_SORT[sort](self.fiction, plain)
        if sort in DATE_FORMS or _whole_day(plain):
            return self.day(plain, sort)
        return self._in_pieces(plain)

    def _in_pieces(self, plain: str) -> str:
        """Known texts, numbers and days inside a longer one; the rest by its shape, unless it is nothing but separators and codes."""
        spans = sorted({**self.sorts, **self.given}, key=len, reverse=True)
        known = "|".join(re.escape(one) for one in spans if len(one) > 1 and one != plain and one in plain)
        pattern = "|".join(part for part in (known, _ID.pattern, f"(?i:{_USCC.pattern})", _PHONE.pattern) if part)
        parts: list[str] = []
        at = 0
        for match in re.finditer(pattern, plain):
            parts += [self._rest(plain[at : match.start()]), self._piece(match[0], plain)]
            at = match.end()
        return "".join([*parts, self._rest(plain[at:])])

    def _piece(self, text: str, whole: str) -> str:
        if text != whole and (text in self.sorts or text in self.given):
            return self.text(text)
        self.hidden.add(text)
        if _ID.fullmatch(text):
            return self.fiction.id_number(text)
        return self.fiction.uscc(text) if _USCC.fullmatch(text) else self.fiction.phone(text)

    def _rest(self, text: str) -> str:
        days = _DAY.sub(lambda match: self.day(match[0], ""), text)
        words = re.split(r"([\s,;:|/，、；：（）()\[\]{}<>\"'=]+)", days)
        return "".join(word if self._is_idle(word) else self.fiction.shape(word) for word in words)

    def _is_idle(self, word: str) -> bool:
        return not any(sign.isalnum() for sign in word) or word in self.safe or _SHORT.fullmatch(word) is not None or _whole_day(word)  # fmt: skip

    def day(self, text: str, form: str) -> str:
        """The day put back, in the style in which it stands there; months and years by their first day; what is no day by its shape."""
        if form in ("epoch", "epoch_ms"):
            seconds = self.fiction.days * 86400
            return (
                str(int(text) - seconds * (1000 if form == "epoch_ms" else 1)) if text.lstrip("-").isdigit() else text
            )
        match = _DAY.search(text)
        if match is None:
            return self._part_of_day(text)
        year, month, day = (
            match["y"],
            match["m"] or match["cm"] or match["pm"],
            match["d"] or match["cd"] or match["pd"],
        )
        if int(year) >= FOREVER:
            return text
        try:
            put = self.fiction.day(date(int(year), int(month), int(day)))
        except ValueError:
            return text  # a day that does not exist stays so, and is nobody's
        return text[: match.start()] + _as(match, put) + text[match.end() :]

    def _part_of_day(self, text: str) -> str:
        match = re.match(r"(\d{4})(\D?)(\d{2})?", text)
        if match is None or not 1900 <= int(match[1]) <= 2100:
            return self.fiction.shape(text)
        month = int(match[3] or 7)
        put = self.fiction.day(date(int(match[1]), month if 1 <= month <= 12 else 7, 1) + timedelta(days=14))
        told = f"{put.month:02}" if match[3] and match[3] != "00" else match[3] or ""
        return f"{put.year}{match[2]}{told}" + text[match.end() :]


def _as(match: re.Match[str], day: date) -> str:
    if match["s"]:
        pad = 2 if len(match["m"]) == 2 and len(match["d"]) == 2 else 1
        return f"{day.year}{match['s']}{day.month:0{pad}}{match['s']}{day.day:0{pad}}"
    if match["cm"]:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day:%Y%m%d}"


def _whole_day(text: str) -> bool:
    match = _DAY.match(text)
    if match is None:
        return False
    rest = text[match.end() :]
    return not rest or re.fullmatch(r"\d{6}|[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", rest) is not None


_BY_SORT: Mapping[str, Callable[[Fiction, str], str]] = {
    "name": Fiction.name,
    "address": Fiction.address,
    "phone": Fiction.phone,
    "id_number": Fiction.id_number,
    "uscc": Fiction.uscc,
}
