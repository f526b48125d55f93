"""卫健委: the county's immunisation register as a nightly workbook by `ymjz.md`: title and date above the header, doses packed in a cell.

How files are dropped is in `nightly`; permits and test reports of this department are a person's work and have no system.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date

from adapters.onboarding.workbook import Cell, workbook
from adapters.simulators.nightly import Nightly
from adapters.simulators.population.children import VACCINATIONS, Dose, Vaccinations

COLUMNS = (
    "接种卡号", "受种者", "受种者证件号", "出生日", "监护人", "监护人证件号", "接种门诊", "已种剂数", "接种明细", "漏种说明", "查验", "档案状态",
)  # fmt: skip
SHEET = "接种登记"
_BORN, _CHECKED = COLUMNS.index("出生日"), COLUMNS.index("查验")


@dataclass(frozen=True)
class Register:
    """The rows of the workbook."""

    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.rows)

    def encoded(self) -> bytes:
        above = (("西峡县儿童预防接种登记",), ("导出单位：西峡县疾病预防控制中心", "", "导出时间：每日 03:00"))
        notes = (("本表由免疫规划信息系统导出，仅供政务服务查验",),)
        return workbook({"填表说明": notes, SHEET: (*above, COLUMNS, *self.rows)})

    def with_impossible_date(self) -> Register:
        """The same with one row whose day of birth cannot be and whose conclusion is of no list."""
        spoilt = list(self.rows[0])
        spoilt[_BORN], spoilt[_CHECKED] = "2026-02-31", "7"
        return Register((tuple(spoilt), *self.rows[1:]))

    def smaller(self) -> Register:
        """Only the first quarter of the rows, at least one."""
        return Register(self.rows[: max(1, len(self.rows) // 4)])

    def unreadable(self) -> bytes:
        """Zeros inside the packed sheet: a workbook that nothing can unpack."""
        whole = self.encoded()
        middle = len(whole) // 2
        return whole[:middle] + bytes(200) + whole[middle + 200 :]


def register() -> Register:
    """Everybody's card, and the one that a child left behind at another unit: it stays in the sheet."""
    moved = VACCINATIONS[4]
    gone = replace(moved, card_no="411323990201499999", doses=moved.doses[:6], missing=())
    return Register((*(_row(card, "在册") for card in VACCINATIONS), _row(gone, "迁出")))


class Health(Nightly):
    """Drops into `<folder>/drops/health`."""

    code = "health"
    suffix = ".xlsx"
    files = {"ymjzdj": register}

    def control_file(self, name: str, day: str, rows: int, content: bytes, written: str) -> bytes:
        told = {
            "文件名称": name,
            "数据日期": day,
            "记录条数": rows,
            "校验值": hashlib.sha256(content).hexdigest(),
            "导出时间": written,
        }
        return "".join(f"{key}={value}\n" for key, value in told.items()).encode()


def _row(card: Vaccinations, state: str) -> tuple[Cell, ...]:
    child, born = card.child, card.child.birth
    return (
        card.card_no,
        f"{child.name}　",
        child.id_number,
        date(int(born[:4]), int(born[4:6]), int(born[6:])),
        card.guardian.name,
        card.guardian.id_number,
        card.unit,
        len(card.doses),
        "；".join(_dose(dose) for dose in card.doses),
        "、".join(f"{vaccine}第{number}剂" for vaccine, number in card.missing),
        "1" if card.complete else "2",
        state,
    )


def _dose(dose: Dose) -> str:
    day = f"{dose.given[:4]}/{int(dose.given[4:6])}/{int(dose.given[6:])}"
    return f"{dose.vaccine}|{dose.number}|{day}|{dose.batch}"
