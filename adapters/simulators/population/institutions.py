"""Houses with rules of their own: homes for the old, medical institutions, entertainment, the cooperative's founders. Facts only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import Firm, SocialBody, body, firm
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person


@dataclass(frozen=True)
class CareHome:
    """A home for the old. Areas in square metres; `beds`, of them for nursing; fees in yuan a month, lowest and highest."""

    owner: Firm | SocialBody
    kind: Literal["profit", "public"]
    beds: int
    nursing_beds: int
    area: int
    head: Person
    staff: int
    carers: int
    fees: tuple[int, int]
    clinic_inside: bool
    meals: Literal["own_kitchen", "delivered"]
    opened: str


CARE_HOMES: tuple[CareHome, ...] = (
    CareHome(
        firm("elder_home"),
        "profit",
        96,
        40,
        3_860,
        person("elder_boss"),
        31,
        22,
        (1_800, 4_200),
        False,
        "own_kitchen",
        "20240601",
    ),
    CareHome(
        firm("pine_home"),
        "profit",
        120,
        60,
        4_512,
        person("pine_boss"),
        42,
        30,
        (2_000, 4_800),
        True,
        "own_kitchen",
        "20240201",
    ),
    CareHome(
        body("community_care"),
        "public",
        24,
        8,
        860,
        person("community_head"),
        9,
        5,
        (0, 600),
        False,
        "delivered",
        "20240501",
    ),
)


@dataclass(frozen=True)
class MedicalHouse:
    """A medical institution's outline. `subjects` of diagnosis and treatment; `beds` or dental `chairs`; `funds` in yuan."""

    key: str
    name: str
    owner: Firm | Person = field(repr=False)
    kind: Literal["general_hospital", "clinic", "dental_clinic"]
    subjects: tuple[str, ...]
    beds: int
    chairs: int
    area: int
    funds: int
    head: Person
    equipment: tuple[str, ...]
    waste_contract: str


MEDICAL_HOUSES: tuple[MedicalHouse, ...] = (
    MedicalHouse("hospital", firm("hospital").name, firm("hospital"), "general_hospital", ("内科", "外科", "中医科", "医学检验科", "医学影像科"),
                 80, 0, 5_200, 30_000_000, person("hospital_boss"), ("DR", "彩色超声", "全自动生化分析仪", "心电图机"), "YLFW-2026-9901"),
    MedicalHouse("clinic", firm("clinic").name, firm("clinic"), "clinic", ("全科医疗科",), 0, 0, 156, 500_000, person("clinic_boss"),
                 ("诊察床", "血压计", "心电图机", "除颤仪"), "YLFW-2026-9902"),
    MedicalHouse("dental_shop", "西峡县洁白示例口腔诊所", person("dentist"), "dental_clinic", ("口腔科",), 0, 4, 238, 800_000, person("dentist"),
                 ("牙科综合治疗台", "口腔X射线机", "高压灭菌器"), "YLFW-2026-9903"),
)  # fmt: skip


@dataclass(frozen=True)
class Entertainment:
    """A place of entertainment. Areas in m²; `rooms` or `machines`; `noise` in tenths of dB at night; `school` metres to the next one.

    `convicted`: whom of the managers the police find in the records that bar from the trade (娱乐场所管理条例 art. 5).
    """

    firm: Firm
    kind: Literal["singing", "games"]
    area: int
    rooms: int
    machines: int
    persons: int
    head: Person
    noise: int
    noise_report: str
    school: int
    cameras: int
    system: str
    convicted: bool


def _plays(key: str, kind: Literal["singing", "games"], sizes: tuple[int, int, int, int], noise: tuple[int, int], distance: tuple[int, int]) -> Entertainment:  # fmt: skip
    system = "" if kind == "games" else "示例点播系统 V5" if sizes[1] > 20 else "演示点播系统 V2"
    level, serial = noise
    return Entertainment(
        firm(key), kind, *sizes, firm(key).boss, level, f"ZS-2026-990{serial}", *distance, system, False
    )


ENTERTAINMENT: tuple[Entertainment, ...] = (
    _plays("karaoke", "singing", (1_680, 28, 0, 420), (462, 1), (520, 36)),
    _plays("bar", "singing", (386, 3, 0, 130), (488, 2), (640, 16)),
    _plays("arcade", "games", (720, 0, 85, 240), (475, 3), (310, 32)),
    _plays("songbird", "singing", (1_860, 31, 0, 460), (455, 4), (480, 40)),
    _plays("cellar", "singing", (420, 4, 0, 140), (479, 5), (560, 18)),
    _plays("pinball", "games", (810, 0, 96, 270), (468, 6), (350, 36)),
)


@dataclass(frozen=True)
class Member:
    """A founder of the cooperative. `paid_in` yuan in money or land; `farmer` by household; `land` mu under contract with `contract_no`."""

    person: Person
    paid_in: int
    how: Literal["money", "land"]
    farmer: bool
    land: int
    contract_no: str = field(repr=False)
    post: Literal["chair", "director", "supervisor", "member"]


MEMBERS: tuple[Member, ...] = (
    Member(person("coop_1"), 600_000, "money", True, 18, "411323207204010001J", "chair"),
    Member(person("coop_2"), 200_000, "money", True, 12, "411323207204010002J", "director"),
    Member(person("coop_3"), 150_000, "land", True, 26, "411323207204010003J", "supervisor"),
    Member(person("coop_4"), 150_000, "land", True, 22, "411323207204010004J", "member"),
    Member(person("coop_5"), 100_000, "money", False, 0, "", "member"),
)
"""The five founders of 鹳河香菇示例种植专业合作社; four are farmers, as 农民专业合作社法 art. 20 asks at least (80 %)."""


@dataclass(frozen=True)
class SportsHall:
    """A hall for sport. Pool: `water` m³, treatment; `guards` life guards; areas in m²."""

    founder: Person
    name: str
    sport: str
    area: int
    courts: int
    persons: int
    water: int
    guards: tuple[Person, ...]


SPORTS_HALLS: tuple[SportsHall, ...] = (
    SportsHall(person("swim_founder"), "西峡县碧波示例游泳馆", "游泳", 2_650, 1, 180, 760, (person("lifeguard"),)),
    SportsHall(person("skate_founder"), "西峡县飞翼示例轮滑馆", "轮滑", 980, 1, 120, 0, ()),
    SportsHall(person("basketball_founder"), "西峡县腾跃示例篮球馆", "篮球", 1_420, 2, 150, 0, ()),
    SportsHall(person("volleyball_founder"), "西峡县飞扬示例排球馆", "排球", 1_180, 2, 120, 0, ()),
    SportsHall(person("billiards_founder"), "西峡县八号示例台球厅", "台球", 365, 12, 60, 0, ()),
    SportsHall(person("tennis_founder"), "西峡县发球示例网球馆", "网球", 1_960, 3, 60, 0, ()),
    SportsHall(person("badminton_founder"), "西峡县轻羽示例羽毛球馆", "羽毛球", 1_280, 8, 100, 0, ()),
)
