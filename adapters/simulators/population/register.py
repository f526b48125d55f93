"""The whole register of persons: who is in it, who only lives here or comes from elsewhere, and how one is found."""

from __future__ import annotations

from adapters.simulators.population.careers import CAREERS, CAREERS_ELSEWHERE
from adapters.simulators.population.families import FAMILIES, FAMILIES_ELSEWHERE
from adapters.simulators.population.keepers import KEEPERS
from adapters.simulators.population.numbers import age, id_number
from adapters.simulators.population.people import Person
from adapters.simulators.population.staff import STAFF
from adapters.simulators.population.townsfolk import TOWNSFOLK

PEOPLE: tuple[Person, ...] = (*TOWNSFOLK, *KEEPERS, *STAFF, *FAMILIES, *CAREERS)
"""Everybody in the county's population register."""

ELSEWHERE: tuple[Person, ...] = (*FAMILIES_ELSEWHERE, *CAREERS_ELSEWHERE)
"""Persons whose household is registered in another county: the register here has no record of them."""

NOBODY = id_number("19990909", 990)
"""A valid number that nobody of the population carries."""

_BY_KEY = {entry.key: entry for entry in (*PEOPLE, *ELSEWHERE)}


def person(key: str) -> Person:
    """The person of that key, registered here or elsewhere. Raises KeyError."""
    return _BY_KEY[key]


def people_numbered(number: str) -> tuple[Person, ...]:
    """Everybody in the register here who carries that 公民身份号码: none, one, or the two of a 重号."""
    return tuple(entry for entry in PEOPLE if entry.id_number == number)


def anybody_numbered(number: str) -> tuple[Person, ...]:
    """Everybody who carries that number, wherever registered: what the card itself says."""
    return tuple(entry for entry in (*PEOPLE, *ELSEWHERE) if entry.id_number == number)


def household_of(member: Person) -> tuple[Person, ...]:
    """All members of the person's household register, head first."""
    members = (entry for entry in (*PEOPLE, *ELSEWHERE) if entry.household == member.household)
    return tuple(sorted(members, key=lambda entry: entry.relation != "02"))


def adult(member: Person) -> bool:
    return age(member.birth) >= 18
