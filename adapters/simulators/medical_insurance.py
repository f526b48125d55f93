"""医保局: a workbook of insured persons every night, by `cbrymc.md`. What stands in it is in `medical_roster`, how it is dropped in `nightly`."""

from __future__ import annotations

import hashlib

from adapters.simulators import medical_roster
from adapters.simulators.nightly import Nightly


class MedicalInsurance(Nightly):
    code = "medical-insurance"
    suffix = ".xlsx"
    files = {"cbrymc": medical_roster.roster}

    def control_file(self, name: str, day: str, rows: int, content: bytes, written: str) -> bytes:
        return medical_roster.control_file(name, day, rows, hashlib.sha256(content).hexdigest(), written)
