"""公积金中心: accounts of the housing fund in its front database `gjjqzk.sql`; one table takes loan applications of three kinds.

It calls nobody: what its desk decides stands in `DK_SPJG`. How such a database is filled and watched is in `frontdb`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import catalog
from adapters.simulators.applications import BEIJING, DeskRefusal, Handed, Order
from adapters.simulators.decisions import Desk
from adapters.simulators.frontdb import FrontDatabase, QueryLog, Results, Said
from adapters.simulators.fronttables import Row
from adapters.simulators.population.insurance import FUND_ACCOUNTS, FundAccount
from adapters.simulators.server import Setting
from adapters.simulators.styles import Style

PAPER = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "housing-fund" / "gjjqzk.sql"

_USES: Mapping[str, str] = {
    "11": "购买新建住房", "12": "购买再交易住房", "13": "建造自住住房", "14": "翻建自住住房", "15": "大修自住住房",
}  # fmt: skip
_STEPS: Mapping[str, str] = {
    "accept": "B1", "refuse": "B2", "correction": "B3", "suspend": "C1", "resume": "C2", "approve": "D1", "deny": "D2",
}  # fmt: skip
_MOST = 60_000_000
"""No loan is over 600,000 yuan; in fen."""
_LEAST_MONTHS = 6


class HousingFund(FrontDatabase):
    code = "housing-fund"
    ddl = PAPER
    query_log = QueryLog("CX_DJB", "DJLSH", "CXDX", "CXBM")
    watched: ClassVar[Mapping[str, str]] = {"DK_SQXX": "SQDH", "DK_CX": "CXDH"}
    results = Results("DK_SPJG", "JGLSH", "BJLSH", "SPZT", "DQBZ", "Y", "N")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        styles = [
            Style("GJJ{item}{day:%Y%m%d}99{serial:04d}", "西公积贷〔{day:%Y}〕99{serial:04d}号", "GJJ990", item=use, kind="benefit")
            for use in _USES
        ]  # fmt: skip
        self._own: Desk = Desk(self.code, styles, setting.folder, self.journal, self.results_out, setting.now)
        self.desk = self._own
        self._told = 0

    def population(self) -> Mapping[str, Sequence[Row]]:
        return {"GR_ZHXX": [_account(entry) for entry in FUND_ACCOUNTS]}

    def take(self, table: str, row: Mapping[str, Any]) -> None:
        if table == "DK_CX":
            self._own.withdraw(self._number(row["BJLSH"]))
        elif row["CZBZ"] == "1":
            self._own.resubmit(row["SQDH"], row["BJLSH"], _granted(row))
        else:
            self._apply(row)

    def _apply(self, row: Mapping[str, Any]) -> None:
        """Whoever may not borrow at all is told so at once; nobody has to look at it."""
        title = f"公积金贷款（{_USES[row['FKYT']]}）"
        handed = Handed(row["SQDH"], row["BJLSH"], title, _granted(row), item=row["FKYT"], about=row["JKRZJH"])
        application, again = self._own.receive(handed)
        why = _unfit(_of(row["JKRZJH"]))
        if why and not again:
            self._own.obey(Order(number=application.number, step="refuse", reason=why))

    def _number(self, item_no: str) -> str:
        """Our number of that item case. Raises DeskRefusal where nobody applied."""
        for known in self._own.applications():
            if known["item_no"] == item_no:
                return str(known["number"])
        raise DeskRefusal("no such application")

    def result(self, said: Said) -> Row:
        self._told += 1
        granted = said.results if said.step == "approve" else {}
        return {
            "BJLSH": said.item_no, "SPZT": _STEPS[said.step], "SPYJ": said.reason or None, "SLBH": said.number or None,
            "SPBH": said.decision_no or None, "BJQD": "\n".join("^".join(one.values()) for one in said.defects) or None,
            "ZZLX": said.kind or None, "ZZSY": said.name or None, "SPED": _whole(granted.get("SPED")), "SPQX": _whole(granted.get("SPQX")),
            "SCSJ": f"{self.setting.now().astimezone(BEIJING):%Y%m%d%H%M%S%f}{self._told:06d}",
        }  # fmt: skip


def _whole(text: str | None) -> int | None:
    return int(text) if text else None


def _account(entry: FundAccount) -> Row:
    return {
        "GRZH": entry.number, "ZJHM": entry.person.id_number, "XINGMING": f"{entry.person.name}  ", "DWZH": entry.unit_no,
        "DWMC": entry.employer.name, "KHRQ": entry.opened, "GRJCJS": entry.base, "YJCE": entry.monthly, "LJYS": entry.months,
        "JZNY": entry.terms[-1][1], "GRZHYE": entry.balance, "GRZHZT": "01" if entry.state == "normal" else "02", "DKCS": entry.loans,
        "DKYE": entry.owed,
    }  # fmt: skip


def _of(number: str | None) -> FundAccount | None:
    return next((entry for entry in FUND_ACCOUNTS if entry.person.id_number == number), None)


def _unfit(account: FundAccount | None) -> str:
    """Why somebody with this account may not borrow; empty if they may."""
    if account is None:
        return "申请人在本中心没有缴存账户"
    if account.state != "normal" or account.months < _LEAST_MONTHS:
        return "账户封存或者连续缴存不满6个月"
    return "有未还清的住房公积金贷款" if account.owed else ""


def _granted(row: Mapping[str, Any]) -> dict[str, str]:
    """What an approval will grant, in fen and months: the least of what is asked, what the home bears, what the accounts bear."""
    worth = min(int(row["FWZJ"]), int(row["PGJ"] or row["FWZJ"]))
    accounts = (_of(row["JKRZJH"]), _of(row["GTJKRZJH"]))
    saved = sum(entry.balance for entry in accounts if entry is not None)
    return {"SPED": str(min(int(row["SQJE"]), worth * 7 // 10, saved * 15, _MOST)), "SPQX": str(row["SQQX"])}
