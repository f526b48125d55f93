"""不动产中心: nightly full CSVs dropped into a folder, `.tmp` then renamed, with an `.ok` beside them; faults on order.

Nobody asks it anything over a socket: its server knows the control verbs alone.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.simulators import tables
from adapters.simulators.applications import BEIJING
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.server import Answer, Connection, Setting, Simulator
from adapters.simulators.tables import Sheet


class Fault(StrEnum):
    """How a drop is spoilt. tmp: still being written · no_ok: no control file · bad_hash: the control file's digest is of
    other bytes · cut: half the bytes under a control file of the whole · broken_row: one row with an impossible date and
    a field too many · bad_bytes: one row with bytes that are no GB18030 · smaller: far fewer rows than usual · bad_count: the control file counts otherwise."""

    NONE = "none"
    TMP = "tmp"
    NO_OK = "no_ok"
    BAD_HASH = "bad_hash"
    CUT = "cut"
    BROKEN_ROW = "broken_row"
    BAD_BYTES = "bad_bytes"
    SMALLER = "smaller"
    BAD_COUNT = "bad_count"


class Drop(BaseModel):
    """The body of `POST /_drop`. `day` yyyymmdd (default: the day before now), so an old day is "yesterday's file again"."""

    model_config = ConfigDict(extra="forbid")

    table: Literal["bdcqz", "fwzlba"] | None = None
    fault: Fault = Fault.NONE
    day: str | None = Field(default=None, pattern="^[0-9]{8}$")


_SHEETS = {"bdcqz": tables.deeds, "fwzlba": tables.leases}
_BY_RULE = {
    Variant.GARBLED: Fault.CUT,
    Variant.DATE: Fault.BROKEN_ROW,
    Variant.CODE: Fault.BAD_COUNT,
    Variant.MISSING: Fault.NO_OK,
    Variant.OTHER: Fault.SMALLER,
}


class RealEstate(Simulator[None]):
    """Drops into `<folder>/drops/real-estate`, once when it starts and then on order."""

    code = "real-estate"
    modes = frozenset({Mode.NORMAL, Mode.DOWN, Mode.WRONG})

    @classmethod
    def connection(cls, address: str, folder: Path) -> Connection:
        return {"folder": str(folder / "drops" / cls.code)}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.place = setting.folder / "drops" / self.code
        self.place.mkdir(parents=True, exist_ok=True)

    async def open(self, host: str, port: int) -> str:
        url = await super().open(host, port)
        self.drop(Drop())
        return url

    def verb(self, name: str, body: object) -> object:
        if name != "drop":
            raise KeyError(name)
        return {"files": self.drop(Drop.model_validate(body))}

    def read(self, request: Request) -> tuple[Call, None]:
        return Call("?"), None

    def answer(self, call: Call, parsed: None, rule: Rule) -> Answer:
        return Answer(Reply(404, b"", "text/plain"), "no such service")

    def drop(self, order: Drop) -> list[str]:
        """Write the files of the order; gives the names of the CSVs. Under the mode `down` nothing comes that night."""
        names = [order.table] if order.table else list(_SHEETS)
        return [written for name in names if (written := self._drop(name, order))]

    def _drop(self, table: str, order: Drop) -> str:
        rule = self.switchboard.take(f"drop:{table}")
        if rule.mode is Mode.DOWN:
            return ""
        fault = _BY_RULE[rule.variant] if rule.mode is Mode.WRONG else order.fault
        day = order.day or f"{self.setting.now().astimezone(BEIJING) - timedelta(days=1):%Y%m%d}"
        return self._write(f"{table}_{day}.csv", day, _spoilt(_SHEETS[table](), fault), fault)

    def _write(self, name: str, day: str, sheet: Sheet, fault: Fault) -> str:
        whole = sheet.encoded_with_stray_byte() if fault is Fault.BAD_BYTES else sheet.encoded()
        content = whole[: len(whole) // 2] if fault in (Fault.TMP, Fault.CUT) else whole
        half = self.place / f"{name}.tmp"
        half.write_bytes(content)
        if fault is not Fault.TMP:
            half.rename(self.place / name)
        if fault not in (Fault.TMP, Fault.NO_OK):
            self._confirm(name, day, sheet, whole, fault)
        self.journal.file(name, hashlib.sha256(content).hexdigest(), len(content), len(sheet.rows), fault.value)
        return name

    def _confirm(self, name: str, day: str, sheet: Sheet, content: bytes, fault: Fault) -> None:
        written = f"{self.setting.now().astimezone(BEIJING):%Y%m%d%H%M%S}"
        rows = len(sheet.rows) + (3 if fault is Fault.BAD_COUNT else 0)
        signed = content + b" " if fault is Fault.BAD_HASH else content
        final = self.place / f"{Path(name).stem}.ok"
        half = final.with_suffix(".ok.tmp")
        half.write_bytes(tables.control_file(name, day, rows, signed, written))
        half.rename(final)


def _spoilt(sheet: Sheet, fault: Fault) -> Sheet:
    if fault is Fault.BROKEN_ROW:
        return sheet.with_impossible_date()
    return sheet.smaller() if fault is Fault.SMALLER else sheet
