"""Diplomas and what depends on them: graduates received by the county, high-level talents and their awards. Facts only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import Firm, firm
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person

Level = Literal["college", "bachelor", "master", "doctor"]


@dataclass(frozen=True)
class Diploma:
    """One graduation. `number` as printed; `recognition_no` of 国（境）外学历学位认证 where the school is abroad."""

    person: Person
    number: str = field(repr=False)
    school: str
    school_code: str
    major: str
    level: Level
    enrolled: str
    graduated: str
    degree: str
    abroad: str = ""
    recognition_no: str = ""


def _diploma(key: str, serial: int, what: tuple[str, str, Level, str], years: tuple[str, str]) -> Diploma:
    school, major, level, degree = what
    enrolled, graduated = years
    code = {"示例大学": "99901", "演示师范大学": "99902", "测试职业技术学院": "99903"}[school]
    number = f"{code}1{graduated[:4]}{'06' if level == 'college' else '05'}99{serial:04d}"
    return Diploma(person(key), number, school, code, major, level, enrolled, graduated, degree)


def _abroad(key: str, serial: int, what: tuple[str, str, Level, str, str], years: tuple[str, str]) -> Diploma:
    school, major, level, degree, country = what
    number = f"教留服认{years[1][2:4]}99{serial:04d}号"
    return Diploma(person(key), f"EX-99{serial:04d}", school, "", major, level, *years, degree, country, number)


_FOUR = ("20220901", "20260630")

DIPLOMAS: tuple[Diploma, ...] = (
    _diploma("graduate_employed", 1, ("示例大学", "软件工程", "bachelor", "工学学士"), _FOUR),
    _diploma(
        "graduate_founder", 2, ("演示师范大学", "视觉传达设计", "bachelor", "艺术学学士"), ("20210901", "20250630")
    ),
    _diploma("graduate_idle", 3, ("测试职业技术学院", "机电一体化技术", "college", ""), ("20230901", "20260630")),
    _diploma("graduate_returning", 4, ("示例大学", "园艺", "bachelor", "农学学士"), _FOUR),
    _diploma("graduate_hired", 5, ("示例大学", "临床医学", "bachelor", "医学学士"), ("20210901", "20260630")),
    _diploma("talent_founder", 6, ("示例大学", "机械工程", "doctor", "工学博士"), ("20070901", "20120630")),
    _diploma("talent_hired", 7, ("示例大学", "控制科学与工程", "doctor", "工学博士"), ("20100901", "20150630")),
    _abroad(
        "talent_overseas_founder",
        8,
        ("示例海外大学", "生物工程", "doctor", "哲学博士", "演示国"),
        ("20040901", "20090531"),
    ),
    _abroad(
        "talent_overseas_hired",
        9,
        ("示例海外理工大学", "材料科学", "doctor", "哲学博士", "演示国"),
        ("20030901", "20080531"),
    ),
    _diploma("short_paid", 10, ("测试职业技术学院", "数控技术", "college", ""), ("20180901", "20210630")),
    _diploma("single_buyer", 11, ("演示师范大学", "汉语言文学", "bachelor", "文学学士"), ("20140901", "20180630")),
)


@dataclass(frozen=True)
class GraduatePlacement:
    """What the school sent to the county about a graduate: 就业去向登记 and where the file (档案) lies.

    `whereabouts`: employed, self_employed, none. `file_at`: who keeps the file; `file_no` empty while it is on its way.
    """

    diploma: Diploma
    whereabouts: Literal["employed", "self_employed", "none"]
    employer: Firm | None
    file_at: str
    file_no: str = field(repr=False)
    sent: str
    report_note: str = field(default="", repr=False)


def _placement(key: str, whereabouts: Literal["employed", "self_employed", "none"], employer: str, serial: int) -> GraduatePlacement:  # fmt: skip
    entry = diploma_of(person(key))
    assert entry is not None
    arrived = key != "graduate_returning"
    return GraduatePlacement(
        entry, whereabouts, firm(employer) if employer else None, "西峡县公共就业和人才交流服务中心",
        f"DA411323990{serial:04d}" if arrived else "", f"{entry.graduated[:4]}0710", f"BD{entry.graduated[:4]}99{serial:05d}",
    )  # fmt: skip


def diploma_of(somebody: Person) -> Diploma | None:
    """Their highest diploma."""
    return next((entry for entry in DIPLOMAS if entry.person == somebody), None)


PLACEMENTS: tuple[GraduatePlacement, ...] = (
    _placement("graduate_employed", "employed", "talent_firm", 1),
    _placement("graduate_founder", "self_employed", "startup", 2),
    _placement("graduate_idle", "none", "", 3),
    _placement("graduate_returning", "none", "", 4),
    _placement("graduate_hired", "employed", "hospital", 5),
)


@dataclass(frozen=True)
class Talent:
    """A candidate of 高层次人才认定. `kind` says which of the four reviews; `contract` from–to with the employer or the founding.

    `share`: of the founder in the firm, in per cent; `salary` yuan a year before tax; `works`: patents, papers, awards.
    """

    person: Person
    kind: Literal["startup", "hired", "overseas_startup", "overseas_hired"]
    diploma: Diploma
    firm: Firm
    post: str
    contract: tuple[str, str]
    salary: int
    share: str
    works: tuple[str, ...]
    grade: Literal["A", "B", "C"]
    award: int
    bank: str
    account: str = field(repr=False)


Kind = Literal["startup", "hired", "overseas_startup", "overseas_hired"]


def _talent(key: str, kind: Kind, post: tuple[str, str, str], terms: tuple[str, str], money: tuple[int, int], works: str) -> Talent:  # fmt: skip
    entry, (employer, title, share) = diploma_of(person(key)), post
    assert entry is not None
    salary, award = money
    return Talent(
        person(key), kind, entry, firm(employer), title, terms, salary, share, tuple(works.split("；")),
        "B" if award >= 300_000 else "C", award, "示例农村商业银行西峡支行", f"621799099000{len(key):02d}{salary:07d}",
    )  # fmt: skip


TALENTS: tuple[Talent, ...] = (
    _talent("talent_founder", "startup", ("talent_firm", "总经理", "87.50"), ("20230301", "长期"), (480_000, 300_000),
            "示例发明专利 ZL202399000001.X；示例省科学技术进步奖二等奖"),
    _talent("talent_hired", "hired", ("talent_firm", "首席工程师", "12.50"), ("20240101", "20281231"), (420_000, 200_000),
            "示例发明专利 ZL202499000002.8"),
    _talent("talent_overseas_founder", "overseas_startup", ("overseas_firm", "董事长", "60.00"), ("20240520", "长期"), (560_000, 500_000),
            "示例国际专利 PCT/XX2022/990003；示例省海外人才奖"),
    _talent("talent_overseas_hired", "overseas_hired", ("overseas_firm", "技术总监", "0.00"), ("20240901", "20290831"), (600_000, 300_000),
            "示例论文三篇；示例发明专利 ZL202499000004.2"),
)  # fmt: skip
