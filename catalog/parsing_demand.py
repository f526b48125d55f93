"""Makes the typed parts, items and matters of a plain document: what is asked. It composes nothing: a matter comes as its own file has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.composing import Own
from catalog.types import (
    Block,
    Code,
    Dependency,
    Exemption,
    FieldDefinition,
    FieldType,
    FormField,
    IssuedBy,
    Item,
    ItemKind,
    Lock,
    Material,
    Matter,
    MatterItem,
    OnReject,
    Part,
    Question,
    Relation,
    ResultDefinition,
    Role,
    Sensitivity,
    Source,
    Written,
)

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Supply:
    """What form fields take over from supply: definitions by name, trust grades by resource."""

    dictionary: Mapping[str, FieldDefinition]
    trust: Mapping[str, str]


def part_of(plain: Plain, supply: Supply, shared: Mapping[str, Material]) -> Part:
    pieces = _pieces(plain, f"parts/{plain['code']}.toml", "fields", supply)
    blocks = {
        name: Block(
            fields=tuple(found.get("fields", ())),
            materials=tuple(shared[code] for code in found.get("materials", ()) if code in shared),
            result=tuple(found.get("result", ())),
            lacking=tuple(code for code in found.get("materials", ()) if code not in shared),
        )
        for name, found in sorted(plain["blocks"].items())
    }
    return Part(plain["code"], plain["title"], pieces.roles, pieces.questions, pieces.fields, blocks)


@dataclass(frozen=True)
class _Pieces:
    roles: tuple[Role, ...]
    questions: tuple[Question, ...]
    fields: tuple[FormField, ...]


def _pieces(plain: Plain, file: str, fields: str, supply: Supply) -> _Pieces:
    """Roles, questions and form fields as any file may hold them, each knowing where it stands."""
    roles = tuple(_role(found, (file, n)) for n, found in enumerate(plain.get("roles", ())))
    titles = {role.code: role.title for role in roles}
    return _Pieces(
        roles,
        tuple(_question(found, (file, n)) for n, found in enumerate(plain.get("questions", ()))),
        tuple(_form_field(found, titles, supply, (file, n)) for n, found in enumerate(plain.get(fields, ()))),
    )


def item_of(plain: Plain, supply: Supply) -> Item:
    result = plain["result"]
    pieces = _pieces(plain, f"items/{plain['code']}.toml", "asks", supply)
    return Item(
        code=plain["code"],
        title=plain["title"],
        department=plain["department"],
        kind=ItemKind(plain["kind"]),
        fields=(*plain.get("fields", ()), *(field.key for field in pieces.fields)),
        materials=tuple(material_of(found) for found in plain.get("materials", ())),
        promised_workdays=plain["promised_workdays"],
        statutory_workdays=plain["statutory_workdays"],
        result=ResultDefinition(
            name=result["name"],
            issued_by=IssuedBy(result["issued_by"]),
            certificate_type=result.get("certificate_type", ""),
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
        guide=plain.get("guide", {}),
        uses=tuple(plain.get("uses", ())),
        asks=pieces.fields,
        roles=pieces.roles,
        questions=pieces.questions,
    )


def material_of(plain: Plain) -> Material:
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
        exemptions=_exemptions(plain),
        when=_when(plain),
        file=plain.get("file", "materials.toml"),
    )


def _exemptions(plain: Plain) -> tuple[Exemption, ...]:
    """A catalog that was published before materials could have several holds the one alone."""
    found = plain.get("exemption", ())
    return tuple(_exemption_of(one) for one in ((found,) if isinstance(found, Mapping) else found))


def _exemption_of(plain: Plain) -> Exemption:
    return Exemption(
        resource=plain.get("resource", ""),
        subject=dict(sorted(plain.get("subject", {}).items())),
        upstream_item=plain.get("upstream_item", ""),
    )


def own_of(plain: Plain, region: str, supply: Supply) -> Own:
    """The matter as its file says it, before parts and items add theirs."""
    pieces = _pieces(plain, f"matters/{plain['code']}.toml", "fields", supply)
    items = (_matteritem_of(found) for found in plain["items"])
    matter = Matter(
        code=plain["code"],
        title=plain["title"],
        region=region,
        lead=plain["lead"],
        applicant_kind=plain["applicant_kind"],
        items=tuple(sorted(items, key=lambda known: known.order)),
        roles=pieces.roles,
        questions=pieces.questions,
        fields=pieces.fields,
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
        listed_kind=plain.get("listed_kind", ""),
        settled=dict(sorted(plain.get("settled", {}).items())),
        guide=plain.get("guide", {}),
    )
    return Own(matter, tuple(plain.get("parts", ())))


def _matteritem_of(plain: Plain) -> MatterItem:
    return MatterItem(
        item=plain["item"],
        order=plain["order"],
        optional=plain.get("optional", True),
        when=_when(plain),
        change_note=plain.get("change_note", ""),
    )


def _role(plain: Plain, written: Written) -> Role:
    relation = plain.get("relation")
    return Role(
        code=plain["code"],
        title=plain["title"],
        kind=plain["kind"],
        identifier=plain.get("identifier", ""),
        required=plain.get("required", True),
        proofs=tuple(plain.get("proofs", ())),
        relation=None if relation is None else Relation(relation["via"], tuple(relation["resources"])),
        when=_when(plain),
        written=written,
    )


def _question(plain: Plain, written: Written) -> Question:
    answers = tuple(Code(answer["code"], answer["title"]) for answer in plain["answers"])
    return Question(plain["key"], plain["title"], answers, plain.get("default", ""), when=_when(plain), written=written)


def _form_field(plain: Plain, titles: Mapping[str, str], supply: Supply, written: Written) -> FormField:
    """A name that the dictionary lacks gives a definition of plain text, so that `join` can name the gap.

    A field without a group whose role is defined elsewhere gets the role's title when the matter is composed."""
    role, _, last = str(plain["key"]).rpartition(".")
    name = plain.get("name") or last
    unknown = FieldDefinition(name, plain["title"], FieldType.TEXT, Sensitivity.SENSITIVE)
    return FormField(
        key=plain["key"],
        definition=supply.dictionary.get(name, unknown),
        title=plain["title"],
        group=plain.get("group") or titles.get(role.partition("[")[0], ""),
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
        written=written,
    )


def _dependency(plain: Plain) -> Dependency:
    on_reject = OnReject(plain["on_reject"]) if "on_reject" in plain else None
    return Dependency(plain["upstream"], plain["downstream"], on_reject, plain.get("proposed", True))


def _when(plain: Plain) -> Mapping[str, tuple[str, ...]]:
    return {question: tuple(answers) for question, answers in sorted(plain.get("when", {}).items())}
