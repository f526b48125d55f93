"""Buildings and their fitting out: permits, fire design reviews, fire acceptance or filing, drains, and builders' records. Facts only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from adapters.simulators.population.enterprises import OUTLINES, Outline, outline
from adapters.simulators.population.firms import FIRMS, Firm, body, firm
from adapters.simulators.population.numbers import later
from adapters.simulators.population.people import Place
from adapters.simulators.population.premises import LEASES, holder
from adapters.simulators.population.register import person

Fire = Literal["accepted", "filed", "none"]


@dataclass(frozen=True)
class Works:
    """The construction or fitting out of an enterprise's place. `key` = the enterprise's; `owner` = who had it built.

    `special`: a special project, which needs a fire design review and acceptance; else acceptance is filed.
    `fire`: how the fire side stands: accepted, filed, or none yet (then numbers are empty). Areas in hundredths of a square metre.
    """

    key: str
    project: str
    place: Place
    owner: str
    designer: str
    builder: str
    permit_no: str
    structure: Literal["concrete", "brick", "steel"]
    storeys: int
    floors: str
    height_cm: int
    area: int
    began: str
    finished: str
    special: bool
    review_no: str
    reviewed: str
    fire: Fire
    fire_no: str
    fire_on: str


_SPECIAL = (
    "mall",
    "hospital",
    "karaoke",
    "playground",
    "bar",
    "arcade",
    "elder_home",
    "pine_home",
    "songbird",
    "cellar",
    "pinball",
)
"""Crowded or vulnerable places (建设工程消防设计审查验收管理暂行规定)."""
_NOT_YET = (
    "wedding", "phone_repair", "clinic", "jeweller", "cafe", "barbecue", "tailor", "housekeeping", "karaoke", "dental_shop", "skating_rink",
    "chess_room", "art_school", "playground", "community_care", "songbird",
)  # fmt: skip
"""Whose fire acceptance or filing is itself an item of their matter."""


_BUILDER = "演示建设集团有限公司"
"""From another county; 筑美示例装饰 has no qualification yet."""


def _begun(entry: Outline, serial: int) -> tuple[str, str]:
    """Who had the place fitted out, and from when: the firm since its founding, a founder since the lease if the fire side is still
    open, else the owner of the place, before anybody rented it."""
    if entry.founded:
        return entry.name, entry.founded
    if entry.key in _NOT_YET:
        leased = next((lease.starts for lease in LEASES if lease.key == entry.key), "20260401")
        return person(entry.boss).name, leased
    return holder(entry.holders[0]).name, f"2025{serial % 9 + 1:02d}08"


def _works(entry: Outline, serial: int) -> Works:
    special = entry.key in _SPECIAL
    owner, began = _begun(entry, serial)
    finished = later(began, months=4 if special else 2)
    fire: Fire = "none" if entry.key in _NOT_YET else "accepted" if special else "filed"
    done = fire != "none"
    reviewed = special and entry.key not in ("karaoke", "songbird")
    return Works(
        entry.key, f"{entry.name if entry.founded else entry.place.door}装饰装修工程", entry.place, owner, "演示建筑设计有限公司", _BUILDER,
        f"411323{began}990{serial:03d}01" if entry.area >= 30_000 else "", "steel" if entry.use == "30" else "concrete" if serial % 3 else "brick",
        entry.storeys, entry.floors, entry.storeys * 360 + 60, entry.area, began, finished, special,
        f"西建消审字〔{began[:4]}〕第990{serial:03d}号" if reviewed else "", began if reviewed else "", fire,
        f"{later(finished, months=1)}990{serial:03d}" if done else "", later(finished, months=1) if done else "",
    )  # fmt: skip


_FIRST: tuple[Works, ...] = (
    Works("applicant", "山水间示例民宿改造工程", firm("applicant").place, firm("applicant").name, "演示建筑设计有限公司", _BUILDER,
          "", "brick", 3, "1-3", 1_080, 32_050, "20231008", "20231220", False, "", "", "filed", "20240118000991", "20240118"),
    Works("owner_firm", "自有房示例酒店装饰装修工程", firm("owner_firm").place, firm("owner_firm").name, "演示建筑设计有限公司", _BUILDER,
          "411323202301199099001", "concrete", 5, "1-5", 1_860, 185_000, "20230119", "20230518", False, "", "", "filed", "20230605000992", "20230605"),
)  # fmt: skip

_CARE = body("community_care")
_COMMUNITY = Works(
    "community_care", "社区养老服务中心改造工程", _CARE.place, _CARE.name, "演示建筑设计有限公司", _BUILDER, "411323202404019903801", "concrete", 6, "1-2",
    2_220, 86_000, "20240401", "20240420", False, "", "", "none", "", "",
)  # fmt: skip

WORKS: tuple[Works, ...] = (*_FIRST, _COMMUNITY, *(_works(entry, serial) for serial, entry in enumerate(OUTLINES, 1)))


def works(key: str) -> Works | None:
    """The works of the enterprise of that key."""
    return next((entry for entry in WORKS if entry.key == key), None)


@dataclass(frozen=True)
class BuilderRecord:
    """A builder's standing at the housing bureau. `qualification` empty where none was granted; `safety_no` 安全生产许可证."""

    firm: Firm
    qualification: str
    qualification_no: str
    until: str
    safety_no: str
    net_assets: int
    projects: int


BUILDERS: tuple[BuilderRecord, ...] = (
    BuilderRecord(firm("decorator"), "", "", "", "", 12_680_000, 23),
    BuilderRecord(
        firm("renovator"),
        "建筑装修装饰工程专业承包二级",
        "D341990001",
        "20281231",
        "（豫）JZ安许证字〔2024〕990001",
        9_840_000,
        61,
    ),
    BuilderRecord(firm("developer"), "房地产开发企业二级资质", "豫建房开字第990001号", "20281231", "", 86_000_000, 2),
)


@dataclass(frozen=True)
class Drain:
    """How a place drains: road and pipe it joins, its inspection well, what comes down, treated how. `daily` in tenths of m³."""

    key: str
    place: Place
    pipe: str
    well: str
    kind: Literal["catering", "medical", "industrial", "general"]
    treatment: str
    daily: int
    separate: bool


_DRAINS = {
    "cake": ("general", "隔油池", 18), "cold_drinks": ("general", "沉淀池", 9), "bakery": ("general", "隔油池", 21),
    "dental_shop": ("medical", "次氯酸钠消毒装置", 12), "noodles": ("catering", "隔油池", 64), "hotpot": ("catering", "油水分离器", 138),
    "bar": ("catering", "隔油池", 45), "hospital": ("medical", "二级处理＋消毒", 1860), "feed": ("industrial", "沉淀池", 220),
    "water_plant": ("industrial", "中和池", 340), "barbecue": ("catering", "隔油池", 38), "teahouse": ("general", "隔油池", 16),
    "cellar": ("catering", "隔油池", 52),
}  # fmt: skip


def _drain(key: str, serial: int) -> Drain:
    kind, treatment, daily = _DRAINS[key]
    entry = outline(key)
    road = entry.place.door.rstrip("层").split("号")[0].rstrip("0123456789")
    kinds: dict[str, Literal["catering", "medical", "industrial", "general"]] = {
        "catering": "catering", "medical": "medical", "industrial": "industrial", "general": "general",
    }  # fmt: skip
    return Drain(
        key,
        entry.place,
        f"{road}DN{400 + serial % 3 * 100}污水管",
        f"W{990 + serial}",
        kinds[kind],
        treatment,
        daily,
        serial % 4 != 0,
    )


DRAINS: tuple[Drain, ...] = tuple(_drain(key, serial) for serial, key in enumerate(_DRAINS, 1))

BUILDING_FIRMS = tuple(entry for entry in FIRMS if "建设工程施工" in entry.scope)
