"""One value, one sequence of bytes: canonical JSON for everything that is signed. It knows nothing of certificates.

The form is RFC 8785 (JSON Canonicalization Scheme) without floating point: object members sorted by UTF-16 code units,
no white space, UTF-8, shortest escapes. On top of it every text must be in Unicode NFC, so that two spellings of one
name cannot have two digests.
"""

import json
import unicodedata
from typing import NoReturn

from certificates.errors import Malformed

_KINDS = "null, booleans, integers, text, arrays and objects"

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1


def encode(value: Json) -> bytes:
    """Return the canonical bytes of ``value``.

    Raises Malformed for what has no canonical form: floats, integers beyond 2^53 - 1, text that is not NFC or holds
    a lone surrogate, nesting beyond MAX_DEPTH, more than MAX_BYTES. Source: RFC 8785.
    """
    _require_canonical_values(value, depth=0)
    text = json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"))
    encoded = text.encode("utf-8")
    if len(encoded) > MAX_BYTES:
        raise Malformed("too-large", f"A document has at most {MAX_BYTES} bytes; split it or leave fields out.")
    return encoded


def parse(raw: bytes) -> Json:
    """Read JSON strictly: the result always has a canonical form, though ``raw`` itself may carry white space.

    Raises Malformed for anything doubtful: not UTF-8, a member given twice, floats, deep nesting, too many bytes.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed("too-large", f"The document is larger than {MAX_BYTES} bytes; this is not one of ours.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not-utf8", "The document is not UTF-8; get it again as it was issued.") from error
    # Counted first: the parser of the standard library recurses, and a hostile file must not reach its limit.
    if _nesting(text) > MAX_DEPTH:
        raise Malformed("too-deep", f"The document nests deeper than {MAX_DEPTH} levels.")
    value = _loads(text)
    _require_canonical_values(value, depth=0)
    return value


def parse_canonical(raw: bytes) -> Json:
    """Read ``raw`` and require that it is byte for byte its own canonical form. Raises Malformed."""
    value = parse(raw)
    if encode(value) != raw:
        raise Malformed("not-canonical", "The bytes are not in canonical form; sign and keep the bytes of encode().")
    return value


def _loads(text: str) -> Json:
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except json.JSONDecodeError as error:
        raise Malformed("not-json", f"The document is not JSON (position {error.pos}); it may be cut short.") from error
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("duplicate-member", "A JSON object has the same member twice; readers would disagree.")
    return members


def _integer(digits: str) -> int:
    # -0 is refused: it would be written back as 0.
    if len(digits) > len(str(-MAX_INTEGER)) or digits == "-0":
        _refuse_number(digits)
    return int(digits)


def _refuse_number(_: str) -> NoReturn:
    raise Malformed("number", "Numbers are integers within ±(2^53 - 1); write amounts as text.")


def _nesting(text: str) -> int:
    depth = deepest = 0
    in_text = escaped = False
    for character in text:
        if in_text:
            in_text = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_text = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _require_canonical_values(value: Json, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Malformed("too-deep", f"The document nests deeper than {MAX_DEPTH} levels.")
    match value:
        case None | bool():
            return
        case int():
            if abs(value) > MAX_INTEGER:
                _refuse_number(str(value))
        case str():
            _require_text(value)
        case list():
            for item in value:
                _require_canonical_values(item, depth + 1)
        case dict():
            for name, member in value.items():
                _require_text(name)
                _require_canonical_values(member, depth + 1)
        case _:
            raise Malformed("type", f"A document holds {_KINDS} only, not {type(value).__name__}.")


def _require_text(text: str) -> None:
    if not isinstance(text, str):
        raise Malformed("type", f"A member's name is text, not {type(text).__name__}.")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Not `from`: that error keeps the whole text, which may be a person's.
        raise Malformed(
            "surrogate", "A text holds half of a character (a lone surrogate); read the source again."
        ) from None
    if not unicodedata.is_normalized("NFC", text):
        raise Malformed("not-nfc", "A text is not in Unicode NFC; normalise it where it enters.")


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value, key=_order)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _order(name: str) -> bytes:
    # RFC 8785 §3.2.3 sorts by UTF-16 code units, which differs from Python's order beyond the basic plane.
    return name.encode("utf-16-be")
