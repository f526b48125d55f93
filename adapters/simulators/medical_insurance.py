"""医保局: a workbook of insured persons every night, by `cbrymc.md`; enrolments are taken and answered by file, by `cbdj.md`.

What stands in the workbook is in `medical_roster`, how it is dropped in `nightly`, what is done with an enrolment in `medical_enrolment`.
"""

from __future__ import annotations

import asyncio
import hashlib

from adapters.simulators import medical_roster
from adapters.simulators.http import Reply
from adapters.simulators.medical_enrolment import Enrolment
from adapters.simulators.nightly import Drop, Nightly
from adapters.simulators.server import Setting

LOOK_EVERY_SECONDS = 0.2


class MedicalInsurance(Nightly):
    """`/_drop` of the table `djjg` sends every result so far once more, as the paper allows."""

    code = "medical-insurance"
    suffix = ".xlsx"
    files = {"cbrymc": medical_roster.roster}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.enrolment = Enrolment(self, self.place, self.control_file)
        self.desk = self.enrolment.desk
        self._watch: asyncio.Task[None] | None = None

    def control_file(self, name: str, day: str, rows: int, content: bytes, written: str) -> bytes:
        return medical_roster.control_file(name, day, rows, hashlib.sha256(content).hexdigest(), written)

    async def open(self, host: str, port: int) -> str:
        url = await super().open(host, port)
        self._watch = asyncio.create_task(self._keep_watching())
        return url

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await super().close()
        self.enrolment.close()

    def drop(self, order: Drop) -> list[str]:
        if order.table == "djjg":
            self.enrolment.again()
            return [name for name in [self.enrolment.write()] if name]
        return super().drop(order)

    def _look(self, name: str) -> Reply:
        self.enrolment.look()
        return super()._look(name)

    async def _keep_watching(self) -> None:
        while True:
            self.enrolment.look()
            await asyncio.sleep(LOOK_EVERY_SECONDS)
