"""The sessions that one process has with a PKCS#11 token: a few at once, opened anew when the token lost them. It signs nothing.

A library is the process's, not a session's: whoever opens it anew waits until nobody is in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from adapters.outside.cryptoki import PIN_LAST_TRY, PIN_LOCKED, Answer, Cryptoki, Slot, TokenAnswer
from certificates.errors import SignerAway, SigningFailed

T = TypeVar("T")

# What a token says when it is gone, or was away and forgot who had logged in: open everything anew.
_LOST = frozenset(
    {
        Answer.DEVICE_REMOVED,
        Answer.DEVICE_ERROR,
        Answer.DEVICE_MEMORY,
        Answer.TOKEN_NOT_PRESENT,
        Answer.TOKEN_NOT_RECOGNIZED,
        Answer.SESSION_CLOSED,
        Answer.SESSION_HANDLE_INVALID,
        Answer.USER_NOT_LOGGED_IN,
        Answer.OBJECT_HANDLE_INVALID,
        Answer.KEY_HANDLE_INVALID,
        Answer.SLOT_ID_INVALID,
        Answer.GENERAL_ERROR,
        Answer.FUNCTION_FAILED,
        Answer.CRYPTOKI_NOT_INITIALIZED,
    }
)
_PIN = frozenset(
    {Answer.PIN_INCORRECT, Answer.PIN_INVALID, Answer.PIN_LEN_RANGE, Answer.PIN_EXPIRED, Answer.PIN_LOCKED}
)
WAIT = 30.0
"""Seconds to wait for a session before the token is said not to answer (proposed)."""


@dataclass(frozen=True)
class TokenPlace:
    """Which token: the vendor's library, the token's label, its user PIN, and how many sessions at once."""

    library: Path
    label: str
    pin: str = field(repr=False)
    sessions: int = 4


@dataclass
class _Library:
    """What all sessions of this process with one library share; `changed` guards every field."""

    cryptoki: Cryptoki
    changed: threading.Condition = field(default_factory=threading.Condition)
    begun: int = 0
    """Grows with each beginning; sessions of an earlier one are gone."""
    lost: bool = True
    threads: bool = True
    inside: int = 0
    users: int = 0


_LIBRARIES: dict[Path, _Library] = {}
_LOADING = threading.Lock()


class Sessions:
    """Lends sessions that are logged in. A wrong PIN is SigningFailed ``pin`` from then on, without another word to the token."""

    def __init__(self, place: TokenPlace) -> None:
        """Raises SigningFailed where the library cannot be loaded."""
        self._place, self._most = place, max(1, place.sessions)
        self._library = _loaded(place.library)
        self._idle: list[int] = []
        self._out = 0
        self._slot: Slot | None = None
        self._begun = 0
        self._refused = ""
        self._using = False

    def run(self, work: Callable[[Cryptoki, int], T], *, writing: bool = False) -> T:
        """`work` with a session; once more with a new one where the token lost it. Raises SignerAway, SigningFailed."""
        for last in (False, True):
            begun = 0
            try:
                with self._lent(writing) as (session, begun):
                    return work(self._library.cryptoki, session)
            except TokenAnswer as error:
                if error.answer in _LOST:
                    self._lose(begun)
                if error.answer not in _LOST or last:
                    raise self._told(error) from error
        raise AssertionError("the second try returns or raises")

    def close(self) -> None:
        """End the idle sessions; the next use opens new ones."""
        library = self._library
        with library.changed:
            if not self._using:
                return
            self._using = False
            library.users -= 1
            self._forget()
            if library.users == 0 and library.inside == 0:
                library.cryptoki.stop()
                library.lost = True
            library.changed.notify_all()

    @contextmanager
    def _lent(self, writing: bool) -> Iterator[tuple[int, int]]:
        library = self._library
        with library.changed:
            session = self._taken(writing)
            begun = self._begun
            library.inside += 1
            self._out += 1
        try:
            yield session, begun
        finally:
            with library.changed:
                library.inside -= 1
                self._out -= 1
                if self._using and begun == library.begun and not library.lost and not writing:
                    self._idle.append(session)
                elif begun == library.begun:
                    library.cryptoki.close(session)
                library.changed.notify_all()

    def _taken(self, writing: bool) -> int:
        """A session of one's own, with `changed` held."""
        if not self._library.changed.wait_for(self._free, WAIT):
            raise SignerAway("token-lost", f"The token did not answer within {WAIT:.0f} s; look into its own log.")
        if self._refused:
            raise SigningFailed("pin", self._refused)
        if self._stale():
            self._open()
        if self._slot is None:
            raise TokenAnswer(Answer.TOKEN_NOT_PRESENT)
        if self._idle and not writing:
            return self._idle.pop()
        try:
            return self._library.cryptoki.open(self._slot, writing=writing)
        except TokenAnswer as error:
            if error.answer is not Answer.SESSION_COUNT or self._out == 0:
                raise
            self._most = self._out  # the token gives no more at once
            return self._taken(writing)

    def _stale(self) -> bool:
        return not self._using or self._library.lost or self._begun != self._library.begun

    def _free(self) -> bool:
        library = self._library
        if self._refused:
            return True
        if library.inside and (library.lost or not library.threads):
            return False
        return self._stale() or bool(self._idle) or self._out < self._most

    def _open(self) -> None:
        """Log in; where the library itself must begin anew, nobody is in it now."""
        library = self._library
        self._forget()
        if library.lost:
            library.begun += 1
            library.threads = library.cryptoki.start()
            library.lost = False
        try:
            self._slot = library.cryptoki.slot(self._place.label)
            first = library.cryptoki.open(self._slot)
            self._idle.append(first)
            library.cryptoki.login(first, self._place.pin)
        except TokenAnswer as error:
            if error.answer is not Answer.USER_ALREADY_LOGGED_IN:  # by another pool of this process
                for session in self._idle:
                    library.cryptoki.close(session)
                self._idle = []
                library.lost = library.lost or error.answer in _LOST
                raise
        if not self._using:
            self._using = True
            library.users += 1
        self._begun = library.begun

    def _forget(self) -> None:
        if self._begun == self._library.begun and not self._library.lost:
            for session in self._idle:
                self._library.cryptoki.close(session)
        self._idle, self._slot = [], None

    def _lose(self, begun: int) -> None:
        with self._library.changed:
            if begun == self._library.begun:
                self._library.lost = True

    def _told(self, error: TokenAnswer) -> SigningFailed:
        if error.answer in _PIN:
            self._refused = self._pin_refused(error)
            return SigningFailed("pin", self._refused)
        if error.answer in _LOST or error.answer is Answer.SESSION_COUNT:
            what = "plug it in, or start its service"
            if error.answer is Answer.TOKEN_NOT_PRESENT:
                what = f"no token of the label {self._place.label} is there. Plug it in, start its service, or correct YIJIAN_TOKEN_LABEL"
            return SignerAway("token-lost", f"The token does not answer ({error}); {what}.")
        return SigningFailed("pkcs11", f"The token refused ({error}); look into its own log.")

    def _pin_refused(self, error: TokenAnswer) -> str:
        flags = self._flags()
        if error.answer is Answer.PIN_LOCKED or flags & PIN_LOCKED:
            return (
                "The token has locked its user PIN; it is not tried again. Its security officer (SO) sets a new one with the vendor's "
                "tool; put it into YIJIAN_TOKEN_PIN_FILE, then start anew."
            )
        left = " One more wrong try locks the token." if flags & PIN_LAST_TRY else ""
        return f"The token refused the PIN ({error}); it is not tried again.{left} Correct YIJIAN_TOKEN_PIN_FILE, then start anew."

    def _flags(self) -> int:
        try:
            return self._library.cryptoki.slot(self._place.label).flags
        except TokenAnswer:
            return 0


def _loaded(path: Path) -> _Library:
    with _LOADING:
        if path not in _LIBRARIES:
            try:
                _LIBRARIES[path] = _Library(Cryptoki(str(path)))
            except (OSError, TokenAnswer) as error:
                raise SigningFailed(
                    "pkcs11", f"YIJIAN_TOKEN_LIBRARY ({path.name}) is no PKCS#11 library that loads here. {error}"
                ) from error
        return _LIBRARIES[path]
