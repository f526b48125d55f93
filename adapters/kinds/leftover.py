"""Sees that a kept connection holds bytes beyond the answer that was read from it: an answer that nobody asked for. It reads and closes nothing.

Taken for the next answer it would be one person's facts under another's question. The HTTP client has no word for this, so its inside is
looked at; `tests/hub/test_rest_faults.py` would see a version of it that looks different there.
"""

from __future__ import annotations

from typing import Any

import h11
import httpx2


class Leftover(Exception):
    """The connection that was chosen for a request may not be used; nothing of the request was written yet."""


def holds_more(client: httpx2.AsyncClient) -> bool:
    """Whether a connection that is about to take a request still holds something of before."""
    pool: Any = getattr(client._transport, "_pool", None)
    for connection in getattr(pool, "connections", ()):
        state = getattr(getattr(connection, "_connection", None), "_h11_state", None)
        if state is not None and state.our_state is h11.IDLE and not connection.is_idle() and state.trailing_data[0]:
            return True
    return False
