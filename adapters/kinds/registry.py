"""Answers out of the hub's own registry 证照库 instead of a wire: a certificate that its holder has, by type and number. It reads no row itself.

The store is a port that the hub wires in, like the inbox's. What holds now is the answer; what is suspended, ended or run out is told as such
and never as "no record". Whether a grade is good enough is the site's rule and asked where the answer is used.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

from adapters.connected import Connected
from adapters.contract import (
    Ambiguous,
    Candidate,
    CertificateStore,
    Found,
    Held,
    Misconfigured,
    NotFound,
    Outcome,
    Query,
    Raw,
    Unavailable,
    Unusable,
    Why,
)
from adapters.kinds.documents import Documents
from adapters.kinds.inbox import AnswersEitherWay
from adapters.kinds.records import RecordReader, record_reader
from catalog.types import Resource

UNSIGNED = ("C", "D")
"""Grades of certificates that nobody signed."""


class RegistryAnswers:
    """`Answers` of certificates. `fields` of a resource map the tags of GB/T 36903 (`ZZBH`, `CZZT`, `KZ_…`) to names of the dictionary."""

    def __init__(self, resources: Mapping[str, Resource], documents: Documents, store: CertificateStore) -> None:
        """Raises Misconfigured for a mapping that cannot work."""
        for code, resource in resources.items():
            if resource.wire or resource.lists:
                raise Misconfigured(
                    f"[resources.{code}]: what the registry answers has neither wire nor lists; take them out."
                )
        self._readers = {code: record_reader(resource, documents) for code, resource in resources.items()}
        self._store = store

    async def answer(self, query: Query) -> Outcome:
        reader = self._readers.get(query.resource.code)
        if reader is None:
            return Unavailable(Why.WITHDRAWN)
        holder = next(iter(query.subject.values()))
        held = await asyncio.to_thread(self._store.held, query.resource.certificate_type, holder)
        return outcome_of(held, query, reader)


def with_registry(
    built: Connected, resources: Mapping[str, Resource], documents: Documents, store: CertificateStore | None
) -> Connected:
    """The department that also answers these out of the registry. Raises Misconfigured, also where no registry is wired in."""
    if store is None:
        raise Misconfigured(f"{built.department.code}: what the registry answers needs the hub's registry; wire it in.")
    answers = RegistryAnswers(resources, documents, store)
    return replace(built, answers=AnswersEitherWay(resources, answers, built.answers))


def outcome_of(held: tuple[Held, ...], query: Query, reader: RecordReader) -> Outcome:
    """The one that holds; several are candidates; none that holds is said to be what the newest is."""
    if not held:
        return NotFound()
    standing = [one for one in held if not one.fault]
    if not standing:
        return Unusable("certificate", "", held[0].fault)
    if query.choice:
        standing = [one for one in standing if one.certificate.identifier == query.choice]
    if len(standing) != 1:
        return Ambiguous(tuple(Candidate(one.certificate.identifier, _label(one)) for one in standing))
    return _read(standing[0], query, reader)


def _read(one: Held, query: Query, reader: RecordReader) -> Outcome:
    raw = Raw(json.dumps(one.record, ensure_ascii=False, sort_keys=True).encode(), "application/json")
    outcome = reader.read(dict(one.record), query.fields, raw, (one.document,) if one.document else ())
    if not isinstance(outcome, Found):
        return outcome
    verified = one.certificate.trust not in UNSIGNED
    return replace(outcome, valid_to=one.valid_to, certificate=one.certificate, verified=verified)


def _label(one: Held) -> str:
    until = one.valid_to.isoformat() if one.valid_to else "长期"
    return f"{one.certificate.number}（{one.certificate.issuer}，有效期至 {until}）"
