"""Every matter of the county's list has an applicant of the right kind whose facts make its form rich."""

from __future__ import annotations

from adapters.simulators.population import DEEDS, LEASES, PEOPLE, body, firm, person
from adapters.simulators.population.applicants import APPLICANTS, applicants
from adapters.simulators.population.institutions import CARE_HOMES, ENTERTAINMENT, MEDICAL_HOUSES, MEMBERS
from adapters.simulators.population.plants import ENVIRONMENTAL_PROJECTS, FEED_PLANTS, WATER_SOURCES
from adapters.simulators.population.transport import REPAIR_SHOPS, VEHICLES

FOUNDED_BY_A_PERSON = {24, *range(29, 35), *range(39, 46)}


def test_every_matter_has_an_applicant() -> None:
    assert {entry.matter for entry in APPLICANTS} == set(range(1, 59))


def test_an_applicants_number_is_that_of_the_firm_or_person() -> None:
    for entry in APPLICANTS:
        owner = {
            "firm": lambda k: firm(k).uscc,
            "body": lambda k: body(k).uscc,
            "person": lambda k: person(k).id_number,
        }
        assert entry.number == owner[entry.kind](entry.key)


def test_firms_apply_where_they_exist_and_persons_where_they_are_to_be_founded() -> None:
    for entry in APPLICANTS:
        wanted = entry.matter in FOUNDED_BY_A_PERSON or entry.matter >= 50 or entry.matter == 5
        assert (entry.kind == "person") == wanted, entry.matter
        assert entry.kind != "firm" or firm(entry.key).status == "1"


def test_a_founder_has_a_household_a_phone_and_a_place_for_the_shop() -> None:
    places = {entry.lessee_number for entry in LEASES} | {share.number for entry in DEEDS for share in entry.holders}
    for entry in APPLICANTS:
        if entry.matter in FOUNDED_BY_A_PERSON:
            assert person(entry.key) in PEOPLE and person(entry.key).phone and entry.number in places


def test_a_child_is_named_where_the_matter_is_about_one() -> None:
    assert all(entry.about and person(entry.about) for entry in APPLICANTS if entry.matter in (50, 51))


def test_alternatives_have_an_applicant_each() -> None:
    assert len(applicants(54)) == 4 and len({entry.situation for entry in applicants(56)}) == 5
    assert [[entry.situation for entry in applicants(matter)] for matter in (2, 20, 47, 48)] == [["leased", "own"]] * 4


def test_matters_of_one_trade_have_their_trades_facts() -> None:
    keys = {entry.key for entry in APPLICANTS}
    assert {entry.owner.key for entry in CARE_HOMES} == {"elder_home", "pine_home", "community_care"} <= keys
    assert {entry.key for entry in MEDICAL_HOUSES} == {"hospital", "clinic", "dental_shop"}
    assert {entry.firm.key for entry in ENTERTAINMENT} == {"karaoke", "bar", "arcade", "songbird", "cellar", "pinball"}
    assert {entry.firm.key for entry in REPAIR_SHOPS} == {"repair_shop", "garage"} and len(VEHICLES) >= 3
    assert {e.firm.key for e in (*FEED_PLANTS, *ENVIRONMENTAL_PROJECTS, *WATER_SOURCES)} == {"feed", "water_plant"}


def test_an_applicant_says_whether_the_place_is_leased_or_its_own() -> None:
    known = {entry.key: entry.premises for entry in APPLICANTS if entry.matter < 50}
    assert {key for key, premises in known.items() if not premises} == {"repairer"}, (
        "the shop is leased by his business"
    )
    assert (known["mall"], known["songbird"], known["chess_founder"]) == ("own", "own", "own")
    assert (known["applicant"], known["karaoke"], known["swim_founder"], known["community_care"]) == ("leased",) * 4


def test_four_of_the_five_founders_of_the_cooperative_are_farmers() -> None:
    assert len(MEMBERS) == 5 and sum(entry.farmer for entry in MEMBERS) * 5 >= len(MEMBERS) * 4
    assert {entry.person.key for entry in MEMBERS} == {f"coop_{place}" for place in range(1, 6)}
    assert sum(entry.post == "chair" for entry in MEMBERS) == 1


def test_the_list_of_applicants_is_sorted_by_matter_and_hides_numbers() -> None:
    assert [entry.matter for entry in APPLICANTS] == sorted(entry.matter for entry in APPLICANTS)
    assert not any(entry.number in repr(entry) for entry in APPLICANTS)
