"""The synthetic persons are plainly made up, and each is at one with age, number, card and household."""

from __future__ import annotations

from collections import Counter

from stdnum.cn import ric

from adapters.simulators.population import DAY, ELSEWHERE, NOBODY, PEOPLE, REGION, household_of, people_numbered, person
from adapters.simulators.population.civil import MARRIAGES, REMOVALS, RESIDENCE_PERMITS, spouse_of
from adapters.simulators.population.numbers import age, months_between
from adapters.simulators.population.register import anybody_numbered

EVERYBODY = (*PEOPLE, *ELSEWHERE)


def test_every_id_number_has_a_valid_check_digit() -> None:
    for number in (*(entry.id_number for entry in EVERYBODY), NOBODY):
        assert number[-1] == ric.calc_check_digit(number)


def test_every_id_number_is_of_the_reserved_sequence_and_prefix() -> None:
    assert all(entry.id_number.startswith(REGION) and int(entry.id_number[14:17]) >= 990 for entry in EVERYBODY)


def test_every_name_says_that_it_is_made_up_and_belongs_to_one_person() -> None:
    assert all(any(word in entry.name for word in ("测试", "示例", "演示")) for entry in EVERYBODY)
    assert [name for name, count in Counter(entry.name for entry in EVERYBODY).items() if count > 1] == []


def test_only_the_twins_carry_one_number() -> None:
    shared = [number for number, count in Counter(entry.id_number for entry in EVERYBODY).items() if count > 1]
    assert shared == [person("twin_1").id_number]
    assert len(people_numbered(shared[0])) == 2


def test_the_sex_in_a_number_is_the_registered_sex() -> None:
    assert all((int(entry.id_number[16]) % 2 == 1) == (entry.sex == "1") for entry in EVERYBODY)


def test_nobody_is_in_the_register_and_who_lives_elsewhere_is_not_found_here() -> None:
    assert people_numbered(NOBODY) == ()
    assert [people_numbered(entry.id_number) for entry in ELSEWHERE] == [()] * len(ELSEWHERE)
    assert [anybody_numbered(entry.id_number) for entry in ELSEWHERE] == [(entry,) for entry in ELSEWHERE]


def test_a_household_has_one_head_and_one_place() -> None:
    for number in {entry.household for entry in PEOPLE}:
        members = [entry for entry in PEOPLE if entry.household == number]
        heads = [entry for entry in members if entry.relation == "02"]
        assert len(heads) == 1 and {entry.home for entry in members} == {heads[0].home}, number


def test_the_household_of_the_legal_representative_starts_with_its_head() -> None:
    members = household_of(person("child"))
    assert [entry.key for entry in members] == ["legal_representative", "spouse", "child"]


def test_nobody_settled_before_their_birth_or_after_today() -> None:
    assert all(entry.birth <= (entry.settled or entry.birth) <= DAY for entry in EVERYBODY)


def test_every_card_but_the_one_that_ran_out_is_valid_on_the_day() -> None:
    expired = [entry.key for entry in EVERYBODY if entry.card_to != "长期" and entry.card_to < DAY]
    assert expired == ["revoked_boss"]
    assert all(entry.birth < entry.card_from <= DAY for entry in EVERYBODY)


def test_married_are_those_who_have_somebody_and_old_enough() -> None:
    for entry in MARRIAGES:
        assert (entry.husband.sex, entry.wife.sex) == ("1", "2")
        assert age(entry.husband.birth, entry.registered) >= 22 and age(entry.wife.birth, entry.registered) >= 20
        assert entry.registered <= DAY and {entry.husband.marriage, entry.wife.marriage} == {"20"}
    assert all(age(entry.birth) >= 20 for entry in EVERYBODY if entry.marriage == "20")
    assert spouse_of(person("plum_father")) == person("plum_mother") and spouse_of(person("orchid_mother")) is None


def test_a_residence_permit_is_for_somebody_registered_elsewhere() -> None:
    assert all(entry.person in ELSEWHERE and entry.place != entry.person.home for entry in RESIDENCE_PERMITS)
    assert {entry.person.key for entry in RESIDENCE_PERMITS if not entry.valid} == {"talent_overseas_hired"}


def test_a_removal_leads_from_elsewhere_into_a_household_here_in_time() -> None:
    households = {entry.household for entry in PEOPLE} | {"9909999"}
    for entry in REMOVALS:
        assert entry.person in ELSEWHERE and entry.to_household in households
        assert entry.issued <= DAY < entry.until


def test_phones_are_of_one_made_up_series_and_belong_to_one_person() -> None:
    phones = [entry.phone for entry in EVERYBODY if entry.phone]
    assert all(len(phone) == 11 and phone.startswith("19900") for phone in phones) and len(set(phones)) == len(phones)


def test_rare_characters_need_four_bytes() -> None:
    assert len("𠮷".encode("gb18030")) == 4 and "𠮷" in person("rare_name").name


def test_months_are_counted_with_both_ends() -> None:
    assert (months_between("202409", "202409"), months_between("202311", "202402")) == (1, 4)
    assert (age("20200322", "20260321"), age("20200322", "20260322")) == (5, 6)
