"""One small synthetic population that hangs together: firms, deeds and leases upon the persons of `people`.

Prefix 91411323MA9 and names with 示例/测试 mark every firm as made up. Facts only: each simulator words them in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.simulators.people import NOBODY, PEOPLE, Person, Place, id_number, person

__all__ = [
    "DEEDS",
    "FIRMS",
    "LEASES",
    "NOBODY",
    "NO_FIRM",
    "PEOPLE",
    "Deed",
    "Firm",
    "Lease",
    "Person",
    "Place",
    "Share",
    "deed",
    "firm",
    "household_of",
    "id_number",
    "person",
    "people_numbered",
    "uscc",
]

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(organisation: str, prefix: str = "91411323") -> str:
    """A 统一社会信用代码: prefix (11… for a government body) + 8 characters + both check characters (GB 11714, GB 32100)."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(values.index(sign) * weight for sign, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    body = f"{prefix}{organisation}{'0123456789X0'[11 - total % 11]}"
    weighed = sum(_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _ALPHABET[(31 - weighed % 31) % 31]


@dataclass(frozen=True)
class Firm:
    """One market entity. `capital` in yuan, None for an individual business; `until` yyyymmdd or 长期."""

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
class Share:
    """A right holder of a deed; `part` such as 1:2, empty where the right is sole or joint."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    part: str = ""


@dataclass(frozen=True)
class Deed:
    """One 不动产权证. `area` in hundredths of a square metre; codes as in the real-estate centre's lists."""

    key: str
    unit_no: str
    number: str
    place: Place
    area: int
    use: str
    right: str
    holders: tuple[Share, ...]
    ownership: str
    registered: str
    until: str
    mortgaged: bool = False
    sealed: bool = False
    state: str = "1"


@dataclass(frozen=True)
class Lease:
    """One filed lease. `rent` in fen per month."""

    key: str
    filing_no: str
    contract_no: str
    lessors: tuple[Share, ...]
    lessee_name: str = field(repr=False)
    lessee_number: str = field(repr=False)
    deed: Deed
    area: int
    starts: str
    ends: str
    rent: int
    filed: str
    state: str = "1"


_HOMESTAY = Place("桑坪镇", "示例村", "山水路8号院")
_HOTEL = Place("白羽街道", "测试社区", "样例路100号")
_YARD = Place("双龙镇", "演示村", "龙湾组20号")
_SHOP = Place("白羽街道", "测试社区", "样例路12号1层")


def _firm(key: str, organisation: str, name: str, boss: str, place: Place, **rest: object) -> Firm:
    serial = organisation[-3:]
    facts: dict[str, object] = {
        "type_code": "1130", "capital": 500_000, "founded": "20240315", "until": "长期", "scope": "许可项目：住宿服务；餐饮服务",
        "status": "1", "licence_no": f"411323000990{serial}", "checked_on": "20240520",
    }  # fmt: skip
    facts.update(rest)
    head = person(boss)
    holders = ((head.name, "100.00"),) if facts["type_code"] == "1130" else ()
    facts.setdefault("holders", holders)
    return Firm(key=key, uscc=uscc(organisation), name=name, boss=head, place=place, **facts)  # type: ignore[arg-type]


FIRMS: tuple[Firm, ...] = (
    _firm("applicant", "MA9YJ001", "西峡县山水间示例民宿有限公司", "legal_representative", _HOMESTAY),
    _firm("owner_firm", "MA9YJ002", "西峡县自有房示例酒店有限公司", "hotel_owner", _HOTEL, type_code="1150", capital=12_345_678,
          holders=(("演示庚", "60.00"), ("示例壬", "40.00")), phone="0377-69990002"),
    _firm("revoked", "MA9YJ003", "西峡县吊销示例餐饮有限公司", "revoked_boss", _SHOP, status="2", founded="20160801"),
    _firm("rare_firm", "MA9YJ004", "西峡县龙䶮示例民宿有限公司", "rare_name", _YARD, until="20440314"),
    _firm("shop", "MA9YJ005", "西峡县壬记示例小吃店", "shopkeeper", _SHOP, type_code="9500", capital=None, scope="餐饮服务"),
    _firm("cooperative", "MA9YJ006", "西峡县猕猴桃示例种植专业合作社", "cooperative_head", Place("太平镇", "示例老村", "2组"),
          type_code="9600", capital=3_000_000, scope="猕猴桃种植、销售"),
    _firm("closed", "MA9YJ007", "西峡县注销示例客栈有限公司", "old", _YARD, status="3", founded="20100909", until="20201231"),
)  # fmt: skip

NO_FIRM = uscc("MA9YJ0XX")
"""A valid code that no firm of the population carries."""


def firm(key: str) -> Firm:
    """The firm of that key. Raises KeyError."""
    return _FIRM_BY_KEY[key]


_FIRM_BY_KEY = {entry.key: entry for entry in FIRMS}


def _holder(key: str, part: str = "") -> Share:
    return Share(person(key).name, person(key).id_number, part)


def _deed(
    key: str, serial: int, year: int, place: Place, area: int, holders: tuple[Share, ...], **rest: object
) -> Deed:
    facts: dict[str, object] = {
        "use": "23",
        "right": "4",
        "ownership": "0",
        "registered": f"{year}0612",
        "until": "长期",
    }
    facts.update(rest)
    number = f"豫（{year}）西峡县不动产权第0990{serial:03d}号"
    unit = f"411323001001GB00990F0001{serial:04d}"
    return Deed(key=key, unit_no=unit, number=number, place=place, area=area, holders=holders, **facts)  # type: ignore[arg-type]


_OWNER_FIRM_SHARE = Share(firm("owner_firm").name, firm("owner_firm").uscc)

DEEDS: tuple[Deed, ...] = (
    _deed("homestay", 1, 2021, _HOMESTAY, 32050, (_holder("owner"),), until="20910611"),
    _deed("hotel", 2, 2019, _HOTEL, 185000, (_OWNER_FIRM_SHARE,), until="20590611", mortgaged=True),
    _deed("yard", 3, 2022, _YARD, 41288, (_holder("owner", "1:2"), _holder("co_owner", "1:2")), ownership="2", right="8"),
    _deed("home", 4, 2018, person("legal_representative").home, 11860,
          (_holder("legal_representative"), _holder("spouse")), ownership="1", use="10"),
    _deed("sealed_shop", 5, 2015, _SHOP, 6000, (_holder("revoked_boss"),), use="21", sealed=True),
    _deed("rare_home", 6, 2020, person("rare_name").home, 9900, (_holder("rare_name"),), use="10", right="8"),
    _deed("old_house", 7, 2009, person("old").home, 7350, (_holder("old"),), use="10", right="8"),
    _deed("homestay_before", 8, 2012, _HOMESTAY, 28000, (_holder("co_owner"),), state="2"),
)  # fmt: skip


def deed(key: str) -> Deed:
    """The deed of that key. Raises KeyError."""
    return _DEED_BY_KEY[key]


_DEED_BY_KEY = {entry.key: entry for entry in DEEDS}


def _lease(key: str, serial: int, lessee: Firm, of: str, starts: str, ends: str, rent: int, state: str = "1") -> Lease:
    held = deed(of)
    return Lease(
        key=key, filing_no=f"XZB2026-{serial:04d}", contract_no=f"HT-2026-{serial:04d}", lessors=held.holders,
        lessee_name=lessee.name, lessee_number=lessee.uscc, deed=held, area=held.area, starts=starts, ends=ends,
        rent=rent, filed=starts, state=state,
    )  # fmt: skip


LEASES: tuple[Lease, ...] = (
    _lease("homestay", 991, firm("applicant"), "homestay", "20260101", "20301231", 450_000),
    _lease("yard", 992, firm("rare_firm"), "yard", "20240401", "长期", 380_050),
    _lease("shop_before", 993, firm("revoked"), "sealed_shop", "20160801", "20190731", 200_000, state="2"),
    _lease("shop", 994, firm("shop"), "sealed_shop", "20250301", "20270228", 210_000),
)


def people_numbered(number: str) -> tuple[Person, ...]:
    """Everybody who carries that 公民身份号码: none, one, or the two of a 重号."""
    return tuple(entry for entry in PEOPLE if entry.id_number == number)


def household_of(member: Person) -> tuple[Person, ...]:
    """All members of the person's household register, head first."""
    members = (entry for entry in PEOPLE if entry.household == member.household)
    return tuple(sorted(members, key=lambda entry: entry.relation != "02"))
