"""Words a closed list in a sentence, the likeliest first where one is like what somebody wrote. It judges no word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST = 40
"""So many words are listed; of longer lists the nearest is said and how many more there are."""


def one_of(word: str, known: Iterable[str]) -> str:
    """`use one of: a, b, c; the nearest is b`, for a message about `word`."""
    words = sorted(set(known))
    near = difflib.get_close_matches(word.lower(), [one.lower() for one in words], n=1, cutoff=0.5)
    meant = next((one for one in words if near and one.lower() == near[0]), "")
    listed = ", ".join(words[:MOST]) + (f" and {len(words) - MOST} more" if len(words) > MOST else "")
    return f"use one of: {listed or 'none'}" + (f"; the nearest is {meant}" if meant else "")
