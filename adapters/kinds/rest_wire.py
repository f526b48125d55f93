"""One request to a department that speaks JSON, XML or forms over HTTP, and the reading of its reply. It knows no meaning of an answer.

A department's folder gives method, path, parameters and body; `format` and `send` change how they are written, not the mapping.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import quote, urlencode

from adapters.contract import (
    Denied,
    Misconfigured,
    PeerRefused,
    PeerUnreachable,
    Raw,
    Taken,
    Unavailable,
    Unusable,
    Why,
)
from adapters.kinds import xmltext
from adapters.kinds.answers import meaning
from adapters.kinds.auth.credential import Credential, check_auth
from adapters.kinds.guard import DEFAULT_SIZE_LIMIT, Reply, Sending
from adapters.kinds.line import Line
from adapters.kinds.receipts import receipt
from adapters.kinds.rest_read import inside_of, parsed, speaks_xml
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Unfillable, Writing, fill
from catalog.nearest import one_of

# --- building a request ---------------------------------------------------------------------------------------------


def request(line: Line, settings: Settings, scope: Scope, timeout_seconds: float) -> Sending:
    """One request from `method`, `path`, `query`, `headers`, `body`, without credentials. Raises Unfillable, Misconfigured."""
    writing = Writing(line.documents, settings.where)
    headers = {
        **_texts(line.settings, "headers", scope, writing),
        **_texts(settings, "headers", scope, writing),
    }
    body = None
    accepted = "application/xml, text/xml" if speaks_xml(line, settings) else "application/json"
    if "body" in settings.table:
        media_type, body = _body(line, settings, fill(settings.table["body"], scope, writing))
        headers = {"Content-Type": media_type, **headers}
    return Sending(
        settings.text("method", "GET"),
        settings.text("base", line.settings.text("base", "")) + _path(settings.text("path"), scope, writing),
        timeout_seconds,
        {"Accept": accepted, **headers},
        tuple(_pairs(settings, scope, writing)),
        body,
        int(line.settings.number("size_limit_bytes", DEFAULT_SIZE_LIMIT)),
    )


def sends(line: Line, settings: Settings) -> str:
    """How a body is written: json, xml or form; as answers are, unless `send` says otherwise. Raises Misconfigured."""
    written = settings.text("send", line.settings.text("send", "xml" if speaks_xml(line, settings) else "json"))
    if written not in ("json", "xml", "form"):
        raise Misconfigured(
            f"{settings.where}: send = {written!r} is none; {one_of(written, ('json', 'xml', 'form'))}."
        )
    return written


def _body(line: Line, settings: Settings, filled: object) -> tuple[str, bytes]:
    """Media type and bytes. Raises Unfillable."""
    written = sends(line, settings)
    if written == "json":
        return "application/json; charset=utf-8", json.dumps(filled, ensure_ascii=False).encode()
    encoding = line.settings.text("encoding", "utf-8")
    if written == "form":
        return "application/x-www-form-urlencoded", _form(filled, encoding)
    return f"application/xml; charset={encoding}", xmltext.written(filled, encoding)


def _form(filled: object, encoding: str) -> bytes:
    """One level of names; what is a table or a list stands as JSON text, as gateways want it. What has no value is left out."""
    assert isinstance(filled, Mapping)
    given = {str(name): _form_text(value) for name, value in filled.items() if value is not None}
    try:
        return urlencode(given, encoding=encoding, errors="strict").encode("ascii")
    except UnicodeEncodeError:
        raise Unfillable("body", encoding) from None


def _form_text(value: object) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def auth_of(line: Line, settings: Settings) -> Settings:
    """A call's own `auth`, whole or only what differs (`{ sid = "…" }`) from that of the department."""
    own, whole = settings.inner("auth"), line.settings.inner("auth")
    return (
        own if "style" in own.table else Settings({**whole.table, **own.table}, own.where if own.table else whole.where)
    )


def _texts(settings: Settings, key: str, scope: Scope, writing: Writing) -> dict[str, str]:
    filled = cast("Mapping[str, object]", fill(settings.inner(key).table, scope, writing, key))
    for name, value in filled.items():
        if key == "headers" and value is not None and not _HEADER.fullmatch(str(value)):
            raise Unfillable(f"headers.{name}", "header_characters")
    return {name: str(value) for name, value in filled.items() if value is not None}


def _pairs(settings: Settings, scope: Scope, writing: Writing) -> Iterator[tuple[str, str]]:
    """The query: of a list each value under the same name, as OpenAPI's arrays are sent unless their paper says otherwise."""
    filled = cast("Mapping[str, object]", fill(settings.inner("query").table, scope, writing, "query"))
    for name, value in filled.items():
        yield from ((name, str(one)) for one in (value if isinstance(value, list) else [value]) if one is not None)


_HEADER = re.compile(r"[\x20-\x7e]*")


def _path(template: str, scope: Scope, writing: Writing) -> str:
    """Each placeholder is one segment's text: it can neither climb nor add a segment."""

    def one(match: re.Match[str]) -> str:
        value = fill(match[0], scope, writing)
        if value is None or str(value) in (".", ".."):
            raise Unfillable(match[0], "cannot_stand_in_a_path")
        return quote(str(value), safe="")

    return re.sub(r"\{[^{}\"]+\}", one, template)


def check_call(line: Line, settings: Settings) -> None:
    """Raises Misconfigured for a body, an `auth`, an `inside` that cannot work."""
    check_auth(auth_of(line, settings))
    inside_of(settings)
    written = sends(line, settings)
    if "body" not in settings.table:
        return
    if written == "xml":
        xmltext.check_body(settings.table["body"], f"{settings.where} body")
    if written == "form" and not isinstance(settings.table["body"], Mapping):
        raise Misconfigured(f"{settings.where} body: a form is a table of names and texts.")


# --- sending -----------------------------------------------------------------------------------------------------


def refusal(reply: Reply) -> Denied | Unusable | None:
    """What the HTTP status alone says. 404 is no "no record": only the business code, or `not_found_status`, says that."""
    raw = Raw(reply.body, reply.media_type)
    if reply.status == 401:
        return Denied("credentials_refused", raw)
    if reply.status == 403:
        return Denied("not_permitted", raw)
    if reply.status >= 400:
        return Unusable("", "", f"status_{reply.status}", raw)
    return None


async def sent(
    line: Line,
    settings: Settings,
    sending: Sending,
    is_server_error: Callable[[Reply], bool] = lambda reply: reply.status >= 500,
) -> Reply | Unavailable | Unusable | Denied:
    """Sends with the credential that the manifest names. Where it was refused once more, if that may help; all in one time limit.

    Raises Misconfigured where a secret is not set."""
    clock = asyncio.get_running_loop().time
    until = clock() + sending.timeout_seconds
    credential = line.credentials.of(auth_of(line, settings))
    for once_more in (True, False):
        shown = await _shown(credential, sending, until)
        if not isinstance(shown, Sending):
            return shown
        reply = await line.guard.send(replace(shown, timeout_seconds=max(until - clock(), 0.0)), is_server_error)
        refused = once_more and isinstance(reply, Reply) and await _is_expired(line, settings, reply)
        if not refused or not credential.renew(shown):
            break
    return reply


async def _is_expired(line: Line, settings: Settings, reply: Reply) -> bool:
    """Whether the credential was refused: by HTTP 401, or by a code of the department's own under 200 (`expired`)."""
    said_by = meaning(settings) if settings.words("expired") else None
    if said_by is None:
        return reply.status == 401
    got = await parsed(line, reply, settings)
    return reply.status == 401 or (isinstance(got, tuple) and said_by.of(got[0]) == "expired")


async def _shown(credential: Credential, sending: Sending, until: float) -> Sending | Unavailable | Unusable | Denied:
    try:
        async with asyncio.timeout_at(until):
            return await credential.show(sending)
    except TimeoutError:
        return Unavailable(Why.TIMEOUT)


async def call(line: Line, settings: Settings, scope: Scope) -> Taken:
    """Sends once and reads the receipt. Raises PeerUnreachable, PeerRefused."""
    timeout = line.settings.number("handover_timeout_seconds", 15.0)
    try:
        sending = request(line, settings, line.scope(scope), timeout)
    except Unfillable as e:
        raise PeerRefused(f"{settings.where}: {e.place} cannot be filled ({e.rule}); complete the case.") from e
    tree = await delivered(line, await sent(line, settings, sending), settings)
    return receipt(settings, meaning(settings), tree, str(scope.get("key", "")))


async def delivered(
    line: Line, reply: Reply | Unavailable | Unusable | Denied, settings: Settings | None = None
) -> object:
    """The reply's tree. Raises PeerUnreachable where it is unknown whether it arrived, PeerRefused where it was turned down."""
    name = line.department.name
    if isinstance(reply, Unavailable):
        raise PeerUnreachable(
            f"{name} gave no answer ({reply.reason.value}); it is sent again with the same key.",
            down=reply.reason is not Why.BUSY,
        )
    if isinstance(reply, Unusable):
        raise PeerUnreachable(f"{name} gave an answer that cannot be read ({reply.rule}); it is sent again.")
    if isinstance(reply, Denied):
        raise PeerRefused(f"{name} does not let us in ({reply.reason}); check the credentials of its connection.")
    got = await parsed(line, reply, settings)
    if reply.status >= 400:
        raise PeerRefused(f"{name} refused with HTTP status {reply.status}; check the credentials and the case.")
    if isinstance(got, Unusable):
        raise PeerUnreachable(f"{name} gave an answer that cannot be read ({got.rule}); it is sent again.")
    return got[0]
