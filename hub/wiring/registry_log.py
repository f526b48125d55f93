"""Writes each act on a certificate into the sharing log: by whom, on which certificate, why. It does no act and decides none.

The record is durable before the act takes effect; one that was refused, or broke off, has a record that says so (docs/sharing-log.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from hub.errors import HubError, KeyReused, NotThere
from hub.identity.principal import Principal, Role
from hub.registry import rows
from hub.registry.acts import BY_DECISION, TITLES, Act
from hub.sharinglog import Admin, CaseRef, LogError, Operator, SharingLog
from hub.store.database import Database
from hub.wiring.access import operator

COPY = "copy"
"""An annotated copy is made: no act on the status, and an act of the registry all the same."""
RECORDED = frozenset({*(act.value for act in BY_DECISION), Act.IMPORT.value, Act.CHECK.value, COPY})
"""What has a record `certificate:<act>`; whatever else is asked for is no act."""
ON_DECISION, AT_WINDOW = "by_decision", "by_handling"
WORDS = {f"certificate:{act}": f"证照{TITLES[Act(act)]}" for act in RECORDED - {COPY}} | {
    "certificate:copy": "制作加注件"
}
"""Each record's name for people."""


class RegistryLog:
    """`region` and `database`: where the certificates stand that are named."""

    def __init__(self, log: SharingLog, database: Database, region: str) -> None:
        self._log, self._database, self._region = log, database, region

    @contextmanager
    def acting(self, p: Principal, act: str, certificate_id: str) -> Iterator[None]:
        """Within it the act is checked and done. What is refused there, or breaks off, is recorded as that, if there is such a certificate."""
        try:
            yield
        except LogError:
            raise  # nothing can be recorded, and nothing was done
        except HubError as e:
            self.refused(p, act, certificate_id, e.code.lower())
            raise
        except Exception:
            if act in RECORDED and self._is_there(certificate_id):
                self._append(p, act, certificate_id, "failed", "broke_off")
            raise

    def refused(self, p: Principal, act: str, certificate_id: str, why: str) -> None:
        """An act that was refused, if there is such an act and such a certificate."""
        if act in RECORDED and self._is_there(certificate_id):
            self._append(p, act, certificate_id, "refused", why)

    @contextmanager
    def taking_in(self, p: Principal, file: bytes) -> Iterator[None]:
        """Within it a file is judged and taken in; it is named by its digest, for it has no entry yet."""
        target = f"file:{sha256(file).hexdigest()[:16]}"
        self._append(p, Act.IMPORT.value, target, None, AT_WINDOW)
        try:
            yield
        except HubError as e:
            self._append(p, Act.IMPORT.value, target, "refused", e.code.lower())
            raise

    @contextmanager
    def taking_rows(self, p: Principal, body: bytes) -> Iterator[None]:
        """Within it a delivery of rows is known or new; one that is refused is named by its digest. What is taken has a record of its own."""
        try:
            yield
        except KeyReused as e:
            self._append(p, Act.IMPORT.value, f"file:{sha256(body).hexdigest()[:16]}", "refused", e.code.lower())
            raise

    def about_to(self, p: Principal, act: str, certificate_id: str, why: str, case_no: str = "") -> None:
        """The act was found right and is about to take effect; `why` is sealed. Raises LogUnavailable: then it must not."""
        reason = ON_DECISION if act in BY_DECISION else AT_WINDOW
        self._append(p, act, certificate_id, None, reason, why, CaseRef(None, None, case_no) if case_no else None)

    def _append(
        self,
        p: Principal,
        act: str,
        target: str,
        result: str | None,
        reason: str,
        note: str = "",
        case: CaseRef | None = None,
    ) -> None:
        self._log.append(Admin(f"certificate:{act}", target, _who(p), case, result, reason, note or None))

    def _is_there(self, certificate_id: str) -> bool:
        """Only the id of a certificate is written down: what somebody typed into an address may be anything."""
        try:
            with self._database.read() as session:
                return bool(rows.entry(session, self._region, certificate_id))
        except NotThere:
            return False


def _who(p: Principal) -> Operator:
    return Operator(p.organisation, "yijian", auth="signature") if Role.DEPARTMENT in p.roles else operator(p)
