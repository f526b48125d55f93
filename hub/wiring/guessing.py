"""Who guesses, on the public progress page or at codes, waits, longer each time; others elsewhere do not. It knows no secret and shows nothing.

Wrong tries are counted by source and case, and by source over all cases, in windows of ten minutes, an hour and a day. A source is an
IPv4 address, an IPv6 /64 or who is logged in, and is kept as a keyed digest only. All figures are proposed.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from hub.clock import local
from hub.errors import NotNow
from hub.store.database import Session
from hub.store.numbers import next_number, numbers_given

WINDOWS = (
    (timedelta(minutes=10), 4, 40),
    (timedelta(hours=1), 8, 80),
    (timedelta(days=1), 16, 160),
)
"""Window; wrong tries in it by one source at one case, and by one source at all: a hall's terminal serves many."""
CODE_WINDOWS = ((timedelta(minutes=10), 20, 20), (timedelta(hours=1), 60, 60), (timedelta(days=1), 200, 200))
"""The same for 用证码, by who tries: a department's system serves many of its officials."""


@dataclass(frozen=True)
class Guessing:
    region: str
    key: bytes = field(repr=False)
    what: str = "progress"
    windows: tuple[tuple[timedelta, int, int], ...] = WINDOWS

    def refuse(self, session: Session, source: str, number: str, now: datetime) -> None:
        """Raises NotNow (TRIED_TOO_OFTEN, status 429) while this source was wrong too often at this case, or at all."""
        waits = [
            ends - now
            for series, period, most, ends in self._counters(source, number, now)
            if numbers_given(session, self.region, series, period) >= most
        ]
        if waits:
            minutes = max(1, round(max(waits) / timedelta(minutes=1)))
            again = f"{minutes} 分钟" if minutes < 90 else f"{round(minutes / 60)} 小时"
            raise NotNow(f"输错次数过多，请约 {again}后再试，或到窗口查询。", code="TRIED_TOO_OFTEN", status=429)

    def count(self, session: Session, source: str, number: str, now: datetime) -> None:
        """One more wrong try."""
        for series, period, _, _ in self._counters(source, number, now):
            next_number(session, self.region, series, period)

    def _counters(self, source: str, number: str, now: datetime) -> Iterator[tuple[str, str, int, datetime]]:
        """Number series, its period, how many it may hold, and when the period ends."""
        here, at_all = self._digest(f"{_network(source)} {number}"), self._digest(_network(source))
        midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
        for length, at_case, by_source in self.windows:
            passed = (now - midnight) // length
            period = f"{midnight:%y%m%d}{_letter(length)}{passed}"
            for series, most in ((here, at_case), (at_all, by_source)):
                yield f"{self.what}:{series}", period, most, midnight + (passed + 1) * length

    def _digest(self, text: str) -> str:
        return hmac.digest(self.key, f"{self.what} {text}".encode(), "sha256").hex()[:30]


def _letter(length: timedelta) -> str:
    return "d" if length >= timedelta(days=1) else "h" if length >= timedelta(hours=1) else "m"


def _network(source: str) -> str:
    """Whoever has one IPv6 address has the whole /64."""
    try:
        address = ip_address(source)
    except ValueError:
        return source
    return address.exploded[:19] if isinstance(address, IPv6Address) else str(address)
