"""The status lists of the authorities that issue here: signed anew when something changed or the list grows old, published for anybody to keep.

Two forms: the Token Status List (`certificates.statuslist`), by a certificate's place, and the dated list (`certificates.status`), by its
identifier and with since when. A list holds for a day; whoever is shown an older one is told that it is stale.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from certificates.envelope import Seal
from certificates.errors import CertificateError
from certificates.ports import Signer
from certificates.status import VALID, StatusEntry, StatusList, issue_status_list
from certificates.statuslist import EXTENSION, SUITE, TokenStatusList, issue, value_of
from certificates.trust import STATUS_EXTENSION, TOKEN_LISTS
from hub.clock import Clock
from hub.errors import HubError, NotNow, NotThere
from hub.registry.rows import units_of
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import certificate_acts, certificates
from hub.wiring.keys import issuing
from hub.wiring.keyuse import KeyAct, used_for

HOLDS = timedelta(days=1)
RENEWED = timedelta(hours=6)
MAX_AGE = 300
"""Seconds for which whoever fetched a list may keep it without asking again."""
LOOKED = timedelta(minutes=1)
"""After so long it is looked whether the authority still has the keys that a list was signed with: a thief's lists are good for as long."""
FEWEST = 1024
"""Places of the smallest list, so that its length says little of how many certificates there are."""
PUBLIC_URL_MISSING = (
    "No status list was written: YIJIAN_PUBLIC_URL is not set, so no certificate names the place of its status. Set it to the address "
    "at which others reach this hub (https://…), start the hub again, then publish."
)


@dataclass(frozen=True)
class Published:
    """A list as it is given out."""

    body: bytes
    etag: str
    until: datetime


@dataclass(frozen=True)
class _Kept:
    """A list, what it says, since when, by which keys of its authority, and when they were looked at last."""

    published: Published
    said: str
    since: datetime
    keys: bytes
    looked: datetime


class StatusLists:
    """`lists` is the address below which the lists stand, as certificates name it; "" where the hub has no address that others reach."""

    def __init__(self, database: Database, catalogs: Catalogs, signer: Signer, lists: str, clock: Clock) -> None:
        self._database, self._catalogs, self._signer, self._clock = database, catalogs, signer, clock
        self.lists = lists
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._one = threading.Lock()

    def token(self, uscc: str) -> Published:
        """The Token Status List of an authority. Raises NotThere (STATUS_LIST_NOT_THERE), HubError (STATUS_LIST_UNSIGNED)."""
        units = self._units(uscc)
        if not self.lists:
            raise _not_there()
        with self._database.read() as session:
            places, size = _places(session, units)

        def made(now: datetime) -> bytes:
            content = TokenStatusList(f"{self.lists}/{uscc}", now, now + HOLDS, MAX_AGE, places, size)
            return issue(content, Seal(self._signer, uscc, SUITE, now)).encode()

        return self._current(uscc, EXTENSION, f"{sorted(places.items())} {size}", made)

    def dated(self, uscc: str) -> Published:
        """The dated list (`.ystatus`), for asking what held when something was signed. Raises as `token`."""
        units = self._units(uscc)
        with self._database.read() as session:
            entries = _entries(session, units)

        def made(now: datetime) -> bytes:
            at = now.replace(microsecond=0)
            content = StatusList(uscc, int(now.timestamp()), at + HOLDS, entries)
            suite = next(iter(self._signer.suites(uscc)), SUITE)
            return issue_status_list(content, Seal(self._signer, uscc, suite, at))

        return self._current(uscc, STATUS_EXTENSION, repr(entries), made)

    def authorities(self) -> tuple[str, ...]:
        """Credit codes of those that issue here and have a key for lists. Raises certificates' errors where a signer does not answer."""
        site = self._catalogs.current()
        codes = dict.fromkeys(site.departments[code].uscc for code in issuing(site))
        return tuple(code for code in codes if SUITE in self._signer.suites(code))

    def write(self, folder: Path) -> int:
        """Every authority's lists as files, each whole or not at all; gives how many authorities there were.

        Raises NotNow (PUBLIC_URL_MISSING) before anything is written: nobody would find a list by an address that no certificate can name."""
        if not self.lists:
            raise NotNow(PUBLIC_URL_MISSING, code="PUBLIC_URL_MISSING")
        (folder / TOKEN_LISTS).mkdir(parents=True, exist_ok=True)
        for code in self.authorities():
            _replace(folder / TOKEN_LISTS / f"{code}{EXTENSION}", self.token(code).body)
            _replace(folder / f"{code}{STATUS_EXTENSION}", self.dated(code).body)
        return len(self.authorities())

    def _current(self, uscc: str, kind: str, said: str, make: Callable[[datetime], bytes]) -> Published:
        """The list that was signed last, while it says what the database says, is young enough and its keys are in use; else one signed now."""
        now = self._clock()
        with self._one:
            known = self._kept.get((uscc, kind))
            if known is not None and known.said == said and now - known.since < RENEWED:
                keys = self._keys(uscc) if now - known.looked >= LOOKED else known.keys
                if keys in (b"", known.keys):  # whether or not its signer answers now
                    self._kept[uscc, kind] = replace(known, looked=now) if now - known.looked >= LOOKED else known
                    return known.published
            self._require_key(uscc)
            try:
                with used_for(KeyAct.STATUS, uscc):
                    body = make(now)
            except CertificateError as e:
                raise _unsigned(e) from e
            made = Published(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', now + HOLDS)
            self._kept[uscc, kind] = _Kept(made, said, now, self._keys(uscc), now)
        return made

    def _keys(self, uscc: str) -> bytes:
        """The public halves of an authority's keys; empty where it has none, or whoever holds them does not answer now."""
        try:
            return b"".join(self._signer.public_key(uscc, suite).spki for suite in self._signer.suites(uscc))
        except CertificateError:
            return b""

    def _require_key(self, uscc: str) -> None:
        try:
            suites = self._signer.suites(uscc)
        except CertificateError as e:  # a token or a service that does not answer
            raise _unsigned(e) from e
        if SUITE not in suites:
            raise _not_there()

    def _units(self, uscc: str) -> tuple[str, ...]:
        """The departments that are this body, one of which issues here."""
        site = self._catalogs.current()
        units = units_of(site, uscc)
        if not set(units) & set(issuing(site)):
            raise _not_there()
        return units


def address_of(public_url: str) -> str:
    """Where the lists of a hub stand that people reach at `public_url`; "" where it has no such address."""
    return f"{public_url.rstrip('/')}/s" if public_url else ""


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


def _places(session: Session, units: tuple[str, ...]) -> tuple[dict[int, int], int]:
    """Everything that does not hold, and how many places the list has: a power of two."""
    c = certificates.c
    ended = select(c.status_place, c.status_code).where(c.authority.in_(units), c.status_code != VALID)
    rows = session.execute(ended.where(c.status_place.is_not(None)))
    places = {row.status_place: value_of(row.status_code) for row in rows}
    last = session.execute(select(func.max(c.status_place)).where(c.authority.in_(units))).scalar() or 0
    return places, max(FEWEST, 1 << int(last).bit_length())


def _entries(session: Session, units: tuple[str, ...]) -> tuple[StatusEntry, ...]:
    """Every change of status, since when; of two at one moment the last."""
    a, c = certificate_acts.c, certificates.c
    changes = select(c.identifier, a.status_after, a.at).join(certificates, c.id == a.certificate_id)
    changes = changes.where(c.authority.in_(units), a.status_after != a.status_before).order_by(a.certificate_id, a.no)
    latest = {(r.identifier, r.at.replace(microsecond=0)): r.status_after for r in session.execute(changes)}
    return tuple(StatusEntry(identifier, status, since) for (identifier, since), status in latest.items())
