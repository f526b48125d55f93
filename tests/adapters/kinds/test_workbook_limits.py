"""The bounds of a dropped workbook as they are documented, and not as a test makes them: files that are large on paper alone."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from adapters.kinds.workbook import Unfit, judge

LOCAL, ENTRY, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
NAME = "xl/media/a.png"
PART = 60 << 20


def overlapping(place: Path, parts: int) -> None:
    """A workbook of 60 MB of nothing, which takes no room on the disk, listed so often: each part lies over the others."""
    names = ["[Content_Types].xml", *(f"xl/media/{at:06}" for at in range(parts))]
    sizes = [0, *[PART] * parts]
    listed = b"".join(
        ENTRY.pack(b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, size, size, len(name), 0, 0, 0, 0, 0, 0) + name.encode()
        for name, size in zip(names, sizes, strict=True)
    )
    with place.open("wb") as file:
        file.write(LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, 0, 0, PART, PART, len(NAME), 0) + NAME.encode())
        at = file.seek(PART, 1)
        file.write(listed + END.pack(b"PK\5\6", 0, 0, len(names), len(names), len(listed), at, 0))


def test_a_small_workbook_whose_parts_lie_over_each_other_is_refused_at_512_megabytes(tmp_path: Path) -> None:
    place = tmp_path / "f.xlsx"
    overlapping(place, 9)
    with pytest.raises(Unfit, match="展开后超过 512 MB"):
        judge(place)


def test_a_file_of_more_than_64_megabytes_is_refused_by_its_size_and_one_of_64_is_looked_into(tmp_path: Path) -> None:
    place = tmp_path / "f.xlsx"
    place.touch()
    for size, said in ((64 << 20, "不是可以打开的"), ((64 << 20) + 1, "文件超过 64 MB，请分成几个文件")):
        with place.open("r+b") as file:
            file.truncate(size)
        with pytest.raises(Unfit, match=said):
            judge(place)
