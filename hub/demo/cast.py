"""Who takes part in the demo by the published catalog: people at their desks, departments at their wires. It starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from adapters.simulators.departments import GATEWAY
from catalog.types import Kind, Site

T = TypeVar("T")


@dataclass(frozen=True)
class DemoPerson:
    """An account of the demo. Plainly fictional."""

    username: str
    name: str
    organisation: str
    role: str


ALWAYS: tuple[DemoPerson, ...] = (
    DemoPerson("clerk", "演示窗口甲", "hub", "clerk"),
    DemoPerson("health", "演示审批乙", "health", "reviewer"),
    DemoPerson("fire", "演示审批丙", "fire-rescue", "reviewer"),
    DemoPerson("power", "演示受理丁", "power-supply", "reviewer"),
    DemoPerson("auditor", "演示审计戊", "hub", "auditor"),
    DemoPerson("catalog", "演示目录己", "hub", "catalog_manager"),
    DemoPerson("operator", "演示运维庚", "hub", "operator"),
)


def people_of(site: Site) -> tuple[DemoPerson, ...]:
    """The hub's own people and a reviewer, named by the department's code, wherever people work at the inbox or act on certificates."""
    taken = {somebody.username for somebody in ALWAYS}
    issuers = {code for kind in site.certificates.values() for code in kind.issued_by}
    there = (
        department
        for code, department in site.departments.items()
        if code not in taken and (site.has_inbox(code) or code in issuers)
    )
    reviewers = (
        DemoPerson(each.code, f"演示审批（{(*each.aliases, each.name)[0]}）", each.code, "reviewer") for each in there
    )
    return (*ALWAYS, *reviewers)


def connected(site: Site, servers: Mapping[str, T]) -> Mapping[str, T]:
    """The servers whom this catalog knows, and the SMS gateway."""
    return {code: server for code, server in servers.items() if code in site.departments or code == GATEWAY}


def unconnected(site: Site, servers: Mapping[str, object]) -> tuple[str, ...]:
    """Departments that have a wire and no server here: nothing can be asked of them."""
    wired = (code for code, department in site.departments.items() if department.kind is not Kind.INBOX)
    return tuple(code for code in wired if code not in servers)
