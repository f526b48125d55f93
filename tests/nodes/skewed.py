"""A process of the hub whose clock is wrong: `python -m tests.nodes.skewed worker|serve SECONDS`. For tests; the program has no such setting."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.app import Server
from hub.clock import utc_now
from hub.settings import Settings
from hub.wiring.build import Hub, build
from hub.wiring.presence import present
from hub.wiring.program_log import configure


def main(arguments: Sequence[str]) -> None:
    what, off = arguments[0], timedelta(seconds=float(arguments[1]))

    def clock() -> datetime:
        return utc_now() + off

    settings = Settings()
    configure(settings.log_level, settings.node)
    hub = build(settings, clock)
    try:
        Server(hub).run() if what == "serve" else asyncio.run(_work(hub))
    finally:
        hub.close()


async def _work(hub: Hub) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with present(hub.presence()):
        await hub.runner().run(stop)
    await hub.close_adapters()


if __name__ == "__main__":
    main(sys.argv[1:])
