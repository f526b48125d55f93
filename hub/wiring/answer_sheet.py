"""The sheet on which a person of a department answers a question: its fields and rows, and what was written on it, checked. It stores nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Row

from catalog.dictionary import BadValue, canonical
from catalog.types import FieldDefinition, Resource, Site
from hub.cases.views import AnswerTable, FieldView, Option
from hub.errors import BadInput
from hub.wiring.fallingback import is_by_hand

Entry = Row[tuple[object, ...]]

_NAME = re.compile(r"[a-z][a-z_]{0,63}(\[\d{1,3}\]\.[a-z][a-z_]{0,63})?")
ROWS = 6
"""Rows of a list on the sheet. More than that nobody types; the case then goes on with papers."""


@dataclass(frozen=True)
class Written:
    """What a person wrote, in canonical form. `missing` was asked and left empty, as it may be in the wire's stead."""

    values: Mapping[str, str] = field(repr=False)
    lists: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()


def fields_of(site: Site, row: Entry) -> tuple[FieldView, ...]:
    """What is asked once."""
    return tuple(_view(site.dictionary[name], _must(site, row, name)) for name in _asked(row) if "." not in name)


def tables_of(site: Site, row: Entry) -> tuple[AnswerTable, ...]:
    """What is asked as rows."""
    found = []
    for code in dict.fromkeys(name.partition(".")[0] for name in _asked(row) if "." in name):
        columns = [name.partition(".")[2] for name in _asked(row) if name.startswith(f"{code}.")]
        title = next((one.title for one in site.resources[row.about].lists if one.name == code), code)
        found.append(AnswerTable(code, title, tuple(_view(site.dictionary[one], False) for one in columns), ROWS))
    return tuple(found)


def only_what_was_asked(site: Site, row: Entry, found: bool, values: Mapping[str, str]) -> None:
    """Raises BadInput for a name that was not asked, and for values beside “no record”: they would be lost in silence. What is no name
    is not repeated: it could be a value."""
    if not found and any(values.values()):
        raise BadInput(
            "答复“查无此记录”时不能同时填写内容：有记录就答有（found 为 true），没有就不填 values。",
            {"values": "查无此记录时不填"},
            code="ANSWER_NOT_ASKED",
        )
    names = [name for name in _asked(row) if "." not in name]
    cells = [
        f"{one.code}[{n}].{column.key}" for one in tables_of(site, row) for n in range(ROWS) for column in one.columns
    ]
    strange = sorted(set(values) - {*names, *cells})
    if strange:
        rows = [f"{one.code}[0…{ROWS - 1}].{column.key}" for one in tables_of(site, row) for column in one.columns]
        raise BadInput(
            f"答复里有没有问到的项，没有接收。只能填：{'、'.join((*names, *rows))}。",
            {name if _NAME.fullmatch(name) else "values": "没有问到这一项，请去掉" for name in strange},
            code="ANSWER_NOT_ASKED",
        )


def written(site: Site, row: Entry, values: Mapping[str, str], today: date) -> Written:
    """Raises BadInput naming each field that lacks or that the dictionary refuses."""
    mistakes: dict[str, str] = {}

    def clean(key: str, name: str, text: str) -> str:
        try:
            return canonical(site.dictionary[name], text, today) if text else ""
        except BadValue as e:
            mistakes[key] = e.message
            return ""

    single = [name for name in _asked(row) if "." not in name]
    found = {name: clean(name, name, values.get(name, "").strip()) for name in single}
    lacking = [name for name in single if not values.get(name, "").strip()]
    mistakes |= {name: "请填写" for name in lacking if _must(site, row, name)}
    lists = {table.code: _rows(table, values, clean) for table in tables_of(site, row)}
    if not mistakes and _asked(row) and not any(found.values()) and not any(lists.values()):
        mistakes[_asked(row)[0]] = "请至少填写一项"
    if mistakes:
        raise BadInput("请更正以下各项后再答复；确无记录的请点“查无此记录”。", mistakes, code="ANSWER_INCOMPLETE")
    return Written({k: v for k, v in found.items() if v}, {k: v for k, v in lists.items() if v}, tuple(lacking))


def _rows(
    table: AnswerTable, values: Mapping[str, str], clean: Callable[[str, str, str], str]
) -> tuple[Mapping[str, str], ...]:
    """Those in which anything was written."""
    found = []
    for n in range(ROWS):
        keys = {one.key: f"{table.code}[{n}].{one.key}" for one in table.columns}
        found.append({name: clean(key, name, values.get(key, "").strip()) for name, key in keys.items()})
    return tuple(one for one in found if any(one.values()))


def _asked(row: Entry) -> list[str]:
    return list(row.body.get("fields", ()))


def _must(site: Site, row: Entry, name: str) -> bool:
    """In the wire's stead a person may leave out what the wire may; what the inbox is asked anyway is asked whole."""
    if not is_by_hand(site, row.department, row.kind, row.about):
        return True
    resource: Resource = site.resources[row.about]
    known = resource.field_named(name)
    return known is not None and known.required


def _view(definition: FieldDefinition, required: bool) -> FieldView:
    return FieldView(
        key=definition.name,
        title=definition.title,
        type=definition.type.value,
        value="",
        shown="",
        status="empty",
        status_title="待填写",
        locked=False,
        required=required,
        hint=definition.hint,
        unit=definition.unit,
        options=tuple(Option(c.code, c.title) for c in definition.codes),
        used_by=(),
        provenance=None,
        alternatives=(),
        override=None,
        example=definition.example,
    )
