"""A case whose hygiene permit is signed, for tests of what the registry shares of it, and who asks over HTTP. It holds no test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import Table, select, update
from starlette.testclient import TestClient

from adapters import client
from adapters.client import Peer
from certificates.certificate import CertificateContent, read
from certificates.identifier import make
from certificates.identifier import read as read_identifier
from hub.app import application
from hub.clock import new_id
from hub.errors import HubError
from hub.identity import peers, sessions
from hub.identity.principal import HUB, Role
from hub.registry.codes import Cover
from hub.registry.rows import files_of
from hub.store.database import Session
from hub.store.tables import accounts, certificates
from hub.web.gate import cookie_name
from hub.wiring.code_views import CodeAsked, CodeMade, Redeemed, Redemption
from hub.wiring.shared_views import Given, Shared, Wanted, Within
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

    def asking(self, item: str = FOOD) -> client.Within:
        """As the client says it."""
        return client.Within(self.within(item).case, "open-guesthouse", "SJ0990")

    def mistyped(self) -> str:
        """The identifier with another check character."""
        return self.identifier[:-1] + ("1" if self.identifier[-1] != "1" else "2")

    def content(self) -> CertificateContent:
        with self.world.hub.database.read() as session:
            return read(self.world.hub.files.read(digests(session, self.id)["ycert"])).content

    def alter(self, table: Table, row_id: str, **values: object) -> None:
        """Something happens to a row, as time or another's act would do it."""
        with self.world.hub.database.write() as session:
            session.execute(update(table).where(table.c.id == row_id).values(**values))

    def another(self) -> str:
        """A second certificate of the same holder: the id of a row as the first one's. Whoever asks takes its holder away afterwards."""
        now, one = self.world.now[0], read_identifier(self.identifier)
        serial = make(one.type_code, one.issuer, new_id(now).replace("-", "").upper()[:20])
        with self.world.hub.database.write() as session:
            row = session.execute(select(certificates).where(certificates.c.id == self.id)).mappings().one()
            new = {**row, "id": new_id(now), "identifier": str(serial), "item_case_id": None, "status_place": None}
            session.execute(certificates.insert().values(**new))
            return str(new["id"])

    def used_by(self, code: str) -> int:
        return self.world.hub.code_use.permits(self.world.system(HEALTH), code).used

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

    def download(
        self, form: str = "copy", office: str = OFFICE, item: str = FOOD, key: str = "", copy_as: str = "pdf"
    ) -> Given:
        door, wanted = self.world.hub.certificate_sharing, Wanted(self.identifier)
        return door.download(
            self.world.system(office), self.within(item), wanted, form, None, key or new_id(self.world.now[0]), copy_as
        )

    def peer(self, office: str = OFFICE) -> Peer:
        """Its department's system, over the JSON door, with a key of its own."""
        return self.http.peer(self.world, office)

    def window(self) -> TestClient:
        return self.http.browser(self.world, HUB, Role.CLERK)

    def officer(self, office: str = HEALTH) -> TestClient:
        return self.http.browser(self.world, office, Role.REVIEWER)

    def code(self, key: str, times: int = 1, *, fields: tuple[str, ...] = (), **other: object) -> CodeMade:
        until, covers = self.world.now[0] + timedelta(days=3), (Cover(self.id, fields),)
        asked = CodeAsked(self.world.case(self.case_id).case_no, covers, HEALTH, "示例用途", until, times, key)
        return self.world.hub.certificate_codes.make(self.world.clerk, replace(asked, **other))  # type: ignore[arg-type]

    def redeem(self, made: CodeMade, key: str = "", office: str = HEALTH, **other: object) -> Redeemed:
        asked = replace(Redemption(made.code, "SJ0990", key or f"use-{made.view.id}"), **other)  # type: ignore[arg-type]
        return self.world.hub.code_use.redeem(self.world.system(office), asked)

    def copy(self, made: CodeMade, key: str = "") -> Given:
        """The one copy that a use gave."""
        (one,) = self.redeem(made, key).certificates
        assert one.file is not None
        return one.file


@dataclass
class Http:
    """The application before the same hub, and the keys of the systems that knocked."""

    app: FastAPI
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False)

    def browser(self, world: World, organisation: str, *roles: Role) -> TestClient:
        """A person's browser with a session that was just opened."""
        opened = self._seat(world, organisation, roles)
        client = TestClient(self.app, base_url=BASE, raise_server_exceptions=False, follow_redirects=False)
        client.cookies.set(cookie_name(world.hub.settings), opened.token)
        client.headers["X-CSRF"] = opened.csrf
        return client

    def person(self, world: World, organisation: str, *roles: Role) -> client.YijianClient:
        """The same person's program."""
        person = client.YijianClient(BASE, TestClient(self.app, base_url=BASE, raise_server_exceptions=False))
        person._token = self._seat(world, organisation, roles).token
        return person

    def _seat(self, world: World, organisation: str, roles: tuple[Role, ...]) -> sessions.Opened:
        now, account = world.now[0], new_id(world.now[0])
        with world.hub.database.write() as session:
            values = {
                "id": account,
                "region": REGION,
                "username": account,
                "password_hash": "-",
                "name": "演示丙",
                "created_at": now,
            }
            session.execute(accounts.insert().values(**values, organisation=organisation, roles=list(roles)))
            return sessions.start(session, account, now, now + timedelta(hours=1))

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
