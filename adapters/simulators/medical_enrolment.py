"""The medical-insurance office's enrolment by file, by `cbdj.md`: it takes applications from the folder `sq`, and answers with a file of results.

Its nights are short here. What the roster is, and how it is dropped, is in `medical_insurance`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

from adapters.simulators.applications import BEIJING, DeskRefusal, Handed
from adapters.simulators.control import Mode, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.frontdb import Said, said
from adapters.simulators.journal import Call
from adapters.simulators.lines import Lines
from adapters.simulators.server import Simulator
from adapters.simulators.styles import Style

NIGHT_SECONDS = 0.6
"""How long results wait for others to go into one file."""
ENCODING = "gb18030"
RESULTS = ("结果序号", "外部件号", "办理节点", "意见", "受理编号", "登记编号", "补正内容", "办理时间")
_NODES = {"accept": "01", "refuse": "02", "correction": "03", "approve": "11", "deny": "12"}
_TITLE = "城乡居民基本医疗保险参保登记"
STYLE = Style("YBDJ{day:%Y%m%d}99{serial:04d}", "411323{day:%Y}99{serial:06d}", "YB0990", kind="registration")

Confirms = Callable[[str, str, int, bytes, str], bytes]


class Enrolment:
    """The folder `sq`, the desk, and the results that wait for the night's file. All calls come from the server's own event loop."""

    def __init__(self, office: Simulator[None], place: Path, confirms: Confirms) -> None:
        self._journal, self._switchboard, self._now = office.journal, office.switchboard, office.setting.now
        self._place, self._inbox, self._confirms = place, place / "sq", confirms
        self._lines = Lines(office.setting.folder / "state" / f"{office.code}.results.jsonl")
        self.desk = Desk(office.code, STYLE, office.setting.folder, office.journal, self, office.setting.now)
        self._known = {str(row["request"]) for row in office.journal.of_kind("request")}
        self._waiting = self._left()
        self._since = time.monotonic()

    # --- coming in ----------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Take what lies there whole, then write the night's file if its time has come. When it is down it does neither."""
        if any(rule["mode"] == Mode.DOWN for rule in self._switchboard.standing()):
            return
        for promise in sorted(self._inbox.glob("*.ok")) if self._inbox.is_dir() else ():
            self._fetch(promise)
        for complaint in sorted(self._place.glob("djjg_*.errors.csv")):
            self._mend(complaint)
        if self._waiting and time.monotonic() - self._since >= NIGHT_SECONDS:
            self.write()

    def _fetch(self, promise: Path) -> None:
        data = promise.with_suffix(".csv")
        if not data.is_file():
            promise.unlink(missing_ok=True)
            return
        body = data.read_bytes()
        rows = list(csv.DictReader(io.StringIO(body.decode(ENCODING)), strict=True))
        told = dict(line.split("=", 1) for line in promise.read_text(ENCODING).splitlines())
        number = rows[0]["流水号"] if rows else ""
        if number not in self._known:
            self._known.add(number)
            operation = data.name.partition("_")[0]
            noted = self._journal.request(Call(operation, number, rows[0].get("证件号", ""), number))
            whole = told.get("校验值") == hashlib.sha256(body).hexdigest() and told.get("人数") == str(len(rows))
            self._journal.answer(noted, self._taken(operation, rows[0]) if whole else "returned", 200)
        self._away(promise, data)

    def _taken(self, operation: str, row: Mapping[str, str]) -> str:
        key, item_no = row["流水号"], row["外部件号"]
        try:
            if operation == "djcx":
                self.desk.withdraw(self._number(item_no))
            elif row["业务类别"] == "9":
                self.desk.resubmit(key, item_no)
            else:
                self.desk.receive(Handed(key, item_no, _TITLE))
        except DeskRefusal as refusal:
            return f"refused: {refusal}"
        return "taken"

    def _number(self, item_no: str) -> str:
        """Our number of the application. Raises DeskRefusal where nobody made one."""
        for known in self.desk.applications():
            if known["item_no"] == item_no:
                return str(known["number"])
        raise DeskRefusal("no such application")

    def _away(self, promise: Path, data: Path) -> None:
        """The promise goes last: who dies between comes here again, and finds the file gone."""
        shutil.rmtree(data.with_suffix(""), ignore_errors=True)
        data.unlink(missing_ok=True)
        promise.unlink(missing_ok=True)

    # --- going out ----------------------------------------------------------------------------------------------------------

    def tell(self, stream: str, path: str, body: Mapping[str, object]) -> str:
        """As `Reporter.tell`: what the desk says is noted durably, and goes into the night's file; gives its number."""
        row = self._row(said(f"{uuid4().int % 10**16:016d}", stream, path, body))
        self._lines.append({"row": row})
        self._wait(self._spoilt(row))
        return row["结果序号"]

    def _wait(self, row: dict[str, str]) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(row)

    def _spoilt(self, row: dict[str, str]) -> dict[str, str]:
        """On order: another's number, a word of no list, or no number of its own."""
        rule = self._switchboard.take("djjg")
        wrong = {
            Variant.OTHER: {"外部件号": "411323-0000-000000-9"},
            Variant.CODE: {"办理节点": "77"},
            Variant.MISSING: {"结果序号": ""},
        }
        return {**row, **wrong.get(rule.variant, {})} if rule.mode is Mode.WRONG else dict(row)

    def _mend(self, complaint: Path) -> None:
        """What was sent back goes again as it should have been, under the number that it had."""
        lines = list(csv.DictReader(io.StringIO(complaint.read_bytes().decode(ENCODING))))
        bad = {int(one["行号"]) - 2 for one in lines if one["行号"].isdigit()}
        for at, row in enumerate(self._last_written()):
            if at in bad:
                self._lines.append({"row": row})
                self._wait(row)
        complaint.unlink()
        self._journal.effect("mended", complaint.name, key=hashlib.sha256(str(sorted(bad)).encode()).hexdigest())

    def _last_written(self) -> list[dict[str, str]]:
        """The rows of the last file, as they should have been."""
        rows = [dict(row) for line in self._lines.rows() if isinstance(row := line.get("row"), dict)]
        counts = [int(str(line["written"])) for line in self._lines.rows() if "written" in line]
        done = sum(counts)
        return rows[done - counts[-1] : done] if counts else []

    def _row(self, step: Said) -> dict[str, str]:
        return {
            "结果序号": step.key,
            "外部件号": step.item_no,
            "办理节点": _NODES[step.step],
            "意见": step.reason,
            "受理编号": step.number,
            "登记编号": step.decision_no,
            "补正内容": ";".join("|".join(one.values()) for one in step.defects),
            "办理时间": self._stamp(),
        }

    def write(self) -> str:
        """All that waits as one file; gives its name, or "" while the former still lies there."""
        day = self._stamp()[:8]
        name = f"djjg_{day}.csv"
        final, promise = self._place / name, self._place / f"djjg_{day}.ok"
        if not self._waiting or final.exists() or promise.exists():
            return ""
        rows = list(self._waiting)
        body = _csv(rows)
        _put(final, body)
        _put(promise, self._confirms(name, day, len(rows), body, self._stamp()))
        self._lines.append({"written": len(rows)})
        self._journal.effect("results", name, key=hashlib.sha256(body).hexdigest())
        del self._waiting[: len(rows)]
        return name

    def _left(self) -> list[dict[str, str]]:
        """What an earlier run noted and did not write."""
        rows = [line["row"] for line in self._lines.rows() if "row" in line]
        done = sum(int(str(line["written"])) for line in self._lines.rows() if "written" in line)
        return [dict(row) for row in rows[done:] if isinstance(row, dict)]

    def again(self) -> list[dict[str, str]]:
        """Every result so far once more, under the numbers that they had: for `POST /_drop` of `djjg`."""
        self._waiting = [dict(row) for line in self._lines.rows() if isinstance(row := line.get("row"), dict)]
        self._lines.append({"written": -len(self._waiting)})
        return self._waiting

    def close(self) -> None:
        self._lines.close()

    def _stamp(self) -> str:
        return f"{self._now().astimezone(BEIJING):%Y%m%d%H%M%S}"


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, RESULTS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(ENCODING)


def _put(place: Path, body: bytes) -> None:
    half = place.with_name(f"{place.name}.tmp")
    half.write_bytes(body)
    half.rename(place)
