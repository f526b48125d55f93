"""Rules of parts: blocks that items use and parts that matters take; what two of them say of one thing is the same. Fields are in `rules.matters`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from catalog.mismatch import Mismatch
from catalog.rules.items import bad_exemption
from catalog.rules.places import at_written, in_file, in_item, in_matter
from catalog.types import FormField, Item, Material, Matter, Part, Question, Role, Site

Piece = Role | Question | FormField


def check(site: Site) -> Iterator[Mismatch]:
    used = {name for item in site.items.values() for name in item.uses}
    for part in site.parts.values():
        yield from _blocks(part, used)
    having = {name: [code for code, part in site.parts.items() if name in part.blocks] for name in used}
    for item in site.items.values():
        for position, name in enumerate(item.uses):
            if not having[name]:
                message = f'no part has a block "{name}"; correct the name or add it to a part'
                yield in_item(item.code, ("uses", position), "UNKNOWN_BLOCK", message)
    yield from _subjects(site)
    yield from _shared(site)
    for matter in site.matters.values():
        yield from _named(site, matter)
        yield from _unclear(site, matter, having)
        yield from _unlike(site, matter)


def _blocks(part: Part, used: set[str]) -> Iterator[Mismatch]:
    file = f"parts/{part.code}.toml"
    for name, block in part.blocks.items():
        at = ("blocks", name)
        if name not in used:
            message = f'no item uses the block "{name}"; take it out or use it'
            yield in_file(file, at, "UNUSED_BLOCK", message)
        for code in block.lacking:
            message = f'"{code}" is no shared material that says everything; add it to materials.toml, complete it there or correct the code'
            yield in_file(file, (*at, "materials"), "UNKNOWN_MATERIAL", message)
        for key in block.result:
            if key not in block.fields:
                message = f'the block shows "{key}" in results, which is not among its fields; add it to them'
                yield in_file(file, (*at, "result"), "UNKNOWN_FIELD", message)


def _subjects(site: Site) -> Iterator[Mismatch]:
    """A source or exemption that no matter can ask is left out of every form in silence, so a mistyped key must be named here."""
    keys = {field.key for part in site.parts.values() for field in part.fields}
    keys |= {field.key for item in site.items.values() for field in item.asks}
    keys |= {field.key for matter in site.matters.values() for field in matter.fields}
    pieces = [*(part.fields for part in site.parts.values()), *(item.asks for item in site.items.values())]
    for field in chain.from_iterable(pieces):
        for index, source in enumerate(field.sources):
            for key in source.subject.values():
                if key not in keys:
                    message = f'subject "{key}" is no form field of any part, item or matter; correct the key'
                    yield at_written(field.written, "fields", ("sources", index, "subject"), "UNKNOWN_FIELD", message)
    for item in site.items.values():
        for position, material in enumerate(item.materials):
            for message in _strange_subjects(material, keys):
                yield in_item(item.code, ("materials", position, "exemption", "subject"), "UNKNOWN_FIELD", message)
    for material in _of_blocks(site):
        for message in _strange_subjects(material, keys):
            yield in_file(material.file, (material.code, "exemption", "subject"), "UNKNOWN_FIELD", message)


def _strange_subjects(material: Material, keys: set[str]) -> Iterator[str]:
    for exemption in material.exemptions:
        for key in exemption.subject.values():
            if key not in keys:
                yield f'subject "{key}" is no form field of any part, item or matter; correct the key'


def _of_blocks(site: Site) -> list[Material]:
    blocks = (block for part in site.parts.values() for block in part.blocks.values())
    return list({material.code: material for block in blocks for material in block.materials}.values())


def _shared(site: Site) -> Iterator[Mismatch]:
    """Exemptions of materials that blocks bring; an item's own are in `rules.items`."""
    for material in _of_blocks(site):
        for exemption in material.exemptions:
            for name, code, message in bad_exemption(site, material, exemption):
                yield in_file(material.file, (material.code, "exemption", *name), code, message)


def _named(site: Site, matter: Matter) -> Iterator[Mismatch]:
    """Every key that a block asks for is a field of this matter."""
    known = {field.key for field in matter.fields}
    for code in matter.parts:
        for name, block in site.parts[code].blocks.items():
            asked = any(name in site.items[item].uses for item in matter.demands)
            for key in block.fields if asked else ():
                if key not in known:
                    message = f'"{key}" is no field of {matter.code}; add it to this part or correct the key'
                    yield in_file(f"parts/{code}.toml", ("blocks", name, "fields"), "UNKNOWN_FIELD", message)


def _unclear(site: Site, matter: Matter, having: Mapping[str, list[str]]) -> Iterator[Mismatch]:
    """A block that several parts have needs the matter's word, and only one of them may be taken."""
    for name in sorted({name for item in matter.demands for name in site.items[item].uses}):
        taken = [code for code in having[name] if code in matter.parts]
        if having[name] and len(taken) != 1:
            which = " and ".join(taken) or "none"
            message = f'the block "{name}" is in {", ".join(having[name])}, and {which} of them is taken; name exactly one in parts'
            yield in_matter(matter, ("parts",), "BLOCK_UNCLEAR", message)


def _unlike(site: Site, matter: Matter) -> Iterator[Mismatch]:
    """Parts and items that define the same role, question or field say the same of it. The matter's own file may say otherwise."""
    pieces: list[Part | Item] = [
        *(site.parts[code] for code in matter.parts),
        *(site.items[code] for code in matter.demands),
    ]
    yield from _same("roles", chain.from_iterable(p.roles for p in pieces))
    yield from _same("questions", chain.from_iterable(p.questions for p in pieces))
    yield from _same("fields", chain.from_iterable(p.asks if isinstance(p, Item) else p.fields for p in pieces))


def _same(table: str, pieces: Iterable[Piece]) -> Iterator[Mismatch]:
    first: dict[str, Piece] = {}
    for piece in pieces:
        name = piece.code if isinstance(piece, Role) else piece.key
        known = first.setdefault(name, piece)
        if known != piece:
            message = (
                f'"{name}" is defined otherwise in {known.written[0]}; make both alike, or write it once in a part'
            )
            yield at_written(piece.written, table, (), "DEFINED_TWICE", message)
