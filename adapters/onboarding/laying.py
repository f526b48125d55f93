"""Lays a department's sample files where files are dropped, and says why rows of one are refused. It never changes `samples/`.

Whoever corrects a sample with an editor need not know its digest: the control file is written anew in the copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.dropfile import BYTE_ORDER_MARK, digest
from adapters.kinds.dropsetup import encoding_of
from adapters.kinds.settings import Settings
from adapters.onboarding.played import SAMPLES
from adapters.proving.dropping import dropped, samples_of
from adapters.proving.sampling import Folder, folder_of
from catalog.types import Department, Resource

MOST_SAID = 3


def lay(department: Department, resources: Iterable[Resource], into: Path) -> None:
    """Copies all of `samples/`; of a file that is not the one of its control file, number of rows and digest are written anew there.

    Raises OSError."""
    into.mkdir(parents=True, exist_ok=True)
    folder = Path(department.folder) / SAMPLES
    for file in sorted(folder.glob("*")) if folder.is_dir() else ():
        if file.is_file():
            shutil.copyfile(file, into / file.name)
    for resource in resources:
        with suppress(Misconfigured, UnicodeError):  # taking the file in says so
            whole = folder_of(department, [resource])
            for place in samples_of(whole, resource):
                _renew(whole, resource, into / place.name)


def file_of(department: Department, resource: Resource) -> str:
    """The name of its first sample file; SAMPLES where there is none."""
    with suppress(Misconfigured, OSError):
        return next((place.name for place in samples_of(folder_of(department, [resource]), resource)), SAMPLES)
    return SAMPLES


def refused_rows(department: Department, resource: Resource) -> str:
    """Which rows of its first sample are refused, by line, column and rule; "" where none is, or the file cannot be read at all."""
    with suppress(Misconfigured, OSError):
        whole = folder_of(department, [resource])
        found = dropped(whole, resource, samples_of(whole, resource)[0], {}) if samples_of(whole, resource) else None
        if found is not None and found.errors:
            said = ", ".join(f"line {one.line} {one.column} {one.rule}" for one in found.errors[:MOST_SAID])
            return f"{len({one.line for one in found.errors})} of {found.seen} rows are refused: {said}"
    return ""


def _renew(folder: Folder, resource: Resource, place: Path) -> None:
    wire = Settings(folder.department.wire, f"{folder.department.code} [wire]")
    names, encoding = wire.inner("control").table, encoding_of(wire, "gb18030")
    ok = place.with_suffix(".ok")
    if not names or not ok.is_file() or digest(place) in ok.read_bytes().decode(encoding).lower():
        return
    said = {str(names.get("sha256")): digest(place)}
    with suppress(Misconfigured):  # a file that is refused whole has no rows to count
        said[str(names.get("rows"))] = str(dropped(folder, resource, place, {}).seen)
    ok.write_bytes(_rewritten(ok.read_bytes().decode(encoding), said).encode(encoding))


def _rewritten(text: str, said: Mapping[str, str]) -> str:
    lines = (line.partition("=") for line in text.removeprefix(BYTE_ORDER_MARK).splitlines())
    return "".join(f"{key}{mark}{said.get(key.strip(), value)}\n" for key, mark, value in lines)
