"""The status lists of the authorities that issue here: signed anew when something changed or the list grows old, published for anybody to keep.

Two forms: the Token Status List (`certificates.statuslist`), by a certificate's place, and the dated list (`certificates.status`), by its
identifier and with since when. A list holds for a day; whoever is shown an older one is told that it is stale.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from catalog.types import Department
from certificates.envelope import Seal
from certificates.errors import CertificateError
from certificates.ports import Signer
from certificates.status import VALID, StatusEntry, StatusList, issue_status_list
from certificates.statuslist import EXTENSION, SUITE, TokenStatusList, issue, value_of
from certificates.trust import STATUS_EXTENSION, TOKEN_LISTS
from hub.clock import Clock
from hub.errors import HubError, NotThere
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import certificate_acts, certificates
from hub.wiring.keys import issuing

HOLDS = timedelta(days=1)
RENEWED = timedelta(hours=6)
MAX_AGE = 300
"""Seconds for which whoever fetched a list may keep it without asking again."""
FEWEST = 1024
"""Places of the smallest list, so that its length says little of how many certificates there are."""


@dataclass(frozen=True)
class Published:
    """A list as it is given out."""

    body: bytes
    etag: str
    until: datetime


class StatusLists:
    """`lists` is the address below which the lists stand, as certificates name it."""

    def __init__(self, database: Database, catalogs: Catalogs, signer: Signer, lists: str, clock: Clock) -> None:
        self._database, self._catalogs, self._signer, self._lists, self._clock = (
            database,
            catalogs,
            signer,
            lists,
            clock,
        )
        self._kept: dict[str, tuple[str, datetime, Published]] = {}
        self._one = threading.Lock()

    def token(self, uscc: str) -> Published:
        """The Token Status List of an authority. Raises NotThere (STATUS_LIST_NOT_THERE), HubError (STATUS_LIST_UNSIGNED)."""
        unit = self._unit(uscc)
        with self._database.read() as session:
            places, size = _places(session, unit.code)
        now, said = self._clock(), f"{sorted(places.items())} {size}"
        with self._one:
            known = self._kept.get(uscc)
            if known is not None and known[0] == said and now - known[1] < RENEWED:
                return known[2]  # whether or not its signer answers now
            self._require_key(uscc)
            content = TokenStatusList(f"{self._lists}/{uscc}", now, now + HOLDS, MAX_AGE, places, size)
            body = self._signed(content, uscc, now)
            made = Published(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', now + HOLDS)
            self._kept[uscc] = said, now, made
        return made

    def dated(self, uscc: str) -> bytes:
        """The dated list (`.ystatus`), for asking what held when something was signed. Raises NotThere, certificates' errors."""
        unit, now = self._unit(uscc), self._clock()
        self._require_key(uscc)
        with self._database.read() as session:
            entries = _entries(session, unit.code)
        suite = next(iter(self._signer.suites(uscc)), SUITE)
        content = StatusList(uscc, int(now.timestamp()), now.replace(microsecond=0) + HOLDS, entries)
        return issue_status_list(content, Seal(self._signer, uscc, suite, now.replace(microsecond=0)))

    def authorities(self) -> tuple[str, ...]:
        """Credit codes of those that issue here and have a key for lists."""
        site = self._catalogs.current()
        codes = dict.fromkeys(site.departments[code].uscc for code in issuing(site))
        return tuple(code for code in codes if SUITE in self._signer.suites(code))

    def write(self, folder: Path) -> int:
        """Every authority's lists as files, each whole or not at all; gives how many authorities there were."""
        (folder / TOKEN_LISTS).mkdir(parents=True, exist_ok=True)
        for code in self.authorities():
            _replace(folder / TOKEN_LISTS / f"{code}{EXTENSION}", self.token(code).body)
            _replace(folder / f"{code}{STATUS_EXTENSION}", self.dated(code))
        return len(self.authorities())

    def _signed(self, content: TokenStatusList, uscc: str, now: datetime) -> bytes:
        try:
            return issue(content, Seal(self._signer, uscc, SUITE, now)).encode()
        except CertificateError as e:
            raise _unsigned(e) from e

    def _require_key(self, uscc: str) -> None:
        try:
            suites = self._signer.suites(uscc)
        except CertificateError as e:  # a token or a service that does not answer
            raise _unsigned(e) from e
        if SUITE not in suites:
            raise _not_there()

    def _unit(self, uscc: str) -> Department:
        site = self._catalogs.current()
        found = next((d for d in site.departments.values() if d.uscc == uscc and d.code in issuing(site)), None)
        if found is None:
            raise _not_there()
        return found


def _not_there() -> NotThere:
    return NotThere("没有这个机关的状态清单。", code="STATUS_LIST_NOT_THERE")


def _unsigned(error: CertificateError) -> HubError:
    message = f"The status list could not be signed ({type(error).__name__}); see `yijian doctor` about keys."
    return HubError(message, code="STATUS_LIST_UNSIGNED", status=503)


def _replace(path: Path, body: bytes) -> None:
    """Whole or not at all: somebody may be reading."""
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(body)
    draft.replace(path)


def _places(session: Session, authority: str) -> tuple[dict[int, int], int]:
    """Everything that does not hold, and how many places the list has: a power of two."""
    c = certificates.c
    ended = select(c.status_place, c.status_code).where(c.authority == authority, c.status_code != VALID)
    rows = session.execute(ended.where(c.status_place.is_not(None)))
    places = {row.status_place: value_of(row.status_code) for row in rows}
    last = session.execute(select(func.max(c.status_place)).where(c.authority == authority)).scalar() or 0
    return places, max(FEWEST, 1 << int(last).bit_length())


def _entries(session: Session, authority: str) -> tuple[StatusEntry, ...]:
    """Every change of status, since when; of two at one moment the last."""
    a, c = certificate_acts.c, certificates.c
    changes = select(c.identifier, a.status_after, a.at).join(certificates, c.id == a.certificate_id)
    changes = changes.where(c.authority == authority, a.status_after != a.status_before).order_by(
        a.certificate_id, a.no
    )
    latest = {(r.identifier, r.at.replace(microsecond=0)): r.status_after for r in session.execute(changes)}
    return tuple(StatusEntry(identifier, status, since) for (identifier, since), status in latest.items())
