"""Where a department's files are dropped, where they come from, and where its replica is kept. It opens nothing."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.connected import Connection, Ports
from adapters.contract import Misconfigured
from adapters.kinds.dropfetch import OpensFar
from adapters.kinds.threads import Threads


@dataclass(frozen=True)
class DropPlaces:
    """The folder of this machine, and the replica: a file below `replicas`, or a schema of `replica_url`. With `far` the files are
    brought into the folder from afar. All that reads or writes them does so on `threads`, which are the department's own."""

    folder: Path | None
    replicas: Path | None
    replica_url: str = ""
    far: OpensFar | None = None
    threads: Threads = field(default_factory=Threads)


def drop_places(code: str, connection: Connection, ports: Ports, max_in_flight: int = 4) -> DropPlaces:
    """Raises Misconfigured."""
    threads = Threads(max_in_flight, f"drop-{code}")
    places = DropPlaces(connection.folder, ports.replica_folder, ports.replica_url, threads=threads)
    if not connection.address or ports.replica_folder is None:
        return places
    far = _far(code, connection, ports)
    folder = connection.folder or ports.replica_folder / "spool" / code
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return replace(places, folder=folder, far=far)


def _far(code: str, connection: Connection, ports: Ports) -> OpensFar:
    scheme = connection.address.partition(":")[0]
    if scheme == "sftp":
        from adapters.kinds.dropsftp import sftp_folder, sftp_place

        place = sftp_place(connection.address, connection.secrets, code)
        return sftp_folder(place, socket.gethostname(), lambda: ports.clock().timestamp())
    if scheme in ("s3+https", "s3+http"):
        from adapters.kinds.drops3 import s3_folder, s3_place

        bucket = s3_place(connection.address, connection.secrets, connection.options, code)
        return s3_folder(bucket, connection.ca, ports.clock)
    raise Misconfigured(f"{code}: a file drop has a folder, or an address sftp://… or s3+https://…, not {scheme!r}.")
