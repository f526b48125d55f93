"""What is being done now: its trace, its case, its department, and how long each part takes. It sends nothing and keeps nothing.

Each click, call, report and tick begins a trace. The queue carries it on (`hub.store.work`), the exchange writes its id into the sharing
log, and departments get it as `traceparent` (W3C Trace Context), so that one id leads from a window to the far side and back. An id that
a caller sends is not taken: it would let one caller's lines pass for another's.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.clock import utc_now

Attribute = str | int | float | bool

PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]")
NAMING = re.compile(r"[A-Za-z0-9:._-]{1,80}")
"""What may stand for a case or a department: an id, a number, a code. Anything else is left out, since it came from outside."""


@dataclass(frozen=True)
class Here:
    """Where the program is: ids in lower-case hex; `case` is a case's number or id, `department` a code; empty where there is none."""

    trace_id: str
    span_id: str
    case: str = ""
    department: str = ""


@dataclass(frozen=True)
class Ended:
    """One part of a trace that is over. `failed` is the kind of exception that ended it, never its message."""

    name: str
    kind: str
    here: Here
    parent_id: str
    started: datetime
    ended: datetime
    attributes: Mapping[str, Attribute]
    failed: str


@dataclass
class Span:
    """A part that runs. `note` adds what is known only later: codes, counts, names of fields; never a value of somebody's."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    failed: str = ""

    def note(self, **attributes: Attribute) -> None:
        self.attributes.update(attributes)


_here: ContextVar[Here | None] = ContextVar("here", default=None)
_exporters: list[Callable[[Ended], None]] = []


def here() -> Here | None:
    """Where the program is now; None outside every trace."""
    return _here.get()


def trace_id() -> str | None:
    """The present trace's id, as it goes into the sharing log."""
    now = _here.get()
    return now.trace_id if now else None


def case() -> str:
    """The case that the program is busy with; empty where it is busy with none."""
    now = _here.get()
    return now.case if now else ""


def traceparent() -> str:
    """The present trace as one line of W3C Trace Context; empty outside every trace. It says nothing about a person or a case."""
    now = _here.get()
    return f"00-{now.trace_id}-{now.span_id}-{'01' if _exporters else '00'}" if now else ""


def bind(*, case: str = "", department: str = "") -> None:
    """From here to the end of the running part, say which case and department it is about."""
    now = _here.get()
    if now is not None:
        _here.set(replace(now, case=_naming(case) or now.case, department=_naming(department) or now.department))


def case_in(path: Mapping[str, str]) -> str:
    """The case that an address names: its id, or the number with which an item case's number begins."""
    return path.get("case_id") or path.get("item_no", "").rpartition("-")[0]


@contextmanager
def span(
    name: str,
    parent: str = "",
    *,
    kind: str = "internal",
    case: str = "",
    department: str = "",
    **attributes: Attribute,
) -> Iterator[Span]:
    """A part of a trace: of the one in `parent` (a traceparent), else of the present one, else of a new one.

    `kind` is internal, server, client, producer or consumer (OpenTelemetry's words).
    """
    before = _here.get()
    trace, parent_id = _joined(parent, before)
    now = Here(
        trace,
        secrets.token_hex(8),
        _naming(case) or (before.case if before else ""),
        _naming(department) or (before.department if before else ""),
    )
    token = _here.set(now)
    running, started, ticks = Span(dict(attributes)), utc_now(), time.perf_counter()
    try:
        yield running
    except BaseException as e:
        running.failed = running.failed or type(e).__name__
        raise
    finally:
        last = _here.get() or now
        _here.reset(token)
        if _exporters:
            ended = started + timedelta(seconds=time.perf_counter() - ticks)
            _tell(Ended(name, kind, last, parent_id, started, ended, running.attributes, running.failed))


class Detail:
    """A part that is worth its cost only where somebody collects parts; it may end in another thread than it began in."""

    __slots__ = ("_before", "_name", "_started", "_ticks")

    def __init__(self, name: str, before: Here) -> None:
        self._name, self._before = name, before
        self._started, self._ticks = utc_now(), time.perf_counter()

    def end(self, failed: str = "") -> None:
        own = replace(self._before, span_id=secrets.token_hex(8))
        ended = self._started + timedelta(seconds=time.perf_counter() - self._ticks)
        _tell(Ended(self._name, "internal", own, self._before.span_id, self._started, ended, {}, failed))


def detail(name: str) -> Detail | None:
    """Begin such a part; None where nobody collects, or outside every trace."""
    now = _here.get()
    return Detail(name, now) if _exporters and now is not None else None


def export(to: Callable[[Ended], None]) -> Callable[[], None]:
    """Give every part that ends from now on to `to`, which must be quick and must not raise; the result takes it back."""
    _exporters.append(to)
    return lambda: _exporters.remove(to)


def _joined(parent: str, before: Here | None) -> tuple[str, str]:
    given = PARENT.fullmatch(parent)
    if given:
        return given[1], given[2]
    return (before.trace_id, before.span_id) if before else (secrets.token_hex(16), "")


def _naming(text: str) -> str:
    return text if NAMING.fullmatch(text) else ""


def _tell(ended: Ended) -> None:
    for exporter in _exporters:
        exporter(ended)
