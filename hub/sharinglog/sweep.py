"""Finding questions whose outcome never came. Closing them is one more append: pairing makes it happen once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.sharinglog.commitments import micros
from hub.sharinglog.engine import Engine
from hub.sharinglog.records import QUESTION

MOST = 10_000


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """A question without an outcome, and since when."""

    seq: int
    asked_at: datetime


def open_intents(engine: Engine, older_than: datetime) -> list[OpenIntent]:
    """Questions asked before `older_than` and still open, oldest first, at most 10,000 at a time."""
    with engine.read() as session:
        rows = session.run(
            "SELECT seq, at FROM sl_pair WHERE kind = ? AND closed_by IS NULL AND at < ? ORDER BY at, seq LIMIT ?",
            QUESTION,
            micros(older_than),
            MOST,
        )
    return [OpenIntent(seq, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)) for seq, at in rows]
