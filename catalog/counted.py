"""Says how many of something there are, in English: 1 row, 2 rows. It counts nothing."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """`many` where an s does not make it."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"
