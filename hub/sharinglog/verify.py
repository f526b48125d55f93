"""Checks a whole log from its stored bytes up, by name, and says where the first fault is. Trusts no derived table.

With the public key alone everything but the sealed values is checked. Without a witness, who holds the database *and*
the checkpoint key can still rewrite what no outsider has seen the head of: keep checkpoints elsewhere.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.sharinglog import commitments, notes, tree
from hub.sharinglog.commitments import micros
from hub.sharinglog.engine import Session
from hub.sharinglog.errors import LeafCarriesPersonalData
from hub.sharinglog.labels import explained
from hub.sharinglog.records import PENDING, QUESTION
from hub.sharinglog.scan import refuse_personal, suspicious
from hub.sharinglog.vault import Opened, Vault

YOUNG = timedelta(minutes=10)
PAGE = 1_000

OK, FAILED, NOT_CHECKED = "ok", "failed", "not checked"
NAMES = {
    "sequence": "entries are numbered 0 … size-1 without gap",
    "leaves": "each entry's bytes give its leaf hash",
    "records": "each entry is one canonical record with an id of its own, and carries no person's number",
    "tree": "the root from all entries is the one in the tree state and its stored nodes",
    "signatures": "each checkpoint is signed by the log's key",
    "checkpoints": "each checkpoint's root is the root of that many entries, so each extends the one before",
    "pairing": "each outcome ends an earlier question, each question is ended exactly once or still young",
    "secrets": "each sealed value opens its commitment, or was erased on record",
}
# A fault in these is where the change was made; in the others it may only show there.
ABOUT_ENTRIES = ("sequence", "leaves", "records")


@dataclass(frozen=True, slots=True)
class Check:
    """One named check: its result, what it promises or what is wrong, and the first number where it is."""

    name: str
    result: str
    detail: str
    first_bad_seq: int | None = None


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a verification found. `unsigned` entries are newer than the last checkpoint."""

    origin: str
    size: int
    root: str
    checkpoints: int
    unsigned: int
    open_questions: int
    erased_values: int
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed (checks that could not be made do not count as failed)."""
        return all(check.result != FAILED for check in self.checks)

    @property
    def first_bad_seq(self) -> int | None:
        """The lowest number at which an entry itself is bad; where none is, the lowest at which anything is."""
        placed = [
            (check.name not in ABOUT_ENTRIES, check.first_bad_seq)
            for check in self.checks
            if check.first_bad_seq is not None
        ]
        return min(placed)[1] if placed else None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ok": self.ok, "first_bad_seq": self.first_bad_seq}


@dataclass
class _Findings:
    """The first fault per check, gathered while walking."""

    faults: dict[str, tuple[str, int | None]] = field(default_factory=dict)

    def fault(self, name: str, detail: str, seq: int | None = None) -> None:
        self.faults.setdefault(name, (detail, seq))

    def check(self, name: str, made: bool) -> Check:
        if name in self.faults:
            return Check(name, FAILED, *self.faults[name])
        return (
            Check(name, OK, NAMES[name])
            if made
            else Check(name, NOT_CHECKED, f"{NAMES[name]} (needs a key that was not given)")
        )


def verify_entries(
    session: Session,
    origin: str,
    verifier: notes.Verifier | None,
    vault: Vault | None,
    now: datetime,
    young: timedelta = YOUNG,
) -> LogReport:
    """Walk the log once, in one snapshot. Never raises over what it finds; LogUnavailable if the database fails."""
    findings = _Findings()
    heads = _heads(session, origin, verifier, findings)
    walk = _Walk(findings, vault is not None)
    roots = {0: tree.EMPTY_ROOT}
    [(done, stored)] = session.run("SELECT size, edge FROM sl_tree")
    wanted = {*heads, done}
    for seq, leaf, body, opened in _entries(session, vault):
        walk.entry(seq, leaf, body, opened)
        if walk.edge.size in wanted:
            roots[walk.edge.size] = walk.edge.root()
    _compare_heads(heads, roots, walk.edge.size, findings)
    _compare_state(session, walk, findings)
    _compare_tree(session, walk, (done, stored), roots, findings)
    _compare_pairs(session, walk, micros(now - young), findings)
    if vault is not None:
        _compare_keys(session, walk, findings)
    made = {"signatures": verifier is not None, "secrets": vault is not None}
    return LogReport(
        origin=origin,
        size=walk.edge.size,
        root=walk.edge.root().hex(),
        checkpoints=len(heads),
        unsigned=walk.edge.size - max((size for size in heads if size <= walk.edge.size), default=0),
        open_questions=len(walk.asked_at),
        erased_values=walk.erased,
        checks=tuple(findings.check(name, made.get(name, True)) for name in NAMES),
    )


class _Walk:
    """What is known after reading entries from the first on."""

    def __init__(self, findings: _Findings, secrets: bool) -> None:
        self.findings, self.secrets = findings, secrets
        self.edge = tree.Edge()
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.ids: set[str] = set()
        self.ended_by: dict[tuple[int, str], int | None] = {}
        self.asked_at: dict[int, int] = {}
        self.question_of: dict[int, int] = {}
        self.erased_scopes: set[str] = set()
        self.erased = 0

    def entry(self, seq: int, leaf: bytes, body: bytes, opened: Opened) -> None:
        if seq != self.edge.size:
            self.findings.fault("sequence", f"entry {self.edge.size} is missing, {seq} follows", self.edge.size)
        computed = tree.leaf_hash(body)
        if computed != leaf:
            self.findings.fault("leaves", f"the bytes of entry {seq} were changed: they do not give its leaf hash", seq)
        for level, number, node in self.edge.push(computed):
            if level % tree.TILE_HEIGHT == 0:
                self.nodes[level // tree.TILE_HEIGHT, number] = node
        record = self._record(seq, body)
        if record is not None:
            self._pair(seq, record)
            if self.secrets:
                self._open(seq, record, opened)

    def _record(self, seq: int, body: bytes) -> dict[str, Any] | None:
        try:
            record = json.loads(body)
            if commitments.canonical(record) != body or record["v"] != commitments.VERSION:
                raise ValueError("not canonical")
            datetime.fromisoformat(record["time"])
            known, phase = record["id"] in self.ids, record["phase"]
            self.ids.add(record["id"])
            text = _clear_text(record)
            if suspicious(text):
                refuse_personal("record", text)
        except LeafCarriesPersonalData:
            self.findings.fault("records", f"entry {seq} carries what looks like a person's number in clear", seq)
            return dict(record)
        except (ValueError, KeyError, TypeError, RecursionError):
            self.findings.fault("records", f"entry {seq} is not a canonical record", seq)
            return None
        if known or not isinstance(phase, str):
            self.findings.fault("records", f"entry {seq} repeats the id of an earlier entry", seq)
        return dict(record)

    def _pair(self, seq: int, record: dict[str, Any]) -> None:
        phase, asked, answered = record["phase"], record.get("intent_seq"), record.get("answers_seq")
        if phase == "intent":
            self.ended_by[seq, QUESTION] = None
            self.asked_at[seq] = micros(datetime.fromisoformat(record["time"]))
        if phase not in ("outcome", "lost") and (phase != "denied" or asked is None):
            return
        ends, kind = (asked, QUESTION) if answered is None else (answered, PENDING)
        if not isinstance(asked, int) or not isinstance(ends, int) or self.ended_by.get((ends, kind), seq) is not None:
            self.findings.fault("pairing", f"entry {seq} ends {kind} {ends}, which is not an earlier open one", seq)
            return
        if kind == PENDING and self.question_of.get(ends) != asked:
            self.findings.fault("pairing", f"entry {seq} answers {ends}, which belongs to another question", seq)
        self.ended_by[ends, kind] = seq
        self.asked_at.pop(ends, None)
        if phase == "outcome" and record.get("result") == "pending":
            self.ended_by[seq, PENDING] = None
            self.question_of[seq] = asked

    def _open(self, seq: int, record: dict[str, Any], opened: Opened) -> None:
        promised = commitments.committed(record)
        self.erased += opened.erased
        wrong = [
            label
            for label, opening in opened.openings.items()
            if promised.get(label) != commitments.commit(label, opening)
        ]
        missing = promised.keys() - opened.openings.keys()
        if opened.broken or wrong:
            self.findings.fault(
                "secrets", f"sealed values of entry {seq} were changed: they do not open its commitments", seq
            )
        elif not explained(missing, opened.erased):
            self.findings.fault("secrets", f"sealed values of entry {seq} are gone without a record of erasure", seq)
        if record["phase"] == "erased" and "scope" in opened.openings:
            self.erased_scopes.add(opened.openings["scope"].value)


def _entries(session: Session, vault: Vault | None) -> Iterator[tuple[int, bytes, bytes, Opened]]:
    start = -1
    while rows := session.run("SELECT seq, leaf, body FROM sl_entry WHERE seq > ? ORDER BY seq LIMIT ?", start, PAGE):
        opened = vault.open(session, rows[0][0], rows[-1][0] + 1) if vault is not None else {}
        for seq, leaf, body in rows:
            yield seq, leaf, body, opened.get(seq, Opened({}))
        start = rows[-1][0]


def _heads(session: Session, origin: str, verifier: notes.Verifier | None, findings: _Findings) -> dict[int, bytes]:
    heads = {}
    for size, note in session.run("SELECT size, note FROM sl_checkpoint ORDER BY size"):
        try:
            head = notes.verify(note, verifier) if verifier is not None else notes.read(note)
        except notes.BadNote as error:
            findings.fault(
                "signatures" if verifier is not None else "checkpoints", f"checkpoint of size {size}: {error}", size
            )
            continue
        if head.size != size or head.origin != origin:
            findings.fault(
                "checkpoints", f"the checkpoint filed under size {size} is of {head.origin}, size {head.size}", size
            )
        heads[head.size] = head.root
    return heads


def _compare_heads(heads: dict[int, bytes], roots: dict[int, bytes], size: int, findings: _Findings) -> None:
    for signed, root in sorted(heads.items()):
        if signed > size:
            findings.fault(
                "checkpoints",
                f"a checkpoint of size {signed} was signed, the log has only {size} entries: its tail was cut off",
                size,
            )
        elif roots[signed] != root:
            # Which of the entries differs cannot be told from a root; it is one before the signed size.
            findings.fault("checkpoints", f"the first {signed} entries are not those that were signed", None)


def _compare_state(session: Session, walk: _Walk, findings: _Findings) -> None:
    [(next_seq,)] = session.run("SELECT next_seq FROM sl_head")
    size = walk.edge.size
    if next_seq != size:
        findings.fault("sequence", f"{next_seq} entries were numbered, {size} are there", min(next_seq, size))


def _compare_tree(
    session: Session, walk: _Walk, state: tuple[int, bytes], roots: dict[int, bytes], findings: _Findings
) -> None:
    size, (done, stored) = walk.edge.size, state
    stored_nodes = {
        (level, number): node for level, number, node in session.run("SELECT level, number, hash FROM sl_node")
    }
    for place, node in sorted(stored_nodes.items()):
        if walk.nodes.get(place) != node:
            level, number = place
            findings.fault(
                "tree", f"stored node {level}/{number} is not what the entries give", number << level * tree.TILE_HEIGHT
            )
    if done > size or len(stored) != 32 * done.bit_count():
        findings.fault("tree", f"the tree state is of size {done}, the log has {size} entries", min(done, size))
    elif done and tree.Edge.from_bytes(done, stored).root() != roots.get(done):
        findings.fault("tree", f"the tree state of size {done} is not what the entries give", None)


def _compare_pairs(session: Session, walk: _Walk, young_since: int, findings: _Findings) -> None:
    for seq, at in sorted(walk.asked_at.items()):
        if at < young_since:
            findings.fault("pairing", f"question {seq} was never ended: run the sweep", seq)
    start, missing = -1, dict(walk.ended_by)
    while rows := session.run(
        "SELECT seq, kind, closed_by FROM sl_pair WHERE seq > ? ORDER BY seq LIMIT ?", start, PAGE
    ):
        for seq, kind, closed_by in rows:
            if missing.pop((seq, kind), -1) != closed_by:
                findings.fault(
                    "pairing",
                    f"the pairing table has {kind} {seq} ended by {closed_by}, the entries say otherwise",
                    seq,
                )
        start = rows[-1][0]
    for seq, kind in sorted(missing):
        findings.fault("pairing", f"{kind} {seq} is not in the pairing table", seq)


def _compare_keys(session: Session, walk: _Walk, findings: _Findings) -> None:
    for key_id, scope in session.run("SELECT key_id, scope FROM sl_key WHERE wrapped IS NULL"):
        if scope not in walk.erased_scopes:
            findings.fault("secrets", f"data key {key_id} was destroyed without a record of erasure", None)


def _clear_text(value: object) -> str:
    """All text of a record but what the log itself made (commitments, id, time)."""
    if isinstance(value, dict):
        return "\n".join(
            _clear_text(inner) for key, inner in value.items() if not key.endswith("_c") and key not in ("id", "time")
        )
    if isinstance(value, list):
        return "\n".join(_clear_text(inner) for inner in value)
    return str(value)
