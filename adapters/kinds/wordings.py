"""Names, addresses and telephone numbers as departments pad, space and dot them, made one writing. It judges no name and knows no place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from adapters.kinds.readings import Breaks, Good

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}·])[\s\u3000]+(?=[{_HAN}·])")
_DOTS = str.maketrans(dict.fromkeys("•・‧∙●．．﹒", "·"))
"""The dot between the parts of a minority's or a foreign name, as input methods make it; public security writes U+00B7."""
_WIDE = {ord("\uff01") + at: ord("!") + at for at in range(94) if chr(ord("!") + at).isalnum()}
"""Letters and digits of full width. Brackets and dots stay: in a name they are part of it."""
_BRACKETS = str.maketrans("（）()－", "    -")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(?:(0\d{2,3})[-\s]?)?(\d{7,8})(?:[-\s转]+(\d{1,6}))?", re.ASCII)


def _close(text: str) -> str:
    """Spaces between Chinese characters are padding (张　三); between others they are one."""
    return " ".join(_BETWEEN_HAN.sub("", text.translate(_WIDE)).split())


def _has_letter(text: str) -> bool:
    return any(unicodedata.category(sign).startswith("L") for sign in text)


def _name(text: str) -> Good:
    """Of a person or a body. What has no letter at all (—, 000) is no name."""
    found = _close(text.translate(_DOTS))
    if not _has_letter(found):
        raise Breaks("name")
    return Good(found)


def _address(text: str) -> Good:
    found = _close(text)
    if not _has_letter(found):
        raise Breaks("address")
    return Good(found)


def _phone(text: str) -> Good:
    """A mobile number as 11 digits, a landline as area-number; +86 and brackets go."""
    plain = re.sub(r"^(\+86|0086)[-\s]*", "", text.translate(_WIDE).translate(_BRACKETS)).strip()
    if _MOBILE.fullmatch(re.sub(r"[-\s]", "", plain)):
        return Good(re.sub(r"[-\s]", "", plain))
    found = _LANDLINE.fullmatch(plain)
    if found is None:
        raise Breaks("phone")
    return Good("-".join(part for part in found.groups() if part))


WORDING_FORMS: Mapping[str, Callable[[str], Good]] = {"name": _name, "address": _address, "phone": _phone}
"""Those `as` of a field that give a name, an address or a telephone number."""
