"""The kinds of records and how each becomes a draft of a leaf. Makes no commitments, hashes no leaf, knows no database.

What a constructor takes in clear and shows with `repr=False` never reaches the leaf: it becomes a salted commitment.
Fields are named as in the table of docs/sharing-log.md.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from hub import trace
from hub.sharinglog.errors import BadRecord
from hub.sharinglog.labels import further, same

Clear = str | int | bool | list[str] | dict[str, str]

RESULTS = frozenset({"found", "not_found", "ambiguous", "denied", "unavailable", "unusable", "pending"})
ACTIONS = frozenset({"screen", "print", "export", "search"})

QUESTION, PENDING = "question", "pending"


@dataclass(frozen=True, slots=True)
class Operator:
    """经办人: on whose action data was asked, in which organisation and system, how authenticated."""

    org: str
    app: str
    operator: str | None = field(default=None, repr=False)
    terminal: str | None = field(default=None, repr=False)
    auth: str | None = None


@dataclass(frozen=True, slots=True)
class CaseRef:
    """The 一件事, the item and the case (办件流水号; committed)."""

    matter: str | None = None
    item: str | None = None
    case_no: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Basis:
    """The ground of sharing: grant, clause, purpose, consent reference."""

    grant: str | None = None
    clause: str | None = None
    purpose: str | None = None
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """数据提供方: organisation, catalogue code, service, version."""

    org: str
    catalog: str | None = None
    service: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it is committed: clear fields, values to commit by label, and what it opens or closes."""

    phase: str
    clear: Mapping[str, object]
    personal: Mapping[str, str] = field(repr=False)
    opens: str | None = None
    closes: tuple[int, str] | None = None


def traced(draft: Draft) -> Draft:
    """With the id of the trace that the act belongs to, unless the record has one of its own."""
    now = trace.trace_id()
    if now is None or draft.clear.get("trace_id", "") is not None:
        return draft
    return replace(draft, clear={**draft.clear, "trace_id": now})


@dataclass(frozen=True, slots=True)
class Intent:
    """A question about to be asked. Durable before the provider is called."""

    phase: ClassVar[str] = "intent"
    who: Operator
    case: CaseRef
    basis: Basis
    provider: Provider
    fields: tuple[str, ...]
    subject: str = field(repr=False)
    request: str = field(repr=False)
    trace_id: str | None = None

    def draft(self) -> Draft:
        clear = _common(self.who, self.case, self.basis, self.provider) | {
            "fields": self.fields,
            "trace_id": self.trace_id,
        }
        return Draft(
            self.phase,
            clear,
            _personal(self.who, self.case, subject=self.subject, request=self.request),
            opens=QUESTION,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a question came to; `fields` are those actually returned. Durable before one byte goes to the consumer.

    `result` is one of RESULTS. `pending` ends the question and opens one place for a person's later answer: that answer
    is an Outcome with the same `intent_seq` and `answers_seq` = seq of the pending outcome, once.
    `attempts` is how often it was put to the provider; `cache` says where else the answer is from: `joined:<n>`, the same question
    in flight, or `kept:<n>`, an earlier one, n the number of that intent. `answer` is hashed here; only its salted digest is kept.
    """

    phase: ClassVar[str] = "outcome"
    intent_seq: int
    result: str
    reason: str | None = None
    fields: tuple[str, ...] = ()
    rows: int | None = None
    answer: bytes | None = field(default=None, repr=False)
    answer_bytes: int | None = None
    latency_ms: int | None = None
    fields_denied: tuple[str, ...] = ()
    attempts: int | None = None
    cache: str | None = None
    answers_seq: int | None = None
    who: Operator | None = None
    trace_id: str | None = None

    def __post_init__(self) -> None:
        if self.result not in RESULTS:
            raise BadRecord(f"unknown result {self.result!r}: use one of {', '.join(sorted(RESULTS))}")
        if self.answers_seq is not None and self.result == "pending":
            raise BadRecord(
                "the answer to a pending question cannot be pending again: leave it open until there is one"
            )

    def draft(self) -> Draft:
        size = len(self.answer) if self.answer is not None and self.answer_bytes is None else self.answer_bytes
        clear = _common(self.who) | {
            "intent_seq": self.intent_seq,
            "answers_seq": self.answers_seq,
            "result": self.result,
            "reason": self.reason,
            "fields": self.fields,
            "fields_denied": self.fields_denied,
            "rows": self.rows,
            "answer_bytes": size,
            "latency_ms": self.latency_ms,
            "attempts": self.attempts,
            "cache": self.cache,
            "trace_id": self.trace_id,
        }
        closes = (self.intent_seq, QUESTION) if self.answers_seq is None else (self.answers_seq, PENDING)
        opens = PENDING if self.result == "pending" else None
        return Draft(self.phase, clear, _personal(self.who, answer=digest(self.answer)), opens, closes)


@dataclass(frozen=True, slots=True)
class Denied:
    """A question that policy refused: nobody was asked. With `intent_seq` it ends a question already recorded."""

    phase: ClassVar[str] = "denied"
    who: Operator
    case: CaseRef
    basis: Basis
    provider: Provider
    fields_denied: tuple[str, ...]
    subject: str = field(repr=False)
    request: str = field(repr=False)
    reason: str
    intent_seq: int | None = None
    trace_id: str | None = None

    def draft(self) -> Draft:
        clear = _common(self.who, self.case, self.basis, self.provider) | {
            "fields_denied": self.fields_denied,
            "reason": self.reason,
            "intent_seq": self.intent_seq,
            "trace_id": self.trace_id,
        }
        closes = None if self.intent_seq is None else (self.intent_seq, QUESTION)
        return Draft(
            self.phase, clear, _personal(self.who, self.case, subject=self.subject, request=self.request), closes=closes
        )


@dataclass(frozen=True, slots=True)
class Lost:
    """Ends a question whose outcome never came (crash, power cut). Written by the sweep."""

    phase: ClassVar[str] = "lost"
    intent_seq: int
    reason: str = "no_outcome"

    def draft(self) -> Draft:
        return Draft(
            self.phase, {"intent_seq": self.intent_seq, "reason": self.reason}, {}, closes=(self.intent_seq, QUESTION)
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """Something went out: a dispatch, a push, an SMS, a courier. `key` is the idempotency key; `payload` is only hashed.

    `subjects` are all whose facts are in it, the case's applicant first.
    """

    phase: ClassVar[str] = "sent"
    receiver: str
    channel: str
    key: str
    payload: bytes = field(repr=False)
    who: Operator | None = None
    case: CaseRef | None = None
    basis: Basis | None = None
    fields: tuple[str, ...] = ()
    subjects: tuple[str, ...] = field(default=(), repr=False)
    recipient: str | None = field(default=None, repr=False)
    result: str | None = None
    trace_id: str | None = None

    def draft(self) -> Draft:
        clear = _common(self.who, self.case, self.basis) | {
            "receiver": self.receiver,
            "channel": self.channel,
            "key": self.key,
            "fields": self.fields,
            "result": self.result,
            "trace_id": self.trace_id,
        }
        personal = _personal(self.who, self.case, payload=digest(self.payload), recipient=self.recipient)
        return Draft(self.phase, clear, personal | _subjects(self.subjects))


@dataclass(frozen=True, slots=True)
class ReceivedBatch:
    """A bulk file came in; `key` names the delivery, `content` (or its digest, with `size`) is only hashed."""

    phase: ClassVar[str] = "received-batch"
    provider: Provider
    key: str
    content: bytes = field(repr=False)
    rows: int
    fields: tuple[str, ...] = ()
    result: str | None = None
    reason: str | None = None
    basis: Basis | None = None
    who: Operator | None = None
    size: int | None = None
    trace_id: str | None = None

    def draft(self) -> Draft:
        clear = _common(self.who, None, self.basis, self.provider) | {
            "key": self.key,
            "rows": self.rows,
            "fields": self.fields,
            "answer_bytes": len(self.content) if self.size is None else self.size,
            "result": self.result,
            "reason": self.reason,
            "trace_id": self.trace_id,
        }
        return Draft(self.phase, clear, _personal(self.who, answer=digest(self.content)))


@dataclass(frozen=True, slots=True)
class Viewed:
    """Somebody saw data: a screen, a print, an export, a search. `query` holds search terms (committed).

    `subjects` are all whose facts were shown, the case's applicant first.
    """

    phase: ClassVar[str] = "viewed"
    who: Operator
    screen: str
    action: str
    fields: tuple[str, ...] = ()
    subjects: tuple[str, ...] = field(default=(), repr=False)
    case: CaseRef | None = None
    basis: Basis | None = None
    rows: int | None = None
    query: str | None = field(default=None, repr=False)
    trace_id: str | None = None

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise BadRecord(f"unknown action {self.action!r}: use one of {', '.join(sorted(ACTIONS))}")

    def draft(self) -> Draft:
        clear = _common(self.who, self.case, self.basis) | {
            "screen": self.screen,
            "action": self.action,
            "fields": self.fields,
            "rows": self.rows,
            "trace_id": self.trace_id,
        }
        return Draft(self.phase, clear, _personal(self.who, self.case, request=self.query) | _subjects(self.subjects))


@dataclass(frozen=True, slots=True)
class Admin:
    """An act on the hub itself: keys, grants, settings, use of a signing key, failed logins. `target` is a code.

    `note` is what the acting person gave as the reason, in own words (committed).
    """

    phase: ClassVar[str] = "admin"
    action: str
    target: str
    who: Operator | None = None
    case: CaseRef | None = None
    result: str | None = None
    reason: str | None = None
    note: str | None = field(default=None, repr=False)
    trace_id: str | None = None

    def draft(self) -> Draft:
        clear = _common(self.who, self.case) | {
            "action": self.action,
            "target": self.target,
            "result": self.result,
            "reason": self.reason,
            "trace_id": self.trace_id,
        }
        return Draft(self.phase, clear, _personal(self.who, self.case, note=self.note))


@dataclass(frozen=True, slots=True)
class Erased:
    """The key over somebody's values was destroyed. Written by `SharingLog.erase` alone, with the act."""

    phase: ClassVar[str] = "erased"
    scope: str = field(repr=False)
    reason: str = "retention_or_request"
    who: Operator | None = None

    def draft(self) -> Draft:
        return Draft(self.phase, _common(self.who) | {"reason": self.reason}, _personal(self.who, scope=self.scope))


Record = Intent | Outcome | Denied | Lost | Sent | ReceivedBatch | Viewed | Admin | Erased


def digest(content: bytes | None) -> str | None:
    """What stands for an answer or payload: its SHA-256, later salted, since small answers are guessable."""
    return None if content is None else "sha256:" + hashlib.sha256(content).hexdigest()


def _common(
    who: Operator | None, case: CaseRef | None = None, basis: Basis | None = None, provider: Provider | None = None
) -> dict[str, object]:
    return {
        "consumer": who and {"org": who.org, "app": who.app, "auth": who.auth},
        "matter": case and {"matter": case.matter, "item": case.item},
        "legal_basis": basis
        and {"grant": basis.grant, "clause": basis.clause, "purpose": basis.purpose, "consent": basis.consent},
        "provider": provider
        and {
            "org": provider.org,
            "catalog": provider.catalog,
            "service": provider.service,
            "version": provider.version,
        },
    }


def _personal(who: Operator | None, case: CaseRef | None = None, **values: str | None) -> dict[str, str]:
    found = {
        "operator": who.operator if who else None,
        "terminal": who.terminal if who else None,
        "application": case.case_no if case else None,
    } | values
    return {label: value for label, value in found.items() if value is not None}


def _subjects(identifiers: Sequence[str]) -> dict[str, str]:
    """Each person once, whatever the roles and the spelling."""
    known = {same(identifier): identifier for identifier in reversed(identifiers) if identifier.strip()}
    once = [identifier for identifier in identifiers if known.pop(same(identifier), None) is not None]
    return {"subject" if number == 1 else further(number): it for number, it in enumerate(once, 1)}
