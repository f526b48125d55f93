"""Words a closed list in a sentence, the likeliest first where one is like what somebody wrote. It judges no word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LIKE = 0.65
"""Less alike is another word: money is no misspelt phone."""
MOST = 40
"""So many words are listed; of longer lists the nearest is said and how many more there are."""


def one_of(word: str, known: Iterable[str]) -> str:
    """`use one of: a, b, c; the nearest is b`, for a message about `word`."""
    words = sorted(set(known))
    meant = _meant(word.lower(), words)
    listed = ", ".join(words[:MOST]) + (f" and {len(words) - MOST} more" if len(words) > MOST else "")
    return f"use one of: {listed or 'none'}" + (f"; the nearest is {meant}" if meant else "")


def _meant(word: str, words: list[str]) -> str:
    """What it begins, or what it is very like; "" where it is neither."""
    begun = [one for one in words if len(word) > 2 and one.lower().startswith(word)]
    near = difflib.get_close_matches(word, [one.lower() for one in words], n=1, cutoff=LIKE)
    return next((one for one in words if near and one.lower() == near[0]), begun[0] if len(begun) == 1 else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """The one of them that was likely meant; "" where none is like it."""
    return _meant(word.lower(), sorted(set(known)))
