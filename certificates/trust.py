"""The trust folder: which authorities a verifier believes, with which keys, for which types. It fetches nothing.

One ``<authority code>.json`` per issuing authority, and beside it, if there is one, that authority's signed status
list ``<authority code>.ystatus``. Folders beside them hold what X.509 and status tokens need: ``roots/*.pem`` (authorities
of signers and of seal makers), ``timestamp-roots/*.pem``, ``crls/*.crl`` (DER), ``status/*.jwt`` (Token Status Lists).
Whoever writes this folder decides whom to believe; everything else follows.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from certificates import canonical
from certificates.canonical import Json
from certificates.envelope import KEY_ID, SUITE_NAME
from certificates.errors import CertificateError, Malformed, TrustUnreadable
from certificates.identifier import ISSUER_CODE, TYPE_CODE
from certificates.shape import Members, write_instant, write_octets, write_optional_instant
from certificates.status import Register
from certificates.suites import SUITES, PublicKey

FORMAT = "yijian-trust/1"
STATUS_EXTENSION = ".ystatus"
ROOTS, TIMESTAMP_ROOTS, CRLS, TOKEN_LISTS = "roots", "timestamp-roots", "crls", "status"
_KINDS = {ROOTS: ".pem", TIMESTAMP_ROOTS: ".pem", CRLS: ".crl", TOKEN_LISTS: ".jwt"}
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key of an authority, from when to when it may sign, and the certificate types it may sign."""

    public: PublicKey
    valid_from: datetime
    valid_to: datetime | None
    revoked_at: datetime | None
    types: tuple[str, ...]

    def end(self) -> datetime | None:
        """The moment from which signatures no longer count: end of validity or revocation, whichever is first."""
        ends = [moment for moment in (self.valid_to, self.revoked_at) if moment is not None]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Authority:
    """An issuing authority that the verifier believes."""

    code: str
    name: str
    keys: tuple[TrustedKey, ...]

    def key(self, key_id: str) -> TrustedKey | None:
        return next((key for key in self.keys if key.public.key_id == key_id), None)


@dataclass(frozen=True, slots=True)
class Trust:
    """A whole trust folder: authorities and raw status lists, both by authority code; X.509 in DER, status tokens as text.

    ``roots`` and ``timestamp_roots`` are certificates and ``crls`` revocation lists; none of them is parsed or judged here.
    ``register`` is there where the verifier is itself the system that issued; no folder holds one.
    """

    authorities: Mapping[str, Authority]
    status_lists: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    roots: tuple[bytes, ...] = field(default=(), repr=False)
    timestamp_roots: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    token_lists: tuple[str, ...] = field(default=(), repr=False)
    unread_lists: tuple[str, ...] = ()
    """The names of the files in status/ that hold no list that can be read: whose they were to be is not known, and they are not passed over."""
    register: Register | None = field(default=None, repr=False)

    def owner_of(self, key_id: str) -> Authority | None:
        """Return the authority that has this key."""
        return next((each for each in self.authorities.values() if each.key(key_id)), None)


def read_trust(folder: Path) -> Trust:
    """Read a trust folder, strictly. Raises TrustUnreadable, which names the file and says what to change."""
    if not folder.is_dir():
        raise TrustUnreadable(
            "trust-folder", f"{folder} is no folder; give the folder with the authorities' files.", str(folder)
        )
    authorities: dict[str, Authority] = {}
    lists: dict[str, bytes] = {}
    kinds: dict[str, tuple[bytes, ...]] = {}
    for path in sorted(folder.iterdir()):
        if path.name in _KINDS and path.is_dir():
            kinds[path.name] = _folder(path, _KINDS[path.name])
        elif path.suffix == ".json":
            authorities[path.stem] = _read_file(path)
        elif path.suffix == STATUS_EXTENSION:
            lists[path.stem] = _bytes(path)
        elif not path.name.startswith("."):
            # A misnamed authority would be missing without a word.
            raise TrustUnreadable(
                "trust-file", f"{path.name} is neither .json nor {STATUS_EXTENSION}; take it out.", path.name
            )
    _require_whole(authorities, lists)
    tokens, unread = _token_lists(folder / TOKEN_LISTS, kinds.get(TOKEN_LISTS, ()))
    roots = (kinds.get(ROOTS, ()), kinds.get(TIMESTAMP_ROOTS, ()), kinds.get(CRLS, ()))
    return Trust(authorities, lists, *roots, tokens, unread)


def write_authority(authority: Authority) -> bytes:
    """Return the bytes of ``<authority code>.json``."""
    keys: list[Json] = [
        {
            "key_id": key.public.key_id,
            "suite": key.public.suite,
            "spki": write_octets(key.public.spki),
            "valid_from": write_instant(key.valid_from),
            "valid_to": write_optional_instant(key.valid_to),
            "revoked_at": write_optional_instant(key.revoked_at),
            "types": list(key.types),
        }
        for key in authority.keys
    ]
    return canonical.encode({"format": FORMAT, "code": authority.code, "name": authority.name, "keys": keys})


def read_authority(raw: bytes) -> Authority:
    """Read the bytes of one authority's file. Raises Malformed."""
    members = Members(canonical.parse(raw), "authority")
    members.text("format", re.compile(re.escape(FORMAT)))
    keys = tuple(_key(each) for each in members.objects("keys"))
    authority = Authority(members.text("code", ISSUER_CODE), members.text("name"), keys)
    members.done()
    return authority


def _key(members: Members) -> TrustedKey:
    key_id = members.text("key_id", KEY_ID)
    public = PublicKey(members.text("suite", SUITE_NAME), members.octets("spki"))
    key = TrustedKey(
        public,
        members.instant("valid_from"),
        members.optional_instant("valid_to"),
        members.optional_instant("revoked_at"),
        members.texts("types", TYPE_CODE),
    )
    members.done()
    if key_id != public.key_id:
        raise Malformed("key-id", f"The key_id of a key is the SHA-256 of its SPKI, here {public.key_id}.")
    if public.suite not in SUITES:
        raise Malformed("suite-unknown", f"The suite of a key must be one of {', '.join(SUITES)}.")
    SUITES[public.suite].require_public_key(public.spki)
    return key


def write_pem(certificate: bytes) -> bytes:
    """Return a DER certificate as the bytes of a ``.pem`` file."""
    lines = base64.encodebytes(certificate).decode("ascii")
    return f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n".encode("ascii")


def _folder(folder: Path, extension: str) -> tuple[bytes, ...]:
    """What the files of one kind hold, in the order of their names."""
    found: list[bytes] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.suffix != extension:
            raise TrustUnreadable(
                "trust-file",
                f"{folder.name}/{path.name} does not end in {extension}; take it out.",
                f"{folder.name}/{path.name}",
            )
        found += _certificates(path) if extension == ".pem" else [_bytes(path)]
    return tuple(found)


def _token_lists(folder: Path, read: tuple[bytes, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lists that can be read, and the names of the files that hold none."""
    from certificates import statuslist  # it judges its lists by this module

    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if read else []
    texts = [each.decode("ascii", "replace").strip() for each in read]
    unread = tuple(name for name, text in zip(names, texts, strict=True) if not any(statuslist.readable((text,))))
    return tuple(text for name, text in zip(names, texts, strict=True) if name not in unread), unread


def _certificates(path: Path) -> list[bytes]:
    blocks = _PEM.findall(_bytes(path))
    try:
        found = [base64.b64decode(b"".join(block.split()), validate=True) for block in blocks]
    except binascii.Error:
        found = []
    if not found:
        raise TrustUnreadable(
            "trust-file",
            f"{path.parent.name}/{path.name} holds no certificate in PEM; replace it.",
            f"{path.parent.name}/{path.name}",
        )
    return found


def _read_file(path: Path) -> Authority:
    raw = _bytes(path)
    try:
        authority = read_authority(raw)
    except CertificateError as error:
        raise TrustUnreadable("trust-file", f"{path.name}: {error}", path.name) from error
    if authority.code != path.stem:
        raise TrustUnreadable(
            "trust-file", f"{path.name} is about {authority.code}; name it {authority.code}.json.", path.name
        )
    return authority


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(canonical.MAX_BYTES + 1)
    except OSError as error:
        raise TrustUnreadable("trust-file", f"{path.name} cannot be read; check its permissions.", path.name) from error


def _require_whole(authorities: Mapping[str, Authority], lists: Mapping[str, bytes]) -> None:
    for code in lists:
        if code not in authorities:
            raise TrustUnreadable(
                "trust-file",
                f"{code}{STATUS_EXTENSION} has no {code}.json beside it; add it.",
                f"{code}{STATUS_EXTENSION}",
            )
    key_ids = [key.public.key_id for authority in authorities.values() for key in authority.keys]
    if len(set(key_ids)) != len(key_ids):
        raise TrustUnreadable("trust-shared-key", "One key is listed twice; each authority signs with its own key.")
