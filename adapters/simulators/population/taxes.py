"""Taxes: the firms as taxpayers, deed tax of the homes bought, 完税证明 where it was paid. Facts only.

Deed tax by 财政部 税务总局 住房城乡建设部公告2024年第16号: 1 % to 140 m², 1.5 % above for the family's only home; 1 % and 2 % for the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from adapters.simulators.population.firms import FIRMS, Firm
from adapters.simulators.population.homes import NEW_HOMES, RESALES, NewHome, Resale, family_of, homes_of
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import PEOPLE

_LIMIT = 14_000


def rate_of(area: int, rank: int) -> int:
    """Deed tax in hundredths of a per cent for the family's home number `rank`; 3 % from the third (河南省, proposed)."""
    if rank > 2:
        return 300
    return 100 if area <= _LIMIT else 150 if rank == 1 else 200


@dataclass(frozen=True)
class DeedTax:
    """What is due for one purchase. Money in fen; `base` without VAT; `paid_on` and `receipt_no` empty until paid.

    `rank`: which home of the family it is. `state`: due (nothing declared), or paid.
    """

    key: str
    contract: NewHome | Resale
    payer: Person
    base: int
    rank: int
    rate: int
    due: int
    state: Literal["due", "paid"]
    paid_on: str
    receipt_no: str


_PAID = {"big_home_buyer": ("20260820", "341130260800990001")}


def _tax(contract: NewHome | Resale) -> DeedTax:
    payer = next(entry for entry in PEOPLE if entry.id_number == contract.buyers[0].number)
    rank = len(homes_of(family_of(payer))) + 1
    area = contract.area if isinstance(contract, NewHome) else contract.deed.area
    rate = rate_of(area, rank)
    base = round(contract.price / 1.09) if isinstance(contract, NewHome) else contract.price
    paid_on, receipt = _PAID.get(contract.key, ("", ""))
    return DeedTax(
        contract.key, contract, payer, base, rank, rate, base * rate // 10_000, "paid" if paid_on else "due", paid_on, receipt
    )  # fmt: skip


_BOUGHT: tuple[NewHome | Resale, ...] = (*NEW_HOMES, *RESALES)

DEED_TAXES: tuple[DeedTax, ...] = tuple(_tax(contract) for contract in _BOUGHT)


@dataclass(frozen=True)
class Taxpayer:
    """A firm at the tax office. `owes` fen in arrears; `grade` of the yearly credit rating."""

    firm: Firm
    registered: str
    kind: Literal["general", "small"]
    state: Literal["normal", "cancelled", "abnormal"]
    owes: int
    grade: str


def _taxpayer(entry: Firm, serial: int) -> Taxpayer:
    state: Literal["normal", "cancelled", "abnormal"] = (
        "normal" if entry.status == "1" else "abnormal" if entry.status == "2" else "cancelled"
    )
    large = (entry.capital or 0) >= 5_000_000
    owes = 1_286_400 if state == "abnormal" else 0
    return Taxpayer(entry, entry.founded, "general" if large else "small", state, owes, "ABBMB"[serial % 5])


TAXPAYERS: tuple[Taxpayer, ...] = tuple(_taxpayer(entry, serial) for serial, entry in enumerate(FIRMS))
