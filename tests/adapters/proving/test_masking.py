"""What is shown of a value that must not be seen: its shape, and of a date another date."""

from __future__ import annotations

import pytest

from adapters.proving.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-05", "2000-01-01"),
        ("张三 1990年5月7日", "某某 2000年1月1日"),
        ("20260305", "20000101"),
        ("2026/3/5 12:00", "2000/1/1 99:99"),
        ("2026-13-45", "9999-99-99"),
        ("20261405", "99999999"),
        ("41132319900101990X", "99999999999999999X"),
        ("1990年5月", "9999年9月"),
    ],
)
def test_a_date_is_masked_by_a_date_and_what_is_none_by_its_shape(text: str, shown: str) -> None:
    assert masked(text) == shown
