"""The real-estate centre's nightly files of deeds and leases as rows and bytes, by `wjsm.md`: GB18030, CRLF, nested owners, rent in fen.

It writes no file; `real_estate` drops them.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.simulators.population import DEEDS, LEASES, Deed, Lease, Share

DEED_COLUMNS = ("BDCDYH", "BDCQZH", "ZL", "MJ", "YT", "QLLX", "QLR", "GYFS", "DJSJ", "SYQX", "DYZT", "CFZT", "QSZT")
LEASE_COLUMNS = (
    "BABH", "HTBH", "CZR", "CZFMC", "CZFZJH", "BDCQZH", "FWZL", "ZLMJ", "ZLQS", "ZLJZ", "ZJ", "ZJZQ", "BARQ", "BAZT",
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One file's content: column names and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.rows)

    def with_impossible_date(self) -> Sheet:
        """The same with one row whose dates cannot be, and with one field too many."""
        dates = [place for place, name in enumerate(self.columns) if name in ("DJSJ", "ZLQS", "BARQ")]
        spoilt = [("20260231" if place in dates else value) for place, value in enumerate(self.rows[0])]
        return Sheet(self.columns, ((*spoilt, "多余"), *self.rows[1:]))

    def smaller(self) -> Sheet:
        """Only the first quarter of the rows, at least one."""
        return Sheet(self.columns, self.rows[: max(1, len(self.rows) // 4)])

    def encoded(self) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows((self.columns, *self.rows))
        return text.getvalue().encode("gb18030")

    def unreadable(self) -> bytes:
        """The same bytes with one 0xFF at the start of the second row: no GB18030, as an old terminal leaves behind."""
        head, first, *rest = self.encoded().split(b"\r\n")
        return b"\r\n".join((head, first, b"\xff" + rest[0], *rest[1:]))


def deeds() -> Sheet:
    return Sheet(DEED_COLUMNS, tuple(_deed_row(entry) for entry in DEEDS))


def leases() -> Sheet:
    return Sheet(LEASE_COLUMNS, tuple(_lease_row(entry) for entry in LEASES))


def control_file(name: str, day: str, rows: int, content: bytes, written: str) -> bytes:
    """The `.ok` beside a file. `day` yyyymmdd, `written` yyyymmddHHMMSS."""
    pairs = (
        ("WJM", name),
        ("SJRQ", day),
        ("HS", str(rows)),
        ("SHA256", hashlib.sha256(content).hexdigest()),
        ("SCSJ", written),
    )
    return "".join(f"{key}={value}\r\n" for key, value in pairs).encode("gb18030")


def _deed_row(entry: Deed) -> tuple[str, ...]:
    return (
        entry.unit_no,
        entry.number,
        f"{entry.place.line}  ",
        metres(entry.area),
        entry.use,
        entry.right,
        ";".join(f"{holder.name}/{holder.number}/{holder.part}" for holder in entry.holders),
        entry.ownership,
        entry.registered,
        entry.until,
        "1" if entry.mortgaged else "0",
        "1" if entry.sealed else "0",
        entry.state,
    )


def _lease_row(entry: Lease) -> tuple[str, ...]:
    return (
        entry.filing_no,
        entry.contract_no,
        _lessors(entry.lessors),
        f"{entry.lessee_name}　",
        entry.lessee_number,
        entry.deed.number,
        entry.place.line,
        metres(entry.area),
        entry.starts,
        entry.ends,
        str(entry.rent),
        "1",
        entry.filed,
        entry.state,
    )


def _lessors(shares: Sequence[Share]) -> str:
    return ";".join(f"{lessor.name}/{lessor.number}" for lessor in shares)


def metres(area: int) -> str:
    """Hundredths of a square metre as square metres with two places."""
    return f"{area // 100}.{area % 100:02d}"
