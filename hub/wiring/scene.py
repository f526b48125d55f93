"""A case with all that the catalog it began with says of it, as every bundle works with it. It reads no row and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.demand import Form, NeededMaterial
from catalog.types import Item, Matter, Site
from catalog.workdays import Calendar
from hub.cases.plain import PlainCase
from hub.cases.terms import Terms


@dataclass(frozen=True)
class Scene:
    """A case with all that the catalog it began with says of it."""

    case: PlainCase
    site: Site
    matter: Matter
    form: Form
    needed: tuple[NeededMaterial, ...]
    calendar: Calendar
    terms: Terms

    def item(self, code: str) -> Item:
        return self.matter.demands[code]

    @property
    def applicant_role(self) -> str:
        """The role in which the applicant stands: the matter's first party."""
        return next(r.code for r in self.matter.roles if r.kind in ("enterprise", "person"))
