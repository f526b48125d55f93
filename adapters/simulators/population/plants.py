"""Factories and what they take from and give to nature: feed lines, the water source, wells, environmental reports. Facts only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from adapters.simulators.population.firms import Firm, firm
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.register import person


@dataclass(frozen=True)
class FeedPlant:
    """A feed factory. `lines`: name and tons an hour; `products`: what it makes; technicians by task; `laboratory` m² and instruments."""

    firm: Firm
    kind: Literal["compound", "concentrate", "premix"]
    lines: tuple[tuple[str, int], ...]
    products: tuple[str, ...]
    medicated: tuple[str, ...]
    workshop: int
    warehouse: int
    laboratory: tuple[int, tuple[str, ...]]
    technical_head: Person
    analyst: Person
    operator: Person
    safety: tuple[str, ...]
    commission: tuple[str, str, str]
    """Made for whom by contract: name, contract number, product; for 委托生产备案."""


FEED_PLANTS: tuple[FeedPlant, ...] = (
    FeedPlant(
        firm("feed"), "compound", (("畜禽配合饲料生产线", 20), ("浓缩饲料生产线", 10)), ("猪配合饲料", "肉鸡配合饲料", "蛋鸡浓缩饲料"),
        ("含示例抗球虫药的肉鸡配合饲料",), 3_200, 2_800, (160, ("近红外分析仪", "高效液相色谱仪", "马弗炉", "凯氏定氮仪")),
        person("feed_nutrition"), person("feed_analyst"), person("feed_operator"), ("粉尘防爆制度", "留样观察制度", "原料进厂检验制度"),
        ("演示牧业有限公司", "WT-2026-9901", "猪浓缩饲料"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class EnvironmentalProject:
    """A project as the environmental report describes it. `invested` in fen, of it `for_protection`. `sensitive`: what lies near, m away.

    `report_no` of the written report; `approved` empty while its approval is the item of the matter.
    """

    firm: Firm
    name: str
    code: str
    industry: str
    place: Place
    longitude: str
    latitude: str
    land: int
    invested: int
    for_protection: int
    report_no: str
    author: str
    author_no: str
    pollutants: tuple[str, ...]
    sensitive: tuple[tuple[str, int], ...]
    form: Literal["report_form", "registration_form"]
    approved: str


ENVIRONMENTAL_PROJECTS: tuple[EnvironmentalProject, ...] = (
    EnvironmentalProject(
        firm("feed"), "年产6万吨示例饲料加工项目", "2308-411323-04-01-990001", "C132 饲料加工", firm("feed").place, "111.4990", "33.2990",
        18_600, 6_800_000_000, 210_000_000, "HPB-2026-9901", "演示环境科技有限公司", "豫环评证第990001号", ("颗粒物", "氨氮", "噪声"),
        (("示例村居民点", 460), ("鹳河", 1_250)), "report_form", "",
    ),
    EnvironmentalProject(
        firm("water_plant"), "示例矿泉饮用水灌装项目", "2306-411323-04-01-990002", "C152 饮料制造", firm("water_plant").place, "111.4090",
        "33.6090", 7_400, 2_600_000_000, 48_000_000, "HPD-2023-9902", "", "", ("噪声",), (("示例老村居民点", 900),), "registration_form", "20230705",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class WaterSource:
    """Where water is taken. `daily` in tenths of m³, `yearly` in m³; `argued` number of the 水资源论证; `tested`: report, day, result.

    `protected`: within a drinking-water protection zone or not; `metered`: the meter's number.
    """

    firm: Firm
    kind: Literal["spring", "well", "mains"]
    name: str
    place: Place
    longitude: str
    latitude: str
    depth_m: int
    daily: int
    yearly: int
    purpose: str
    argued: str
    protected: bool
    metered: str
    test_no: str
    tested: str
    passed: bool


WATER_SOURCES: tuple[WaterSource, ...] = (
    WaterSource(firm("water_plant"), "spring", "伏牛示例泉", Place("太平镇", "示例老村", "泉眼组后山"), "111.4102", "33.6101", 0, 1_200, 36_500,
                "饮用水生产", "西水论字〔2026〕99号", False, "SB990001", "SZJC-2026-9901", "20260916", True),
    WaterSource(firm("feed"), "mains", "丹水镇示例自来水厂", Place("丹水镇", "示例村", "水厂路1号"), "111.5010", "33.2975", 0, 350, 10_200,
                "饲料生产", "", False, "SB990002", "SZJC-2026-9902", "20260801", True),
)  # fmt: skip


@dataclass(frozen=True)
class HygieneReport:
    """A test of a public place's air, water and linen. `items`: what was tested; `passed`."""

    key: str
    name: str
    number: str
    tested: str
    laboratory: str
    items: tuple[str, ...]
    passed: bool


def _report(key: str, serial: int, name: str, items: str) -> HygieneReport:
    return HygieneReport(
        key, name, f"XWJ-2026-{9900 + serial}", f"2026{serial % 3 + 8:02d}1{serial % 9}", "演示检测技术服务有限公司", tuple(items.split("、")), True
    )  # fmt: skip


HYGIENE_REPORTS: tuple[HygieneReport, ...] = (
    _report("applicant", 1, firm("applicant").name, "室内空气、公共用品用具、生活饮用水"),
    _report("mall", 2, firm("mall").name, "室内空气、集中空调"),
    _report("farm_stay", 3, firm("farm_stay").name, "室内空气、公共用品用具、生活饮用水"),
    _report("liquor", 4, firm("liquor").name, "室内空气"),
    _report("karaoke", 5, firm("karaoke").name, "室内空气、噪声、公共用品用具"),
    _report("swimming_pool", 6, "西峡县碧波示例游泳馆", "游泳池水、室内空气、公共用品用具"),
    _report("arcade", 7, firm("arcade").name, "室内空气、噪声"),
    _report("songbird", 8, firm("songbird").name, "室内空气、噪声、公共用品用具"),
    _report("pinball", 9, firm("pinball").name, "室内空气、噪声"),
)
