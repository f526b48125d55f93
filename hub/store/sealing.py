"""Sealed columns: personal values are encrypted before they reach the database. It keeps no key on disk.

AES-256-GCM under the hub's sealing key; the key's id stands in front of each value, so that keys can be changed one row at a time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from hub.errors import HubError


class Unsealable(HubError):
    """A sealed value cannot be opened with the keys at hand."""

    code = "UNSEALABLE"


Plain = str | int | bool | None | Mapping[str, "Plain"] | Sequence["Plain"]
"""What a sealed column holds: JSON without floats."""


class KeyRing:
    """The sealing keys of this process. The first one added seals; all of them open."""

    def __init__(self) -> None:
        self._keys: dict[bytes, bytes] = {}
        self._current = b""

    def use(self, key: bytes) -> None:
        """Make `key` (32 bytes) the one that seals; older ones still open."""
        if len(key) != 32:
            raise HubError("The sealing key must be 32 bytes; make one with `yijian keys create`.", code="BAD_KEY")
        key_id = hashlib.sha256(b"yijian/seal" + key).digest()[:4]
        self._keys[key_id] = key
        self._current = key_id

    def seal(self, clear: bytes) -> bytes:
        if not self._current:
            raise HubError("No sealing key is loaded; run `yijian keys create` first.", code="BAD_KEY")
        nonce = os.urandom(12)
        return (
            b"\x01" + self._current + nonce + AESGCM(self._keys[self._current]).encrypt(nonce, clear, b"yijian/seal/1")
        )

    def open(self, sealed: bytes) -> bytes:
        key = self._keys.get(bytes(sealed[1:5]))
        if sealed[:1] != b"\x01" or key is None:
            raise Unsealable(
                "A value was sealed with a key that is not loaded; restore that key beside the present one."
            )
        try:
            return AESGCM(key).decrypt(bytes(sealed[5:17]), bytes(sealed[17:]), b"yijian/seal/1")
        except InvalidTag as e:
            raise Unsealable("A sealed value was altered on disk; restore the row from a backup.") from e


RING = KeyRing()


class Sealed(TypeDecorator[Plain]):
    """A column of JSON that only a holder of the sealing key can read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Plain, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return RING.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def process_result_value(self, value: Any, dialect: Dialect) -> Plain:
        if value is None:
            return None
        opened: Plain = json.loads(RING.open(bytes(value)))
        return opened


def blind_index(key: bytes, *parts: str) -> str:
    """Hex HMAC-SHA256 of the parts: equal for equal values, useless without the key. For look-ups by an identifier."""
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
