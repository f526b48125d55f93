"""The synthetic population hangs together and is plainly made up."""

from __future__ import annotations

from stdnum.cn import ric, uscc

from adapters.simulators import population
from adapters.simulators.people import NOBODY, PEOPLE, REGION


def test_every_id_number_has_a_valid_check_digit() -> None:
    for number in (*(entry.id_number for entry in PEOPLE), NOBODY):
        assert number[-1] == ric.calc_check_digit(number)


def test_every_id_number_is_of_the_reserved_sequence_and_prefix() -> None:
    assert all(entry.id_number.startswith(REGION) and int(entry.id_number[14:17]) >= 990 for entry in PEOPLE)


def test_every_credit_code_is_valid_and_of_the_made_up_prefix() -> None:
    codes = [*(entry.uscc for entry in population.FIRMS), population.NO_FIRM]
    assert all(uscc.is_valid(code) and code.startswith("91411323MA9") for code in codes)


def test_there_are_enough_firms_and_people() -> None:
    assert len(population.FIRMS) >= 6
    assert len({entry.name for entry in PEOPLE}) >= 12


def test_the_sex_in_a_number_is_the_registered_sex() -> None:
    assert all((int(entry.id_number[16]) % 2 == 1) == (entry.sex == "1") for entry in PEOPLE)


def test_nobody_is_in_the_register() -> None:
    assert population.people_numbered(NOBODY) == ()


def test_two_people_carry_one_number() -> None:
    assert len(population.people_numbered(population.person("twin_1").id_number)) == 2


def test_the_applicant_leases_the_owners_deed() -> None:
    lease = next(entry for entry in population.LEASES if entry.key == "homestay")
    assert lease.lessee_number == population.firm("applicant").uscc
    assert lease.deed.holders[0].number == population.person("owner").id_number
    assert lease.deed.place == population.firm("applicant").place


def test_one_firm_owns_its_premises() -> None:
    firm = population.firm("owner_firm")
    assert [
        (holder.number, entry.place)
        for entry in population.DEEDS
        for holder in entry.holders
        if holder.number == firm.uscc
    ] == [(firm.uscc, firm.place)]


def test_the_household_of_the_legal_representative_starts_with_its_head() -> None:
    members = population.household_of(population.person("child"))
    assert [entry.key for entry in members] == ["legal_representative", "spouse", "child"]


def test_rare_characters_need_four_bytes_or_extension_a() -> None:
    assert len("𠮷".encode("gb18030")) == 4 and "𠮷" in population.person("rare_name").name
    assert "䶮" in population.firm("rare_firm").name
