"""A table of fixed columns for a terminal, in which a Chinese character is two wide. It knows nothing of what it shows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence


def table(heads: Sequence[str], widest: Sequence[int], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines: heads, a rule, then the rows; a column is as wide as it must be, and no wider than it may."""
    widths = [min(most, max((wide(row[at]) for row in (heads, *rows)), default=0)) for at, most in enumerate(widest)]
    lines = [_line(heads, widths), "  ".join("-" * width for width in widths)]
    return lines + [_line(row, widths) for row in rows]


def wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join("".join(_cell(cell, width)) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(text: str, width: int) -> Iterator[str]:
    used = 0
    for at, sign in enumerate(text):
        left = width - used
        if wide(text[at:]) > left and left < 1 + wide(sign):
            yield "…"
            used += 1
            break
        yield sign
        used += wide(sign)
    yield " " * (width - used)
