"""Makes plainly fictional numbers, names and days out of real ones: the same one for the same one, under a key that stays on the hub's machine.

Without the key nobody can try numbers until one fits. Identity numbers and credit codes are of region 990000, which does not exist,
persons have sequence codes 990–999; check characters are right where the original's were. It looks at no answer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date, timedelta

from adapters.kinds.identifiers import id_check, is_id_number, is_uscc, uscc_check

REGION = "990000"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_KINDS_OF_FIRM = re.compile(
    r"(有限责任公司|股份有限公司|有限公司|合作社|分公司|公司|中心|医院|学校|民宿|店|厂|馆|行|社|局|所|院)$"
)
_HAN = "示例测试"
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
FIRST_DAY = date(1900, 1, 1)


class Fiction:
    """Fictions under one key. Two different originals never get one fiction of the same sort."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._taken: dict[tuple[str, str], str] = {}
        self.days = 200 + self._number("days", "", 900)
        """By how much every day is put back."""

    def id_number(self, text: str) -> str:
        """Birth date put back, sex kept; one with a wrong check character gets a wrong one."""
        known = text.upper()
        try:
            born = self.day(date(int(known[6:10]), int(known[10:12]), int(known[12:14]))).strftime("%Y%m%d")
        except ValueError:
            born = known[6:14]  # no day: it stays none, and says nothing of anybody

        def one(at: int) -> str:
            sequence = 990 + (int(known[16]) + 2 * (self._number("id", known, 5) + at)) % 10
            body = f"{990000 + at // 5:06}{born}{sequence}"
            right = id_check(body)
            return body + (right if is_id_number(known) else ("1" if right != "1" else "2"))

        return self._only("id", known, one)

    def uscc(self, text: str) -> str:
        known = text.upper()

        def one(at: int) -> str:
            organisation = "".join(_SIGNS[self._number(f"uscc{place}", f"{known}{at}", 31)] for place in range(8))
            total = sum(_organisation_value(s) * w for s, w in zip(organisation, _ORGANISATION, strict=True))
            body = f"{known[:2]}{REGION}{organisation}{'0123456789X0'[11 - total % 11]}"
            right = uscc_check(body)
            return body + (right if is_uscc(known) else _SIGNS[(_SIGNS.index(right) + 1) % 31])

        return self._only("uscc", known, one)

    def phone(self, text: str) -> str:
        """A mobile number begins 1990000, a landline has the area 0000; separators stay where they were."""
        digits = re.sub(r"\D", "", text)
        mobile = re.fullmatch(r"(?:86|0086)?1[3-9]\d{9}", digits)
        head = len(digits) - 11 if mobile else 0
        area = 4 if digits.startswith("0") and len(digits) > 10 else 3 if digits.startswith("0") else 0

        def one(at: int) -> str:
            tail = [str(self._number(f"phone{place}", f"{digits}{at}", 10)) for place in range(len(digits))]
            start = digits[:head] + "1990000" if mobile else "0" * area + "2"
            made = iter((start + "".join(tail))[: len(digits)])
            return "".join(next(made) if sign.isdigit() else sign for sign in text)

        return self._only("phone", text, one)

    def name(self, text: str) -> str:
        """示例 and two cyclic signs; what sort of firm it is stays."""
        kind = _KINDS_OF_FIRM.search(text) if len(text) > 4 else None

        def one(at: int) -> str:
            drawn = self._number("name", text, 120) + at
            return f"示例{_STEMS[drawn % 10]}{_BRANCHES[drawn // 10 % 12]}{kind[0] if kind else ''}"

        return self._only("name", text, one)

    def address(self, text: str) -> str:
        return self._only("address", text, lambda at: f"示例县测试路{self._number('address', text, 900) + at + 1}号")

    def day(self, day: date) -> date:
        return max(day - timedelta(days=self.days), FIRST_DAY)

    def shape(self, text: str) -> str:
        """A text of the same shape: digits for digits, letters for letters, 示例测试 for Chinese."""
        made = []
        for at, sign in enumerate(text):
            drawn = self._number(f"shape{at}", text, 7280)
            if sign.isascii() and sign.isdigit():
                made.append(str(1 + drawn % 9))
            elif sign.isascii() and sign.isalpha():
                made.append(chr(ord("A" if sign.isupper() else "a") + drawn % 26))
            else:
                made.append(
                    _HAN[at % 4] if sign.isalpha() else sign if sign.isascii() or not sign.isnumeric() else "一"
                )
        return "".join(made)

    def _only(self, sort: str, text: str, make: object) -> str:
        assert callable(make)
        for at in range(1000):
            made = str(make(at))
            if self._taken.setdefault((sort, made), text) == text:
                return made
        raise OverflowError(sort)

    def _number(self, sort: str, text: str, below: int) -> int:
        drawn = hmac.new(self._key, f"{sort}\0{text}".encode(errors="surrogatepass"), hashlib.sha256).digest()
        return int.from_bytes(drawn[:8], "big") % below


def _organisation_value(sign: str) -> int:
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign)
