"""The shapes of a site's files, as data. It reads nothing; rules between files are in `catalog.rules`."""

from __future__ import annotations

from catalog.fallback import DOWN
from catalog.policies import SETTINGS
from catalog.shapes import (
    FREE_TABLE,
    Day,
    Flag,
    Key,
    Many,
    Named,
    Number,
    OneOrMany,
    Shape,
    Table,
    Text,
    TextOr,
    Whole,
    keys,
)
from catalog.types import (
    INBOX_WAY,
    REGISTRY_WAY,
    FieldType,
    IssuedBy,
    ItemKind,
    Kind,
    Lock,
    OnReject,
    Sensitivity,
    ShareType,
)

CODE = Text(pattern=r"[a-z0-9]+(-[a-z0-9]+)*")
NAME = r"[a-z][a-z0-9_]*"
FORM_KEY = Text(pattern=rf"{NAME}(\[\d+\])?\.{NAME}")
USCC = Text(pattern=r"([0-9A-HJ-NPQRTUWXY]{18})?")
TITLE = Text(filled=True)
TRUST = Text(("A", "B", "C", "D"))
SHARE = Text(tuple(ShareType))
WHEN = Named(Many(Text()))
TEXTS = Many(Text(filled=True))
SUBJECT = Named(FORM_KEY)

SITE = Table(keys({"region": Text(pattern=r"\d{6}"), "name": TITLE, "platform": CODE}))

# --- dictionary ---------------------------------------------------------------------------------------------------------

ENTRY = Table(
    keys(
        {"title": TITLE, "type": Text(tuple(FieldType))},
        sensitivity=Text(tuple(Sensitivity)),
        codes=Many(Table(keys({"code": Text(filled=True), "title": TITLE}, aliases=TEXTS))),
        unit=Text(),
        max_length=Whole(1),
        hint=Text(),
        open_ended=Flag(),
        partial=Flag(),
        minimum=Number(),
        maximum=Number(),
        not_before=Text(("today",)),
        not_after=Text(("today",)),
        example=Text(),
    )
)
DICTIONARY = Named(ENTRY, NAME)

# --- departments --------------------------------------------------------------------------------------------------------

RESOURCE_FIELDS = Named(TextOr("path", Table({"share": Key(SHARE), "required": Key(Flag())}, rest=True)), NAME)
RESOURCE_LIST = Table(keys({"fields": RESOURCE_FIELDS}, title=TITLE, share=SHARE), rest=True)
RESOURCE = Table(
    keys(
        {"title": TITLE, "share": SHARE, "subject": TEXTS},
        trust=TRUST,
        update_cycle=Text(),
        timeout_seconds=Number(),
        certificate_type=Text(),
        certificate_number=Text(pattern=NAME),
        max_age_days=Whole(),
        way=Text((INBOX_WAY, REGISTRY_WAY)),
        repeatable=Flag(),
        keep_seconds=Whole(),
        proposed=Flag(),
        summary=Text(),
        disabled=Text(filled=True),
        answers_within_ms=Whole(1),
        service_hours=Text(),
        wire=FREE_TABLE,
        fields=RESOURCE_FIELDS,
        lists=Named(RESOURCE_LIST, NAME),
    )
)
FALLBACK = Table(
    keys(
        questions_after_minutes=Whole(),
        item_cases_after_minutes=Whole(),
        reasons=Many(Text(DOWN)),
        resources=TEXTS,
        people=Text(),
        trust=TRUST,
    )
)
DEPARTMENT = Table(
    keys(
        {
            "department": Table(
                keys(
                    {"code": CODE, "name": TITLE, "uscc": USCC, "kind": Text(tuple(Kind))},
                    phone=Text(),
                    aliases=TEXTS,
                    max_in_flight=Whole(1),
                    disabled=Text(filled=True),
                )
            )
        },
        wire=FREE_TABLE,
        fallback=FALLBACK,
        resources=Named(RESOURCE, r"[a-z0-9]+(-[a-z0-9]+)*"),
        handles=Named(FREE_TABLE),
    )
)

# --- pieces of a form ---------------------------------------------------------------------------------------------------

_SOURCE = Table(
    keys({"resource": Text(filled=True), "field": Text(filled=True), "subject": SUBJECT}, trust=TRUST, when=WHEN)
)
_ROLE = Table(
    keys(
        {"code": Text(pattern=NAME), "title": TITLE, "kind": Text(("enterprise", "person", "premises", "other"))},
        identifier=Text(),
        required=Flag(),
        proofs=TEXTS,
        relation=Table(keys({"via": FORM_KEY, "resources": TEXTS})),
        when=WHEN,
    )
)
_FORM_FIELD = Table(
    keys(
        {"key": FORM_KEY, "title": TITLE},
        name=Text(),
        group=Text(),
        required=Flag(),
        lock=Text(tuple(Lock)),
        sources=Many(_SOURCE),
        when=WHEN,
        answer_of=Text(),
    )
)
_QUESTION = Table(
    keys(
        {
            "key": Text(pattern=NAME),
            "title": TITLE,
            "answers": Many(Table(keys({"code": CODE, "title": TITLE}))),
        },
        default=Text(),
        when=WHEN,
    )
)
_BLOCK = Table(keys(fields=Many(FORM_KEY), materials=Many(CODE), result=Many(FORM_KEY)))
PART = Table(
    keys(
        {"code": CODE, "title": TITLE, "blocks": Named(_BLOCK, CODE.pattern)},
        roles=Many(_ROLE),
        questions=Many(_QUESTION),
        fields=Many(_FORM_FIELD),
    )
)

# --- guides -------------------------------------------------------------------------------------------------------------

_TEXT_OR_TEXTS = OneOrMany(Text(filled=True))
_FORMS = OneOrMany(TextOr("blank", Table(keys(None, name=Text(), blank=Text(), model=Text(), download_url=Text()))))
GUIDE = Table(
    keys(
        None,
        exercise_level=_TEXT_OR_TEXTS,
        intermediary_services=_TEXT_OR_TEXTS,
        acceptance_channels=_TEXT_OR_TEXTS,
        places=OneOrMany(TextOr("address", Table(keys({"address": TITLE}, hours=Text())))),
        process_steps=_TEXT_OR_TEXTS,
        result_sample=_TEXT_OR_TEXTS,
        charges=OneOrMany(TextOr("standard", Table(keys({"standard": TITLE}, legal_basis=Text())))),
        collection_methods=_TEXT_OR_TEXTS,
        remedies=_TEXT_OR_TEXTS,
        enquiry=_TEXT_OR_TEXTS,
        complaint=_TEXT_OR_TEXTS,
        progress_query=Table(keys(None, methods=TEXTS, channels=TEXTS)),
        special_notes=TextOr(
            "notes",
            Table(
                keys(
                    None,
                    appointment_required=Text(),
                    in_person_required=Text(),
                    all_parties_required=Text(),
                    photo_reminder=Text(),
                    notes=Text(),
                )
            ),
        ),
        forms=_FORMS,
        commitment_letters=_FORMS,
        flow_chart=_TEXT_OR_TEXTS,
        common_errors=_TEXT_OR_TEXTS,
        faqs=_TEXT_OR_TEXTS,
        full_guide_address=Text(),
        reviewed_by=Text(),
        extras=FREE_TABLE,
    )
)
"""[guide] of an item or a matter, guide.toml of a site: elements of the 办事指南 that the catalog does not know otherwise (catalog/guides.py)."""

# --- items --------------------------------------------------------------------------------------------------------------

EXEMPTION = Table(keys(resource=Text(), subject=SUBJECT, upstream_item=Text()))
_MATERIAL: dict[str, Shape] = {
    "name": TITLE,
    "legal_basis": TITLE,
    "type_and_format": TITLE,
    "source": TITLE,
    "acceptance_standard": TITLE,
    "paper_copies": Whole(),
    "paper_size": Text(),
    "deferrable": Flag(),
    "promise_allowed": Flag(),
    "notes": Text(),
}
MATERIAL_KEYS = frozenset(_MATERIAL)
"""What a material must say. A shared one may leave some of it to the items that name it, but not to a block."""
_MATERIAL_MORE: dict[str, Shape] = {"main": Flag(), "exemption": OneOrMany(EXEMPTION), "when": WHEN}
MATERIAL = Table(keys({"code": CODE, **_MATERIAL}, **_MATERIAL_MORE))
SHARED_MATERIALS = Named(Table(keys(None, **_MATERIAL, **_MATERIAL_MORE)), CODE.pattern)
"""materials.toml: what several items ask alike; an item's own entry of the same code adds to it or overrides it."""

ITEM = Table(
    keys(
        {
            "code": CODE,
            "title": TITLE,
            "department": CODE,
            "kind": Text(tuple(ItemKind)),
            "promised_workdays": Whole(),
            "statutory_workdays": Whole(),
            "result": Table(
                keys(
                    {"name": TITLE, "issued_by": Text(tuple(IssuedBy))},
                    certificate_type=Text(),
                    fields=Many(FORM_KEY),
                    resource=Text(),
                    subject=SUBJECT,
                )
            ),
        },
        materials=Many(MATERIAL),
        fields=Many(FORM_KEY),
        uses=Many(CODE),
        roles=Many(_ROLE),
        questions=Many(_QUESTION),
        asks=Many(_FORM_FIELD),
        applicant_kinds=TEXTS,
        legal_bases=TEXTS,
        conditions=TEXTS,
        special_procedures=TEXTS,
        deferral_allowed=Flag(),
        promise_allowed=Flag(),
        immediate=Flag(),
        aliases=TEXTS,
        proposed=Flag(),
        reviewed_by=Text(),
        extras=FREE_TABLE,
        guide=GUIDE,
    )
)

# --- matters ------------------------------------------------------------------------------------------------------------

MATTER = Table(
    keys(
        {
            "code": CODE,
            "title": TITLE,
            "lead": CODE,
            "applicant_kind": Text(("enterprise", "person")),
            "items": Many(
                Table(keys({"item": CODE, "order": Whole()}, optional=Flag(), when=WHEN, change_note=Text()))
            ),
        },
        parts=Many(CODE),
        settled=Named(CODE, NAME),
        roles=Many(_ROLE),
        fields=Many(_FORM_FIELD),
        questions=Many(_QUESTION),
        listed_kind=Text(),
        dependencies=Many(
            Table(keys({"upstream": CODE, "downstream": CODE}, on_reject=Text(tuple(OnReject)), proposed=Flag()))
        ),
        together=Many(Many(CODE)),
        aliases=TEXTS,
        sequence=Whole(),
        batch=Text(),
        issuing_level=Text(),
        deadline=Text(),
        province_mandated=Flag(),
        proposed=Flag(),
        sheet=Flag(),
        guide=GUIDE,
    )
)

# --- a published list of matters ----------------------------------------------------------------------------------------

LIST = Table(keys({"batch": TITLE}, name=Text(), issuing_level=Text(), code_prefix=CODE, codes=Named(CODE)))
"""What stands beside a list of matters (lists/<name>.csv) and holds for all of its rows; `codes`: name of a new matter → its code."""

# --- the rest -----------------------------------------------------------------------------------------------------------

POLICY_LAYER = Table(
    {name: Key(Table(keys({"value": known.shape, "source": TITLE}))) for name, known in SETTINGS.items()}
)
POLICY = Table(keys(province=POLICY_LAYER, city=POLICY_LAYER, county=POLICY_LAYER))

GRANTS = Table(
    keys(
        {
            "grants": Many(
                Table(
                    keys(
                        {"code": CODE, "purposes": Many(CODE), "ground": TITLE, "clause": TITLE, "until": Day()},
                        resource=Text(filled=True),
                        fields=TEXTS,
                        certificates=TEXTS,
                        departments=Many(CODE),
                        whole_file=Flag(),
                    )
                )
            )
        }
    )
)

VALIDITY = Table(keys(years=Whole(1), until=Text(), unlimited=Flag()))
EXTENSION = Table(keys({"name": Text(pattern=r"KZ_[A-Z][A-Z0-9]{0,30}"), "label": TITLE, "field": Text()}))
CERTIFICATES = Table(
    keys(
        {
            "certificates": Many(
                Table(
                    keys(
                        {
                            "code": Text(pattern=r"[0-9A-Z]{18}\d{3}"),
                            "title": TITLE,
                            "defined_by": TITLE,
                            "issued_by": Many(CODE),
                            "validity": VALIDITY,
                            "extensions": Many(EXTENSION),
                        },
                        holder=Text(("enterprise", "person")),
                        face=CODE,
                        proposed=Flag(),
                        reviewed_by=Text(),
                    )
                )
            )
        }
    )
)
