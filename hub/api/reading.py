"""Bodies: read up to a limit before anything looks at them, then parsed strictly. It knows no route and no model."""

from __future__ import annotations

import email.message
import json
import re
from collections.abc import Iterator
from typing import NoReturn

from starlette.requests import Request

from hub.errors import HubError

JSON_LIMIT = 1 << 20
"""Bytes of a JSON body."""

DEEPEST = 16
"""Objects and lists within each other."""

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class BodyRefused(HubError):
    """A body that is not read on or not parsed; `code` says why."""

    code = "BAD_JSON"
    status = 400


async def body_of(request: Request, limit: int) -> bytes:
    """The body's bytes. Raises BodyRefused (TOO_LARGE, WRONG_CONTENT_TYPE) as soon as that is known."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 15 or int(length) > limit:
        _too_large(limit)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BodyRefused("Send the body uncompressed.", code="WRONG_CONTENT_TYPE", status=415)
    parts, size = [], 0
    async for part in request.stream():  # a chunked body says no length before
        size += len(part)
        if size > limit:
            _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> NoReturn:
    raise BodyRefused(f"The body may have {limit} bytes; send less at once.", code="TOO_LARGE", status=413)


def json_of(content_type: str, body: bytes) -> object:
    """The body's value: UTF-8, no key twice, no NaN, no endless nesting, only texts that every store can keep.

    Raises BodyRefused: WRONG_CONTENT_TYPE, BAD_ENCODING, BAD_JSON, TOO_DEEP, DUPLICATE_KEY, NOT_A_NUMBER, BAD_TEXT.
    """
    _check_type(content_type)
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        raise BodyRefused("The body is not UTF-8.", code="BAD_ENCODING") from e
    if _depth(text) > DEEPEST:
        raise BodyRefused(f"Objects and lists nest {DEEPEST} deep at most.", code="TOO_DEEP")
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_constant, parse_float=_finite)
    except (ValueError, RecursionError) as e:  # RecursionError: unbalanced brackets within an unclosed text
        raise BodyRefused("The body is not JSON; check it with a JSON tool.", code="BAD_JSON") from e
    if any("\x00" in part or not _storable(part) for part in _texts(value)):
        raise BodyRefused("A text holds U+0000 or half a surrogate pair; remove it.", code="BAD_TEXT")
    return value


def _check_type(content_type: str) -> None:
    said = email.message.Message()
    said["content-type"] = content_type
    charset = said.get_content_charset("utf-8")
    if not content_type or said.get_content_type() != "application/json" or charset not in ("utf-8", "utf8"):
        raise BodyRefused("Send Content-Type: application/json (UTF-8).", code="WRONG_CONTENT_TYPE", status=415)


def _depth(text: str) -> int:
    """How deep brackets nest outside texts; counted before parsing, because parsers recurse."""
    deepest = now = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        now += 1 if bracket in "[{" else -1
        deepest = max(deepest, now)
    return deepest


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyRefused(
            "An object names a key twice; which one counts would be a guess. Send it once.", code="DUPLICATE_KEY"
        )
    return found


def _constant(_name: str) -> NoReturn:
    raise BodyRefused("NaN and Infinity are no JSON numbers.", code="NOT_A_NUMBER")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        _constant(text)
    return number


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
