"""One department's SOAP line: the WSDL read once from pinned files, a request sent, the reply read. It knows no meaning of an answer."""

from __future__ import annotations

import asyncio

from lxml import etree

from adapters.contract import Denied, Misconfigured, Raw, Unavailable, Unusable
from adapters.kinds import multipart, soap_message, xmltext
from adapters.kinds.guard import Reply
from adapters.kinds.line import Line
from adapters.kinds.rest_read import inside_of, opened
from adapters.kinds.rest_wire import sent
from adapters.kinds.settings import Settings
from adapters.kinds.soap_fault import Faults
from adapters.kinds.soap_request import CODECS, Asking, Loaded, proof_in_header, request
from adapters.kinds.soap_security import check_security, security_of, trusted_of
from adapters.kinds.templates import Scope
from adapters.kinds.wsdl import Operation, Port, Wsdl, read_wsdl
from adapters.kinds.wsverify import covered
from adapters.kinds.xsd_read import Misfit
from catalog.nearest import one_of

XML_TYPES = frozenset(("text/xml", "application/xml", "application/soap+xml"))
_BIG = 256 * 1024


class SoapLine:
    """Loads the WSDL once, off the loop, and makes calls over the department's line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        check_security(line.settings.inner("security"))
        if line.settings.text("encoding", "utf-8") not in CODECS:
            raise Misconfigured(
                f"{line.settings.where}: encoding = {line.settings.text('encoding')!r} is not written here; {one_of(line.settings.text('encoding'), CODECS)}."
            )
        self._loaded: Loaded | None = None
        self._loading = asyncio.Lock()

    async def loaded(self) -> Loaded:
        """Raises Misconfigured."""
        async with self._loading:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(self._load)
        return self._loaded

    def load_now(self) -> Loaded:
        """The same for whoever has a thread of its own, before the line is in use. Raises Misconfigured."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> Loaded:
        documents, code = self.line.documents, self.line.department.code
        for document in documents.pins:
            documents.read(document)
        try:
            return Loaded(load(self.line), security_of(self.line), trusted_of(self.line))
        except Misconfigured as e:
            raise Misconfigured(f"{code}: {str(e).removeprefix(f'{code}: ')}") from e

    def place(self, wsdl: Wsdl, settings: Settings) -> tuple[Port, Operation]:
        """The operation that a resource or a call names, and its port: its own `service` and `port`, else the department's. Raises Misconfigured."""
        whole = self.line.settings
        try:
            port = wsdl.port(
                settings.text("service", whole.text("service", "")), settings.text("port", whole.text("port", ""))
            )
        except Misconfigured as e:
            at = settings if {"service", "port"} & set(settings.table) else whole
            raise Misconfigured(f"{at.where} {'service' if 'service' in at.table else 'port'}: {e}") from e
        name = settings.text("operation")
        if name not in port.operations:
            raise Misconfigured(
                f"{settings.where} operation: the WSDL has no operation {name!r} at {port.service}/{port.name}; "
                f"{one_of(name, port.operations)}."
            )
        return port, port.operations[name]

    async def call(
        self, settings: Settings, scope: Scope, timeout_seconds: float
    ) -> tuple[object, Raw] | Unavailable | Unusable | Denied:
        """Raises Unfillable, Fault, Misconfigured."""
        loaded = await self.loaded()
        port, operation = self.place(loaded.wsdl, settings)
        asking = Asking(self.line, loaded, settings, port, operation, scope, timeout_seconds)
        sending = request(asking)
        reply = await (
            self.line.guard.send(sending, _is_server_error)
            if proof_in_header(asking)
            else sent(self.line, settings, sending, _is_server_error)
        )
        return reply if not isinstance(reply, Reply) else await self._read(asking, reply)

    async def _read(self, asking: Asking, reply: Reply) -> tuple[object, Raw] | Unusable:
        raw = Raw(reply.body, reply.media_type)
        if asking.operation.output is None and reply.status < 300 and not reply.body:
            return {}, raw
        if reply.media_type not in XML_TYPES and reply.media_type != multipart.MEDIA_TYPE:
            return Unusable("", "", f"status_{reply.status}" if reply.status >= 400 else "content_type", raw)
        try:
            if len(reply.body) > _BIG:
                return await asyncio.to_thread(tree_of, asking, reply, raw)
            return tree_of(asking, reply, raw)
        except xmltext.Unreadable as e:
            return Unusable("", "", e.rule, raw)
        except Misfit as e:
            return Unusable("", e.place, e.rule, raw)


def tree_of(asking: Asking, reply: Reply, raw: Raw) -> tuple[object, Raw] | Unusable:
    """Raises Fault, Misfit, Unreadable."""
    settings, whole = asking.settings, asking.line.settings
    faults = Faults((settings.inner("faults"), whole.inner("faults")))
    strict = settings.flag("strict", whole.flag("strict", True))
    tree = soap_message.read(asking.loaded.wsdl, asking.operation, reply, faults, strict, _covers(asking))
    return opened(tree, inside_of(settings), raw)


def _covers(asking: Asking) -> soap_message.Covers | None:
    """How the signature of an answer is judged; None where the manifest demands none."""
    trusted = asking.loaded.trusted
    if trusted is None:
        return None

    def covers(root: etree._Element, is_fault: bool) -> tuple[etree._Element, ...]:
        if is_fault and not trusted.faults:
            return ()
        return covered(root, trusted, asking.line.clock(), is_fault=is_fault)

    return covers


def load(line: Line) -> Wsdl:
    """Reads the WSDL and all that it imports from the pinned files. Raises Misconfigured."""
    return read_wsdl(line.settings.text("wsdl"), line.documents.read, tuple(line.documents.pins))


def _is_server_error(reply: Reply) -> bool:
    # A SOAP fault comes with status 500 and is an answer.
    return reply.status >= 500 and not (reply.status == 500 and reply.media_type in XML_TYPES)
