"""How long the signing keys' certificates and the revocation lists last, and what an authority still lacks. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from adapters.outside.nextkeys import NextKeys
from adapters.outside.ordered import OrderedSigner
from hub.settings import Settings
from hub.wiring.ceremony import listing, next_steps
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.next_steps import By, Lack, Place
from hub.wiring.checking.finding import Finding

ABOUT = "key certificates"
LOCAL = ("127.0.0.1", "::1", "localhost")
LOOK, MEND = timedelta(days=90), timedelta(days=14)
"""How long before its end a certificate is spoken of (proposed): a real CA takes weeks to issue the next."""


def look(place: Place, waiting: NextKeys, trust: TrustFolder, now: datetime) -> Iterator[Finding]:
    """What the keys lack and how long what they have lasts, each with the next command for the state that this folder is in."""
    yield _served(place)
    steps = [step for step in next_steps.steps(place) if step.lack is not Lack.KEY]  # those are told as `signing keys`
    for command, lack, sentence in dict.fromkeys((step.command, step.lack, step.sentence) for step in steps):
        whose = [f"{step.code} {step.suite}" for step in steps if (step.command, step.sentence) == (command, sentence)]
        consequence = "no OFD is sealed" if lack is Lack.SEAL else "no OFD and no PDF is signed with these keys"
        yield Finding.look(ABOUT, f"{', '.join(whose)}: {sentence}; until then {consequence}", command)
    for row in listing.waiting_rows(place, waiting):
        yield Finding.look(
            ABOUT, f"the next {row.suite} key of {row.code} {row.state}; that of today signs on", row.command
        )
    rows = [row for row in listing.rows(place) if row.ends is not None]
    for row in rows:
        if row.ends is not None and row.ends - now < LOOK:
            command = place.rotation(row.code, row.suite)
            yield _ending(f"that of {row.code} {row.suite}", row.ends, now, command)
    for row in listing.list_rows(trust):
        if row.ends is not None and row.ends - now < LOOK:
            command = next_steps.list_command(row.name, place.ca)
            yield _ending(f"the revocation list {row.name}", row.ends, now, command)
    if not steps and rows and all(row.ends is not None and row.ends - now >= LOOK for row in rows):
        first = min(row.ends for row in rows if row.ends is not None)
        by = f"certified by {place.by.value}" if place.by is not By.OWN else "of this hub's own CA, for development"
        yield Finding.ok(ABOUT, f"{len(rows)} of {len(rows)} keys, {by}, the first until {first:%Y-%m-%d}")


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


def _served(place: Place) -> Finding:
    """Which provider signs in which suite, as this hub is set."""
    by: dict[str, set[str]] = {}
    for code in place.bodies:
        for suite in place.signer.suites(code):
            signer = place.signer
            kind = signer.serving(code, suite) if isinstance(signer, OrderedSigner) else "key folder (libcrypto)"
            by.setdefault(suite, set()).add(kind)
    told = "; ".join(f"{suite} by {' and '.join(sorted(kinds))}" for suite, kinds in sorted(by.items()))
    return Finding.ok("signers", told or "no authority has a key yet")


def _ending(what: str, ends: datetime, now: datetime, command: str) -> Finding:
    if ends < now:
        return Finding.mend(ABOUT, f"{what} ended on {ends:%Y-%m-%d}: what is signed now is refused", command)
    sentence = f"{what} ends on {ends:%Y-%m-%d}"
    return Finding.mend(ABOUT, sentence, command) if ends - now < MEND else Finding.look(ABOUT, sentence, command)
