"""不动产中心: nightly full CSVs by `wjsm.md`. What stands in them is in `tables` and `home_tables`, how they are dropped in `nightly`."""

from __future__ import annotations

from adapters.simulators import home_tables, tables
from adapters.simulators.nightly import Nightly


class RealEstate(Nightly):
    code = "real-estate"
    suffix = ".csv"
    files = {
        "bdcqz": tables.deeds,
        "fwzlba": tables.leases,
        "jtzf": home_tables.families,
        "htba": home_tables.contracts,
        "dyq": home_tables.mortgages,
    }

    def control_file(self, name: str, day: str, rows: int, content: bytes, written: str) -> bytes:
        return tables.control_file(name, day, rows, content, written)
