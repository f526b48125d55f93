"""The catalog manager's pages: what exists, who may ask, what is missing, and publishing. Files are edited elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from catalog.differences_words import AREAS
from hub.web import drawing, look
from hub.web.caseparts import waits
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.wiring.catalog_views import MatterRow, NeedRow
from hub.wiring.doors import CatalogDoor

NEEDS_A_PAGE = 60


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed by: a text, a unit, a kind (each page says of what)."""

    q: str = ""
    unit: str = ""
    kind: str = ""

    def finds(self, texts: Iterable[str]) -> bool:
        wanted = self.q.strip().lower()
        return not wanted or any(wanted in text.lower() for text in texts)


@dataclass(frozen=True)
class NeedsAsked(Asked):
    """What the list of needs is narrowed by; its pages keep it."""

    matter: str = ""
    state: str = ""
    page: int = 1

    @property
    def kept(self) -> str:
        """The narrowing as the beginning of a query."""
        asked = {name: getattr(self, name) for name in ("q", "unit", "matter", "state") if getattr(self, name)}
        return urlencode(asked) + ("&" if asked else "")

    def takes(self, row: NeedRow) -> bool:
        narrowed = (
            self.unit in ("", row.department),
            self.matter in ("", row.matter_code),
            self.state in ("", row.state),
        )
        return all(narrowed) and self.finds((row.need, row.name, row.resource, row.resource_code, row.item, row.matter))


def _said_of(row: MatterRow) -> tuple[str, ...]:
    return (row.title, row.code, str(row.sequence), *row.aliases, *row.item_titles)


BOX = drawing.Size(width=230, height=44, across=70)


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    _matters(pages, doors.catalog, guard)
    _supply(pages, doors.catalog, guard)
    _versions(pages, doors.catalog, guard)


def _matters(pages: APIRouter, door: CatalogDoor, guard: Gate) -> None:
    @pages.get("/catalog/matters")
    def matters(request: Request, asked: Asked = Depends(), seat: Seat = Depends(guard.seat)) -> Response:
        rows = door.matters(seat.person)
        leads = sorted({row.lead for row in rows})
        found = [
            row
            for row in rows
            if asked.unit in ("", row.lead) and asked.kind in ("", row.listed_kind) and asked.finds(_said_of(row))
        ]
        return look.page(request, seat, "catalog/matters.html", rows=found, total=len(rows), leads=leads, asked=asked)

    @pages.get("/catalog/matters/{code}")
    def matter(request: Request, code: str, seat: Seat = Depends(guard.seat)) -> Response:
        view = door.matter(seat.person, code)
        flow = drawing.flow(waits(view.items), BOX)
        return look.page(request, seat, "catalog/matter.html", view=view, flow=flow, box=BOX)

    @pages.get("/catalog/matters/{code}/guide")
    def guide(request: Request, code: str, short: bool = False, seat: Seat = Depends(guard.seat)) -> Response:
        view = door.guide(seat.person, code, short)
        flow = drawing.flow(waits(view.items), BOX)
        return look.page(request, seat, "catalog/guide.html", view=view, flow=flow, box=BOX, short=short)


def _supply(pages: APIRouter, door: CatalogDoor, guard: Gate) -> None:
    @pages.get("/catalog/items")
    def items(request: Request, asked: Asked = Depends(), seat: Seat = Depends(guard.seat)) -> Response:
        rows = door.items(seat.person)
        units, kinds = sorted({row.department for row in rows}), sorted({row.kind for row in rows})
        found = [
            row
            for row in rows
            if asked.unit in ("", row.department)
            and asked.kind in ("", row.kind)
            and asked.finds((row.title, row.code, *row.aliases, row.result))
        ]
        return look.page(
            request, seat, "catalog/items.html", rows=found, total=len(rows), units=units, kinds=kinds, asked=asked
        )

    @pages.get("/catalog/resources")
    def resources(request: Request, asked: Asked = Depends(), seat: Seat = Depends(guard.seat)) -> Response:
        rows = door.resources(seat.person)
        units = sorted({row.department for row in rows})
        found = [
            row
            for row in rows
            if asked.unit in ("", row.department)
            and asked.kind in ("", row.share)
            and asked.finds((row.title, row.code, *(f.title for f in row.fields)))
        ]
        return look.page(request, seat, "catalog/resources.html", rows=found, total=len(rows), units=units, asked=asked)

    @pages.get("/catalog/needs")
    def needs(request: Request, asked: NeedsAsked = Depends(), seat: Seat = Depends(guard.seat)) -> Response:
        rows = door.needs(seat.person)
        found = [row for row in rows if asked.takes(row)]
        found.sort(key=lambda row: row.state == "met")
        first = (max(asked.page, 1) - 1) * NEEDS_A_PAGE
        view = {
            "rows": found[first : first + NEEDS_A_PAGE],
            "more": len(found) > first + NEEDS_A_PAGE,
            "counts": (len(found), sum(row.state != "met" for row in found), len(rows)),
            "matters": {row.matter_code: row.matter for row in rows},
            "units": sorted({row.department for row in rows if row.department}),
        }
        return look.page(request, seat, "catalog/needs.html", asked=asked, **view)

    @pages.get("/catalog/needs.csv")
    def needs_file(asked: NeedsAsked = Depends(), seat: Seat = Depends(guard.seat)) -> Response:
        file = door.needs_file(seat.person, asked.matter, asked.unit, asked.state)
        kept = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        # With the mark a spreadsheet takes the Chinese for what it is.
        return Response(f"\ufeff{file.text}".encode(), media_type="text/csv; charset=utf-8", headers=kept)


def _versions(pages: APIRouter, door: CatalogDoor, guard: Gate) -> None:
    @pages.get("/catalog/policy")
    def policy(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/policy.html", rows=door.policy(seat.person))

    @pages.get("/catalog/versions")
    def versions(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/versions.html", rows=door.versions(seat.person), mismatches=None)

    @pages.get("/catalog/differences")
    def differences(request: Request, older: str = "", newer: str = "", seat: Seat = Depends(guard.seat)) -> Response:
        versions = door.versions(seat.person)
        newer = newer or next((one.digest for one in versions if one.current), "")
        older = older or next((one.digest for one in versions if one.digest != newer), "")
        rows = door.differences(seat.person, older, newer) if older and newer else ()
        areas = {area: found for area in AREAS if (found := [row for row in rows if row.area == area])}
        shown = {"areas": areas, "titles": AREAS, "versions": versions, "older": older, "newer": newer}
        return look.page(request, seat, "catalog/differences.html", rows=rows, **shown)

    @pages.post("/catalog/check")
    def check(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        person = posted.seat.person
        return look.page(
            request, posted.seat, "catalog/versions.html", rows=door.versions(person), mismatches=door.check(person)
        )

    @pages.post("/catalog/publish")
    def publish(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        door.publish(posted.seat.person)
        return look.go(request, "/catalog/versions")
