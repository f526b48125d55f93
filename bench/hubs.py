"""Hub and departments as real processes, for a bench that looks from outside: a site with the benches' own matters, one clerk. It measures nothing."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from machine import ROOT

from adapters.client import YijianClient
from adapters.outside.signer import SoftwareSigner
from adapters.simulators.departments import connections_toml
from hub.clock import utc_now
from hub.identity import accounts, passwords
from hub.settings import SITES, Settings
from hub.wiring import keys
from hub.wiring.build import ground
from hub.wiring.catalog_manager import publish_folder
from hub.wiring.ceremony import signers
from hub.wiring.ceremony.opening import ceremony

OWN = ROOT / "bench" / "site"
CLERK, PASSWORD = "clerk", "bench-" + secrets.token_urlsafe(9)
START_SECONDS = 60.0


@dataclass(frozen=True)
class Departments:
    """The simulators' process: addresses by code, and what a hub must know to reach them."""

    addresses: Mapping[str, str]
    connections: Mapping[str, Mapping[str, str | Mapping[str, str]]]

    def slow(self, seconds: float, codes: frozenset[str]) -> None:
        """From now on each of these answers every call after `seconds`."""
        for code in codes:
            order = {"mode": "slow", "seconds": seconds}
            httpx2.post(f"{self.addresses[code]}/_control", json=order, trust_env=False).raise_for_status()


@dataclass(frozen=True)
class RunningHub:
    """One hub process with its worker."""

    url: str
    settings: Settings
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """What the hub's process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def clerk(self) -> Iterator[tuple[YijianClient, httpx2.Client]]:
        """The clerk logged in: the API's client, and one for the pages with the same session's cookie."""
        with httpx2.Client(trust_env=False, timeout=120) as wire, httpx2.Client(base_url=self.url, trust_env=False, timeout=120) as pages:  # fmt: skip
            client = YijianClient(self.url, wire)
            pages.cookies.set("yijian", client.login(CLERK, PASSWORD)["token"])
            yield client, pages


def own_site(folder: Path) -> Path:
    """The county's site with the matters of `bench/site` beside its own."""
    made = folder / "site"
    shutil.copytree(SITES / "xixia", made)
    shutil.copytree(OWN, made, dirs_exist_ok=True)
    file = made / "departments" / "human-resources" / "department.toml"
    handles = "".join(f'\n[handles.{one}]\nway = "inbox"\n' for one in ("bench-prefill", "bench-brief"))
    file.write_text(file.read_text("utf-8") + handles, "utf-8")
    return made


@contextmanager
def departments(folder: Path) -> Iterator[Departments]:
    """Every simulator, in one process. None of them decides anything by itself, so the hub's address is not needed."""
    command = [sys.executable, "-m", "adapters.simulators", "--folder", str(folder / "departments"), "--manual"]
    with (folder / "departments.out").open("wb") as errors:
        process = subprocess.Popen(
            [*command, "--hub", "http://127.0.0.1:9"], stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"The simulators did not start: {(folder / 'departments.out').read_text()}")
        ready = json.loads(line)
        yield Departments(ready["addresses"], ready["connections"])
    finally:
        _end(process)


@contextmanager
def running(folder: Path, site: Path, urls: tuple[str, str], known: Departments, **more: str) -> Iterator[RunningHub]:
    """A hub on the two databases `urls` (hub, log) whose departments are `known`; `more` are further settings."""
    folder.mkdir()
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(
        folder=folder / "hub", port=port, public_url=url, database_url=urls[0], log_url=urls[1], site=site
    )
    prepare(settings, known)
    environment = {
        **os.environ,
        "YIJIAN_FOLDER": str(settings.folder),
        "YIJIAN_DATABASE_URL": urls[0],
        "YIJIAN_LOG_URL": urls[1],
        "YIJIAN_SITE": str(site),
        "YIJIAN_PORT": str(port),
        "YIJIAN_PUBLIC_URL": url,
        "YIJIAN_LOG_LEVEL": "WARNING",
        **{f"YIJIAN_{name.upper()}": value for name, value in more.items()},
    }
    with (folder / "hub.out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve"], env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_for(url, process, folder / "hub.out")
        yield RunningHub(url, settings, process)
    finally:
        _end(process)


def prepare(settings: Settings, known: Departments) -> None:
    """Keys, tables, the published site and its authorities' keys, the clerk, the file of connections."""
    keys.create(settings.keys_folder)
    base = ground(settings)
    try:
        digest, mistakes = publish_folder(base.database, settings.site, settings.region, "bench", utc_now)
        if not digest:
            raise SystemExit(f"The bench's site has {len(mistakes)} mismatches, the first: {mistakes[0]}")
        signer = SoftwareSigner(base.keys.signing, base.keys.passphrase, lambda use: None)
        signers.init(ceremony(settings, signer, base.catalogs.current(), utc_now(), {}))
        new = accounts.NewAccount(settings.region, CLERK, "演示窗口甲", "hub", ["clerk"], PASSWORD)
        with base.database.write() as session:
            accounts.create(session, new, utc_now(), passwords.FOR_DRAWN)
    finally:
        base.log.close()
        base.database.close()
    settings.connections_file.touch(mode=0o600)
    settings.connections_file.write_text(connections_toml(known.connections))


def _wait_for(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:  # an HTTP client for each try would cost more than the hub's start
            if probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"The hub did not start: {output.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
