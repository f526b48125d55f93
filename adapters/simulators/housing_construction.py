"""住建局: works, fire documents, builders and estate agents in its front database `zjqzk.sql`; five tables take what is applied for.

It calls nobody: what its desk decides stands in `BLJG`. How such a database is filled and watched is in `frontdb`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import catalog
from adapters.simulators import population
from adapters.simulators.applications import BEIJING, DeskRefusal, Handed
from adapters.simulators.decisions import Desk
from adapters.simulators.frontdb import FrontDatabase, QueryLog, Results, Said
from adapters.simulators.fronttables import Row
from adapters.simulators.population.construction import BUILDERS, WORKS, BuilderRecord, Works
from adapters.simulators.population.enterprises import outline
from adapters.simulators.population.numbers import later
from adapters.simulators.population.premises import holder
from adapters.simulators.population.qualifications import SKILLS, SkillCertificate
from adapters.simulators.server import Setting
from adapters.simulators.styles import ItemKind, Style

PAPER = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "housing-construction" / "zjqzk.sql"

_FORMS: Mapping[str, tuple[str, ItemKind, str, int]] = {
    "SB_XFSC": ("特殊建设工程消防设计审查", "permit", "西建消审字〔{day:%Y}〕第99{serial:04d}号", 0),
    "SB_XFYS": ("建设工程消防验收", "permit", "西建消验字〔{day:%Y}〕第99{serial:04d}号", 0),
    "SB_XFBA": ("建设工程消防验收备案", "filing", "{day:%Y%m%d}99{serial:04d}", 0),
    "SB_ZZSQ": ("建筑业企业资质", "permit", "D34199{serial:04d}", 5),
    "SB_JJBA": ("房地产经纪机构备案", "filing", "西房经备〔{day:%Y}〕99{serial:04d}号", 3),
}
"""Table → what is applied for in it, its kind, how its document is numbered, for how many years that holds (0 = for good)."""
_UPSTREAM = "QZ"
"""Whatever an application waits for, be it a design review or a registration: one result of it is enough here."""
_NUMBER = "ZJ{day:%Y%m%d}99{serial:04d}"
_STEPS: Mapping[str, str] = {
    "accept": "10", "refuse": "19", "correction": "15", "suspend": "30", "resume": "31", "approve": "20", "deny": "29",
}  # fmt: skip
_STRUCTURES = {"concrete": "01", "brick": "02", "steel": "03"}
_FIRE = {
    "accepted": ("YS", "特殊建设工程消防验收意见书", "合格"),
    "filed": ("BA", "建设工程消防验收备案凭证", "已备案"),
}


class HousingConstruction(FrontDatabase):
    code = "housing-construction"
    ddl = PAPER
    query_log = QueryLog("CXLH", "QQBH", "CXTJ", "CXBM")
    watched: ClassVar[Mapping[str, str]] = {**dict.fromkeys((*_FORMS, "SB_QZ", "SB_CH"), "WYM")}
    results = Results("BLJG", "JGXH", "BJH", "ZT", "CLBZ", "1")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        styles = [
            Style(_NUMBER, number, "ZJ0990", (_UPSTREAM,), item=table, kind=kind, results={"ZSH": number})
            for table, (_, kind, number, _) in _FORMS.items()
        ]
        self.desk: Desk = Desk(self.code, styles, setting.folder, self.journal, self.results_out, setting.now)
        self._told = 0

    def population(self) -> Mapping[str, Sequence[Row]]:
        return {
            "GCJBXX": [_works(entry, serial) for serial, entry in enumerate(WORKS, 1)],
            "XFWS": [_fire(entry, serial) for serial, entry in enumerate(WORKS, 1) if entry.fire != "none"],
            "JZQY": [_builder(entry) for entry in BUILDERS],
            "JJJG": list(_agencies()),
        }

    def take(self, table: str, row: Mapping[str, Any]) -> None:
        assert self.desk is not None
        if table == "SB_CH":
            self.desk.withdraw(self._number(row))
        elif table == "SB_QZ":
            self.desk.supply(self._number(row), _UPSTREAM, passed=True)
        else:
            self._apply(table, row)

    def _apply(self, table: str, row: Mapping[str, Any]) -> None:
        assert self.desk is not None
        results = _holds_until(table, self.setting.now())
        if row["CZLX"] == "2":
            self.desk.resubmit(row["WYM"], row["BJH"], results)
            return
        title, *_ = _FORMS[table]
        self.desk.receive(
            Handed(row["WYM"], row["BJH"], title, results, row["YSBZ"] == "1", item=table, about=row["SQZH"])
        )

    def _number(self, row: Mapping[str, Any]) -> str:
        """Our number of the application that the row is about. Raises DeskRefusal where nobody made one."""
        assert self.desk is not None
        for known in self.desk.applications():
            if known["item_no"] == row["BJH"]:
                return str(known["number"])
        raise DeskRefusal("no such application")

    def result(self, said: Said) -> Row:
        self._told += 1
        return {
            "BJH": said.item_no, "ZT": _STEPS[said.step], "BLYJ": said.reason or None, "SLH": said.number or None,
            "WSH": said.decision_no or None, "BZQD": ";".join(map(_defect, said.defects)) or None, "TBLX": said.kind or None,
            "TBMC": said.name or None, "ZSH": said.results.get("ZSH"), "ZSYXQ": said.results.get("ZSYXQ"),
            "GXSJ": f"{self.setting.now().astimezone(BEIJING):%Y%m%d%H%M%S%f}{self._told:06d}",
        }  # fmt: skip


def _defect(found: Mapping[str, str]) -> str:
    return "|".join(found.values())


def _holds_until(table: str, now: datetime) -> dict[str, str]:
    years = _FORMS[table][3]
    return {"ZSYXQ": later(f"{now.astimezone(BEIJING):%Y%m%d}", years=years)} if years else {}


# --- what the bureau knows ------------------------------------------------------------------------------------------------


def _owner_no(entry: Works) -> str:
    """The number of whoever had the works done."""
    registered = {one.name: one.uscc for one in population.FIRMS} | {
        one.name: one.uscc for one in population.SOCIAL_BODIES
    }
    if entry.owner in registered:
        return registered[entry.owner]
    line = outline(entry.key)
    boss = population.person(line.boss)
    return boss.id_number if boss.name == entry.owner else holder(line.holders[0]).number


def _number_of(serial: int) -> str:
    return f"GC41132399{serial:04d}"


def _works(entry: Works, serial: int) -> Row:
    return {
        "GCBH": _number_of(serial), "GCMC": entry.project, "JSDW": entry.owner, "JSDWZH": _owner_no(entry), "GCDZ": entry.place.line,
        "SGXKZH": entry.permit_no or None, "SJDW": entry.designer, "SGDW": entry.builder, "JGLX": _STRUCTURES[entry.structure],
        "DSCS": entry.storeys, "SYLC": entry.floors, "GCGD": entry.height_cm / 100, "JZMJ": entry.area / 100, "KGRQ": entry.began,
        "JGRQ": entry.finished, "TSJSGC": "1" if entry.special else "0", "XFSCWH": entry.review_no or None, "XFSCRQ": entry.reviewed or None,
    }  # fmt: skip


def _fire(entry: Works, serial: int) -> Row:
    kind, title, found = _FIRE[entry.fire]
    return {
        "WSBH": entry.fire_no, "GCBH": _number_of(serial), "JSDWZH": _owner_no(entry), "GCMC": entry.project, "WSLX": kind, "WSMC": title,
        "JL": found, "QFRQ": entry.fire_on, "ZT": "1",
    }  # fmt: skip


def _staff(uscc: str) -> list[SkillCertificate]:
    return [one for one in SKILLS if one.firm is not None and one.firm.uscc == uscc]


def _builder(entry: BuilderRecord) -> Row:
    trades = [one.trade for one in _staff(entry.firm.uscc)]
    constructors = sum(trade.startswith("注册建造师") for trade in trades)
    engineers = sum(trade.startswith("工程师") for trade in trades)
    return {
        "QYDM": entry.firm.uscc, "QYMC": entry.firm.name, "ZZMC": entry.qualification or None, "ZZZSH": entry.qualification_no or None,
        "ZZYXQ": entry.until or None, "AQXKZH": entry.safety_no or None, "JZC": entry.net_assets / 10_000, "ZCJZS": constructors, "ZCZLS": 0,
        "JSGRS": len(trades) - constructors - engineers, "GCYJS": engineers,
    }  # fmt: skip


def _agencies() -> Iterator[Row]:
    brokers = [one for one in SKILLS if one.trade.startswith("房地产经纪") and one.firm is not None]
    for firm in dict.fromkeys(one.firm for one in brokers if one.firm is not None):
        own = [one for one in brokers if one.firm == firm]
        listed = ";".join(f"{one.person.name}/{one.number}/{one.trade}" for one in own)
        assistants = sum(one.trade.endswith("协理") for one in own)
        yield {"JGDM": firm.uscc, "JGMC": firm.name, "JJRS": len(own), "XLS": assistants, "RYQD": listed}
