"""Starts the server that plays one department of a site's folder from its papers, for the commands of departments. It starts no hub."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from adapters.connect import Connection
from adapters.contract import Misconfigured
from adapters.simulators.departments import connections_toml
from adapters.simulators.papers import Papers
from adapters.simulators.server import Setting
from catalog.loading import load
from hub.clock import utc_now
from hub.errors import NotThere
from hub.wiring.private import close_folder


def simulate(site: Path, code: str, folder: Path, port: int, say: Callable[[str], None]) -> None:
    """Until the process is interrupted; the folder is made for nobody but this user. Raises NotThere, NoSite, Misconfigured,
    OSError where the port is taken."""
    folder = folder.absolute()
    close_folder(folder)
    papers = _papers(site, code, folder)
    with _running(papers, port) as address:
        say(f"{code} answers from its papers at {address}; its journal is {folder / 'journals' / code}.jsonl.")
        say("In the connections file:\n")
        say(connections_toml({code: papers.reached_at(address)}))
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            say("ended")


@contextmanager
def simulating(site: Path, code: str) -> Iterator[Connection | None]:
    """While it runs: how it is reached. None where its papers are too broken to stand in by; its check says what is wrong with them."""
    with TemporaryDirectory(prefix="papers-") as folder, ExitStack() as running:
        try:
            papers = _papers(site, code, Path(folder))
            address = running.enter_context(_running(papers, 0))
        except (Misconfigured, OSError):
            yield None
        else:
            found = papers.reached_at(address)
            place = found.get("folder")
            yield Connection(
                str(found.get("address", "")),
                papers.stand_ins,
                Path(str(place)) if place else None,
            )


def _papers(site: Path, code: str, folder: Path) -> Papers:
    loaded = load(site).site
    department = loaded.departments.get(code)
    if department is None:
        known = ", ".join(loaded.departments)
        raise NotThere(f"{site} has no department {code}; it has {known}.", code="DEPARTMENT_NOT_THERE")
    return Papers(Setting(folder, "", utc_now), department, loaded.resources.values(), loaded.dictionary)


@contextmanager
def _running(papers: Papers, port: int) -> Iterator[str]:
    """The server in a thread of its own. Raises OSError, Misconfigured."""
    started, end = threading.Event(), asyncio.Event()
    told: dict[str, object] = {}

    async def serve() -> None:
        told["loop"] = asyncio.get_running_loop()
        try:
            papers.lay_out()
            told["address"] = await papers.open("127.0.0.1", port)
        except (OSError, Misconfigured) as e:
            told["failure"] = e
            return
        finally:
            started.set()
        await end.wait()
        await papers.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="papers", daemon=True)
    thread.start()
    started.wait()
    if isinstance(failure := told.get("failure"), Exception):
        thread.join()
        raise failure
    try:
        yield str(told["address"])
    finally:
        cast(asyncio.AbstractEventLoop, told["loop"]).call_soon_threadsafe(end.set)
        thread.join()
