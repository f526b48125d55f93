"""The firms of the population: market entities in the register, and the one social body of 民政. Facts only.

MA9YJ… and names with 示例 mark every firm as made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.simulators.population.enterprises import OUTLINES, Outline
from adapters.simulators.population.numbers import later, uscc
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.register import person

PREFIXES = {"9500": "92411323", "9600": "93411323"}
"""First characters of a code by type of entity; 91 for firms."""


@dataclass(frozen=True)
class Firm:
    """One market entity. `capital` in yuan, None for an individual business; `until` yyyymmdd or 长期.

    `holders`: name and share in per cent of each who put money in.
    """

    key: str
    uscc: str
    name: str
    type_code: str
    boss: Person = field(repr=False)
    capital: int | None
    founded: str
    until: str
    place: Place
    scope: str
    status: str
    licence_no: str
    checked_on: str
    phone: str = ""
    holders: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class SocialBody:
    """A 民办非企业单位 (社会服务机构), registered at the civil-affairs office, not with the market regulator. `funds` in yuan."""

    key: str
    uscc: str
    name: str
    head: Person = field(repr=False)
    founded: str
    until: str
    place: Place
    scope: str
    funds: int
    supervisor: str
    licence_no: str
    checked_year: str
    phone: str = ""


HOMESTAY = Place("桑坪镇", "示例村", "山水路8号院")
HOTEL = Place("白羽街道", "测试社区", "样例路100号")
YARD = Place("双龙镇", "演示村", "龙湾组20号")
SHOP = Place("白羽街道", "测试社区", "样例路12号1层")


def _firm(key: str, organisation: str, name: str, boss: str, place: Place, **rest: object) -> Firm:
    serial = organisation[-3:]
    facts: dict[str, object] = {
        "type_code": "1130", "capital": 500_000, "founded": "20240315", "until": "长期", "scope": "许可项目：住宿服务；餐饮服务",
        "status": "1", "licence_no": f"411323000990{serial}", "checked_on": "20240520",
    }  # fmt: skip
    facts.update(rest)
    head = person(boss)
    facts.setdefault("holders", ((head.name, "100.00"),) if facts["type_code"] == "1130" else ())
    code = uscc(organisation, PREFIXES.get(str(facts["type_code"]), "91411323"))
    return Firm(key=key, uscc=code, name=name, boss=head, place=place, **facts)  # type: ignore[arg-type]


_HELD_WITH = {
    "mall": ("landlord_boss", "30.00"), "hospital": ("surgeon", "25.00"), "pine_home": ("elder_boss", "49.00"),
    "materials": ("materials_boss_spouse", "50.00"), "water_plant": ("water_boss_spouse", "33.33"), "karaoke": ("bar_boss", "45.00"),
    "bakery": ("bakery_boss_spouse", "50.00"), "decorator": ("engineer", "20.00"), "hotpot": ("noodle_boss", "40.00"),
    "playground": ("playground_boss_spouse", "35.00"), "logistics": ("driver_1", "10.00"), "feed": ("feed_nutrition", "15.00"),
    "developer": ("landlord_boss", "40.00"), "landlord": ("landlord_boss_spouse", "50.00"), "talent_firm": ("talent_hired", "12.50"),
    "overseas_firm": ("developer_boss", "40.00"), "songbird": ("karaoke_boss", "30.00"), "renovator": ("renovator_boss_spouse", "40.00"),
}  # fmt: skip
"""Firms of several holders: who holds what beside the boss."""


def _held(entry: Outline) -> tuple[tuple[str, str], ...]:
    if entry.key not in _HELD_WITH:
        return ()
    other, part = _HELD_WITH[entry.key]
    rest = 10_000 - int(part.replace(".", ""))
    return ((person(entry.boss).name, f"{rest // 100}.{rest % 100:02d}"), (person(other).name, part))


def _of(entry: Outline, serial: int) -> Firm:
    rest: dict[str, object] = {
        "type_code": entry.firm_type, "capital": entry.capital, "founded": entry.founded, "scope": entry.scope,
        "checked_on": later(entry.founded, months=7) if serial % 3 == 0 else entry.founded,
        "until": later(entry.founded, years=30) if serial % 4 == 0 else "长期", "phone": f"0377-6999{serial:04d}",
    }  # fmt: skip
    if entry.key in _HELD_WITH:
        rest["holders"] = _held(entry)
    return _firm(entry.key, f"MA9YJ{serial:03d}", entry.name, entry.boss, entry.place, **rest)


FIRMS: tuple[Firm, ...] = (
    _firm("applicant", "MA9YJ001", "西峡县山水间示例民宿有限公司", "legal_representative", HOMESTAY),
    _firm("owner_firm", "MA9YJ002", "西峡县自有房示例酒店有限公司", "hotel_owner", HOTEL, type_code="1150", capital=12_345_678, founded="20170315",
          holders=(("演示庚", "60.00"), ("示例壬", "40.00")), phone="0377-69990002"),
    _firm("revoked", "MA9YJ003", "西峡县吊销示例餐饮有限公司", "revoked_boss", SHOP, status="2", founded="20160801"),
    _firm("rare_firm", "MA9YJ004", "西峡县龙䶮示例民宿有限公司", "rare_name", YARD, until="20440314"),
    _firm("shop", "MA9YJ005", "西峡县壬记示例小吃店", "shopkeeper", SHOP, type_code="9500", capital=None, scope="餐饮服务"),
    _firm("cooperative", "MA9YJ006", "西峡县猕猴桃示例种植专业合作社", "cooperative_head", Place("太平镇", "示例老村", "2组"),
          type_code="9600", capital=3_000_000, scope="猕猴桃种植、销售"),
    _firm("closed", "MA9YJ007", "西峡县注销示例客栈有限公司", "old", YARD, status="3", founded="20100909", until="20201231"),
    *(_of(entry, serial) for serial, entry in enumerate((e for e in OUTLINES if e.firm_type), 101)),
)  # fmt: skip

SOCIAL_BODIES: tuple[SocialBody, ...] = (
    SocialBody(
        "community_care", uscc("MJ9YJ001", "52411323"), "西峡县莲花街道示例社区养老服务中心", person("community_head"), "20240326", "20280325",
        Place("莲花街道", "示例社区", "莲湖路30号"), "为社区老年人提供日间照料、助餐、康复护理等公益性养老服务", 300_000, "西峡县民政局",
        "9900990001", "2025", "0377-69990301",
    ),
)  # fmt: skip

NO_FIRM = uscc("MA9YJ0XX")
"""A valid code that no firm of the population carries."""


def firm(key: str) -> Firm:
    """The firm of that key. Raises KeyError."""
    return _FIRM_BY_KEY[key]


def body(key: str) -> SocialBody:
    """The social body of that key. Raises KeyError."""
    return next(entry for entry in SOCIAL_BODIES if entry.key == key)


_FIRM_BY_KEY = {entry.key: entry for entry in FIRMS}
