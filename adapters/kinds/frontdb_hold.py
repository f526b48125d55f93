"""The line of one call to a front database while a thread is at it, so that whoever waits no longer can end it. It opens nothing.

A statement has its own limit in the database; a line that fell silent, or drips, would keep its thread for hours.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import Any


class Hold:
    """Of one call. Any thread may `cut`; the thread that is at it then ends with its driver's error."""

    def __init__(self) -> None:
        self._lock, self._is_cut = threading.Lock(), False
        self._socket: socket.socket | None = None

    def take(self, driver: Any) -> None:
        """From here on the driver's connection is this call's own, instead of any that it took before."""
        number = _socket_of(driver)
        # A second number for the same line: the driver may close its own at any moment, and a number is given anew at once.
        mine = socket.socket(fileno=os.dup(number)) if number is not None else None
        with self._lock:
            before, self._socket = self._socket, mine
        if before is not None:
            before.close()
        if self._is_cut:
            self.cut()

    def release(self) -> None:
        """The connection is another's now, and `cut` does nothing to it."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = None

    def cut(self) -> None:
        self._is_cut = True
        with self._lock, suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


def _socket_of(driver: Any) -> int | None:
    """Of psycopg and PyMySQL; None of SQLite, which looks at the time by itself."""
    if (pgconn := getattr(driver, "pgconn", None)) is not None:
        return int(pgconn.socket)
    own = getattr(driver, "_sock", None)
    return own.fileno() if own is not None else None
