"""One answer of a department, tried: taken from a file, from a sample of its folder, or from the department itself. It prints nothing.

Only what stands in the department's own folder is shown as it is; of anything else the shape of each value is shown, not the value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.contract import Outcome, Query, Unavailable, Unusable
from adapters.kinds.frontdb_sample import ROWS, rows_of
from adapters.kinds.noticing import Looked
from adapters.onboarding import rehearsal
from adapters.onboarding.played import SAMPLES
from adapters.proving.dropping import Dropped, dropped, samples_of
from adapters.proving.explain import Line, explained
from adapters.proving.fixtures import Fixture, fixtures_of, plain_outcome
from adapters.proving.masking import masked, plainly
from adapters.proving.rules import advice
from adapters.proving.sampling import OF_ROWS, OVER_HTTP, Folder, Rows, Tried, of_answers, of_rows, question, tried
from adapters.proving.transports import Answer
from catalog.counted import counted
from catalog.types import Kind, Resource
from hub.clock import Clock
from hub.settings import Settings
from hub.sharinglog import Operator
from hub.wiring.proving import CannotProve, RealQuestion, ask_really, department_folder

MOST_ERRORS_SHOWN = 5
FURTHER_PAGE = "it says that a further page follows, and one page alone was given; correct what paging reads (total, next, end, size), or give an answer that is whole"


@dataclass(frozen=True)
class Given:
    """What the command was given; without `answer` a sample of the folder is taken."""

    answer: Path | None
    media_type: str
    status: int
    subject: Mapping[str, str] = field(repr=False)
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """What is shown. `outcome` holds the result's word and, of an unusable answer, field, path and rule; never a value."""

    resource: str
    source: str
    masked: bool
    outcome: dict[str, str]
    steps: tuple[Line, ...]
    advice: tuple[str, ...]


async def try_folder(site: Path, code: str, resource: str, given: Given, now: datetime) -> Shown:
    """Raises CannotProve, Misconfigured."""
    folder = department_folder(site, code)
    found = folder.resource(resource)
    own = Path(folder.department.folder)
    sample = _sample(folder, found) if given.answer is None else None
    if isinstance(sample, Fixture):
        query = question(found, {**sample.subject, **given.subject}, given.fields)
        got = await _played(folder, query, sample)
        return _shown(found.code, sample.file, False, got.outcome, got.looked)
    place = given.answer or sample
    assert place is not None
    answer, asked, first = raw_answer(folder, found, given, place)
    got = await tried(folder, question(found, asked, given.fields), answer, now, bool(given.subject))
    shown = _shown(found.code, place.name, not place.resolve().is_relative_to(own.resolve()), got.outcome, got.looked)
    further = (FURTHER_PAGE,) if wants_further_page(got) else ()
    return replace(shown, steps=(*first, *shown.steps), advice=(*shown.advice, *further))


def wants_further_page(got: Tried) -> bool:
    """Whether the one answer was read and another was asked for, which is not there."""
    return isinstance(got.outcome, Unavailable) and bool(got.looked) and len(got.requests) > 1


def _sample(folder: Folder, resource: Resource) -> Fixture | Path:
    """The first recorded exchange, else what `adapter new` wrote: the answer, or the first dropped file. Raises CannotProve."""
    recorded = fixtures_of(Path(folder.department.folder), resource.code.rpartition(".")[2])
    if recorded:
        return recorded[0]
    files = samples_of(folder, resource) if folder.department.kind is Kind.FILEDROP else []
    answer = rehearsal.samples_of(folder.department, [resource]).get(resource.code)
    there = Path(folder.department.folder) / SAMPLES
    if answer is not None:
        files = [there / answer.name]
    if folder.department.kind is Kind.FRONTDB:
        files = [place for place in (there / f"{resource.code.rpartition('.')[2]}{ROWS}",) if place.is_file()]
    if not files:
        raise CannotProve(f"{resource.code} has no recorded exchange and no sample; give --answer FILE.")
    return files[0]


async def _played(folder: Folder, query: Query, sample: Fixture) -> Tried:
    if sample.rows is not None:
        return of_rows(folder, query, sample.rows)
    return await of_answers(folder, query, [one.answer for one in sample.passed], sample.asked_at)


def try_really(settings: Settings, question: RealQuestion, who: Operator, clock: Clock) -> Shown:
    """Raises what `ask_really` raises."""
    asked = ask_really(settings, question, who, clock)
    source = f"the department (records {asked.intent_seq} and {asked.outcome_seq} of the sharing log)"
    return _shown(question.resource, source, True, asked.outcome, asked.looked)


def _shown(resource: str, source: str, is_masked: bool, outcome: Outcome, looked: tuple[Looked, ...]) -> Shown:
    show = masked if is_masked else plainly
    steps = tuple(line for one in looked for line in explained(one, show))
    plain = plain_outcome(outcome)
    told = {key: str(plain[key]) for key in ("result", "field", "path", "rule", "reason") if plain.get(key)}
    broken = [step.came for step in steps if step.state == "unusable" and step.about != "(file)"]
    if isinstance(outcome, Unusable) and outcome.rule not in broken:
        broken.append(outcome.rule)
    return Shown(resource, source, is_masked, told, steps, tuple(dict.fromkeys(map(advice, broken))))


# --- a raw answer from a file -----------------------------------------------------------------------------------------


def raw_answer(
    folder: Folder, resource: Resource, given: Given, place: Path
) -> tuple[Answer | Rows, Mapping[str, str], tuple[Line, ...]]:
    """A file as an answer of this department's kind, whom it is about as far as that is known, and how the file itself was read.

    Raises CannotProve, Misconfigured."""
    kind = folder.department.kind
    if kind is Kind.FILEDROP and place.suffix != ".json":
        found = dropped(folder, resource, place, given.subject)
        return found.rows, found.subject, tuple(_of_file(found))
    body = place.read_bytes()
    if kind in OVER_HTTP:
        return Answer(given.status, given.media_type or _type_of(kind, body), body), given.subject, ()
    if kind is Kind.FRONTDB and place.name.endswith(ROWS):
        return rows_of(place)[1], given.subject, ()
    if kind in OF_ROWS:
        return _rows(place.name, body), given.subject, ()
    raise CannotProve(f"{folder.department.code} has no wire whose answer could be read.")


def _of_file(found: Dropped) -> Iterator[Line]:
    refused = len({one.line for one in found.errors})
    yield Line("(file)", "", counted(found.seen, "row"), "format, columns, checks", f"{refused} refused", "answer")
    for one in found.errors[:MOST_ERRORS_SHOWN]:
        yield Line("(file)", f"line {one.line} {one.column}".rstrip(), "", one.rule, "row refused", "unusable")


def _type_of(kind: Kind, body: bytes) -> str:
    looks_like_xml = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return "text/xml" if kind is Kind.SOAP or looks_like_xml else "application/json"


def _rows(name: str, body: bytes) -> Rows:
    """A list of tables as JSON, or a CSV with its columns in the first line."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("gb18030", errors="replace")
    try:
        plain: Any = json.loads(text) if text.lstrip()[:1] in ("[", "{") else list(csv.DictReader(io.StringIO(text)))
    except ValueError as e:
        raise CannotProve(f"{name} is neither JSON nor CSV ({type(e).__name__}); give rows as a JSON list.") from None
    rows = [plain] if isinstance(plain, dict) else plain
    if not all(isinstance(row, dict) for row in rows):
        raise CannotProve(f"{name} is no list of rows; write [{{'COLUMN': 'value'}}].")
    return rows
