"""What to ask next: one query for all fields of the same resource and subject, and no field that the form does not need. Pure.

It plans again after each answer, since an answer may make a new query possible (ID → household → home → deed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from catalog.demand import plain_name
from catalog.types import Exemption, FormField
from hub.policy import Standing, Tie, subject_allowed
from hub.prefill.values import Known, subject_of

Asked = Mapping[tuple[str, frozenset[tuple[str, str]]], frozenset[str]]
"""(resource, subject items) → plain names of the fields already asked."""


@dataclass(frozen=True)
class Wanted:
    """What a case's form and materials need: fields that no person has settled yet, and exemptions by a resource."""

    fields: tuple[FormField, ...]
    exemptions: tuple[Exemption, ...] = ()


@dataclass(frozen=True)
class PlannedQuery:
    """One question to put. `fields` are plain names, sorted; `keys` names the form key of each item of the subject; `wanted_for`
    are the form keys that it fills, empty for a query that only exempts materials."""

    resource: str
    subject: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, str]
    fields: tuple[str, ...]
    role: str
    wanted_for: tuple[str, ...] = ()

    @property
    def question(self) -> tuple[str, frozenset[tuple[str, str]]]:
        return self.resource, frozenset(self.subject.items())


@dataclass(frozen=True)
class _Need:
    resource: str
    subject: Mapping[str, str]
    field: str = ""
    key: str = ""


def plan(wanted: Wanted, known: Known, standing: Standing, asked: Asked) -> list[PlannedQuery]:
    """The queries that can be asked now and were not, in the form's order.

    A query is planned when all its subject keys are known and the subject belongs to the case (`policy.subject_allowed`): a
    number typed by hand opens nobody's data. A question that was asked for fewer fields is planned again with all of them.
    """
    found: dict[tuple[str, frozenset[tuple[str, str]]], PlannedQuery] = {}
    for need in _needs(wanted):
        subject = subject_of(need.subject, known)
        if subject is None:
            continue
        tie = subject_allowed(standing, {need.subject[item]: value for item, value in subject.items()})
        if isinstance(tie, Tie):
            query = PlannedQuery(need.resource, subject, need.subject, (), tie.role)
            found[query.question] = _joined(found.get(query.question, query), need)
    return [_with_asked(query, asked) for query in found.values() if not _answered(query, asked)]


def _needs(wanted: Wanted) -> Iterator[_Need]:
    for form_field in wanted.fields:
        for source in form_field.sources:
            yield _Need(source.resource, source.subject, plain_name(source.field), form_field.key)
    for exemption in wanted.exemptions:
        if exemption.resource:
            yield _Need(exemption.resource, exemption.subject)


def _joined(query: PlannedQuery, need: _Need) -> PlannedQuery:
    fields = {*query.fields, need.field} - {""}
    wanted_for = (*query.wanted_for, need.key) if need.key else query.wanted_for
    return PlannedQuery(query.resource, query.subject, query.keys, _sorted(fields), query.role, wanted_for)


def _answered(query: PlannedQuery, asked: Asked) -> bool:
    before = asked.get(query.question)
    return before is not None and before >= set(query.fields)


def _with_asked(query: PlannedQuery, asked: Asked) -> PlannedQuery:
    fields = _sorted({*query.fields, *asked.get(query.question, frozenset())})
    return PlannedQuery(query.resource, query.subject, query.keys, fields, query.role, query.wanted_for)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
