"""Reads a department's wire documents and code lists from its folder, each pinned by its SHA-256. It never fetches one.

A document that was changed after it was reviewed is refused: a mapping is only right for the text it was written against.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.contract import Misconfigured


@dataclass(frozen=True)
class Documents:
    """The pinned documents of one department. `pins`: file name → lower-case hex SHA-256."""

    department: str
    folder: Path
    pins: Mapping[str, str]

    def read(self, name: str) -> bytes:
        """Raises Misconfigured for a file that is not pinned, absent or changed."""
        if name not in self.pins:
            raise Misconfigured(f"{self.department}: {name} is used but not pinned; add it under [wire.documents].")
        place = (self.folder / name).resolve()
        if not place.is_relative_to(self.folder.resolve()):
            raise Misconfigured(f"{self.department}: {name} lies outside the department's folder; move it inside.")
        try:
            body = place.read_bytes()
        except OSError as e:
            raise Misconfigured(f"{self.department}: {name} cannot be read from its folder ({e.strerror}).") from e
        actual = hashlib.sha256(body).hexdigest()
        if actual != self.pins[name]:
            raise Misconfigured(
                f"{self.department}: {name} was changed (its SHA-256 is {actual}). "
                "Review the change and the mapping, then pin the new digest in [wire.documents]."
            )
        return body

    def check(self) -> list[str]:
        """One sentence per document that cannot be used."""
        found = []
        for name in self.pins:
            try:
                self.read(name)
            except Misconfigured as e:
                found.append(str(e))
        return found

    def code_list(self, reference: object) -> tuple[Mapping[str, str], str]:
        """The codes that a mapping names, and their name for messages: an inline table, `file.csv` (codes kept as they are) or
        `file.csv:column` (code → that column). The first column is the code. Raises Misconfigured."""
        if isinstance(reference, Mapping):
            return {str(code): str(ours) for code, ours in reference.items()}, "inline"
        if not isinstance(reference, str):
            raise Misconfigured(f"{self.department}: codes must be a table, a file or file:column.")
        name, _, column = reference.partition(":")
        try:
            rows = list(csv.reader(io.StringIO(self.read(name).decode("utf-8-sig")), strict=True))
        except (UnicodeDecodeError, csv.Error) as e:
            raise Misconfigured(
                f"{self.department}: {name} is no CSV in UTF-8 ({type(e).__name__}); mend it."
            ) from None
        if not rows or (column and column not in rows[0]):
            raise Misconfigured(
                f"{self.department}: {name} has no column {column!r}; its first line names the columns."
            )
        at = rows[0].index(column) if column else 0
        short = next((number for number, row in enumerate(rows, start=1) if row and len(row) <= at), 0)
        if short:
            raise Misconfigured(f"{self.department}: row {short} of {name} ends before its column {column!r}; mend it.")
        return {row[0]: row[at] for row in rows[1:] if row}, name
