"""The searchable projection of the log: a table of plain columns and blind indexes, rebuilt from entries and secrets.

It is never evidence: what a search finds is proven by the entry. It holds no identifier in clear.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import from_json

from hub.sharinglog import commitments
from hub.sharinglog.commitments import micros
from hub.sharinglog.engine import Engine, Lock, Session, Value
from hub.sharinglog.labels import is_subject
from hub.sharinglog.vault import Vault

CHUNK = 500
MOST_ROWS = 1_000

INHERITED = (
    "provider",
    "catalog",
    "service",
    "ground",
    "consumer",
    "matter",
    "item",
    "purpose",
    "subject_b",
    "case_b",
    "operator_b",
)
SHOWN = ("phase", "result", "intent_seq", *(name for name in INHERITED if not name.endswith("_b")))
BLINDED = {"subject_b": "subject", "case_b": "application", "operator_b": "operator"}
ABOUT = "r.seq IN (SELECT seq FROM sl_row WHERE subject_b = ? UNION ALL SELECT seq FROM sl_subject WHERE subject_b = ?)"
COLUMNS = ("seq", "at", "phase", "result", "intent_seq", *INHERITED)


@dataclass(frozen=True, slots=True)
class Row:
    """One record as found by a search; an outcome shows its question's provider, matter and purpose."""

    seq: int
    time: datetime
    phase: str
    provider: str | None
    catalog: str | None
    service: str | None
    ground: str | None
    consumer: str | None
    matter: str | None
    item: str | None
    purpose: str | None
    result: str | None
    intent_seq: int | None
    fields: tuple[str, ...]
    record: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; None means any. Identifiers are given in clear and looked up blinded."""

    subject: str | None = field(default=None, repr=False)
    case_no: str | None = field(default=None, repr=False)
    operator: str | None = field(default=None, repr=False)
    phase: str | None = None
    provider: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_seq: int | None = None
    limit: int = 100


class Projection:
    """Keeps the table up with the log, and searches it."""

    def __init__(self, engine: Engine, vault: Vault, blind_key: bytes) -> None:
        self._engine, self._vault, self._key = engine, vault, blind_key

    def catch_up(self) -> int:
        """Project what was appended since the last time; gives how many entries. Safe from any number of nodes."""
        done = 0
        while self._behind():
            with self._engine.write(Lock.PROJECTION) as session:
                done += self._chunk(session)
        return done

    def rebuild(self) -> int:
        """Empty the table and project the whole log again; gives how many entries."""
        with self._engine.write(Lock.PROJECTION) as session:
            session.run("DELETE FROM sl_row")
            session.run("DELETE FROM sl_subject")
            session.run("UPDATE sl_cursor SET next_seq = 0")
        return self.catch_up()

    def search(self, wanted: Wanted) -> list[Row]:
        """Newest first; at most 1,000 rows."""
        self.catch_up()
        clauses, values = self._clauses(wanted)
        where = " AND ".join(clauses) or "1 = 1"
        with self._engine.read() as session:
            found = session.run(
                f"SELECT {', '.join('r.' + name for name in COLUMNS)}, e.body FROM sl_row r JOIN sl_entry e ON e.seq = r.seq"
                f" WHERE {where} ORDER BY r.seq DESC LIMIT ?",
                *values,
                max(1, min(wanted.limit, MOST_ROWS)),
            )
        return [_row(dict(zip((*COLUMNS, "body"), columns, strict=True))) for columns in found]

    def erase(self, session: Session, scope: str) -> None:
        """Forget a person's blind indexes; the session holds Lock.PROJECTION or the only writer's lock."""
        kind, _, index = scope.partition("/")
        column = {"subject": "subject_b", "case": "case_b"}.get(kind)
        if column is not None:
            # A record with a subject lies with that person, whatever the case.
            own = "" if kind == "subject" else " AND subject_b IS NULL"
            session.run(f"UPDATE sl_row SET subject_b = NULL, case_b = NULL WHERE {column} = ?{own}", index)
        if kind == "subject":
            session.run("DELETE FROM sl_subject WHERE subject_b = ?", index)

    def _behind(self) -> bool:
        with self._engine.read() as session:
            [(cursor, head)] = session.run("SELECT c.next_seq, h.next_seq FROM sl_cursor c, sl_head h")
        return bool(cursor < head)

    def _chunk(self, session: Session) -> int:
        [(start,)] = session.run("SELECT next_seq FROM sl_cursor")
        entries = session.run("SELECT seq, body FROM sl_entry WHERE seq >= ? ORDER BY seq LIMIT ?", start, CHUNK)
        if not entries:
            return 0
        stop = entries[-1][0] + 1
        values = self._vault.values(session, start, stop)
        rows: dict[int, dict[str, Value]] = {}
        for seq, body in entries:
            row = self._columns(seq, from_json(body, cache_strings="keys"), values.get(seq, {}))
            _inherit(session, row, rows)
            rows[seq] = row
        session.insert("sl_subject (subject_b, seq)", self._further(values))
        session.insert(f"sl_row ({', '.join(COLUMNS)})", [[row[name] for name in COLUMNS] for row in rows.values()])
        session.run("UPDATE sl_cursor SET next_seq = ?", stop)
        return len(rows)

    def _columns(self, seq: int, record: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Value]:
        provider, matter, basis = (record.get(part, {}) for part in ("provider", "matter", "legal_basis"))
        row: dict[str, Value] = {
            "seq": seq,
            "at": micros(datetime.fromisoformat(record["time"])),
            "phase": record["phase"],
            "result": record.get("result"),
            "intent_seq": record.get("intent_seq"),
            "provider": provider.get("org"),
            "catalog": provider.get("catalog"),
            "service": provider.get("service"),
            "consumer": record.get("consumer", {}).get("org"),
            "matter": matter.get("matter"),
            "item": matter.get("item"),
            "purpose": basis.get("purpose"),
            "ground": basis.get("clause") or basis.get("grant"),
        }
        for column, label in BLINDED.items():
            row[column] = commitments.blind(self._key, label, values[label]) if label in values else None
        return row

    def _further(self, values: Mapping[int, Mapping[str, str]]) -> list[list[Value]]:
        """Blind indexes of each record's persons after the first, who stands in the row itself."""
        return [
            [commitments.blind(self._key, "subject", value), seq]
            for seq, one in values.items()
            for label, value in one.items()
            if is_subject(label) and label != "subject"
        ]

    def _clauses(self, wanted: Wanted) -> tuple[list[str], list[Value]]:
        asked: list[tuple[str, Value]] = [
            ("r.phase = ?", wanted.phase),
            ("r.provider = ?", wanted.provider),
            ("r.at >= ?", micros(wanted.since) if wanted.since else None),
            ("r.at < ?", micros(wanted.until) if wanted.until else None),
            ("r.seq < ?", wanted.before_seq),
        ]
        blinded = {"case_b": wanted.case_no, "operator_b": wanted.operator}
        for column, value in blinded.items():
            asked.append(
                (f"r.{column} = ?", None if value is None else commitments.blind(self._key, BLINDED[column], value))
            )
        given = [(clause, value) for clause, value in asked if value is not None]
        clauses: list[str] = [clause for clause, _ in given]
        values: list[Value] = [value for _, value in given]
        if wanted.subject is not None:
            clauses.append(ABOUT)
            values += [commitments.blind(self._key, "subject", wanted.subject)] * 2
        return clauses, values


def _inherit(session: Session, row: dict[str, Value], earlier: Mapping[int, dict[str, Value]]) -> None:
    """An outcome says only which question it ends: whose and for what is taken from there."""
    asked = row["intent_seq"]
    if not isinstance(asked, int):
        return
    parent = earlier.get(asked)
    if parent is None:
        found = session.run(f"SELECT {', '.join(INHERITED)} FROM sl_row WHERE seq = ?", asked)
        parent = dict(zip(INHERITED, found[0], strict=True)) if found else {}
    for name in INHERITED:
        row[name] = row[name] if row[name] is not None else parent.get(name)


def _row(columns: Mapping[str, Any]) -> Row:
    record = json.loads(columns["body"])
    return Row(
        seq=columns["seq"],
        time=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=columns["at"]),
        **{name: columns[name] for name in SHOWN},
        fields=tuple(record.get("fields", ())),
        record=record,
    )
