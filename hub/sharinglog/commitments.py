"""Salted commitments, the leaf's canonical bytes, and sealing of what was committed. Stores nothing.

A commitment is SHA-256("sl/v1" ‖ label ‖ salt ‖ value) with a fresh salt of 32 bytes for each field of each record:
unsalted or deterministic, an ID number is found by trying all of them.
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.sharinglog.errors import BadRecord, NotDisclosable
from hub.sharinglog.records import LABELS, Draft
from hub.sharinglog.scan import refuse_personal, suspicious

VERSION = 1
LARGEST_LEAF = 65_535  # C2SP tlog-tiles prefixes each entry with a 16-bit length

Rng = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one commitment."""

    salt: bytes = field(repr=False)
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A record ready to be appended: its exact bytes, and the openings of its commitments by label."""

    id: str
    at: datetime
    body: bytes = field(repr=False)
    openings: Mapping[str, Opening] = field(repr=False)


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
    openings = {label: Opening(rng(32), value) for label, value in draft.personal.items()}
    clear = _prune({"node": node, "phase": draft.phase, **draft.clear})
    texts = _texts("", clear)
    if suspicious("\n".join(text for _, text in texts)):
        for where, text in texts:
            refuse_personal(where, text)
    leaf = clear | {"v": VERSION, "id": uuid7(at, rng), "time": timestamp(at)}
    for label, opening in openings.items():
        _place(leaf, LABELS[label][0], commit(label, opening))
    body = canonical(leaf)
    if len(body) > LARGEST_LEAF:
        raise BadRecord(f"the record takes {len(body)} bytes, at most {LARGEST_LEAF} are allowed: list fewer fields")
    return Leaf(str(leaf["id"]), at, body, openings)


def committed(leaf: Mapping[str, object]) -> dict[str, str]:
    """The commitments in a parsed leaf, by label."""
    found = {}
    for label, (path, _) in LABELS.items():
        place: object = leaf
        for step in path:
            place = place.get(step) if isinstance(place, Mapping) else None
        if isinstance(place, str):
            found[label] = place
    return found


def canonical(value: object) -> bytes:
    """JSON as RFC 8785 writes it for our plain values: sorted ASCII keys, no floats, UTF-8, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC."""
    since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def uuid7(at: datetime, rng: Rng) -> str:
    """UUID version 7 (RFC 9562 §5.7)."""
    raw = (micros(at) // 1000).to_bytes(6, "big") + rng(10)
    number = int.from_bytes(raw, "big") & ~(0xF << 76) & ~(0x3 << 62)
    return str(UUID(int=number | 7 << 76 | 2 << 62))


def blind(key: bytes, label: str, value: str) -> str:
    """Blind index of an identifier: finds equal ones without showing any (HMAC-SHA256, 128 bits, hex)."""
    plain = unicodedata.normalize("NFKC", value).strip().upper()
    return hmac.new(key, f"{label}\0{plain}".encode(), hashlib.sha256).hexdigest()[:32]


def seal(key: bytes, openings: Mapping[str, Opening], leaf: bytes, rng: Rng) -> tuple[bytes, bytes]:
    """Nonce and AES-256-GCM ciphertext of openings, bound to the leaf hash."""
    plain = canonical({label: [opening.salt.hex(), opening.value] for label, opening in openings.items()})
    nonce = rng(12)
    return nonce, AESGCM(key).encrypt(nonce, plain, leaf)


def unseal(key: bytes, nonce: bytes, ciphertext: bytes, leaf: bytes) -> dict[str, Opening]:
    """Inverse of `seal`; raises NotDisclosable if key, leaf or ciphertext do not fit."""
    try:
        plain = json.loads(AESGCM(key).decrypt(nonce, ciphertext, leaf))
        return {label: Opening(bytes.fromhex(salt), value) for label, (salt, value) in plain.items()}
    except (InvalidTag, ValueError) as error:
        raise NotDisclosable("the sealed values do not open: altered, or sealed under another master key") from error


def _prune(value: Mapping[str, object]) -> dict[str, object]:
    """Drops what is not given, so that a leaf says only what is known."""
    kept: dict[str, object] = {}
    for key, inner in value.items():
        clean = _prune(inner) if isinstance(inner, dict) else list(inner) if isinstance(inner, tuple) else inner
        if clean is None or clean == [] or clean == {}:
            continue
        kept[key] = clean
    return kept


def _texts(where: str, value: object) -> list[tuple[str, str]]:
    """Every clear text and number of a leaf with its field; raises BadRecord for anything else."""
    if isinstance(value, str | int):
        return [(where, str(value))]
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _texts(f"{where}.{key}" if where else key, inner)]
    if isinstance(value, list):
        return [found for inner in value for found in _texts(where, inner)]
    kind = type(value).__name__
    raise BadRecord(f"the field {where} holds a {kind}: only text, whole numbers and lists of text are allowed")


def _place(leaf: dict[str, object], path: tuple[str, ...], value: str) -> None:
    place = leaf
    for step in path[:-1]:
        inner = place.setdefault(step, {})
        assert isinstance(inner, dict)
        place = inner
    place[path[-1]] = value
