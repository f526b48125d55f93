"""What the answers make of the form: values with provenance, conflicts, fields still waiting. Pure.

Empty never beats a value, two non-equal values are a conflict, source order is only a proposal, and what a person decided stands
until a department says something that was not known at the time.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from catalog.dictionary import BadValue, canonical
from catalog.types import FieldDefinition, FieldType, FormField, Source
from hub.evidence import value_at
from hub.policy import Reached
from hub.prefill.values import Alternative, Change, Known, Provenance, Reply, Status, Value, subject_of

NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL)
DATES = (FieldType.DATE,)
SETTLED = (Status.CONFIRMED, Status.OVERRIDDEN)
PERSONAL_WORK = (Status.MANUAL, Status.OVERRIDDEN)
SPAN = {"year": 4, "month": 7}


def fill(
    form: Sequence[FormField], values: Mapping[str, Value], replies: Sequence[Reply], known: Known
) -> list[Change]:
    """The fields that read differently after these replies. Replies may come in any order, together or one by one.

    `known` are the values that sources are asked with (`values.known`).
    """
    expecting = waiting_for(form, values, replies, known)
    changes = []
    for field in form:
        before = values.get(field.key)
        after = _filled(field, before or Value(field.key), replies, known, field.key in expecting)
        if after != before:
            changes.append(Change(before, after))
    return changes


def strayed(
    form: Sequence[FormField], values: Mapping[str, Value], replies: Sequence[Reply], known: Known
) -> list[Change]:
    """The values that came for a subject that the form no longer names, or that the registry gives no longer: they are taken back.

    A number was corrected by a person, or by a newer answer; a wrong person's facts must not stay. While a number is in
    conflict nothing is taken back for it. `replies` must be all of the case's.
    """
    changes = []
    for field in form:
        before = values.get(field.key)
        if before is None or before.status in PERSONAL_WORK or _in_doubt(field, values):
            continue
        asked = (reply for source in field.sources for reply in _matching(source, replies, known))
        fitting = {reply.source.query_id for reply in asked if not reply.withdrawn}
        after = _without_strays(before, fitting)
        if after != before:
            changes.append(Change(before, after))
    return changes


def _in_doubt(field: FormField, values: Mapping[str, Value]) -> bool:
    keys = {key for source in field.sources for key in source.subject.values()}
    return any(key in values and values[key].status is Status.CONFLICT for key in keys)


def _without_strays(value: Value, fitting: set[str]) -> Value:
    def fits(source: Provenance) -> bool:
        return not source.query_id or source.query_id in fitting

    kept = tuple(one for one in value.alternatives if fits(one.source))
    if value.source is None or fits(value.source):
        return replace(value, alternatives=kept) if len(kept) < len(value.alternatives) else value
    typed = next((one for one in kept if not one.source.query_id), None)
    return Value(value.key, typed.value, Status.MANUAL, typed.source) if typed else Value(value.key)


def reached(form: Sequence[FormField], replies: Sequence[Reply], known: Known) -> tuple[Reached, ...]:
    """The form keys that answers of this case supplied, for `policy.subject_allowed`."""
    return tuple(
        Reached(field.key, offer.value, reply.resource, reply.about)
        for field in form
        for source in field.sources
        for reply in _matching(source, replies, known)
        if (offer := _offer(field, source, reply)) is not None
    )


def unfit(form: Sequence[FormField], reply: Reply, known: Known) -> dict[str, str]:
    """Form keys whose value in this answer breaks the field dictionary, with the code of the rule: such a source is silent."""
    broken = {}
    for field in form:
        for source in field.sources:
            if _matching(source, (reply,), known):
                text = value_at(reply.values, reply.lists, source.field)
                try:
                    _ = text and canonical(
                        field.definition, _as_known(field.definition, text, _precision(source, reply))
                    )
                except BadValue as e:
                    broken[field.key] = e.code
    return broken


def waiting_for(
    form: Sequence[FormField], values: Mapping[str, Value], replies: Sequence[Reply], known: Known
) -> frozenset[str]:
    """Keys without a value for which an answer may still come, itself or after another answer that makes the question possible."""
    empty = [field for field in form if not (values.get(field.key) or Value(field.key)).value]
    expecting = {
        field.key for field in empty if any(r.open for s in field.sources for r in _matching(s, replies, known))
    }
    while True:
        more = {
            field.key
            for field in empty
            if field.key not in expecting and any(_may_follow(source, known, expecting) for source in field.sources)
        }
        if not more:
            return frozenset(expecting)
        expecting |= more


def same(definition: FieldDefinition, one: str, other: str) -> bool:
    """Whether two canonical texts say the same: numbers by value, dates to the coarser precision, text without regard to
    width, case and spaces."""
    if one == other:
        return True
    if definition.type in NUMBERS:
        try:
            return Decimal(one) == Decimal(other)
        except InvalidOperation:
            return False
    if definition.type in DATES:
        short = min(len(one), len(other))
        return short in SPAN.values() and one[:short] == other[:short]
    return _folded(one) == _folded(other)


# --- one field ----------------------------------------------------------------------------------------------------------


def _filled(field: FormField, value: Value, replies: Sequence[Reply], known: Known, expecting: bool) -> Value:
    offers = _offers(field, value, replies, known)
    if not offers:
        if value.value:
            return value
        return replace(value, status=Status.WAITING if expecting else Status.EMPTY)
    if value.status in SETTLED:
        return value if _seen(field, value, offers) else _conflict(field, value, offers)
    if value.status is Status.MANUAL and value.source:
        offers = [*offers, Alternative(value.value, value.source)]
    if _agree(field, offers):
        best = _most_precise(field, offers)
        return Value(field.key, best.value, Status.AUTO, best.source, tuple(_departments(offers)))
    return _conflict(field, value, offers)


def _offers(field: FormField, value: Value, replies: Sequence[Reply], known: Known) -> list[Alternative]:
    """What departments say now, in source order, and after that what earlier ones said that is not among these replies."""
    said = [
        offer
        for source in field.sources
        for reply in _matching(source, replies, known)
        if (offer := _offer(field, source, reply)) is not None
    ]
    heard = {offer.source.query_id for offer in said}
    before = [] if value.status in SETTLED else value.alternatives
    return _in_order(field, [*said, *(one for one in before if one.source.by or one.source.query_id not in heard)])


def _in_order(field: FormField, offers: Iterable[Alternative]) -> list[Alternative]:
    """In the order of the field's sources, what a person typed or decided last."""
    order = {source.resource: at for at, source in reversed(list(enumerate(field.sources)))}

    def place(one: Alternative) -> tuple[bool, int, str]:
        return bool(one.source.by), order.get(one.source.resource, len(order)), one.source.query_id

    return sorted(offers, key=place)


def _offer(field: FormField, source: Source, reply: Reply) -> Alternative | None:
    text = value_at(reply.values, reply.lists, source.field)
    if not text:
        return None
    precision = _precision(source, reply)
    try:
        value = canonical(field.definition, _as_known(field.definition, text, precision))
    except BadValue:
        return None
    trust = max(source.trust, reply.source.trust)
    return Alternative(value, replace(reply.source, trust=trust, precision=precision))


def _conflict(field: FormField, value: Value, offers: Sequence[Alternative]) -> Value:
    """All that was said, each once, with what a person decided last; the first is shown as the proposal."""
    everything = list(offers)
    if value.status in SETTLED and value.source:
        heard = {one.source.query_id for one in offers}
        everything += [one for one in value.alternatives if one.source.query_id not in heard]
        everything.append(Alternative(value.value, value.source))
    distinct: list[Alternative] = []
    for one in _in_order(field, everything):
        if not any(one.value == kept.value and one.source.resource == kept.source.resource for kept in distinct):
            distinct.append(one)
    return Value(field.key, distinct[0].value, Status.CONFLICT, distinct[0].source, tuple(distinct), value.override)


def _seen(field: FormField, value: Value, offers: Iterable[Alternative]) -> bool:
    """Whether a person had all of this before them when they decided."""
    own = [Alternative(value.value, value.source)] if value.source else []
    return all(any(_alike(field, offer, known) for known in (*own, *value.alternatives)) for offer in offers)


def _agree(field: FormField, offers: Sequence[Alternative]) -> bool:
    return all(_alike(field, one, other) for one in offers for other in offers)


def _alike(field: FormField, one: Alternative, other: Alternative) -> bool:
    return same(field.definition, _as_precise(field, one), _as_precise(field, other))


def _as_precise(field: FormField, one: Alternative) -> str:
    return one.value[: SPAN.get(one.source.precision, 10)] if field.definition.type in DATES else one.value


def _most_precise(field: FormField, offers: Sequence[Alternative]) -> Alternative:
    """The first in source order, unless a date is known better by a later one."""
    departments = _departments(offers)
    if field.definition.type not in DATES:
        return departments[0]
    return max(departments, key=lambda one: len(_as_precise(field, one)))


def _departments(offers: Iterable[Alternative]) -> list[Alternative]:
    return [one for one in offers if not one.source.by]


# --- matching sources and replies ---------------------------------------------------------------------------------------


def _matching(source: Source, replies: Iterable[Reply], known: Known) -> list[Reply]:
    subject = subject_of(source.subject, known)
    if subject is None:
        return []
    return [reply for reply in replies if reply.resource == source.resource and dict(reply.subject) == subject]


def _may_follow(source: Source, known: Known, expecting: set[str]) -> bool:
    unknown = [key for key in source.subject.values() if not known.get(key)]
    return bool(unknown) and all(key in expecting for key in unknown)


def _precision(source: Source, reply: Reply) -> str:
    return reply.precision.get(source.field, "")


def _as_known(definition: FieldDefinition, text: str, precision: str) -> str:
    """A date known to the month or year, as the dictionary writes it where the field allows that."""
    return text[: SPAN.get(precision, len(text))] if definition.partial else text


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
