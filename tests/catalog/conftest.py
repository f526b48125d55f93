"""Small synthetic sites that join without a mismatch, in folders that a test may spoil. Policy and notices are those of Xixia.

`small` is one matter of permits; `asked` has look-ups, a verification sheet and a print-out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from catalog.loading import Loaded, load
from catalog.mismatch import Mismatch

HERE = Path(__file__).parent
XIXIA = Path(__file__).parents[2] / "catalog" / "sites" / "xixia"
ON = date(2026, 11, 20)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return copied("small", tmp_path)


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return copied("asked", tmp_path)


def copied(name: str, into: Path) -> Path:
    """One of the sites beside this file, whole, in a folder of its own."""
    folder = into / name
    shutil.copytree(HERE / "sites" / name, folder)
    shutil.copytree(XIXIA / "notices", folder / "notices")
    shutil.copy(XIXIA / "policy.toml", folder)
    (folder / "calendar.csv").write_text("day,working,title,source\n2026-11-20,1,星期五,示例\n", encoding="utf-8")
    return folder


@pytest.fixture
def loaded(small: Path) -> Loaded:
    return load(small, ON)


@pytest.fixture
def spoil(small: Path) -> Callable[..., list[Mismatch]]:
    """Replace text in a file of the small site and load it: the mismatches it then has."""
    return lambda file, old, new: spoiled(small, file, old, new)


def spoiled(folder: Path, file: str, old: str, new: str) -> list[Mismatch]:
    """The mismatches of a site once the first `old` in one of its files is `new`."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the test is out of date: {file} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return list(load(folder, ON).mismatches)
