"""Plays a department's recorded exchanges again, without a socket, and says what is otherwise than when they were recorded. It mends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.proving.fixtures import Fixture, fixtures_of, plain_outcome
from adapters.proving.handing import Handed, handed_of, play
from adapters.proving.sampling import Folder, Tried, of_answers, of_rows, question
from adapters.proving.tables import of_table
from adapters.proving.transports import Passed, Request
from catalog.types import Kind


async def replayed(folder: Folder) -> Mapping[str, list[str]]:
    """File → sentences; none where it came to the same. Raises Misconfigured for a folder that cannot be connected."""
    found = fixtures_of(Path(folder.department.folder))
    told = {one.file: differences(one, await played(folder, one)) for one in found}
    return {**told, **{file: sentences for file, (sentences, _) in (await handed_again(folder)).items()}}


async def handed_again(folder: Folder) -> Mapping[str, tuple[list[str], Handed]]:
    """File → sentences about a step that was handed over, and the step as it is now."""
    found: dict[str, tuple[list[str], Handed]] = {}
    for one in handed_of(Path(folder.department.folder)):
        now = await play(folder, one.item, one.step, one.form, [each.answer for each in one.passed], one.at)
        sentences = [*_sent(one.passed, now.requests), *_otherwise("", one.outcome, now.outcome)]
        pairs = zip(one.passed, now.requests, strict=False)
        passed = tuple(
            replace(each, request=sent) if each.request.body or not sent.body else each for each, sent in pairs
        )
        found[one.file] = sentences, replace(one, passed=passed, outcome=now.outcome)
    return found


async def played(folder: Folder, fixture: Fixture) -> Tried:
    query = question(folder.resource(fixture.resource), fixture.subject, fixture.fields, choice=fixture.choice)
    if fixture.rows is not None and folder.department.kind is Kind.FRONTDB:
        return await of_table(folder, query, fixture.rows, fixture.asked_at)
    if fixture.rows is not None:
        return of_rows(folder, query, fixture.rows)
    return await of_answers(folder, query, [one.answer for one in fixture.passed], fixture.asked_at)


def differences(fixture: Fixture, tried: Tried) -> list[str]:
    """Sentences that name what is otherwise: in what is sent, and in what the answer comes to. They hold no value."""
    sent = list(_sent(fixture.passed, tried.requests)) if fixture.rows is None else []
    return [*sent, *_otherwise("", fixture.outcome, plain_outcome(tried.outcome))]


def renewed(fixture: Fixture, tried: Tried) -> Fixture:
    """The same exchange with what is sent and what comes of it now: after a change of the mapping that was meant."""
    pairs = zip(fixture.passed, tried.requests, strict=False)
    passed = tuple(replace(one, request=now) if one.request.body or not now.body else one for one, now in pairs)
    return replace(fixture, passed=passed, outcome=plain_outcome(tried.outcome))


def _sent(passed: Sequence[Passed], requests: Sequence[Request]) -> Iterator[str]:
    if len(passed) != len(requests):
        yield f"{len(requests)} requests are sent, {len(passed)} were recorded"
    for at, (one, now) in enumerate(zip(passed, requests, strict=False), start=1):
        was = one.request
        if was.method != now.method or was.target.partition("?")[0] != now.target.partition("?")[0]:
            yield f"request {at} goes to another place"
        elif (was.body or "?" in was.target) and was != now:
            yield f"request {at} has another body or other parameters"


def _otherwise(place: str, was: Any, now: Any) -> Iterator[str]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}):
            yield from _otherwise(f"{place}.{key}".lstrip("."), was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for at, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _otherwise(f"{place}[{at}]", one, other)
    elif was != now:
        yield f"{place} is otherwise: {'not there' if now is None else 'new' if was is None else 'another value'}"
