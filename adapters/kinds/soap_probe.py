"""Proves the credentials of a department that speaks SOAP: by the operation that `[wire.probe]` declares, or by an envelope that asks nothing.

The second says little by itself; where it is refused without our credentials and not with them, they were taken. It asks about nobody.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from adapters.contract import Denied, Raw, Unavailable, Unusable
from adapters.kinds import multipart, proof, xmltext
from adapters.kinds.answers import meaning
from adapters.kinds.auth.credential import Credentials
from adapters.kinds.guard import Reply, Sending
from adapters.kinds.line import check_words, clocks_apart
from adapters.kinds.proof import Proof
from adapters.kinds.rest_probe import DECLARE, SECONDS, WORDS, secrets_of
from adapters.kinds.rest_wire import auth_of
from adapters.kinds.settings import Settings
from adapters.kinds.soap import check_soap_call
from adapters.kinds.soap_fault import Fault
from adapters.kinds.soap_line import XML_TYPES, SoapLine, tree_of
from adapters.kinds.soap_request import Asking, bare, proof_in_header, request
from adapters.kinds.templates import Unfillable, names
from adapters.kinds.xsd_read import Misfit

PROBE_KEYS = frozenset(
    ("operation", "request", "service", "port", "path", "header", "faults", "strict", "addressing", "auth", "inside")
) | {"result", "found", "denied", "expired", "refused"}
_WHY = {
    "MessageExpired": "our timestamp is not of its time: set the clocks of both machines first",
    "FailedCheck": "the signature does not hold for it: ask which certificate it has of us, and which parts it wants signed",
    "InvalidSecurityToken": "it does not know our certificate or token: give it the present one",
    "SecurityTokenUnavailable": "it does not know our certificate: give it the present one",
    "UnsupportedSecurityToken": "it wants another token: compare [wire.security] with its papers",
    "UnsupportedAlgorithm": "it wants other algorithms: compare [wire.security] with its papers",
    "InvalidSecurity": "the security header is not what it wants: compare [wire.security] with its papers",
}


def check_probe(soap: SoapLine) -> Settings | None:
    """The declared probe. Raises Misconfigured for one that cannot work."""
    if "probe" not in soap.line.settings.table:
        return None
    settings = soap.line.settings.inner("probe")
    settings.only(PROBE_KEYS)
    settings.text("operation")
    check_words(settings, ("request", "header"), WORDS, ("request", "header"))
    check_soap_call(soap, settings)
    meaning(settings)
    return settings


def soap_proof(soap: SoapLine, calls: Callable[[], Iterator[Settings]]) -> Callable[[], Awaitable[list[Proof]]]:
    """Raises Misconfigured."""
    declared = check_probe(soap)

    async def prove() -> list[Proof]:
        settings = declared or next(calls(), None)
        if settings is None:
            return []
        asking = await _asking(soap, settings)
        shown = _shown(asking)
        if not shown and soap.line.certificate is None and declared is None:
            return []
        for known in proof.ended(soap.line, shown):
            return [known]
        found = await (_declared(asking, shown) if declared is not None else _guessed(asking, shown))
        return [found] if found is not None else []

    return prove


async def _asking(soap: SoapLine, settings: Settings) -> Asking:
    # Who does not know us signs nothing for us: here it only matters whether we are let in.
    loaded = replace(await soap.loaded(), trusted=None)
    port, operation = soap.place(loaded.wsdl, settings)
    scope = {"now": soap.line.clock(), "request_id": f"probe-{secrets.token_hex(8)}"}
    return Asking(soap.line, loaded, settings, port, operation, scope, SECONDS)


def _shown(asking: Asking) -> tuple[str, ...]:
    """Names of the secrets that show who we are: in the header's blocks, in the request, in WS-Security, beside the envelope."""
    whole, own = asking.line.settings, asking.settings
    header = [
        *names(whole.inner("header").table),
        *names(own.inner("header").table),
        *names(own.inner("request").table),
    ]
    found = [one.removeprefix("secret.") for one in header if one.startswith("secret.")]
    security = whole.inner("security")
    if security.text("username_token", ""):
        found += [security.text("user", "user"), security.text("password", "password")]
    return tuple(dict.fromkeys((*found, *secrets_of(asking.line, auth_of(asking.line, own)))))


def _in_request(asking: Asking) -> tuple[str, ...]:
    found = names(asking.settings.inner("request").table)
    return tuple(one.removeprefix("secret.") for one in found if one.startswith("secret."))


async def _declared(asking: Asking, shown: tuple[str, ...]) -> Proof | None:
    code = asking.line.department.code
    try:
        reply = await _sent(asking, request(asking), with_auth=True)
    except Unfillable as e:
        return proof.unproven(f"{asking.settings.where}: {e.place} cannot be filled ({e.rule}); correct it.")
    told = _told(asking, shown, reply)
    if told is not None or not isinstance(reply, Reply):
        return told
    said = _said(asking, reply)
    if said in ("denied", "expired", "refused"):
        return proof.wrong(code, shown, "by a code of its own")
    if said not in ("found", "fault"):
        return proof.unproven(f"{code}: its probe came back with no word of `found`; correct [wire.probe].")
    return proof.taken(f"the declared probe was let in with {proof.named(shown)}")


async def _guessed(asking: Asking, shown: tuple[str, ...]) -> Proof | None:
    code = asking.line.department.code
    if shown and not asking.loaded.security and set(shown) <= set(_in_request(asking)):
        return proof.unproven(
            f"{code}: {proof.named(shown)} stand in the question itself, which is about somebody; {DECLARE}"
        )
    try:
        reply = await _sent(asking, bare(asking, shown=True), with_auth=True)
    except Unfillable:
        return proof.unproven(f"{code}: nothing can be asked that is about nobody; {DECLARE}")
    told = _told(asking, shown, reply)
    if told is not None or not isinstance(reply, Reply) or not (shown or asking.loaded.security):
        return told
    without = await _sent(asking, bare(asking, shown=False), with_auth=False)
    if _told(asking, shown, without) is not None:
        return proof.taken(f"let in with {proof.named(shown)}, and not without")
    return proof.unproven(f"{code}: it answers the same with and without {proof.named(shown)}; {DECLARE}")


async def _sent(asking: Asking, sending: Sending, *, with_auth: bool) -> Reply | Unavailable | Unusable | Denied:
    line = asking.line
    if with_auth and not proof_in_header(asking):
        fresh = Credentials(line.department.code, line.secrets, (line.tokens or line.guard).send, line.clock)
        shown = await fresh.of(auth_of(line, asking.settings)).show(sending)
        if not isinstance(shown, Sending):
            return shown
        sending = shown
    return await line.guard.send(sending, lambda _: False)


def _told(asking: Asking, shown: tuple[str, ...], reply: Reply | Unavailable | Unusable | Denied) -> Proof | None:
    """Why we were refused; None where we were not, or where that cannot be told."""
    line = asking.line
    if isinstance(reply, Denied):
        return proof.wrong(line.department.code, shown, "no token was given for them")
    if isinstance(reply, Unavailable):
        return proof.not_shown(line, shown, reply)
    if not isinstance(reply, Reply):
        return None
    fault = _fault(asking, reply)
    if fault is not None and fault.security:
        return _by_fault(asking, shown, reply, fault.security)
    if fault is not None and fault.said == "denied":
        return proof.wrong(line.department.code, shown, "by a fault of its own")
    if fault is None and proof.is_refusal(reply):
        return proof.why(line, shown, reply, by_clock=bool(asking.line.settings.inner("security").table))
    return None


def _by_fault(asking: Asking, shown: tuple[str, ...], reply: Reply, fault: str) -> Proof:
    line = asking.line
    apart = next(iter(clocks_apart(line.department.code, reply, line.clock())), "")
    if apart:
        return proof.refused(f"{apart} It refuses our security header ({fault}) for that reason: set the clock first.")
    if fault in _WHY:
        return proof.refused(f"{line.department.code}: {_WHY[fault]} ({fault}).")
    return proof.wrong(line.department.code, shown, fault)


def _fault(asking: Asking, reply: Reply) -> Fault | None:
    try:
        _tree(asking, reply)
    except Fault as e:
        return e
    return None


def _said(asking: Asking, reply: Reply) -> str:
    """What the answer's code means by the probe's own words; `fault` for a fault that says nothing about who we are."""
    said_by = meaning(asking.settings)
    try:
        tree = _tree(asking, reply)
    except Fault:
        return "fault"
    if tree is None:
        return ""
    return said_by.of(tree) if said_by is not None else "found"


def _tree(asking: Asking, reply: Reply) -> object | None:
    """None for what is no answer of SOAP. Raises Fault."""
    if reply.media_type not in XML_TYPES and reply.media_type != multipart.MEDIA_TYPE:
        return None
    try:
        got = tree_of(asking, reply, Raw(reply.body, reply.media_type))
    except (xmltext.Unreadable, Misfit):
        return None
    return got[0] if isinstance(got, tuple) else None
