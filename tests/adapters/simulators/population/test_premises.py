"""Firms, deeds, leases and what was built there agree with one another and with the persons."""

from __future__ import annotations

from collections import Counter

from stdnum.cn import uscc

from adapters.simulators.population import DAY, DEEDS, FIRMS, LEASES, NO_FIRM, PEOPLE, SOCIAL_BODIES, deed, firm, person
from adapters.simulators.population.construction import DRAINS, WORKS, works
from adapters.simulators.population.enterprises import OUTLINES
from adapters.simulators.population.homes import MORTGAGES, NEW_HOMES, RESALES
from adapters.simulators.population.numbers import later
from adapters.simulators.population.register import ELSEWHERE
from adapters.simulators.population.street import FRONTAGES, POWER_CUSTOMERS, RESERVED_NAMES
from adapters.simulators.population.taxes import TAXPAYERS

NUMBERS = {
    **{entry.id_number: entry.name for entry in (*PEOPLE, *ELSEWHERE)},
    **{entry.uscc: entry.name for entry in (*FIRMS, *SOCIAL_BODIES)},
}


def test_every_credit_code_is_valid_and_of_a_made_up_series() -> None:
    codes = [*(entry.uscc for entry in FIRMS), *(entry.uscc for entry in SOCIAL_BODIES), NO_FIRM]
    assert all(uscc.is_valid(code) and code[2:8] == "411323" and code[8:13] in ("MA9YJ", "MJ9YJ") for code in codes)
    assert len(codes) == len(set(codes))


def test_a_code_begins_as_its_kind_of_entity_does() -> None:
    begins = {"9500": "92", "9600": "93"}
    assert all(entry.uscc.startswith(begins.get(entry.type_code, "91")) for entry in FIRMS)
    assert all(entry.uscc.startswith("52") for entry in SOCIAL_BODIES)


def test_every_firm_is_plainly_an_example_with_a_boss_who_is_registered_and_of_age() -> None:
    for entry in FIRMS:
        assert "示例" in entry.name and entry.boss in PEOPLE
        assert int(entry.founded[:4]) - int(entry.boss.birth[:4]) >= 18, entry.key
        assert (
            entry.founded <= entry.checked_on <= DAY or entry.status != "1" or entry.key in ("shop", "cooperative")
        ), entry.key
    assert len({entry.name for entry in FIRMS}) == len(FIRMS)


def test_shares_in_a_firm_make_a_hundred_per_cent() -> None:
    for entry in FIRMS:
        total = sum(round(float(part) * 100) for _, part in entry.holders)
        assert total == 10_000 or not entry.holders, entry.key


def test_keys_of_firms_and_persons_are_different() -> None:
    assert not {entry.key for entry in FIRMS} & {entry.key for entry in (*PEOPLE, *ELSEWHERE)}


def test_every_holder_of_a_deed_exists_under_that_name() -> None:
    for entry in DEEDS:
        assert entry.holders and all(NUMBERS[share.number] == share.name for share in entry.holders), entry.key
        assert (len(entry.holders) > 1) == (entry.ownership != "0"), entry.key
        assert entry.registered <= DAY and (entry.until == "长期" or entry.until > DAY)


def test_nobody_holds_or_lets_a_place_before_it_can_be() -> None:
    began = {entry.uscc: entry.founded for entry in FIRMS}
    began |= {entry.id_number: later(entry.birth, years=18) for entry in (*PEOPLE, *ELSEWHERE)}
    assert [d.key for d in DEEDS for share in d.holders if began[share.number] > d.registered] == []
    assert [entry.key for entry in LEASES if entry.deed.registered > entry.starts] == []


def test_deed_numbers_and_units_are_unique() -> None:
    assert all(count == 1 for count in Counter(entry.number for entry in DEEDS).values())
    assert all(count == 1 for count in Counter(entry.unit_no for entry in DEEDS).values())
    assert len({entry.key for entry in DEEDS}) == len(DEEDS)


def test_every_lessee_exists_and_rents_from_the_holders_of_the_deed() -> None:
    for entry in LEASES:
        assert NUMBERS[entry.lessee_number] == entry.lessee_name
        assert entry.lessors == entry.deed.holders and entry.area <= entry.deed.area
        assert entry.starts < entry.ends and (entry.state == "2" or entry.ends > DAY), entry.key


def test_a_live_firm_has_a_lease_or_a_deed_at_its_own_address() -> None:
    leased = {entry.lessee_number: entry.place for entry in LEASES if entry.state == "1"}
    owned = {
        share.number: entry.place for entry in DEEDS for share in entry.holders if entry.place == _seat(share.number)
    }
    for entry in FIRMS:
        if entry.status == "1" and entry.key != "cooperative":
            assert leased.get(entry.uscc, owned.get(entry.uscc)) == entry.place, entry.key


def _seat(number: str) -> object:
    return next((entry.place for entry in FIRMS if entry.uscc == number), None)


def test_an_enterprise_that_owns_its_place_holds_one_deed_alone() -> None:
    landlords = {"landlord"}
    counts = Counter(share.number for entry in DEEDS for share in entry.holders)
    owners = [entry for entry in OUTLINES if not entry.holders and entry.key not in landlords]
    assert [counts[firm(entry.key).uscc] for entry in owners] == [1] * len(owners)


def test_the_applicant_leases_the_owners_deed() -> None:
    lease = next(entry for entry in LEASES if entry.key == "homestay")
    assert lease.lessee_number == firm("applicant").uscc
    assert lease.deed.holders[0].number == person("owner").id_number
    assert lease.deed.place == lease.place == firm("applicant").place


def test_tenure_differs_among_the_enterprises() -> None:
    kinds = {
        "own": sum(not entry.holders for entry in OUTLINES),
        "of two": sum(len(entry.holders) > 1 for entry in OUTLINES),
        "in the mall": sum(entry.holders == ("mall",) for entry in OUTLINES),
    }
    assert all(count >= 3 for count in kinds.values()), kinds


def test_a_founder_has_the_shop_in_the_own_name_and_a_name_reserved_in_time() -> None:
    leased = {entry.lessee_number for entry in LEASES}
    for entry in RESERVED_NAMES:
        held = {share.number for share in entry.deed.holders}
        assert entry.founder.id_number in leased | held and entry.declared <= DAY < entry.until, entry.name
        assert entry.name not in {registered.name for registered in FIRMS}


def test_what_was_built_was_begun_finished_and_accepted_in_that_order() -> None:
    for entry in WORKS:
        assert entry.began < entry.finished and (entry.fire == "none" or entry.finished < entry.fire_on <= DAY), (
            entry.key
        )
        assert bool(entry.fire_no) == (entry.fire != "none") and bool(entry.review_no) <= entry.special
        assert entry.owner in NUMBERS.values() and entry.finished <= DAY
    guesthouse = works("applicant")
    assert guesthouse is not None and guesthouse.fire_no == "20240118000991"


def test_a_mortgage_lies_on_a_deed_that_says_so() -> None:
    assert {entry.deed.key for entry in MORTGAGES} == {entry.key for entry in DEEDS if entry.mortgaged}
    assert all(entry.owed <= entry.principal and entry.starts < DAY < entry.ends for entry in MORTGAGES)


def test_every_live_deed_has_a_power_meter_and_every_shop_a_frontage() -> None:
    assert {entry.place for entry in POWER_CUSTOMERS} == {entry.place for entry in DEEDS if entry.state == "1"}
    assert {entry.key for entry in FRONTAGES} == {entry.key for entry in OUTLINES}
    assert {entry.key for entry in DRAINS} <= {entry.key for entry in OUTLINES}


def test_every_firm_is_a_taxpayer_and_only_the_revoked_one_owes() -> None:
    assert [entry.firm for entry in TAXPAYERS] == list(FIRMS)
    assert [entry.firm.key for entry in TAXPAYERS if entry.owes] == ["revoked"]


def test_a_home_that_is_sold_is_paid_for_in_part_by_people_who_exist() -> None:
    for entry in (*NEW_HOMES, *RESALES):
        assert 0 < entry.paid < entry.price and entry.signed <= entry.filed <= DAY
        assert all(NUMBERS[share.number] == share.name for share in entry.buyers)
    assert deed("resale_home").holders[0].number == person("seller").id_number


def test_a_rare_character_of_extension_a_is_in_a_firms_name() -> None:
    assert "䶮" in firm("rare_firm").name
