"""What a verification sheet 核验结果单 says beside the answers: whom the look-ups are about, and what is applied for. It asks nobody.

The lead decides by the sheet, so persons stand there with name and whole number: the very form that it is handed has them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from catalog.dictionary import shown
from catalog.types import FormField, Item, Role
from hub.cases.plain import PlainCase
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import form_values
from hub.wiring.look_ups import lines_of, look_ups
from hub.wiring.scene import Scene

NO_NAME = "姓名未取得"


def sheet_facts(session: Session, scene: Scene, case: PlainCase, answers: Mapping[str, str]) -> dict[str, str]:
    """The sheet's own blanks; empty where the matter has no sheet. `answers` are those that this very step brings."""
    if not scene.terms.sheet_to:
        return {}
    c = form_values.c
    rows = session.execute(select(c.field, c.value).where(c.case_id == scene.case.id))
    held = {row.field: str(row.value) for row in rows if row.value}
    items = [scene.item(i.item) for i in case.items if i.item in scene.terms.look_ups]
    about = _looked_up(scene, items)
    return {
        "lead_name": scene.site.departments[scene.terms.sheet_to].name,
        "persons": "\n".join(_person(session, scene, role, held) for role in about),
        "applied_for": "；".join(_applied_for(scene, items, about, held)) or "见随附表单",
        "look_ups": lines_of(look_ups(session, scene, case, answers)),
    }


def _looked_up(scene: Scene, items: list[Item]) -> list[Role]:
    """The roles by whose identifiers the look-ups are asked, in the matter's order."""
    keys = {key for item in items for key in item.result.subject.values()}
    return [role for role in scene.matter.roles if role.identifier in keys]


def _person(session: Session, scene: Scene, role: Role, held: Mapping[str, str]) -> str:
    party = next((p for p in scene.case.parties if p.role == role.code), None)
    known = subjects.subject(session, party.subject_id) if party else None
    name = held.get(_name_key(role)) or (known.name if known else "") or NO_NAME
    number = held.get(role.identifier) or (known.identifier if known else "")
    f = scene.form.field(role.identifier)
    return f"{role.title}：{name}，{f.definition.title if f else '证件号码'} {number}"


def _name_key(role: Role) -> str:
    return f"{role.code}.{'enterprise_name' if role.kind == 'enterprise' else 'name'}"


def _applied_for(scene: Scene, items: list[Item], about: list[Role], held: Mapping[str, str]) -> Iterator[str]:
    """What the applicant or another register says for these look-ups: no answer of theirs, and not who the persons are."""
    told = {key for role in about for key in (role.identifier, _name_key(role))}
    codes = {item.code for item in items}
    for f in scene.form.fields:
        if f.key in held and f.key not in told and codes & set(scene.form.used_by[f.key]) and not _answer(f, items):
            yield f"{f.title}：{shown(f.definition, held[f.key])}"


def _answer(f: FormField, items: list[Item]) -> bool:
    results = [(item.result.resource, item.result.subject) for item in items]
    return any((s.resource, s.subject) in results for s in f.sources)
