"""Sends short messages through the SMS gateway described in the platform's folder. It writes no text and keeps no number."""

from __future__ import annotations

import re
import uuid

from adapters.contract import Message, PeerRefused, Taken
from adapters.kinds.line import Line, check_words
from adapters.kinds.rest_wire import call
from adapters.kinds.settings import Settings

KEYS = frozenset(
    [
        "auth",
        "base",
        "method",
        "path",
        "headers",
        "body",
        "result",
        "taken",
        "again",
        "refused",
        "busy",
        "failed",
        "department_no",
    ]
)
WORDS = frozenset(("key", "message_id", "phone", "text"))
_NAMESPACE = uuid.UUID("a3d0c0b4-52a6-5c6b-9d55-1f6f3a2f9c02")
_PHONE = re.compile(r"1[0-9]{10}")


class Gateway:
    """`Tells`: the same key is the same message, so that a person is told once."""

    def __init__(self, line: Line, settings: Settings) -> None:
        settings.only(KEYS)
        check_words(settings, ("path", "headers", "body"), WORDS)
        self._line, self._settings = line, settings

    async def tell(self, message: Message) -> Taken:
        """Raises PeerUnreachable (send again, same key), PeerRefused (the number cannot be reached)."""
        if not _PHONE.fullmatch(message.phone):
            raise PeerRefused("The telephone number is no mobile number of 11 digits; correct it in the case.")
        scope = {
            "key": message.key,
            "message_id": message.key if len(message.key) <= 64 else str(uuid.uuid5(_NAMESPACE, message.key)),
            "phone": message.phone,
            "text": message.text,
        }
        return await call(self._line, self._settings, scope)
