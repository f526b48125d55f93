"""Composes a matter from its own file, the parts of the form that it takes, and what its items ask. It reads no file and judges nothing.

One form is a merge (DB32 standard 3.7): what many matters share is written once, in a part; what only an item asks is written with
the item. An item names *blocks* (`operator`, `premises`); a part has them. Where several parts have a block of one name (an operator
who is registered, one who is about to be), the matter names the part that it takes; a block that one part alone has comes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from catalog.types import Block, FormField, Item, Material, Matter, Part, Question, Role

T = TypeVar("T")

NO_BLOCK = Block(())


@dataclass(frozen=True)
class Own:
    """A matter as its file has it, and the parts that it names."""

    matter: Matter
    parts: tuple[str, ...]


def composed(own: Own, parts: Mapping[str, Part], items: Mapping[str, Item]) -> Matter:
    """The whole matter: all roles, questions and fields that its items need, and each item with everything that it asks here.

    Names that nothing has (a part, a block, an item) are passed over: `catalog.rules.parts` names them."""
    matter = own.matter
    chosen = [items[found.item] for found in matter.items if found.item in items]
    taken = _taken(own, chosen, parts)
    blocks = blocks_of([parts[code] for code in taken])
    pool = _pool([parts[code] for code in taken], chosen, matter)
    demands = {item.code: _demanded(item, blocks, pool.fields) for item in chosen}
    pool = replace(pool, fields={key: _askable(field, pool.fields, own) for key, field in pool.fields.items()})
    used = closure(pool.fields, (key for item in demands.values() for key in item.fields))
    own_keys = {field.key for field in matter.fields}
    roles = _roles(pool, used, {role.code for role in matter.roles})
    wanted = used | own_keys | {role.identifier for role in roles}
    titles = {role.code: role.title for role in roles}
    shared = [*matter.questions, *(one for code in taken for one in parts[code].questions)]
    return replace(
        matter,
        roles=roles,
        questions=tuple(
            _settled(_held(one, matter, shared, chosen), matter.settled) for one in pool.questions.values()
        ),
        fields=tuple(_grouped(field, titles) for key, field in pool.fields.items() if key in wanted),
        parts=tuple(taken),
        demands=demands,
    )


def blocks_of(parts: Iterable[Part]) -> dict[str, Block]:
    """The blocks of these parts by name; of two with one name the first wins."""
    found: dict[str, Block] = {}
    for part in parts:
        for name, block in part.blocks.items():
            found.setdefault(name, block)
    return found


def closure(known: Mapping[str, FormField], keys: Iterable[str]) -> set[str]:
    """The keys and, over their sources, the keys they are asked with: an answer may need another answer first."""
    found: set[str] = set()
    waiting = [key for key in keys if key in known]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            subjects = (subject for source in known[key].sources for subject in source.subject.values())
            waiting += [subject for subject in subjects if subject in known]
    return found


def _taken(own: Own, chosen: Sequence[Item], parts: Mapping[str, Part]) -> list[str]:
    """The parts that the matter names, then those that alone have a block which an item uses, in the order of use."""
    taken = [code for code in dict.fromkeys(own.parts) if code in parts]
    for name in dict.fromkeys(block for item in chosen for block in item.uses):
        having = [code for code, part in parts.items() if name in part.blocks]
        if len(having) == 1 and having[0] not in taken:
            taken.append(having[0])
    return taken


def _demanded(item: Item, blocks: Mapping[str, Block], known: Mapping[str, FormField]) -> Item:
    """The item with what its blocks ask before its own. A shared material is deferred or promised only where the item allows that,
    and nobody brings the result of the item that he applies for (a new licence, to its own registration)."""
    used = [blocks.get(name, NO_BLOCK) for name in item.uses]
    own = {material.code for material in item.materials}
    shared = {material.code: _within(material, item) for block in used for material in block.materials}
    asked = (material for code, material in shared.items() if code not in own and not _gives(item, material))
    given = (key for block in used for key in block.result)
    return replace(
        item,
        fields=tuple(dict.fromkeys((*(key for block in used for key in block.fields), *item.fields))),
        materials=tuple(_askable_exemptions(material, known) for material in (*asked, *item.materials)),
        result=replace(item.result, fields=tuple(dict.fromkeys((*given, *item.result.fields)))),
    )


def _gives(item: Item, material: Material) -> bool:
    return any(exemption.upstream_item == item.code for exemption in material.exemptions)


def _askable_exemptions(material: Material, known: Mapping[str, FormField]) -> Material:
    """As with sources: what is asked with a key that the matter has not stands in for nothing here."""
    fitting = tuple(one for one in material.exemptions if all(key in known for key in one.subject.values()))
    return replace(material, exemptions=fitting)


def _within(material: Material, item: Item) -> Material:
    return replace(
        material,
        deferrable=material.deferrable and item.deferral_allowed,
        promise_allowed=material.promise_allowed and item.promise_allowed,
    )


@dataclass(frozen=True)
class _Pool:
    """Everything that parts, items and the matter's own file offer; the matter's own entry wins over one of the same key."""

    roles: Mapping[str, Role]
    questions: Mapping[str, Question]
    fields: Mapping[str, FormField]


def _pool(parts: Sequence[Part], items: Sequence[Item], matter: Matter) -> _Pool:
    sources: tuple[Part | Item, ...] = (*parts, *items)
    asked = (*(part.fields for part in parts), *(item.asks for item in items))
    return _Pool(
        _merged((one for source in sources for one in source.roles), matter.roles, lambda role: role.code),
        _merged((one for source in sources for one in source.questions), matter.questions, lambda one: one.key),
        _merged((one for fields in asked for one in fields), matter.fields, lambda field: field.key),
    )


def _merged(offered: Iterable[T], own: Iterable[T], name: Callable[[T], str]) -> dict[str, T]:
    found: dict[str, T] = {}
    for one in offered:
        found.setdefault(name(one), one)
    return found | {name(one): one for one in own}


def _askable(field: FormField, known: Mapping[str, FormField], own: Own) -> FormField:
    """A shared field may be asked for by the firm's number or by the person's: a source whose keys the matter has not is left out."""
    if field in own.matter.fields or not field.sources:
        return field
    fitting = tuple(source for source in field.sources if all(key in known for key in source.subject.values()))
    return field if len(fitting) == len(field.sources) else replace(field, sources=fitting)


def _roles(pool: _Pool, used: Iterable[str], own: Iterable[str]) -> tuple[Role, ...]:
    """Roles of which something is asked, and the matter's own. A role of a part that nothing asks of is left out."""
    speaking = {key.rpartition(".")[0].partition("[")[0] for key in used}
    wanted = speaking.union(own)
    return tuple(role for code, role in pool.roles.items() if code in wanted)


def _held(question: Question, matter: Matter, shared: Sequence[Question], items: Sequence[Item]) -> Question:
    """What one item alone asks is asked where the matter brings that item up, unless that hangs on the answer itself."""
    asking = [item.code for item in items if question in item.questions]
    if len(asking) != 1 or question.when or question in shared:
        return question
    held = next((found.when for found in matter.items if found.item == asking[0]), {})
    return question if question.key in held else replace(question, when=held)


def _settled(question: Question, answers: Mapping[str, str]) -> Question:
    if question.key not in answers:
        return question
    return replace(question, default=answers[question.key], settled=True)


def _grouped(field: FormField, titles: Mapping[str, str]) -> FormField:
    if field.group:
        return field
    role = field.role.partition("[")[0]
    return replace(field, group=titles.get(role, role))
