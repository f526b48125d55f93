"""Numbers as a browser sends them: a page, a place in a feed or in the log. It looks nothing up.

Beyond these bounds a database's integer ends: such an address is a slip or a probe, and gets words instead of a failure.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

LARGEST = 1 << 53

PageNumber = Annotated[int, Query(ge=0, le=100_000)]
After = Annotated[int, Query(ge=0, le=LARGEST)]
Seq = Annotated[int, Path(ge=0, le=LARGEST)]


def number(text: str) -> int | None:
    """A posted or sent number in plain digits; nothing for anything else (`²` is a digit to str.isdigit, and no number to int)."""
    plain = text.isascii() and text.isdigit() and len(text) <= 16
    return int(text) if plain and int(text) <= LARGEST else None
