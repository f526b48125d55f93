"""Asks a department that speaks JSON or XML over HTTP and hands item cases to it. It knows no department: mappings say what to send where.

A department's folder gives method, path, parameters, the places of code and record; `format = "xml"` changes bodies, not mappings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from adapters.contract import (
    DEFERRED,
    Document,
    Found,
    Handover,
    Outcome,
    Query,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds import scopes
from adapters.kinds.answers import answer_reader, check_document, document, meaning
from adapters.kinds.line import Line, check_no_secrets, check_words, step_settings
from adapters.kinds.paths import steps, text_at
from adapters.kinds.receipts import check_receipt
from adapters.kinds.rest_ask import Asking, Way, Whole
from adapters.kinds.rest_defer import poll_of
from adapters.kinds.rest_pages import PAGE_WORDS, paging_of
from adapters.kinds.rest_wire import call, check_call
from adapters.kinds.settings import Settings
from catalog.types import Resource

REQUEST = ("path", "query", "headers", "body")
RESOURCE_KEYS = frozenset(
    [
        "method",
        "auth",
        "format",
        "send",
        "inside",
        "path",
        "query",
        "headers",
        "body",
        "result",
        "record",
        "empty",
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
        "pending",
        "expired",
        "poll",
        "paging",
    ]
)
CALL_KEYS = frozenset(
    [
        "method",
        "auth",
        "format",
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
        "expired",
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
        self._ways: dict[str, Way] = {}
        check_no_secrets(line.settings, ("headers",))
        for code, resource in resources.items():
            settings = Settings(resource.wire, f"[resources.{code}] wire")
            settings.only(RESOURCE_KEYS)
            settings.text("path")
            paging, poll = paging_of(settings), poll_of(settings)
            known = scopes.QUERY_WORDS | set(resource.subject)
            check_words(settings, REQUEST, known | (PAGE_WORDS if paging else set()))
            check_call(line, settings)
            if poll is not None:
                check_words(poll.settings, REQUEST, known | {"ticket"})
                check_call(line, poll.settings)
            if "document" in settings.table:
                check_document(settings.inner("document"))
            self._ways[code] = Way(settings, answer_reader(resource, line.documents), paging, poll)

    @property
    def calls(self) -> tuple[Settings, ...]:
        """Every table of the manifest that makes a request."""
        first = [way.settings for way in self._ways.values()]
        seconds = [one.inner("document").inner("fetch") for one in first if "fetch" in one.inner("document").table]
        thirds = [way.poll.settings for way in self._ways.values() if way.poll and "path" in way.poll.settings.table]
        return (*first, *seconds, *thirds)

    async def answer(self, query: Query) -> Outcome:
        way = self._ways.get(query.resource.code)
        if way is None:
            return Unavailable(Why.WITHDRAWN)
        asking = self._asking(query)
        return await self._read(way, await asking.whole(way), asking)

    async def answer_later(self, query: Query, ticket: str) -> Outcome:
        way = self._ways.get(query.resource.code)
        if way is None or way.poll is None:
            return Unavailable(Why.WITHDRAWN)
        asking = self._asking(query)
        got = await asking.later(way, way.poll, ticket.removeprefix(DEFERRED))
        return await self._read(way, got, asking)

    def _asking(self, query: Query) -> Asking:
        return Asking(self._line, query, asyncio.get_running_loop().time() + query.timeout_seconds)

    async def _read(self, way: Way, got: Whole | Outcome, asking: Asking) -> Outcome:
        if not isinstance(got, tuple):
            return got
        tree, raw = got
        outcome = way.reader.outcome(tree, asking.query, raw)
        if not isinstance(outcome, Found) or "document" not in way.settings.table:
            return outcome
        where = way.settings.inner("document")
        if "fetch" in where.table:
            return await self._fetched(outcome, where, asking)
        return _with_document(outcome, document(way.reader.record_of(tree, asking.query.choice), where, raw))

    async def _fetched(self, found: Found, where: Settings, asking: Asking) -> Outcome:
        """The file by a second request under the same request number, within the time that is left of the question. A file
        that cannot be had leaves the fields standing; one of somebody else, or not matching its digest, spoils the answer."""
        fetch = where.inner("fetch")
        got = await asking.once(fetch)
        said = meaning(fetch)
        if not isinstance(got, tuple) or (said is not None and said.of(got[0]) != "found"):
            return _with_document(found, None)
        tree, raw, _ = got
        for key, place in fetch.inner("echo").table.items():
            if text_at(tree, steps(str(place))).upper() != asking.query.subject.get(key, "").upper():
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
        check_no_secrets(line.settings, ("headers",))
        for item, wire in line.department.handles.items():
            for step in ("hand_over", "stop", "supply"):
                if step in wire:
                    settings = self._settings(item, step)
                    settings.only(CALL_KEYS)
                    self.calls += (settings,)
                    check_receipt(settings)
                    check_words(settings, REQUEST, scopes.STEP_WORDS[step])
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
