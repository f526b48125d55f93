"""The hub's own keys on disk: sealing, blind index, passphrase of the signing keys, the log's. It never makes new ones by itself.

Losing the sealing key loses every person's value; docs/operations.md says what to back up.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from catalog.types import IssuedBy, Site
from certificates.ports import Signer
from certificates.suites import suites_of_an_authority
from hub.errors import HubError
from hub.identity.answering import AnswerKey
from hub.sharinglog import LogKeys
from hub.wiring import private

SEALING, INDEX, PASSPHRASE, ANSWERS = "sealing.key", "index.key", "passphrase", "answers.key"


class KeysMissing(HubError):
    """The keys are not where they should be, or others may read them."""

    code = "KEYS_MISSING"


@dataclass(frozen=True)
class HubKeys:
    """The keys of one hub; its repr shows none of them."""

    sealing: bytes = field(repr=False)
    index: bytes = field(repr=False)
    passphrase: str = field(repr=False)
    log: LogKeys = field(repr=False)
    signing: Path
    answers: AnswerKey | None = field(default=None, repr=False)
    """None where the keys were made by an older version: `yijian keys create` adds what is missing."""


def create(folder: Path) -> None:
    """Make the keys that are not there yet; existing ones are never touched."""
    private.close_folder(folder.parent)  # `parents=True` would make it readable for all
    private.close_folder(folder)
    for name, made in (
        (SEALING, secrets.token_hex(32)),
        (INDEX, secrets.token_hex(32)),
        (PASSPHRASE, secrets.token_urlsafe(32)),
        (ANSWERS, secrets.token_hex(32)),
    ):
        if not (folder / name).exists():
            with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(made + "\n")
    if not (folder / "log").exists():
        LogKeys.create(folder / "log")


def load(folder: Path, passphrase: str = "") -> HubKeys:
    """Raises KeysMissing with what to do."""
    try:
        sealing = bytes.fromhex(_private(folder / SEALING))
        index = bytes.fromhex(_private(folder / INDEX))
        word = passphrase or _private(folder / PASSPHRASE)
    except FileNotFoundError as e:
        raise KeysMissing(
            f"No keys under {folder.name}/; make them once with `yijian keys create`, or restore the backup."
        ) from e
    answers = AnswerKey(bytes.fromhex(_private(folder / ANSWERS))) if (folder / ANSWERS).exists() else None
    return HubKeys(sealing, index, word, LogKeys.load(folder / "log"), folder / "signing", answers)


def lacking_suites(signer: Signer, authority: str) -> tuple[str, ...]:
    """The suites in which an authority has no key yet and should."""
    there = signer.suites(authority)
    return tuple(suite for suite in suites_of_an_authority() if suite not in there)


def without_key(signer: Signer, site: Site) -> tuple[str, ...]:
    """Codes of the authorities that issue through the hub and have no signing key here in one of the suites."""
    return tuple(code for code in issuing(site) if lacking_suites(signer, site.departments[code].uscc))


def issuing(site: Site) -> tuple[str, ...]:
    """Codes of the authorities that issue through the hub."""
    return tuple(sorted({i.department for i in site.items.values() if i.result.issued_by == IssuedBy.HUB}))


def types_of(site: Site, uscc: str) -> tuple[str, ...]:
    """The certificate types that this body issues through the hub."""
    found = {
        i.result.certificate_type
        for i in site.items.values()
        if site.departments[i.department].uscc == uscc
        and i.result.certificate_type
        and i.result.issued_by == IssuedBy.HUB
    }
    return tuple(sorted(found))


def _private(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise KeysMissing(f"{path.name} may be read by others; run `chmod 600` on it.")
    return path.read_text().strip()
