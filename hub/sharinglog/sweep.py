"""Finding questions whose outcome never came. Closing them is one more append: pairing makes it happen once.

How long a question has been open is told by its number, not by its time: it bears the time of the node that asked, and a node whose
clock is an hour off would end the questions that others have in flight.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from hub.sharinglog.engine import Engine
from hub.sharinglog.records import QUESTION

MOST = 10_000


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """A question without an outcome, and since when."""

    seq: int
    asked_at: datetime


class Watermarks:
    """What size the log had when: by a clock that nobody sets, in this process alone. One that just began knows of nothing old."""

    def __init__(self, age: timedelta, seconds: Callable[[], float] = monotonic) -> None:
        self._age, self._seconds = age.total_seconds(), seconds
        self._marks: deque[tuple[float, int]] = deque()

    def older(self, size: int) -> int:
        """Note the log's present size; gives the greatest that was noted at least `age` ago, 0 if none was.

        Every record with a smaller number is at least that old.
        """
        now = self._seconds()
        self._marks.append((now, size))
        while len(self._marks) > 1 and now - self._marks[1][0] >= self._age:
            self._marks.popleft()
        since, then = self._marks[0]
        return then if now - since >= self._age else 0


def open_intents(engine: Engine, below: int) -> list[OpenIntent]:
    """Questions with a number below this one that are still open, oldest first, at most 10,000 at a time."""
    with engine.read() as session:
        rows = session.run(
            "SELECT seq, at FROM sl_pair WHERE kind = ? AND closed_by IS NULL AND seq < ? ORDER BY seq LIMIT ?",
            QUESTION,
            below,
            MOST,
        )
    return [OpenIntent(seq, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)) for seq, at in rows]
