"""What a ceremony writes into the trust folder: each authority's keys, the roots, the revocation lists. It holds no private key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from certificates.trust import (
    CRLS,
    ROOTS,
    TIMESTAMP_ROOTS,
    Authority,
    TrustedKey,
    read_authority,
    write_authority,
    write_pem,
)
from certificates.x509.issuing import Issuer, Revoked, make_crl
from certificates.x509.reading import read_revoked, split_pem

CRL_LASTS = timedelta(days=400)


@dataclass(frozen=True)
class TrustFolder:
    """The hub's own trust folder, or one that is being prepared for others."""

    folder: Path

    def authority(self, code: str) -> Authority | None:
        """What the folder says of an authority."""
        path = self.folder / f"{code}.json"
        return read_authority(path.read_bytes()) if path.exists() else None

    def add_keys(self, code: str, name: str, keys: Iterable[TrustedKey]) -> None:
        """Put keys beside those that are there, of which earlier signatures are verified; a key that is there keeps its dates, and may
        sign what it might and, while it signs, the types of today besides."""
        known = self.authority(code) or Authority(code, name, ())
        today = {key.public.key_id: key for key in keys}
        kept = tuple(_with_types(key, today.pop(key.public.key_id, key).types) for key in known.keys)
        self._write(replace(known, name=name, keys=(*kept, *today.values())))

    def end_keys(self, code: str, key_ids: frozenset[str], at: datetime, compromised: bool) -> None:
        """From `at` the keys sign no more; a compromised one is revoked besides."""
        known = self.authority(code)
        if known is None:
            return

        def ended(key: TrustedKey) -> TrustedKey:
            if key.public.key_id not in key_ids:
                return key
            return replace(key, valid_to=key.valid_to or at, revoked_at=key.revoked_at or (at if compromised else None))

        self._write(replace(known, keys=tuple(ended(key) for key in known.keys)))

    def put_issuers(self, chain: Iterable[bytes]) -> None:
        """Believe those that certified the hub's own keys (DER, without the leaf): otherwise nobody here believes what it signs."""
        known = {each for path in (self.folder / ROOTS).glob("*.pem") for each in split_pem(path.read_bytes())}
        for issuer in chain:
            if issuer not in known:
                self.put_root(f"issuer-{hashlib.sha256(issuer).hexdigest()[:16]}", issuer)

    def prepare(self) -> None:
        """Make the folders into which an operator copies roots and revocation lists."""
        for name in (ROOTS, CRLS):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def put_root(self, name: str, root: bytes) -> None:
        """Believe a root (DER), under `roots/<name>.pem`."""
        _whole(self.folder / ROOTS / f"{name}.pem", write_pem(root))

    def renew_list(self, name: str, issuer: Issuer, now: datetime, revoked: tuple[Revoked, ...] = ()) -> None:
        """A new revocation list of `issuer` under `crls/<name>.crl`: what was on the last one, and `revoked`."""
        path = self.folder / CRLS / f"{name}.crl"
        known = read_revoked(path.read_bytes()) if path.exists() else ()
        every = {each.serial: each for each in (*revoked, *known)}.values()
        _whole(path, make_crl(issuer, tuple(every), now, now + CRL_LASTS, int(now.timestamp())))

    def lists(self) -> tuple[Path, ...]:
        """The revocation lists."""
        return tuple(sorted((self.folder / CRLS).glob("*.crl")))

    def revocation(self) -> tuple[bytes, ...]:
        """What the revocation lists hold now (DER)."""
        return tuple(path.read_bytes() for path in self.lists())

    def list_makers(self) -> tuple[bytes, ...]:
        """The certificates of those who are believed to make such lists (DER): roots and issuing authorities, of timestamps too."""
        folders = (self.folder / name for name in (ROOTS, TIMESTAMP_ROOTS))
        return tuple(
            each for folder in folders for path in sorted(folder.glob("*.pem")) for each in split_pem(path.read_bytes())
        )

    def _write(self, authority: Authority) -> None:
        _whole(self.folder / f"{authority.code}.json", write_authority(authority))


def _with_types(key: TrustedKey, types: tuple[str, ...]) -> TrustedKey:
    return key if key.end() else replace(key, types=tuple(sorted({*key.types, *types})))


def _whole(path: Path, content: bytes) -> None:
    """Whole or not at all: a verifier may be reading the folder now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)
