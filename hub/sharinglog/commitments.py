"""Salted commitments, the leaf's canonical bytes, and sealing of what was committed. Stores nothing.

A commitment is SHA-256("sl/v1" ‖ label ‖ salt ‖ value) with a fresh salt of 32 bytes for each field of each record:
unsalted or deterministic, an ID number is found by trying all of them.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import PydanticSerializationError, from_json, to_json

from hub.sharinglog.errors import BadRecord, NotDisclosable
from hub.sharinglog.labels import LABELS, SUBJECTS_C, further, holder_of, same
from hub.sharinglog.records import Draft
from hub.sharinglog.scan import LONG, refuse_personal, suspicious_word

VERSION = 1
LARGEST_LEAF = 65_535  # C2SP tlog-tiles prefixes each entry with a 16-bit length
SALT, NONCE, ID_RANDOM = 32, 12, 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_LISTS = (tuple, list)
_UUID_FREE = ~(0xF << 76 | 0x3 << 62)
_UUID_FIXED = 7 << 76 | 2 << 62

Rng = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one commitment."""

    salt: bytes = field(repr=False)
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A record ready to be appended: its exact bytes, and the openings of its commitments by label.

    `nonces` are random bytes for sealing those openings once: NONCE for each holder among them.
    """

    id: str
    at: datetime
    body: bytes = field(repr=False)
    openings: Mapping[str, Opening] = field(repr=False)
    nonces: bytes = field(repr=False)


def commit(label: str, opening: Opening) -> str:
    """The commitment as hex."""
    return hashlib.sha256(b"sl/v1" + label.encode() + opening.salt + opening.value.encode()).hexdigest()


def make_leaf(draft: Draft, node: str, now: datetime, rng: Rng) -> Leaf:
    """Commit, scan and write a leaf; `now` is aware.

    Raises LeafCarriesPersonalData if a clear field looks like a person's number, BadRecord if it is too large or not plain.
    """
    if now.tzinfo is None:
        raise BadRecord("the log's clock gives naive times: give it one with a time zone")
    at = now.astimezone(UTC)
    texts: list[str] = []
    leaf = _plain({"node": node, "phase": draft.phase, **draft.clear}, texts)
    if any(map(suspicious_word, texts)):
        _refuse_personal("", leaf)
    nonces = NONCE * len({holder_of(label) for label in draft.personal})
    salted = nonces + ID_RANDOM
    # One call for all: each asks the system and lets other threads go first.
    fresh = rng(salted + SALT * len(draft.personal))
    openings = _committed_in(leaf, draft.personal, fresh[salted:])
    record_id = uuid7(at, fresh[nonces:salted])
    leaf["v"], leaf["id"], leaf["time"] = VERSION, record_id, timestamp(at)
    body = _written(leaf)
    if len(body) > LARGEST_LEAF:
        raise BadRecord(f"the record takes {len(body)} bytes, at most {LARGEST_LEAF} are allowed: list fewer fields")
    return Leaf(record_id, at, body, openings, fresh[:nonces])


def _committed_in(leaf: dict[str, object], personal: Mapping[str, str], salts: bytes) -> dict[str, Opening]:
    """Put a commitment to each value where it belongs in the leaf; gives what opens them. `salts`: SALT bytes for each."""
    openings: dict[str, Opening] = {}
    others: list[str] = []
    for number, (label, value) in enumerate(personal.items()):
        openings[label] = opening = Opening(salts[number * SALT : (number + 1) * SALT], value)
        place = LABELS.get(label)
        if place is not None:
            _place(leaf, place[0], commit(label, opening))
        else:
            others.append(commit(label, opening))
    if others:
        leaf[SUBJECTS_C] = others
    return openings


def committed(leaf: Mapping[str, object]) -> dict[str, str]:
    """The commitments in a parsed leaf, by label."""
    found = {}
    for label, (path, _) in LABELS.items():
        place: object = leaf
        for step in path:
            place = place.get(step) if isinstance(place, Mapping) else None
        if isinstance(place, str):
            found[label] = place
    others = leaf.get(SUBJECTS_C)
    for number, other in enumerate(others if isinstance(others, list) else (), 2):
        found[further(number)] = str(other)
    return found


def canonical(value: object) -> bytes:
    """JSON as RFC 8785 writes it for our plain values: sorted ASCII keys, no floats, UTF-8, no spaces."""
    return _CANONICAL.encode(value).encode()


def _written(leaf: Mapping[str, object]) -> bytes:
    """The same for a leaf just made, which is plain and no deeper than two, in half the time. Checks use `canonical`."""
    ordered = {key: dict(sorted(it.items())) if isinstance(it, dict) else it for key, it in sorted(leaf.items())}
    try:
        return to_json(ordered)
    except PydanticSerializationError as error:
        raise BadRecord("a clear field holds what is no text in UTF-8: give whole characters only") from error


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC."""
    since = at.astimezone(UTC) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def uuid7(at: datetime, random: bytes) -> str:
    """UUID version 7 (RFC 9562 §5.7) out of the time and 10 random bytes."""
    number = int.from_bytes((micros(at) // 1000).to_bytes(6, "big") + random, "big")
    text = f"{number & _UUID_FREE | _UUID_FIXED:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def blind(key: bytes, label: str, value: str) -> str:
    """Blind index of an identifier: finds equal ones without showing any (HMAC-SHA256, 128 bits, hex)."""
    keyed = _keyed(key).copy()
    keyed.update(f"{label}\0{same(value)}".encode())
    return keyed.hexdigest()[:32]


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def seal(cipher: AESGCM, nonce: bytes, openings: Mapping[str, Opening], leaf: bytes) -> bytes:
    """AES-256-GCM ciphertext of openings, bound to the leaf hash; a nonce is used once."""
    # JSON written by hand, since it is half of the cost of sealing: labels need no escaping and salts are hex.
    each = [f'"{label}":["{it.salt.hex()}",{encode_basestring(it.value)}]' for label, it in openings.items()]
    return cipher.encrypt(nonce, f"{{{','.join(each)}}}".encode(), leaf)


def unseal(cipher: AESGCM, nonce: bytes, ciphertext: bytes, leaf: bytes) -> dict[str, Opening]:
    """Inverse of `seal`; raises NotDisclosable if key, leaf or ciphertext do not fit."""
    try:
        plain = json.loads(cipher.decrypt(nonce, ciphertext, leaf))
        return {label: Opening(bytes.fromhex(salt), value) for label, (salt, value) in plain.items()}
    except (InvalidTag, ValueError) as error:
        raise NotDisclosable("the sealed values do not open: altered, or sealed under another master key") from error


def unsealed_values(cipher: AESGCM, nonce: bytes, ciphertext: bytes, leaf: bytes) -> dict[str, str]:
    """The values alone, for what is no proof; raises NotDisclosable as `unseal` does."""
    try:
        plain = from_json(cipher.decrypt(nonce, ciphertext, leaf), cache_strings="keys")
        return {label: value for label, (_, value) in plain.items()}
    except (InvalidTag, ValueError) as error:
        raise NotDisclosable("the sealed values do not open: altered, or sealed under another master key") from error


def _plain(value: Mapping[str, object], texts: list[str], where: str = "") -> dict[str, object]:
    """Drops what is not given, so that a leaf says only what is known; adds every clear text and long number to `texts`."""
    kept: dict[str, object] = {}
    for key, inner in value.items():
        if inner is None:
            continue
        if isinstance(inner, str):
            texts.append(inner)
        elif isinstance(inner, int):
            if not -LONG < inner < LONG:
                texts.append(str(inner))
        else:
            if isinstance(inner, dict):
                inner = _plain(inner, texts, f"{where}{key}.")
            elif isinstance(inner, _LISTS):
                inner = _listed(inner, texts, f"{where}{key}")
            else:
                raise _not_plain(f"{where}{key}", inner)
            if not inner:
                continue
        kept[key] = inner
    return kept


def _listed(value: Iterable[object], texts: list[str], where: str) -> list[object]:
    listed = list(value)
    for one in listed:
        if not isinstance(one, str):
            raise _not_plain(where, one)
        texts.append(one)
    return listed


def _not_plain(where: str, value: object) -> BadRecord:
    kind = type(value).__name__
    return BadRecord(f"the field {where} holds a {kind}: only text, whole numbers and lists of text are allowed")


def _refuse_personal(where: str, value: object) -> None:
    """Look at each clear field by itself, so that the refusal can name it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_personal(f"{where}.{key}" if where else key, inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_personal(where, inner)
    else:
        refuse_personal(where, str(value))


def _place(leaf: dict[str, object], path: tuple[str, ...], value: str) -> None:
    place = leaf
    for step in path[:-1]:
        inner = place.setdefault(step, {})
        assert isinstance(inner, dict)
        place = inner
    place[path[-1]] = value
