"""How long the signing keys' certificates and the revocation lists last, and what an authority still lacks. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from adapters.outside.ordered import OrderedSigner
from catalog.types import Site
from certificates.ports import Signer
from hub.settings import Settings
from hub.wiring.ceremony import listing
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.signers import bodies
from hub.wiring.checking.finding import Finding

ABOUT = "key certificates"
LOCAL = ("127.0.0.1", "::1", "localhost")
LOOK, MEND = timedelta(days=90), timedelta(days=14)
"""How long before its end a certificate is spoken of (proposed): a real CA takes weeks to issue the next."""


def look(signer: Signer, site: Site, trust: TrustFolder, now: datetime) -> Iterator[Finding]:
    rows = [row for row in listing.rows(signer, bodies(site)) if not row.fault]
    yield _served(signer, rows)
    bare = [f"{row.code} {row.suite}" for row in rows if row.ends is None]
    if bare:
        yield Finding.look(
            ABOUT, f"none for {', '.join(bare)}: no OFD and no PDF is signed with these keys", "yijian keys init"
        )
    for row in rows:
        if row.ends is not None and row.ends - now < LOOK:
            yield _ending(f"that of {row.code} {row.suite}", row.ends, now, f"yijian keys rotate {row.code}")
    for name, due in listing.lists(trust):
        if due is not None and due - now < LOOK:
            yield _ending(f"the revocation list {name}", due, now, "yijian keys init")
    if not bare and rows and all(row.ends is not None and row.ends - now >= LOOK for row in rows):
        first = min(row.ends for row in rows if row.ends is not None)
        yield Finding.ok(ABOUT, f"{len(rows)} of {len(rows)} keys are certified, the first until {first:%Y-%m-%d}")


def wire(settings: Settings) -> Iterator[Finding]:
    """Where the signing service of the settings is, and whether what is sent there can be read on the way. It asks the service nothing."""
    if not settings.signing_service_url:
        return
    found = urlsplit(settings.signing_service_url)
    sentence = f"{found.hostname}, asked as {settings.signing_service_caller or 'nobody'}"
    if found.scheme == "https" or found.hostname in LOCAL:
        yield Finding.ok("signing service", sentence)
        return
    sentence += ": what is to be signed, persons' data among it, crosses the network in the clear"
    yield Finding.mend("signing service", sentence, "YIJIAN_SIGNING_SERVICE_URL=https://…")


def _served(signer: Signer, rows: list[listing.KeyRow]) -> Finding:
    """Which provider signs in which suite, as this hub is set."""
    by: dict[str, set[str]] = {}
    for row in rows:
        kind = signer.serving(row.code, row.suite) if isinstance(signer, OrderedSigner) else "key folder (libcrypto)"
        by.setdefault(row.suite, set()).add(kind)
    told = "; ".join(f"{suite} by {' and '.join(sorted(kinds))}" for suite, kinds in sorted(by.items()))
    return Finding.ok("signers", told or "no authority has a key yet")


def _ending(what: str, ends: datetime, now: datetime, command: str) -> Finding:
    if ends < now:
        return Finding.mend(ABOUT, f"{what} ended on {ends:%Y-%m-%d}: what is signed now is refused", command)
    sentence = f"{what} ends on {ends:%Y-%m-%d}"
    return Finding.mend(ABOUT, sentence, command) if ends - now < MEND else Finding.look(ABOUT, sentence, command)
