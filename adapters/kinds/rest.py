"""Asks a department that speaks JSON or XML over HTTP and hands item cases to it. It knows no department: mappings say what to send where.

A department's folder gives method, path, parameters, the places of code and record; `format = "xml"` changes bodies, not mappings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from adapters.contract import (
    Document,
    Found,
    Handover,
    NotFound,
    Outcome,
    Query,
    Raw,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds import scopes
from adapters.kinds.answers import AnswerReader, answer_reader, check_document, document, meaning
from adapters.kinds.guard import Reply
from adapters.kinds.line import Line, check_words, step_settings
from adapters.kinds.paths import steps, text_at
from adapters.kinds.receipts import check_receipt
from adapters.kinds.rest_read import parsed
from adapters.kinds.rest_wire import call, check_call, refusal, request, sent
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Unfillable, unaskable
from catalog.types import Resource

RESOURCE_KEYS = frozenset(
    [
        "method",
        "auth",
        "send",
        "inside",
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
        "auth",
        "send",
        "inside",
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


# --- Answers --------------------------------------------------------------------------------------------------------


class RestAnswers:
    """`Answers` over JSON or XML."""

    def __init__(self, line: Line, resources: Mapping[str, Resource]) -> None:
        self._line, self.resources = line, resources
        self._readers: dict[str, tuple[Settings, AnswerReader]] = {}
        for code, resource in resources.items():
            settings = Settings(resource.wire, f"[resources.{code}] wire")
            settings.only(RESOURCE_KEYS)
            settings.text("path")
            check_words(settings, ("path", "query", "headers", "body"), scopes.QUERY_WORDS | set(resource.subject))
            check_call(line, settings)
            if "document" in settings.table:
                check_document(settings.inner("document"))
            self._readers[code] = settings, answer_reader(resource, line.documents)

    @property
    def calls(self) -> tuple[Settings, ...]:
        """Every table of the manifest that makes a request."""
        first = [settings for settings, _ in self._readers.values()]
        seconds = [one.inner("document").inner("fetch") for one in first if "fetch" in one.inner("document").table]
        return (*first, *seconds)

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
        reply = await sent(self._line, settings, sending)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in {int(status) for status in settings.words("not_found_status")}:
            return NotFound(Raw(reply.body, reply.media_type))
        stopped = refusal(reply)
        if stopped is not None:
            return stopped
        return await parsed(self._line, reply, settings)

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
        self.calls: tuple[Settings, ...] = ()
        for item, wire in line.department.handles.items():
            for step in ("hand_over", "stop", "supply"):
                if step in wire:
                    settings = self._settings(item, step)
                    settings.only(CALL_KEYS)
                    self.calls += (settings,)
                    check_receipt(settings)
                    check_words(settings, ("path", "query", "headers", "body"), scopes.STEP_WORDS[step])
                    check_call(line, settings)

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
