"""The bundle for whoever reads the catalog by program, and for departments' systems that ask through the hub. It opens no line of its own.

A department asks within a case of its own, under a grant, through the same doorway as pre-fill: policy, intent, question, outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import anyio.to_thread

from adapters.connect import Connected
from adapters.contract import (
    RESULT_WORDS,
    Ambiguous,
    Denied,
    Document,
    Found,
    NotFound,
    Outcome,
    Pending,
    Rows,
    Unavailable,
    Why,
)
from catalog.dcat import exported
from catalog.describing_certificates import certificate_schema
from catalog.types import CertificateType, Resource, Site
from hub import policy
from hub.clock import local
from hub.errors import BadInput, HubError, NotAllowed, NotThere
from hub.evidence import reason_of
from hub.exchange import Answered, Ask, Exchange, Handler
from hub.identity.principal import Principal, Role
from hub.policy import Standing, plain_role
from hub.prefill.caseform import CaseForm
from hub.prefill.deferred import still_open
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.wiring import open_catalog, open_certificates
from hub.wiring.at_desk import at_desk
from hub.wiring.collecting import EXPIRED, OPEN, Collecting, Ticket
from hub.wiring.open_catalog import OpenResource, Plain
from hub.wiring.refusal_words import next_step


class AskFailed(HubError):
    """A question of a department's system that came to no answer; `source` says whose doing that is, `rule` which rule or reason."""

    code = "PROVIDER_UNAVAILABLE"

    def __init__(self, message: str, *, code: str, status: int, source: str, rule: str) -> None:
        super().__init__(message, code=code, status=status)
        self.source, self.rule = source, rule


NOBODY = "nobody."
"""Begins a form key that no role has: of a question that the case's matter never asks."""


@dataclass(frozen=True)
class Question:
    """What a department's system asks: `case` is the number of its own item case, `purpose` the matter of it, `handler` the id of
    the official (经办人) on whose action it asks. No fields: all that it may see; `document`: the whole document and no field."""

    purpose: str
    case: str = field(repr=False)
    subject: Mapping[str, str] = field(repr=False)
    handler: str = field(repr=False)
    fields: tuple[str, ...] = ()
    document: bool = False


@dataclass(frozen=True)
class Told:
    """An answer on its way to a department: its records stand. `refused` are fields that policy cut, `withheld` those that the
    provider did, `matches` the number of records where several fit."""

    outcome: str
    question_id: str
    intent: int
    record: int | None
    asked_at: datetime
    answered_at: datetime
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    lists: Mapping[str, Rows] = field(default_factory=dict, repr=False)
    precision: Mapping[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    as_of: datetime | None = None
    valid_to: date | None = None
    matches: int | None = None
    resource: str = ""


class SharingBundle:
    def __init__(
        self,
        database: Database,
        catalogs: Catalogs,
        exchange: Exchange,
        adapters: Mapping[str, Connected],
        collecting: Collecting,
    ) -> None:
        self._database, self._catalogs, self._exchange = database, catalogs, exchange
        self._adapters, self._collecting = adapters, collecting
        self._region, self._clock = collecting.region, collecting.clock

    # --- the catalog -----------------------------------------------------------------------------------------------------

    def resources(self, p: Principal, allowed: bool = False) -> tuple[OpenResource, ...]:
        """All resources and types of certificates, each by code; with `allowed` those of which the caller may use something."""
        site = self._catalogs.current()
        found = [self._open(site, one, p) for _, one in sorted(site.resources.items())]
        found += [self._certificate(site, one, p) for _, one in sorted(site.certificates.items())]
        return tuple(one for one in found if open_catalog.is_allowed(one) or not allowed)

    def resource(self, p: Principal, code: str) -> OpenResource:
        site = self._catalogs.current()
        kind = open_certificates.kind_of(site, code)
        return self._certificate(site, kind, p) if kind else self._open(site, _resource(site, code), p)

    def schema(self, p: Principal, code: str) -> Plain:
        site = self._catalogs.current()
        kind = open_certificates.kind_of(site, code)
        if kind is not None:
            return certificate_schema(site, kind)
        return open_catalog.schema_document(site, _resource(site, code))

    def sample(self, p: Principal, code: str) -> Plain:
        site = self._catalogs.current()
        kind = open_certificates.kind_of(site, code)
        if kind is not None:
            return open_certificates.sample_document(site, kind)
        return open_catalog.sample_document(site, _resource(site, code))

    def openapi(self, p: Principal, code: str, whole: Plain) -> Plain:
        """`whole`: the door's own description, of which the calls of this resource are a part."""
        site = self._catalogs.current()
        kind = open_certificates.kind_of(site, code)
        if kind is not None:
            return open_certificates.openapi_document(site, kind, whole)
        return open_catalog.openapi_document(site, _resource(site, code), whole)

    def dcat(self, p: Principal, base: str) -> Plain:
        """The whole catalog as DCAT-AP in JSON-LD; `base` is the address under which this hub is known."""
        return exported(self._catalogs.current(), base)

    def _open(self, site: Site, resource: Resource, p: Principal) -> OpenResource:
        connected = self._adapters.get(resource.department)
        fresh = connected.fresh_on() if connected is not None and connected.fresh_on is not None else None
        who = open_catalog.looker(site, p, local(self._clock()).date())
        return open_catalog.open_resource(site, resource, who, fresh)

    def _certificate(self, site: Site, kind: CertificateType, p: Principal) -> OpenResource:
        who = open_catalog.looker(site, p, local(self._clock()).date())
        return open_certificates.open_certificate(site, kind, who)

    # --- asking ----------------------------------------------------------------------------------------------------------

    async def ask(self, p: Principal, code: str, question: Question) -> Told | Ticket:
        """Ask for a department's system; what is given back stands in the sharing log already. A Ticket: its answer comes later.

        Raises NotThere (resource, item case), NotNow (the item case is not at work), NotAllowed (another matter), BadInput (the subject's keys),
        AskFailed (policy, the department, or our line to it), LogUnavailable.
        """
        if Role.DEPARTMENT not in p.roles:
            raise NotAllowed("Only a department's system may call this.", code="ROLE_MISSING")
        ask = await anyio.to_thread.run_sync(self._prepared, p, code, question)
        answered = await self._exchange.ask(ask)
        ticket = await anyio.to_thread.run_sync(self._collecting.keep, p, ask, _kept(question), answered)
        return ticket or _told(answered, ask, question.document)

    async def collect(self, p: Principal, number: str) -> Told | Ticket:
        """The answer to a question of before, once it has come; a Ticket: not yet. Asked, refused and recorded as `ask`.

        Raises NotThere also for another's question, and AskFailed (ASK_EXPIRED) where none came in time."""
        if Role.DEPARTMENT not in p.roles:
            raise NotAllowed("Only a department's system may call this.", code="ROLE_MISSING")
        kept = await anyio.to_thread.run_sync(self._collecting.of, p, number)
        question = _question(kept.question)
        if kept.row.state == EXPIRED:
            raise _expired()
        ask = await anyio.to_thread.run_sync(self._prepared, p, kept.row.resource, question)
        if reason := self._exchange.refusal(ask):
            raise _not_any_more(reason)
        if kept.row.state == OPEN:
            outcome = await self._collecting.look(ask, kept)
            over = (
                isinstance(outcome, Unavailable) and outcome.reason is Why.TIMEOUT and self._clock() >= kept.row.until
            )
            if still_open(outcome) and not over:
                return kept.ticket()
            answered = await anyio.to_thread.run_sync(self._collecting.record, kept, outcome)
            if answered is None:
                return kept.ticket()
            if over:
                raise _expired()
        else:
            answered = await anyio.to_thread.run_sync(self._collecting.again, p, ask, kept)
        return _told(answered, ask, question.document)

    def _prepared(self, p: Principal, code: str, question: Question) -> Ask:
        resource = _offered(self._catalogs.current(), code)
        if resource.department not in self._adapters:
            raise _by_hub(f"The hub has no line to {resource.department} now; tell its operator.", "NO_CONNECTION")
        if set(question.subject) != set(resource.subject) or not all(question.subject.values()):
            keys = "、".join(resource.subject)
            raise BadInput(f"This resource is asked with {keys}, each with a value.", {"subject": f"exactly {keys}"})
        at = at_desk(self._database, self._catalogs, p, question.case, question.purpose)
        case, standing = at.case, at.standing
        return Ask(
            resource=resource,
            fields=() if question.document else question.fields or open_catalog.names_of(resource),
            subject=question.subject,
            keys=_keys(case, standing, resource, question.subject),
            standing=standing,
            grants=case.grants,
            region=case.region,
            case_no=case.case_no,
            matter=case.matter.code,
            item=at.item,
            purpose=question.purpose,
            ground=case.ground(at.item),
            handler=Handler(question.handler, p.organisation, "signature"),
        )


def _kept(question: Question) -> dict[str, Any]:
    """The question as it is kept, for whoever collects its answer."""
    return {**vars(question), "subject": dict(question.subject), "fields": list(question.fields)}


def _question(kept: Mapping[str, Any]) -> Question:
    return Question(
        kept["purpose"], kept["case"], kept["subject"], kept["handler"], tuple(kept["fields"]), kept["document"]
    )


def _not_any_more(reason: str) -> AskFailed:
    """Policy permitted the question and does not permit its answer now. The answer stays where it is."""
    message = f"{next_step(reason)} The answer waits where it is."
    return AskFailed(message, code="ASK_REFUSED", status=403, source="client", rule=reason)


def _expired() -> AskFailed:
    message = "No answer came in the time that was promised, and that is in the log; ask again."
    return AskFailed(message, code="ASK_EXPIRED", status=410, source="provider", rule="timeout")


def _resource(site: Site, code: str) -> Resource:
    found = site.resources.get(code)
    if found is None:
        raise NotThere("The catalog has no such resource; see GET /api/v1/catalog.", code="RESOURCE_NOT_THERE")
    return found


def _offered(site: Site, code: str) -> Resource:
    resource = _resource(site, code)
    if resource.disabled:
        raise AskFailed(
            resource.disabled,
            code="RESOURCE_DISABLED",
            status=409,
            source="provider-business",
            rule="resource_disabled",
        )
    if open_catalog.way_of(site, resource) == open_catalog.PERSON:
        message = "A person answers this resource, so it is not asked by program; ask it in the case, at the window."
        raise AskFailed(message, code="ANSWERED_BY_A_PERSON", status=409, source="client", rule="answered_by_a_person")
    return resource


# --- whom the question is about -------------------------------------------------------------------------------------------


def _keys(case: CaseForm, standing: Standing, resource: Resource, subject: Mapping[str, str]) -> Mapping[str, str]:
    """The form keys by which the matter itself asks this resource, of the role whom this subject fits; policy then judges by them.

    A matter that never asks the resource has none: nobody in its cases is tied to the question, and it is refused."""
    declared = [keys for keys in _declared(case, resource.code) if set(keys) == set(subject)]
    nowhere = {item: f"{NOBODY}{item}" for item in subject}
    candidates = [one for keys in declared for one in _numbered(keys, standing)] or [nowhere]
    for keys in candidates:
        if not isinstance(
            policy.subject_allowed(standing, {keys[i]: value for i, value in subject.items()}), policy.Refused
        ):
            return keys
    return candidates[0]


def _is_nowhere(keys: Mapping[str, str]) -> bool:
    return bool(keys) and all(key.startswith(NOBODY) for key in keys.values())


def _declared(case: CaseForm, resource: str) -> Iterator[Mapping[str, str]]:
    for form_field in case.fields:
        yield from (source.subject for source in form_field.sources if source.resource == resource)
    for needed in case.materials:
        if needed.exemption is not None and needed.exemption.resource == resource:
            yield needed.exemption.subject
    for item in case.items.values():
        if item.result.resource == resource:
            yield item.result.subject


def _numbered(keys: Mapping[str, str], standing: Standing) -> Iterator[Mapping[str, str]]:
    """The keys as declared, and as they are of each numbered role (`owner[1].id_number` for `owner.id_number`)."""
    yield keys
    roles = {party.role for party in standing.parties} | {one.key.rpartition(".")[0] for one in standing.reached}
    for role in sorted(roles):
        if "[" in role:
            own = {
                i: f"{role}.{k.rpartition('.')[2]}" if k.rpartition(".")[0] == plain_role(role) else k
                for i, k in keys.items()
            }
            if own != dict(keys):
                yield own


# --- what is told --------------------------------------------------------------------------------------------------------


def _told(answered: Answered, ask: Ask, whole: bool) -> Told:
    outcome = answered.outcome
    if answered.intent_seq is None:
        raise _refused(reason_of(outcome), ask)
    told = Told(
        RESULT_WORDS[type(outcome)],
        answered.request_id,
        answered.intent_seq,
        answered.outcome_seq,
        answered.asked_at,
        answered.answered_at,
        refused=answered.cut,
        resource=ask.resource.code,
    )
    match outcome:
        case Found():
            return _found(told, outcome, whole)
        case NotFound():
            return told
        case Ambiguous():
            # Who else fits is nobody's business: a label holds names and numbers of others.
            return Told(**{**vars(told), "matches": len(outcome.candidates)})
        case _:
            raise _failed(outcome, ask.resource)


def _found(told: Told, found: Found, whole: bool) -> Told:
    more = {
        "values": found.values,
        "lists": found.lists,
        "precision": found.precision,
        "withheld": found.withheld,
        "missing": found.missing,
        "documents": found.documents if whole else (),  # a document shows more than the fields that were granted
        "as_of": found.as_of,
        "valid_to": found.valid_to,
    }
    return Told(**{**vars(told), **more})


def _refused(reason: str, ask: Ask) -> AskFailed:
    """Policy refused: that is in the log, and nobody was asked."""
    return AskFailed(
        f"{next_step(reason, is_asked=not _is_nowhere(ask.keys))} The refusal is recorded.",
        code="ASK_REFUSED",
        status=403,
        source="client",
        rule=reason,
    )


def _failed(outcome: Outcome, resource: Resource) -> AskFailed:
    department, rule = resource.department, reason_of(outcome)
    match outcome:
        case Denied():
            message = f"{department} does not permit the question; ask it why."
            return AskFailed(message, code="PROVIDER_DENIED", status=403, source="provider-business", rule=rule)
        case Pending():
            message = f"{department} answers later; ask it in the case, at the window."
            return AskFailed(message, code="PROVIDER_PENDING", status=409, source="provider-business", rule="pending")
        case Unavailable(reason=Why.LOST | Why.WITHDRAWN):
            return _by_hub("The question was lost in the hub; ask again.", "ASK_LOST")
        case Unavailable():
            message = f"{department} did not answer; ask again later."
            return AskFailed(message, code="PROVIDER_UNAVAILABLE", status=503, source="provider", rule=rule)
        case _:
            message = f"{department} gave an answer that cannot be used; tell it which rule it broke."
            return AskFailed(message, code="PROVIDER_UNUSABLE", status=502, source="provider", rule=rule)


def _by_hub(message: str, code: str) -> AskFailed:
    return AskFailed(message, code=code, status=503, source="hub", rule="")
