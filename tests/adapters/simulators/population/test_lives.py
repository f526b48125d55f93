"""Children, graduates, workers, buyers: ages, dates, months and families fit together."""

from __future__ import annotations

from adapters.simulators.population import DAY, PEOPLE, household_of, person
from adapters.simulators.population.children import GUARDIANS, PUPILS, VACCINATIONS
from adapters.simulators.population.graduates import DIPLOMAS, PLACEMENTS, TALENTS
from adapters.simulators.population.homes import family_of, homes_of
from adapters.simulators.population.insurance import COVERS, FUND_ACCOUNTS
from adapters.simulators.population.numbers import age, months_between
from adapters.simulators.population.qualifications import MEDICAL_LICENCES, SKILLS
from adapters.simulators.population.taxes import DEED_TAXES, rate_of
from adapters.simulators.population.work import EMPLOYMENTS, HIRED, INSURANCES, SOCIAL_CARDS, STARTUPS


def test_a_guardian_is_of_age_and_lives_in_the_childs_household() -> None:
    for entry in GUARDIANS:
        assert age(entry.guardian.birth, entry.child.birth) >= 18
        assert entry.guardian in household_of(entry.child), entry.child.key


def test_every_child_of_the_register_has_a_guardian() -> None:
    children = {entry.key for entry in PEOPLE if age(entry.birth) < 16}
    assert children == {entry.child.key for entry in GUARDIANS if entry.child in PEOPLE}


def test_doses_lie_between_birth_and_today_and_two_children_miss_some() -> None:
    for entry in VACCINATIONS:
        assert all(entry.child.birth <= dose.given <= DAY for dose in entry.doses)
    assert {entry.child.key for entry in VACCINATIONS if not entry.complete} == {"orchid_son", "migrant_daughter"}
    assert "stranger_child" not in {entry.child.key for entry in VACCINATIONS}


def test_a_pupils_number_is_made_of_the_childs_own() -> None:
    assert all(entry.number == f"G{entry.child.id_number}" for entry in PUPILS)
    assert all(5 < age(entry.child.birth, entry.enrolled) < 14 for entry in PUPILS)


def test_a_graduate_was_old_enough_at_every_step() -> None:
    for entry in DIPLOMAS:
        assert age(entry.person.birth, entry.enrolled) >= 17, entry.person.key
        assert months_between(entry.enrolled[:6], entry.graduated[:6]) >= 30 and entry.graduated <= DAY
        assert bool(entry.abroad) == bool(entry.recognition_no)


def test_placements_and_talents_have_their_diploma_and_the_four_kinds() -> None:
    assert all(entry.diploma in DIPLOMAS for entry in PLACEMENTS)
    assert {entry.kind for entry in TALENTS} == {"startup", "hired", "overseas_startup", "overseas_hired"}
    assert all(dict(entry.firm.holders).get(entry.person.name, "0.00") == entry.share for entry in TALENTS)
    assert all(bool(entry.diploma.abroad) == entry.kind.startswith("overseas") for entry in TALENTS)


def test_nobody_works_before_the_employer_exists_or_under_age() -> None:
    for entry in (*EMPLOYMENTS, HIRED):
        assert entry.since >= entry.employer.founded, entry.person.key
        assert age(entry.person.birth, entry.since) >= 16
        assert bool(entry.until) == bool(entry.end) and (not entry.until or entry.since < entry.until <= DAY)


def test_months_paid_lie_within_the_employment() -> None:
    jobs = {entry.person.key: entry for entry in EMPLOYMENTS}
    for entry in INSURANCES:
        job, last = jobs[entry.person.key], entry.terms[-1][1]
        assert job.employer == entry.employer and job.since[:6] <= entry.terms[0][0] <= last <= (job.until or DAY)[:6]
        assert 0 < entry.months <= months_between(job.since[:6], (job.until or DAY)[:6])
        assert (entry.state == "stopped") == bool(job.until)


def test_of_the_four_out_of_work_two_may_have_the_benefit() -> None:
    months = {entry.person.key: entry.months for entry in INSURANCES}
    jobs = {entry.person.key: entry for entry in EMPLOYMENTS}
    unemployed = ("laid_off", "resigned", "short_paid", "near_pension")
    fit = [key for key in unemployed if months[key] >= 12 and jobs[key].end != "resigned"]
    assert fit == ["laid_off", "near_pension"] and all(age(person(key).birth) < 60 for key in unemployed)


def test_who_was_hired_just_now_is_insured_nowhere() -> None:
    known = {entry.person for entry in (*INSURANCES, *COVERS, *SOCIAL_CARDS, *FUND_ACCOUNTS)}
    assert not {person("graduate_employed"), person("graduate_idle")} & known


def test_the_fund_holds_what_was_paid_in() -> None:
    for entry in FUND_ACCOUNTS:
        paid = entry.monthly * entry.months
        assert entry.balance == (paid if not entry.loans else paid // 2) and entry.opened[:6] == entry.terms[0][0]
    assert {entry.person.key for entry in FUND_ACCOUNTS if entry.owed} == {"borrower", "heir"}


def test_insured_by_one_unit_at_a_time() -> None:
    current = [entry.person.key for entry in COVERS if entry.state == "normal"]
    assert len(current) == len(set(current))


def test_licences_are_of_those_old_enough_and_registered_where_they_work() -> None:
    for licence in MEDICAL_LICENCES:
        assert age(licence.person.birth, licence.registered) >= 20, licence.person.key
        assert licence.registered < DAY < licence.until
    assert all(age(entry.person.birth, entry.issued) >= 18 and entry.issued <= DAY for entry in SKILLS)
    assert all(entry.until == "长期" or entry.until > DAY for entry in SKILLS)


def test_a_family_owns_the_homes_that_its_tax_counts() -> None:
    ranks = {entry.key: entry.rank for entry in DEED_TAXES}
    assert ranks["buyer"] == ranks["single_buyer"] == 1 and ranks["second_home_buyer"] == 2
    assert {entry.key for entry in family_of(person("buyer_spouse"))} == {"buyer", "buyer_spouse", "buyer_child"}
    assert homes_of(family_of(person("buyer"))) == ()
    assert all(entry.due == entry.base * entry.rate // 10_000 for entry in DEED_TAXES)


def test_deed_tax_rises_with_area_and_number_of_homes() -> None:
    assert [rate_of(14_000, 1), rate_of(14_001, 1), rate_of(9_000, 2), rate_of(15_000, 2), rate_of(9_000, 3)] == [
        100, 150, 100, 200, 300,
    ]  # fmt: skip


def test_one_startup_is_fit_for_help_and_one_is_not() -> None:
    assert [(entry.defaults, entry.helped_before) for entry in STARTUPS] == [(0, False), (1, True)]
    assert all(entry.firm.boss == entry.founder and entry.began == entry.firm.founded for entry in STARTUPS)
