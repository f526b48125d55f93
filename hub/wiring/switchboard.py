"""Which line leads to which department now. While the hub runs it is made anew, whole, when another catalog is published or the file of
connections changes; it asks nobody.

What is under way ends on the line on which it began. A department that cannot be connected as published keeps its older line, and why is told.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import anyio.to_thread
import structlog

from adapters.connect import Connected, Connection, Ports, papers_of
from adapters.contract import Misconfigured
from catalog.types import Site
from hub.clock import Clock
from hub.errors import HubError, NotThere
from hub.store.catalogs import Catalogs
from hub.wiring import connections
from hub.wiring.connecting import Line, Stamp, lines_of, stamp, stamps

program_log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
"""How soon a node follows what was published."""
AGAIN_SECONDS = 30.0
"""How soon what could not be connected is tried again: its papers may be on their way to this machine."""
KEEP_SECONDS = 600.0
"""How long a line that was replaced stays open for what began on it."""

T = TypeVar("T")


@dataclass(frozen=True)
class Board:
    """What was made of one catalog. `older`: departments that could not be connected as published, and why."""

    site: Site | None = None
    digest: str = ""
    since: datetime | None = None
    lines: Mapping[str, Line] = field(default_factory=dict)
    connected: Mapping[str, Connected] = field(default_factory=dict)
    older: Mapping[str, str] = field(default_factory=dict)
    unread: str = ""
    """Why the file of connections cannot be read; the lines are then those of before."""


class Switchboard(Mapping[str, Connected]):
    """The connected departments by code, as of now; safe to read from any thread. `look` replaces all of it at once."""

    def __init__(
        self,
        catalogs: Catalogs,
        file: Path,
        ports: Callable[[Site], Ports],
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogs, self._file, self._ports, self._clock = catalogs, file, ports, clock
        self._monotonic, self._again_at = monotonic, 0.0
        self._looking = threading.Lock()
        self._board = Board()
        self._seen: tuple[object, ...] = ()
        self._replaced: list[tuple[float, Connected]] = []

    @property
    def now(self) -> Board:
        return self._board

    def __getitem__(self, code: str) -> Connected:
        return self._board.connected[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._board.connected)

    def __len__(self) -> int:
        return len(self._board.connected)

    def items(self) -> ItemsView[str, Connected]:
        """Of one moment, whatever happens meanwhile; as `values`."""
        return self._board.connected.items()

    def values(self) -> ValuesView[Connected]:
        return self._board.connected.values()

    # --- following what is published -----------------------------------------------------------------------------------

    def look(self) -> bool:
        """Make it anew where another catalog is published or the file of connections changed; whether it was. Synchronous, and it
        takes a while: call it in a thread. Raises ConnectionsUnreadable at the first look alone; later ones keep what there is."""
        with self._looking:
            try:
                digest = self._catalogs.current_digest()
            except NotThere:
                return False
            seen = (digest, stamp(self._file), *self._files())
            due = bool(self._board.older) and self._monotonic() >= self._again_at
            if seen == self._seen and not due:
                return False
            known = self._known()
            if known is not None:
                self._take(digest, known)
            self._seen, self._again_at = (digest, seen[1], *self._files()), self._monotonic() + AGAIN_SECONDS
            return known is not None

    def _files(self) -> Iterator[Stamp]:
        for line in self._board.lines.values():
            yield from stamps(line.connection)

    def _known(self) -> Mapping[str, Connection] | None:
        try:
            return connections.read(self._file)
        except connections.ConnectionsUnreadable as e:
            if self._board.site is None:
                raise
            program_log.error("connections_unreadable", advice=str(e))
            self._board = replace(self._board, unread=str(e))
            return None

    def _take(self, digest: str, known: Mapping[str, Connection]) -> None:
        site, before = self._catalogs.site(digest), self._board
        lines, connected, older = lines_of(site, known), dict[str, Connected](), dict[str, str]()
        ports = self._ports(site)
        for code, line in lines.items():
            present = before.connected.get(code)
            if present is not None and before.lines.get(code) == line:
                connected[code] = present
                continue
            try:
                made = _whole(line, ports, present)
            except Misconfigured as e:
                older[code], made = str(e), present
                lines[code] = before.lines.get(code, line)
                if before.older.get(code) != str(e):
                    program_log.error("department_misconfigured", department=code, advice=str(e))
            if made is not None:
                connected[code] = made
        since = before.since if before.digest == digest else self._clock()
        self._swap(Board(site, digest, since, lines, connected, older))

    def _swap(self, board: Board) -> None:
        before, self._board = self._board, board
        kept = {id(one) for one in board.connected.values()}
        gone = [one for one in before.connected.values() if id(one) not in kept]
        self._replaced += [(self._monotonic(), one) for one in gone]
        new = [code for code, one in board.connected.items() if before.connected.get(code) is not one]
        for code in board.lines:
            if code not in board.connected and (code in before.connected or code not in before.lines):
                program_log.warning("department_not_connected", department=code)
        if before.site is not None:
            program_log.info("departments_connected_anew", departments=new, catalog=board.digest[:12])

    # --- closing -------------------------------------------------------------------------------------------------------

    async def close_replaced(self, keep_seconds: float = KEEP_SECONDS) -> None:
        """Those that were replaced long enough ago that nothing is under way on them."""
        old = self._monotonic() - keep_seconds
        ended = [one for at, one in self._replaced if at <= old]
        self._replaced = [(at, one) for at, one in self._replaced if at > old]
        for one in ended:
            await one.close()


def _whole(line: Line, ports: Ports, older: Connected | None) -> Connected | None:
    """The line. Where it is to take an older one's place: with its papers at hand and every call known to them, and bearing what is under
    way on the older one. Raises Misconfigured."""
    if older is None:
        return line.made(ports)
    _none(papers_of(line.department))
    made = line.made(replace(ports, before=older.load))
    _none(made.against_papers() if made is not None and made.against_papers is not None else [])
    return made


def _none(lacking: Sequence[str]) -> None:
    if lacking:
        raise Misconfigured(" ".join(lacking))


@asynccontextmanager
async def following(board: Switchboard | None, every: float = LOOK_SECONDS) -> AsyncIterator[None]:
    """Within the block the departments are those of what is published."""
    if board is None:
        yield
        return
    task = asyncio.create_task(_follow(board, every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(board: Switchboard, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await anyio.to_thread.run_sync(board.look)
            await board.close_replaced()
        except HubError as e:  # the next look comes soon
            program_log.warning("catalog_not_followed", code=e.code)
        except Exception as e:  # what there is serves on
            program_log.error("catalog_not_followed", fault=type(e).__name__)


# --- a part of each line ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartOf(Mapping[str, T]):
    """What `pick` takes of each connected department, as of now; those of which it takes None are not there."""

    whole: Mapping[str, Connected]
    pick: Callable[[Connected], T | None]

    def __getitem__(self, code: str) -> T:
        found = self.pick(self.whole[code])
        if found is None:
            raise KeyError(code)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._present())

    def __len__(self) -> int:
        return len(self._present())

    def items(self) -> ItemsView[str, T]:
        return self._present().items()

    def values(self) -> ValuesView[T]:
        return self._present().values()

    def _present(self) -> dict[str, T]:
        return {code: found for code, one in self.whole.items() if (found := self.pick(one)) is not None}
