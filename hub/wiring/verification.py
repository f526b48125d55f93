"""Whether a certificate can be believed, for anybody who asks: a file or a code is judged and forgotten. It keeps and logs nothing of it.

The judging is `certificates.apart`: a process for each file, within limits of size, memory, time and rate (all figures proposed), and ended
for real where it passes them (docs/decisions/0044). Who sends bombs waits, and nobody else does.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import anyio
import anyio.to_thread
from anyio import CapacityLimiter

from certificates.apart.judging import APART, JudgingAwayError
from certificates.checks import Report
from certificates.compact.page import page
from certificates.errors import Malformed, TrustUnreadable
from certificates.status import Register
from certificates.trust import Trust, read_trust
from certificates.verify import of_whom
from hub.clock import Clock
from hub.errors import BadInput, HubError, NotNow

LARGEST = 10_000_000
"""Bytes of a file that is judged."""
SECONDS = 20.0
"""After so long nobody waits for the verdict any more."""
AT_ONCE, OF_ONE = 16, 3
"""So many strangers' files are under way at the same time in one process, and so many of one source; others wait."""
A_MINUTE = 30
"""So many may come from one source (an address) within a minute."""
SOURCES = 10_000
"""So many sources are remembered, those least lately seen forgotten first."""


def judged(file: bytes, trust: Trust, at: datetime) -> Report:
    """The verdict on bytes from outside, judged in a process apart. Raises HubError (VERIFYING_TOOK_TOO_LONG) where none can be started."""
    try:
        return APART.verify(file, trust, at)
    except JudgingAwayError as e:
        raise _away() from e


def _away() -> HubError:
    message = "本机暂时不能核验文件，文件还没有结论，请稍后再试；仍不能时请运维查看本机的内存和进程数。"
    return HubError(message, code="VERIFYING_TOOK_TOO_LONG", status=503)


class TooOften:
    """Counts by source within a minute, in this process alone."""

    def __init__(self, most: int = A_MINUTE, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most, self._monotonic = most, monotonic
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._one = threading.Lock()

    def count(self, source: str) -> None:
        """One more. Raises NotNow (TRIED_TOO_OFTEN, status 429)."""
        with self._one:
            now = self._monotonic()
            since, times = self._seen.pop(source, (now, 0))
            since, times = (now, 0) if now - since >= 60 else (since, times)
            self._seen[source] = since, times + 1
            while len(self._seen) > SOURCES:
                self._seen.popitem(last=False)
        if times >= self._most:
            raise NotNow("核验太频繁，请一分钟后再试。", code="TRIED_TOO_OFTEN", status=429)


class Own(Register, Protocol):
    """What the hub knows of certificates that it issued itself."""

    def with_lists(self, trust: Trust) -> Trust:
        """The trust with the hub's present lists in it."""
        ...


class VerificationBundle:
    """`trust` is the folder by which anything is believed, read anew where it changed; `own` tells the status of what was issued here."""

    def __init__(self, trust: Path, clock: Clock, rate: TooOften | None = None, own: Own | None = None) -> None:
        self._trust, self._clock, self._rate, self._own = trust, clock, rate or TooOften(), own
        self._read: tuple[tuple[tuple[str, int], ...], Trust] | None = None
        self._limiter: CapacityLimiter | None = None
        self._sources: dict[str, CapacityLimiter] = {}
        self._closed = False

    def close(self) -> None:
        """This process is to end: who waits for a verdict is told so at once (VERIFYING_TOOK_TOO_LONG), and no file is begun any more."""
        self._closed = True
        APART.close()

    async def verify(self, file: bytes, source: str, holder: str = "") -> Report:
        """The verdict on a file's bytes, or a code's; `source` is the address that asks, `holder` the code of whom it should be, if that is asked.

        Raises BadInput (NOTHING_TO_VERIFY), NotNow (TRIED_TOO_OFTEN), HubError (TOO_LARGE, VERIFYING_TOOK_TOO_LONG, TRUST_UNREADABLE)."""
        if not file:
            raise BadInput(
                "没有选择文件，也没有填写二维码的文字。请选择证照文件或二维码的照片，或者粘贴二维码的文字（以 YC1: 开头）。",
                code="NOTHING_TO_VERIFY",
            )
        if len(file) > LARGEST:
            raise HubError(f"文件超过 {LARGEST // 1_000_000} MB，不能核验。", code="TOO_LARGE", status=413)
        self._rate.count(source)
        self._limiter = self._limiter or CapacityLimiter(AT_ONCE)
        mine = self._sources.setdefault(source, CapacityLimiter(OF_ONE))
        try:
            with anyio.move_on_after(SECONDS):
                async with mine:
                    judging = anyio.to_thread.run_sync(self._judge, file, abandon_on_cancel=True, limiter=self._limiter)
                    return of_whom(await judging, holder)
        finally:
            if not mine.borrowed_tokens and not mine.statistics().tasks_waiting:
                self._sources.pop(source, None)
        message = (
            f"核验没有在 {SECONDS:.0f} 秒内完成，文件还没有结论：可能是本机繁忙，也可能是文件过于复杂。请稍后再试。"
        )
        raise HubError(message, code="VERIFYING_TOOK_TOO_LONG", status=503)

    def _judge(self, file: bytes) -> Report:
        if self._closed:
            raise _away()
        return judged(file, self.believed(), self._clock())

    def offline_page(self) -> str:
        """The page that judges codes without a network, believing what this hub believes now, with its own lists of this moment.

        Raises HubError (TRUST_UNREADABLE)."""
        trust = self.trust()
        try:
            return page(self._own.with_lists(trust) if self._own else trust, self._clock())
        except Malformed as e:
            message = "可信目录中的状态清单不能使用，暂时不能给出离线核验页。请运维运行 yijian doctor 查看。"
            raise HubError(message, code="TRUST_UNREADABLE", status=503) from e

    def believed(self) -> Trust:
        """The folder, and the hub's own registry for what was issued here. Raises HubError (TRUST_UNREADABLE)."""
        return replace(self.trust(), register=self._own)

    def trust(self) -> Trust:
        """The folder as it is now; before there is one, nobody is believed. Raises HubError (TRUST_UNREADABLE)."""
        try:
            seen = tuple(sorted((str(p), p.stat().st_mtime_ns) for p in self._trust.rglob("*") if p.is_file()))
            if self._read is None or self._read[0] != seen:
                self._read = seen, read_trust(self._trust) if self._trust.is_dir() else Trust({})
        except (TrustUnreadable, OSError) as e:
            message = "本机的可信目录不能读取，暂时不能核验。请运维运行 yijian doctor 查看。"
            raise HubError(message, code="TRUST_UNREADABLE", status=503) from e
        return self._read[1]
