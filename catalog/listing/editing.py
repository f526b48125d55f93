"""Adds what a list says to a matter's file, and writes the file of a matter that is new. It never changes what somebody wrote.

An edit is a few new lines in the text. It is taken only if the file then reads exactly as before plus what was added.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

from catalog.listing.resolving import ListedItem, ListedMatter

Edit = Callable[[str], str | None]
"""Text of a file → the text with something added, or None where an author must do it by hand."""

Tables = dict[str, Any]

_TABLE = re.compile(r"^\s*\[\[?[^\[\]]+\]\]?\s*(#.*)?$")


def skeleton(matter: ListedMatter, applicant_kind: str) -> str:
    """A new matter's file: what the list says, and nothing that it does not say. Parts, situation and precedence are an author's."""
    head = {
        "code": matter.code,
        "title": matter.title,
        "lead": matter.lead,
        "applicant_kind": applicant_kind,
        "listed_kind": matter.listed_kind,
        "sequence": matter.sequence,
        "batch": matter.batch.batch,
        "issuing_level": matter.batch.issuing_level,
        "deadline": matter.deadline,
        "province_mandated": matter.province_mandated,
        "proposed": True,
    }
    lines = [
        f"# 一件事：{matter.title}（{matter.batch.batch}清单，序号 {matter.sequence}）。由清单导入，只有清单所载内容。",
        "# 情形、前后置关系、各部分（parts）由牵头部门补写；事项顺序为清单顺序，不代表办理先后（K-24）。",
        *(f"{key} = {_value(value)}" for key, value in head.items() if value != ""),
    ]
    return "\n".join(lines) + "\n" + "".join(f"\n{_item(item)}" for item in matter.items)


def with_item(text: str, item: ListedItem) -> str | None:
    """The file with one more item after those that it has; None where that cannot be done in its present form."""
    lines = text.split("\n")
    heads = [number for number, line in enumerate(lines) if re.match(r"^\s*\[\[\s*items\s*\]\]", line)]
    if not heads:
        return None
    end = _end_of_table(lines, heads[-1])
    edited = "\n".join([*lines[:end], "", *_item(item).rstrip("\n").split("\n"), *lines[end:]])
    return _checked(text, edited, lambda found: found["items"].append(_plain(item)))


def with_change_note(text: str, item: ListedItem) -> str | None:
    """The file with the change note on an item that has none."""
    lines = text.split("\n")
    heads = [number for number, line in enumerate(lines) if re.match(r"^\s*\[\[\s*items\s*\]\]", line)]
    for head in heads:
        end = _end_of_table(lines, head)
        if any(re.match(rf'^\s*item\s*=\s*"{re.escape(item.item)}"', line) for line in lines[head:end]):
            edited = "\n".join([*lines[:end], f"change_note = {_value(item.change_note)}", *lines[end:]])
            return _checked(text, edited, lambda found: _of(found, item.item).update(change_note=item.change_note))
    return None


def with_key(text: str, key: str, value: object) -> str | None:
    """The file with one more key of the matter itself, below its title."""
    lines = text.split("\n")
    place = next((number for number, line in enumerate(lines, 1) if re.match(r"^title\s*=", line)), 0)
    if not place:
        return None
    edited = "\n".join([*lines[:place], f"{key} = {_value(value)}", *lines[place:]])
    return _checked(text, edited, lambda found: found.update({key: value}))


def _checked(before: str, after: str, change: Callable[[Tables], object]) -> str | None:
    """The new text, if it reads as the old one with just this change."""
    wanted = _read(before)
    change(wanted)
    try:
        return after if _read(after) == wanted else None
    except tomllib.TOMLDecodeError:
        return None


def _read(text: str) -> Tables:
    return tomllib.loads(text.removeprefix("\ufeff"))


def _of(found: Tables, code: str) -> Tables:
    return next(one for one in found["items"] if one["item"] == code)


def _end_of_table(lines: list[str], head: int) -> int:
    """The line after the last key of a table: comments and blank lines before the next table belong to that one."""
    end = next((n for n in range(head + 1, len(lines)) if _TABLE.match(lines[n])), len(lines))
    while end > head + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _plain(item: ListedItem) -> dict[str, object]:
    found: dict[str, object] = {"item": item.item, "order": item.order}
    return found | ({"change_note": item.change_note} if item.change_note else {})


def _item(item: ListedItem) -> str:
    return "[[items]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in _plain(item).items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    escaped = "".join(_ESCAPED.get(one, one) for one in str(value))
    return f'"{escaped}"'


_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
