"""Makes the typed site of a plain document, its supply in `parsing_supply`, its demand in `parsing_demand`. It reads no file and judges nothing: `reading` fitted the document, `join` judges the site.

Free names are parsed in sorted order, so that a document read from files and the same one thawed give equal sites.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from catalog.composing import composed
from catalog.mismatch import BadDocument
from catalog.parsing_demand import Supply, item_of, material_of, own_of, part_of
from catalog.parsing_supply import department_of, resources_of
from catalog.policies import LAYERS, SETTINGS
from catalog.schema import MATERIAL_KEYS
from catalog.types import (
    CalendarDay,
    CertificateGrant,
    CertificateType,
    Code,
    Extension,
    FieldDefinition,
    FieldType,
    Grant,
    PolicyValue,
    Sensitivity,
    Site,
    Validity,
    Written,
)

Plain = Mapping[str, Any]
"""A table of the document. Its values are checked by `catalog.schema`; this file alone sees them untyped."""

T = TypeVar("T")


def site_from(document: Mapping[str, object], base: Path | None = None) -> Site:
    """The site of a document from `reading.read_site` or `publishing.thaw`.

    `base` is the site's folder on disk; each department's `folder` is then set to its own. Raises BadDocument."""
    try:
        return _site(document, base)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadDocument("the document lacks what a site needs; read or publish the site again") from wrong


def _site(document: Plain, base: Path | None) -> Site:
    site = document["site"]
    region = str(site["region"])
    departments = {
        code: department_of(code, document["departments"][code], region, base)
        for code in sorted(document["departments"])
    }
    certificates = [
        _certificate(plain if "extensions" in plain else _of_before(plain, document), position)
        for position, plain in enumerate(document["certificates"])
    ]
    dictionary = _named(_definition, document["dictionary"])
    answered = (known for code in departments for known in resources_of(code, document["departments"][code]))
    resources = {known.code: known for known in answered}
    supply = Supply(dictionary, {code: known.trust for code, known in resources.items()})
    items = _named(lambda _, plain: item_of(plain, supply), document["items"])
    whole = {code: plain for code, plain in document.get("materials", {}).items() if plain.keys() >= MATERIAL_KEYS}
    shared = _named(lambda code, plain: material_of({**plain, "code": code}), whole)
    parts = _named(lambda _, plain: part_of(plain, supply, shared), document.get("parts", {}))
    return Site(
        region=region,
        name=site["name"],
        platform=site["platform"],
        dictionary=dictionary,
        departments=departments,
        resources=resources,
        items=items,
        matters=_named(lambda _, plain: composed(own_of(plain, region, supply), parts, items), document["matters"]),
        grants=tuple(
            grant for position, plain in enumerate(document["grants"]) for grant in _grants(plain, region, position)
        ),
        certificate_grants=tuple(
            grant
            for position, plain in enumerate(document["grants"])
            for grant in _certificate_grants(plain, region, position)
        ),
        policy=_policy(document["policy"]),
        calendar=tuple(_day(plain) for plain in document["calendar"]),
        notices=dict(sorted(document["notices"].items())),
        certificate_types={known.code: known.title for known in certificates},
        certificates={known.code: known for known in certificates},
        parts=parts,
        guide=document.get("guide", {}),
    )


def _named(parse: Callable[[str, Plain], T], plain: Plain) -> dict[str, T]:
    return {name: parse(name, plain[name]) for name in sorted(plain)}


def _bound(plain: Plain, name: str) -> Decimal | None:
    return Decimal(str(plain[name])) if name in plain else None


def _definition(name: str, plain: Plain) -> FieldDefinition:
    codes = (Code(code["code"], code["title"], tuple(code.get("aliases", ()))) for code in plain.get("codes", ()))
    return FieldDefinition(
        name=name,
        title=plain["title"],
        type=FieldType(plain["type"]),
        sensitivity=Sensitivity(plain.get("sensitivity", Sensitivity.INTERNAL)),
        codes=tuple(codes),
        unit=plain.get("unit", ""),
        max_length=plain.get("max_length", 200),
        hint=plain.get("hint", ""),
        open_ended=plain.get("open_ended", False),
        partial=plain.get("partial", False),
        minimum=_bound(plain, "minimum"),
        maximum=_bound(plain, "maximum"),
        not_before=plain.get("not_before", ""),
        not_after=plain.get("not_after", ""),
        example=plain.get("example", ""),
        file=plain.get("file", "dictionary.toml"),
    )


def _grants(plain: Plain, region: str, position: int) -> list[Grant]:
    """One for each purpose: a grant is one document, and its purposes are matters. One of certificates alone gives none of these."""
    if "certificates" in plain and not {"resource", "fields"} & plain.keys():
        return []
    return [
        Grant(
            code=plain["code"],
            resource=plain.get("resource", ""),
            purpose=purpose,
            ground=plain["ground"],
            clause=plain["clause"],
            fields=tuple(plain.get("fields", ())),
            until=date.fromisoformat(plain["until"]),
            region=region,
            written=_written(plain, "grants.toml", position),
        )
        for purpose in plain["purposes"]
    ]


def _certificate_grants(plain: Plain, region: str, position: int) -> list[CertificateGrant]:
    """The same for what a grant says of certificates; none where it names no type."""
    if "certificates" not in plain:
        return []
    return [
        CertificateGrant(
            code=plain["code"],
            certificates=tuple(plain["certificates"]),
            departments=tuple(plain.get("departments", ())),
            whole_file=bool(plain.get("whole_file", False)),
            purpose=purpose,
            ground=plain["ground"],
            clause=plain["clause"],
            until=date.fromisoformat(plain["until"]),
            region=region,
            written=_written(plain, "grants.toml", position),
        )
        for purpose in plain["purposes"]
    ]


def _written(plain: Plain, file: str, position: int) -> Written:
    return str(plain.get("file", file)), int(plain.get("position", position))


def _policy(plain: Plain) -> Mapping[str, PolicyValue]:
    """The effective values: province, then city, then county; the narrowest layer that speaks wins."""
    effective = {
        key: PolicyValue(key, _frozen(found["value"]), layer, found["source"], SETTINGS[key].point)
        for layer in LAYERS
        for key, found in plain.get(layer, {}).items()
    }
    return dict(sorted(effective.items()))


def _frozen(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _day(plain: Plain) -> CalendarDay:
    return CalendarDay(date.fromisoformat(plain["day"]), bool(plain["working"]), plain["title"], plain["source"])


def _of_before(plain: Plain, document: Plain) -> Plain:
    """A type as documents of version 0.1 have it, which cases still go by: fields without labels, the years with the item's result."""
    results = [item["result"] for item in document["items"].values()]
    mine = [result.get("valid_years") for result in results if result.get("certificate_type") == plain["code"]]
    years = next((years for years in mine if years), None)
    titles = {name: document["dictionary"].get(name, {}).get("title", name) for name in plain["fields"]}
    extensions = [
        {"name": f"KZ_{position}", "label": titles[name], "field": name}
        for position, name in enumerate(plain["fields"])
    ]
    validity = {"unlimited": True} if years is None else {"years": years}
    return {**plain, "issued_by": (), "validity": validity, "extensions": extensions}


def _certificate(plain: Plain, position: int) -> CertificateType:
    return CertificateType(
        code=plain["code"],
        title=plain["title"],
        defined_by=plain["defined_by"],
        issued_by=tuple(plain["issued_by"]),
        validity=Validity(**plain["validity"]),
        extensions=tuple(Extension(one["name"], one["label"], one["field"]) for one in plain["extensions"]),
        holder=plain.get("holder", "enterprise"),
        face=plain.get("face", ""),
        proposed=plain.get("proposed", True),
        reviewed_by=plain.get("reviewed_by", ""),
        written=_written(plain, "certificates.toml", position),
    )
