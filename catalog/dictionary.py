"""Makes values canonical by the field dictionary, and masks or words them for screens. It stores nothing and asks nobody.

The same fact has one text, however it was written, so that two values can be compared. No message repeats a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from catalog.mismatch import CatalogError
from catalog.types import FieldDefinition, FieldType, Sensitivity

OPEN_END = "9999-12-31"
"""Canonical text of 长期."""

_WIDE = {ord("０") + digit: str(digit) for digit in range(10)} | {ord("Ａ") + n: chr(ord("A") + n) for n in range(26)}
_WIDE |= {ord("ａ") + n: chr(ord("a") + n) for n in range(26)}
_WIDE_MARKS = {ord("．"): ".", ord("－"): "-", ord("，"): ",", ord("／"): "/", ord("＋"): "+", ord("　"): " "}
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters, halves of characters, and the marks that turn the order of writing round: a name must read as it is."""
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
)
_PARTIAL = re.compile(r"(18|19|20)\d\d(-(0[1-9]|1[0-2]))?")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0\d{2,3})?-?([2-9]\d{6,7})(-\d{1,6})?")
_OPEN_WORDS = {"长期", "长期有效", "永久", "永久有效", "99991231", OPEN_END}
_YES = {"true", "1", "是", "有", "yes", "y"}
_NO = {"false", "0", "否", "无", "no", "n"}


class BadValue(CatalogError):
    """A value does not fit its field. `code` is stable, the message is for the clerk and never holds the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def canonical(definition: FieldDefinition, text: str, today: date | None = None) -> str:
    """The one text of a value: NFC, trimmed, half-width digits; dates ISO 8601, numbers plain decimals, codes of the list.

    `today` is the day of typing, for dates that may not lie before or after it; without it (a department's answer) nothing is held
    against a day. Raises BadValue with a code of: EMPTY, TOO_LONG, CONTROL_CHARACTER, BAD_DATE, DATE_PAST, DATE_AHEAD, BAD_NUMBER,
    TOO_SMALL, TOO_GREAT, BAD_CODE, BAD_BOOLEAN, BAD_ID_NUMBER (GB 11643), BAD_USCC (GB 32100), BAD_PHONE."""
    value = unicodedata.normalize("NFC", text).translate(_WIDE).strip()
    title = definition.title
    if not value:
        raise BadValue("EMPTY", f"“{title}”未填写，请填写后再提交")
    if len(value) > definition.max_length:
        raise BadValue("TOO_LONG", f"“{title}”超过 {definition.max_length} 个字，请缩短")
    if _UNSHOWN.search(value):
        raise BadValue("CONTROL_CHARACTER", f"“{title}”含有不可见的控制字符，请重新录入")
    written = _WRITERS[definition.type](definition, value)
    if definition.type in (FieldType.INTEGER, FieldType.DECIMAL):
        _refuse_beyond(definition, Decimal(written))
    if definition.not_before and today is not None and written < today.isoformat()[: len(written)]:
        raise BadValue("DATE_PAST", f"“{title}”不能早于今天，请填写今天或以后的日期")
    if definition.not_after and today is not None and written > today.isoformat():
        raise BadValue("DATE_AHEAD", f"“{title}”不能晚于今天，请核对后填写已经发生的日期")
    return written


def _refuse_beyond(definition: FieldDefinition, number: Decimal) -> None:
    title, unit = definition.title, definition.unit and f" {definition.unit}"
    if definition.minimum is not None and number < definition.minimum:
        raise BadValue("TOO_SMALL", f"“{title}”不能小于 {definition.minimum}{unit}，请核对后填写")
    if definition.maximum is not None and number > definition.maximum:
        raise BadValue("TOO_GREAT", f"“{title}”不能大于 {definition.maximum}{unit}，请核对后填写")


def is_mobile(text: str) -> bool:
    """Whether a canonical phone number is a mobile's: only these take a short message."""
    return _MOBILE.fullmatch(text) is not None


def shown(definition: FieldDefinition, text: str) -> str:
    """A canonical value in words: titles of codes, 是/否, 长期, dates as 2026年3月5日. Other text as it is."""
    if definition.type in (FieldType.CODE, FieldType.CODES):
        titles = {code.code: code.title for code in definition.codes}
        return "、".join(titles.get(code, code) for code in text.split(",")) if text else ""
    if definition.type is FieldType.BOOLEAN:
        return {"true": "是", "false": "否"}.get(text, text)
    if definition.type is FieldType.DATE:
        return _date_shown(text)
    return f"{text} {definition.unit}" if definition.unit and text else text


def _date_shown(text: str) -> str:
    if text == OPEN_END:
        return "长期"
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    if not found:
        return text
    return "".join(f"{int(part)}{unit}" for part, unit in zip(found.groups(), "年月日", strict=True) if part)


def masked(definition: FieldDefinition, text: str) -> str:
    """A value for lists and screens that need not show all of it; public and internal values stay readable."""
    if definition.sensitivity in (Sensitivity.PUBLIC, Sensitivity.INTERNAL) or not text:
        return shown(definition, text)
    match definition.type:
        case FieldType.ID_NUMBER | FieldType.USCC:
            return _ends(text, 3, 4)
        case FieldType.PHONE:
            return _ends(text, 3, 4)
        case FieldType.DATE:
            return "****年**月**日"
        case FieldType.ADDRESS:
            return f"{text[:6]}****" if len(text) > 8 else "****"
        case FieldType.TEXT:
            return _name(text)
        case _:
            return "****"


def _ends(text: str, first: int, last: int) -> str:
    if len(text) <= first + last:
        return "*" * len(text)
    return f"{text[:first]}{'*' * (len(text) - first - last)}{text[-last:]}"


def _name(text: str) -> str:
    if len(text) <= 1:
        return "*"
    return f"{text[0]}*" if len(text) == 2 else f"{text[0]}**"


def _plain(value: str) -> str:
    """Without spaces and with half-width marks, for what is not running text."""
    return "".join(value.translate(_WIDE_MARKS).split())


def _date(definition: FieldDefinition, value: str) -> str:
    text = _plain(value)
    if text in _OPEN_WORDS:
        if definition.open_ended:
            return OPEN_END
        raise BadValue("BAD_DATE", f"“{definition.title}”须填写具体日期，例如 2026-03-05")
    found = _DATE.fullmatch(text)
    parts = [part for part in found.groups() if part] if found else []
    if definition.partial and _PARTIAL.fullmatch(text):
        return text
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except ValueError:
        raise BadValue("BAD_DATE", f"“{definition.title}”不是有效日期，请按 2026-03-05 的格式填写") from None


def _number(definition: FieldDefinition, value: str) -> str:
    text = _plain(value)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    whole = definition.type is FieldType.INTEGER
    if not (_INTEGER if whole else _DECIMAL).fullmatch(text):
        wanted = "整数" if whole else "数字"
        raise BadValue("BAD_NUMBER", f"“{definition.title}”须填写{wanted}，不带单位")
    if whole:
        return str(int(text))
    try:
        plain = format(Decimal(text).normalize(), "f")
    except InvalidOperation as wrong:
        raise BadValue("BAD_NUMBER", f"“{definition.title}”须填写数字，不带单位") from wrong
    return "0" if plain == "-0" else plain


def _code(definition: FieldDefinition, value: str) -> str:
    for code in definition.codes:
        if value in (code.code, code.title, *code.aliases):
            return code.code
    raise BadValue("BAD_CODE", f"“{definition.title}”不在代码表内，请从列表中选择")


def _codes(definition: FieldDefinition, value: str) -> str:
    """Several codes in the order of the list, each once, so that the same choice has one text."""
    chosen = {_code(definition, part.strip()) for part in re.split(r"[,，、;；\n]", value) if part.strip()}
    if not chosen:
        raise BadValue("BAD_CODE", f"“{definition.title}”请至少选择一项")
    return ",".join(code.code for code in definition.codes if code.code in chosen)


def _boolean(definition: FieldDefinition, value: str) -> str:
    word = value.lower()
    if word in _YES or word in _NO:
        return "true" if word in _YES else "false"
    raise BadValue("BAD_BOOLEAN", f"“{definition.title}”请选择“是”或“否”")


def _id_number(definition: FieldDefinition, value: str) -> str:
    """18 characters, date and check character of GB 11643. The place is not judged: old codes of places are still on cards."""
    number = _plain(value).upper()
    try:
        good = bool(re.fullmatch(r"[1-9]\d{16}[\dX]", number)) and ric.calc_check_digit(number) == number[-1]
        if good:
            ric.get_birth_date(number)
    except ValidationError:
        good = False
    if not good:
        raise BadValue("BAD_ID_NUMBER", f"“{definition.title}”校验未通过，请对照身份证核对 18 位号码")
    return number


def _uscc(definition: FieldDefinition, value: str) -> str:
    number = _plain(value).replace("-", "").upper()
    if not uscc.is_valid(number):
        raise BadValue("BAD_USCC", f"“{definition.title}”校验未通过，请对照营业执照核对 18 位代码")
    return number


def _phone(definition: FieldDefinition, value: str) -> str:
    text = re.sub(
        r"^(\+86|0086)", "", _plain(value).replace("（", "").replace("）", "-").replace("(", "").replace(")", "-")
    )
    if _MOBILE.fullmatch(text.replace("-", "")):
        return text.replace("-", "")
    if found := _LANDLINE.fullmatch(text):
        area = f"{found[1]}-" if found[1] else ""
        return f"{area}{found[2]}{found[3] or ''}"
    raise BadValue("BAD_PHONE", f"“{definition.title}”不是有效的电话号码，请填写 11 位手机号或带区号的固定电话")


def _text(definition: FieldDefinition, value: str) -> str:
    return " ".join(value.split())


def _address(definition: FieldDefinition, value: str) -> str:
    """Spaces in a Chinese address carry no meaning; departments put them anywhere."""
    return "".join(value.split())


_WRITERS: Mapping[FieldType, Callable[[FieldDefinition, str], str]] = {
    FieldType.TEXT: _text,
    FieldType.ADDRESS: _address,
    FieldType.DATE: _date,
    FieldType.INTEGER: _number,
    FieldType.DECIMAL: _number,
    FieldType.CODE: _code,
    FieldType.CODES: _codes,
    FieldType.BOOLEAN: _boolean,
    FieldType.ID_NUMBER: _id_number,
    FieldType.USCC: _uscc,
    FieldType.PHONE: _phone,
}
