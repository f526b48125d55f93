"""Makes one SOAP request: template, header, WS-Addressing, security and HTTP headers. It sends nothing."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds import soap_message, xmltext
from adapters.kinds.auth.keys import Signs
from adapters.kinds.guard import DEFAULT_SIZE_LIMIT, Sending
from adapters.kinds.line import Line
from adapters.kinds.rest_wire import auth_of
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Writing, fill, names
from adapters.kinds.wsdl import Operation, Port, Wsdl
from adapters.kinds.wssecurity import Security, secure
from adapters.kinds.wsverify import Trusted

CODECS = {"utf-8": "UTF-8", "gb18030": "GB18030"}
ADDRESSING = "http://www.w3.org/2005/08/addressing"
PROOF = "proof."
"""Words of a header template that a signer of `auth` fills: `{proof.gjgxjhpt_sign}`."""


@dataclass(frozen=True)
class Loaded:
    """What is read once: the WSDL, what is put on each request, and whose signature an answer must bear."""

    wsdl: Wsdl
    security: Security | None
    trusted: Trusted | None = None


@dataclass(frozen=True)
class Asking:
    """One call: `settings` are those of its resource or step."""

    line: Line
    loaded: Loaded
    settings: Settings
    port: Port
    operation: Operation
    scope: Scope = field(repr=False)
    timeout_seconds: float


def request(asking: Asking) -> Sending:
    """One request, without the credential that goes beside the envelope. Raises Unfillable, Misconfigured."""
    settings = asking.settings
    words = asking.line.scope(asking.scope)
    template = settings.inner("request").table
    body = _filled(asking, template, {**words, **asking.line.secrets_in(template)})
    try:
        root = soap_message.envelope(
            asking.loaded.wsdl, asking.port, asking.operation.input, body, _header(asking, words)
        )
    except Misconfigured as e:
        raise Misconfigured(f"{settings.where} operation {asking.operation.name}: {e}") from e
    return _sending(asking, root, asking.loaded.security)


def bare(asking: Asking, *, shown: bool) -> Sending:
    """An envelope about nobody: with what shows who we are, or without any of it. Raises as `request` does."""
    header = _header(asking, asking.line.scope(asking.scope)) if shown else {}
    root = soap_message.hollow(asking.loaded.wsdl, asking.port, asking.operation.input, header)
    return replace(_sending(asking, root, asking.loaded.security if shown else None), about_nobody=True)


def _sending(asking: Asking, root: etree._Element, security: Security | None) -> Sending:
    settings, whole = asking.settings, asking.line.settings
    if settings.flag("addressing", whole.flag("addressing", False)):
        _address(root, asking)
    if security is not None:
        secure(root, security, asking.line.clock(), secrets.token_bytes(16))
    codec = CODECS[whole.text("encoding", "utf-8")]
    return Sending(
        "POST",
        settings.text("path", whole.text("path", "")),
        asking.timeout_seconds,
        _http_headers(asking.port, asking.operation, codec),
        content=bytes(etree.tostring(root, xml_declaration=True, encoding=codec)),
        size_limit=int(whole.number("size_limit_bytes", DEFAULT_SIZE_LIMIT)),
    )


def proof_in_header(asking: Asking) -> bool:
    """Whether the SOAP header carries the words of the signer: then they stand nowhere else."""
    return any(name.startswith(PROOF) for name in names(_template(asking)))


def _template(asking: Asking) -> Mapping[str, object]:
    """The department's header blocks without those that belong to other operations alone, and the call's own."""
    own = {part.name for part in asking.operation.input.headers}
    elsewhere = {part.name for one in asking.port.operations.values() for part in one.input.headers} - own
    whole = asking.line.settings.inner("header").table
    return {
        **{name: block for name, block in whole.items() if name not in elsewhere},
        **asking.settings.inner("header").table,
    }


def _header(asking: Asking, words: Scope) -> Mapping[str, object]:
    template = _template(asking)
    shown: dict[str, object] = dict(asking.line.secrets_in(template))
    if proof_in_header(asking):
        shown |= {f"{PROOF}{name}": text for name, text in _proof(asking).items()}
    return _filled(asking, template, {**words, **shown})


def _proof(asking: Asking) -> Mapping[str, str]:
    auth = auth_of(asking.line, asking.settings)
    credential = asking.line.credentials.of(auth)
    if not isinstance(credential, Signs):
        raise Misconfigured(f"{auth.where}: {{{PROOF}…}} is filled by a signer; docs/departments.md lists them.")
    return credential.words(Sending("POST", asking.line.settings.text("path", ""), asking.timeout_seconds))


def _filled(asking: Asking, template: Mapping[str, object], words: Scope) -> Mapping[str, object]:
    filled = fill(template, words, Writing(asking.line.documents, asking.settings.where))
    return cast("Mapping[str, object]", xmltext.packed(filled))


def _address(root: etree._Element, asking: Asking) -> None:
    """WS-Addressing 1.0. The message's id is new each time: what must be made once is told apart by its own key."""
    space = str(etree.QName(root).namespace)
    header = root.find(f"{{{space}}}Header")
    if header is None:
        header = etree.Element(f"{{{space}}}Header")
        root.insert(0, header)
    anonymous = etree.SubElement(header, f"{{{ADDRESSING}}}ReplyTo", nsmap={"wsa": ADDRESSING})
    etree.SubElement(anonymous, f"{{{ADDRESSING}}}Address").text = f"{ADDRESSING}/anonymous"
    for name, text in (
        ("Action", asking.operation.action or asking.operation.name),
        ("To", asking.port.address),
        ("MessageID", f"urn:uuid:{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}"),
    ):
        etree.SubElement(header, f"{{{ADDRESSING}}}{name}", nsmap={"wsa": ADDRESSING}).text = text


def _http_headers(port: Port, operation: Operation, codec: str) -> dict[str, str]:
    charset = codec.lower()
    if port.version == "1.2":
        action = f'; action="{operation.action}"' if operation.action else ""
        return {"Content-Type": f"application/soap+xml; charset={charset}{action}"}
    return {"Content-Type": f"text/xml; charset={charset}", "SOAPAction": f'"{operation.action}"'}
