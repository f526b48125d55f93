"""Who did the acts of a certificate, in words: a person, a department's system, the command, the hub by its clock. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from catalog.types import Site
from hub.registry.rows import ActRow
from hub.store.database import Session
from hub.store.tables import accounts

SYSTEM = "system:"
OURS: Mapping[str, str] = {"command": "运维命令（归集）", "hub": "系统"}


def doers(session: Session, site: Site, acts: Iterable[ActRow]) -> Mapping[str, str]:
    """`by` of each act → who that is. An account that is gone is said to be one."""
    by = {one.by for one in acts}
    a = accounts.c
    known = {r.id: r.name for r in session.execute(select(a.id, a.name).where(a.id.in_(by)))}
    return {one: known.get(one) or _other(site, one) for one in by}


def _other(site: Site, by: str) -> str:
    department = site.departments.get(by.removeprefix(SYSTEM))
    if department is not None:
        return f"{department.name}的系统"
    if not by.startswith(SYSTEM):
        return OURS.get(by, "系统")
    return "部门系统"
