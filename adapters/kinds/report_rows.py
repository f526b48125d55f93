"""Reads what a department says of an item case out of one row, in the department's words. It fetches no row and marks none.

The rows stand in a front database (`frontdb_reports`) or in a file (`dropreports`); how they are read is the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from adapters.contract import REPORT_STEPS, FetchedReport, Misconfigured, PeerRefused
from adapters.kinds.documents import Documents
from adapters.kinds.paths import steps, text_at
from adapters.kinds.receipts import spoken
from adapters.kinds.records import FieldReader, ListReader, field_reader, list_reader
from adapters.kinds.settings import Settings
from adapters.kinds.values import Broken, Good, unfit_characters
from catalog.types import ResourceField, ResourceList, ShareType, Wire

PLAIN = ("item_no", "reason", "department_no", "decision_no", "special_kind", "special_name")
REPORT_KEYS = frozenset(("key", "step", "steps", "defects", "results", *PLAIN))
LONGEST = {
    "item_no": 60,
    "reason": 1000,
    "department_no": 60,
    "decision_no": 60,
    "special_kind": 60,
    "special_name": 60,
}


@dataclass(frozen=True)
class ReportReader:
    """How a row is read. `steps` maps the department's words to ours."""

    step: str
    steps: Mapping[str, str]
    plain: Mapping[str, FieldReader]
    results: tuple[FieldReader, ...]
    defects: ListReader | None

    def read(self, row: Mapping[str, object], key: str) -> FetchedReport:
        """Raises PeerRefused naming column and rule, never a value but the department's own word for the step."""
        said = text_at(row, steps(self.step))
        if said not in self.steps:
            raise PeerRefused(f"{self.step} says {spoken(said)}, which is in no paper; ask the department about it.")
        step = self.steps[said]
        words = {name: _bounded(name, _value(reader, row)) for name, reader in self.plain.items()}
        results = {reader.name: _value(reader, row) for reader in self.results} if step == "approve" else {}
        return FetchedReport(
            key=key,
            step=step,
            defects=self._defects(row, words.get("reason", "")) if step == "correction" else (),
            results={name: value for name, value in results.items() if value},
            **cast("dict[str, Any]", words),
        )

    def _defects(self, row: Mapping[str, object], reason: str) -> tuple[tuple[str, str], ...]:
        """Material and why. Without a list the reason is the one thing to correct."""
        rows = self.defects.rows(row) if self.defects else []
        if isinstance(rows, Broken):
            raise PeerRefused(f"{self.defects.place if self.defects else ''} breaks the rule {rows.rule}.")
        found = [tuple(str(part).strip() for part in cast("Mapping[str, object]", one).values()) for one in rows]
        listed = tuple((one[0], one[1] if len(one) > 1 else "") for one in found if one[0])
        return listed or (((reason, ""),) if reason else ())


def _value(reader: FieldReader, row: Mapping[str, object]) -> str:
    reading = reader.read(row)
    if isinstance(reading, Broken):
        raise PeerRefused(
            f"{' + '.join(reader.places)} breaks the rule {reading.rule}; ask the department to mend the row."
        )
    if reader.required and not isinstance(reading, Good):
        raise PeerRefused(f"{' + '.join(reader.places)} is empty; ask the department to mend the row.")
    return reading.text if isinstance(reading, Good) else ""


def _bounded(name: str, text: str) -> str:
    """As long as the same word may be where a department reports it over the API."""
    if len(text) > LONGEST[name]:
        raise PeerRefused(f"{name} is longer than {LONGEST[name]} characters; ask the department to mend the row.")
    return text


def own_number(value: object) -> str:
    """Our number in a row, or "": one that is no number of ours is nobody's."""
    text = text_at(value, ())
    return text if len(text) <= LONGEST["item_no"] and not unfit_characters(text) else ""


def joined(parts: Sequence[object]) -> str:
    """One text for the row. What could be taken for such a list itself, or cannot be kept as text, is escaped in one."""
    texts = [str(part) for part in parts]
    if len(texts) == 1 and not texts[0].startswith("[") and not unfit_characters(texts[0]):
        return texts[0]
    plain = not any(unfit_characters(text) for text in texts)
    return json.dumps(texts, ensure_ascii=not plain)


def report_reader(settings: Settings, documents: Documents) -> ReportReader:
    """Raises Misconfigured."""
    words = {word: str(step) for word, step in settings.inner("steps").table.items()}
    if not words or not set(words.values()) <= set(REPORT_STEPS):
        raise Misconfigured(f"{settings.where} steps: each word stands for one of {', '.join(REPORT_STEPS)}.")
    if not settings.words("key"):
        raise Misconfigured(f"{settings.where}: key must name the column that tells rows apart, or columns together.")
    plain = {name: _field(settings, name, documents) for name in PLAIN if name in settings.table}
    if "item_no" not in plain:
        raise Misconfigured(f"{settings.where}: item_no must name the column that holds our item number.")
    inner = settings.inner("results")
    results = tuple(_field(inner, name, documents) for name in inner.table)
    defects = None
    if "defects" in settings.table:
        wire = settings.inner("defects").table
        defects = list_reader(ResourceList("defects", "", ShareType.CONDITIONAL, wire, ()), documents, settings.where)
    return ReportReader(settings.text("step"), words, plain, results, defects)


def _field(settings: Settings, name: str, documents: Documents) -> FieldReader:
    found = settings.table[name]
    wire: Wire = dict(found) if isinstance(found, Mapping) else {"path": found}
    required = bool(wire.get("required", name == "item_no"))
    plain = {key: value for key, value in wire.items() if key != "required"}
    return field_reader(ResourceField(name, ShareType.CONDITIONAL, plain, required), documents, settings.where)
