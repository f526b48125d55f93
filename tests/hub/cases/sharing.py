"""A case whose hygiene permit is signed, for tests of what the registry shares of it, and who asks over HTTP. It holds no test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from starlette.testclient import TestClient

from adapters.client import Peer
from hub.app import application
from hub.errors import HubError
from hub.identity import peers
from hub.registry.rows import files_of
from hub.store.database import Session
from hub.store.tables import certificates
from hub.wiring.shared_views import CodeAsked, CodeMade, Given, Shared, Wanted, Within
from tests.hub.api.wired import BASE, pem, public_pem
from tests.hub.cases.making import FOOD, HOTEL, HYGIENE, SITE
from tests.hub.cases.world import REGION, World, opened

OFFICE, POLICE, HEALTH = "market-regulation", "public-security", "health"
TYPE = SITE.items[HYGIENE].result.certificate_type


@dataclass(frozen=True)
class Shop:
    """A case whose hygiene permit is signed, while the offices of the food and hotel permits have it on their desks."""

    world: World
    case_id: str
    id: str
    identifier: str
    http: Http

    def within(self, item: str = FOOD, purpose: str = "open-guesthouse") -> Within:
        return Within(purpose, self.world.case(self.case_id).item(item).item_no, "SJ0990")

    def records(self, since: int) -> list[tuple[str, str]]:
        """Phase and result or reason of what the log took since then."""
        found = [entry.record for entry in self.world.hub.log.entries(since)]
        return [(str(r["phase"]), str(r.get("result") or r.get("reason") or "")) for r in found]

    def size(self) -> int:
        return self.world.hub.log.size()

    def qr(self) -> str:
        with self.world.hub.database.read() as session:
            return self.world.hub.files.read(digests(session, self.id)["credential"]).decode()

    def query(self, wanted: Wanted, office: str = OFFICE, item: str = FOOD) -> Shared:
        return self.world.hub.certificate_sharing.query(self.world.system(office), self.within(item), wanted)

    def download(self, form: str = "copy", office: str = OFFICE, item: str = FOOD, key: str = "d") -> Given:
        door, wanted = self.world.hub.certificate_sharing, Wanted(self.identifier)
        return door.download(self.world.system(office), self.within(item), wanted, form, None, key)

    def peer(self, office: str = OFFICE) -> Peer:
        """Its department's system, over the JSON door, with a key of its own."""
        return self.http.peer(self.world, office)

    def code(self, key: str, times: int = 1, **other: object) -> CodeMade:
        until = self.world.now[0] + timedelta(days=3)
        asked = CodeAsked(self.world.case(self.case_id).case_no, HEALTH, "示例用途", until, times, key)
        return self.world.hub.certificate_codes.make(self.world.clerk, self.id, replace(asked, **other))  # type: ignore[arg-type]

    def redeem(self, made: CodeMade, key: str = "r", office: str = HEALTH) -> Given:
        return self.world.hub.certificate_codes.redeem(self.world.system(office), made.code, "SJ0990", key)


@dataclass
class Http:
    """The application before the same hub, and the keys of the systems that knocked."""

    app: FastAPI
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False)

    def peer(self, world: World, office: str) -> Peer:
        if office not in self.keys:
            self.keys[office] = Ed25519PrivateKey.generate()
            with world.hub.database.write() as session:
                peers.register_key(session, REGION, office, public_pem(self.keys[office]), world.now[0])
        client = TestClient(self.app, base_url=BASE, raise_server_exceptions=False)
        return Peer(office, pem(self.keys[office]), BASE, client, lambda: world.now[0])


def stands(folder: Path, keys: Path, url: str) -> Iterator[Shop]:
    world = opened(folder / "hub", keys, url)
    case_id = world.dispatched(chosen=(HYGIENE, HOTEL, FOOD))
    world.accept(case_id, HYGIENE)
    world.decide(case_id, HYGIENE)
    world.run("sign")
    with world.hub.database.read() as session:
        row = session.execute(certificates.select()).one()
    yield Shop(world, case_id, row.id, row.identifier, Http(application(world.hub)))
    world.hub.close()


def refused(call: Callable[..., object], *args: object, **named: object) -> str:
    with pytest.raises(HubError) as error:
        call(*args, **named)
    return str(getattr(error.value, "rule", "") or error.value.code)


def state(shop: Shop, made: CodeMade) -> tuple[str, int]:
    found = {one.id: one for one in shop.world.hub.certificate_codes.codes(shop.world.clerk, shop.id)}
    return found[made.view.id].state, found[made.view.id].used


def digests(session: Session, certificate_id: str) -> dict[str, str]:
    """Kind of file → digest."""
    return {kind: one.file for kind, one in files_of(session, certificate_id).items()}
