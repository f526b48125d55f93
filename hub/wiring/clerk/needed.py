"""What an applicant must bring for a choice of items, so that it can be said before a case is opened. It asks no department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.demand import NeededMaterial, form_of, materials_of
from catalog.types import Exemption, Matter, Site
from hub.cases.views import NeededView, ToBring


def needed_view(site: Site, matter: Matter, chosen: Sequence[str], settled: Mapping[str, str]) -> NeededView:
    """Materials (those to bring first), fields and promised days of the chosen items in this situation."""
    fields = form_of(matter, chosen, settled).fields
    proven = {role.identifier for role in matter.roles if role.proofs}
    materials = [_to_bring(site, one) for one in materials_of(matter, chosen, settled)]
    return NeededView(
        materials=tuple(sorted(materials, key=lambda one: bool(one.supplied_by or one.result_of))),
        fields=len(fields),
        filled=sum(1 for field in fields if field.sources),
        typed=sum(1 for field in fields if not (field.sources or field.answer_of or field.key in proven)),
        workdays=max((site.items[code].promised_workdays for code in chosen), default=0),
    )


def _to_bring(site: Site, needed: NeededMaterial) -> ToBring:
    material, exemption = needed.material, needed.exemption or Exemption()
    resource = site.resources.get(exemption.resource)
    upstream = site.items.get(exemption.upstream_item)
    deferral = site.policy.get("deferral_allowed")
    return ToBring(
        code=material.code,
        name=material.name,
        items=tuple(site.items[code].title for code in needed.items),
        copies=material.paper_copies,
        size=material.paper_size,
        supplied_by=site.departments[resource.department].name if resource else "",
        result_of=upstream.title if upstream else "",
        deferrable=material.deferrable and (deferral is None or deferral.value is not False),
        promise_allowed=material.promise_allowed,
        format=material.type_and_format,
        source=material.source,
        standard=material.acceptance_standard,
        notes=material.notes,
    )
