"""The program log: JSON lines on stderr with no person's facts. The sharing log is another thing (`hub.sharinglog`)."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = re.compile(r"\d{17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)")
"""What looks like an ID number or a mobile phone. Masked as a last net: no call should log one."""


def configure(level: str) -> None:
    """Set up structlog and the standard library's loggers. Libraries that log bodies stay at INFO or above."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(message)s")
    for talkative in ("zeep", "httpx2", "httpcore2", "apscheduler"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masked,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: PERSONAL.sub("•••", value) if isinstance(value, str) else value for key, value in event.items()}
