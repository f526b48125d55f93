"""A small synthetic site that joins without a mismatch, in a folder that a test may spoil. Policy and notices are those of Xixia."""

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
    folder = tmp_path / "small"
    shutil.copytree(HERE / "sites" / "small", folder)
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

    def spoiled(file: str, old: str, new: str) -> list[Mismatch]:
        path = small / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"the test is out of date: {file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return list(load(small, ON).mismatches)

    return spoiled
