"""Passwords: which are good enough, and argon2id hashes of them. It knows no account.

GB/T 22239-2019 8.1.4.1 a) asks for complexity: ten characters of three kinds, or twenty of any.
"""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from hub.errors import BadInput, HubError

SHORTEST, LONG, LONGEST = 10, 20, 200
KINDS = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())

HASHER = PasswordHasher()
"""argon2id with the second recommendation of RFC 9106 §4: 64 MiB, three passes."""

FOR_DRAWN = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""For a password that was drawn at random (72 bits and more) and is kept beside what it opens, as a demo's: guessing reaches none, however
quick the hash. Never for one that a person chose."""


def checked(password: str, username: str) -> str:
    """The password, if it may be used. Raises BadInput (PASSWORD_WEAK) saying what is missing, never the password."""
    kinds = sum(any(kind(character) for character in password) for kind in KINDS)
    if not SHORTEST <= len(password) <= LONGEST:
        raise _weak(f"密码须为 {SHORTEST} 至 {LONGEST} 位。")
    if len(password) < LONG and kinds < 3:
        raise _weak(f"密码须含小写字母、大写字母、数字、符号中的三种，或不少于 {LONG} 位。")
    if len(set(password)) < 5:
        raise _weak("密码须有至少五个不同的字符。")
    if username.casefold() in password.casefold():
        raise _weak("密码中不能含有用户名。")
    return password


def hashed(password: str, hasher: PasswordHasher = HASHER) -> str:
    """The argon2id hash to store."""
    return hasher.hash(password)


def fits(stored: str | None, password: str, hasher: PasswordHasher = HASHER) -> bool:
    """Whether this is the password. With `stored` None (no such account) it takes as long and is False."""
    try:
        hasher.verify(stored or _nobody(hasher), password)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError) as e:
        raise HubError("该账号的密码记录已损坏，请运维重设密码。", code="BAD_HASH") from e
    return stored is not None


@lru_cache(maxsize=4)
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


def _weak(advice: str) -> BadInput:
    return BadInput(advice, {"password": advice}, code="PASSWORD_WEAK")
