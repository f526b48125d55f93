"""The unified catalog for programs: what exists, what the caller may use, and each resource's schema, call and sample. No data of anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.api.doors import ApiDoors
from hub.api.gate import NO_WORDS, Caller, only_words
from hub.api.shapes import Named
from hub.wiring.open_catalog import OpenResource

LINKED_DATA = "application/ld+json"
Described = Callable[[], dict[str, Any]]


def add(api: APIRouter, doors: ApiDoors, described: Described) -> None:
    """`described`: the description of the whole door, of which a resource's own is a part."""
    door = doors.sharing

    @api.get("/catalog", tags=["catalog"], operation_id="open_catalog", dependencies=[Depends(only_words("allowed"))])
    def open_catalog(p: Caller, allowed: bool = False) -> tuple[OpenResource, ...]:
        """Every resource and type of certificate, with grounds and notices; with `allowed=true` those of which the caller may use something."""
        return door.resources(p, allowed)

    @api.get(
        "/catalog/dcat",
        tags=["catalog"],
        operation_id="catalog_dcat",
        dependencies=NO_WORDS,
        response_class=Response,
        responses={200: {"content": {LINKED_DATA: {"schema": {"type": "object"}}}}},
    )
    def catalog_dcat(p: Caller, request: Request) -> Response:
        """The whole catalog as DCAT-AP in JSON-LD."""
        return JSONResponse(door.dcat(p, str(request.base_url)), media_type=LINKED_DATA)

    @api.get("/catalog/resources/{code}", tags=["catalog"], operation_id="catalog_resource", dependencies=NO_WORDS)
    def catalog_resource(p: Caller, code: Named) -> OpenResource:
        """One resource."""
        return door.resource(p, code)

    @api.get("/catalog/resources/{code}/schema", tags=["catalog"], operation_id="catalog_schema", dependencies=NO_WORDS)
    def catalog_schema(p: Caller, code: Named) -> dict[str, Any]:
        """JSON Schema (2020-12) of what the resource answers, or of one certificate, with share type and sensitivity of each field."""
        return door.schema(p, code)

    @api.get("/catalog/resources/{code}/sample", tags=["catalog"], operation_id="catalog_sample", dependencies=NO_WORDS)
    def catalog_sample(p: Caller, code: Named) -> dict[str, Any]:
        """A question and its answer, made up."""
        return door.sample(p, code)

    @api.get(
        "/catalog/resources/{code}/openapi", tags=["catalog"], operation_id="catalog_openapi", dependencies=NO_WORDS
    )
    def catalog_openapi(p: Caller, code: Named) -> dict[str, Any]:
        """OpenAPI 3.1 of the one call that asks this resource; of a type of certificate those that the registry answers."""
        return door.openapi(p, code, described())
