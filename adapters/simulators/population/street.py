"""The shop as seen from the street: power and water meters, frontage and pavement, tobacco sites, names reserved. Facts only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.enterprises import OUTLINES, Outline, outline
from adapters.simulators.population.firms import firm
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.premises import DEEDS, Deed, deed
from adapters.simulators.population.register import person


@dataclass(frozen=True)
class PowerCustomer:
    """A customer of the power company. `capacity` kW; `arrears` fen; `name` and `number` of whom the contract names."""

    customer_no: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    place: Place
    capacity: int
    phases: Literal[1, 3]
    tariff: Literal["resident", "general", "industrial"]
    meter: str
    substation: str
    arrears: int
    state: Literal["in_use", "closed"]


def _power(held: Deed, serial: int) -> PowerCustomer:
    owner = held.holders[0]
    home, large = held.use == "10", held.area > 50_000
    return PowerCustomer(
        f"4113990{serial:06d}", owner.name, owner.number, held.place, 8 if home else max(15, held.area // 1_000), 1 if home else 3,
        "resident" if home else "industrial" if held.use == "30" else "general", f"DB990{serial:05d}",
        f"示例{'110' if large else '10'}千伏变{serial % 5 + 1}号台区", 8_640 if held.key == "sealed_shop" else 0, "in_use",
    )  # fmt: skip


POWER_CUSTOMERS: tuple[PowerCustomer, ...] = tuple(
    _power(held, serial) for serial, held in enumerate((entry for entry in DEEDS if entry.state == "1"), 1)
)
"""Every live deed has a meter in its owner's name: who rents asks for a transfer or for one of their own."""


@dataclass(frozen=True)
class Frontage:
    """What faces the street. Sizes in cm; `pavement` how deep the ground before it is; `main_road`: stricter rules for signs."""

    key: str
    road: str
    width: int
    height: int
    pavement: int
    main_road: bool
    listed: bool
    community: str


def _road(place: Place) -> str:
    return place.door.split("号")[0].rstrip("0123456789")


def _frontage(entry: Outline, serial: int) -> Frontage:
    width = 420 + serial * 37 % 900
    return Frontage(entry.key, _road(entry.place), width, 380 + serial % 4 * 20, 240 + serial % 6 * 60, "大道" in entry.place.door,
                    entry.key == "teahouse", entry.place.village)  # fmt: skip


FRONTAGES: tuple[Frontage, ...] = tuple(_frontage(entry, serial) for serial, entry in enumerate(OUTLINES))


@dataclass(frozen=True)
class TobaccoSite:
    """A place as the tobacco office surveys it: its grid, how many licences the grid may hold and holds, metres to the next two things."""

    key: str
    grid: str
    planned: int
    held: int
    next_retailer: int
    next_school: int


TOBACCO_SITES: tuple[TobaccoSite, ...] = (
    TobaccoSite("mall", "白羽-03", 24, 21, 86, 410),
    TobaccoSite("liquor", "白羽-05", 18, 15, 64, 320),
    TobaccoSite("tea_shop", "紫金-02", 15, 14, 58, 275),
    TobaccoSite("playground", "回车-01", 9, 6, 240, 1_150),
    TobaccoSite("cafe", "紫金-04", 12, 12, 31, 45),
)
"""The last is full, too near to its neighbour and to a school: a licence there would be denied."""


@dataclass(frozen=True)
class TobaccoLicence:
    """A retail licence that exists. `state` valid or returned."""

    holder: str = field(repr=False)
    number: str
    shop: str
    place: Place
    issued: str
    until: str
    state: Literal["valid", "returned"]


TOBACCO_LICENCES: tuple[TobaccoLicence, ...] = (
    TobaccoLicence(firm("shop").uscc, "411323199001", firm("shop").name, firm("shop").place, "20250410", "20300409", "valid"),
    TobaccoLicence(firm("revoked").uscc, "411323199002", firm("revoked").name, firm("revoked").place, "20170310", "20220309", "returned"),
)  # fmt: skip


@dataclass(frozen=True)
class ReservedName:
    """A name that a founder has declared (名称自主申报) and may register until then. `industry` by GB/T 4754."""

    founder: Person
    name: str
    number: str
    kind: Literal["individual", "cooperative"]
    industry: str
    scope: str
    declared: str
    until: str
    deed: Deed
    part: Place
    area: int


_TRADES = {
    "dental_shop": ("8425", "许可项目：医疗服务（口腔）"),
    "swimming_pool": ("8930", "许可项目：高危险性体育运动（游泳）"),
    "skating_rink": ("8930", "一般项目：体育健康服务；体育用品零售"),
    "chess_room": ("9019", "一般项目：棋牌室服务"),
    "hanfu_shop": ("8060", "一般项目：服装服饰出租；摄影扩印服务"),
    "art_school": ("8393", "许可项目：文化艺术类培训（不含学科类）"),
    "basketball_hall": ("8921", "一般项目：体育场地设施经营"),
    "therapy_shop": ("8053", "一般项目：养生保健服务（非医疗）"),
    "volleyball_hall": ("8921", "一般项目：体育场地设施经营"),
    "billiards_hall": ("8930", "一般项目：体育健康服务；台球服务"),
    "tennis_hall": ("8921", "一般项目：体育场地设施经营"),
    "lunch_house": ("8010", "一般项目：中小学生校外托管服务；餐饮管理"),
    "badminton_hall": ("8921", "一般项目：体育场地设施经营"),
    "cooperative_yard": ("0142", "一般项目：食用菌种植；农产品初加工、销售"),
}


def _reserved(key: str, serial: int) -> ReservedName:
    entry = outline(key)
    month = serial % 2 + 10
    industry, scope = _TRADES[key]
    return ReservedName(
        person(entry.boss), entry.name, f"4113232026{month}9{serial:04d}", "cooperative" if key == "cooperative_yard" else "individual",
        industry, scope, f"2026{month}{serial % 9 + 10}", f"{2026 if month == 10 else 2027}{12 if month == 10 else '01'}{serial % 9 + 9:02d}",
        deed("mall" if entry.holders == ("mall",) else key), entry.place, entry.area,
    )  # fmt: skip


RESERVED_NAMES: tuple[ReservedName, ...] = tuple(_reserved(key, serial) for serial, key in enumerate(_TRADES, 1))
