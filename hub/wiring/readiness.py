"""Whether this process can do its work now, and what is missing if not, in sentences that say what to do. It mends nothing.

The answers name no person, no address and no path: whoever may knock may read them.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from certificates.errors import CertificateError
from certificates.ports import Signer
from hub.errors import HubError
from hub.jobs import Pulse
from hub.sharinglog import SharingLog
from hub.sharinglog.errors import LogError
from hub.store import migrate
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.wiring import keys

KEPT_SECONDS = 1.0
"""How long an answer stands: however many ask, the database is asked once a second."""

LEAST_FREE = 500_000_000
"""Bytes that must be free on the disk of the folder (proposed): below this no file and no record may fit soon."""

WORKER_SILENT_SECONDS = 60.0


@dataclass(frozen=True)
class Missing:
    """One thing without which this process cannot do its work. `about` is a word that stays the same; `advice` says what to do."""

    about: str
    advice: str


@dataclass(frozen=True)
class Parts:
    """What is looked at. `pulse` is None where this process has no worker."""

    database: Database
    log: SharingLog
    catalogs: Catalogs
    signer: Signer
    folder: Path
    pulse: Pulse | None


class Readiness:
    """Looks at most once a second, whoever asks, and keeps the answer meanwhile. Safe from any thread."""

    def __init__(self, parts: Parts, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._parts, self._monotonic = parts, monotonic
        self._lock = threading.Lock()
        self._until = 0.0
        self._kept: tuple[Missing, ...] = ()

    def missing(self) -> tuple[Missing, ...]:
        """Empty when the process is ready. Who comes while another looks gets what the last look found."""
        if not self._lock.acquire(blocking=self._until == 0.0):
            return self._kept
        try:
            if self._monotonic() >= self._until:
                self._kept = tuple(look(self._parts))
                self._until = self._monotonic() + KEPT_SECONDS
            return self._kept
        finally:
            self._lock.release()


def look(parts: Parts) -> Iterator[Missing]:
    """Everything that is missing, now."""
    if parts.pulse is not None and parts.pulse.silent_for > WORKER_SILENT_SECONDS:
        yield Missing(
            "worker", "This process's worker has stopped looking for work; restart the process and see its log."
        )
    if shutil.disk_usage(parts.folder).free < LEAST_FREE:
        yield Missing(
            "disk", f"Less than {LEAST_FREE // 1_000_000} MB are free where the hub keeps its files; make room."
        )
    yield from _log(parts.log)
    yield from _database(parts)


def _log(log: SharingLog) -> Iterator[Missing]:
    try:
        health = log.health()
    except LogError as e:
        yield Missing("sharing-log", f"{e.code}: nothing is asked, sent or shown until the sharing log answers again.")
        return
    if health.held:
        yield Missing(
            "sharing-log", f"{health.held}: the log takes nothing; run `yijian log verify` and see docs/sharing-log.md."
        )
    elif health.failing:
        yield Missing(
            "sharing-log",
            "The last record was not taken; see its database and disk. The next one that is taken ends this.",
        )


def _database(parts: Parts) -> Iterator[Missing]:
    try:
        version = migrate.current(parts.database)
        if version < migrate.head():
            yield Missing(
                "migration",
                f"Tables are {version or 'not there'}, this program wants {migrate.head()}; restart a node.",
            )
            return
        site = parts.catalogs.current()
    except HubError as e:
        about = "catalog" if e.code in ("CATALOG_NOT_PUBLISHED", "CATALOG_NOT_THERE") else "database"
        advice = (
            str(e)
            if about == "catalog"
            else f"{e.code}: the hub's database does not answer; see it and `yijian doctor`."
        )
        yield Missing(about, advice)
        return
    try:
        lacking = keys.without_key(parts.signer, site)
    except CertificateError as e:  # a token that does not answer, or that refused its PIN
        yield Missing("keys", str(e))
        return
    if lacking:
        yield Missing(
            "keys", f"No signing key for {', '.join(lacking)}; `yijian keys list` says which command gives it."
        )
