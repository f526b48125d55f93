"""What pre-fill needs to know of one case: its form, materials, roles, resources, grants and handler. Read-only values from its catalog.

It decides nothing; the catalog version is the one that the case began with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from catalog import demand
from catalog.demand import NeededMaterial
from catalog.types import Department, FormField, Grant, Item, Matter, PolicyValue, Resource, Site
from hub.errors import NotThere
from hub.exchange import Handler
from hub.prefill.plan import PlannedQuery
from hub.store.database import Session
from hub.store.tables import accounts, cases, item_cases

Sites = Callable[[str], Site]
"""Gives the site as published under a catalog digest."""

INTAKE = frozenset({"draft", "checking", "correction"})
"""Case states in which the form is still being made: only then is anybody asked, and only then does a value change."""


UNDER_WAY = frozenset({"received", "dispatched", "in_progress"})
"""Case states in which an item that is asked, not decided, may still wait for its answer."""


@dataclass(frozen=True)
class CaseForm:
    """One case as pre-fill sees it. `used_by` is form key → items; `answers` are the situation's, with defaults."""

    case_id: str
    case_no: str = field(repr=False)
    region: str
    state: str
    matter: Matter
    fields: tuple[FormField, ...]
    used_by: Mapping[str, tuple[str, ...]]
    materials: tuple[NeededMaterial, ...]
    answers: Mapping[str, str]
    items: Mapping[str, Item]
    resources: Mapping[str, Resource]
    departments: Mapping[str, Department]
    grants: tuple[Grant, ...]
    handler: Handler
    policy: Mapping[str, PolicyValue] = field(default_factory=dict)
    asking: frozenset[str] = frozenset()
    """Items that still wait for the answer of a question though the case was received."""

    @property
    def open(self) -> bool:
        """Whether the form is still being made."""
        return self.state in INTAKE

    def field(self, key: str) -> FormField:
        """The form's field. Raises NotThere."""
        found = next((known for known in self.fields if known.key == key), None)
        if found is None:
            raise NotThere("表单中没有这个字段，请刷新页面", code="FIELD_UNKNOWN")
        return found

    def item_for(self, query: PlannedQuery) -> str:
        """The first item that a query serves: by a field it fills, else by a material it exempts."""
        for key in query.wanted_for:
            if self.used_by.get(key):
                return self.used_by[key][0]
        for needed in self.materials:
            if needed.exemption and needed.exemption.resource == query.resource and needed.items:
                return needed.items[0]
        for item in self.items.values():
            if item.is_asked and item.result.resource == query.resource:
                return item.code
        return next(iter(self.items))

    def ground(self, item: str) -> str:
        """The legal basis of an item, for unconditional data."""
        return "；".join(self.items[item].legal_bases) if item in self.items else ""


def case_form(session: Session, case_id: str, sites: Sites) -> CaseForm:
    """The case by its id. Raises NotThere."""
    row = session.execute(_CASE, {"id": case_id}).first()
    if row is None:
        raise NotThere("没有这个办件，请刷新列表", code="CASE_UNKNOWN")
    site = sites(row.catalog_digest)
    matter = site.matters[row.matter]
    chosen, answers = tuple(row.chosen), dict(row.situation)
    form = demand.form_of(matter, chosen, answers)
    return CaseForm(
        case_id=row.id,
        case_no=row.case_no,
        region=row.region,
        state=row.state,
        matter=matter,
        fields=form.fields,
        used_by=form.used_by,
        materials=demand.materials_of(matter, chosen, answers),
        answers=demand.situation(matter, answers),
        items={code: matter.demands[code] for code in chosen},
        resources=site.resources,
        departments=site.departments,
        grants=site.grants,
        handler=Handler(row.handler, row.organisation),
        policy=site.policy,
        asking=_asking(session, row.id, row.state, tuple(site.items[code] for code in chosen)),
    )


def _asking(session: Session, case_id: str, state: str, items: tuple[Item, ...]) -> frozenset[str]:
    asked = {item.code for item in items if item.is_asked}
    if not asked or state not in UNDER_WAY:
        return frozenset()
    c = item_cases.c
    where = (c.case_id == case_id, c.item.in_(sorted(asked)), c.state.in_(("waiting", "gathering")))
    return frozenset(session.execute(select(c.item).where(*where)).scalars())


_CASE = (
    select(cases, accounts.c.organisation)
    .join(accounts, accounts.c.id == cases.c.handler)
    .where(cases.c.id == bindparam("id"))
)
