"""Asks a department that speaks SOAP by a WSDL file, and hands item cases to it. It reads no XML itself: `soap_line` does.

The WSDL and its schemas are pinned files; the address in the WSDL is never used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.contract import (
    Denied,
    Found,
    Handover,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Query,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds import scopes
from adapters.kinds.answers import AnswerReader, answer_reader, check_document, document, meaning, with_document
from adapters.kinds.auth.credential import check_auth
from adapters.kinds.line import check_words, step_settings
from adapters.kinds.receipts import check_receipt, receipt
from adapters.kinds.rest_read import inside_of
from adapters.kinds.rest_wire import auth_of
from adapters.kinds.settings import Settings
from adapters.kinds.soap_fault import Fault, check_faults
from adapters.kinds.soap_line import SoapLine
from adapters.kinds.templates import Scope, Unfillable, unaskable
from catalog.types import Resource

_CALL = frozenset(
    (
        "operation",
        "request",
        "service",
        "port",
        "path",
        "header",
        "faults",
        "strict",
        "addressing",
        "auth",
        "inside",
        "result",
        "busy",
        "failed",
        "request_echo",
    )
)
WORDED = ("request", "header")
"""Where words stand, and secrets: some departments want theirs in the body."""
RESOURCE_KEYS = _CALL | {
    *("record", "candidates", "echo", "withheld", "as_of", "valid_to", "document"),
    *("found", "not_found", "several", "denied"),
}
CALL_KEYS = _CALL | {"taken", "again", "done", "refused", "department_no", "at"}


# --- Answers, Handles -----------------------------------------------------------------------------------------------


class SoapAnswers:
    """`Answers` over SOAP."""

    def __init__(self, soap: SoapLine, resources: Mapping[str, Resource]) -> None:
        self._soap = soap
        self.resources = resources
        self._readers: dict[str, tuple[Settings, AnswerReader]] = {}
        for code, resource in resources.items():
            settings = Settings(resource.wire, f"[resources.{code}] wire")
            settings.only(RESOURCE_KEYS)
            check_words(settings, WORDED, scopes.QUERY_WORDS | set(resource.subject), WORDED)
            check_soap_call(soap, settings)
            if "document" in settings.table:
                check_document(settings.inner("document"))
            self._readers[code] = settings, answer_reader(resource, soap.line.documents)

    async def answer(self, query: Query) -> Outcome:
        if query.resource.code not in self._readers:
            return Unavailable(Why.WITHDRAWN)
        settings, reader = self._readers[query.resource.code]
        try:
            got = await self._soap.call(
                settings, scopes.of_query(query, self._soap.line.clock()), query.timeout_seconds
            )
        except Unfillable as e:
            return unaskable(e)
        except Fault as e:
            return _fault_outcome(e)
        if isinstance(got, Denied):
            return got
        if not isinstance(got, tuple):
            return _refused(got)
        tree, raw = got
        outcome = reader.outcome(tree, query, raw)
        if not isinstance(outcome, Found) or "document" not in settings.table:
            return outcome
        # A file beside the envelope stands at the answer's root, one of the record within it.
        where = settings.inner("document")
        root = (
            tree if where.text("path").removeprefix("$.").startswith("soap:") else reader.record_of(tree, query.choice)
        )
        return with_document(outcome, document(root, where, raw))

    @property
    def calls(self) -> Iterator[Settings]:
        return (settings for settings, _ in self._readers.values())


def _refused(outcome: Unavailable | Unusable) -> Outcome:
    if isinstance(outcome, Unusable) and outcome.rule in ("status_401", "status_403"):
        return Denied("credentials_refused" if outcome.rule == "status_401" else "not_permitted", outcome.raw)
    return outcome


def _fault_outcome(fault: Fault) -> Outcome:
    if fault.said in _FAULT_OUTCOMES:
        return _FAULT_OUTCOMES[fault.said]
    return Unavailable(Why.SERVER_ERROR) if fault.is_server else Unusable("", "Fault", "fault")


_FAULT_OUTCOMES: Mapping[str, Outcome] = {
    "not_found": NotFound(),
    "denied": Denied("credentials_refused"),
    "refused": Denied("department"),
    "busy": Unavailable(Why.BUSY),
    "failed": Unavailable(Why.SERVER_ERROR),
}


class SoapHandles:
    """`Handles` over SOAP."""

    def __init__(self, soap: SoapLine) -> None:
        self._soap = soap
        for item, wire in soap.line.department.handles.items():
            for step in scopes.STEP_WORDS:
                if step in wire:
                    settings = step_settings(soap.line.department, item, step)
                    settings.only(CALL_KEYS)
                    check_receipt(settings)
                    check_words(settings, WORDED, scopes.STEP_WORDS[step], WORDED)
                    check_soap_call(soap, settings)

    async def hand_over(self, handover: Handover) -> Taken:
        return await self._call(handover.item, "hand_over", scopes.of_handover(handover, self._soap.line.clock()))

    async def stop(self, stop: Stop) -> None:
        await self._call(stop.item, "stop", scopes.of_stop(stop, self._soap.line.clock()))

    async def supply(self, result: UpstreamResult) -> None:
        await self._call(result.item, "supply", scopes.of_upstream(result, self._soap.line.clock()))

    @property
    def calls(self) -> Iterator[Settings]:
        department = self._soap.line.department
        for item, wire in department.handles.items():
            for step in scopes.STEP_WORDS:
                if step in wire:
                    yield step_settings(department, item, step)

    async def _call(self, item: str, step: str, scope: Scope) -> Taken:
        line = self._soap.line
        settings = step_settings(line.department, item, step)
        name = line.department.name
        try:
            got = await self._soap.call(settings, scope, line.settings.number("handover_timeout_seconds", 15.0))
        except Unfillable as e:
            raise PeerRefused(f"{settings.where}: {e.place} cannot be filled ({e.rule}); complete the case.") from e
        except Fault as e:
            if e.said in ("busy", "failed") or (not e.said and e.is_server):
                raise PeerUnreachable(f"{name} answered with a fault; it is sent again with the same key.") from e
            raise PeerRefused(f"{name} refused with a fault; check the credentials and the case.") from e
        if isinstance(got, Denied):
            raise PeerRefused(f"{name} refused our credentials; check the secrets of its connection.")
        if isinstance(got, Unavailable):
            raise PeerUnreachable(
                f"{name} gave no answer ({got.reason.value}); it is sent again with the same key.",
                down=got.reason is not Why.BUSY,
            )
        if isinstance(got, Unusable):
            if got.rule.startswith("status_4"):
                raise PeerRefused(f"{name} refused with {got.rule}; check the credentials and the case.")
            raise PeerUnreachable(f"{name} gave an answer that cannot be read ({got.rule}); it is sent again.")
        return receipt(settings, meaning(settings), got[0], str(scope.get("key", "")))


def check_soap_call(soap: SoapLine, settings: Settings) -> None:
    """Raises Misconfigured for tables that cannot work, whatever the WSDL says."""
    check_faults(settings.inner("faults"))
    check_faults(soap.line.settings.inner("faults"))
    check_auth(auth_of(soap.line, settings))
    inside_of(settings)
