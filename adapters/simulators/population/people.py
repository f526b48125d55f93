"""What a person and a place of the synthetic population are, and how one is written down. Nobody here exists.

Names say so (测试, 示例, 演示) and sequence codes are 990–999. It holds types alone; the persons stand in the files beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.simulators.population.numbers import REGION, age, id_number, later

COUNTY = "河南省南阳市西峡县"


@dataclass(frozen=True)
class Place:
    """A postal place: below the county of Xixia unless `county` says another, and `code` its made-up code (…99)."""

    town: str
    village: str
    door: str
    county: str = COUNTY
    code: str = REGION

    @property
    def line(self) -> str:
        return f"{self.county}{self.town}{self.village}{self.door}"


@dataclass(frozen=True)
class Person:
    """One entry of the population register. `born` may end in 00 or 0000 where the register knows no better.

    `sex` 1 or 2, `ethnicity`, `marriage` and `relation` (to the head of the household, 02) by the national code lists.
    """

    key: str
    id_number: str = field(repr=False)
    name: str = field(repr=False)
    sex: str
    ethnicity: str
    born: str
    marriage: str
    home: Place = field(repr=False)
    household: str
    relation: str
    card_from: str
    card_to: str
    phone: str = field(default="", repr=False)
    settled: str = ""
    """Since when in this household, yyyymmdd; empty where the register does not say."""

    @property
    def birth(self) -> str:
        """Day of birth as the number has it, yyyymmdd."""
        return self.id_number[6:14]


def card_term(birth: str) -> tuple[str, str]:
    """From and to of the card that somebody of that birth holds: 5, 10 or 20 years, 长期 from 46 on (居民身份证法 art. 5)."""
    issued = later(birth, years=max(age(birth) - 3, 1))
    for limit, years in ((16, 5), (26, 10), (46, 20)):
        if age(birth, issued) < limit:
            return issued, later(issued, years=years)
    return issued, "长期"


@dataclass(frozen=True)
class Household:
    """A household being written down: its number, its place, who moved in when."""

    number: str
    home: Place
    settled: str = "20050101"

    def member(self, key: str, name: str, birth: str, sequence: int, **rest: str) -> Person:
        """One member, the head unless `relation` says otherwise. The card's term follows the age unless given."""
        since, until = card_term(birth)
        grown = 18 if rest.get("relation", "02") in ("02", "10") else 0
        facts = {"ethnicity": "01", "born": birth, "marriage": "20", "relation": "02", "card_from": since, "card_to": until,
                 "settled": max(self.settled, birth if grown == 0 else later(birth, years=grown)), **rest}  # fmt: skip
        return Person(
            key=key, id_number=id_number(birth, sequence), name=name, sex="1" if sequence % 2 else "2",
            home=self.home, household=self.number, **facts,
        )  # fmt: skip
