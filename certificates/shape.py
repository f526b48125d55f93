"""Takes the members of a JSON object one by one and refuses what is missing, mistyped or left over. It keeps nothing.

Also the one place where instants and days are written and read, so that every document spells them alike.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from re import Pattern

from certificates.canonical import Json
from certificates.errors import Malformed

MAX_TEXT = 4000
# Years 1000 to 2999: at the ends of the calendar a change of zone would overflow.
_INSTANT = re.compile(r"[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Members:
    """The members of one JSON object; ``where`` names the object in errors, whose texts never hold a value."""

    def __init__(self, value: Json, where: str) -> None:
        if not isinstance(value, dict):
            raise Malformed("shape", f"{where} must be a JSON object.")
        self._left = dict(value)
        self._where = where

    def text(self, name: str, pattern: Pattern[str] | None = None) -> str:
        """Take a text: not empty, printable, fitting ``pattern`` as a whole."""
        value = self._take(name)
        if not isinstance(value, str) or not is_plain_text(value):
            raise self._wrong(name, "must be a printable text that is not empty")
        if pattern is not None and not pattern.fullmatch(value):
            raise self._wrong(name, f"must match {pattern.pattern}")
        return value

    def integer(self, name: str) -> int:
        """Take an integer from 0."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._wrong(name, "must be an integer from 0")
        return value

    def octets(self, name: str) -> bytes:
        """Take bytes written in standard base64, padded and in its only spelling."""
        value = self._take(name)
        if not isinstance(value, str):
            raise self._wrong(name, "must be base64 text", "not-base64")
        try:
            octets = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self._wrong(name, "is not base64", "not-base64") from error
        if base64.b64encode(octets).decode() != value:
            raise self._wrong(name, "is base64 in an unusual spelling", "not-base64")
        return octets

    def instant(self, name: str) -> datetime:
        """Take an instant, ``2025-01-31T08:30:00Z``."""
        value = self._take(name)
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            with _calendar(self._wrong(name, "is no real time")):
                return datetime.fromisoformat(value)
        raise self._wrong(name, "must be a UTC time such as 2025-01-31T08:30:00Z")

    def optional_instant(self, name: str) -> datetime | None:
        return self.instant(name) if self._present(name) else None

    def day(self, name: str) -> date:
        """Take a day, ``2025-01-31``."""
        value = self._take(name)
        if isinstance(value, str) and _DAY.fullmatch(value):
            with _calendar(self._wrong(name, "is no real day")):
                return date.fromisoformat(value)
        raise self._wrong(name, "must be a day such as 2025-01-31")

    def optional_day(self, name: str) -> date | None:
        return self.day(name) if self._present(name) else None

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self._present(name) else None

    def texts(self, name: str, pattern: Pattern[str]) -> tuple[str, ...]:
        """Take a list of texts that fit ``pattern``."""
        values = self._list(name)
        if not all(isinstance(value, str) and pattern.fullmatch(value) for value in values):
            raise self._wrong(name, f"must be a list of texts matching {pattern.pattern}")
        return tuple(str(value) for value in values)

    def object(self, name: str) -> "Members":
        return Members(self._take(name), f"{self._where}.{name}")

    def objects(self, name: str) -> tuple["Members", ...]:
        items = enumerate(self._list(name))
        return tuple(Members(value, f"{self._where}.{name}[{index}]") for index, value in items)

    def done(self) -> None:
        """Refuse members that nobody took: an unknown member may mean something to another reader."""
        if self._left:
            # The name of an unknown member comes from outside and is not repeated.
            raise Malformed("unknown-member", f"{self._where} has {len(self._left)} member(s) this version knows not.")

    def _present(self, name: str) -> bool:
        """Optional members are always written, as null when empty: one value, one spelling."""
        if self._left.get(name, "") is None:
            del self._left[name]
            return False
        return True

    def _list(self, name: str) -> list[Json]:
        value = self._take(name)
        if not isinstance(value, list):
            raise self._wrong(name, "must be a list")
        return value

    def _take(self, name: str) -> Json:
        if name not in self._left:
            raise self._wrong(name, "is missing", "missing-member")
        return self._left.pop(name)

    def _wrong(self, name: str, rule: str, code: str = "shape") -> Malformed:
        return Malformed(code, f"{self._where}.{name} {rule}.")


def is_plain_text(text: str) -> bool:
    """Whether ``text`` shows what it says: not empty, no control characters and no reversing of the reading order."""
    deceives = any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text)
    return text.strip() == text != "" and len(text) <= MAX_TEXT and not deceives


def write_instant(moment: datetime) -> str:
    """Write an aware time as UTC to the second, fractions cut off. Raises Malformed for a naive one."""
    if moment.utcoffset() is None:
        raise Malformed("naive-time", "A time without a zone has no meaning here; pass an aware datetime.")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def write_optional_instant(moment: datetime | None) -> str | None:
    return None if moment is None else write_instant(moment)


def write_octets(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


@contextmanager
def _calendar(wrong: Malformed) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise wrong from error
