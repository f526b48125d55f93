"""Makes the typed site of a plain document, its supply in `parsing_supply`. It reads no file and judges nothing: `reading` fitted the document, `join` judges the site.

Free names are parsed in sorted order, so that a document read from files and the same one thawed give equal sites.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from catalog.mismatch import BadDocument
from catalog.parsing_supply import department_of, resources_of
from catalog.policies import LAYERS, SETTINGS
from catalog.types import (
    CalendarDay,
    CertificateType,
    Code,
    Dependency,
    Exemption,
    FieldDefinition,
    FieldType,
    FormField,
    Grant,
    IssuedBy,
    Item,
    ItemKind,
    Lock,
    Material,
    Matter,
    MatterItem,
    OnReject,
    PolicyValue,
    Question,
    Relation,
    ResultDefinition,
    Role,
    Sensitivity,
    Site,
    Source,
)

Plain = Mapping[str, Any]
"""A table of the document. Its values are checked by `catalog.schema`; this file alone sees them untyped."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Supply:
    """What form fields take over from supply: definitions by name, trust grades by resource."""

    dictionary: Mapping[str, FieldDefinition]
    trust: Mapping[str, str]


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
    certificates = [_certificate(plain) for plain in document["certificates"]]
    dictionary = _named(_definition, document["dictionary"])
    answered = (known for code in departments for known in resources_of(code, document["departments"][code]))
    resources = {known.code: known for known in answered}
    supply = _Supply(dictionary, {code: known.trust for code, known in resources.items()})
    return Site(
        region=region,
        name=site["name"],
        platform=site["platform"],
        dictionary=dictionary,
        departments=departments,
        resources=resources,
        items=_named(lambda _, plain: _item(plain), document["items"]),
        matters=_named(lambda _, plain: _matter(plain, region, supply), document["matters"]),
        grants=tuple(_grant(plain, region) for plain in document["grants"]),
        policy=_policy(document["policy"]),
        calendar=tuple(_day(plain) for plain in document["calendar"]),
        notices=dict(sorted(document["notices"].items())),
        certificate_types={known.code: known.title for known in certificates},
        certificates={known.code: known for known in certificates},
    )


def _named(parse: Callable[[str, Plain], T], plain: Plain) -> dict[str, T]:
    return {name: parse(name, plain[name]) for name in sorted(plain)}


def _when(plain: Plain) -> Mapping[str, tuple[str, ...]]:
    return {question: tuple(answers) for question, answers in sorted(plain.get("when", {}).items())}


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
    )


# --- demand -------------------------------------------------------------------------------------------------------------


def _item(plain: Plain) -> Item:
    result = plain["result"]
    return Item(
        code=plain["code"],
        title=plain["title"],
        department=plain["department"],
        kind=ItemKind(plain["kind"]),
        fields=tuple(plain["fields"]),
        materials=tuple(_material(found) for found in plain["materials"]),
        promised_workdays=plain["promised_workdays"],
        statutory_workdays=plain["statutory_workdays"],
        result=ResultDefinition(
            name=result["name"],
            issued_by=IssuedBy(result["issued_by"]),
            certificate_type=result.get("certificate_type", ""),
            valid_years=result.get("valid_years"),
            fields=tuple(result.get("fields", ())),
            resource=result.get("resource", ""),
            subject=dict(sorted(result.get("subject", {}).items())),
        ),
        applicant_kinds=tuple(plain.get("applicant_kinds", ("enterprise",))),
        legal_bases=tuple(plain.get("legal_bases", ())),
        conditions=tuple(plain.get("conditions", ())),
        special_procedures=tuple(plain.get("special_procedures", ())),
        deferral_allowed=plain.get("deferral_allowed", False),
        promise_allowed=plain.get("promise_allowed", False),
        immediate=plain.get("immediate", False),
        aliases=tuple(plain.get("aliases", ())),
        proposed=plain.get("proposed", True),
        reviewed_by=plain.get("reviewed_by", ""),
        extras=plain.get("extras", {}),
    )


def _material(plain: Plain) -> Material:
    exemption = plain.get("exemption")
    return Material(
        code=plain["code"],
        name=plain["name"],
        legal_basis=plain["legal_basis"],
        type_and_format=plain["type_and_format"],
        source=plain["source"],
        acceptance_standard=plain["acceptance_standard"],
        paper_copies=plain["paper_copies"],
        paper_size=plain["paper_size"],
        deferrable=plain["deferrable"],
        promise_allowed=plain["promise_allowed"],
        notes=plain["notes"],
        main=plain.get("main", True),
        exemption=None
        if exemption is None
        else Exemption(
            resource=exemption.get("resource", ""),
            subject=dict(sorted(exemption.get("subject", {}).items())),
            upstream_item=exemption.get("upstream_item", ""),
        ),
        when=_when(plain),
    )


def _matter(plain: Plain, region: str, supply: _Supply) -> Matter:
    roles = tuple(_role(found) for found in plain["roles"])
    titles = {role.code: role.title for role in roles}
    items = (_matter_item(found) for found in plain["items"])
    return Matter(
        code=plain["code"],
        title=plain["title"],
        region=region,
        lead=plain["lead"],
        applicant_kind=plain["applicant_kind"],
        items=tuple(sorted(items, key=lambda known: known.order)),
        roles=roles,
        questions=tuple(_question(found) for found in plain.get("questions", ())),
        fields=tuple(_form_field(found, titles, supply) for found in plain["fields"]),
        dependencies=tuple(_dependency(found) for found in plain.get("dependencies", ())),
        together=tuple(tuple(group) for group in plain.get("together", ())),
        aliases=tuple(plain.get("aliases", ())),
        sequence=plain.get("sequence", 0),
        batch=plain.get("batch", ""),
        issuing_level=plain.get("issuing_level", ""),
        deadline=plain.get("deadline", ""),
        province_mandated=plain.get("province_mandated", False),
        proposed=plain.get("proposed", True),
        sheet=plain.get("sheet", False),
    )


def _matter_item(plain: Plain) -> MatterItem:
    return MatterItem(
        item=plain["item"],
        order=plain["order"],
        optional=plain.get("optional", True),
        when=_when(plain),
        change_note=plain.get("change_note", ""),
    )


def _role(plain: Plain) -> Role:
    relation = plain.get("relation")
    return Role(
        code=plain["code"],
        title=plain["title"],
        kind=plain["kind"],
        identifier=plain.get("identifier", ""),
        required=plain.get("required", True),
        proofs=tuple(plain.get("proofs", ())),
        relation=None if relation is None else Relation(relation.get("via", ""), relation.get("resource", "")),
        when=_when(plain),
    )


def _question(plain: Plain) -> Question:
    answers = tuple(Code(answer["code"], answer["title"]) for answer in plain["answers"])
    return Question(plain["key"], plain["title"], answers, plain.get("default", ""))


def _form_field(plain: Plain, titles: Mapping[str, str], supply: _Supply) -> FormField:
    """A name that the dictionary lacks gives a definition of plain text, so that `join` can name the gap."""
    role, _, last = str(plain["key"]).rpartition(".")
    name = plain.get("name") or last
    unknown = FieldDefinition(name, plain["title"], FieldType.TEXT, Sensitivity.SENSITIVE)
    return FormField(
        key=plain["key"],
        definition=supply.dictionary.get(name, unknown),
        title=plain["title"],
        group=plain.get("group") or titles.get(role.partition("[")[0], role),
        required=plain.get("required", True),
        lock=Lock(plain.get("lock", Lock.EDITABLE)),
        sources=tuple(
            Source(
                resource=found["resource"],
                field=found["field"],
                subject=dict(sorted(found["subject"].items())),
                trust=found.get("trust") or supply.trust.get(found["resource"], "A"),
                when=_when(found),
            )
            for found in plain.get("sources", ())
        ),
        when=_when(plain),
        answer_of=plain.get("answer_of", ""),
    )


def _dependency(plain: Plain) -> Dependency:
    on_reject = OnReject(plain["on_reject"]) if "on_reject" in plain else None
    return Dependency(plain["upstream"], plain["downstream"], on_reject, plain.get("proposed", True))


# --- the rest -----------------------------------------------------------------------------------------------------------


def _grant(plain: Plain, region: str) -> Grant:
    return Grant(
        code=plain["code"],
        resource=plain["resource"],
        purpose=plain["purpose"],
        ground=plain["ground"],
        clause=plain["clause"],
        fields=tuple(plain["fields"]),
        until=date.fromisoformat(plain["until"]),
        region=region,
    )


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


def _certificate(plain: Plain) -> CertificateType:
    return CertificateType(
        code=plain["code"],
        title=plain["title"],
        defined_by=plain["defined_by"],
        fields=tuple(plain["fields"]),
        holder=plain.get("holder", "enterprise"),
        proposed=plain.get("proposed", True),
    )
