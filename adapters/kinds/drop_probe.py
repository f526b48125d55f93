"""Proves that we may use a department's drop folder: a file is put there under a hidden name, renamed, seen and taken away again.

It looks into no file of the department's. Nobody picks the file up: names with a dot before them are passed over.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from adapters.kinds import proof
from adapters.kinds.dropfetch import FarTrouble, OpensFar
from adapters.kinds.dropplaces import DropPlaces
from adapters.kinds.proof import Proof

SECONDS = 15.0
_WHY = {
    "key": "the server shows another key than the secret 'host_key'; ask by telephone which is right before anything is changed",
    "login": f"it does not take our account, password or key; {proof.COMPARE}",
    "clock": "our clock is too far from its own for our signature; set the clock first",
    "ended": "our key ended; ask for a new one and set it in its connection",
    "right": "our account may not read and write there; ask for that right",
    "place": "the folder or bucket of its address is not there; correct the address",
}


def drop_proof(code: str, places: DropPlaces) -> Callable[[], Awaitable[list[Proof]]]:
    async def prove() -> list[Proof]:
        name = f".yijian-probe-{secrets.token_hex(4)}"
        if places.far is not None:
            return await _afar(code, places.far, name)
        return await asyncio.to_thread(_here, code, places.folder, name) if places.folder is not None else []

    return prove


def _here(code: str, folder: Path, name: str) -> list[Proof]:
    unfinished, whole = folder / f"{name}.tmp", folder / name
    if not folder.is_dir():
        return []  # the probe says that it is not there
    did = "put a file into"
    try:
        unfinished.write_bytes(b"")
        did = "rename a file in"
        unfinished.rename(whole)
        did = "list"
        if name not in {place.name for place in folder.iterdir()}:
            raise FileNotFoundError
        did = "take a file out of"
        whole.unlink()
    except OSError as e:
        said = e.strerror or type(e).__name__
        return [
            proof.refused(f"{code}: the hub may not {did} its drop folder ({said}); give the hub that right there.")
        ]
    return [proof.taken("a file was put, renamed, seen and removed in its folder")]


async def _afar(code: str, far: OpensFar, name: str) -> list[Proof]:
    try:
        async with asyncio.timeout(SECONDS), far() as folder:
            await folder.names()
            await folder.put(name, b"yijian")
            await folder.erase(name)
    except TimeoutError:
        return [proof.refused(f"{code}: its server did not answer within {SECONDS:.0f} seconds; is it up?")]
    except FarTrouble as e:
        why = _WHY.get(e.why, "its server does not answer, or broke off; check the address and the network")
        return [proof.refused(f"{code}: {why}.")]
    return [proof.taken("its folder was listed; a file was put there and removed")]
