"""Verifies an e-certificate in any format against a trust folder at a moment. It fetches and keeps nothing.

The format is told by the first bytes; each format judges itself in its own module, by the same named checks.
"""

from collections.abc import Callable
from datetime import datetime

from certificates import ycert
from certificates.checks import Report
from certificates.trust import Trust


def verify(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge a file as of ``at`` (aware). Raises nothing on any bytes; a file of no known kind fails ``format``."""
    return _judge_of(file)(file, trust, at)


def _judge_of(file: bytes) -> Callable[[bytes, Trust, datetime], Report]:
    return ycert.check
