"""Makes names in small letters out of what papers call their operations and files. It names no field.

A name is what `[resources.<name>]` and `[wire.files.<name>]` say: letters, digits and hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapters.onboarding.words import is_chinese

LONGEST_NAME = 48


def names_of(operations: Iterable[str]) -> tuple[str, ...]:
    """A name in small letters for each operation, none twice: `RkJbxxCx` is rk-jbxx-cx, 查询营业执照 its pinyin."""
    from pypinyin import lazy_pinyin

    found: list[str] = []
    for said in operations:
        plain = "-".join(lazy_pinyin(said)) if is_chinese(said) else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", said)
        base = _short(re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")) or "question"
        number = sum(1 for one in found if one == base or re.fullmatch(rf"{base}-\d+", one))
        found.append(f"{base}-{number + 1}" if number else base)
    return tuple(found)


def _short(name: str) -> str:
    """Without the last words where it is too long; one endless word is cut."""
    if len(name) <= LONGEST_NAME:
        return name
    return (name[: LONGEST_NAME + 1].rpartition("-")[0] or name[:LONGEST_NAME]).strip("-")
