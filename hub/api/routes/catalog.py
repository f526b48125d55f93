"""The catalog manager's routes: what exists, who may ask, what is missing, and publishing. Files are edited elsewhere."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from hub.api.doors import ApiDoors
from hub.api.gate import NO_WORDS, Caller, only_words
from hub.api.shapes import Named
from hub.wiring.catalog_views import (
    ChangeRow,
    GuideView,
    ItemRow,
    MatterDetail,
    MatterRow,
    MismatchRow,
    NeedRow,
    PolicyRow,
    ResourceRow,
    VersionRow,
)

Digest = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of a published version.")]


def _words(*known: str) -> list[Any]:
    return [Depends(only_words(*known))]


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.catalog
    get = partial(api.get, tags=["catalog"], dependencies=NO_WORDS)

    @get("/catalog/matters", operation_id="catalog_matters")
    def catalog_matters(p: Caller) -> tuple[MatterRow, ...]:
        """Every matter."""
        return door.matters(p)

    @get("/catalog/matters/{code}", operation_id="catalog_matter")
    def catalog_matter(p: Caller, code: Named) -> MatterDetail:
        """A matter whole: items, fields with sources, materials, dependencies, roles, grants."""
        return door.matter(p, code)

    @get("/catalog/matters/{code}/guide", operation_id="catalog_guide", dependencies=_words("short"))
    def catalog_guide(p: Caller, code: Named, short: bool = False) -> GuideView:
        """The guide (办事指南) of a matter, full or short, with the elements that nobody filled yet."""
        return door.guide(p, code, short)

    @get("/catalog/items", operation_id="catalog_items")
    def catalog_items(p: Caller) -> tuple[ItemRow, ...]:
        """Every item: unit, kind, limits, result, what it alone asks, and the matters that it is in."""
        return door.items(p)

    @get("/catalog/resources", operation_id="catalog_resources")
    def catalog_resources(p: Caller) -> tuple[ResourceRow, ...]:
        """What departments answer."""
        return door.resources(p)

    @get("/catalog/needs", operation_id="catalog_needs")
    def catalog_needs(p: Caller) -> tuple[NeedRow, ...]:
        """The list of needs (需求清单) and who meets each."""
        return door.needs(p)

    @get("/catalog/policy", operation_id="catalog_policy")
    def catalog_policy(p: Caller) -> tuple[PolicyRow, ...]:
        """Each effective policy value with its layer and source."""
        return door.policy(p)

    @get("/catalog/differences", operation_id="catalog_differences", dependencies=_words("older", "newer"))
    def catalog_differences(p: Caller, older: Digest, newer: Digest) -> tuple[ChangeRow, ...]:
        """What came, went or changed between two published versions, in words."""
        return door.differences(p, older, newer)

    _publishing(api, doors)


def _publishing(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.catalog
    get = partial(api.get, tags=["catalog"], dependencies=NO_WORDS)

    @get("/catalog/versions", operation_id="catalog_versions")
    def catalog_versions(p: Caller) -> tuple[VersionRow, ...]:
        """What was published, when and by whom."""
        return door.versions(p)

    @api.post("/catalog/checks", tags=["catalog"], operation_id="check_catalog", dependencies=NO_WORDS)
    def check_catalog(p: Caller) -> tuple[MismatchRow, ...]:
        """Join supply and demand of the site's files: every mismatch with file and line; empty when it may be published."""
        return door.check(p)

    @api.post(
        "/catalog/publications",
        tags=["catalog"],
        operation_id="publish_catalog",
        dependencies=NO_WORDS,
        status_code=201,
    )
    def publish_catalog(p: Caller) -> VersionRow:
        """Freeze the site's files as one document and make it the region's current one."""
        return door.publish(p)
