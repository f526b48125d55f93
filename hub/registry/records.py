"""Reads one row of a list of certificates that another system issued into what the certificate says. Pure: it keeps nothing and asks nobody.

A row is texts by name (docs/e-certificates.md, "Import"). What does not fit is named with its column; nothing is guessed but the number's kind.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from stdnum.cn import ric, uscc

from catalog.types import CertificateType, Site
from certificates import identifier as identifiers
from certificates.certificate import (
    CITIZEN_ID,
    CREDIT_CODE,
    CertificateContent,
    ExtensionField,
    Holder,
    IssuingAuthority,
)
from certificates.errors import Malformed
from certificates.identifier import Identifier
from certificates.shape import is_plain_text
from certificates.status import STATUSES, VALID
from hub.registry.acts import LAPSED, STANDING

COLUMNS = (
    "identifier", "type", "number", "holder_name", "holder_code", "holder_code_type", "authority", "issued_on", "valid_from",
    "valid_to", "status", "scan",
)  # fmt: skip
"""Every column but those of the type's own fields, which begin with `KZ_`."""
OWN_SERIAL = "ZJ"
"""Begins the serial of an identifier that this registry gave, where the issuer's system has none (赋码, proposed)."""
FOREVER = "长期"
EARLIEST = date(1949, 10, 1)
"""No certificate of today's authorities was issued before (proposed): an earlier day is a mistyped one."""
_HALF_WIDTH = {
    wide: wide - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(first), ord(last) + 1)
}
"""Letters and digits as an input method may leave them, by the usual ones; brackets stay, since numbers are printed with either."""
_WRITTEN = ("identifier", "number", "holder_code")
_DAY = re.compile(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?")


@dataclass(frozen=True)
class RowRefused(Exception):
    """Why a row is not taken in: the column and a sentence for people, which repeats no value."""

    column: str
    why: str


@dataclass(frozen=True)
class Record:
    """What a row says. `status` is a code of `certificates.status`; `given` is whether the identifier is the issuer's own."""

    content: CertificateContent = field(repr=False)
    status: str
    given: bool


def read_record(site: Site, row: Mapping[str, str], today: date) -> Record:
    """`today` is the day here: nothing was issued after it. Raises RowRefused at the first thing that does not fit."""
    said = {name.strip(): (value or "").strip() for name, value in row.items()}
    said |= {name: said[name].translate(_HALF_WIDTH) for name in _WRITTEN if name in said}
    kind = site.certificates.get(said.get("type", ""))
    if kind is None:
        raise RowRefused("type", "目录中没有这个证照类型代码")
    known = {*COLUMNS, *(one.name for one in kind.extensions)}
    stray = next((name for name, value in said.items() if value and name not in known), None)
    if stray is not None:
        raise RowRefused(stray[:40], "这一类证照没有这一列")
    issued_on = _day(said, "issued_on")
    valid_from = _day(said, "valid_from", issued_on)
    valid_to = None if said.get("valid_to", "") in ("", FOREVER) else _day(said, "valid_to")
    if issued_on > today:
        raise RowRefused("issued_on", "颁发日期在今天之后；请核对日期，或等到颁发以后再归集")
    if issued_on < EARLIEST:
        raise RowRefused("issued_on", "颁发日期早于 1949 年 10 月 1 日；请核对年份")
    if valid_to is not None and valid_to < valid_from:
        raise RowRefused("valid_to", "有效期止早于有效期起")
    if valid_to is not None and valid_to < issued_on:
        raise RowRefused("valid_to", "有效期止早于颁发日期")
    status = said.get("status") or VALID
    if status not in STATUSES:
        raise RowRefused("status", "证照状态应为 " + "、".join(STATUSES))
    if valid_to is not None and valid_to < today and status in STANDING:
        status = LAPSED  # it ended before it came: nobody may use it until a tick says so
    authority, number = _authority(site, kind, said), _text(said, "number", 60)
    content = CertificateContent(
        _identifier(said, kind.code, authority.code, number),
        kind.code,
        kind.title,
        number,
        _holder(said),
        authority,
        issued_on,
        valid_from,
        valid_to,
        tuple(
            ExtensionField(one.name, one.label, _text(said, one.name, 2000))
            for one in kind.extensions
            if said.get(one.name)
        ),
    )
    return Record(content, status, bool(said.get("identifier")))


def given_identifier(type_code: str, issuer: str, number: str) -> Identifier:
    """One that is worked out of type, issuer and number, where the issuer's system has none: the same three give the same again."""
    digest = hashlib.sha256("\x1f".join((type_code, issuer, number)).encode()).hexdigest()
    return identifiers.make(type_code, issuer, OWN_SERIAL + digest[:30].upper())


def differences(known: CertificateContent, said: CertificateContent) -> tuple[str, ...]:
    """The names of what two rows say otherwise of one certificate."""
    found = [name for name in ("number", "issued_on", "valid_from", "valid_to", "authority") if getattr(known, name) != getattr(said, name)]  # fmt: skip
    found += [f"holder_{part}" for part in ("name", "code") if getattr(known.holder, part) != getattr(said.holder, part)]  # fmt: skip
    before, after = ({one.name: one.value for one in c.fields} for c in (known, said))
    return (*found, *sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))


def _identifier(said: Mapping[str, str], type_code: str, issuer: str, number: str) -> Identifier:
    """The issuer's, or one that is worked out of type, issuer and number: the same row has the same one again."""
    text = said.get("identifier", "")
    try:
        if not text:
            return given_identifier(type_code, issuer, number)
        found = identifiers.parse(text)
    except Malformed as e:
        raise RowRefused("identifier", "证照标识的写法或者校验码不对（GB/T 36904）") from e
    if (found.type_code, found.issuer) != (type_code, issuer):
        raise RowRefused("identifier", "证照标识中的类型或者颁发机构与本行不一致")
    return found


def _authority(site: Site, kind: CertificateType, said: Mapping[str, str]) -> IssuingAuthority:
    """A department of the site by its code or credit code; it must be one that issues this type."""
    text = said.get("authority", "")
    found = next((one for one in site.departments.values() if text in (one.code, one.uscc)), None)
    if not text or found is None:
        raise RowRefused("authority", "颁发机构不是本站点的部门；请填部门代码或者其统一社会信用代码")
    if found.code not in kind.issued_by:
        raise RowRefused("authority", "这个部门不颁发这一类证照")
    return IssuingAuthority(found.name, found.uscc)


def _holder(said: Mapping[str, str]) -> Holder:
    name, code = _text(said, "holder_name", 200), said.get("holder_code", "").upper()
    person, body = bool(ric.is_valid(code)), bool(uscc.is_valid(code))
    if not person and not body:
        raise RowRefused("holder_code", "不是有效的公民身份号码或者统一社会信用代码")
    kind = CITIZEN_ID if person else CREDIT_CODE
    if said.get("holder_code_type", "") not in ("", kind):
        raise RowRefused("holder_code_type", "与主体代码不一致")
    return Holder(name, code, kind)


def _text(said: Mapping[str, str], name: str, most: int) -> str:
    text = said.get(name, "")
    if not text:
        raise RowRefused(name, "没有填写")
    if len(text) > most or not is_plain_text(text):
        raise RowRefused(name, "过长，或者含有不能显示的字符")
    return text


def _day(said: Mapping[str, str], name: str, default: date | None = None) -> date:
    text = said.get(name, "")
    if not text and default is not None:
        return default
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            raise ValueError(name)
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as e:
        raise RowRefused(name, "不是日期；请按 2027-01-31 这样填写") from e
