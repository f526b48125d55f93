"""Time and identifiers. Nothing else in the application reads the wall clock or makes an id."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present moment, aware, in UTC."""

Random = Callable[[int], bytes]
"""Gives n unpredictable bytes."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


def new_id(now: datetime, rng: Random = os.urandom) -> str:
    """A UUIDv7 (RFC 9562 §5.7): sorts by time, says nothing about a person."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(rng(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random & (1 << 80) - 1
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(UUID(int=value))


def local(moment: datetime) -> datetime:
    """The moment as people in China read it."""
    return moment.astimezone(SHANGHAI)
