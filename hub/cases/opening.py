"""Opening a case: its rows, its first parties, and what was told of them at the counter. It asks nobody.

Seed 000 二(二)1: the clerk checks identity first; seed 001 二(一): the applicant chooses all items or some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert

from catalog import demand
from catalog.dictionary import BadValue, canonical
from catalog.types import FieldDefinition, FieldType, FormField, Matter, Role, Site
from hub.cases.delivery import WAYS
from hub.cases.load import load
from hub.cases.plain import PlainCase
from hub.cases.states import CaseState, ItemState
from hub.clock import local, new_id
from hub.errors import BadInput
from hub.prefill.people import NAMES
from hub.prefill.values import Provenance, Status
from hub.store import subjects
from hub.store.database import Session
from hub.store.numbers import next_number
from hub.store.tables import case_events, cases, form_values, item_cases, parties

PARTY_KINDS = ("enterprise", "person")
PHONES = ("phone", "contact_phone")
"""Fields of a role that hold its party's phone."""


@dataclass(frozen=True)
class PartyGiven:
    """Somebody at the counter: in which role, by which identifier, proven how."""

    role: str
    identifier: str = field(repr=False)
    proof: str
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True)
class Opening:
    """What a clerk enters to open a case; `delivery` is the applicant's choice (way, together)."""

    matter: str
    answers: Mapping[str, str]
    chosen: tuple[str, ...]
    parties: tuple[PartyGiven, ...]
    delivery: Mapping[str, str]
    channel: str = "window"
    filing_id: str = ""


@dataclass(frozen=True)
class Counterside:
    """By whom, where and with which key a case is opened."""

    region: str
    handler: str
    index_key: bytes = field(repr=False)
    digest: str = ""


def checked(site: Site, opening: Opening) -> Opening:
    """The opening with canonical identifiers. Raises BadInput with every mistake at once."""
    matter = site.matters.get(opening.matter)
    if matter is None:
        raise BadInput("没有这个“一件事”，请从目录中选择。", {"matter": "请选择"}, code="MATTER_UNKNOWN")
    mistakes = {
        f"choice.{n}": p.message
        for n, p in enumerate(demand.check_choice(site, matter, opening.chosen, opening.answers))
    }
    if opening.delivery.get("way", "electronic") not in WAYS:
        mistakes["delivery.way"] = "请选择送达方式：电子送达或窗口领取"
    listed = {r.code for r in matter.roles}
    mistakes |= {
        f"parties.{p.role}.identifier": "本事项没有这个当事人" for p in opening.parties if p.role not in listed
    }
    settled = demand.situation(matter, opening.answers)
    mistakes |= {
        f"parties.{r.code}.identifier": f"{r.title}由部门数据带出，不能在这里填写，请清空"
        for r in matter.roles
        if not r.proofs and any(p.role == r.code and p.identifier.strip() for p in opening.parties)
    }
    mistakes |= {
        f"parties.{r.code}.identifier": f"填了{r.title}的姓名或电话，还缺证件号码：请补填，或清空{r.title}"
        for r in matter.roles
        if any(p.role == r.code and not p.identifier.strip() and (p.name + p.phone).strip() for p in opening.parties)
    }
    given = {p.role: p for p in opening.parties if p.identifier.strip()}
    # Nobody becomes a proven party by a claim alone: only a role whose ways of proof the matter names is given here.
    provable = [r for r in matter.roles if r.kind in PARTY_KINDS and (r.proofs or not r.relation)]
    roles = [r for r in provable if demand.applies(r.when, settled)]
    found: list[PartyGiven] = []
    for n, role in enumerate(roles):
        party = given.get(role.code)
        if party is None:
            applicant = n == 0  # a case is always somebody's
            if applicant or (role.required and role.relation is None):
                mistakes.setdefault(f"parties.{role.code}.identifier", f"请填写{role.title}的证件号码")
            continue
        found += _party(matter, role, party, mistakes)
    if mistakes:
        raise BadInput("请更正以下各项后再开始办理。", mistakes, code="OPENING_INCOMPLETE")
    chosen = tuple(i.item for i in matter.items if i.item in opening.chosen)
    return Opening(opening.matter, settled, chosen, tuple(found), opening.delivery, opening.channel, opening.filing_id)


def create(session: Session, site: Site, opening: Opening, side: Counterside, now: datetime) -> PlainCase:
    """Make the case in the caller's transaction; `opening` must be `checked`."""
    matter = site.matters[opening.matter]
    case_id, case_no = new_id(now), _case_number(session, side.region, now)
    known = {p.role: _subject(session, matter, p, side, now) for p in opening.parties}
    applicant = next(r.code for r in matter.roles if r.kind in PARTY_KINDS)
    session.execute(
        insert(cases).values(
            id=case_id,
            region=side.region,
            case_no=case_no,
            case_no_reversed=case_no[::-1],
            matter=matter.code,
            catalog_digest=side.digest,
            state=CaseState.CHECKING.value,
            channel=opening.channel,
            handler=side.handler,
            applicant=known[applicant].id,
            situation=dict(opening.answers),
            chosen=list(opening.chosen),
            delivery=dict(opening.delivery),
            filing_id=opening.filing_id or None,
            version=1,
            created_at=now,
        )
    )
    for party in opening.parties:
        _write_party(session, matter, case_id, party, known[party.role].id, side, now)
    for n, code in enumerate(opening.chosen, start=1):
        _write_item(session, site, case_id, f"{case_no}-{n:02d}", code, side.region, now)
    _write_told(session, matter, opening, case_id, side, now)
    facts = {"items": str(len(opening.chosen))}
    session.execute(
        insert(case_events).values(
            case_id=case_id, no=1, at=now, kind="opened", item_no="", actor=side.handler, facts=facts
        )
    )
    return load(session, case_id, side.region)


def _party(matter: Matter, role: Role, party: PartyGiven, mistakes: dict[str, str]) -> list[PartyGiven]:
    at = f"parties.{role.code}"
    identifier = _said(_definition(matter, role.identifier), party.identifier, f"{at}.identifier", mistakes)
    phone = party.phone.strip() and _said(_phone_of(matter, role), party.phone, f"{at}.phone", mistakes)
    if role.proofs and party.proof not in role.proofs:
        mistakes[f"{at}.proof"] = f"请选择{role.title}的身份核验方式：{'、'.join(role.proofs)}"
    elif role.proofs and not party.name.strip() and _named_here(matter, role):
        mistakes[f"{at}.name"] = f"请填写{role.title}的姓名，与证件一致"
    if not role.proofs or any(where.startswith(f"{at}.") for where in mistakes):
        return []
    return [PartyGiven(role.code, identifier, party.proof, party.name.strip(), phone)]


def _said(definition: FieldDefinition, text: str, where: str, mistakes: dict[str, str]) -> str:
    """The canonical text; what is wrong with it becomes the mistake at `where`."""
    try:
        return canonical(definition, text)
    except BadValue as e:
        mistakes[where] = str(e)
        return ""


def _named_here(matter: Matter, role: Role) -> bool:
    """Whether the form asks for the name and no department answers it: then it is read from what proved the identity."""
    return any(f.key == f"{role.code}.name" and f.required and not f.sources for f in matter.fields)


def _definition(matter: Matter, key: str) -> FieldDefinition:
    return next(f.definition for f in matter.fields if f.key == key)


def _phone_of(matter: Matter, role: Role) -> FieldDefinition:
    """The role's own phone field; a phone that no field of the form keeps must be one all the same."""
    keys = [f"{role.code}.{name}" for name in PHONES]
    own = (f.definition for f in matter.fields if f.key in keys)
    return next(own, FieldDefinition("phone", f"{role.title}联系电话", FieldType.PHONE))


def _subject(session: Session, matter: Matter, party: PartyGiven, side: Counterside, now: datetime) -> subjects.Subject:
    kind = next(r.kind for r in matter.roles if r.code == party.role)
    return subjects.know(session, side.index_key, side.region, kind, party.identifier, party.name, now)


def _write_party(
    session: Session, matter: Matter, case_id: str, party: PartyGiven, subject_id: str, side: Counterside, now: datetime
) -> None:
    kind = next(r.kind for r in matter.roles if r.code == party.role)
    session.execute(
        insert(parties).values(
            case_id=case_id,
            role=party.role,
            subject_id=subject_id,
            kind=kind,
            proof=party.proof,
            proven_at=now,
            proven_by=side.handler,
        )
    )


def _write_item(
    session: Session, site: Site, case_id: str, item_no: str, code: str, region: str, now: datetime
) -> None:
    session.execute(
        insert(item_cases).values(
            id=new_id(now),
            case_id=case_id,
            region=region,
            item=code,
            item_no=item_no,
            department=site.items[code].department,
            state=ItemState.WAITING.value,
        )
    )


def _write_told(
    session: Session, matter: Matter, opening: Opening, case_id: str, side: Counterside, now: datetime
) -> None:
    """The phones told at the counter, and the names that a department speaks for: typed, so that another name there is a conflict.

    Identifiers, names without a source and the situation's answers are pre-fill's to set.
    """
    form = demand.form_of(matter, opening.chosen, opening.answers)
    told = {f"{p.role}.{name}": p.phone for p in opening.parties for name in PHONES}
    told |= {f.key: _name_told(f, opening) for f in form.fields if f.sources and f.key.rpartition(".")[2] in NAMES}
    source = Provenance(trust="C", by=side.handler, reason="applicant_states", fetched_at=now)
    rows = [
        {"field": f.key, "value": told[f.key], "status": Status.MANUAL.value, "source": source.to_json()}
        for f in form.fields
        if told.get(f.key)
    ]
    common = {"case_id": case_id, "version": 1, "updated_at": now, "updated_by": side.handler}
    if rows:
        session.execute(insert(form_values), [row | common for row in rows])


def _name_told(field: FormField, opening: Opening) -> str:
    return next((p.name for p in opening.parties if p.role == field.key.rpartition(".")[0]), "")


def _case_number(session: Session, region: str, now: datetime) -> str:
    """办件编号 (an..50, GB/T 39046): region, day, running number of the day. The layout is proposed."""
    day = f"{local(now):%Y%m%d}"
    return f"{region}{day}{next_number(session, region, 'case', day):06d}"
