"""Makes a fixture of one real exchange: every person in it replaced, and proven to read the same. It asks nobody and writes no file.

Three things must hold, or nothing is kept: each body could be taken apart; no text that was replaced is left anywhere; and the disguised
answer comes to the same outcome as the real one, field by field.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.contract import RESULT_WORDS, Outcome, Unavailable, Unusable
from adapters.kinds.answers import AnswerReader
from adapters.kinds.fields import FieldReader
from adapters.kinds.noticing import Looked
from adapters.kinds.paths import look
from adapters.kinds.records import RecordReader
from adapters.kinds.tabular import RowsReader
from adapters.kinds.values import Broken
from adapters.proving.bodies import Body, CannotTell
from adapters.proving.disguise import Disguise
from adapters.proving.fiction import Fiction
from adapters.proving.fixtures import Fixture, plain_outcome
from adapters.proving.sampling import Folder, Tried, of_answers, of_rows, question
from adapters.proving.transports import Answer, Passed, Request
from catalog.types import Resource

SHORTEST_TOLD = 4
"""Fewer characters may stand elsewhere by chance."""


@dataclass(frozen=True)
class Real:
    """One real exchange: what passed over HTTP, how it was read, what it came to."""

    passed: tuple[Passed, ...] = field(repr=False)
    looked: tuple[Looked, ...] = field(repr=False)
    outcome: Outcome = field(repr=False)


async def recorded(folder: Folder, resource: Resource, name: str, real: Real, fiction: Fiction, now: datetime) -> Fixture:  # fmt: skip
    """Raises CannotTell, Misconfigured."""
    if not real.looked:
        raise CannotTell(unread(real.outcome))
    asked = real.looked[0].query
    made = question(resource, {}, asked.fields)
    disguise = Disguise(fiction, _sorts(real.looked), _given(asked, made), safe_words(folder))
    subject = {key: disguise.text(value) for key, value in asked.subject.items()}
    query = replace(made, subject=subject, choice=disguise.text(asked.choice) if asked.choice else "")
    body = Body(disguise.text)
    rows: tuple[Mapping[str, Any], ...] | None = None
    passed: tuple[Passed, ...] = ()
    if isinstance(real.looked[0].reader, RowsReader):
        rows = tuple(body.plain(_plain_rows(real.looked[0].tree), "row"))
        tried = of_rows(folder, query, rows)
    else:
        answers = [_answer(body, one) for one in _of_the_question(folder, real.passed)]
        tried = await of_answers(folder, query, answers, now)
        passed = await _requests(folder, tried, answers, now)
    fixture = Fixture(
        resource.code.rpartition(".")[2],
        name,
        now,
        query.subject,
        query.fields,
        query.choice,
        passed,
        rows,
        plain_outcome(tried.outcome),
    )
    _refuse_leftovers(disguise, fixture, passed)
    _refuse_difference(plain_outcome(real.outcome), fixture.outcome)
    return fixture


def unread(outcome: Outcome) -> str:
    """Why nobody can be replaced in an answer that no mapping read."""
    why = f"it is {RESULT_WORDS[type(outcome)]}"
    if isinstance(outcome, Unusable):
        place = f" at {outcome.path}" if outcome.path else ""
        why = f"it breaks the rule {outcome.rule}{place}"
    elif isinstance(outcome, Unavailable):
        why = f"there is none ({outcome.reason.value})"
    return f"The answer was not read ({why}), so no person in it can be replaced; look at it with adapter try."


def _of_the_question(folder: Folder, passed: Sequence[Passed]) -> list[Answer]:
    """Without what proves who we are: tokens that were fetched, and a first answer that wanted a new one."""
    auth = folder.department.wire.get("auth")
    token = str(auth.get("token_path", "")) if isinstance(auth, Mapping) else ""
    asked = [one.answer for one in passed if not (token and one.request.target.partition("?")[0].endswith(token))]
    return [one for at, one in enumerate(asked) if one.status != 401 or at == len(asked) - 1]


def _answer(body: Body, answer: Answer) -> Answer:
    return replace(answer, body=body.disguised(answer.body, answer.content_type))


async def _requests(folder: Folder, tried: Tried, answers: Sequence[Answer], now: datetime) -> tuple[Passed, ...]:
    """What the folder sends about fictional people. What differs from try to try (a nonce) is left out of the fixture."""
    again = await of_answers(folder, tried.looked[0].query, answers, now) if tried.looked else tried
    kept = [
        one if one == other else Request(one.method, one.target.partition("?")[0], b"")
        for one, other in zip(tried.requests, again.requests, strict=False)
    ]
    return tuple(Passed(asked, answer) for asked, answer in zip(kept, answers, strict=False))


# --- what each value is -----------------------------------------------------------------------------------------------


def _sorts(looked: Iterable[Looked]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in looked:
        for reader, tree in _records(one):
            for field_ in reader.fields:
                found.update(_sorts_of(field_, tree))
            for nested in reader.lists:
                rows = nested.rows(tree)
                for row in () if isinstance(rows, Broken) else rows:
                    for field_ in nested.fields:
                        found.update(_sorts_of(field_, row))
    return found


def _records(looked: Looked) -> Iterator[tuple[RecordReader, object]]:
    if isinstance(looked.reader, AnswerReader):
        found = look(looked.tree, looked.reader.root)
        for record in found if isinstance(found, list) else [found]:
            yield looked.reader.record, record
    elif isinstance(looked.reader, RowsReader) and isinstance(looked.tree, list | tuple):
        for row in looked.tree:
            yield looked.reader.record, row


def _sorts_of(reader: FieldReader, tree: object) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in reader.first:
        found.update(_sorts_of(one, tree))
    for way in reader.ways:
        stands = look(tree, way)
        for value in stands if isinstance(stands, list) else [stands]:
            if value is not None and not isinstance(value, Mapping | list | bool):
                found[str(value).strip()] = _sort(reader)
    return found


def _sort(reader: FieldReader) -> str:
    """By the rule; where that says text alone, by how the catalog calls it."""
    form, last = reader.rule.form, reader.name.rpartition(".")[2]
    if reader.rule.codes is not None or form == "boolean":
        return "code"
    if form != "text":
        return "number" if form in ("integer", "decimal", "grouped_decimal", "fen", "wan", "fraction", "code") else form
    for ending, sort in (("name", "name"), ("address", "address"), ("location", "address"), ("phone", "phone")):
        if last.endswith(ending):
            return sort
    return "text"


def _given(asked: Any, made: Any) -> Mapping[str, str]:
    """Our own words of the question, which a department repeats."""
    pairs = ((getattr(asked, key), getattr(made, key)) for key in ("request_id", "case_no", "handler", "requester", "purpose", "item"))  # fmt: skip
    return {str(old): str(new) for old, new in pairs if old}


def safe_words(folder: Folder) -> frozenset[str]:
    """Words of the department's own papers: its code lists, and every word of the mapping itself."""
    words: set[str] = set()
    for place in Path(folder.department.folder).glob("*.csv"):
        for row in csv.reader(io.StringIO(place.read_text(encoding="utf-8-sig", errors="replace"))):
            words.update(cell.strip() for cell in row)
    for tree in (folder.department.wire, folder.department.handles, *(one.wire for one in folder.resources.values())):
        words.update(_texts(tree))
    for resource in folder.resources.values():
        for field_ in (*resource.fields, *(inner for one in resource.lists for inner in one.fields)):
            words.update(_texts(field_.wire))
        for nested in resource.lists:
            words.update(_texts(nested.wire))
    return frozenset(words)


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _texts(value)
    elif isinstance(tree, str):
        yield tree


def _plain_rows(tree: object) -> Any:
    """As a fixture keeps them: days and numbers as texts."""
    assert isinstance(tree, list | tuple)
    return json.loads(json.dumps([dict(row) for row in tree], ensure_ascii=False, default=_row_value))


def _row_value(value: object) -> str:
    if isinstance(value, bytes):
        raise CannotTell("A column holds bytes, which cannot be looked into; leave it out of the view that we read.")
    return str(value)


# --- the proof --------------------------------------------------------------------------------------------------------


def _refuse_leftovers(disguise: Disguise, fixture: Fixture, passed: tuple[Passed, ...]) -> None:
    bodies = [one.answer.body.decode("gb18030" if _is_gb(one.answer.body) else "utf-8") for one in passed]
    written = "\n".join(
        [*bodies, json.dumps([fixture.rows, fixture.outcome, dict(fixture.subject)], ensure_ascii=False)]
    )
    for text in disguise.hidden:
        if len(text) >= SHORTEST_TOLD and text in written and not text.isdigit() or len(text) >= 15 and text in written:
            raise CannotTell("A text that was replaced is left elsewhere in the answer; this answer cannot be kept.")


def _is_gb(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _refuse_difference(real: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    """The disguised answer must say the same: the same result and rule, and of a found one the same fields and rows."""
    for key in ("result", "field", "rule", "reason", "precision", "withheld", "missing"):
        if real.get(key) != made.get(key):
            told = f"{made.get('result')} {made.get('field', '')} {made.get('path', '')} {made.get('rule', '')}".strip()
            raise CannotTell(f"With persons replaced the answer comes to another outcome ({told}); it cannot be kept.")
    shape = [
        ({*one.get("values", {})}, {name: [sorted(row) for row in rows] for name, rows in one.get("lists", {}).items()})
        for one in (real, made)
    ]
    if shape[0] != shape[1]:
        raise CannotTell("With persons replaced the answer gives other fields or rows; it cannot be kept.")
