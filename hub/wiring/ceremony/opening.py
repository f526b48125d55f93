"""A ceremony on a hub's own folders: its signer, the published site, what waits for a key. Each act is in the sharing log before it is done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from adapters.outside.signer import SoftwareSigner
from catalog.types import Site
from certificates.keys.pbes2 import Password
from hub.settings import Settings
from hub.store.database import Session
from hub.store.tables import certificates
from hub.wiring import keys
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.own_authorities import Vault
from hub.wiring.ceremony.signers import Ceremony

CA = "ca"


def ceremony(
    settings: Settings, signer: SoftwareSigner, site: Site, now: datetime, waiting: dict[str, datetime]
) -> Ceremony:
    """A ceremony with the keys and the trust folder of these settings."""
    held = keys.load(settings.keys_folder, settings.key_passphrase)
    vault = Vault(settings.keys_folder / CA, Password(held.passphrase))
    return Ceremony(signer, site, TrustFolder(settings.folder / "trust"), vault, now, waiting)


def waiting(session: Session, site: Site) -> dict[str, datetime]:
    """By credit code: since when the oldest decision waits for its certificate."""
    c = certificates.c
    found = session.execute(
        select(c.authority, func.min(c.reserved_at)).where(c.state == "reserved").group_by(c.authority)
    )
    since: dict[str, datetime] = {}
    for department, moment in found:
        if department in site.departments:
            code = site.departments[department].uscc
            since[code] = min(moment, since.get(code, moment))
    return since
