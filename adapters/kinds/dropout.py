"""Hands item cases, stops and upstream results to a department by file, in its own words. What it says of them: `dropreports`.

One file for each; the department fetches it from its outgoing folder when it likes. It writes into no other folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import quote

from adapters.contract import Handover, Misconfigured, PeerRefused, PeerUnreachable, Stop, Taken, UpstreamResult
from adapters.kinds import scopes
from adapters.kinds.documents import Documents
from adapters.kinds.dropbody import FORMATS, Body, body_of
from adapters.kinds.dropfetch import FarTrouble, is_plain
from adapters.kinds.dropplaces import DropPlaces
from adapters.kinds.dropput import Parcel, put, put_afar
from adapters.kinds.dropsetup import encoding_of
from adapters.kinds.guard import REQUEST_ON_WIRE, Reached
from adapters.kinds.line import check_words, step_settings
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Unfillable, Writing, fill
from catalog.types import Department

OUTGOING_KEYS = frozenset(("folder", "ok", "control", "timeout_seconds"))
CALL_KEYS = frozenset(("name", "format", "encoding", "columns", "attachments")).union(*FORMATS.values())
NAME_WORDS = ("key", "item_no", "item")
CONTROL_WORDS = ("file", "rows", "sha256", "key", "now")
ATTACHED = {"hand_over": "attachments", "supply": "document"}
LONGEST_NAME = 200


@dataclass(frozen=True)
class _Out:
    """One step of one item as a file."""

    settings: Settings
    body: Body
    writing: Writing
    step: str


class FileHandles:
    """`Handles` by writing files. The item case stands there under our number until the department's report gives its own."""

    def __init__(
        self,
        department: Department,
        documents: Documents,
        places: DropPlaces,
        clock: Callable[[], datetime],
        reached: Reached = lambda _: None,
    ) -> None:
        """`reached` is told when a file is complete there, and nobody here knows it yet."""
        if places.folder is None:
            raise Misconfigured(f"{department.code}: item cases by file need its drop folder; set it.")
        _check_steps(department)
        self._department, self._places, self._clock, self._reached = department, places, clock, reached
        self._wire = Settings(department.wire, f"{department.code} [wire]")
        self._outgoing = self._wire.inner("outgoing")
        self._outgoing.only(OUTGOING_KEYS)
        self._below = self._outgoing.text("folder")
        if not is_plain(self._below):
            raise Misconfigured(f"{self._outgoing.where}: folder is the name of one folder below the drop folder.")
        self._folder: Path = places.folder / self._below
        self._control = self._outgoing.inner("control")
        check_words(self._outgoing, ("control",), CONTROL_WORDS)
        self._seconds = self._outgoing.number("timeout_seconds", 60.0)
        self._documents = documents
        self._out = {
            (item, step): self._prepared(item, step)
            for item, wire in department.handles.items()
            for step in scopes.STEP_WORDS
            if step in wire
        }

    def _prepared(self, item: str, step: str) -> _Out:
        """Raises Misconfigured."""
        settings = step_settings(self._department, item, step)
        settings.only(CALL_KEYS)
        check_words(settings, ("columns",), scopes.STEP_WORDS[step])
        check_words(settings, ("name",), NAME_WORDS)
        name = settings.text("name")
        if "{key}" not in name or not is_plain(name) or Path(name).suffix in ("", ".ok", ".tmp"):
            raise Misconfigured(f'{settings.where}: name is one file with its ending and {{key}}, "sb_{{key}}.csv".')
        check_words(settings, ("attachments",), scopes.ATTACHMENT_WORDS)
        if "attachments" in settings.table and ("{number}" not in settings.text("attachments") or step == "stop"):
            raise Misconfigured(
                f'{settings.where}: attachments names the files beside, "{{number}}_{{file_name}}"; a stop has none.'
            )
        encoding = encoding_of(settings, encoding_of(self._wire, "gb18030"))
        return _Out(
            settings, body_of(settings, _columns(settings), encoding), Writing(self._documents, settings.where), step
        )

    async def check(self) -> list[str]:
        """Whether the outgoing folder can be written to; nothing is put there."""
        if self._places.far is not None:
            return []
        try:
            await self._places.threads.run(partial(self._folder.mkdir, exist_ok=True))
        except OSError as e:
            return [f"{self._department.code}: its outgoing folder cannot be made ({e.strerror}); give the hub access."]
        return []

    async def hand_over(self, handover: Handover) -> Taken:
        scope = scopes.of_handover(handover, self._clock())
        again = await self._send(handover.item, "hand_over", handover.key, scope)
        return Taken(handover.item_no, again=again)

    async def stop(self, stop: Stop) -> None:
        await self._send(stop.item, "stop", stop.key, scopes.of_stop(stop, self._clock()))

    async def supply(self, result: UpstreamResult) -> None:
        await self._send(result.item, "supply", result.key, scopes.of_upstream(result, self._clock()))

    async def _send(self, item: str, step: str, key: str, scope: Scope) -> bool:
        """True where it was sent before. Raises PeerUnreachable, PeerRefused."""
        step_settings(self._department, item, step)  # says it where the department has no way to take this
        out, name = self._out[(item, step)], self._department.name
        try:
            parcel = self._parcel(out, f"{step}:{key}", key, self._scope(scope))
        except Unfillable as e:
            place = e.place or "a value"
            raise PeerRefused(f"{out.settings.where}: {place} cannot be filled ({e.rule}); complete the case.") from e
        try:
            again = await self._put(parcel)
        except FarTrouble as e:
            raise PeerUnreachable(f"{name}: {e}; it is tried again.", down=True) from e
        except (OSError, TimeoutError) as e:
            raise PeerUnreachable(
                f"{name}: its outgoing folder takes no file ({type(e).__name__}); make room or mount it, it is tried again.",
                down=True,
            ) from e
        self._reached(REQUEST_ON_WIRE)
        return again

    async def _put(self, parcel: Parcel) -> bool:
        """Whether it was there before. Raises FarTrouble, OSError, TimeoutError."""
        if self._places.far is None:
            return await self._places.threads.within(self._seconds, partial(put, self._folder, parcel))
        async with asyncio.timeout(self._seconds):
            return await put_afar(self._places.far, self._below, self._folder, parcel)

    def _scope(self, words: Scope) -> Scope:
        constants = self._wire.inner("words").table
        return {**words, **{f"wire.{name}": value for name, value in constants.items()}}

    def _parcel(self, out: _Out, once: str, key: str, scope: Scope) -> Parcel:
        """Attachments first, then the file, then its control file. Raises Unfillable, PeerRefused."""
        name = _file_name(out, key, scope)
        filled = fill(out.settings.table["columns"], scope, out.writing)
        rows = cast("Sequence[Mapping[str, object]]", filled if isinstance(filled, list) else [filled])
        body = out.body.of(rows)
        parts = [*_beside(out, name, scope), (name, body)]
        if self._outgoing.flag("ok", True):
            parts.append((str(Path(name).with_suffix(".ok")), self._promised(name, body, len(rows), key, out)))
        return Parcel(once, tuple(parts))

    def _promised(self, name: str, body: bytes, rows: int, key: str, out: _Out) -> bytes:
        words = {"file": name, "rows": rows, "sha256": hashlib.sha256(body).hexdigest(), "key": key}
        filled = fill(
            self._control.table, {**words, "now": self._clock()}, Writing(self._documents, self._control.where)
        )
        lines = [f"{word}={value}\r\n" for word, value in cast("Mapping[str, object]", filled).items()]
        return "".join(lines).encode(out.body.encoding)


def _check_steps(department: Department) -> None:
    """Raises Misconfigured."""
    for item, wire in department.handles.items():
        steps = Settings(wire, f"{department.code} [handles.{item}]")
        steps.only(frozenset(scopes.STEP_WORDS))
        if "hand_over" not in wire:
            raise Misconfigured(f'{steps.where}: say by which file under hand_over, or write way = "inbox" there.')


def _columns(settings: Settings) -> tuple[str, ...]:
    """The columns of a row, in the order in which the papers name them. Raises Misconfigured."""
    columns = settings.inner("columns")
    row = columns.inner("row") if "each" in columns.table else columns
    if not row.table:
        raise Misconfigured(f"{settings.where}: columns must name what a row holds.")
    return tuple(row.table)


def _file_name(out: _Out, key: str, scope: Scope) -> str:
    """A plain name that carries the key. Raises PeerRefused for one that would climb out of the folder or hide there."""
    safe = {word: quote(str(scope.get(word, "")), safe="").replace("%", "=") for word in ("key", "item")}
    name = str(fill(out.settings.text("name"), {**scope, **safe}, out.writing))
    if not _is_fit(name):
        raise PeerRefused(f"{out.settings.where}: name gives no plain name of a file here; mend it.")
    return name


def _is_fit(name: str) -> bool:
    """Whether it is one file below the folder, on whatever system the department reads it."""
    return is_plain(name) and len(name.encode()) <= LONGEST_NAME and not re.search(r"[\x00-\x1f\x7f:]", name)


def _beside(out: _Out, name: str, scope: Scope) -> list[tuple[str, bytes]]:
    """The attachments' files in a folder that is called like the file. Raises PeerRefused as above."""
    if "attachments" not in out.settings.table:
        return []
    listed = cast("Sequence[Mapping[str, object]]", scope[ATTACHED[out.step]])
    found = []
    for number, one in enumerate(listed, start=1):
        own = str(fill(out.settings.text("attachments"), {**one, "number": number}, out.writing))
        if not _is_fit(own):
            raise PeerRefused(f"{out.settings.where}: attachments gives no plain name of a file here; mend it.")
        if one["body"]:
            found.append((f"{Path(name).stem}/{own}", cast("bytes", one["body"])))
    return found
