"""Each fault of a far folder (S3), through the whole doorway: it is said in a sentence, and what was brought before answers as ever."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from adapters.connect import Connection, Ports, connect
from adapters.contract import Collected
from adapters.kinds import dropfetch, drops3
from hub.sharinglog import SharingLog
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds.far_side import free_port_address, http
from tests.adapters.kinds.making import department_of
from tests.hub.doorway import NOW, Told, is_well, log, told
from tests.hub.test_file_faults import TOML, Drop, csv

__all__ = ["log"]
LIST = "<ListBucketResult><Contents><Key>{}</Key></Contents><Contents><Key>{}</Key></Contents></ListBucketResult>"
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
Answers = Callable[[socket.socket], None]


def writes(body: bytes, status: int = 200, media_type: str = "application/xml", extra: str = "") -> Answers:
    return lambda client: client.sendall(http(body, status=status, media_type=media_type, extra=extra))


def resets(client: socket.socket) -> None:
    client.sendall(http(b"x" * 50)[:-20])
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(client: socket.socket) -> None:
    while client.recv(4096):
        pass


def drips(client: socket.socket) -> None:
    while True:
        client.sendall(b"H")
        time.sleep(0.02)


def endless(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 X\r\nContent-Type: application/xml\r\nContent-Length: 99999999\r\n\r\n")
    while True:
        client.sendall(b" " * 65536)


@contextmanager
def service(answers: Answers, own: Path | None = None, asked: list[bytes] | None = None) -> Iterator[str]:
    """The address of a service that answers each connection once, in one thread, and notes in `asked` for what; TLS with `own`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if own else None
        if own and context:
            context.load_cert_chain(own)

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                with suppress(OSError), plain:
                    if context is not None:
                        context.wrap_socket(plain, server_side=True).close()
                        continue
                    came = plain.recv(65536)
                    if asked is not None:
                        asked.append(came)
                    answers(plain)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"s3+http{'s' if own else ''}://127.0.0.1:{server.getsockname()[1]}/b"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


FAULTS: dict[str, tuple[Answers, str]] = {
    "reset_mid_answer": (resets, "中断"),
    "swallowed_answer": (silent, "没有传完"),
    "dripping": (drips, "没有传完"),
    "redirect": (writes(b"", 302, extra="Location: http://127.0.0.1:9/\r\n"), "HTTP 302"),
    "wrong_content_type": (writes(b"<html><body>404", media_type="text/html"), "无法读取"),
    "wrong_charset": (writes(LIST.format("测", "试").encode("gb18030")), "无法读取"),
    "entity_bomb": (writes((BOMB + LIST.format("&b;", "x")).encode()), "无法读取"),
    "oversize": (endless, "过大"),
    "clock_skew": (writes(b"<Error><Code>RequestTimeTooSkewed</Code></Error>", 403), "校准时钟"),
    "path_traversal_in_a_name": (
        writes(LIST.format("../../f_20261120.csv", "../../f_20261120.ok").encode()),
        "2 个指向目录之外",
    ),
}


async def through_the_doorway(
    address: str, folder: Path, log: SharingLog, ca: Path | None = None
) -> tuple[Collected, Told]:
    """A file was brought before; then the folder fails, and the department is asked."""
    drop = Drop(folder / "a" / "b" / "drop", "csv")
    drop.folder.mkdir(parents=True)
    drop.put(csv())
    department, known = department_of(TOML.replace("ENDING", "csv").replace("FORM", ""), folder)
    ports = Ports(lambda: NOW, on_batch=drop.record, replica_folder=folder / "replicas")
    place = Connection(address, {"access_key": "k", "secret_key": "s"}, folder=drop.folder, ca=ca)
    line = connect(department, known.values(), place, ports)
    assert line.collects is not None
    try:
        collected = await asyncio.to_thread(line.collects.collect)
        (found,) = await told(log, line, next(iter(known.values())))
        return collected, found
    finally:
        await line.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_and_what_was_brought_before_answers(
    fault: str, log: SharingLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (answers, sentence), asked = FAULTS[fault], list[bytes]()
    monkeypatch.setattr(dropfetch, "SECONDS", 0.3 if fault in ("swallowed_answer", "dripping") else 60.0)
    monkeypatch.setattr(drops3, "LARGEST_LIST", 500_000)
    with service(answers, asked=asked) as address:
        collected, found = asyncio.run(through_the_doorway(address, tmp_path, log))
    assert [sentence in held for held in collected.held] == [True] and len(collected.batches) == 1
    assert found.said == ("found", "") and is_well(found)
    assert list(tmp_path.rglob("*f_*")) == [] and len(asked) == 1, "more was brought than what had been there"


def test_whatever_a_name_was_taken_for_nothing_is_written_beside_the_drop_folder(
    log: SharingLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropfetch, "is_plain", lambda name: True)
    with service(FAULTS["path_traversal_in_a_name"][0]) as address:
        collected, found = asyncio.run(through_the_doorway(address, tmp_path, log))
    assert "会写到目录之外，没有写" in collected.held[0] and list(tmp_path.rglob("*f_*")) == []
    assert found.said == ("found", "") and is_well(found)
    assert not list(tmp_path.rglob("f_20261120*")) and not list(tmp_path.parent.glob("f_20261120*"))


def test_an_expired_certificate_is_not_believed_and_what_was_brought_before_answers(
    log: SharingLog, tmp_path: Path
) -> None:
    old = certificate(tmp_path, "127.0.0.1", days=-1)
    with service(silent, old) as address:
        collected, found = asyncio.run(through_the_doorway(address, tmp_path, log, old))
    assert "对象存储连不上" in "".join(collected.held) and found.said == ("found", "")


def test_a_server_that_is_down_is_said_and_what_was_brought_before_answers(log: SharingLog, tmp_path: Path) -> None:
    address = f"s3+{free_port_address()}/b"
    collected, found = asyncio.run(through_the_doorway(address, tmp_path, log))
    assert "连不上" in "".join(collected.held) and len(collected.batches) == 1
    assert found.said == ("found", "") and is_well(found)
