"""The real-estate centre's nightly files about homes, by `wjsm.md`: families' homes, filed sales contracts, mortgages. It writes no file."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.simulators.population import PEOPLE, Deed, Person, Share
from adapters.simulators.population.homes import (
    MORTGAGES,
    NEW_HOMES,
    RESALES,
    Mortgage,
    NewHome,
    Resale,
    family_of,
    homes_of,
)
from adapters.simulators.population.numbers import DAY, age
from adapters.simulators.tables import Sheet, metres

FAMILY_COLUMNS = ("ZJH", "XM", "JTRS", "ZFTS", "ZFLB", "TJRQ")
CONTRACT_COLUMNS = (
    "BAH", "HTLX", "MSR", "CMR", "CMRDM", "XMMC", "YSZH", "FWZL", "BDCDYH", "BDCQZH", "JZMJ", "ZJK", "YFK", "QDRQ", "BARQ", "FPHM",
)  # fmt: skip
MORTGAGE_COLUMNS = ("ZMH", "BDCQZH", "ZWR", "ZWRZJH", "DYQR", "DYQRDM", "DYFS", "ZQSE", "LXQS", "LXJZ", "BGSX", "DYZT")
_WAYS = {"general": "1", "maximum": "2"}
_STATES = {"registered": "1", "released": "2"}


def families() -> Sheet:
    """One row for each grown-up who owns a home with the family, or is about to: who owns none and buys none is not in it."""
    return Sheet(FAMILY_COLUMNS, tuple(_family_rows()))


def contracts() -> Sheet:
    new, resold = (_new(entry) for entry in NEW_HOMES), (_resold(entry) for entry in RESALES)
    return Sheet(CONTRACT_COLUMNS, (*new, *resold))


def mortgages() -> Sheet:
    return Sheet(MORTGAGE_COLUMNS, tuple(_mortgage(entry) for entry in MORTGAGES))


def _family_rows() -> Iterator[tuple[str, ...]]:
    buyers = (*(entry.buyers for entry in NEW_HOMES), *(entry.buyers for entry in RESALES))
    buying = {share.number for shares in buyers for share in shares}
    seen: set[str] = set()
    for entry in PEOPLE:
        if age(entry.birth) < 18 or entry.id_number in seen:
            continue
        family = family_of(entry)
        homes = homes_of(family)
        if homes or entry.id_number in buying:
            seen.add(entry.id_number)
            yield _family(entry, family, homes)


def _family(entry: Person, family: tuple[Person, ...], homes: tuple[Deed, ...]) -> tuple[str, ...]:
    listed = ";".join(f"{home.number}/{home.place.line}/{metres(home.area)}/{home.use}" for home in homes)
    return entry.id_number, f"{entry.name}　", str(len(family)), str(len(homes)), listed, DAY


def _new(entry: NewHome) -> tuple[str, ...]:
    project = entry.project
    sellers = project.developer.name, project.developer.uscc, project.name, project.presale_no
    size = metres(entry.area), str(entry.price), str(entry.paid)
    return (entry.number, "1", _buyers(entry.buyers), *sellers, entry.place.line, entry.unit_no, "", *size, entry.signed, entry.filed, entry.invoice_no)  # fmt: skip


def _resold(entry: Resale) -> tuple[str, ...]:
    seller = entry.deed.holders[0]
    size = metres(entry.deed.area), str(entry.price), str(entry.paid)
    where = entry.deed.place.line, entry.deed.unit_no, entry.deed.number
    return (entry.number, "2", _buyers(entry.buyers), seller.name, seller.number, "", "", *where, *size, entry.signed, entry.filed, "")  # fmt: skip


def _mortgage(entry: Mortgage) -> tuple[str, ...]:
    parties = entry.debtor.name, entry.debtor.id_number, entry.creditor, entry.creditor_code
    terms = _WAYS[entry.kind], str(entry.principal), entry.starts, entry.ends
    return (entry.number, entry.deed.number, *parties, *terms, entry.change, _STATES[entry.state])


def _buyers(shares: tuple[Share, ...]) -> str:
    return ";".join(f"{share.name}/{share.number}/{share.part}" for share in shares)
