"""The timestamp authorities: whether each answers now, and what waits for them. A digest drawn at random is all that they are shown."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio.to_thread

from adapters.outside.timestamper import HttpTimestamper
from certificates.errors import SigningFailed
from hub.registry import stamps
from hub.registry.stamps import Waiting
from hub.wiring.build import Hub
from hub.wiring.checking.finding import Finding

ABOUT = "timestamps"
_CHANGED = (
    "stamp-changed: not as it was signed, so it gets no new stamp; hand it out to nobody, and find out who wrote it"
)
_RESTORE = "yijian restore BACKUP --check; then docs/operations.md, “A certificate's file that cannot be stamped”"
_DAMAGED = ("FILE_DAMAGED", "NOT_THERE", "pdf", "zip")


async def look(hub: Hub) -> list[Finding]:
    addresses = hub.settings.timestamp_url.split()
    if not addresses:
        sentence = "no authority is set: certificates get no PDF, and nobody testifies to when they were signed"
        return [Finding.look(ABOUT, sentence, "YIJIAN_TIMESTAMP_URL=https://…")]
    with hub.database.read() as session:
        waiting = stamps.waiting(session, hub.clock())
    return [*await anyio.to_thread.run_sync(lambda: [answers(each) for each in addresses]), *told(waiting)]


def answers(address: str) -> Finding:
    """Whether one authority gives a token now."""
    name = urlsplit(address).hostname or "an address without a host"
    client = HttpTimestamper(address)
    try:
        client.stamp(secrets.token_bytes(32))
    except SigningFailed as error:
        return Finding.look(ABOUT, f"{name}: {error.code}. {error}", f"curl -I {address}")
    finally:
        client.close()
    return Finding.ok(ABOUT, f"{name} gave a token")


def told(waiting: Waiting) -> Iterator[Finding]:
    """What waits, since when, and when it is tried again by itself."""
    since = f", since {waiting.since:%Y-%m-%d %H:%M} UTC" if waiting.since else ""
    if waiting.tries and waiting.next_at is not None:
        sentence = (
            f"{waiting.files} files of certificates wait for one{since}; asked in vain {waiting.tries} times ({waiting.fault}), "
            f"again at {waiting.next_at:%H:%M} UTC; nobody need retry it, and certificates are issued meanwhile"
        )
        yield Finding.look(ABOUT, sentence, 'YIJIAN_TIMESTAMP_URL="https://first… https://second…"')
    elif waiting.files:
        yield Finding.ok(ABOUT, f"{waiting.files} files of certificates are due{since}")
    if waiting.unstampable:
        sentence = f"{waiting.unstampable} files of certificates could not be stamped as they are; each is looked at again every day"
        yield Finding.look(ABOUT, sentence, "grep file_not_stamped yijian.log")
    for code in dict.fromkeys(each.code for each in waiting.aside):
        files = ", ".join(f"{each.identifier} ({each.kind})" for each in waiting.aside if each.code == code)
        yield (
            Finding.mend(ABOUT, f"{_CHANGED}: {files}", _RESTORE)
            if code == "stamp-changed"
            else Finding.look(
                ABOUT,
                f"{code}: {files}",
                _RESTORE if code in _DAMAGED else "docs/errors.md says what to do about this code",
            )
        )
