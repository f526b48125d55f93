"""What is known of the children: vaccinations, school records, schools and their districts. Facts only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.numbers import DAY, later
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person

SCHEDULE: tuple[tuple[str, int, int], ...] = (
    ("乙肝疫苗", 1, 0), ("卡介苗", 1, 0), ("乙肝疫苗", 2, 1), ("脊灰疫苗", 1, 2), ("脊灰疫苗", 2, 3), ("百白破疫苗", 1, 3),
    ("脊灰疫苗", 3, 4), ("百白破疫苗", 2, 4), ("百白破疫苗", 3, 5), ("乙肝疫苗", 3, 6), ("A群流脑多糖疫苗", 1, 6), ("麻腮风疫苗", 1, 8),
    ("乙脑减毒活疫苗", 1, 8), ("A群流脑多糖疫苗", 2, 9), ("百白破疫苗", 4, 18), ("麻腮风疫苗", 2, 18), ("甲肝减毒活疫苗", 1, 18),
    ("乙脑减毒活疫苗", 2, 24), ("A群C群流脑多糖疫苗", 1, 36), ("脊灰疫苗", 4, 48), ("白破疫苗", 1, 72), ("A群C群流脑多糖疫苗", 2, 72),
)  # fmt: skip
"""Vaccine, dose, month of life in which it is due: after 国家免疫规划 (2021), simplified."""


@dataclass(frozen=True)
class Dose:
    """One vaccination. `given` yyyymmdd."""

    vaccine: str
    number: int
    given: str
    batch: str


@dataclass(frozen=True)
class Vaccinations:
    """A child's card at the vaccination unit. `missing`: vaccine and dose that were due by `DAY` and were not given."""

    child: Person
    card_no: str
    guardian: Person
    unit: str
    doses: tuple[Dose, ...]
    missing: tuple[tuple[str, int], ...]

    @property
    def complete(self) -> bool:
        return not self.missing


def _vaccinations(key: str, serial: int, guardian: str, *left_out: tuple[str, int]) -> Vaccinations:
    child = person(key)
    due = [
        (vaccine, dose, later(child.birth, months=month)) for vaccine, dose, month in SCHEDULE
        if later(child.birth, months=month + 1) <= DAY
    ]  # fmt: skip
    given = tuple(
        Dose(vaccine, dose, day, f"SL{day[2:6]}{place:02d}") for place, (vaccine, dose, day) in enumerate(due)
        if (vaccine, dose) not in left_out
    )  # fmt: skip
    missing = tuple((vaccine, dose) for vaccine, dose, _ in due if (vaccine, dose) in left_out)
    unit = "西峡县妇幼保健院预防接种门诊" if serial % 2 else "西峡县白羽街道社区卫生服务中心"
    return Vaccinations(child, f"411323990{child.birth[:4]}{serial:06d}", person(guardian), unit, given, missing)


VACCINATIONS: tuple[Vaccinations, ...] = (
    _vaccinations("plum_daughter", 1, "plum_mother"),
    _vaccinations("plum_son", 2, "plum_mother"),
    _vaccinations("orchid_son", 3, "orchid_mother", ("百白破疫苗", 4), ("乙脑减毒活疫苗", 2), ("脊灰疫苗", 4)),
    _vaccinations("grandchild", 4, "grandmother"),
    _vaccinations("lotus_daughter", 5, "lotus_father"),
    _vaccinations("migrant_son", 6, "migrant_father"),
    _vaccinations("migrant_daughter", 7, "migrant_mother", ("A群C群流脑多糖疫苗", 1)),
    _vaccinations("buyer_child", 8, "buyer_spouse"),
    _vaccinations("child", 9, "spouse"),
)
"""Nobody vaccinated `stranger_child` here."""


@dataclass(frozen=True)
class Guardianship:
    """Who has custody of whom. `relation` as birth certificates say it; `birth_certificate` empty if none was issued here."""

    child: Person
    guardian: Person
    relation: Literal["father", "mother", "grandfather", "grandmother"]
    birth_certificate: str = field(default="", repr=False)


def _both(child: str, father: str, mother: str, serial: int) -> Iterator[Guardianship]:
    number = f"{'UTWV'[serial % 4]}41099{serial:04d}"
    if father:
        yield Guardianship(person(child), person(father), "father", number)
    if mother:
        yield Guardianship(person(child), person(mother), "mother", number)


GUARDIANS: tuple[Guardianship, ...] = (
    *_both("plum_daughter", "plum_father", "plum_mother", 1),
    *_both("plum_son", "plum_father", "plum_mother", 2),
    *_both("orchid_son", "", "orchid_mother", 3),
    Guardianship(person("grandchild"), person("grandfather"), "grandfather"),
    Guardianship(person("grandchild"), person("grandmother"), "grandmother"),
    *_both("lotus_daughter", "lotus_father", "lotus_mother", 4),
    *_both("migrant_son", "migrant_father", "migrant_mother", 5),
    *_both("migrant_daughter", "migrant_father", "migrant_mother", 6),
    *_both("stranger_child", "", "stranger_mother", 7),
    *_both("buyer_child", "buyer", "buyer_spouse", 8),
    *_both("child", "legal_representative", "spouse", 9),
)


@dataclass(frozen=True)
class School:
    """A kindergarten or school and the communities whose children it takes. `kind`: kindergarten, primary, junior."""

    key: str
    name: str
    code: str
    kind: Literal["kindergarten", "primary", "junior"]
    public: bool
    district: tuple[str, ...]
    places: int


SCHOOLS: tuple[School, ...] = (
    School("kindergarten_1", "西峡县示例第一幼儿园", "1141990001", "kindergarten", True, ("测试社区", "测试村"), 120),
    School("kindergarten_2", "西峡县莲花演示幼儿园", "1141990002", "kindergarten", False, ("示例社区", "演示社区"), 90),
    School("primary_1", "西峡县示例第一小学", "2141990001", "primary", True, ("测试社区", "测试村"), 270),
    School("primary_2", "西峡县演示第二小学", "2141990002", "primary", True, ("示例社区", "演示社区"), 225),
    School("junior_1", "西峡县示例初级中学", "3141990001", "junior", True, ("测试社区", "演示社区", "示例社区", "测试村"), 400),
)  # fmt: skip


@dataclass(frozen=True)
class Pupil:
    """A child's 学籍. `number` G + the identity number, as the national system has it. `state`: in_school, finished."""

    child: Person
    number: str = field(repr=False)
    school: School
    grade: str
    enrolled: str
    state: Literal["in_school", "finished"]


def school(key: str) -> School:
    return next(entry for entry in SCHOOLS if entry.key == key)


def _pupil(key: str, where: str, grade: str, enrolled: str, state: Literal["in_school", "finished"]) -> Pupil:
    return Pupil(person(key), f"G{person(key).id_number}", school(where), grade, enrolled, state)


PUPILS: tuple[Pupil, ...] = (
    _pupil("lotus_daughter", "primary_2", "六年级", "20200901", "finished"),
    _pupil("child", "junior_1", "九年级", "20240901", "in_school"),
)
"""`lotus_daughter` has finished primary school and is to enter junior school; the younger ones have no 学籍 yet."""
