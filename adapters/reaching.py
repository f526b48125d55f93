"""Whether a department's papers are there and something answers at its address. It says nothing of credentials, and asks about nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from adapters.kinds.documents import Documents
from adapters.kinds.guard import Reply, Sending
from adapters.kinds.line import Line, clocks_apart


def document_check(documents: Documents) -> Callable[[], Awaitable[list[str]]]:
    """Each paper is there and is the one that was pinned."""

    async def check() -> list[str]:
        return documents.check()

    return check


def reach_check(line: Line) -> Callable[[], Awaitable[list[str]]]:
    """Something answers there, by a clock that is near ours."""

    async def check() -> list[str]:
        reply = await line.guard.send(
            Sending("HEAD", "/", 3.0, {"Connection": "close"}), is_server_error=lambda _: False
        )
        reason = getattr(reply, "reason", None)
        if reason:
            return [f"{line.department.code}: nothing answers at its address ({reason.value}); is it up?"]
        return list(clocks_apart(line.department.code, reply, line.clock())) if isinstance(reply, Reply) else []

    return check
