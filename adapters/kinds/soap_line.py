"""One department's SOAP line: the WSDL read once from pinned files, a request made, the reply read. It knows no meaning of an answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import cast

from lxml import etree

from adapters.contract import Misconfigured, Raw, Unavailable, Unusable
from adapters.kinds import multipart, soap_message, xmltext
from adapters.kinds.guard import DEFAULT_SIZE_LIMIT, Reply, Sending
from adapters.kinds.line import Line
from adapters.kinds.settings import Settings
from adapters.kinds.soap_fault import Faults
from adapters.kinds.soap_security import security_of
from adapters.kinds.templates import Scope, Writing, fill, names
from adapters.kinds.wsdl import Operation, Port, Wsdl, read_wsdl
from adapters.kinds.wssecurity import Security, secure
from adapters.kinds.xsd_read import Misfit

XML_TYPES = frozenset(("text/xml", "application/xml", "application/soap+xml"))
_BIG = 256 * 1024
_CODECS = {"utf-8": "UTF-8", "gb18030": "GB18030"}


class SoapLine:
    """Loads the WSDL once, off the loop, and makes calls over the department's line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        if line.settings.text("encoding", "utf-8") not in _CODECS:
            raise Misconfigured(f"{line.settings.where}: encoding must be utf-8 or gb18030.")
        self._loaded: tuple[Wsdl, Security | None] | None = None
        self._loading = asyncio.Lock()

    async def wsdl(self) -> Wsdl:
        """Raises Misconfigured."""
        async with self._loading:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(self._load)
        return self._loaded[0]

    def _load(self) -> tuple[Wsdl, Security | None]:
        documents = self.line.documents
        for document in documents.pins:
            documents.read(document)
        try:
            return load(self.line), security_of(self.line)
        except Misconfigured as e:
            raise Misconfigured(
                f"{self.line.department.code}: {str(e).removeprefix(f'{self.line.department.code}: ')}"
            ) from e

    def place(self, wsdl: Wsdl, settings: Settings) -> tuple[Port, Operation]:
        """The operation that a resource or a call names, and its port: its own `service` and `port`, else the department's. Raises Misconfigured."""
        whole = self.line.settings
        port = wsdl.port(
            settings.text("service", whole.text("service", "")), settings.text("port", whole.text("port", ""))
        )
        name = settings.text("operation")
        if name not in port.operations:
            raise Misconfigured(
                f"{self.line.department.code}: the WSDL has no operation {name!r} at {port.service}/{port.name}; "
                "correct the mapping."
            )
        return port, port.operations[name]

    async def call(
        self, settings: Settings, scope: Scope, timeout_seconds: float
    ) -> tuple[dict[str, object], Raw] | Unavailable | Unusable:
        """Raises Unfillable, Fault, Misconfigured."""
        wsdl = await self.wsdl()
        port, operation = self.place(wsdl, settings)
        reply = await self.line.guard.send(
            self._sending(wsdl, port, operation, settings, scope, timeout_seconds), _is_server_error
        )
        return reply if not isinstance(reply, Reply) else await self._read(wsdl, operation, settings, reply)

    # --- asking -------------------------------------------------------------------------------------------------------

    def _sending(
        self, wsdl: Wsdl, port: Port, operation: Operation, settings: Settings, scope: Scope, timeout_seconds: float
    ) -> Sending:
        whole = self.line.settings
        writing = Writing(self.line.documents, settings.where)
        words = self.line.scope(scope)
        body = cast("Mapping[str, object]", fill(settings.inner("request").table, words, writing))
        try:
            root = soap_message.envelope(wsdl, port, operation.input, body, self._header(settings, words, writing))
        except Misconfigured as e:
            raise Misconfigured(f"{settings.where} operation {operation.name}: {e}") from e
        security = self._loaded[1] if self._loaded else None
        if security is not None:
            secure(root, security, self.line.clock(), secrets.token_bytes(16))
        codec = _CODECS[whole.text("encoding", "utf-8")]
        return Sending(
            "POST",
            settings.text("path", whole.text("path", "")),
            timeout_seconds,
            _http_headers(port, operation, codec),
            content=bytes(etree.tostring(root, xml_declaration=True, encoding=codec)),
            size_limit=int(whole.number("size_limit_bytes", DEFAULT_SIZE_LIMIT)),
        )

    def _header(self, settings: Settings, words: Scope, writing: Writing) -> Mapping[str, object]:
        template = {**self.line.settings.inner("header").table, **settings.inner("header").table}
        shown = {
            name: self.line.secret(name.removeprefix("secret."))
            for name in names(template)
            if name.startswith("secret.")
        }
        return cast("Mapping[str, object]", fill(template, {**words, **shown}, writing))

    # --- reading ------------------------------------------------------------------------------------------------------

    async def _read(
        self, wsdl: Wsdl, operation: Operation, settings: Settings, reply: Reply
    ) -> tuple[dict[str, object], Raw] | Unusable:
        raw = Raw(reply.body, reply.media_type)
        if operation.output is None and reply.status < 300 and not reply.body:
            return {}, raw
        if reply.media_type not in XML_TYPES and reply.media_type != multipart.MEDIA_TYPE:
            return Unusable("", "", f"status_{reply.status}" if reply.status >= 400 else "content_type", raw)
        faults = Faults((settings.inner("faults"), self.line.settings.inner("faults")))
        strict = settings.flag("strict", self.line.settings.flag("strict", True))

        def read() -> dict[str, object]:
            return soap_message.read(wsdl, operation, reply, faults, strict)

        try:
            return await asyncio.to_thread(read) if len(reply.body) > _BIG else read(), raw
        except xmltext.Unreadable as e:
            return Unusable("", "", e.rule, raw)
        except Misfit as e:
            return Unusable("", e.place, e.rule, raw)


def load(line: Line) -> Wsdl:
    """Reads the WSDL and all that it imports from the pinned files. Raises Misconfigured."""
    return read_wsdl(line.settings.text("wsdl"), line.documents.read, tuple(line.documents.pins))


def _is_server_error(reply: Reply) -> bool:
    # A SOAP fault comes with status 500 and is an answer.
    return reply.status >= 500 and not (reply.status == 500 and reply.media_type in XML_TYPES)


def _http_headers(port: Port, operation: Operation, codec: str) -> dict[str, str]:
    charset = codec.lower()
    if port.version == "1.2":
        action = f'; action="{operation.action}"' if operation.action else ""
        return {"Content-Type": f"application/soap+xml; charset={charset}{action}"}
    return {"Content-Type": f"text/xml; charset={charset}", "SOAPAction": f'"{operation.action}"'}
