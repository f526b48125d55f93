"""The program log: one JSON object a line on stderr, with no person's facts. The sharing log is another thing (`hub.sharinglog`).

Every line carries the node and, where there is one, the trace, the case and the department (`hub.trace`); lines of libraries and of the
server pass through the same mask. What an exception of somebody else's says is left out, since it may quote a value: kind and place remain.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from traceback import extract_tb
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

from hub import trace

Event = MutableMapping[str, Any]

PERSONAL = re.compile(
    r"(?P<machine>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32,})"
    r"|(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)[1-9]\d{5}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"
    r"|(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<![0-9A-Za-z])92\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])"
)
"""What looks like an ID number (18 or 15 digits), a mobile phone, or the credit code of a self-employed person. Digests and ids, in which
such digits turn up by chance, are passed over; a case's number has 20 digits. Masked as a last net: no call should log one. It cannot see names."""

MASK = "•••"
OURS = ("hub", "adapters", "catalog", "certificates")
"""Only these packages' errors are quoted: their messages never carry a person's facts."""

FRAMES, CAUSES = 12, 4
OWN_WAYS = ("uvicorn", "uvicorn.error", "uvicorn.access")
"""Loggers that a server may have given handlers of their own, past the mask."""
TALKATIVE = ("httpx2", "httpcore2", "urllib3", "opentelemetry")


def configure(level: str, node: str, out: TextIO | None = None) -> None:
    """Set up structlog, the standard library's loggers, warnings and whatever ends the process. Libraries that log bodies are kept quiet."""
    stream = out or sys.stderr
    chain = _chain(node)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[_logger_name, *chain], processors=_END))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)
    for own in OWN_WAYS:
        logging.getLogger(own).handlers.clear()
        logging.getLogger(own).propagate = True
    for talkative in TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*chain, *_END[1:]],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Unfailing(stream))),
    )
    sys.excepthook = _last_words


class _Unfailing:
    """A full disk or a closed pipe below the log costs the line, never the work that it tells of."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._out.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._out.flush()


def _chain(node: str) -> list[structlog.types.Processor]:
    def of_this_node(_logger: Any, _method: str, event: Event) -> Event:
        event["node"] = node
        return event

    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        of_this_node,
        _where,
        _exception,
        _masked,
    ]


_END: list[structlog.types.Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: type(value).__name__),
]


def _logger_name(_logger: Any, _method: str, event: Event) -> Event:
    record = event.get("_record")
    event["logger"] = record.name if record else ""
    return event


def _where(_logger: Any, _method: str, event: Event) -> Event:
    now = trace.here()
    if now is not None:
        for name, value in (("trace_id", now.trace_id), ("case", now.case), ("department", now.department)):
            if value:
                event.setdefault(name, value)
    return event


# --- exceptions ---------------------------------------------------------------------------------------------------------


def _exception(_logger: Any, _method: str, event: Event) -> Event:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = _told(error)
    return event


def _told(error: BaseException) -> list[Mapping[str, Any]]:
    """The exception and what caused it, outermost first."""
    told: list[Mapping[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < CAUSES:
        own = type(cause).__module__.partition(".")[0] in OURS
        one = {"kind": type(cause).__name__, "code": getattr(cause, "code", None), "says": str(cause)} if own else {}
        told.append({"kind": type(cause).__name__, **one, "at": _frames(cause.__traceback__)})
        cause = cause.__cause__ or cause.__context__
    return told


def _frames(traceback: TracebackType | None) -> Sequence[str]:
    """Innermost first; names of files and functions, neither source nor values."""
    frames = extract_tb(traceback)[-FRAMES:]
    return [f"{'/'.join(f.filename.split('/')[-3:])}:{f.lineno} {f.name}" for f in reversed(frames)]


def _last_words(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    structlog.get_logger("hub").critical("process_ended", exc_info=error)


# --- the mask -----------------------------------------------------------------------------------------------------------


def _masked(_logger: Any, _method: str, event: Event) -> Event:
    return {key: value if key.startswith("_") else _without_persons(value) for key, value in event.items()}


def _without_persons(value: Any) -> Any:
    if isinstance(value, str):
        return PERSONAL.sub(lambda found: found[0] if found["machine"] else MASK, value)
    if isinstance(value, Mapping):
        return {_without_persons(str(key)): _without_persons(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_persons(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(10**10) < value < 10**10 else _without_persons(str(value))
    return value if isinstance(value, float | bool) or value is None else _without_persons(str(value))
