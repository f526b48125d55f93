"""Brings dropped files from afar into the folder of this machine, and takes back there what is for the department. It reads no row.

A file is whole here, and on the disk, before it is gone there; a crash between the two brings it once more, which changes nothing. Of
several nodes that share a replica the one that holds its lock does this.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from adapters.kinds.dropfolder import DROPPED

LARGEST = 4 * 1024**3
"""Bytes of one file. A larger one stays where it is."""
SECONDS = 900.0
MARKER = ".ok"
FOR_THEM = "*.errors.csv"
OUTWARD = frozenset("/\\\x00")
"""What no name of a file in a folder holds, unless it shall lead out of it."""


class FarTrouble(Exception):
    """The far folder cannot be reached or used; the message is a sentence for the operator. `why` says what kind of trouble it
    is where it is about who we are: `key` of their server, `login`, `clock`, `right`, `place`."""

    def __init__(self, sentence: str, why: str = "") -> None:
        super().__init__(sentence)
        self.why = why


class FarFolder(Protocol):
    """A folder of another machine; every name that it is given is a plain one. Raises FarTrouble."""

    async def names(self) -> Iterable[str]:
        """As they say it: whether a name may be one here is not theirs to tell."""

    async def claim(self, name: str) -> bool:
        """Whether it is ours now; False where another was quicker."""

    def content(self, name: str) -> AsyncIterator[bytes]:
        """Of a claimed file."""

    async def remove(self, name: str) -> None:
        """A claimed file."""

    async def put(self, name: str, body: bytes) -> None:
        """Under its name only when it is whole; `name` may stand in folders below, which are made."""

    async def erase(self, name: str) -> None:
        """A file that was put there by us."""


OpensFar = Callable[[], AbstractAsyncContextManager[FarFolder]]


def is_plain(name: str) -> bool:
    """Whether a name from afar may be one here: it climbs nowhere and hides nothing."""
    return name != "" and not name.startswith(".") and not OUTWARD & set(name)


def fetch(far: OpensFar, folder: Path) -> None:
    """Brings every complete pair, and takes away what the department shall get. Raises FarTrouble, OSError."""
    asyncio.run(_fetch_in_time(far, folder))


async def _fetch_in_time(far: OpensFar, folder: Path) -> None:
    try:
        async with asyncio.timeout(SECONDS), far() as opened:
            await _send(opened, folder)
            await _bring(opened, folder)
    except TimeoutError:
        raise FarTrouble(f"对方文件服务器 {SECONDS:.0f} 秒内没有传完，下次再取") from None


async def _bring(far: FarFolder, folder: Path) -> None:
    """Raises FarTrouble for a name that climbs as well, after all others were brought."""
    said = set(await far.names())
    names = {name for name in said if is_plain(name)}
    for name in sorted(names):
        marker = str(Path(name).with_suffix(MARKER))
        if Path(name).suffix not in DROPPED or name.endswith(".errors.csv") or marker not in names:
            continue
        if not (await far.claim(name) and await far.claim(marker)):
            continue
        for one in (name, marker):  # the marker last: until it is here the file is not complete
            await _write(_inside(folder, one), far.content(one))
        for one in (name, marker):
            await far.remove(one)
    if climbing := sum(1 for name in said if OUTWARD & set(name)):
        raise FarTrouble(f"对方列出的文件名有 {climbing} 个指向目录之外，没有取；请对方核实其文件服务器")


def _inside(folder: Path, name: str) -> Path:
    """The second guard, of the place itself, whatever was thought of the name. Raises FarTrouble."""
    place = folder / name
    if place.resolve().parent != folder.resolve():
        raise FarTrouble("取来的文件会写到目录之外，没有写；请检查该目录里的链接，并请对方核实文件名")
    return place


async def _write(place: Path, content: AsyncIterator[bytes]) -> None:
    unfinished, size = place.with_name(f".{place.name}.tmp"), 0
    try:
        with unfinished.open("wb") as file:
            async for chunk in content:
                size += len(chunk)
                if size > LARGEST:
                    raise FarTrouble(f"文件超过 {LARGEST >> 30} GB，请分成几个文件")
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


async def _send(far: FarFolder, folder: Path) -> None:
    for place in sorted(folder.glob(FOR_THEM)):
        await far.put(place.name, place.read_bytes())
        place.unlink()
