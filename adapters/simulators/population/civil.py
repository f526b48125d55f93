"""Marriages, residence permits, removals of household, hardship: what the police and the civil-affairs office keep. Facts only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.numbers import DAY, later
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.register import ELSEWHERE, PEOPLE, person


@dataclass(frozen=True)
class Marriage:
    """One registration. `ended` yyyymmdd of divorce or death, empty while it lasts."""

    husband: Person
    wife: Person
    certificate_no: str = field(repr=False)
    registered: str
    ended: str = ""
    end: Literal["", "divorce", "death"] = ""


def _couples() -> Iterator[tuple[Person, Person]]:
    """Head of a household and the 配偶 in it."""
    by_household = {entry.household: entry for entry in (*PEOPLE, *ELSEWHERE) if entry.relation == "02"}
    for entry in (*PEOPLE, *ELSEWHERE):
        if entry.relation == "10":
            yield by_household[entry.household], entry


def _marriage(head: Person, partner: Person, serial: int) -> Marriage:
    husband, wife = (head, partner) if head.sex == "1" else (partner, head)
    younger = max(head.birth, partner.birth)
    day = later(younger, years=23, months=serial % 7)
    return Marriage(husband, wife, f"J411323-{day[:4]}-99{serial:04d}", day)


MARRIAGES: tuple[Marriage, ...] = tuple(
    _marriage(head, partner, serial) for serial, (head, partner) in enumerate(_couples(), 1)
)


def spouse_of(somebody: Person) -> Person | None:
    """Whom they are married to, as registered here."""
    for entry in MARRIAGES:
        if not entry.ended and somebody in (entry.husband, entry.wife):
            return entry.wife if somebody == entry.husband else entry.husband
    return None


@dataclass(frozen=True)
class ResidencePermit:
    """A 居住证 (居住证暂行条例): `place` where the holder lives, whose `person.home` is elsewhere. `ground` of the application."""

    person: Person
    number: str
    place: Place
    station: str
    ground: Literal["work", "lease", "school"]
    issued: str
    endorsed_until: str

    @property
    def valid(self) -> bool:
        return self.endorsed_until >= DAY


_FLAT = Place("紫金街道", "演示社区", "演示街41号2单元402")

RESIDENCE_PERMITS: tuple[ResidencePermit, ...] = (
    ResidencePermit(person("migrant_father"), "411323990000001", _FLAT, "西峡县公安局紫金派出所", "work", "20250310", "20270309"),
    ResidencePermit(person("migrant_mother"), "411323990000002", _FLAT, "西峡县公安局紫金派出所", "lease", "20250310", "20270309"),
    ResidencePermit(person("migrant_son"), "411323990000003", _FLAT, "西峡县公安局紫金派出所", "school", "20250620", "20270619"),
    ResidencePermit(person("talent_overseas_hired"), "411323990000004", Place("回车镇", "演示村", "创新园公寓3号301"),
                    "西峡县公安局回车派出所", "work", "20240901", "20250831"),
)  # fmt: skip
"""The daughter of the migrants has none; the talent's was not endorsed again and has run out."""


@dataclass(frozen=True)
class Removal:
    """A household removal on its way (户口迁移证): from where to whose household here. `until`: by then it is to be used."""

    person: Person
    certificate_no: str = field(repr=False)
    from_station: str
    reason: Literal["graduated", "hired"]
    issued: str
    until: str
    to: Place
    to_household: str
    to_relation: str


_TALENT_HOUSEHOLD = ("9909999", Place("紫金街道", "演示社区", "人才交流中心集体户"))

REMOVALS: tuple[Removal, ...] = (
    Removal(person("graduate_returning"), "豫迁字第99000001号", "郑州市公安局示例大学派出所", "graduated", "20261109", "20261219",
            person("cedar_father").home, person("cedar_father").household, "20"),
    Removal(person("graduate_hired"), "豫迁字第99000002号", "郑州市公安局示例大学派出所", "hired", "20261112", "20261222",
            _TALENT_HOUSEHOLD[1], _TALENT_HOUSEHOLD[0], "99"),
)  # fmt: skip


def guests_numbered(number: str) -> tuple[Person, ...]:
    """Persons registered elsewhere whom the police here know by that number: by a residence permit or by a removal on its way."""
    permitted, moving = (entry.person for entry in RESIDENCE_PERMITS), (entry.person for entry in REMOVALS)
    known = {entry.key: entry for entry in (*permitted, *moving)}
    return tuple(entry for entry in known.values() if entry.id_number == number)


@dataclass(frozen=True)
class Hardship:
    """A family in hardship (低保, 特困, 残疾, 助学贷款), a ground of 求职创业补贴."""

    person: Person
    kind: Literal["minimum_allowance", "disability", "student_loan", "poverty_relief"]
    certificate_no: str = field(repr=False)
    since: str
    until: str


HARDSHIPS: tuple[Hardship, ...] = (
    Hardship(person("graduate_idle"), "minimum_allowance", "DB411323990001", "20240401", "20270331"),
    Hardship(person("maple_father"), "minimum_allowance", "DB411323990001", "20240401", "20270331"),
    Hardship(person("graduate_founder"), "student_loan", "ZX2020990001", "20200901", "20300831"),
    Hardship(
        person("self_builder_spouse"), "disability", f"{person('self_builder_spouse').id_number}43", "20120618", "长期"
    ),
)
