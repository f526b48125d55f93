"""A department that drops whole files at night: `.tmp`, then renamed, with an `.ok` beside them; spoilt ones on order.

Nobody asks it anything over a socket: its server knows the control verbs alone. What stands in the files is the department's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from adapters.simulators.applications import BEIJING
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.server import Answer, Connection, Setting, Simulator


class Fault(StrEnum):
    """How a drop is spoilt. tmp: still being written · no_ok: no control file · bad_hash: the control file's digest is of
    other bytes · cut: half the bytes under a control file of the whole · broken_row: one row with an impossible date and
    a value too many or of no list · bad_bytes: bytes inside that cannot be read · smaller: far fewer rows than usual ·
    bad_count: the control file counts otherwise."""

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
    """The body of `POST /_drop`. `table`: one kind of file, or all; `day` yyyymmdd (default: the day before now), so an old day
    is "yesterday's file again"."""

    model_config = ConfigDict(extra="forbid")

    table: str | None = None
    fault: Fault = Fault.NONE
    day: str | None = Field(default=None, pattern="^[0-9]{8}$")


class Content(Protocol):
    """What stands in one file, and its spoilt forms."""

    @property
    def count(self) -> int:
        """Rows, as the control file counts them."""
        ...

    def encoded(self) -> bytes: ...

    def with_impossible_date(self) -> Self: ...

    def smaller(self) -> Self: ...

    def unreadable(self) -> bytes: ...


_BY_RULE = {
    Variant.GARBLED: Fault.CUT,
    Variant.DATE: Fault.BROKEN_ROW,
    Variant.CODE: Fault.BAD_COUNT,
    Variant.MISSING: Fault.NO_OK,
    Variant.OTHER: Fault.SMALLER,
}


class Nightly(Simulator[None]):
    """Drops into `<folder>/drops/<code>`, once when it starts and then on order.

    A subclass gives `files` (by the part of the name before the date), their `suffix`, and its own control file."""

    modes = frozenset({Mode.NORMAL, Mode.DOWN, Mode.WRONG})
    files: ClassVar[Mapping[str, Callable[[], Content]]]
    suffix: ClassVar[str]

    @classmethod
    def connection(cls, address: str, folder: Path) -> Connection:
        return {"folder": str(folder / "drops" / cls.code)}

    def control_file(self, name: str, day: str, rows: int, content: bytes, written: str) -> bytes:
        """The `.ok` beside a file, in the department's words. `day` yyyymmdd, `written` yyyymmddHHMMSS."""
        raise NotImplementedError

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
        """Write the files of the order; gives their names. Under the mode `down` nothing comes that night.
        Raises ValueError for a kind of file that this department does not drop."""
        if order.table is not None and order.table not in self.files:
            raise ValueError(f"{self.code} drops no {order.table}; it drops {', '.join(self.files)}")
        names = [order.table] if order.table else list(self.files)
        return [written for name in names if (written := self._drop(name, order))]

    def _drop(self, table: str, order: Drop) -> str:
        rule = self.switchboard.take(f"drop:{table}")
        if rule.mode is Mode.DOWN:
            return ""
        fault = _BY_RULE[rule.variant] if rule.mode is Mode.WRONG else order.fault
        day = order.day or f"{self.setting.now().astimezone(BEIJING) - timedelta(days=1):%Y%m%d}"
        return self._write(f"{table}_{day}{self.suffix}", day, _spoilt(self.files[table](), fault), fault)

    def _write(self, name: str, day: str, sheet: Content, fault: Fault) -> str:
        whole = sheet.unreadable() if fault is Fault.BAD_BYTES else sheet.encoded()
        content = whole[: len(whole) // 2] if fault in (Fault.TMP, Fault.CUT) else whole
        half = self.place / f"{name}.tmp"
        half.write_bytes(content)
        if fault is not Fault.TMP:
            half.rename(self.place / name)
        if fault not in (Fault.TMP, Fault.NO_OK):
            self._confirm(name, day, sheet, whole, fault)
        self.journal.file(name, hashlib.sha256(content).hexdigest(), len(content), sheet.count, fault.value)
        return name

    def _confirm(self, name: str, day: str, sheet: Content, content: bytes, fault: Fault) -> None:
        written = f"{self.setting.now().astimezone(BEIJING):%Y%m%d%H%M%S}"
        rows = sheet.count + (3 if fault is Fault.BAD_COUNT else 0)
        signed = content + b" " if fault is Fault.BAD_HASH else content
        final = self.place / f"{Path(name).stem}.ok"
        half = final.with_suffix(".ok.tmp")
        half.write_bytes(self.control_file(name, day, rows, signed, written))
        half.rename(final)


def _spoilt(sheet: Content, fault: Fault) -> Content:
    if fault is Fault.BROKEN_ROW:
        return sheet.with_impossible_date()
    return sheet.smaller() if fault is Fault.SMALLER else sheet
