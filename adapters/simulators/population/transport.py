"""Vehicles, driving licences and repair shops. Facts only; plates 豫R99… belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import Firm, firm
from adapters.simulators.population.numbers import later
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person


@dataclass(frozen=True)
class Vehicle:
    """One registered vehicle. Masses in kg, sizes in mm; `inspected_until` of the yearly inspection, `graded` technical grade."""

    plate: str
    colour: Literal["yellow", "blue"]
    kind: str
    maker: str
    vin: str = field(repr=False)
    engine_no: str = field(repr=False)
    owner: Firm
    registered: str
    inspected_until: str
    total_mass: int
    load: int
    size: tuple[int, int, int]
    emission: str
    graded: Literal["1", "2"]
    satellite: bool
    insured_until: str


def _vehicle(
    serial: int, kind: tuple[str, str], masses: tuple[int, int], size: tuple[int, int, int], registered: str
) -> Vehicle:
    what, maker = kind
    heavy = masses[0] >= 12_000
    trailer = what.endswith("半挂车")
    return Vehicle(
        f"豫R990{serial}{'挂' if trailer else 'D'}", "yellow" if heavy or trailer else "blue", what, maker, f"LSYYDACC9P990{serial:04d}",
        "" if trailer else f"990{serial:05d}", firm("logistics"), registered, later("20260630", months=serial * 2 + 6), *masses, size,
        "" if trailer else "国六", "1" if serial % 2 else "2", heavy and not trailer, later(registered, years=4),
    )  # fmt: skip


VEHICLES: tuple[Vehicle, ...] = (
    _vehicle(1, ("重型半挂牵引车", "示例牌DF4250"), (25_000, 16_005), (7_400, 2_550, 3_830), "20230320"),
    _vehicle(2, ("重型仓栅式半挂车", "示例牌CL9400"), (40_000, 33_600), (13_950, 2_550, 3_995), "20230320"),
    _vehicle(3, ("重型厢式货车", "演示牌HF5180"), (18_000, 9_925), (9_980, 2_550, 3_990), "20240618"),
    _vehicle(4, ("轻型栏板货车", "测试牌QL1040"), (4_495, 1_490), (5_995, 2_250, 2_480), "20250507"),
)


@dataclass(frozen=True)
class DrivingLicence:
    """One licence. `points` taken off in this period; `state` valid or expired."""

    person: Person
    number: str = field(repr=False)
    classes: str
    first: str
    until: str
    file_no: str = field(repr=False)
    points: int
    accidents: int


def _licence(key: str, serial: int, classes: str, first: str, points: int = 0) -> DrivingLicence:
    return DrivingLicence(
        person(key), person(key).id_number, classes, first, later(first, years=26), f"411399{serial:06d}", points, 0
    )


DRIVING_LICENCES: tuple[DrivingLicence, ...] = (
    _licence("driver_1", 1, "A2", "20040912"),
    _licence("driver_2", 2, "B2", "20100316", 3),
    _licence("driver_3", 3, "A2", "20130722"),
    _licence("logistics_boss", 4, "C1", "20020509"),
)


@dataclass(frozen=True)
class RepairShop:
    """A motor repair business as its premises are: class of business, bays and areas in square metres, main tools."""

    firm: Firm
    category: Literal["1", "2", "3"]
    items: str
    bays: int
    workshop: int
    parking: int
    tools: tuple[str, ...]
    technical_head: Person
    inspector: Person | None


REPAIR_SHOPS: tuple[RepairShop, ...] = (
    RepairShop(firm("repair_shop"), "3", "轮胎动平衡及修补；汽车润滑与养护", 3, 120, 60, ("举升机", "动平衡机", "扒胎机"), person("repairer"), None),
    RepairShop(firm("garage"), "2", "小型车辆维修", 12, 860, 420, ("举升机", "四轮定位仪", "烤漆房", "故障诊断仪", "尾气分析仪"),
               person("mechanic"), person("inspector")),
)  # fmt: skip


@dataclass(frozen=True)
class Depot:
    """Where a haulier keeps its vehicles, and its written rules."""

    firm: Firm
    parking: int
    rules: tuple[str, ...]
    safety_officer: Person


DEPOTS: tuple[Depot, ...] = (
    Depot(
        firm("logistics"),
        1_600,
        ("安全生产责任制度", "驾驶员管理制度", "车辆维护制度", "监督检查制度"),
        person("logistics_boss"),
    ),
)
