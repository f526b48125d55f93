"""Who acts: a person or a system, for which organisation, in which region, in which roles. It reads no table.

A principal is a value, not a row, so that a login of the province (OIDC) can make one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from hub.errors import BadInput

HUB = "yijian"
"""Issuer of principals that this hub's own accounts make."""


class Role(StrEnum):
    """What somebody may do. The last two are systems', never a person's."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    CATALOG_MANAGER = "catalog_manager"
    OPERATOR = "operator"
    DEPARTMENT = "department"
    PLATFORM = "platform"


TITLES: Mapping[Role, str] = {
    Role.CLERK: "窗口人员",
    Role.REVIEWER: "审批人员",
    Role.AUDITOR: "审计人员",
    Role.CATALOG_MANAGER: "目录管理员",
    Role.OPERATOR: "运维",
    Role.DEPARTMENT: "部门系统",
    Role.PLATFORM: "政务服务平台",
}

SYSTEMS = frozenset({Role.DEPARTMENT, Role.PLATFORM})

# Administration (operator), security (catalog manager: who may ask what) and audit are three people, GB/T 22239-2019 8.1.5;
# none of the first and last does casework; who takes a case in does not decide it (受审分离).
APART = frozenset(
    {
        frozenset({Role.OPERATOR, Role.CATALOG_MANAGER}),
        frozenset({Role.OPERATOR, Role.AUDITOR}),
        frozenset({Role.OPERATOR, Role.CLERK}),
        frozenset({Role.OPERATOR, Role.REVIEWER}),
        frozenset({Role.AUDITOR, Role.CATALOG_MANAGER}),
        frozenset({Role.AUDITOR, Role.CLERK}),
        frozenset({Role.AUDITOR, Role.REVIEWER}),
        frozenset({Role.CLERK, Role.REVIEWER}),
    }
)


@dataclass(frozen=True)
class Principal:
    """(issuer, subject) names who it is for good; the rest is what holds now."""

    issuer: str
    subject: str
    name: str = field(repr=False)
    organisation: str
    region: str
    roles: frozenset[Role]


def roles_of_a_person(names: Iterable[str]) -> frozenset[Role]:
    """The roles, if one person may have them all. Raises BadInput (ROLES_CLASH, ROLE_UNKNOWN) naming what is wrong."""
    try:
        roles = frozenset(Role(name) for name in names)
    except ValueError as e:
        known = "、".join(sorted(set(Role) - SYSTEMS))
        raise BadInput(f"没有这个角色，请从 {known} 中选择。", code="ROLE_UNKNOWN") from e
    if not roles or roles & SYSTEMS:
        raise BadInput("账号至少要有一个角色，且不能是系统的角色。", code="ROLE_UNKNOWN")
    for one, other in combinations(sorted(roles), 2):
        if frozenset({one, other}) in APART:
            raise BadInput(f"“{TITLES[one]}”和“{TITLES[other]}”不能是同一人，请分设账号。", code="ROLES_CLASH")
    return roles
