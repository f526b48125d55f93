"""The words that a face shows of a certificate: dates, periods, labels. It places nothing.

Every word is a function of the content alone, so that a verifier can ask of a page whether it shows the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from certificates.certificate import CITIZEN_ID, CREDIT_CODE, CertificateContent
from certificates.errors import Malformed

_CODE_LABELS = {CITIZEN_ID: "公民身份号码", CREDIT_CODE: "统一社会信用代码"}
_SLOT = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
WITHOUT_END = "长期"


@dataclass(frozen=True, slots=True)
class Mark:
    """What an annotated copy (加注件) says beside the certificate: GB/T 36903's JZJ fields.

    ``purpose`` 用途 (JZJZZSY), ``case_number`` 办件编号, ``maker`` 制作者 (JZJZZZ), ``made_on`` (JZJZZSJ), ``expires_on``
    (JZJYXQJZSJ). The wording is the layout's.
    """

    purpose: str
    maker: str
    made_on: date
    expires_on: date
    case_number: str = field(default="", repr=False)


def words_of(content: CertificateContent) -> dict[str, str]:
    """Return every word that a layout may ask for, by its name."""
    holder = content.holder
    words = {
        "type_name": content.type_name,
        "number": content.number,
        "identifier": str(content.identifier),
        "holder.name": holder.name,
        "holder.code": holder.code,
        "holder.code_label": _CODE_LABELS.get(holder.code_type, "持证主体代码"),
        "authority.name": content.authority.name,
        "authority.code": content.authority.code,
        "issued_on": chinese_day(content.issued_on),
        "valid_from": chinese_day(content.valid_from),
        "valid_to": chinese_day(content.valid_to) if content.valid_to else WITHOUT_END,
        "period": chinese_period(content),
    }
    return words | {f"fields.{each.name}": each.value for each in content.fields}


def words_of_mark(mark: Mark) -> dict[str, str]:
    """Return the words of an annotated copy."""
    return {
        "mark.purpose": mark.purpose,
        "mark.maker": mark.maker,
        "mark.case_number": mark.case_number or "—",
        "mark.made_on": chinese_day(mark.made_on),
        "mark.expires_on": chinese_day(mark.expires_on),
    }


def filled(template: str, words: Mapping[str, str]) -> str:
    """Return ``template`` with its ``{slots}`` filled. Raises Malformed ``layout-slot`` for one that has no word."""
    missing = [name for name in _SLOT.findall(template) if name not in words]
    if missing:
        raise Malformed("layout-slot", f"The layout asks for {{{missing[0]}}}, which this certificate has not.")
    return _SLOT.sub(lambda found: words[found[1]], template)


def only_slot(template: str) -> str:
    """Return the name of the slot that is the whole template, else the empty string."""
    found = _SLOT.fullmatch(template)
    return found[1] if found else ""


def chinese_day(day: date) -> str:
    """Return a day as certificates print it, ``2026年3月2日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_period(content: CertificateContent) -> str:
    """Return the period of validity as certificates print it."""
    until = chinese_day(content.valid_to) if content.valid_to else WITHOUT_END
    return f"{chinese_day(content.valid_from)} 至 {until}"
