"""The whole way of docs/adapters.md, as it is typed: a paper, a draft, its check, the review, a grant, publishing, the first question and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient
from typer.testing import CliRunner

from adapters.client import Doc, Peer, YijianClient, hub_key
from adapters.simulators import population
from adapters.simulators.departments import connections_toml
from hub.app import application
from hub.cli import main
from hub.clock import utc_now
from hub.demo.papers import simulating
from hub.identity import accounts, peers
from hub.settings import Settings
from hub.store.tables import cases, item_cases
from hub.wiring.build import Hub, build
from tests.catalog.conftest import copied
from tests.hub.api.wired import BASE, PASSWORD, QUICK, pem, public_pem
from tests.hub.cli.test_adapter import PAPER

FIRM = population.FIRMS[0].uscc
ECHOED = PAPER.replace(
    "fddbrxm:", "tyshxydm: {type: string, description: 统一社会信用代码}\n                      fddbrxm:"
)
GRANT = """
[[grants]]
code = "subjects-of-stages"
resource = "subjects.zt-cx"
purposes = ["open-stage"]
fields = ["legal_representative_name"]
ground = "核验主体资格"
clause = "示例条例第四条"
until = 2027-12-31
"""
ASKS = """
[[asks]]
key = "enterprise.manager_name"
name = "legal_representative_name"
title = "负责人姓名"
lock = "locked"
sources = [{ resource = "subjects.zt-cx", field = "legal_representative_name", subject = { uscc = "enterprise.uscc" } }]
"""


def typed(*words: str) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def reviewed(manifest: Path) -> None:
    """What a person does with an editor: step 3."""
    text = manifest.read_text("utf-8")
    for draft, decided in (
        ('share = "withheld"', 'share = "conditional"'),
        ("proposed = true", "# reviewed"),
        ('# ? echo = { uscc = "$.tyshxydm" }', 'echo = { uscc = "$.tyshxydm" }'),
    ):
        assert draft in text
        text = text.replace(draft, decided)
    manifest.write_text(text, "utf-8")


@dataclass(frozen=True)
class Installation:
    """A hub of the small site, with a clerk and the key of one office's system."""

    hub: Hub
    app: FastAPI
    office: Ed25519PrivateKey

    def http(self) -> TestClient:
        return TestClient(self.app, base_url=BASE)

    def dispatched(self) -> str:
        """The number of an item case on the office's desk: steps that the window and the inbox page take."""
        clerk = YijianClient(BASE, self.http())
        clerk.login("clerk", PASSWORD)
        party = {"identifier": FIRM, "proof": "电子营业执照", "phone": "13800000000"}
        case = clerk.case(clerk.open_case("open-stage", {"venue": "own"}, ["stage-permit"], {"enterprise": party}))
        with self.hub.database.write() as session:
            session.execute(update(cases).values(state="dispatched"))
            session.execute(update(item_cases).values(state="pushed"))
        return str(case["items"][0]["item_no"])

    def ask(self, item_no: str) -> Doc:
        (jwk,) = self.http().get("/api/v1/keys").json()["keys"]
        peer = Peer("culture", pem(self.office), BASE, self.http(), hub=hub_key(jwk))
        return peer.ask("subjects.zt-cx", item_no, "open-stage", {"uscc": FIRM}, handler="WH0990")


@contextmanager
def installed() -> Iterator[Installation]:
    """Steps 4 and 5: keys, published, a clerk, an office's key, and the connection; `YIJIAN_FOLDER` says where."""
    typed("keys", "create")
    typed("catalog", "publish", "--by", "演示目录员")
    hub, office = build(Settings(worker=False)), Ed25519PrivateKey.generate()
    new = accounts.NewAccount(hub.settings.region, "clerk", "测试甲", "hub", ["clerk"], PASSWORD)
    with hub.database.write() as session:
        accounts.create(session, new, utc_now(), QUICK)
        peers.register_key(session, hub.settings.region, "culture", public_pem(office), utc_now())
    yield Installation(hub, application(hub), office)
    hub.close()


def test_a_newcomer_comes_from_a_paper_to_an_answer_at_the_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, folder = copied("small", tmp_path), tmp_path / "hub"
    monkeypatch.setenv("YIJIAN_FOLDER", str(folder))
    monkeypatch.setenv("YIJIAN_SITE", str(site))
    (tmp_path / "zt.yaml").write_text(ECHOED, "utf-8")
    typed("adapter", "new", "subjects", "--openapi", str(tmp_path / "zt.yaml"), "--title", "测试局")
    reviewed(site / "departments" / "subjects" / "department.toml")
    assert "look  review: no grant names" in (told := typed("adapter", "check", "subjects", "--simulated"))
    assert "ok    answers: 1 of 1" in told
    (site / "grants").mkdir()
    (site / "grants" / "subjects.toml").write_text(GRANT, "utf-8")
    item = site / "items" / "stage-permit.toml"
    item.write_text(f'legal_bases = ["示例条例第五条"]\n{item.read_text("utf-8")}{ASKS}', "utf-8")
    typed("catalog", "check")
    with simulating(site, "subjects") as connection:
        assert connection is not None
        folder.mkdir(mode=0o700)
        (folder / "connections.toml").write_text(
            connections_toml({"subjects": {"address": connection.address, "secrets": {"token": "example"}}})
        )
        with installed() as hub:
            answer = hub.ask(hub.dispatched())
    assert answer["outcome"] == "found" and answer["intent"] < answer["record"]
    assert answer["values"] == {"legal_representative_name": "示例法定代表人姓名"}
