"""The durable moments of the hub, by name, and the means to die at one of them. It stores nothing and decides nothing.

Each place where a crash leaves something behind (a record, a file, a row, a request that the far side has) calls `reached` with its
name. That does nothing, unless `YIJIAN_CRASH_AT=<moment>:<n>` armed this process: then the n-th time the process kills itself, as a
power cut would. Of several, parted by commas, the first that comes. For the survival tests alone; docs/decisions/0014.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from hub.errors import HubError


class Moment(StrEnum):
    """Every durable moment, in the order in which a case meets them; the text beside each says what is there already."""

    # a question
    INTENT_NEXT = "intent-next"  # nothing yet
    INTENT_DURABLE = "intent-durable"  # the intent is in the log, nobody is asked
    QUESTION_ON_WIRE = "question-on-wire"  # the department has the question
    ANSWER_IN_HAND = "answer-in-hand"  # the department answered, no outcome is recorded
    OUTCOME_DURABLE = "outcome-durable"  # the outcome is in the log, its values are in memory alone
    EVIDENCE_KEPT = "evidence-kept"  # its files are on disk, no row names them
    LATER_ANSWER_DURABLE = "later-answer-durable"  # a person's answer is in the log, not in the rows
    # the hub's database
    ROWS_WRITTEN = "rows-written"  # a door's transaction, not committed
    ROWS_COMMITTED = "rows-committed"  # committed; whoever asked for it learns nothing
    WORK_CLAIMED = "work-claimed"  # leased, not begun
    WORK_WRITTEN = "work-written"  # the worker's transaction, not committed
    WORK_COMMITTED = "work-committed"  # the work is done, and what follows is queued
    MATERIAL_KEPT = "material-kept"  # a scan is on disk, no row names it
    # what is sent
    SENDING_RECORDED = "sending-recorded"  # in the log, nothing left
    HAND_OVER_ON_WIRE = "hand-over-on-wire"  # the department has it, its answer is under way
    HAND_OVER_TAKEN = "hand-over-taken"  # the department said so, no row does
    PUSH_LOOKED_UP = "push-looked-up"  # the platform is asked whether it has the row
    PUSH_ON_WIRE = "push-on-wire"  # the platform has the row, its answer is under way
    PUSH_TAKEN = "push-taken"  # the platform said so, no row does
    MESSAGE_ON_WIRE = "message-on-wire"  # the gateway has the message
    MESSAGE_TAKEN = "message-taken"  # the gateway said so, no row does
    REPORT_FETCHED = "report-fetched"  # a row of a front database is read, not applied
    REPORT_MARKED = "report-marked"  # it is marked as read there, no row of ours says so
    # certificates and archive
    KEY_USE_RECORDED = "key-use-recorded"  # in the log, nothing is signed
    CERTIFICATE_SIGNED = "certificate-signed"  # signed bytes in memory alone
    CERTIFICATE_KEPT = "certificate-kept"  # its file is on disk, its row says "reserved"
    ARCHIVE_KEPT = "archive-kept"  # the manifest is on disk, the case is not archived
    # the sharing log
    APPEND_NEXT = "append-next"  # a batch of records is sealed, not committed
    APPEND_COMMITTED = "append-committed"  # committed, no caller knows
    TREE_INTEGRATED = "tree-integrated"  # tiles and edge are written, not committed, nothing is signed
    HEAD_SIGNED = "head-signed"  # signed, in memory alone
    HEAD_KEPT = "head-kept"  # its file outside the database is there, its row is not
    HEAD_STORED = "head-stored"  # its row is committed, nobody was shown it
    # files that departments drop
    FILE_HALF_CLAIMED = "file-half-claimed"  # the file is ours, its control file still theirs
    FILE_CLAIMED = "file-claimed"  # both are ours, nothing is read
    REPLICA_STAGED = "replica-staged"  # the rows are there, nobody sees them
    BATCH_RECORDED = "batch-recorded"  # the batch is in the log, its rows do not answer yet
    REPLICA_SWAPPED = "replica-swapped"  # the rows answer, the file still lies there
    FILE_HALF_REMOVED = "file-half-removed"  # the file is gone, its control file is not


class CrashPointUnknown(HubError):
    """YIJIAN_CRASH_AT names no moment."""

    code = "CRASH_POINT_UNKNOWN"


MARK = "yijian died at the moment "
"""How the last line of a process that killed itself begins, on stderr."""
REQUEST, LOOK = "request-on-wire", "look-on-wire"
"""Words of the adapters: a request whose body is out, and one that only reads. Which moment that is, `sending` says."""

_sending: ContextVar[Moment | None] = ContextVar("sending", default=None)
_waiting: ContextVar[Callable[[int], None] | None] = ContextVar("waiting", default=None)


class _Armed:
    """Counts how often its moments are reached, in any thread."""

    def __init__(self, left: dict[Moment, int]) -> None:
        self._left, self._lock = left, threading.Lock()

    def reached(self, moment: Moment) -> None:
        if moment not in self._left:
            return
        with self._lock:
            self._left[moment] -= 1
            if self._left[moment] == 0:
                _die(moment)


_armed: _Armed | None = None


def reached(moment: Moment) -> None:
    """This moment is here. Never returns where the process is armed for it and the count is full."""
    if _armed is not None:
        _armed.reached(moment)


def arm(crash_at: str) -> str:
    """Arm this process by `<moment>:<n>,…`; empty disarms it. Gives a sentence for log and doctor, "" when disarmed.

    Raises CrashPointUnknown.
    """
    global _armed
    _armed = _Armed(_parsed(crash_at)) if crash_at else None
    return sentence(crash_at)


def sentence(crash_at: str) -> str:
    """What an operator must know of a process that is armed so; "" for none. Raises CrashPointUnknown."""
    if not crash_at:
        return ""
    told = " or ".join(f"the {times}. time at {moment.value}" for moment, times in _parsed(crash_at).items())
    return f"this hub kills itself {told}: unset YIJIAN_CRASH_AT, it is for tests alone"


@contextmanager
def sending(moment: Moment) -> Iterator[None]:
    """What adapters put on a wire within this block is of this moment; whoever does it waits for the outside meanwhile."""
    token, tell = _sending.set(moment), _waiting.get()
    if tell is not None:
        tell(1)
    try:
        yield
    finally:
        if tell is not None:
            tell(-1)
        _sending.reset(token)


def tell_of_waiting(tell: Callable[[int], None]) -> None:
    """In this task, `tell` is told 1 when it begins to wait for the outside and -1 when it has ended."""
    _waiting.set(tell)


def outside() -> Callable[[str], None] | None:
    """What adapters are given to call at their own moments; None where nothing is armed, so that it costs nothing."""
    return _outside if _armed is not None else None


def _outside(word: str) -> None:
    if word not in (REQUEST, LOOK):
        reached(Moment(word))
        return
    moment = _sending.get()
    if moment is Moment.PUSH_ON_WIRE and word == LOOK:
        moment = Moment.PUSH_LOOKED_UP
    if moment is not None:
        reached(moment)


def _parsed(crash_at: str) -> dict[Moment, int]:
    found = {}
    for one in crash_at.split(","):
        name, _, times = one.partition(":")
        if name not in set(Moment) or not (times.isascii() and times.isdigit() and int(times) > 0):
            raise CrashPointUnknown(
                f"YIJIAN_CRASH_AT: {one!r} is no moment; unset it, or write <moment>:<n> with one of {', '.join(Moment)}."
            )
        found[Moment(name)] = int(times)
    return found


def _die(moment: Moment) -> None:
    """Nothing is flushed, no `finally` runs: what kill -9 leaves."""
    os.write(2, f"{MARK}{moment.value}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # another thread's work must not go on in this one meanwhile
