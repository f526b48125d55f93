"""Homes bought, sold, built and mortgaged: filed contracts, mortgages, how many homes a family has. Facts only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from adapters.simulators.population.civil import spouse_of
from adapters.simulators.population.firms import Firm, firm
from adapters.simulators.population.numbers import age, uscc
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.premises import DEEDS, Deed, Share, deed, holder
from adapters.simulators.population.register import household_of, person


@dataclass(frozen=True)
class Project:
    """A developer's estate with its presale permit (商品房预售许可证). `finished`: day of completion filing, empty while building."""

    key: str
    name: str
    developer: Firm
    presale_no: str
    place: Place
    finished: str


PROJECTS: tuple[Project, ...] = (
    Project("bay", "鹳河湾示例花园一期", firm("developer"), "西房预售证第2024990001号", Place("紫金街道", "演示社区", "学府路99号"), "20260815"),
    Project("hill", "鹳河湾示例花园二期", firm("developer"), "西房预售证第2026990002号", Place("紫金街道", "演示社区", "学府路101号"), ""),
)  # fmt: skip


@dataclass(frozen=True)
class NewHome:
    """A filed purchase contract (商品房买卖合同网签备案). Money in fen, `area` in hundredths of a square metre, paid = first payment."""

    key: str
    number: str
    project: Project
    buyers: tuple[Share, ...]
    place: Place
    unit_no: str
    area: int
    price: int
    paid: int
    signed: str
    filed: str
    invoice_no: str

    @property
    def owed(self) -> int:
        return self.price - self.paid


def _new_home(key: str, serial: int, where: tuple[int, str], size: tuple[int, int, int], dates: tuple[str, str], *buyers: str) -> NewHome:  # fmt: skip
    project, door = PROJECTS[where[0]], where[1]
    area, price, paid = size
    place = Place(project.place.town, project.place.village, f"{project.place.door}{door}")
    part = "1:2" if len(buyers) > 1 and serial % 2 else ""
    return NewHome(
        key, f"XXWQ{dates[0][:4]}990{serial:04d}", project, tuple(holder(k, part) for k in buyers), place,
        f"411323002001GB00990F0002{serial:04d}", area, price, paid, *dates, f"2642990000{serial:08d}",
    )  # fmt: skip


NEW_HOMES: tuple[NewHome, ...] = (
    _new_home("buyer", 1, (0, "5幢1单元1201"), (11_836, 63_914_400, 19_914_400), ("20260905", "20260908"), "buyer", "buyer_spouse"),
    _new_home("second_home_buyer", 2, (0, "6幢2单元802"), (13_260, 75_582_000, 30_582_000), ("20260918", "20260921"),
              "second_home_buyer", "second_home_spouse"),
    _new_home("single_buyer", 3, (1, "2幢1单元503"), (8_988, 46_737_600, 14_737_600), ("20261012", "20261014"), "single_buyer"),
    _new_home("big_home_buyer", 4, (0, "1幢1单元101"), (16_852, 101_112_000, 41_112_000), ("20260702", "20260706"),
              "big_home_buyer", "big_home_spouse"),
)  # fmt: skip


@dataclass(frozen=True)
class Resale:
    """A filed contract about a second-hand home (存量房买卖合同). Money in fen; `appraised` by whom the fund trusts."""

    key: str
    number: str
    deed: Deed
    buyers: tuple[Share, ...]
    price: int
    appraised: int
    paid: int
    signed: str
    filed: str


RESALES: tuple[Resale, ...] = (
    Resale("resale_buyer", "XXCL2026990001", deed("resale_home"), (holder("resale_buyer"), holder("resale_spouse")),
           51_704_000, 50_580_000, 17_704_000, "20261020", "20261022"),
)  # fmt: skip


@dataclass(frozen=True)
class OwnBuilding:
    """A home built, rebuilt or thoroughly repaired by its owner. `cost` in fen; permits empty where none is needed."""

    key: str
    owner: Person
    kind: Literal["built", "rebuilt", "repaired"]
    place: Place
    land_no: str
    planning_no: str
    cost: int
    paid: int
    began: str
    storeys: int
    area: int


OWN_BUILDINGS: tuple[OwnBuilding, ...] = (
    OwnBuilding("self_builder", person("self_builder"), "rebuilt", Place("回车镇", "演示村", "7组12号"), "西宅基字第2025990001号",
                "乡字第411323202599001号", 42_000_000, 18_000_000, "20260401", 2, 21_600),
)  # fmt: skip


@dataclass(frozen=True)
class Mortgage:
    """One 抵押权. `number` of the 不动产登记证明; money in fen. `state`: registered, or contracted and to be registered."""

    key: str
    number: str
    deed: Deed
    debtor: Person
    creditor: str
    creditor_code: str
    kind: Literal["general", "maximum"]
    principal: int
    owed: int
    starts: str
    ends: str
    state: Literal["registered", "released"]
    change: str = ""


_BANK = ("示例农村商业银行股份有限公司西峡支行", uscc("MA9YJ901"))


def _mortgage(key: str, serial: int, of: str, who: str, sums: tuple[int, int], term: tuple[str, str], change: str = "") -> Mortgage:  # fmt: skip
    return Mortgage(
        key, f"豫（{term[0][:4]}）西峡县不动产证明第0990{serial:03d}号", deed(of), person(who), _BANK[0], _BANK[1], "general", *sums, *term,
        "registered", change,
    )  # fmt: skip


MORTGAGES: tuple[Mortgage, ...] = (
    _mortgage(
        "borrower",
        1,
        "home_borrower",
        "borrower",
        (40_000_000, 28_640_000),
        ("20190320", "20390319"),
        "债权数额、履行期限变更",
    ),
    _mortgage("heir", 2, "home_heir", "heir", (30_000_000, 16_215_000), ("20180910", "20330909"), "抵押权随债权转让"),
    _mortgage("lotus", 3, "home_lotus_father", "lotus_father", (35_000_000, 30_120_000), ("20220510", "20420509")),
    _mortgage("mall", 4, "mall", "mall_boss", (1_500_000_000, 900_000_000), ("20221010", "20321009")),
    _mortgage("feed", 5, "feed", "feed_boss", (800_000_000, 640_000_000), ("20240105", "20290104")),
    _mortgage("karaoke", 6, "karaoke", "landlord_boss", (200_000_000, 150_000_000), ("20240601", "20290531")),
    _mortgage("hotel", 7, "hotel", "hotel_owner", (300_000_000, 120_000_000), ("20200701", "20300630")),
)
"""The first is to be changed, the second to be transferred; the buyers' own are to be registered for the first time."""


def family_of(somebody: Person) -> tuple[Person, ...]:
    """The person, the spouse and the minor children: the family whose homes are counted."""
    spouse = spouse_of(somebody)
    parents = tuple(entry for entry in (somebody, spouse) if entry is not None)
    houses = {entry.household: entry for entry in parents}.values()
    children = {
        entry.key: entry for parent in houses for entry in household_of(parent)
        if entry.relation in ("20", "21", "22", "30", "31", "32") and age(entry.birth) < 18
    }  # fmt: skip
    return (*parents, *children.values())


def homes_of(family: tuple[Person, ...]) -> tuple[Deed, ...]:
    """The live deeds of dwellings in the family's names."""
    numbers = {entry.id_number for entry in family}
    return tuple(
        entry for entry in DEEDS
        if entry.use == "10" and entry.state == "1" and any(share.number in numbers for share in entry.holders)
    )  # fmt: skip
