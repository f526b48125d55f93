"""我要开民宿 as the site has it: which questions each answer makes possible, from a proven enterprise on. Pure; it opens no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from catalog.demand import Answers, form_of, items_for, materials_of
from catalog.loading import load
from hub.policy import Allowed, Party, Refused, Standing, Tie, Use, may, subject_allowed
from hub.prefill.fill import fill, reached
from hub.prefill.plan import PlannedQuery, Wanted, plan
from hub.prefill.values import Known, Provenance, Reply, Status, Value, known

SITE = load(Path(__file__).parents[3] / "catalog" / "sites" / "xixia").site
MATTER = SITE.matters["open-guesthouse"]

USCC, REPRESENTATIVE, OWNER = "91411323MA9YJ00160", "41132319850312991X", "411323196809189959"
ENTERPRISE = Party("enterprise", USCC, "电子营业执照扫码")
DEED_NUMBER = "豫（2021）西峡县不动产权第0990001号"

LICENCE, LEASE, DEED = "market-regulation.business-licence", "real-estate.lease", "real-estate.deed"
HELD = "real-estate.deed-of-holder"
HYGIENE, FIRE, PERSON = "health.hygiene-report", "platform.fire-acceptance", "public-security.person"

ANSWERS: Mapping[tuple[str, str], Mapping[str, str]] = {
    (LICENCE, USCC): {
        "enterprise_name": "西峡县山水间示例民宿有限公司",
        "legal_representative_name": "测试甲",
        "legal_representative_id_number": REPRESENTATIVE,
    },
    (LEASE, USCC): {"lease_number": "XZB2026-0991", "deed_number": DEED_NUMBER},
    (HELD, USCC): {"deed_number": DEED_NUMBER},
    (HYGIENE, USCC): {"hygiene_report_number": "WJ-2026-0990"},
    (FIRE, USCC): {"acceptance_document_number": "XFYS-2026-0990"},
    (DEED, DEED_NUMBER): {"premises_address": "河南省南阳市西峡县桑坪镇示例村山水路8号院", "floor_area": "320.50"},
    (PERSON, REPRESENTATIVE): {"name": "测试甲", "sex": "1"},
    (PERSON, OWNER): {"name": "演示丁"},
}
OWNERS = ({"owner_name": "演示丁", "owner_id_number": OWNER},)


@dataclass
class Case:
    """A case's form, its values and what was asked so far."""

    answers: Answers
    parties: tuple[Party, ...] = (ENTERPRISE,)
    values: dict[str, Value] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    asked: dict[tuple[str, frozenset[tuple[str, str]]], frozenset[str]] = field(default_factory=dict)

    @property
    def wanted(self) -> Wanted:
        chosen = items_for(MATTER, self.answers)
        exemptions = (needed.exemption for needed in materials_of(MATTER, chosen, self.answers))
        fields = form_of(MATTER, chosen, self.answers).fields
        return Wanted(fields, tuple(one for one in exemptions if one and one.resource))

    @property
    def known(self) -> Known:
        return known(self.values, {"enterprise.uscc": USCC})

    @property
    def standing(self) -> Standing:
        return Standing(MATTER.roles, self.parties, reached(self.wanted.fields, self.replies, self.known))

    def ask(self) -> list[PlannedQuery]:
        return plan(self.wanted, self.known, self.standing, self.asked)

    def answer(self, questions: list[PlannedQuery]) -> None:
        self.asked |= {query.question: frozenset(query.fields) for query in questions}
        self.replies += [reply(query) for query in questions]
        changes = fill(self.wanted.fields, self.values, self.replies, self.known)
        self.values |= {change.after.key: change.after for change in changes}

    def rounds(self) -> list[list[PlannedQuery]]:
        """Ask and answer until no question is left."""
        found = []
        while questions := self.ask():
            found.append(questions)
            self.answer(questions)
        return found


def reply(query: PlannedQuery) -> Reply:
    resource = SITE.resources[query.resource]
    source = Provenance(resource.trust, resource.department, resource=resource.code, query_id=str(query.question))
    values = ANSWERS[resource.code, next(iter(query.subject.values()))]
    lists = {"owners": OWNERS} if resource.code == DEED else {}
    return Reply(resource.code, query.subject, query.role, False, source, values, lists)


def about(questions: list[PlannedQuery]) -> set[tuple[str, str]]:
    return {(query.resource, query.role) for query in questions}


LEASED = Case({"premises": "leased"})
ROUNDS = LEASED.rounds()
"""All rounds of a leased guesthouse, played once: nothing here changes them."""


def test_each_answer_makes_the_next_question_possible() -> None:
    assert [about(questions) for questions in ROUNDS] == [
        {(one, "enterprise") for one in (LICENCE, LEASE, HYGIENE, FIRE)},
        {(PERSON, "legal_representative"), (DEED, "premises")},
        {(PERSON, "owner")},
    ]


def test_the_answers_reach_the_form() -> None:
    filled = {key: value.value for key, value in LEASED.values.items() if value.status is Status.AUTO}
    assert filled["premises.fire_acceptance_number"] == "XFYS-2026-0990"
    assert (filled["premises.floor_area"], filled["owner.name"]) == ("320.5", "演示丁")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("legal_representative.id_number", REPRESENTATIVE),
        ("premises.deed_number", DEED_NUMBER),
        ("owner.id_number", OWNER),
    ],
)
def test_whoever_is_not_proven_is_reached_by_a_declared_relation(key: str, value: str) -> None:
    tie = subject_allowed(LEASED.standing, {key: value})
    assert isinstance(tie, Tie) and tie.by == f"relation:{key}"


def test_every_question_has_a_grant_for_all_its_fields() -> None:
    use = Use(MATTER.code, SITE.region, "", date(2026, 11, 20))
    for query in (query for questions in ROUNDS for query in questions):
        allowed = may(SITE.grants, SITE.resources[query.resource], query.fields, use)
        assert isinstance(allowed, Allowed) and not allowed.cut, query.resource


def test_an_enterprise_that_proved_nothing_is_asked_nothing() -> None:
    assert Case({"premises": "leased"}, parties=(Party("enterprise", USCC),)).ask() == []


@pytest.mark.parametrize("premises", ["leased", "own"])
def test_a_deed_number_typed_by_hand_opens_no_deed(premises: str) -> None:
    typed = Value("premises.deed_number", DEED_NUMBER, Status.MANUAL, Provenance("D", by="clerk-1"))
    case = Case({"premises": premises}, values={typed.key: typed})
    assert DEED not in {query.resource for query in case.ask()}
    assert isinstance(subject_allowed(case.standing, {typed.key: typed.value}), Refused)


def test_own_premises_lead_to_the_deed_and_to_nobody_but_the_legal_representative() -> None:
    rounds = Case({"premises": "own"}).rounds()
    assert [about(questions) for questions in rounds] == [
        {(one, "enterprise") for one in (LICENCE, HELD, HYGIENE, FIRE)},
        {(PERSON, "legal_representative"), (DEED, "premises")},
    ]
    [deed] = (query for query in rounds[1] if query.resource == DEED)
    assert not [name for name in deed.fields if name.startswith("owners")]
