"""One answer of a department, tried: taken from a file, from a sample of its folder, or from the department itself. It prints nothing.

Only what stands in the department's own folder is shown as it is; of anything else the shape of each value is shown, not the value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.contract import Outcome, Unusable
from adapters.kinds.noticing import Looked
from adapters.proving.explain import Line, explained
from adapters.proving.fixtures import fixtures_of, plain_outcome
from adapters.proving.masking import masked, plainly
from adapters.proving.rules import advice
from adapters.proving.sampling import OF_ROWS, OVER_HTTP, Folder, Rows, question, tried
from adapters.proving.transports import Answer
from catalog.types import Kind
from hub.clock import Clock
from hub.settings import Settings
from hub.sharinglog import Operator
from hub.wiring.proving import CannotProve, RealQuestion, ask_really, department_folder


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
    if given.answer is None:
        samples = fixtures_of(own, found.code.rpartition(".")[2])
        if not samples:
            raise CannotProve(f"{found.code} has no recorded exchange; give --answer FILE, or record one first.")
        sample = samples[0]
        asked, source, is_sample = dict(sample.subject), sample.file, True
        answer: Answer | Rows = sample.rows if sample.rows is not None else sample.passed[0].answer
    else:
        asked, source = dict(given.subject), given.answer.name
        is_sample = given.answer.resolve().is_relative_to(own.resolve())
        answer = raw_answer(folder, given, given.answer)
    query = question(found, {**asked, **given.subject}, given.fields)
    got = await tried(folder, query, answer, now, bool(asked or given.subject) and given.answer is not None)
    return _shown(found.code, source, not is_sample, got.outcome, got.looked)


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
    broken = [step.came for step in steps if step.state == "unusable"]
    if isinstance(outcome, Unusable) and outcome.rule not in broken:
        broken.append(outcome.rule)
    return Shown(resource, source, is_masked, told, steps, tuple(dict.fromkeys(map(advice, broken))))


# --- a raw answer from a file -----------------------------------------------------------------------------------------


def raw_answer(folder: Folder, given: Given, place: Path) -> Answer | Rows:
    """A file as an answer of this department's kind. Raises CannotProve."""
    kind, body = folder.department.kind, place.read_bytes()
    if kind in OVER_HTTP:
        return Answer(given.status, given.media_type or _type_of(kind, body), body)
    if kind in OF_ROWS:
        return _rows(place.name, body)
    raise CannotProve(f"{folder.department.code} has no wire whose answer could be read.")


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
