"""Medical insurance and the housing fund: accounts, months, loans. Facts only.

Who works by `work` is insured and paid for by the same employer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import Firm
from adapters.simulators.population.numbers import DAY, months_between
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person
from adapters.simulators.population.work import INSURANCES, Insurance


@dataclass(frozen=True)
class Cover:
    """Medical insurance. `until` empty while it lasts; `unit`: employer, or village or community for residents."""

    person: Person
    number: str = field(repr=False)
    kind: Literal["employee", "resident"]
    unit: str
    since: str
    until: str
    year: str
    state: Literal["normal", "stopped"]


def _employee(entry: Insurance, serial: int) -> Cover:
    first, last = entry.terms[0][0], entry.terms[-1][1]
    going = entry.state == "paying"
    return Cover(
        entry.person, f"4113990Y{serial:06d}", "employee", entry.employer.name, f"{first}01", "" if going else f"{last}28",
        DAY[:4], "normal" if going else "stopped",
    )  # fmt: skip


_RESIDENTS = (
    "plum_father", "plum_mother", "plum_daughter", "plum_son", "orchid_mother", "orchid_son", "grandfather", "grandmother", "grandchild",
    "lotus_father", "lotus_mother", "lotus_daughter", "reed_mother", "maple_father", "cedar_father", "cedar_mother", "self_builder_spouse", "buyer_child",
)  # fmt: skip
"""Insured as residents. Graduates without work are in no insurance of the county yet: they apply."""

COVERS: tuple[Cover, ...] = (
    *(_employee(entry, serial) for serial, entry in enumerate(INSURANCES, 1)),
    *(
        Cover(person(key), f"4113990J{serial:06d}", "resident", person(key).home.village, f"{max(2020, int(person(key).birth[:4]))}0101",
              "", DAY[:4], "normal")
        for serial, key in enumerate(_RESIDENTS, 1)
    ),
)  # fmt: skip


@dataclass(frozen=True)
class FundAccount:
    """An account of the housing fund. Money in fen; `own` and `employers` share in per cent; `terms` months paid without a gap.

    `loans`: how many fund loans the person has had; `owed` fen of the running one.
    """

    person: Person
    number: str = field(repr=False)
    employer: Firm
    unit_no: str
    opened: str
    base: int
    own: int
    employers: int
    terms: tuple[tuple[str, str], ...]
    state: Literal["normal", "sealed"]
    loans: int = 0
    owed: int = 0

    @property
    def monthly(self) -> int:
        """What comes in each month, in fen."""
        return self.base * (self.own + self.employers) // 100

    @property
    def months(self) -> int:
        return sum(months_between(first, last) for first, last in self.terms)

    @property
    def balance(self) -> int:
        """Everything paid in, less half of it where a loan was paid off with it."""
        return self.monthly * self.months // (2 if self.loans else 1)


_WITHOUT_FUND = ("short_paid", "near_pension", "carer_1", "nurse_3", "agent_1", "agent_2", "salesman", "graduate_hired")
_LOANS = {"borrower": (1, 28_640_000), "second_home_buyer": (1, 0), "heir": (1, 16_215_000)}


def _account(entry: Insurance, serial: int) -> FundAccount:
    loans, owed = _LOANS.get(entry.person.key, (0, 0))
    rate = 12 if entry.base > 9_000 else 8 if entry.base > 6_000 else 5
    return FundAccount(
        entry.person, f"4113230990{serial:06d}", entry.employer, f"99{entry.employer.licence_no[-4:]}", f"{entry.terms[0][0]}15",
        entry.base * 100, rate, rate, entry.terms, "normal" if entry.state == "paying" else "sealed", loans, owed,
    )  # fmt: skip


FUND_ACCOUNTS: tuple[FundAccount, ...] = tuple(
    _account(entry, serial) for serial, entry in enumerate(INSURANCES, 1) if entry.person.key not in _WITHOUT_FUND
)


@dataclass(frozen=True)
class CreditNote:
    """What the bank's report says of a borrower: overdue instalments of the last two years, other loans in fen."""

    person: Person
    overdue: int
    other_loans: int
    reported: str


CREDIT_NOTES: tuple[CreditNote, ...] = tuple(
    CreditNote(entry.person, 2 if entry.person.key == "heir" else 0, 12_000_000 if entry.loans else 0, "20261101")
    for entry in FUND_ACCOUNTS
)
