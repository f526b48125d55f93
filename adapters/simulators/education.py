"""教体局: diplomas in its front database `jyqzk.sql`, where the counter also writes what was verified for a child's enrolment.

It only takes those sheets: whom a school admits is told to the parents, not to the counter. How such a database is filled is in `frontdb`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import catalog
from adapters.simulators.applications import DeskRefusal
from adapters.simulators.frontdb import FrontDatabase, QueryLog
from adapters.simulators.fronttables import Row
from adapters.simulators.population.graduates import DIPLOMAS, Diploma

PAPER = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "education" / "jyqzk.sql"

_LEVELS: Mapping[str, str] = {"doctor": "01", "master": "02", "bachelor": "03", "college": "04"}
_ANSWERS = frozenset("YNW")


class Education(FrontDatabase):
    code = "education"
    ddl = PAPER
    query_log = QueryLog("CXJL", "JLBH", "SFZH", "BIAO")
    watched: ClassVar[Mapping[str, str]] = {"RX_HYD": "DH"}

    def population(self) -> Mapping[str, Sequence[Row]]:
        return {"BYZS": [_diploma(entry) for entry in DIPLOMAS]}

    def take(self, table: str, row: Mapping[str, Any]) -> None:
        """A sheet without lines or without its file tells the school nothing. Raises DeskRefusal for such a one."""
        lines = [one for one in self.tables.rows("RX_HYMX") if one["DH"] == row["DH"]]
        files = [one for one in self.tables.rows("RX_HYFJ") if one["DH"] == row["DH"]]
        if not lines or not files or not {str(one["JGDM"]) for one in lines} <= _ANSWERS:
            raise DeskRefusal("the sheet is not whole")
        self.journal.effect("sheet", str(row["BJBH"]), key=str(row["DH"]), subject=str(row["ETSFZH"]))


def _diploma(entry: Diploma) -> Row:
    return {
        "ZSBH": entry.number, "SFZH": entry.person.id_number, "XSXM": f"{entry.person.name}　", "YXMC": entry.school,
        "YXDM": entry.school_code or None, "ZYMC": entry.major, "CCDM": _LEVELS[entry.level], "RXRQ": _written(entry.enrolled),
        "BYRQ": _written(entry.graduated), "XWMC": entry.degree or None, "GJDQ": entry.abroad or None,
        "GWRZH": entry.recognition_no or None,
    }  # fmt: skip


def _written(day: str) -> str:
    return f"{day[:4]}年{int(day[4:6])}月{int(day[6:])}日"
