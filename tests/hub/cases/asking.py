"""A site of look-ups and a print-out, and the departments that answer its questions as a test tells them. It holds no test.

Questions go the whole way: pre-fill, exchange, sharing log. Only the departments themselves are played.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from adapters.contract import Document, Found, NotFound, Outcome, Query, Raw
from adapters.outside.signer import SoftwareSigner
from adapters.simulators import population
from catalog.loading import Loaded, load
from certificates import identifier
from certificates.certificate import CITIZEN_ID, MEDIA_TYPE, CertificateContent, Holder, IssuingAuthority, issue
from certificates.trust import Authority, TrustedKey, write_authority
from hub.cases.views import CaseView, ItemView, MaterialView, QueryView
from hub.exchange import Exchange
from hub.prefill.driver import ANSWER_LATER, Prefill
from hub.prefill.rounds import ASK
from hub.store.tables import case_events, form_values, notices
from hub.wiring.asked import AskedItems
from hub.wiring.taking_in import TakingIn
from tests.catalog.conftest import ON, copied
from tests.hub.cases.making import NOW
from tests.hub.cases.world import World, opened

HOUSEHOLD, VACCINATION = "household-look-up", "vaccination-look-up"
REGISTER = "register-look-up"
HOMES, DECLARATION, PRINT_OUT = "home-count-look-up", "deed-tax-declaration", "deed-tax-print-out"
GUARDIAN, CHILD = population.PEOPLE[0].id_number, population.PEOPLE[1].id_number
WHOLE = ("ask", ANSWER_LATER, "gather", "take_document")
"""Kinds of work that ask and take in answers."""
TAX = "11410000MB9900017M"
TAX_CERTIFICATE = "11410000MB9900017M701"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@functools.cache
def loaded() -> Loaded:
    with tempfile.TemporaryDirectory() as folder:
        return load(copied("asked", Path(folder)), ON)


def found(documents: Sequence[Document] = (), **values: str) -> Found:
    return Found(values, Raw(b'{"zt":"00"}', "application/json"), documents=tuple(documents))


@dataclass
class Departments:
    """Answers by resource: the next of its script, the last one for ever. Notes every question."""

    script: dict[str, list[Outcome]] = field(default_factory=dict)
    asked: list[Query] = field(default_factory=list)

    async def answer(self, query: Query) -> Outcome:
        self.asked.append(query)
        answers = self.script.get(query.resource.code, [NotFound()])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def times(self, resource: str) -> int:
        return sum(q.resource.code == resource for q in self.asked)


@dataclass
class Counter:
    """The world with its answering departments, and what a test does and looks at there."""

    world: World
    departments: Departments
    signer: SoftwareSigner

    def says(self, resource: str, *outcomes: Outcome) -> None:
        """What the department answers, in this order; the last one for ever."""
        self.departments.script[resource] = list(outcomes)

    # --- cases -----------------------------------------------------------------------------------------------------------

    def enrol(self, key: str = "k1") -> str:
        """A child's enrolment at the counter; its questions are queued."""
        return self._with_child("enrol-child", (HOUSEHOLD, VACCINATION), key)

    def move_school(self, key: str = "k1") -> str:
        """A child's move to another school: one look-up that alone asks for a field and the paper behind it."""
        return self._with_child("move-school", (REGISTER,), key)

    def _with_child(self, matter: str, items: tuple[str, ...], key: str) -> str:
        parties = {
            "guardian": {"identifier": GUARDIAN, "proof": "居民身份证", "name": "测试甲", "phone": "13800000000"},
            "child": {"identifier": CHILD, "proof": "居民户口簿", "name": "测试乙"},
        }
        return self.world.hub.clerk.open_case(self.world.clerk, matter, {}, items, parties, key)

    def buy(self, items: tuple[str, ...] = (HOMES, DECLARATION, PRINT_OUT), key: str = "k1") -> str:
        """A buyer who declares the deed tax, received, with the declaration at the tax bureau."""
        buyer = {"identifier": GUARDIAN, "proof": "居民身份证", "name": "测试甲", "phone": "13800000000"}
        case_id = self.world.hub.clerk.open_case(self.world.clerk, "pay-deed-tax", {}, items, {"buyer": buyer}, key)
        self.run(ASK)
        self.fill(case_id, {"buyer.name": "测试甲", "buyer.purchase_price": "600000"})
        self.world.receive(case_id)
        self.world.run("hand_over")
        return case_id

    def fill(self, case_id: str, values: Mapping[str, str]) -> None:
        for key, value in values.items():
            with self.world.hub.database.read() as session:
                there = session.execute(
                    select(form_values.c.value).where(form_values.c.case_id == case_id, form_values.c.field == key)
                ).scalar()
            if not there and key in [f.key for f in self.world.scene(case_id).form.fields]:
                self.world.hub.clerk.set_field(self.world.clerk, case_id, key, value)

    def decided(self, case_id: str) -> None:
        """The tax bureau takes the declaration on and decides it."""
        self.world.accept(case_id, DECLARATION)
        self.world.decide(case_id, DECLARATION)

    def run(self, *kinds: str) -> int:
        return self.world.run(*(kinds or WHOLE))

    # --- documents -------------------------------------------------------------------------------------------------------

    def certificate(self, holder: str = GUARDIAN, type_code: str = TAX_CERTIFICATE, authority: str = TAX) -> Document:
        """A tax certificate as the tax system signs it, with its own key."""
        day = date(2026, 11, 20)
        content = CertificateContent(
            identifier=identifier.make(type_code, authority, "2026411323000000000001"),
            type_code=type_code,
            type_name="税收完税证明（契税）",
            number="（2026）示例完税第000001号",
            holder=Holder("测试甲", holder, CITIZEN_ID),
            authority=IssuingAuthority("示例税务局", authority),
            issued_on=day,
            valid_from=day,
            valid_to=None,
        )
        suite = self.signer.suites(TAX)[0]
        return Document("wszm.ycert", MEDIA_TYPE, issue(content, self.signer, TAX, suite, NOW))

    # --- looking ---------------------------------------------------------------------------------------------------------

    def page(self, case_id: str) -> CaseView:
        return self.world.hub.clerk.case(self.world.clerk, case_id)

    def item(self, case_id: str, code: str) -> ItemView:
        return next(i for i in self.page(case_id).items if i.code == code)

    def material(self, case_id: str) -> MaterialView:
        """The case's one material."""
        return self.page(case_id).materials[0]

    def query(self, case_id: str, resource: str) -> QueryView:
        return next(q for q in self.page(case_id).queries if q.resource == resource)

    def sheet(self, case_id: str) -> str:
        with self.world.hub.database.read() as session:
            where = (notices.c.case_id == case_id, notices.c.kind == "verification_sheet")
            return str(session.execute(select(notices.c.body).where(*where)).scalar_one())

    def events(self, case_id: str) -> list[str]:
        with self.world.hub.database.read() as session:
            c = case_events.c
            return list(session.execute(select(c.kind).where(c.case_id == case_id).order_by(c.no)).scalars())


@functools.cache
def _tax_bureau(folder: Path) -> SoftwareSigner:
    """Its key is made once: none of these tests changes it."""
    signer = SoftwareSigner(folder, "of-the-tax-bureau", lambda use: None)
    signer.create(TAX)
    return signer


def counter(folder: Path, prepared: Path, database_url: str) -> Counter:
    """A hub on the site of look-ups, with the tax bureau's public key in its trust folder."""
    world = opened(folder, prepared, database_url, loaded())
    hub, departments = world.hub, Departments()
    answers = {code: departments for code in loaded().site.departments if code not in hub.adapters}
    inbox = {code: a.answers for code, a in hub.adapters.items() if a.answers is not None}
    exchange = Exchange({**answers, **inbox}, hub.log, clock=hub.clock)
    own = hub.clerk._p
    prefill = Prefill(hub.database, exchange, hub.files, hub.catalogs.site, own.index_key, again_after_seconds=None)
    trust = folder / "trust"
    taking = TakingIn(hub.database, hub.files, own.desk.region, own.index_key)
    asked = AskedItems(hub.database, own.desk, prefill, taking, trust, hub.clock)
    handlers = {
        ASK: asked.answer_one,
        ANSWER_LATER: asked.answer_later,
        "gather": asked.gather,
        "take_document": asked.take_document,
    }
    signer = _tax_bureau(prepared.with_name("tax-keys"))
    key = TrustedKey(signer.public_key(TAX, signer.suites(TAX)[0]), LONG_AGO, None, None, (TAX_CERTIFICATE,))
    trust.mkdir(exist_ok=True)
    (trust / f"{TAX}.json").write_bytes(write_authority(Authority(TAX, "示例税务局", (key,))))
    return Counter(replace(world, handlers={**world.handlers, **handlers}), departments, signer)
