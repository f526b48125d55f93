"""Lists and folders of certificates that other systems issued, brought in row by row, with a report of every row. It judges none itself.

CSV and JSON lines in UTF-8; a column `scan` names a picture below the list's own folder. Rows that were not taken are put aside beside the
report, as they came, to be corrected and brought in alone.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.types import Site
from hub.sharinglog import Operator
from hub.wiring.bringing import CONFLICT, KNOWN, REFUSED, TAKEN, Bringing, By, RowResult, Scan

RESULTS = (TAKEN, KNOWN, REFUSED, CONFLICT)
COLUMNS = ("row", "result", "identifier", "trust", "column", "why", "differs")
SIGNED = (".ycert", ".ofd", ".pdf")
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".pdf": "application/pdf"}
LARGEST_ROW = 200_000


class Unreadable(Exception):
    """The list or folder cannot be read at all; nothing was taken in. The message says what to do."""


@dataclass(frozen=True)
class _Line:
    """A row as it came; `row` is None where it is no row, and `why` says so."""

    number: int
    row: Mapping[str, str] | None = field(repr=False)
    text: str = field(repr=False)
    why: str = ""


def bring_in(bringing: Bringing, site: Site, path: Path, source: str, report: Path) -> Mapping[str, int]:
    """How many rows came to what. Raises Unreadable, and what the hub's disk and log raise: then it is run again."""
    if source not in site.departments:
        raise Unreadable(f"{source} is no department of the published catalog; `yijian catalog check` lists them.")
    operator = Operator(source, "yijian", os.environ.get("USER") or None, auth="command")
    by = By("command", source, who=operator, only=source)
    counts = dict.fromkeys(RESULTS, 0)
    with open(report, "w", encoding="utf-8-sig", newline="") as told:
        writer = csv.writer(told)
        writer.writerow(COLUMNS)
        done = _files(bringing, by, path) if path.is_dir() else _rows(bringing, by, path, report)
        for result in done:
            counts[result.result] += 1
            writer.writerow((result.row, result.result, result.identifier, result.trust, result.column, result.why, " ".join(result.differs)))  # fmt: skip
            told.flush()
    return counts


def _rows(bringing: Bringing, by: By, path: Path, report: Path) -> Iterator[RowResult]:
    body = path.read_bytes()
    lines = list(_lines(path, body))
    bringing.note(by, body, len(lines))
    aside = report.with_name(f"{path.name}.aside{path.suffix}")
    put: list[_Line] = []
    for line in lines:
        if line.row is None:
            result = RowResult(line.number, REFUSED, column="row", why=line.why)
        else:
            result = _one(bringing, by, path.parent, line.number, line.row)
        if result.result in (REFUSED, CONFLICT):
            put.append(line)
        yield result
    if put:
        _put_aside(aside, put)


def _one(bringing: Bringing, by: By, folder: Path, number: int, row: Mapping[str, str]) -> RowResult:
    named = row.get("scan", "")
    if not named:
        return bringing.take(by, number, row, None)
    place = (folder / named).resolve()
    if not place.is_relative_to(folder.resolve()) or not place.is_file() or place.suffix.lower() not in TYPES:
        return RowResult(
            number, REFUSED, column="scan", why="找不到扫描件；应在清单所在的文件夹内，为 PNG、JPEG 或 PDF"
        )
    return bringing.take(by, number, row, Scan(place.read_bytes(), TYPES[place.suffix.lower()]))


def _files(bringing: Bringing, by: By, folder: Path) -> Iterator[RowResult]:
    found = sorted(one for one in folder.iterdir() if one.suffix.lower() in SIGNED and one.is_file())
    if not found:
        raise Unreadable(f"{folder} holds no {', '.join(SIGNED)}; give the folder of the signed files.")
    bringing.note(by, "\n".join(one.name for one in found).encode(), len(found))
    for number, one in enumerate(found, start=1):
        yield bringing.take_file(by, number, one.read_bytes())


def _lines(path: Path, body: bytes) -> Iterator[_Line]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise Unreadable(f"{path.name} is not UTF-8 (byte {e.start}); save it as UTF-8 and run again.") from e
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        yield from _json_lines(text)
        return
    reader = csv.DictReader(text.splitlines(), strict=True)
    if reader.fieldnames is None or "type" not in reader.fieldnames:
        raise Unreadable(f"{path.name} has no column `type` in its first line; see docs/e-certificates.md, Import.")
    try:
        for number, row in enumerate(reader, start=1):
            whole = None not in row and None not in row.values()
            said = {key: value for key, value in row.items() if key is not None and isinstance(value, str)}
            yield _Line(number, said if whole else None, json.dumps(said, ensure_ascii=False), "列数与表头不一致")
    except csv.Error as e:
        raise Unreadable(f"{path.name} breaks off as CSV ({e}); mend the quotes and run again.") from e


def _json_lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate((one for one in text.split("\n") if one.strip()), start=1):
        yield _Line(number, _object(line), line, "不是一行 JSON 对象，或者其中有不是文字的值")


def _object(line: str) -> Mapping[str, str] | None:
    try:
        found = json.loads(line) if len(line) <= LARGEST_ROW else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return found


def _put_aside(path: Path, lines: list[_Line]) -> None:
    """The rows that were not taken, as they came; readable by their owner alone, for they name persons."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as out:
        if path.suffix.lower() != ".csv":
            out.writelines(f"{line.text}\n" for line in lines)
            return
        rows = [json.loads(line.text) for line in lines]
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
