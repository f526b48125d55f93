"""Asks a department that speaks JSON or XML over HTTP and hands item cases to it. It knows no department: mappings say what to send where.

A department's folder gives method, path, parameters, the places of code and record; `format = "xml"` changes bodies, not mappings.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import cast
from urllib.parse import quote

from adapters.contract import (
    Denied,
    Document,
    Found,
    Handover,
    Misconfigured,
    NotFound,
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
from adapters.kinds.answers import AnswerReader, answer_reader, check_document, document, meaning
from adapters.kinds.guard import DEFAULT_SIZE_LIMIT, Reply, Sending
from adapters.kinds.line import Line, check_words, step_settings
from adapters.kinds.paths import steps, text_at
from adapters.kinds.receipts import check_receipt, receipt
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Unfillable, Writing, fill, unaskable
from catalog.types import Resource

BIG = 256 * 1024
"""A longer answer is parsed in a thread."""

MOST_PARTS = 100_000
"""Tables and lists in one answer; more are no answer about one person or firm."""

RESOURCE_KEYS = frozenset(
    [
        "method",
        "path",
        "query",
        "headers",
        "body",
        "result",
        "record",
        "candidates",
        "echo",
        "request_echo",
        "withheld",
        "as_of",
        "valid_to",
        "document",
        "not_found_status",
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
        "method",
        "path",
        "query",
        "headers",
        "body",
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


# --- building a request ---------------------------------------------------------------------------------------------


def request(line: Line, settings: Settings, scope: Scope, timeout_seconds: float) -> Sending:
    """One request from `method`, `path`, `query`, `headers`, `body`. Raises Unfillable, Misconfigured."""
    writing = Writing(line.documents, settings.where)
    headers = {
        **_auth(line, settings),
        **_texts(line.settings, "headers", scope, writing),
        **_texts(settings, "headers", scope, writing),
    }
    body = None
    accepted = "application/xml, text/xml" if speaks_xml(line) else "application/json"
    if "body" in settings.table:
        media_type, body = _body(line, fill(settings.table["body"], scope, writing))
        headers = {"Content-Type": media_type, **headers}
    return Sending(
        settings.text("method", "GET"),
        settings.text("base", line.settings.text("base", "")) + _path(settings.text("path"), scope, writing),
        timeout_seconds,
        {"Accept": accepted, **headers},
        tuple(_texts(settings, "query", scope, writing).items()),
        body,
        int(line.settings.number("size_limit_bytes", DEFAULT_SIZE_LIMIT)),
    )


def speaks_xml(line: Line) -> bool:
    """Raises Misconfigured for a format or an encoding that is not written here."""
    found = line.settings.text("format", "json")
    if found not in ("json", "xml") or (found == "json" and "encoding" in line.settings.table):
        raise Misconfigured(f"{line.settings.where}: format must be json (always UTF-8) or xml.")
    if line.settings.text("encoding", "utf-8") not in ("utf-8", "gb18030"):
        raise Misconfigured(f"{line.settings.where}: encoding must be utf-8 or gb18030.")
    return found == "xml"


def _body(line: Line, filled: object) -> tuple[str, bytes]:
    """Media type and bytes. Raises Unfillable."""
    if not speaks_xml(line):
        return "application/json; charset=utf-8", json.dumps(filled, ensure_ascii=False).encode()
    encoding = line.settings.text("encoding", "utf-8")
    return f"application/xml; charset={encoding}", xmltext.written(filled, encoding)


def _auth(line: Line, settings: Settings) -> dict[str, str]:
    """A call's own `auth`, or that of the whole department."""
    auth = (settings if "auth" in settings.table else line.settings).inner("auth")
    style = auth.text("style", "none")
    if style == "bearer":
        return {"Authorization": f"Bearer {line.secret(auth.text('secret', 'token'))}"}
    if style == "api_key":
        return {auth.text("header"): line.secret(auth.text("secret", "api_key"))}
    if style == "none":
        return {}
    raise Misconfigured(f"{auth.where}: style must be bearer, api_key or none.")


def _texts(settings: Settings, key: str, scope: Scope, writing: Writing) -> dict[str, str]:
    filled = cast("Mapping[str, object]", fill(settings.inner(key).table, scope, writing, key))
    for name, value in filled.items():
        if key == "headers" and value is not None and not _HEADER.fullmatch(str(value)):
            raise Unfillable(f"headers.{name}", "header_characters")
    return {name: str(value) for name, value in filled.items() if value is not None}


_HEADER = re.compile(r"[\x20-\x7e]*")


def _path(template: str, scope: Scope, writing: Writing) -> str:
    """Each placeholder is one segment's text: it can neither climb nor add a segment."""

    def one(match: re.Match[str]) -> str:
        value = fill(match[0], scope, writing)
        if value is None or str(value) in (".", ".."):
            raise Unfillable(match[0], "cannot_stand_in_a_path")
        return quote(str(value), safe="")

    return re.sub(r"\{[^{}]+\}", one, template)


def _check_body(line: Line, settings: Settings) -> None:
    if speaks_xml(line) and "body" in settings.table:
        xmltext.check_body(settings.table["body"], f"{settings.where} body")


# --- reading a reply ------------------------------------------------------------------------------------------------


def parse(reply: Reply, xml: bool = False) -> tuple[object, Raw] | Unusable:
    """The reply as a tree with exact decimals, or why it is not one."""
    raw = Raw(reply.body, reply.media_type)
    if xml:
        return _parse_xml(reply, raw)
    if reply.media_type != "application/json" and not reply.media_type.endswith("+json"):
        return Unusable("", "", "content_type", raw)
    try:
        text = reply.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Unusable("", "", "encoding", raw)
    if text.count("{") + text.count("[") > MOST_PARTS:
        # Three bytes of `{},` are a hundred in memory.
        return Unusable("", "", "too_many_parts", raw)
    try:
        tree = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_table_without_repeats
        )
    except _Repeated:
        return Unusable("", "", "json_repeated_key", raw)
    except (ValueError, ArithmeticError, RecursionError):
        return Unusable("", "", "json", raw)
    return tree, raw


async def parsed(line: Line, reply: Reply) -> tuple[object, Raw] | Unusable:
    """As `parse`; a long one in a thread, so that nobody else waits for it."""
    xml = speaks_xml(line)
    return await asyncio.to_thread(parse, reply, xml) if len(reply.body) > BIG else parse(reply, xml)


def _parse_xml(reply: Reply, raw: Raw) -> tuple[object, Raw] | Unusable:
    if not xmltext.is_xml(reply.media_type):
        return Unusable("", "", "content_type", raw)
    try:
        return xmltext.read(reply.body, reply.charset), raw
    except xmltext.Unreadable as e:
        return Unusable("", "", e.rule, raw)


class _Repeated(ValueError):
    """A name stands twice in one table: two readers would see two answers."""


def _table_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _Repeated
    return table


def _no_constant(name: str) -> object:
    raise ValueError(name)


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


# --- Answers --------------------------------------------------------------------------------------------------------


class RestAnswers:
    """`Answers` over JSON or XML."""

    def __init__(self, line: Line, resources: Mapping[str, Resource]) -> None:
        self._line = line
        self._readers: dict[str, tuple[Settings, AnswerReader]] = {}
        for code, resource in resources.items():
            settings = Settings(resource.wire, f"[resources.{code}] wire")
            settings.only(RESOURCE_KEYS)
            settings.text("path")
            check_words(settings, ("path", "query", "headers", "body"), scopes.QUERY_WORDS | set(resource.subject))
            _check_body(line, settings)
            if "document" in settings.table:
                check_document(settings.inner("document"))
            self._readers[code] = settings, answer_reader(resource, line.documents)

    async def answer(self, query: Query) -> Outcome:
        if query.resource.code not in self._readers:
            return Unavailable(Why.WITHDRAWN)
        settings, reader = self._readers[query.resource.code]
        until = asyncio.get_running_loop().time() + query.timeout_seconds
        got = await self._ask(settings, query, query.timeout_seconds)
        if not isinstance(got, tuple):
            return got
        tree, raw = got
        outcome = reader.outcome(tree, query, raw)
        if not isinstance(outcome, Found) or "document" not in settings.table:
            return outcome
        where = settings.inner("document")
        if "fetch" in where.table:
            return await self._fetched(outcome, where, query, until - asyncio.get_running_loop().time())
        return _with_document(outcome, document(reader.record_of(tree, query.choice), where, raw))

    async def _ask(self, settings: Settings, query: Query, timeout_seconds: float) -> tuple[object, Raw] | Outcome:
        try:
            sending = request(
                self._line, settings, self._line.scope(scopes.of_query(query, self._line.clock())), timeout_seconds
            )
        except Unfillable as e:
            return unaskable(e)
        reply = await self._line.guard.send(sending)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in {int(status) for status in settings.words("not_found_status")}:
            return NotFound(Raw(reply.body, reply.media_type))
        stopped = refusal(reply)
        if stopped is not None:
            return stopped
        return await parsed(self._line, reply)

    async def _fetched(self, found: Found, where: Settings, query: Query, seconds_left: float) -> Outcome:
        """The file by a second request under the same request number, within the time that is left of the question. A file
        that cannot be had leaves the fields standing; one of somebody else, or not matching its digest, spoils the answer."""
        fetch = where.inner("fetch")
        got = await self._ask(fetch, query, max(seconds_left, 0.0))
        said = meaning(fetch)
        if not isinstance(got, tuple) or (said is not None and said.of(got[0]) != "found"):
            return _with_document(found, None)
        tree, raw = got
        for key, place in fetch.inner("echo").table.items():
            if text_at(tree, steps(str(place))).upper() != query.subject.get(key, "").upper():
                return Unusable("document", str(place), "other_subject", raw)
        return _with_document(found, document(tree, where, raw))


def _with_document(found: Found, file: Document | Unusable | None) -> Outcome:
    if isinstance(file, Unusable):
        return file
    if file is None:
        return replace(found, missing=(*found.missing, "document"))
    return replace(found, documents=(file,))


# --- Handles --------------------------------------------------------------------------------------------------------


class RestHandles:
    """`Handles` over JSON or XML: `hand_over`, `stop` and `supply` of `[handles.<item>]`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        for item, wire in line.department.handles.items():
            for step in ("hand_over", "stop", "supply"):
                if step in wire:
                    settings = self._settings(item, step)
                    settings.only(CALL_KEYS)
                    check_receipt(settings)
                    check_words(settings, ("path", "query", "headers", "body"), scopes.STEP_WORDS[step])
                    _check_body(line, settings)

    async def hand_over(self, handover: Handover) -> Taken:
        settings = self._settings(handover.item, "hand_over")
        return await call(self._line, settings, scopes.of_handover(handover, self._line.clock()))

    async def stop(self, stop: Stop) -> None:
        await call(self._line, self._settings(stop.item, "stop"), scopes.of_stop(stop, self._line.clock()))

    async def supply(self, result: UpstreamResult) -> None:
        settings = self._settings(result.item, "supply")
        await call(self._line, settings, scopes.of_upstream(result, self._line.clock()))

    def _settings(self, item: str, step: str) -> Settings:
        return step_settings(self._line.department, item, step)


async def call(line: Line, settings: Settings, scope: Scope) -> Taken:
    """Sends once and reads the receipt. Raises PeerUnreachable, PeerRefused."""
    timeout = line.settings.number("handover_timeout_seconds", 15.0)
    try:
        sending = request(line, settings, line.scope(scope), timeout)
    except Unfillable as e:
        raise PeerRefused(f"{settings.where}: {e.place} cannot be filled ({e.rule}); complete the case.") from e
    tree = await delivered(line, await line.guard.send(sending))
    return receipt(settings, meaning(settings), tree, str(scope.get("key", "")))


async def delivered(line: Line, reply: Reply | Unavailable | Unusable) -> object:
    """The reply's tree. Raises PeerUnreachable where it is unknown whether it arrived, PeerRefused where it was turned down."""
    name = line.department.name
    if isinstance(reply, Unavailable):
        raise PeerUnreachable(f"{name} gave no answer ({reply.reason.value}); it is sent again with the same key.")
    if isinstance(reply, Unusable):
        raise PeerUnreachable(f"{name} gave an answer that cannot be read ({reply.rule}); it is sent again.")
    got = await parsed(line, reply)
    if reply.status >= 400:
        raise PeerRefused(f"{name} refused with HTTP status {reply.status}; check the credentials and the case.")
    if isinstance(got, Unusable):
        raise PeerUnreachable(f"{name} gave an answer that cannot be read ({got.rule}); it is sent again.")
    return got[0]
