"""What the tax office knows of a purchase: the tax due by its own records, receipts of what was paid, and how a receipt reads. It answers nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from adapters.simulators.issuer import Said
from adapters.simulators.population.homes import NewHome
from adapters.simulators.population.register import anybody_numbered
from adapters.simulators.population.taxes import DEED_TAXES, DeedTax, rate_of
from adapters.simulators.xmlform import text_of

AUTHORITY = ("11411323MB9905025T", "国家税务总局西峡县税务局")
RECEIPT_TYPE = "11410000MB9905025L001"
_RANKS = {"1": 1, "2": 2, "3": 3}


@dataclass(frozen=True)
class Assessed:
    """What is due for one declaration, in fen."""

    payer: str = field(repr=False)
    contract: str
    due: int

    @property
    def about(self) -> str:
        return f"{self.contract}/{self.payer}"


@dataclass(frozen=True)
class Paid:
    """A payment that came in: its receipt's number, the day (yyyymmdd), the tax in fen."""

    payer: str = field(repr=False)
    contract: str
    number: str
    day: str
    due: int

    @property
    def name(self) -> str:
        return next((one.name for one in anybody_numbered(self.payer)), "纳税人")

    @property
    def rate(self) -> str:
        known = _of(self.payer, self.contract)
        return f"{known.rate / 100:g}%" if known else ""


def _of(payer: str, contract: str) -> DeedTax | None:
    """Any of the buyers may declare and pay."""
    for entry in DEED_TAXES:
        if entry.contract.number == contract and any(share.number == payer for share in entry.contract.buyers):
            return entry
    return None


def assessed(form: etree._Element) -> Assessed:
    """By the filed contract and the family's homes; a contract that nobody filed here by what was declared."""
    payer, contract = text_of(form, "nsr", "sbh"), text_of(form, "fw", "htbah")
    known = _of(payer, contract)
    if known is not None:
        return Assessed(payer, contract, known.due)
    area = round(float(text_of(form, "fw", "jzmj")) * 100)
    base = round(float(text_of(form, "qs", "jsyj")) * 100)
    told = form.find(f"{{{etree.QName(form).namespace}}}qs")
    rank = _RANKS.get(told.get("tcdm", "") if told is not None else "", 3)
    return Assessed(payer, contract, base * rate_of(area, rank) // 10_000)


def paid_before(payer: str, contract: str) -> Paid | None:
    """What was paid before anybody declared it through the hub."""
    known = _of(payer, contract)
    if known is None or known.state != "paid":
        return None
    return Paid(payer, contract, known.receipt_no, known.paid_on, known.due)


def receipt(found: Paid) -> Said:
    """The 完税证明 as it is signed."""
    known = _of(found.payer, found.contract)
    lines = [("htbah", "合同备案号", found.contract), ("skje", "实缴税额（元）", f"{found.due / 100:.2f}")]
    if known is not None:
        place = known.contract.place if isinstance(known.contract, NewHome) else known.contract.deed.place
        base = f"{known.base / 100:.2f}"
        lines += [("zl", "房屋坐落", place.line), ("jsyj", "计税依据（元）", base), ("slv", "税率", found.rate)]
    day = datetime.strptime(found.day, "%Y%m%d").date()
    lines.append(("rkrq", "入库日期", day.isoformat()))
    return Said(RECEIPT_TYPE, "税收完税证明（契税）", found.number, found.name, found.payer, day, tuple(lines))
