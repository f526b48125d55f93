"""How a log is doing, in one snapshot of numbers. Judges nothing: thresholds belong to who watches."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.sharinglog.commitments import micros
from hub.sharinglog.engine import Engine
from hub.sharinglog.records import PENDING, QUESTION


@dataclass(frozen=True, slots=True)
class LogHealth:
    """Sizes are numbers of entries; ages are seconds, None while there is nothing to measure.

    `held` is the code of why nothing may be appended or signed, if so (the sentence is the first advice).
    `checkpoint_age_s` is 0 while the last checkpoint covers every entry, else the time since it was signed.
    """

    size: int
    checkpoint_size: int
    checkpoint_age_s: float | None
    unpaired: int
    oldest_unpaired_s: float | None
    pending: int
    last_append: datetime | None
    projection_lag: int
    advice: tuple[str, ...]
    held: str = ""
    failing: str = ""
    """Why this process's last group commit was not taken; empty after one that was."""
    stored_bytes: int = 0
    """How large the log's database is on its disk."""


STORED = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def measure(engine: Engine, now: datetime, failing: str = "") -> LogHealth:
    """Read the health of a log; raises LogUnavailable if its database does not answer."""
    at = micros(now)
    with engine.read() as session:
        [(size, last)] = session.run("SELECT next_seq, last_at FROM sl_head")
        [(projected,)] = session.run("SELECT next_seq FROM sl_cursor")
        open_by_kind = {
            kind: (number, oldest)
            for kind, number, oldest in session.run(
                "SELECT kind, count(*), min(at) FROM sl_pair WHERE closed_by IS NULL GROUP BY kind"
            )
        }
        [(stored,)] = session.run(STORED[engine.name])
        signed = session.run("SELECT size, at FROM sl_checkpoint ORDER BY size DESC LIMIT 1")
    covered, signed_at = signed[0] if signed else (0, None)
    unpaired, oldest = open_by_kind.get(QUESTION, (0, None))
    return LogHealth(
        size=size,
        checkpoint_size=covered,
        checkpoint_age_s=None if signed_at is None else 0.0 if covered == size else (at - signed_at) / 1e6,
        unpaired=unpaired,
        oldest_unpaired_s=None if oldest is None else (at - oldest) / 1e6,
        pending=open_by_kind.get(PENDING, (0, None))[0],
        last_append=None if last is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=last),
        projection_lag=size - projected,
        advice=engine.advice,
        failing=failing,
        stored_bytes=stored,
    )
