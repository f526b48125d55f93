"""Where things stand in a site's folder, for mismatches. It opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.mismatch import At, Mismatch
from catalog.types import CertificateGrant, FormField, Grant, Item, Material, Matter, Question, Role, Written


def in_department(code: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(f"departments/{code}/department.toml", 0, name, message, at)


def in_item(code: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(f"items/{code}.toml", 0, name, message, at)


def in_matter(matter: Matter, at: At, name: str, message: str) -> Mismatch:
    """In the matter's own file; for a field, role or question that a part or an item brought in, in that file."""
    lists: Mapping[str, Sequence[FormField | Role | Question]]
    lists = {"fields": matter.fields, "roles": matter.roles, "questions": matter.questions}
    if len(at) > 1 and isinstance(at[1], int) and at[0] in lists:
        return at_written(lists[str(at[0])][at[1]].written, str(at[0]), at[2:], name, message)
    return Mismatch(f"matters/{matter.code}.toml", 0, name, message, at)


def at_written(written: Written, table: str, rest: At, name: str, message: str) -> Mismatch:
    """Where something was written: its file, and its position in the table of that name there."""
    file, position = written
    asked = "asks" if table == "fields" and file.startswith("items/") else table
    return Mismatch(file, 0, name, message, (asked, position, *rest))


def in_material(item: Item, material: Material, rest: At, name: str, message: str) -> Mismatch:
    """In the item's file where the item (as written) has the material itself, else where the shared one stands."""
    codes = [known.code for known in item.materials]
    if material.code in codes:
        return in_item(item.code, ("materials", codes.index(material.code), *rest), name, message)
    return Mismatch(material.file, 0, name, message, (material.code, *rest))


def in_grant(grant: Grant | CertificateGrant, rest: At, name: str, message: str) -> Mismatch:
    return at_written(grant.written, "grants", rest, name, message)


def in_file(file: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(file, 0, name, message, at)
