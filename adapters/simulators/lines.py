"""An append-only file of JSON lines, flushed per line: what the simulators remember over a restart. It never rewrites a line."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

Row = dict[str, object]


class Lines:
    """Reads what is there, then only appends. A last line cut by a kill is left out and a newline put after it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._rows, torn = _read(path)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        if torn:
            self._file.write("\n")

    def append(self, row: Mapping[str, object]) -> Row:
        """Write and flush one row; gives it back with its number `seq` (from 1)."""
        with self._lock:
            kept = {"seq": len(self._rows) + 1, **row}
            self._file.write(json.dumps(kept, ensure_ascii=False) + "\n")
            self._file.flush()
            self._rows.append(kept)
            return kept

    def rows(self) -> list[Row]:
        """All rows so far, oldest first."""
        with self._lock:
            return list(self._rows)

    def close(self) -> None:
        with self._lock:
            self._file.close()


def _read(path: Path) -> tuple[list[Row], bool]:
    if not path.exists():
        return [], False
    text = path.read_text(encoding="utf-8")
    rows: list[Row] = []
    for line in text.splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows, bool(text) and not text.endswith("\n")
