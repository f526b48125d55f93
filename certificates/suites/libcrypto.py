"""SM2 with SM3 by the system's libcrypto (OpenSSL 3) through ctypes. It takes DER only: ``sm2.py`` reads and checks.

Why not a package: no maintained one has SM2 with wheels for both x86_64 and aarch64, while libcrypto signs in constant
time and comes with the system. Each call makes and frees its own contexts; only keys are kept, which nothing changes once
they are read, so threads need no lock. (Reading a key costs OpenSSL 3 more than signing with it.)
"""

import ctypes
from contextlib import ExitStack
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p
from functools import lru_cache
from typing import Any

from certificates.errors import Malformed, SigningFailed, SuiteUnavailable

# Never by ctypes.util.find_library: macOS ends a process that loads its own unversioned libcrypto.
NAMES = (
    "libcrypto.so.3",
    "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
    "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
    "libcrypto-3-x64.dll",
)
_FIRST_VERSION = 0x30000000
_MAX_DER = 4096
_PRIVATE_KEYS, _PUBLIC_KEYS = 64, 512
"""How many keys are kept read: a county's authorities, and a province's."""

_Bytes = POINTER(c_char_p)
_PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "OpenSSL_version": (c_char_p, (c_int,)),
    "ERR_clear_error": (None, ()),
    "EVP_sm3": (c_void_p, ()),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, POINTER(c_void_p))),
    "EVP_PKEY_is_a": (c_int, (c_void_p, c_char_p)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY2PKCS8": (c_void_p, (c_void_p,)),
    "PKCS8_PRIV_KEY_INFO_free": (None, (c_void_p,)),
    "i2d_PKCS8_PRIV_KEY_INFO": (c_int, (c_void_p, POINTER(c_void_p))),
    "i2d_PUBKEY": (c_int, (c_void_p, POINTER(c_void_p))),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, _Bytes, c_long)),
    "d2i_PUBKEY": (c_void_p, (c_void_p, _Bytes, c_long)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (c_void_p, c_void_p)),
    "EVP_DigestSignInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
}


class _Key:
    """A key that libcrypto has read; freed when the last that uses it lets go."""

    __slots__ = ("_free", "pointer")

    def __init__(self, pointer: int, free: Any) -> None:
        self.pointer = pointer
        self._free = free

    def __del__(self) -> None:
        self._free(self.pointer)


class Libcrypto:
    """The functions of one loaded libcrypto that SM2 needs. Make it with ``load``."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._lib = library
        self._private = lru_cache(_PRIVATE_KEYS)(self._read_private)
        self._public = lru_cache(_PUBLIC_KEYS)(self._read_public)

    def version(self) -> str:
        """What the library says of itself: `OpenSSL 3.0.17 1 Jul 2025`."""
        said: bytes = self._lib.OpenSSL_version(0)
        return said.decode("ascii", "replace")

    def generate(self) -> bytes:
        """Make an SM2 private key, PKCS#8 DER. Raises SigningFailed."""
        lib = self._lib
        with ExitStack() as owned:
            context = self._own(owned, lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), lib.EVP_PKEY_CTX_free)
            self._require(lib.EVP_PKEY_keygen_init(context))
            made = c_void_p()
            self._require(lib.EVP_PKEY_generate(context, byref(made)))
            key = self._own(owned, made.value, lib.EVP_PKEY_free)
            pkcs8 = self._own(owned, lib.EVP_PKEY2PKCS8(key), lib.PKCS8_PRIV_KEY_INFO_free)
            return self._der(lib.i2d_PKCS8_PRIV_KEY_INFO, pkcs8)

    def public_key(self, private: bytes) -> bytes:
        """Return the SPKI of a PKCS#8 private key. Raises Malformed when it is not one of SM2."""
        return self._der(self._lib.i2d_PUBKEY, self._private(private).pointer)

    def sign(self, private: bytes, message: bytes, signer_id: bytes) -> bytes:
        """Return the signature as DER SEQUENCE {r, s}. Raises Malformed, SigningFailed."""
        lib, key = self._lib, self._private(private)
        with ExitStack() as owned:
            context = self._digest_context(owned, key.pointer, signer_id)
            self._require(lib.EVP_DigestSignInit(context, None, lib.EVP_sm3(), None, key.pointer))
            length = c_size_t(256)
            room = ctypes.create_string_buffer(length.value)
            self._require(lib.EVP_DigestSign(context, room, byref(length), message, len(message)))
            return room.raw[: length.value]

    def verify(self, spki: bytes, message: bytes, der_signature: bytes, signer_id: bytes) -> bool:
        """Whether the DER signature is good; False also when libcrypto does not take the key."""
        lib, key = self._lib, self._public(spki)
        if key is None:
            return False
        with ExitStack() as owned:
            context = self._digest_context(owned, key.pointer, signer_id)
            self._require(lib.EVP_DigestVerifyInit(context, None, lib.EVP_sm3(), None, key.pointer))
            good: int = lib.EVP_DigestVerify(context, der_signature, len(der_signature), message, len(message))
            lib.ERR_clear_error()
            return good == 1

    def _read_private(self, private: bytes) -> _Key:
        pointer: int | None = self._lib.d2i_AutoPrivateKey(None, byref(c_char_p(private)), len(private))
        key = _Key(pointer, self._lib.EVP_PKEY_free) if pointer else None
        if key is None or self._lib.EVP_PKEY_is_a(key.pointer, b"SM2") != 1:
            self._lib.ERR_clear_error()
            raise Malformed("key", "This is not an SM2 private key; use the key that was made for SM2_SM3.")
        return key

    def _read_public(self, spki: bytes) -> _Key | None:
        pointer: int | None = self._lib.d2i_PUBKEY(None, byref(c_char_p(spki)), len(spki))
        if not pointer:
            self._lib.ERR_clear_error()
            return None
        return _Key(pointer, self._lib.EVP_PKEY_free)

    def _digest_context(self, owned: ExitStack, key: int, signer_id: bytes) -> int:
        """A digest context that hashes the signer's id into Z first; by default OpenSSL 3 would hash an empty one."""
        lib = self._lib
        settings = self._own(owned, lib.EVP_PKEY_CTX_new(key, None), lib.EVP_PKEY_CTX_free)
        self._require(lib.EVP_PKEY_CTX_set1_id(settings, signer_id, len(signer_id)))
        # Owned second, so freed first: the digest context only borrows the settings.
        context = self._own(owned, lib.EVP_MD_CTX_new(), lib.EVP_MD_CTX_free)
        lib.EVP_MD_CTX_set_pkey_ctx(context, settings)
        return context

    def _der(self, write: Any, thing: int) -> bytes:
        length = write(thing, None)
        if not 0 < length <= _MAX_DER:
            self._require(0)
        room = ctypes.create_string_buffer(length)
        # The function moves the pointer that it is given, so it gets one of its own.
        self._require(write(thing, byref(c_void_p(ctypes.addressof(room)))))
        return room.raw

    def _own(self, owned: ExitStack, thing: int | None, free: Any) -> int:
        if not thing:
            self._require(0)
        owned.callback(free, thing)
        return thing or 0

    def _require(self, result: int) -> None:
        if result <= 0:
            # The queue is per thread and shared with Python's own ssl module: leave nothing behind in it.
            self._lib.ERR_clear_error()
            raise SigningFailed("libcrypto", "libcrypto refused an SM2 operation; run its self-test, or use ES256.")


def load(names: tuple[str, ...] = NAMES) -> Libcrypto:
    """Load the first library of ``names`` that is OpenSSL 3 or later. Raises SuiteUnavailable with what is missing."""
    library = _open(names)
    for name, (result, arguments) in _PROTOTYPES.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise SuiteUnavailable(
                "libcrypto-lacks-sm2", f"The system's libcrypto has no {name}; install OpenSSL 3 built with SM2."
            ) from error
        function.restype, function.argtypes = result, arguments
    if library.OpenSSL_version_num() < _FIRST_VERSION:
        raise SuiteUnavailable("libcrypto-old", "The system's libcrypto is older than OpenSSL 3; install OpenSSL 3.")
    return Libcrypto(library)


def _open(names: tuple[str, ...]) -> ctypes.CDLL:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise SuiteUnavailable("libcrypto-missing", "No libcrypto of OpenSSL 3 was found; install OpenSSL 3 (libssl3).")
