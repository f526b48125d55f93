"""Sets the stage: keys, catalog, accounts, the departments' servers, connections, the hub itself as a process. It plays nothing."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from adapters.client import YijianClient
from adapters.outside.signer import SoftwareSigner
from adapters.simulators.departments import connections_toml
from catalog.types import Site
from certificates.trust import TIMESTAMP_ROOTS
from hub.clock import utc_now
from hub.demo.cast import DemoPerson, connected, people_of, unconnected
from hub.demo.moulded import Mould, Process
from hub.errors import HubError
from hub.identity import accounts, passwords, peers
from hub.settings import Settings
from hub.wiring import keys
from hub.wiring.build import ground
from hub.wiring.catalog_manager import publish_folder
from hub.wiring.ceremony import signers
from hub.wiring.ceremony.opening import ceremony

OF_A_CEREMONY = ("keys", "trust")
"""What of a hub's folder a ceremony makes, beside the database's own."""
READY = '{"ready"'


class StageFailed(HubError):
    """A server of the demo did not start; the message says where its output is."""

    code = "DEMO_FAILED"


@dataclass(frozen=True)
class Shared:
    """What the stages of one run have in common, so that each is set quickly: the mould that forks their processes, and the folder in
    which keys, certificates and seals of the first are kept for the others."""

    mould: Mould
    ceremony: Path


@dataclass
class Stage:
    """A demo that runs: addresses, accounts, and the processes to end. `unconnected`: departments that have a wire and no server."""

    folder: Path
    hub_url: str
    addresses: Mapping[str, str]
    people: tuple[DemoPerson, ...]
    unconnected: tuple[str, ...]
    password: str
    settings: Settings
    shared: Shared | None = None
    processes: list[Process] = field(default_factory=list)
    joined: list[Process] = field(default_factory=list)

    def join(self, node: str, *command: str, port: int = 0, **settings: object) -> Process:
        """One more process of this hub: same databases, keys and files, a name and a port of its own; `command` after `python -m`.

        It ends with the stage. Does not wait until it answers: see `answers`.
        """
        own = self.settings.model_copy(update={"port": port, "node": node})
        process = _start(command, _told(own, settings), self.folder / f"{node}.out", self.shared)
        self.joined.append(process)
        return process

    def answers(self, process: Process, node: str, port: int) -> str:
        """Wait until a node that joined answers; gives its address. Raises StageFailed."""
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/login", process, self.folder / f"{node}.out")
        return url

    def kill_hub(self) -> None:
        """End the hub by kill -9: no signal that it could answer to."""
        hub = self.processes.pop()
        hub.kill()
        hub.wait(10)

    def start_hub(self) -> None:
        """Start the hub again on what is on disk; gives back once it answers. Raises StageFailed."""
        hub = _start(("hub", "serve"), _told(self.settings, {}), self.folder / "hub.out", self.shared)
        self.processes.append(hub)
        _wait_for(f"{self.hub_url}/login", hub, self.folder / "hub.out")

    def let_files_come(self, seconds: float = 60.0) -> None:
        """Wait for the first night's files of every department that drops files: a clerk comes in the morning. Raises StageFailed."""
        end = time.monotonic() + seconds
        with YijianClient(self.hub_url) as operator:
            operator.login("operator", self.password)
            while not all(row["fresh_at"] for row in operator.operations()["departments"] if row["kind"] == "filedrop"):
                if time.monotonic() > end:
                    raise StageFailed(f"The departments' files were not taken in; see {self.folder / 'hub.out'}.")
                time.sleep(0.1)
            operator.logout()

    def platform_knows_repeats(self, on: bool) -> None:
        """Switch the platform between taking a repeated row as one and storing it twice; the hub learns of it when it starts."""
        httpx2.post(f"{self.addresses['platform']}/_idempotent", json={"on": on}, trust_env=False).raise_for_status()
        option = f'options = {{ idempotent = "{str(on).lower()}" }}\n'
        lines = self.settings.connections_file.read_text().splitlines(keepends=True)
        lines = [line for line in lines if not line.startswith("options = ")]
        lines.insert(lines.index("[departments.platform]\n") + 1, option)
        self.settings.connections_file.write_text("".join(lines))

    def end(self) -> None:
        _end([*self.processes, *self.joined])


def set_up(
    folder: Path,
    port: int,
    *,
    database_url: str = "",
    log_url: str = "",
    idempotent_platform: bool = True,
    brisk: bool = False,
    start: bool = True,
    worker: bool = True,
    shared: Shared | None = None,
) -> Stage:
    """Make everything under `folder` and start the servers; gives the stage once the first page answers and the first files are in. Raises StageFailed.

    `brisk`: leases and lost questions end within seconds, for tests that kill the hub. Without `start` the hub is left to the
    caller; without `worker` others must `join` to do its work. With `shared` its processes are forked, and only the first stage has a ceremony.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_taken(port)
    url = f"http://127.0.0.1:{port or _free_port()}"
    settings = Settings(
        folder=folder / "hub",
        port=int(url.rpartition(":")[2]),
        public_url=url,
        database_url=database_url,
        log_url=log_url,
        worker=worker,
    )
    if brisk:
        settings = settings.model_copy(update={"lease_seconds": 3, "intent_lost_after_seconds": 5})
    password = _password(folder)
    simulators = _start_simulators(folder, url, shared, idempotent=idempotent_platform)
    try:
        site = _first_time(settings, password, shared)
        ready = _ready(simulators, folder / "departments.out")
    except BaseException:
        _end([simulators])
        raise
    known = ready["connections"]
    stage = Stage(
        *(folder, url, ready["addresses"], people_of(site), unconnected(site, known), password, settings, shared),
        processes=[simulators],
    )
    try:
        settings.connections_file.touch(mode=0o600)
        settings.connections_file.write_text(connections_toml(connected(site, known)))
        stage.settings = settings.model_copy(update={"timestamp_url": ready["timestamper"]})
        _admit_peers(settings, Path(ready["keys"]), ready["peers"])
        _trust_issuers(settings.folder / "trust", Path(ready["trust"]))
        if start:
            stage.start_hub()
            if worker:
                stage.let_files_come()
    except BaseException:  # whatever ends the demo ends its servers
        stage.end()
        raise
    return stage


def _first_time(settings: Settings, password: str, shared: Shared | None) -> Site:
    """Keys, catalog, authorities and accounts; gives the catalog that is published now."""
    kept = shared.ceremony if shared is not None else None
    if kept is not None and kept.exists():
        shutil.copytree(kept, settings.folder)
    keys.create(settings.keys_folder)
    base = ground(settings)
    try:
        digest, mistakes = publish_folder(base.database, settings.site, settings.region, "demo", utc_now)
        if not digest:
            raise StageFailed(f"The site has {len(mistakes)} mismatches; see `yijian catalog check`.")
        site = base.catalogs.current()
        if kept is None or not kept.exists():
            signer = SoftwareSigner(base.keys.signing, base.keys.passphrase, lambda use: None)
            signers.init(ceremony(settings, signer, site, utc_now(), {}))
        if kept is not None and not kept.exists():
            for name in OF_A_CEREMONY:
                shutil.copytree(settings.folder / name, kept / name)
        for somebody in people_of(site):
            new = accounts.NewAccount(
                settings.region, somebody.username, somebody.name, somebody.organisation, [somebody.role], password
            )
            try:
                with base.database.write() as session:
                    accounts.create(session, new, utc_now(), passwords.FOR_DRAWN)
            except HubError as e:
                if e.code != "USERNAME_TAKEN":
                    raise
        return site
    finally:
        base.log.close()
        base.database.close()


def _admit_peers(settings: Settings, folder: Path, codes: Iterable[str]) -> None:
    """Whose systems may call the hub: those that say they do."""
    base = ground(settings)
    try:
        for code in codes:
            with base.database.write() as session:
                peers.register_key(session, settings.region, code, (folder / f"{code}.pub.pem").read_text(), utc_now())
    finally:
        base.log.close()
        base.database.close()


def _trust_issuers(trust: Path, given: Path) -> None:
    """Whose certificates are believed beside our own: those that departments sign themselves, by the files that they gave."""
    for file in given.glob("*.json"):
        shutil.copyfile(file, trust / file.name)
    (trust / TIMESTAMP_ROOTS).mkdir(exist_ok=True)
    for file in (given / TIMESTAMP_ROOTS).glob("*.pem"):
        shutil.copyfile(file, trust / TIMESTAMP_ROOTS / file.name)


def _start_simulators(folder: Path, hub_url: str, shared: Shared | None, *, idempotent: bool) -> Process:
    command = [
        "adapters.simulators",
        "--folder",
        str(folder / "departments"),
        "--hub",
        hub_url,
        "--delay",
        "0.3",
        *([] if idempotent else ["--repeats"]),
    ]
    out = folder / "departments.out"
    out.write_bytes(b"")
    return _start(command, dict(os.environ), out, shared)


def _ready(simulators: Process, out: Path, seconds: float = 60) -> dict[str, Any]:
    """What the departments' servers say as soon as they listen. Raises StageFailed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and simulators.poll() is None:
        for line in out.read_text().splitlines(keepends=True):
            if line.startswith(READY) and line.endswith("\n"):
                ready: dict[str, Any] = json.loads(line)
                return ready
        time.sleep(0.05)
    raise StageFailed("The departments' servers did not start; see departments.out in the demo's folder.")


def hub_environment(settings: Settings) -> dict[str, str]:
    """What a hub process of this stage is told."""
    return {
        "YIJIAN_FOLDER": str(settings.folder),
        "YIJIAN_DATABASE_URL": settings.database_url,
        "YIJIAN_LOG_URL": settings.log_url,
        "YIJIAN_LEASE_SECONDS": str(settings.lease_seconds),
        "YIJIAN_INTENT_LOST_AFTER_SECONDS": str(settings.intent_lost_after_seconds),
        "YIJIAN_PORT": str(settings.port),
        "YIJIAN_PUBLIC_URL": settings.public_url,
        "YIJIAN_TIMESTAMP_URL": settings.timestamp_url,
        "YIJIAN_NODE": settings.node,
        "YIJIAN_WORKER": str(settings.worker).lower(),
        "YIJIAN_LOG_LEVEL": "INFO",
    }


def _told(settings: Settings, more: Mapping[str, object]) -> dict[str, str]:
    """The environment of a process of the hub; `more` are further settings, by their names."""
    told = {f"YIJIAN_{name.upper()}": str(value) for name, value in more.items()}
    return {**os.environ, **hub_environment(settings), **told}


def _start(command: Sequence[str], environment: Mapping[str, str], output: Path, shared: Shared | None) -> Process:
    """A process of `python -m <command>`."""
    if shared is not None:
        return shared.mould.start(command, environment, output)
    with output.open("ab") as out:
        # A session of its own: Ctrl-C ends the demo, and the demo ends its servers in order.
        line = [sys.executable, "-m", *command]
        return subprocess.Popen(line, env=environment, stdout=out, stderr=out, start_new_session=True)


def _end(everybody: Sequence[Process]) -> None:
    for process in reversed(everybody):
        process.terminate()
    for process in everybody:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(url: str, hub: Process, output: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    with httpx2.Client(trust_env=False) as wire:
        while time.monotonic() < until and hub.poll() is None:
            try:
                if wire.get(url).status_code < 500:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
    ended = "ended at once" if hub.poll() is not None else f"did not answer within {seconds:.0f} s"
    raise StageFailed(f"The hub {ended}; see {output} for why.")


def _password(folder: Path) -> str:
    """One password for the demo's accounts, made once and kept beside the demo's other secrets."""
    kept = folder / "password"
    if not kept.exists():
        with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write("demo-" + secrets.token_urlsafe(9))
    return kept.read_text().strip()


def _refuse_taken(port: int) -> None:
    """Another hub may be there: this demo must neither log in at it nor be taken for it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as e:
            raise StageFailed(f"Port {port} is taken; end what runs there, or choose another with --port.") from e


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
