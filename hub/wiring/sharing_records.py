"""What the sharing log learns of a certificate that a department's system is given: question, refusal, outcome. It gives nothing itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from hub.errors import HubError
from hub.sharinglog import Basis, CaseRef, Denied, Intent, Operator, Outcome, Provider, SharingLog
from hub.wiring.refusal_words import next_step
from hub.wiring.sharing import AskFailed


@dataclass(frozen=True)
class Regarding:
    """Who asks for what about whom, on which ground. `request` is only committed, and holds no code."""

    who: Operator
    case: CaseRef
    basis: Basis
    provider: Provider
    subject: str = field(repr=False)
    request: str = field(repr=False)
    fields: tuple[str, ...] = ()


class Records:
    """Writes them. Each raises LogUnavailable: then nothing is given."""

    def __init__(self, log: SharingLog) -> None:
        self._log = log

    def intent(self, of: Regarding) -> int:
        """Its number. Durable before anything is made or given."""
        about = of.who, of.case, of.basis, of.provider, of.fields, of.subject, of.request
        return self._log.append(Intent(*about)).seq

    def found(self, intent: int, answer: bytes, fields: Iterable[str], rows: int) -> int:
        """Its number. Durable before a byte of the answer goes out."""
        result = "found" if rows else "not_found"
        names = tuple(sorted(fields)) if rows else ()
        return self._log.append(Outcome(intent, result, fields=names, rows=rows, answer=answer)).seq

    def failed(self, intent: int, error: HubError) -> None:
        self._log.append(Outcome(intent, "unavailable", error.code.lower()))

    def denied(self, of: Regarding, reason: str, intent: int | None = None) -> None:
        about = of.who, of.case, of.basis, of.provider, of.fields, of.subject, of.request
        self._log.append(Denied(*about, reason, intent))

    def refuse(self, of: Regarding, reason: str) -> NoReturn:
        """Record that policy does not permit it, and say so. Raises AskFailed (ASK_REFUSED)."""
        self.denied(of, reason)
        message = f"{next_step(reason)} The refusal is recorded."
        raise AskFailed(message, code="ASK_REFUSED", status=403, source="client", rule=reason)
