"""A far SFTP server for the wires' tests: real, in a thread of its own, and behind a relay that can spoil what it answers. It knows no department."""

from __future__ import annotations

import asyncio
import socket
import stat
import struct
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "yijian", "p0"
SOME = 16 * 1024
DRIP_SECONDS = 0.01
READING, WRITING, LISTING = "reading", "writing", "listing"
"""The moments from which on the relay may spoil: the answer to who reads of a file, writes into one, or looks into a folder."""
RESETS, DRIPS, SILENT = "resets", "drips", "silent"


class Sftp:
    """Its root is one folder. What `faults` names for a moment befalls every line from that moment on; `claims` are files which it
    says are in every folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.key = root, asyncssh.generate_private_key("ssh-ed25519")
        self.faults: dict[str, str] = {}
        self.fault = ""
        self.claims: tuple[str, ...] = ()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(60)

    @property
    def host_key(self) -> str:
        return self.key.export_public_key().decode().strip()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def is_well(self) -> None:
        """From here on nothing is spoilt."""
        self.faults, self.fault, self.claims = {}, "", ()

    def shows_another_key(self) -> None:
        """As one does whose machine was set up anew, or somebody in between."""
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        before = self._acceptor
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self._loop.call_soon_threadsafe(before.close)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._ready.set()
        self._loop.run_forever()
        for one in asyncio.all_tasks(self._loop):
            one.cancel()
        self._relay.close()
        self._acceptor.close()
        self._loop.run_until_complete(self._acceptor.wait_closed())
        self._loop.close()

    async def _serve(self) -> None:
        await self._listen()
        self._relay = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = self._relay.sockets[0].getsockname()[1]

    async def _listen(self) -> None:
        side = self

        class Server(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

        class Files(asyncssh.SFTPServer):
            def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
                super().__init__(chan, chroot=str(side.root).encode())

            def read(self, file_obj: object, offset: int, size: int) -> Any:
                side.fault = side.faults.get(READING, side.fault)
                return super().read(file_obj, offset, size)

            def write(self, file_obj: object, offset: int, data: bytes) -> Any:
                side.fault = side.faults.get(WRITING, side.fault)
                return super().write(file_obj, offset, data)

            async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
                side.fault = side.faults.get(LISTING, side.fault)
                async for one in super().scandir(path):
                    yield one
                for name in side.claims:
                    yield asyncssh.SFTPName(name.encode(), attrs=asyncssh.SFTPAttrs(permissions=stat.S_IFREG | 0o644))

        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self.key],
            server_factory=Server,
            sftp_factory=Files,
            kex_algs=["curve25519-sha256"],
            compression_algs=["none"],
        )

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, to_them = await asyncio.open_connection("127.0.0.1", self._acceptor.get_port())
        both = [asyncio.create_task(self._asked(reader, to_them)), asyncio.create_task(self._answered(theirs, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            to_them.close()
            writer.close()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(SOME):
                writer.write(said)
                await writer.drain()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(SOME):
                await self._spoilt(said, writer)

    async def _spoilt(self, said: bytes, writer: asyncio.StreamWriter) -> None:
        if self.fault == SILENT:
            return
        if self.fault == RESETS:
            writer.write(said[: len(said) // 2])
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            raise ConnectionResetError
        for at in range(len(said)) if self.fault == DRIPS else ():
            writer.write(said[at : at + 1])
            await asyncio.sleep(DRIP_SECONDS)
        if not self.fault:
            writer.write(said)
        await writer.drain()
