"""A drop folder on an SFTP server, whose key must be the one that was handed over. The only file that imports asyncssh.

A file is claimed by renaming it into `.claimed/<time>.<worker>/` there: of several hubs one wins, and what a dead one claimed is taken
back after its time.
"""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from posixpath import join
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from adapters.contract import Misconfigured
from adapters.kinds.dropfetch import FarFolder, FarTrouble, is_plain

if TYPE_CHECKING:
    import asyncssh

CHUNK = 256 * 1024
CONNECT_SECONDS = 15
SILENCE_SECONDS, SILENCES = 60.0, 4
"""A server that says nothing at all for so long, however often it was asked whether it is there, is given up."""
CLAIMED = ".claimed"
STALE_SECONDS = 3600


@dataclass(frozen=True)
class SftpPlace:
    host: str
    port: int
    folder: str
    user: str
    host_key: str
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)


def sftp_place(address: str, secrets: Mapping[str, str], code: str) -> SftpPlace:
    """`sftp://host:22/folder` with the secrets `user`, `host_key`, and `password` or `private_key`. Raises Misconfigured."""
    try:
        import asyncssh  # noqa: F401
    except ImportError:
        raise Misconfigured(f"{code}: SFTP needs the extra sftp; install yijian[sftp].") from None
    parts = urlsplit(address)
    if not parts.hostname or parts.username or parts.password:
        raise Misconfigured(f"{code}: its address is sftp://host:22/folder, with user and password among the secrets.")
    if not secrets.get("host_key"):
        raise Misconfigured(f"{code}: its server's key is not set; add the secret host_key (ssh-ed25519 AAAA…).")
    if not secrets.get("user") or not (secrets.get("password") or secrets.get("private_key")):
        raise Misconfigured(f"{code}: set the secrets user, and password or private_key.")
    return SftpPlace(
        parts.hostname,
        parts.port or 22,
        unquote(parts.path) or ".",
        secrets["user"],
        secrets["host_key"],
        secrets.get("password", ""),
        secrets.get("private_key", ""),
    )


def sftp_folder(
    place: SftpPlace, worker: str, clock: Callable[[], float]
) -> Callable[[], AbstractAsyncContextManager[FarFolder]]:
    """Opens the folder anew each time. `clock` gives seconds of the epoch."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[FarFolder]:
        import asyncssh

        try:
            async with asyncssh.connect(
                place.host,
                place.port,
                username=place.user,
                password=place.password or None,
                client_keys=[asyncssh.import_private_key(place.private_key)] if place.private_key else [],
                known_hosts=([asyncssh.import_public_key(place.host_key)], [], []),
                agent_path=None,
                config=[],
                connect_timeout=CONNECT_SECONDS,
                login_timeout=CONNECT_SECONDS,
                keepalive_interval=SILENCE_SECONDS / SILENCES,
                keepalive_count_max=SILENCES - 1,
            ) as connection:
                # Not as a context: at its end that waits for the server's word, and of a silent one for ever.
                yield _SftpFolder(await connection.start_sftp_client(), place.folder, worker, clock())
        except asyncssh.HostKeyNotVerifiable:
            raise FarTrouble("对方服务器的密钥与登记的不同，没有连接；请与对方核实", "key") from None
        except asyncssh.PermissionDenied:
            raise FarTrouble("对方服务器不接受账号或口令", "login") from None
        except asyncssh.SFTPPermissionDenied:
            raise FarTrouble("对方服务器不许账号在该目录读写", "right") from None
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            raise FarTrouble("对方服务器没有登记的目录", "place") from None
        except (asyncssh.Error, OSError) as e:
            raise FarTrouble(f"对方文件服务器连不上或中断（{type(e).__name__}）") from None

    return opened


class _SftpFolder:
    def __init__(self, sftp: asyncssh.SFTPClient, root: str, worker: str, now: float) -> None:
        self._sftp, self._root, self._worker, self._now = sftp, root, worker, now
        self._own = join(root, CLAIMED, f"{int(now)}.{worker}")
        self._claimed: dict[str, str] = {}

    async def names(self) -> Iterable[str]:
        """Also those that were claimed before and not brought: they are ours again."""
        found = {name for name in await self._files(self._root)}
        for folder in await self._left():
            for name in await self._files(folder):
                self._claimed[name] = join(folder, name)
                found.add(name)
        return found

    async def _left(self) -> list[str]:
        above = join(self._root, CLAIMED)
        if not await self._sftp.isdir(above):
            return []
        found = []
        for entry in await self._sftp.readdir(above):
            name = str(entry.filename)
            began, _, worker = name.partition(".")
            is_stale = began.isdecimal() and self._now - int(began) > STALE_SECONDS
            if worker == self._worker or (is_stale and is_plain(name)):
                found.append(join(above, name))
        return found

    async def _files(self, folder: str) -> list[str]:
        """Plain files alone: a link could lead to what the department has no right to."""
        entries = [(str(entry.filename), entry.attrs.permissions or 0) for entry in await self._sftp.readdir(folder)]
        return [name for name, mode in entries if stat.S_ISREG(mode)]

    @asynccontextmanager
    async def _open(self, place: str, how: str) -> AsyncIterator[asyncssh.SFTPClientFile]:
        """Closed there only where all went well: else the line ends, and a server that fell silent would be waited for."""
        file = await self._sftp.open(place, how)
        yield file
        await file.close()

    async def claim(self, name: str) -> bool:
        import asyncssh

        if name in self._claimed:
            return True
        await self._sftp.makedirs(self._own, exist_ok=True)
        try:
            await self._sftp.rename(join(self._root, name), join(self._own, name))
        except asyncssh.SFTPError:
            return False
        self._claimed[name] = join(self._own, name)
        return True

    async def content(self, name: str) -> AsyncIterator[bytes]:
        async with self._open(self._claimed[name], "rb") as file:
            while chunk := await file.read(CHUNK):
                yield cast("bytes", cast("object", chunk))  # opened "rb"

    async def remove(self, name: str) -> None:
        import asyncssh

        place = self._claimed.pop(name)
        await self._sftp.remove(place)
        if not self._claimed:
            try:
                await self._sftp.rmdir(place.rpartition("/")[0])
            except asyncssh.SFTPError:
                return  # something else lies there still

    async def put(self, name: str, body: bytes) -> None:
        target = join(self._root, name)
        if "/" in name:
            await self._sftp.makedirs(target.rpartition("/")[0], exist_ok=True)
        async with self._open(target + ".tmp", "wb") as file:
            await file.write(body)
        await self._sftp.posix_rename(target + ".tmp", target)

    async def erase(self, name: str) -> None:
        await self._sftp.remove(join(self._root, name))
