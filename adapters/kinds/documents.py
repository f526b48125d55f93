"""Reads a department's wire documents and code lists from its folder, each pinned by its SHA-256. It never fetches one.

A document that was changed after it was reviewed is refused: a mapping is only right for the text it was written against.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds import codes
from adapters.kinds.settings import Settings


@dataclass(frozen=True)
class Documents:
    """The pinned documents of one department. `pins`: file name → lower-case hex SHA-256."""

    department: str
    folder: Path
    pins: Mapping[str, str]
    lists: Mapping[str, object] = field(default_factory=dict)
    """`[wire.code_lists]`, unread."""

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

    def code_list(self, reference: object, *, back: bool = False) -> tuple[Mapping[str, str], str]:
        """The codes that a mapping names, and their name for messages: a list of `[wire.code_lists]` (read their code → our word,
        `back` for writing), an inline table, `file.csv` (codes kept as they are) or `file.csv:column` (code → that column). The
        first column is the code. Raises Misconfigured."""
        if isinstance(reference, Mapping):
            return {str(code): str(ours) for code, ours in reference.items()}, "inline"
        if not isinstance(reference, str):
            raise Misconfigured(f"{self.department}: codes must be a table, a file, file:column or a named list.")
        if codes.is_name(reference):
            return self._named(reference, back), reference
        name, _, column = reference.partition(":")
        rows = self._rows(name)
        if not rows or (column and column not in rows[0]):
            raise Misconfigured(
                f"{self.department}: {name} has no column {column!r}; its first line names the columns."
            )
        at = rows[0].index(column) if column else 0
        short = next((number for number, row in enumerate(rows, start=1) if row and len(row) <= at), 0)
        if short:
            raise Misconfigured(f"{self.department}: row {short} of {name} ends before its column {column!r}; mend it.")
        return {row[0]: row[at] for row in rows[1:] if row}, name

    def _rows(self, name: str) -> list[list[str]]:
        try:
            return list(csv.reader(io.StringIO(self.read(name).decode("utf-8-sig")), strict=True))
        except (UnicodeDecodeError, csv.Error) as e:
            raise Misconfigured(
                f"{self.department}: {name} is no CSV in UTF-8 ({type(e).__name__}); mend it."
            ) from None

    def _named(self, name: str, back: bool) -> Mapping[str, str]:
        if name not in self.lists:
            raise Misconfigured(f"{self.department}: codes = {name!r}: add the list under [wire.code_lists.{name}].")
        settings = Settings(self.lists, f"{self.department} [wire.code_lists]").inner(name)
        rows: list[dict[str, str]] = []
        if "file" in settings.table:
            header, *lines = self._rows(settings.text("file")) or [[]]
            if any(len(line) != len(header) for line in lines if line):
                raise Misconfigured(
                    f"{settings.where}: a row of its file has not as many cells as its first line; mend it."
                )
            rows = [dict(zip(header, line, strict=True)) for line in lines if line]
        forward = codes.theirs_to_ours(settings, rows)
        return codes.ours_to_theirs(settings, forward) if back else forward
