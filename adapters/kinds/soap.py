"""Asks a department that speaks SOAP by a WSDL file, and hands item cases to it. The only file that imports zeep.

zeep builds and reads messages here; it never touches the network: the guard sends. The WSDL and its schemas are pinned files.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

from adapters.contract import (
    Denied,
    Handover,
    Misconfigured,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Query,
    Raw,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds import scopes, xmltext
from adapters.kinds.answers import AnswerReader, answer_reader, meaning
from adapters.kinds.guard import DEFAULT_SIZE_LIMIT, Reply, Sending
from adapters.kinds.line import Line, check_words, step_settings
from adapters.kinds.receipts import check_receipt, receipt
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Unfillable, Writing, fill, names, unaskable
from catalog.types import Resource

RESOURCE_KEYS = frozenset(
    [
        "operation",
        "request",
        "result",
        "record",
        "candidates",
        "echo",
        "request_echo",
        "withheld",
        "as_of",
        "valid_to",
        "found",
        "not_found",
        "several",
        "denied",
        "busy",
        "failed",
    ]
)
CALL_KEYS = frozenset(
    [
        "operation",
        "request",
        "result",
        "taken",
        "again",
        "done",
        "refused",
        "busy",
        "failed",
        "department_no",
        "request_echo",
        "at",
    ]
)
_XML_TYPES = frozenset(("text/xml", "application/xml", "application/soap+xml"))
_BIG = 256 * 1024
MOST_ELEMENTS = 20_000
"""In one answer. zeep takes a tenth of a millisecond for each."""


class _Fault(Exception):
    """The department answered with a SOAP fault. `said` is the mapping's word for its code, or ""."""

    def __init__(self, said: str, is_server: bool) -> None:
        super().__init__(said)
        self.said, self.is_server = said, is_server


class _Unreadable(Exception):
    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class _Zeep:
    """One loaded WSDL. Loading takes 5–100 ms and is done once, off the loop."""

    def __init__(self, line: Line) -> None:
        # zeep logs whole bodies at DEBUG; they are personal data.
        logging.getLogger("zeep.transports").setLevel(logging.INFO)
        self._zeep: Any = importlib.import_module("zeep")
        importlib.import_module("zeep.helpers")
        self._line = line
        name = line.settings.text("wsdl")
        for document in line.documents.pins:
            line.documents.read(document)
        settings = self._zeep.Settings(
            strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
        )
        try:
            self._client = self._zeep.Client(
                str(line.documents.folder / name), transport=_files_only(self._zeep, line), settings=settings
            )
            self._binding = self._client.service._binding
        except Misconfigured:
            raise
        except Exception as e:
            raise Misconfigured(f"{line.department.code}: {name} cannot be read as a WSDL ({type(e).__name__}).") from e

    def build(
        self, operation: str, body: Mapping[str, object], header: Mapping[str, object]
    ) -> tuple[bytes, dict[str, str]]:
        """The request's bytes and HTTP headers. Raises Unfillable where the schema wants what is absent, Misconfigured for a
        mapping that the schema does not know."""
        where = f"{self._line.department.code} operation {operation}"
        try:
            kwargs: dict[str, object] = dict(body)
            if header:
                kwargs["_soapheaders"] = header
            envelope, http = self._binding._create(operation, (), kwargs, self._client, {})
            return self._zeep.wsdl.utils.etree_to_string(envelope), dict(http)
        except self._zeep.exceptions.ValidationError as e:
            raise Unfillable(".".join(map(str, e.path or ())) or operation, "schema") from None
        except TypeError as e:
            raise Misconfigured(f"{where}: the mapping names an element that the schema does not know ({e}).") from e
        except (ValueError, ArithmeticError):
            # The text of this error may hold the value: it is not passed on.
            raise Unfillable(operation, "schema") from None

    def read(self, operation: str, reply: Reply) -> object:
        """The answer's body as a plain tree. Raises _Fault, _Unreadable."""
        binding, loader = self._binding.get(operation), importlib.import_module("zeep.loader")
        try:
            text = xmltext.safe_text(reply.body, reply.charset)
            envelope = loader.parse_xml(text.encode(), self._client.transport, settings=self._client.settings)
        except xmltext.Unreadable as e:
            raise _Unreadable(e.rule) from None
        except Exception:
            # Whatever a department can put on the wire ends here; zeep and lxml raise a dozen classes for it.
            raise _Unreadable("xml") from None
        if sum(1 for _ in islice(envelope.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
            raise _Unreadable("too_many_parts")
        try:
            element = self._body(envelope, binding)
            context = importlib.import_module("zeep.xsd.context").XmlParserContext(settings=self._client.settings)
            result = binding.output.body.parse(element, self._client.wsdl.types, context=context)
        except self._zeep.exceptions.Fault as e:
            raise self._fault(e) from None
        except _Unreadable:
            raise
        except Exception:
            raise _Unreadable("schema") from None
        tree: object = self._zeep.helpers.serialize_object(result, dict)
        if not isinstance(tree, Mapping):
            raise _Unreadable("schema")
        return tree

    def _body(self, envelope: Any, operation: Any) -> Any:
        """The element that the operation answers with. zeep reads children by position whatever their parent is called:
        unchecked, another operation's answer could pass for this one's. Raises zeep's Fault, _Unreadable."""
        body = next((part for part in envelope if _local(part) == "Body"), ())
        first = next((part for part in body if isinstance(part.tag, str)), None)
        if _local(envelope) != "Envelope" or first is None:
            raise _Unreadable("schema")
        if _local(first) == "Fault":
            self._binding.process_error(envelope, operation)
        if first.tag != operation.output.body.qname.text:
            raise _Unreadable("schema")
        return first

    def has(self, operation: str) -> bool:
        return operation in self._binding._operations

    def _fault(self, fault: Any) -> _Fault:
        settings = self._line.settings.inner("faults")
        code = ""
        if fault.detail is not None and "path" in settings.table:
            found = [element for element in fault.detail.iter() if _local(element) == settings.text("path")]
            code = (found[0].text or "").strip() if found else ""
        said = next((word for word in ("denied", "not_found", "busy", "failed") if code in settings.words(word)), "")
        return _Fault(said, str(fault.code or "").endswith(("Server", "Receiver")))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _files_only(zeep: Any, line: Line) -> Any:
    """A transport that reads pinned files and nothing else: no WSDL may lead zeep to the network."""
    base: Any = importlib.import_module("zeep.transports").Transport

    class FilesOnly(base):  # type: ignore[misc]
        def load(self, url: str) -> bytes:
            place = Path(url).resolve()
            folder = line.documents.folder.resolve()
            if "://" in url or not place.is_relative_to(folder):
                raise Misconfigured(
                    f"{line.department.code}: the WSDL refers to {url}; keep that document in the folder."
                )
            return line.documents.read(str(place.relative_to(folder)))

        def post(self, address: str, message: object, headers: object) -> object:
            raise Misconfigured("zeep must not send; the guard does.")

    return FilesOnly()


# --- one call -------------------------------------------------------------------------------------------------------


class SoapLine:
    """Loads the WSDL once and makes calls over the department's line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._messages: _Zeep | None = None
        self._loading = asyncio.Lock()

    async def messages(self) -> _Zeep:
        """Raises Misconfigured."""
        async with self._loading:
            if self._messages is None:
                self._messages = await asyncio.to_thread(_Zeep, self.line)
        return self._messages

    async def call(
        self, settings: Settings, scope: Scope, timeout_seconds: float
    ) -> tuple[object, Raw] | Unavailable | Unusable:
        """Raises Unfillable, _Fault, Misconfigured."""
        messages = await self.messages()
        operation = settings.text("operation")
        writing = Writing(self.line.documents, settings.where)
        body = fill(settings.inner("request").table, self.line.scope(scope), writing)
        content, http = messages.build(operation, cast("Mapping[str, object]", body), self._header(writing))
        reply = await self.line.guard.send(
            Sending(
                "POST",
                self.line.settings.text("path", ""),
                timeout_seconds,
                http,
                content=content,
                size_limit=int(self.line.settings.number("size_limit_bytes", DEFAULT_SIZE_LIMIT)),
            ),
            _is_server_error,
        )
        return reply if not isinstance(reply, Reply) else await self._read(messages, operation, reply)

    async def _read(self, messages: _Zeep, operation: str, reply: Reply) -> tuple[object, Raw] | Unusable:
        raw = Raw(reply.body, reply.media_type)
        if reply.media_type not in _XML_TYPES:
            return Unusable("", "", f"status_{reply.status}" if reply.status >= 400 else "content_type", raw)
        try:
            if len(reply.body) > _BIG:
                return await asyncio.to_thread(messages.read, operation, reply), raw
            return messages.read(operation, reply), raw
        except _Unreadable as e:
            return Unusable("", "", e.rule, raw)

    def _header(self, writing: Writing) -> Mapping[str, object]:
        template = self.line.settings.inner("header").table
        secrets = {
            name: self.line.secret(name.removeprefix("secret."))
            for name in names(template)
            if name.startswith("secret.")
        }
        return cast("Mapping[str, object]", fill(template, self.line.scope(secrets), writing))


def _is_server_error(reply: Reply) -> bool:
    # A SOAP 1.1 fault comes with status 500 and is an answer.
    return reply.status >= 500 and not (reply.status == 500 and reply.media_type in _XML_TYPES)


# --- Answers, Handles -----------------------------------------------------------------------------------------------


class SoapAnswers:
    """`Answers` over SOAP."""

    def __init__(self, soap: SoapLine, resources: Mapping[str, Resource]) -> None:
        self._soap = soap
        self._readers: dict[str, tuple[Settings, AnswerReader]] = {}
        for code, resource in resources.items():
            settings = Settings(resource.wire, f"[resources.{code}] wire")
            settings.only(RESOURCE_KEYS)
            check_words(settings, ("request",), scopes.QUERY_WORDS | set(resource.subject))
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
        except _Fault as e:
            return _fault_outcome(e)
        if not isinstance(got, tuple):
            return _refused(got)
        tree, raw = got
        return reader.outcome(tree, query, raw)

    @property
    def operations(self) -> list[str]:
        return [settings.text("operation") for settings, _ in self._readers.values()]


def _refused(outcome: Unavailable | Unusable) -> Outcome:
    if isinstance(outcome, Unusable) and outcome.rule in ("status_401", "status_403"):
        return Denied("credentials_refused" if outcome.rule == "status_401" else "not_permitted", outcome.raw)
    return outcome


def _fault_outcome(fault: _Fault) -> Outcome:
    if fault.said == "denied":
        return Denied("credentials_refused")
    if fault.said == "busy":
        return Unavailable(Why.BUSY)
    if fault.said == "failed" or (not fault.said and fault.is_server):
        return Unavailable(Why.SERVER_ERROR)
    return Unusable("", "Fault", "fault")


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
                    check_words(settings, ("request",), scopes.STEP_WORDS[step])

    async def hand_over(self, handover: Handover) -> Taken:
        return await self._call(handover.item, "hand_over", scopes.of_handover(handover, self._soap.line.clock()))

    async def stop(self, stop: Stop) -> None:
        await self._call(stop.item, "stop", scopes.of_stop(stop, self._soap.line.clock()))

    async def supply(self, result: UpstreamResult) -> None:
        await self._call(result.item, "supply", scopes.of_upstream(result, self._soap.line.clock()))

    @property
    def operations(self) -> list[str]:
        department = self._soap.line.department
        return [
            step_settings(department, item, step).text("operation")
            for item, wire in department.handles.items()
            for step in scopes.STEP_WORDS
            if step in wire
        ]

    async def _call(self, item: str, step: str, scope: Scope) -> Taken:
        line = self._soap.line
        settings = step_settings(line.department, item, step)
        name = line.department.name
        try:
            got = await self._soap.call(settings, scope, line.settings.number("handover_timeout_seconds", 15.0))
        except Unfillable as e:
            raise PeerRefused(f"{settings.where}: {e.place} cannot be filled ({e.rule}); complete the case.") from e
        except _Fault as e:
            if e.said in ("busy", "failed") or (not e.said and e.is_server):
                raise PeerUnreachable(f"{name} answered with a fault; it is sent again with the same key.") from e
            raise PeerRefused(f"{name} refused with a fault; check the credentials and the case.") from e
        if isinstance(got, Unavailable):
            raise PeerUnreachable(f"{name} gave no answer ({got.reason.value}); it is sent again with the same key.")
        if isinstance(got, Unusable):
            if got.rule.startswith("status_4"):
                raise PeerRefused(f"{name} refused with {got.rule}; check the credentials and the case.")
            raise PeerUnreachable(f"{name} gave an answer that cannot be read ({got.rule}); it is sent again.")
        return receipt(settings, meaning(settings), got[0], str(scope.get("key", "")))
