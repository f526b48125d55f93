"""A shared folder where a department drops files: claims by rename, takes back what a dead worker left, puts files aside. It reads no row.

Only one worker wins a rename; a file without its control file is not complete and stays where it is.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.kinds.dropfile import RowError
from adapters.kinds.rulewords import in_words

CLAIMED, HELD, REFUSED = ".claimed", ".held", ".refused"
LONGEST_NAME = 240
CORRECTION = ("行号", "列名", "问题", "表格行号（Excel、WPS 中所见）")
"""The columns of a correction file: the line in an editor comes first, the row in a spreadsheet last."""
DROPPED = frozenset((".csv", ".tsv", ".txt", ".dat", ".xml", ".json", ".jsonl", ".xlsx", ".xlsm", ".xls"))
"""Endings of what counts as dropped. One that no pattern knows is refused aloud instead of lying there unseen."""


@dataclass(frozen=True)
class Pair:
    """A file and its control file, both in the same folder."""

    data: Path
    ok: Path

    @property
    def name(self) -> str:
        return self.data.name


@dataclass(frozen=True)
class DropFolder:
    root: Path
    worker: str
    encoding: str
    reached: Callable[[str], None] = lambda _: None

    @property
    def _own(self) -> Path:
        return self.root / CLAIMED / self.worker

    def claim(self, now: float, stale_seconds: float) -> Iterator[Pair]:
        """Own leftovers first, then what dead workers left, then every complete file; oldest name first."""
        self._own.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._adopt(now, stale_seconds)
        yield from self._pairs(self._own)
        for pair in list(self._pairs(self.root)):
            claimed = self._claim(pair)
            if claimed is not None:
                yield claimed

    def waiting(self) -> tuple[str, ...]:
        """Files without their control file."""
        return tuple(sorted(place.name for place in _visible(self.root) if not place.with_suffix(".ok").exists()))

    def odd(self) -> Iterator[tuple[str, str]]:
        """Name of each thing that is called like a dropped file and is none, and what to do. Nobody opens it or takes it away."""
        for place in sorted(self.root.iterdir()):
            if _is_named(place) and not _is_plain(place):
                yield place.name, "是链接或不是普通文件，没有取；请改投文件本身"

    def put_back(self, pair: Pair) -> None:
        """Gives a claimed pair back, unless a newer file already took its place."""
        replaced = (self.root / pair.name).exists()
        for place in (
            pair.ok,
            pair.data,
        ):  # a control file without its file promises nothing; `_adopt` goes on from there
            if replaced:
                place.unlink(missing_ok=True)
            elif place.exists():
                place.rename(self.root / place.name)
        _why(pair.data).unlink(missing_ok=True)

    def put_aside(self, pair: Pair, where: str, why: str) -> None:
        """`why` is kept beside the file, for the operator's page; it names no person."""
        folder = self.root / where
        folder.mkdir(exist_ok=True, mode=0o700)
        for place in (pair.data, pair.ok):
            place.replace(folder / place.name)
        _why(pair.data).unlink(missing_ok=True)
        _why(folder / pair.name).write_text(why, "utf-8")

    def reasons(self, refused_since: float) -> Iterator[tuple[str, str]]:
        """Name of each file that was refused after that moment (seconds of the epoch), and why."""
        for note in sorted((self.root / REFUSED).glob("*.why")):
            try:
                if note.stat().st_mtime >= refused_since:
                    yield note.stem, note.read_text("utf-8")
            except FileNotFoundError:
                continue  # taken back meanwhile

    def held(self, name: str) -> Pair:
        return Pair(self.root / HELD / name, (self.root / HELD / name).with_suffix(".ok"))

    def done(self, pair: Pair) -> None:
        """The rows are in the replica: the bulk copy of everybody's data goes."""
        self._refusal(pair.name).unlink(missing_ok=True)
        pair.data.unlink(missing_ok=True)
        self.reached("file-half-removed")
        pair.ok.unlink(missing_ok=True)

    def write_errors(self, name: str, errors: Iterable[RowError]) -> None:
        """The correction file that goes back to the department: lines, columns and rules, no values."""
        self._refusal(name).unlink(missing_ok=True)
        self._write_errors(self._correction(name), errors)

    def write_refusal(self, name: str, *errors: RowError) -> None:
        """What is wrong with a file that is not taken in. Corrections of the rows of an earlier file of that name, which is in service,
        stay beside it."""
        correction = self._correction(name)
        of_rows = correction.is_file() and self._is_of_rows(correction)
        self._write_errors(self._refusal(name) if of_rows else correction, errors)

    def _correction(self, name: str) -> Path:
        return self.root / f"{_short(Path(name).stem)}.errors.csv"

    def _refusal(self, name: str) -> Path:
        return self.root / f"{_short(Path(name).stem)}.refused.errors.csv"

    def _is_of_rows(self, correction: Path) -> bool:
        """The reason of a refused file stands on no line."""
        with correction.open("rb") as file:
            return not file.read(4096).partition(b"\n")[2].startswith(b",")

    def _write_errors(self, target: Path, errors: Iterable[RowError]) -> None:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(CORRECTION)
        writer.writerows(
            (error.line or "", error.column, in_words(error.rule), error.row or error.line or "") for error in errors
        )
        unfinished = target.with_name(target.name + ".tmp")
        unfinished.write_bytes(text.getvalue().encode(self.encoding))
        os.replace(unfinished, target)

    def _claim(self, pair: Pair) -> Pair | None:
        own = Pair(self._own / pair.data.name, self._own / pair.ok.name)
        try:
            pair.data.rename(own.data)
        except FileNotFoundError:
            return None  # another worker was quicker
        self.reached("file-half-claimed")
        try:
            pair.ok.rename(own.ok)
        except FileNotFoundError:
            own.data.rename(pair.data)
            return None
        return own

    def _left_over(self) -> None:
        """Control files of which a worker that died had already moved or removed the file: to where the file went, or away."""
        for ok in self._own.glob("*.ok"):
            if not _has_file(ok):
                there = (self.root / where / ok.name for where in (HELD, REFUSED))
                home = next((one for one in there if _has_file(one) and not one.exists()), None)
                ok.rename(home) if home else ok.unlink()

    def _adopt(self, now: float, stale_seconds: float) -> None:
        for place in (self.root / CLAIMED).glob("*/*"):
            try:
                # A rename sets ctime: it is the moment of the claim.
                if place.parent != self._own and now - place.stat().st_ctime > stale_seconds:
                    place.rename(self._own / place.name)
            except FileNotFoundError:
                continue
        for place in [one for one in self._own.iterdir() if one.suffix in DROPPED]:
            ok = self.root / place.with_suffix(".ok").name
            if place.with_suffix(".ok").exists() or not ok.exists():
                continue
            if (self.root / place.name).exists():
                place.unlink()  # delivered anew since it was half claimed: the control file that lies there is not this one's
            else:
                ok.rename(self._own / ok.name)
        self._left_over()

    def _pairs(self, folder: Path) -> Iterator[Pair]:
        for place in sorted(_visible(folder)):
            ok = place.with_suffix(".ok")
            if ok.is_file():
                yield Pair(place, ok)


def _has_file(ok: Path) -> bool:
    return any(ok.with_suffix(ending).is_file() for ending in DROPPED)


def _why(place: Path) -> Path:
    return place.with_name(f"{_short(place.name)}.why")


def _short(name: str) -> str:
    """A name with room for an ending: file systems take 255 bytes."""
    return name if len(os.fsencode(name)) <= LONGEST_NAME else name[: LONGEST_NAME // 4]


def _visible(folder: Path) -> Iterator[Path]:
    return (place for place in folder.iterdir() if _is_named(place) and _is_plain(place))


def _is_named(place: Path) -> bool:
    """`~$` is the lock file that Excel leaves beside a workbook that somebody has open."""
    name = place.name
    return place.suffix in DROPPED and not name.startswith((".", "~$")) and not name.endswith(".errors.csv")


def _is_plain(place: Path) -> bool:
    """A link could make us read, and then delete, what the department has no right to."""
    return not place.is_symlink() and place.is_file() and not place.with_suffix(".ok").is_symlink()
