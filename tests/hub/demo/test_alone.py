"""Two demos in one folder would write over each other: the second is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.demo.run import alone
from hub.errors import HubError


def test_a_second_demo_in_the_same_folder_is_refused_and_one_after_it_is_not(tmp_path: Path) -> None:
    with alone(tmp_path / "x"), pytest.raises(HubError) as refused, alone(tmp_path / "x"):
        pass
    assert refused.value.code == "DEMO_FAILED" and "--folder" in str(refused.value)
    with alone(tmp_path / "x"):
        pass
