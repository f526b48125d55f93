"""A whole hub behind its real doors, with one person of each role and the keys of three systems. It connects no department."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient

from adapters.client import Doc, Peer, YijianClient, private_key
from adapters.connect import Connected
from adapters.simulators import population
from hub.app import application
from hub.clock import utc_now
from hub.identity import accounts, peers
from hub.settings import Settings
from hub.store.tables import cases, item_cases
from hub.wiring import keys
from hub.wiring.build import Hub, build
from hub.wiring.catalog_manager import publish_folder

PASSWORD = "Yijian-2026-test"
PEOPLE = {
    "clerk": "hub",
    "reviewer": "health",
    "auditor": "hub",
    "catalog_manager": "hub",
    "operator": "hub",
}
"""Role (and user name `p.<role>`) to organisation."""

FOOD, POLICE, PLATFORM = "market-regulation", "public-security", "platform"
FIRM = population.FIRMS[0]
SYSTEMS = (FOOD, POLICE, PLATFORM)
BASE = "http://testserver"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Wired:
    """The hub, its application, and who may knock."""

    hub: Hub
    app: FastAPI
    systems: Mapping[str, Ed25519PrivateKey] = field(repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def http(self) -> httpx2.Client:
        """A bare client without any credentials; one that keeps no cookies of others."""
        return TestClient(self.app, base_url=BASE, raise_server_exceptions=False, follow_redirects=False)

    def person(self, role: str) -> YijianClient:
        client = YijianClient(BASE, self.http())
        client.login(f"p.{role}", PASSWORD)
        return client

    def token(self, role: str) -> str:
        """A session token of this role's person, opened once."""
        if role not in self.tokens:
            self.tokens[role] = self.hub.session.login(f"p.{role}", PASSWORD, utc_now())[0]
        return self.tokens[role]

    def session(self, role: str) -> dict[str, str]:
        """The header of a person."""
        return {"Authorization": f"Session {self.token(role)}"}

    def peer(self, organisation: str, at: datetime | None = None) -> Peer:
        """A system; `at` is what its clock says."""
        return Peer(organisation, pem(self.systems[organisation]), BASE, self.http(), lambda: at or datetime.now(UTC))

    def case(self, client: YijianClient, key: str = "") -> str:
        """A case of the food permit alone, opened by the clerk."""
        return client.open_case(**opening(), key=key)

    def dispatched(self, client: YijianClient) -> str:
        """The number of an item case that its department has been handed."""
        case = client.case(self.case(client))
        with self.hub.database.write() as session:
            session.execute(update(cases).where(cases.c.id == case["id"]).values(state="dispatched"))
            session.execute(update(item_cases).where(item_cases.c.case_id == case["id"]).values(state="pushed"))
        return str(case["items"][0]["item_no"])


def opening() -> Doc:
    """What a clerk types to open a case for a firm that does not exist."""
    representative = {"identifier": FIRM.boss.id_number, "proof": "居民身份证读卡"}
    return {
        "matter": "open-guesthouse",
        "answers": {"premises": "leased", "dining": "yes", "filing": "self"},
        "chosen": ["food-permit"],
        "parties": {
            "enterprise": {"identifier": FIRM.uscc, "proof": "营业执照原件核验", "phone": "13800001234"},
            "legal_representative": representative,
        },
    }


def prepare(folder: Path, database_url: str = "") -> None:
    """Keys, catalog, accounts and systems' keys under `folder`, once; copies of it are opened by `opened`."""
    settings = _settings(folder, database_url)
    keys.create(settings.keys_folder)
    hub = build(settings)
    publish_folder(hub.database, settings.site, settings.region, "test", utc_now)
    now = utc_now()
    with hub.database.write() as session:
        for role, organisation in PEOPLE.items():
            new = accounts.NewAccount(settings.region, f"p.{role}", "测试甲", organisation, [role], PASSWORD)
            accounts.create(session, new, now, QUICK)
        for name in SYSTEMS:
            key = Ed25519PrivateKey.generate()
            (folder / f"{name}.pem").write_bytes(pem(key))
            peers.register_key(session, settings.region, name, public_pem(key), now)
    hub.close()


def opened(folder: Path, database_url: str = "", adapters: Mapping[str, Connected] | None = None) -> Wired:
    """The hub of a prepared folder, with its application; `adapters` are departments that it is connected to."""
    hub = build(_settings(folder, database_url), adapters=adapters)
    known = {name: private_key((folder / f"{name}.pem").read_bytes()) for name in SYSTEMS}
    return Wired(hub, application(hub), known)


def _settings(folder: Path, database_url: str) -> Settings:
    return Settings(folder=folder, worker=False, database_url=database_url)


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
