"""The medical-insurance office's roster of insured persons as a workbook, by `cbrymc.md`: a title above the header, dates as dates, numbers as texts.

It writes no file; `medical_insurance` drops it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from adapters.onboarding.workbook import Cell, workbook
from adapters.simulators.population.insurance import COVERS, Cover

COLUMNS = ("序号", "医保编号", "姓名", "证件号码", "险种", "参保单位", "参保日期", "停保日期", "年度", "状态")
SHEET = "参保人员"
_KINDS = {"employee": "职工医保", "resident": "居民医保"}
_STATES = {"normal": "正常", "stopped": "停保"}


@dataclass(frozen=True)
class Roster:
    """One night's workbook."""

    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.rows)

    def encoded(self) -> bytes:
        head: Sequence[Sequence[Cell]] = (
            ("西峡县基本医疗保险参保人员名册",),
            ("制表：医疗保障服务中心（示例）",),
            COLUMNS,
        )
        return workbook({"说明": (("本名册仅供政务服务核验使用",),), SHEET: (*head, *self.rows)})

    def with_impossible_date(self) -> Roster:
        """The same with one row whose date cannot be and whose kind of insurance is of no list."""
        first = list(self.rows[0])
        first[COLUMNS.index("参保日期")], first[COLUMNS.index("险种")] = "2026-02-31", "商业险"
        return Roster((tuple(first), *self.rows[1:]))

    def smaller(self) -> Roster:
        """Only the first quarter of the rows, at least one."""
        return Roster(self.rows[: max(1, len(self.rows) // 4)])

    def unreadable(self) -> bytes:
        """A workbook that was cut while it was saved, under a control file of just these bytes."""
        whole = self.encoded()
        return whole[: len(whole) * 2 // 3]


def roster() -> Roster:
    return Roster(tuple(_row(entry, place) for place, entry in enumerate(COVERS, 1)))


def control_file(name: str, day: str, rows: int, digest: str, written: str) -> bytes:
    """The `.ok` beside a workbook. `day` yyyymmdd, `written` yyyymmddHHMMSS."""
    pairs = (("文件名称", name), ("数据日期", day), ("人数", str(rows)), ("校验值", digest), ("生成时间", written))
    return "".join(f"{key}={value}\r\n" for key, value in pairs).encode("gb18030")


def _row(entry: Cover, place: int) -> tuple[Cell, ...]:
    return (
        place,
        entry.number,
        f"{entry.person.name}　",
        entry.person.id_number,
        _KINDS[entry.kind],
        entry.unit,
        _day(entry.since),
        _day(entry.until) if entry.until else "未停保",
        int(entry.year),
        _STATES[entry.state],
    )


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
