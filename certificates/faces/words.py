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
_IN_BRACKETS = re.compile(r"（[^（）]*）$")


COPY_TITLE = "（加注件）"
"""What stands behind the name of the type in the title of a copy made as PDF."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What an annotated copy (加注件) says beside the certificate: GB/T 36903's JZJ fields.

    ``purpose`` 用途 (JZJZZSY), ``case_number`` 办件编号, ``maker`` 制作者 (JZJZZZ), ``made_on`` (JZJZZSJ), ``expires_on``
    (JZJYXQJZSJ), ``recipient`` 使用单位; ``sealed`` where the certificate itself bears a seal. The wording is the layout's.
    """

    purpose: str
    maker: str
    made_on: date
    expires_on: date
    case_number: str = field(default="", repr=False)
    recipient: str = ""
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a picture says that is only looked at: that it is a preview and no certificate."""


def words_of(content: CertificateContent) -> dict[str, str]:
    """Return every word that a layout may ask for, by its name."""
    holder = content.holder
    words = {
        "type_name": content.type_name,
        "number": content.number,
        "identifier": str(content.identifier),
        "holder.name": holder.name,
        "holder.label": label_of(content, holder.name) or ("姓名" if holder.code_type == CITIZEN_ID else "单位名称"),
        "holder.you": "你" if holder.code_type == CITIZEN_ID else "你单位",
        "holder.code": holder.code,
        "holder.code_label": _CODE_LABELS.get(holder.code_type) or label_of(content, holder.code) or "持证主体代码",
        "authority.name": content.authority.name,
        "authority.code": content.authority.code,
        "issued_on": chinese_day(content.issued_on),
        "valid_from": chinese_day(content.valid_from),
        "valid_to": chinese_day(content.valid_to) if content.valid_to else WITHOUT_END,
        "period": chinese_period(content),
        "period_with_end": chinese_period(content) if content.valid_to else "",
    }
    return words | {f"fields.{each.name}": each.value for each in content.fields}


def not_shown(content: CertificateContent, drawn: str, *, own: bool = True) -> list[str]:
    """Return by name what the pages, whose whole text is ``drawn``, do not show of ``content``.

    Each word must stand in a place of its own: a day of issue is not shown by the period that begins on it. Faces of
    others (not ``own``) are asked for less: they print neither identifier nor a person's whole number, and their own words.
    """
    text = "".join(drawn.split())
    said = [(name, "".join(words.split())) for name, words in (_said(content) if own else _said_by_others(content))]
    missing = []
    for name, words in sorted(said, key=lambda pair: -len(pair[1])):
        if words not in text:
            missing.append(name)
        elif own and words:
            text = text.replace(words, "\0", 1)
    return [name for name, _ in said if name in missing]


def _said_by_others(content: CertificateContent) -> list[tuple[str, str]]:
    until = ("有效期", chinese_day(content.valid_to) if content.valid_to else "")
    left_out = ("持证主体代码", "证照标识", "有效期")
    return [*(pair for pair in _said(content) if pair[0] not in left_out), until]


def _said(content: CertificateContent) -> list[tuple[str, str]]:
    holder = content.holder
    repeated = (holder.name, holder.code, content.number)
    return [
        ("证照名称", content.type_name),
        ("编号", content.number),
        ("持证主体", holder.name),
        ("持证主体代码", holder.code),
        ("颁发机构", content.authority.name),
        ("颁发日期", chinese_day(content.issued_on)),
        ("有效期", chinese_period(content) if content.valid_to else ""),
        ("证照标识", str(content.identifier)),
        *((f"“{each.label}”", each.value) for each in content.fields if each.value not in repeated),
    ]


def words_of_mark(mark: Mark) -> dict[str, str]:
    """Return the words of an annotated copy."""
    return {
        "mark.purpose": mark.purpose,
        "mark.maker": mark.maker,
        "mark.case_number": mark.case_number,
        "mark.recipient": mark.recipient,
        "mark.made_on": chinese_day(mark.made_on),
        "mark.expires_on": chinese_day(mark.expires_on),
    }


def filled(template: str, words: Mapping[str, str]) -> str:
    """Return ``template`` with its ``{slots}`` filled. Raises Malformed ``layout-slot`` for one that has no word."""
    missing = [name for name in _SLOT.findall(template) if name not in words]
    if missing:
        raise Malformed("layout-slot", f"The layout asks for {{{missing[0]}}}, which this certificate has not.")
    return _SLOT.sub(lambda found: words[found[1]], template)


def label_of(content: CertificateContent, value: str) -> str:
    """Return the label of the first field that has this value: a type says so what it calls its holder; empty where none has."""
    return next((each.label for each in content.fields if each.value == value), "")


def repeated_in(content: CertificateContent) -> frozenset[str]:
    """Return the names of the fields that only repeat the holder's name or code or the number: the first of each."""
    said = (content.holder.name, content.holder.code, content.number)
    found = (next((each.name for each in content.fields if each.value == value), None) for value in said)
    return frozenset(name for name in found if name)


def kind_of(content: CertificateContent) -> str:
    """Return the name of the type without what stands in brackets behind it: its end says what kind of document it is."""
    return _IN_BRACKETS.sub("", content.type_name)


def is_silent(template: str, words: Mapping[str, str]) -> bool:
    """Return whether a slot of ``template`` has an empty word: what would say nothing is not printed, its label neither."""
    return any(words.get(name) == "" for name in _SLOT.findall(template))


def only_slot(template: str) -> str:
    """Return the name of the slot that is the whole template, else the empty string."""
    found = _SLOT.fullmatch(template)
    return found[1] if found else ""


def chinese_day(day: date) -> str:
    """Return a day as certificates print it, ``2026年3月2日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_period(content: CertificateContent) -> str:
    """Return the period of validity as certificates print it."""
    if content.valid_to is None:
        return f"自{chinese_day(content.valid_from)}起{WITHOUT_END}有效"
    return f"{chinese_day(content.valid_from)}至{chinese_day(content.valid_to)}"
