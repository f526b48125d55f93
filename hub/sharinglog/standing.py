"""What a log is, read from its database without opening it for writing: origin, size, root, last signed head, answers. It judges nothing."""

from contextlib import closing
from dataclasses import dataclass

from hub.sharinglog.engines import open_engine
from hub.sharinglog.heads import latest, present
from hub.sharinglog.records import PENDING


@dataclass(frozen=True, slots=True)
class Standing:
    """How a log stood in one snapshot; `note` is its last signed head, if there is one."""

    origin: str
    size: int
    root: bytes
    note: str | None


def standing(url: str) -> Standing:
    """Raises LogMisconfigured (no log there), LogUnavailable, LogInconsistent."""
    with closing(open_engine(url, "", read_only=True)) as engine, engine.read() as session:
        origin, size, edge = present(session)
        return Standing(origin, size, edge.root(), latest(session))


def answered(url: str) -> frozenset[int]:
    """Numbers of the pending outcomes whose later answer is recorded. Raises as `standing`."""
    with closing(open_engine(url, "", read_only=True)) as engine, engine.read() as session:
        rows = session.run("SELECT seq FROM sl_pair WHERE kind = ? AND closed_by IS NOT NULL", PENDING)
        return frozenset(seq for (seq,) in rows)
