"""A PKCS#11 library by ctypes: the fifteen functions that signing needs, with locks, and with any mechanism number. It keeps no session and decides nothing.

Structures and numbers are those of PKCS#11 v2.40 on Unix (natural alignment). ctypes lets other threads run during each call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from ctypes import POINTER, byref, c_char, c_ubyte, c_ulong, c_void_p, cast
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

_MOST_SLOTS, _MOST_FOUND, _MOST_VALUE = 64, 16, 4096
_OS_LOCKING, _RW, _SERIAL, _USER = 2, 2, 4, 1
_UNAVAILABLE = c_ulong(-1).value
PIN_LAST_TRY, PIN_LOCKED = 0x20000, 0x40000
"""Flags of a token."""


class Answer(IntEnum):
    """What a call gave: those that are told apart or named to people."""

    OK = 0
    HOST_MEMORY = 2
    SLOT_ID_INVALID = 3
    GENERAL_ERROR = 5
    FUNCTION_FAILED = 6
    ARGUMENTS_BAD = 7
    CANT_LOCK = 0xA
    ATTRIBUTE_SENSITIVE = 0x11
    ATTRIBUTE_TYPE_INVALID = 0x12
    DEVICE_ERROR = 0x30
    DEVICE_MEMORY = 0x31
    DEVICE_REMOVED = 0x32
    FUNCTION_NOT_SUPPORTED = 0x54
    KEY_HANDLE_INVALID = 0x60
    KEY_TYPE_INCONSISTENT = 0x63
    KEY_FUNCTION_NOT_PERMITTED = 0x68
    MECHANISM_INVALID = 0x70
    MECHANISM_PARAM_INVALID = 0x71
    OBJECT_HANDLE_INVALID = 0x82
    OPERATION_ACTIVE = 0x90
    OPERATION_NOT_INITIALIZED = 0x91
    PIN_INCORRECT = 0xA0
    PIN_INVALID = 0xA1
    PIN_LEN_RANGE = 0xA2
    PIN_EXPIRED = 0xA3
    PIN_LOCKED = 0xA4
    SESSION_CLOSED = 0xB0
    SESSION_COUNT = 0xB1
    SESSION_HANDLE_INVALID = 0xB3
    SESSION_READ_ONLY = 0xB5
    TEMPLATE_INCOMPLETE = 0xD0
    TEMPLATE_INCONSISTENT = 0xD1
    TOKEN_NOT_PRESENT = 0xE0
    TOKEN_NOT_RECOGNIZED = 0xE1
    TOKEN_WRITE_PROTECTED = 0xE2
    USER_ALREADY_LOGGED_IN = 0x100
    USER_NOT_LOGGED_IN = 0x101
    USER_PIN_NOT_INITIALIZED = 0x102
    CRYPTOKI_NOT_INITIALIZED = 0x190
    CRYPTOKI_ALREADY_INITIALIZED = 0x191


class Attribute(IntEnum):
    """Attributes of objects."""

    CLASS = 0
    TOKEN = 1
    PRIVATE = 2
    LABEL = 3
    KEY_TYPE = 0x100
    ID = 0x102
    SENSITIVE = 0x103
    SIGN = 0x108
    VERIFY = 0x10A
    MODULUS = 0x120
    MODULUS_BITS = 0x121
    PUBLIC_EXPONENT = 0x122
    EXTRACTABLE = 0x162
    EC_PARAMS = 0x180
    EC_POINT = 0x181


PUBLIC_KEY, PRIVATE_KEY = 2, 3
EC = 3
RSA_PSS_SHA256, EC_PAIR, ECDSA = 0x43, 0x1040, 0x1041
_PSS_SHA256 = (0x250, 2, 32)
"""CKM_SHA256, CKG_MGF1_SHA256, the salt's length."""

Value = bool | int | bytes
Template = Mapping[Attribute, Value]


class TokenAnswer(Exception):
    """A call that did not give OK; `answer` is None for a number that is none of ours."""

    def __init__(self, number: int) -> None:
        self.answer = Answer(number) if number in set(Answer) else None
        super().__init__(f"CKR_{self.answer.name}" if self.answer is not None else f"CKR {number:#x}")


class _Mechanism(ctypes.Structure):
    _fields_ = (("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong))


class _Attribute(ctypes.Structure):
    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class _InitializeArgs(ctypes.Structure):
    _fields_ = (*((name, c_void_p) for name in ("create", "destroy", "lock", "unlock")), ("flags", c_ulong), ("r", c_void_p))  # fmt: skip


class _TokenInfo(ctypes.Structure):
    _fields_ = (("label", c_char * 32), ("others", c_char * 64), ("flags", c_ulong), ("counts", c_ulong * 10), ("versions_and_time", c_char * 20))  # fmt: skip


class _FunctionList(ctypes.Structure):
    _fields_ = (("version", c_ubyte * 2), ("functions", c_void_p * 60))


# Where each function stands in CK_FUNCTION_LIST, and its arguments.
_ANY = c_void_p
_CALLS: dict[str, tuple[int, tuple[Any, ...]]] = {
    "Initialize": (0, (_ANY,)),
    "Finalize": (1, (_ANY,)),
    "GetSlotList": (4, (c_ubyte, _ANY, _ANY)),
    "GetTokenInfo": (6, (c_ulong, _ANY)),
    "OpenSession": (12, (c_ulong, c_ulong, _ANY, _ANY, _ANY)),
    "CloseSession": (13, (c_ulong,)),
    "Login": (18, (c_ulong, c_ulong, _ANY, c_ulong)),
    "DestroyObject": (22, (c_ulong, c_ulong)),
    "GetAttributeValue": (24, (c_ulong, c_ulong, _ANY, c_ulong)),
    "FindObjectsInit": (26, (c_ulong, _ANY, c_ulong)),
    "FindObjects": (27, (c_ulong, _ANY, c_ulong, _ANY)),
    "FindObjectsFinal": (28, (c_ulong,)),
    "SignInit": (42, (c_ulong, _ANY, c_ulong)),
    "Sign": (43, (c_ulong, _ANY, c_ulong, _ANY, _ANY)),
    "GenerateKeyPair": (59, (c_ulong, _ANY, _ANY, c_ulong, _ANY, c_ulong, _ANY, _ANY)),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a token is, with the token's flags."""

    number: int
    flags: int


class Cryptoki:
    """One vendor's library. Every method raises TokenAnswer; sessions and objects are the library's own numbers."""

    def __init__(self, path: str) -> None:
        """Raises OSError where the library cannot be loaded, or is none of PKCS#11."""
        loaded = ctypes.CDLL(path)
        try:
            listing = loaded.C_GetFunctionList
        except AttributeError as error:
            raise OSError(f"{path} has no C_GetFunctionList.") from error
        found = POINTER(_FunctionList)()
        _require(listing(byref(found)))
        functions = found.contents.functions
        self._call: dict[str, Callable[..., int]] = {
            name: ctypes.CFUNCTYPE(c_ulong, *arguments)(functions[place]) for name, (place, arguments) in _CALLS.items()
        }
        self._loaded = loaded  # or it would be unloaded

    def start(self) -> bool:
        """Begin anew, as after the token was away. Whether threads may use it at once: some libraries have no locks."""
        self.stop()
        given = self._call["Initialize"](byref(_InitializeArgs(flags=_OS_LOCKING)))
        if given == Answer.CANT_LOCK:
            self._do("Initialize", None)
            return False
        _require(given)
        return True

    def stop(self) -> None:
        """End all sessions; nothing happens where none began."""
        self._call["Finalize"](None)

    def slot(self, label: str) -> Slot:
        """The token of this label. Raises TokenAnswer TOKEN_NOT_PRESENT."""
        for number in self._slots():
            info = _TokenInfo()
            if self._call["GetTokenInfo"](number, byref(info)) == Answer.OK:
                named = bytes(info)[:32].decode("utf-8", "replace").rstrip(" \0")
                if named == label:
                    return Slot(number, info.flags)
        raise TokenAnswer(Answer.TOKEN_NOT_PRESENT)

    def open(self, slot: Slot, *, writing: bool = False) -> int:
        """A new session."""
        session = c_ulong()
        self._do("OpenSession", slot.number, _SERIAL | (_RW if writing else 0), None, None, byref(session))
        return session.value

    def close(self, session: int) -> None:
        """End a session; nothing happens where the token ended it."""
        self._call["CloseSession"](session)

    def login(self, session: int, pin: str) -> None:
        """As the user; it holds for all sessions of this process with the token."""
        word = pin.encode()
        self._do("Login", session, _USER, word, len(word))

    def find(self, session: int, wanted: Template) -> tuple[int, ...]:
        """The objects that have these attributes, at most sixteen."""
        template, _kept = _template(wanted)
        self._do("FindObjectsInit", session, template, len(template))
        try:
            found, count = (c_ulong * _MOST_FOUND)(), c_ulong()
            self._do("FindObjects", session, found, _MOST_FOUND, byref(count))
        finally:
            self._call["FindObjectsFinal"](session)
        return tuple(found[: count.value])

    def attribute(self, session: int, thing: int, wanted: Attribute) -> bytes:
        """One attribute of an object; empty where it has none or does not show it."""
        value = ctypes.create_string_buffer(_MOST_VALUE)
        asked = _Attribute(wanted, cast(value, c_void_p), _MOST_VALUE)
        given = self._call["GetAttributeValue"](session, thing, byref(asked), 1)
        if given in (Answer.ATTRIBUTE_SENSITIVE, Answer.ATTRIBUTE_TYPE_INVALID) or asked.length == _UNAVAILABLE:
            return b""
        _require(given)
        return value.raw[: asked.length]

    def sign(self, session: int, key: int, mechanism: int, data: bytes) -> bytes:
        """A signature by any mechanism; PSS with SHA-256 gets its parameters."""
        pss = (c_ulong * 3)(*_PSS_SHA256)
        asked = _Mechanism(mechanism, None, 0)
        if mechanism == RSA_PSS_SHA256:
            asked = _Mechanism(mechanism, cast(pss, c_void_p), ctypes.sizeof(pss))
        self._do("SignInit", session, byref(asked), key)
        signature, length = ctypes.create_string_buffer(_MOST_VALUE), c_ulong(_MOST_VALUE)
        self._do("Sign", session, data, len(data), signature, byref(length))
        return signature.raw[: length.value]

    def make_pair(self, session: int, mechanism: int, public: Template, private: Template) -> tuple[int, int]:
        """A key pair in the token: the public and the private object."""
        asked = _Mechanism(mechanism, None, 0)
        (seen, _a), (hidden, _b) = _template(public), _template(private)
        first, second = c_ulong(), c_ulong()
        self._do(
            "GenerateKeyPair", session, byref(asked), seen, len(seen), hidden, len(hidden), byref(first), byref(second)
        )
        return first.value, second.value

    def destroy(self, session: int, thing: int) -> None:
        """Remove an object from the token."""
        self._do("DestroyObject", session, thing)

    def _slots(self) -> Iterator[int]:
        found, count = (c_ulong * _MOST_SLOTS)(), c_ulong(_MOST_SLOTS)
        self._do("GetSlotList", 1, found, byref(count))
        yield from found[: count.value]

    def _do(self, name: str, *arguments: Any) -> None:
        _require(self._call[name](*arguments))


def _require(given: int) -> None:
    if given != Answer.OK:
        raise TokenAnswer(given)


def _template(wanted: Template) -> tuple[Any, Sequence[Any]]:
    """The attributes as the library wants them, and what must live as long as they."""
    values = [_packed(value) for value in wanted.values()]
    kept = [ctypes.create_string_buffer(value, len(value)) for value in values]
    made = (_Attribute * len(values))(
        *(
            _Attribute(kind, cast(one, c_void_p), len(value))
            for kind, one, value in zip(wanted, kept, values, strict=True)
        )
    )
    return made, kept


def _packed(value: Value) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    return bytes(c_ulong(value)) if isinstance(value, int) else value
