"""Deeds, filed leases and mortgages: premises of the enterprises and homes of the people. Facts only.

Whoever rents here is the lessee of a deed that somebody of the population holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.simulators.population.enterprises import OUTLINES, Outline, outline
from adapters.simulators.population.firms import HOMESTAY, HOTEL, SHOP, YARD, Firm, body, firm
from adapters.simulators.population.numbers import later
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.register import PEOPLE, person


@dataclass(frozen=True)
class Share:
    """A right holder of a deed; `part` such as 1:2, empty where the right is sole or joint."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    part: str = ""


@dataclass(frozen=True)
class Deed:
    """One 不动产权证. `area` in hundredths of a square metre; codes as in the real-estate centre's lists. `floors` of `storeys`."""

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
    floors: str = ""
    storeys: int = 0


@dataclass(frozen=True)
class Lease:
    """One filed lease, of the whole deed or of the part at `place`. `rent` in fen per month."""

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
    place: Place
    state: str = "1"


def holder(key: str, part: str = "") -> Share:
    """The person or firm of that key as a right holder."""
    try:
        return Share(person(key).name, person(key).id_number, part)
    except KeyError:
        return Share(firm(key).name, firm(key).uscc, part)


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


_MALL = ("mall",)
"""Who rents a unit of the mall rents a part of the mall's one deed."""


def _joint(keys: tuple[str, ...]) -> dict[str, object]:
    return {"ownership": "1"} if len(keys) > 1 else {}


def _premises(entry: Outline, serial: int) -> Deed:
    """The deed of an enterprise's own place, or of the place that it rents."""
    keys = entry.holders or (entry.key,)
    bought = later(entry.founded, months=3 + serial % 4) if not entry.holders else ""
    year = int(bought[:4]) if bought else int(entry.founded[:4] or 2022) - 1 - serial % 5
    rest: dict[str, object] = {
        "use": entry.use, "floors": entry.floors, "storeys": entry.storeys, "right": "8" if "组" in entry.place.door else "4",
        "mortgaged": entry.key in ("mall", "feed", "karaoke"), "until": f"{year + 39}0611", "registered": bought or f"{year}0612", **_joint(keys),
    }  # fmt: skip
    return _deed(entry.key, serial, year, entry.place, entry.area, tuple(holder(key) for key in keys), **rest)


_COMMUNITY = _deed(
    "community_care", 190, 2019, body("community_care").place, 86_000, (holder("landlord"),), use="90", floors="1-2", storeys=6
)  # fmt: skip

_RENTED_FLATS = ("hanfu_founder", "skate_founder", "volleyball_founder", "badminton_founder", "billiards_founder")
"""Founders who own no home."""
_FAMILY_HOMES = (
    ("plum_father", "plum_mother"), ("orchid_mother",), ("grandfather",), ("lotus_father", "lotus_mother"),
    ("reed_father", "reed_mother"), ("birch_mother",), ("maple_father",), ("cedar_father",),
    ("second_home_buyer", "second_home_spouse"), ("seller", "seller_spouse"), ("self_builder",),
    ("borrower", "borrower_spouse"), ("heir",), ("big_home_buyer", "big_home_spouse"), ("talent_founder",), ("laid_off",), ("near_pension",),
    ("landlord_boss", "landlord_boss_spouse"), ("mall_boss", "mall_boss_spouse"), ("hospital_boss", "hospital_boss_spouse"),
)  # fmt: skip
_MORTGAGED_HOMES = ("borrower", "heir", "lotus_father")
_LET_FLAT = Place("紫金街道", "演示社区", "演示街41号2单元402")


def _founders_homes() -> Iterator[tuple[str, ...]]:
    keys = {entry.key for entry in PEOPLE}
    for entry in OUTLINES:
        if not entry.firm_type and entry.boss not in _RENTED_FLATS:
            spouse = f"{entry.boss}_spouse"
            yield (entry.boss, spouse) if spouse in keys else (entry.boss,)


def _homes() -> Iterator[Deed]:
    for place, keys in enumerate((*_FAMILY_HOMES, *_founders_homes())):
        head = person(keys[0])
        year = max(int(head.settled[:4] or 2010), int(head.birth[:4]) + 24, 2008)
        rest: dict[str, object] = {
            "use": "10", "right": "8" if "组" in head.home.door else "4", "mortgaged": keys[0] in _MORTGAGED_HOMES, **_joint(keys),
        }  # fmt: skip
        yield _deed(
            f"home_{keys[0]}", 201 + place, year, head.home, 8_600 + place * 317, tuple(holder(k) for k in keys), **rest
        )


_FIRST: tuple[Deed, ...] = (
    _deed("homestay", 1, 2021, HOMESTAY, 32050, (holder("owner"),), until="20910611", floors="1-3", storeys=3),
    _deed("hotel", 2, 2019, HOTEL, 185000, (holder("owner_firm"),), until="20590611", mortgaged=True, floors="1-5", storeys=5),
    _deed("yard", 3, 2022, YARD, 41288, (holder("owner", "1:2"), holder("co_owner", "1:2")), ownership="2", right="8"),
    _deed("home", 4, 2018, person("legal_representative").home, 11860,
          (holder("legal_representative"), holder("spouse")), ownership="1", use="10"),
    _deed("sealed_shop", 5, 2015, SHOP, 6000, (holder("revoked_boss"),), use="21", sealed=True),
    _deed("rare_home", 6, 2020, person("rare_name").home, 9900, (holder("rare_name"),), use="10", right="8"),
    _deed("old_house", 7, 2009, person("old").home, 7350, (holder("old"),), use="10", right="8"),
    _deed("homestay_before", 8, 2012, HOMESTAY, 28000, (holder("co_owner"),), state="2"),
)  # fmt: skip

DEEDS: tuple[Deed, ...] = (
    *_FIRST,
    *(_premises(entry, serial) for serial, entry in enumerate(OUTLINES, 101) if entry.holders != _MALL),
    _COMMUNITY,
    *_homes(),
    _deed("let_flat", 290, 2016, _LET_FLAT, 9280, (holder("landlord_boss"),), use="10"),
    _deed("resale_home", 292, 2014, Place("紫金街道", "演示社区", "人民路60号3单元301"), 11_240,
          (holder("seller"), holder("seller_spouse")), ownership="1", use="10"),
)  # fmt: skip


def deed(key: str) -> Deed:
    """The deed of that key. Raises KeyError."""
    return _DEED_BY_KEY[key]


_DEED_BY_KEY = {entry.key: entry for entry in DEEDS}

_UNITS = {entry.key for entry in OUTLINES if entry.holders == _MALL}

Lessee = tuple[str, str]
"""Name and number."""


def _lease(key: str, serial: int, lessee: Lessee, of: str, terms: tuple[str, str, int], state: str = "1") -> Lease:
    held, (starts, ends, rent) = deed(of), terms
    part = None if of == key or key not in _UNITS else outline(key)
    return Lease(
        key=key, filing_no=f"XZB2026-{serial:04d}", contract_no=f"HT-2026-{serial:04d}", lessors=held.holders,
        lessee_name=lessee[0], lessee_number=lessee[1], deed=held, area=part.area if part else held.area, starts=starts, ends=ends,
        rent=rent, filed=starts, place=part.place if part else held.place, state=state,
    )  # fmt: skip


def _lessee(key: str) -> Lessee:
    try:
        return firm(key).name, firm(key).uscc
    except KeyError:
        return person(key).name, person(key).id_number


def _shop_lease(entry: Outline, serial: int) -> Lease:
    """A firm's lease runs from its founding for ten years, a founder's from this year for five."""
    who: Firm | Person = firm(entry.key) if entry.firm_type else person(entry.boss)
    starts = entry.founded or f"2026{1 + serial % 7:02d}01"
    ends = later(starts, years=10 if entry.firm_type else 5)
    of = "mall" if entry.key in _UNITS else entry.key
    return _lease(entry.key, serial, _lessee(who.key), of, (starts, ends, entry.rent))


LEASES: tuple[Lease, ...] = (
    _lease("homestay", 991, _lessee("applicant"), "homestay", ("20260101", "20301231", 450_000)),
    _lease("yard", 992, _lessee("rare_firm"), "yard", ("20240401", "长期", 380_050)),
    _lease("shop_before", 993, _lessee("revoked"), "sealed_shop", ("20160801", "20190731", 200_000), state="2"),
    _lease("shop", 994, _lessee("shop"), "sealed_shop", ("20250301", "20270228", 210_000)),
    *(_shop_lease(entry, serial) for serial, entry in enumerate(OUTLINES, 1) if entry.rent),
    _lease("community_care", 901, (body("community_care").name, body("community_care").uscc), "community_care", ("20240401", "20340331", 500_000)),
    _lease("migrant_flat", 902, _lessee("migrant_father"), "let_flat", ("20240901", "20290831", 120_000)),
)  # fmt: skip
