"""Every route that takes an Idempotency-Key, with a body that it takes and another one, on the desks of a standing hub. It holds no test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from adapters.client import ClientProblem, Doc
from adapters.simulators import population
from hub.identity.principal import HUB, Role
from hub.registry.codes import Gives
from hub.store.tables import certificates
from tests.hub.cases.making import FOOD, HOTEL, HYGIENE, MATTER
from tests.hub.cases.sharing import HEALTH, OFFICE, POLICE, TYPE, Shop
from tests.hub.cases.world import FIRM, NAME, PHONE

PREFIX, ONE = "/api/v1", "/certificates/{certificate_id}"
OTHER = population.FIRMS[1]
PLATFORM, CLERK = "platform", "clerk"


@dataclass(frozen=True)
class Door:
    """Who calls what: a `first` body, and `other` content. Where a `before` stands, the key was used there instead."""

    who: str
    path: str
    first: Doc
    other: Doc
    before: tuple[str, Doc] | None = None


@dataclass
class Keyed:
    """The doors of one hub, each with what it needs to take its first body."""

    shop: Shop
    doors: Mapping[str, Door] = field(default_factory=dict)

    def call(self, door: Door, path: str, body: Doc, key: str) -> Any:
        """The answer without what each call has of its own; of a refusal its code."""
        try:
            if door.who != CLERK:
                return _lasting(self.shop.peer(door.who).call("POST", path, body, key))
            return _lasting(self._person()._doc("POST", path, body, {"Idempotency-Key": key}))
        except ClientProblem as refused:
            return refused.code

    def _person(self) -> Any:
        self._clerk = getattr(self, "_clerk", None) or self.shop.http.person(self.shop.world, HUB, Role.CLERK)
        return self._clerk


def keyed(shop: Shop) -> Keyed:
    """Opens a case of its own, takes a row in, and makes a code; a certificate like the shop's is there to be suspended."""
    world = shop.world
    case = world.case(world.dispatched("keyed-case", chosen=(HYGIENE, HOTEL, FOOD)))
    food, hotel = (f"/item-cases/{case.item(code).item_no}" for code in (FOOD, HOTEL))
    until, last = world.now[0] + timedelta(days=3), (world.now[0] + timedelta(days=2)).date().isoformat()
    code = shop.code("keyed-code", 2, gives=Gives.VERIFY.value).code
    row = {"type": TYPE, "number": "示例卫证字〔2020〕第71号", "holder_name": OTHER.name, "holder_code": OTHER.uscc, "authority": HEALTH, "issued_on": "2025-03-01"}  # fmt: skip
    [typed] = world.hub.bringing.records(world.clerk, [row], "keyed-row")
    another = shop.another()
    shop.alter(certificates, another, subject_id=None)
    mine = {"case_no": world.case(shop.case_id).case_no, "purpose": "示例用途"}
    shown = {**mine, "until": until.isoformat(), "times": 1}
    within = {"purpose": MATTER.code, "case": shop.within().case, "handler": "SJ0990", "identifier": shop.identifier}
    party = {"identifier": FIRM.uscc, "proof": next(r for r in MATTER.roles if r.code == "enterprise").proofs[0], "phone": PHONE, "name": NAME}  # fmt: skip
    opening = {"matter": MATTER.code, "answers": {}, "chosen": [FOOD], "parties": {"enterprise": party}}
    act = {"act": "suspend", "reason": "示例理由", "decision": "示例决〔2026〕21号"}
    one, accepted = ONE.format(certificate_id=shop.id), {"result": "accepted"}
    nothing = "/certificates/imports/records", {"rows": [{}]}
    doors = {
        "/cases": Door(CLERK, "/cases", opening, {**opening, "chosen": [HYGIENE]}),
        f"{ONE}/acts": Door(HEALTH, f"/certificates/{another}/acts", act, {**act, "act": "revoke"}),
        f"{ONE}/copies": Door(CLERK, f"{one}/copies", {**mine, "expires_on": last, "form": "ofd"}, {"purpose": "另一用途", "expires_on": last}),
        f"{ONE}/codes": Door(CLERK, f"{one}/codes", {**shown, "audience": HEALTH, "gives": "verify"}, {**shown, "audience": POLICE, "gives": "verify"}),
        f"{ONE}/links": Door(CLERK, f"{one}/links", {**shown, "shown": ["number"]}, {**shown, "shown": ["number", "holder_code"]}),
        f"{ONE}/checks": Door(CLERK, f"/certificates/{typed.id}/checks", {"reason": "与原件一致"}, {"reason": "与原件不一致"}),
        "/certificates/imports/records": Door(HEALTH, "/certificates/imports/records", {"rows": [row]}, {"rows": [{**row, "number": "示例卫证字〔2020〕第72号"}]}),
        "/certificates/shared/download": Door(OFFICE, "/certificates/shared/download", {**within, "copy_as": "ofd"}, {**within, "copy_as": "png"}),
        "/certificates/shared/redemptions": Door(HEALTH, "/certificates/shared/redemptions", {"code": code, "handler": "SJ0990", "number": "1"}, {"code": code, "handler": "SJ0990", "number": "2"}),
        "/item-cases/{item_no}/acceptance": Door(OFFICE, f"{food}/acceptance", accepted, {"result": "refused", "reason": "场所不符"}),
        "/item-cases/{item_no}/special-procedures": Door(OFFICE, f"{food}/special-procedures", {}, {"action": "end"}, nothing),
        "/item-cases/{item_no}/decision": Door(OFFICE, f"{food}/decision", {}, {"result": "denied", "reason": "场所不符"}, nothing),
        "/item-cases/{item_no}/pre-review": Door(POLICE, f"{hotel}/pre-review", {}, {}, (f"{hotel}/acceptance", accepted)),
        "/filings": Door(PLATFORM, "/filings", {**opening, "values": {}}, {**opening, "chosen": [HYGIENE], "values": {}}),
        "/filings/{filing_id}/withdrawal": Door(PLATFORM, "/filings/0/withdrawal", {}, {"reason": "不办了"}, ("/filings", {**opening, "values": {}, "chosen": [FOOD, HYGIENE]})),
    }  # fmt: skip
    return Keyed(shop, {PREFIX + path: door for path, door in doors.items()})


def _lasting(answer: Any) -> Any:
    """An answer without the numbers of its records and what is left of a code, which each call has of its own."""
    if isinstance(answer, dict):
        return {name: _lasting(value) for name, value in answer.items() if name not in ("intent", "record", "left")}
    return [_lasting(one) for one in answer] if isinstance(answer, list) else answer
