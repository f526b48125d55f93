"""What this hub knows of the certificates that it issued itself, for whoever verifies here: its registry and its own lists. It judges nothing.

The trust folder speaks for everybody else. The registry is asked at the moment of asking, on any node, and needs no signer; lists are for
pages that are taken along.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from certificates import status, statuslist
from certificates.errors import CertificateError, Malformed
from certificates.judging import list_problem
from certificates.status import StatusEntry
from certificates.trust import Authority, Trust
from hub.clock import Clock
from hub.errors import HubError
from hub.registry.rows import issued_here
from hub.store.database import Database
from hub.wiring.status_lists import StatusLists


@dataclass(frozen=True)
class OwnStatus:
    """`lists` are those that the hub publishes. It is a `certificates.status.Register`."""

    database: Database
    region: str
    lists: StatusLists
    clock: Clock

    def entries(self, identifier_text: str) -> tuple[StatusEntry, ...] | None:
        """Every change of status of a certificate that was issued here; None for one that was not."""
        with self.database.read() as session:
            return issued_here(session, self.region, identifier_text)

    def with_lists(self, trust: Trust) -> Trust:
        """The trust with this hub's present lists in the place of older ones of the same authorities and addresses.

        A list that cannot be had now (no key, a signer that is away, too many entries for a dated list) is left out, and so is one that
        the trust's own keys do not bear out: who misses it says *not checked*, which is so."""
        now = self.clock()
        dated, tokens = dict(trust.status_lists), {}
        for code in self._authorities():
            known = trust.authorities.get(code)
            if known is None:
                continue
            dated.pop(code, None)
            if raw := self._dated(known, now):
                dated[code] = raw
            if text := self._token(known, now):
                tokens[f"{self.lists.lists}/{code}"] = text
        others = _not_of(tokens.keys(), trust.token_lists)
        return replace(trust, status_lists=dated, token_lists=(*others, *tokens.values()))

    def _authorities(self) -> tuple[str, ...]:
        try:
            return self.lists.authorities()
        except (HubError, CertificateError):
            return ()

    def _dated(self, known: Authority, now: datetime) -> bytes:
        try:
            raw = self.lists.dated(known.code).body
            return b"" if list_problem(status.read_status_list(raw), known, now) else raw
        except (HubError, Malformed):
            return b""

    def _token(self, known: Authority, now: datetime) -> str:
        try:
            text = self.lists.token(known.code).body.decode("ascii")
            return "" if statuslist.problem_of(statuslist.read(text), known, now) else text
        except (HubError, Malformed):
            return ""


def _not_of(addresses: Iterable[str], tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The lists of other addresses; what cannot be read stays, and whoever reads it says so."""
    ours = set(addresses)
    return tuple(each for each in tokens if not any(one.content.uri in ours for one in statuslist.readable((each,))))
