"""What the hub keeps: database and its clock, queue, nodes, catalog, calendar, keys, log, backups. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from adapters.outside.nextkeys import KeepsKeys, NextKeys
from adapters.outside.signer import SoftwareSigner
from catalog.types import Site
from catalog.workdays import calendar_of
from certificates.errors import CertificateError
from hub.clock import local
from hub.errors import HubError
from hub.settings import Settings
from hub.sharinglog import SharingLog, notes
from hub.store import migrate, work
from hub.wiring import keys, standing
from hub.wiring.build import Hub
from hub.wiring.ceremony import next_steps
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.next_steps import Place
from hub.wiring.ceremony.opening import CA
from hub.wiring.ceremony.signers import bodies
from hub.wiring.checking.finding import Finding
from hub.wiring.doctor import signing
from hub.wiring.status_lists import address_of

CLOCK_SECONDS = 5.0
"""How far a node's clock may be from the database's (proposed)."""

CALENDAR_LOOK, CALENDAR_MEND = timedelta(days=365), timedelta(days=30)
"""How far ahead working days should be known (proposed): a year; less than a month makes the next cases' deadlines provisional."""

BACKUP_LOOK = timedelta(days=2)
"""How old the last backup may be (proposed)."""

PAGES, PAGE = 10, 500
"""How much of the log's administration is looked through for the last backup."""


def look(hub: Hub) -> list[Finding]:
    found = [_tables(hub), *_clocks(hub), _queue(hub)]
    try:
        site = hub.catalogs.current()
    except HubError as e:
        found.append(Finding.mend("catalog", str(e), "yijian catalog publish --by NAME"))
    else:
        found += [_catalog(hub), _calendar(site, hub.settings.site / "calendar.csv", hub.clock())]
        try:
            found += [*signing.wire(hub.settings), *_keys(hub, site), *_certified(hub, site)]
        except CertificateError as e:  # a token or a service that does not answer, or refused its PIN or secret
            found.append(Finding.mend("signing keys", str(e), "yijian doctor"))
    return [*found, _address(hub.settings), _log(hub.log), _head(hub.log), _backup(hub)]


def _address(settings: Settings) -> Finding:
    """Whether certificates name a place at which strangers learn their status. What was signed without one never will."""
    if not settings.public_url:
        sentence = "none is set: codes on certificates name no status list, and nobody else learns that one was revoked"
        return Finding.mend("public address", sentence, "YIJIAN_PUBLIC_URL=https://…")
    if urlsplit(settings.public_url).hostname in signing.LOCAL:
        sentence = (
            f"{settings.public_url} is this machine alone: nobody else reaches the status lists that certificates name"
        )
        return Finding.look("public address", sentence, "YIJIAN_PUBLIC_URL=https://…")
    return Finding.ok("public address", f"{settings.public_url}; status lists below {address_of(settings.public_url)}/")


def _tables(hub: Hub) -> Finding:
    current, wanted = migrate.current(hub.database), migrate.head()
    sentence = f"{hub.database.program}, tables {current}, this program wants {wanted}"
    if current < wanted:
        return Finding.mend("database", f"{sentence}; a node that starts brings them up to date", "yijian serve")
    if current > wanted:
        return Finding.look(
            "database",
            f"{sentence}: a newer version has been here; upgrade this node too",
            "pip install --upgrade yijian",
        )
    return Finding.ok("database", sentence)


def _clocks(hub: Hub) -> Iterator[Finding]:
    with hub.database.read() as session:
        off = (hub.clock() - hub.database.now(session)).total_seconds()
        nodes = standing.nodes(session, hub.settings.node, hub.clock())
    others = [(node.name, node.clock_off or 0.0) for node in nodes if node.name != hub.settings.node]
    for name, seconds in ((hub.settings.node, off), *others):
        if abs(seconds) > CLOCK_SECONDS:
            sentence = f"{name} is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} the database; its records and deadlines are dated wrongly"
            yield Finding.mend("clock", sentence, "timedatectl set-ntp true")
    if abs(off) <= CLOCK_SECONDS:
        yield Finding.ok("clock", f"within {CLOCK_SECONDS:.0f} s of the database's")


def _queue(hub: Hub) -> Finding:
    with hub.database.read() as session:
        state = work.state_of(session)
    if state.dead:
        sentence = f"{state.dead} pieces of work stand still, and what follows in their streams; an operator retries or skips each"
        return Finding.mend("queue", sentence, f"open {hub.settings.public_url or 'the hub'}/operations")
    return Finding.ok("queue", f"{state.ready} waiting, {state.leased} in work, none stands still")


def _catalog(hub: Hub) -> Finding:
    return Finding.ok("catalog", f"published {hub.catalogs.current_digest()[:12]}…")


def _calendar(site: Site, path: Path, now: datetime) -> Finding:
    known = calendar_of(site.calendar).covered_to
    ahead = known - local(now).date()
    sentence = f"working days are known to {known}; deadlines beyond are provisional until the days of the State Council's notice are written into {path}; then publish"
    if ahead < CALENDAR_MEND:
        return Finding.mend("calendar", sentence, "yijian catalog publish --by NAME")
    if ahead < CALENDAR_LOOK:
        return Finding.look("calendar", sentence, "yijian catalog publish --by NAME")
    return Finding.ok("calendar", f"working days are known to {known}")


def _keys(hub: Hub, site: Site) -> Iterator[Finding]:
    lacking = keys.without_key(hub.signer, site)
    if lacking:
        steps = next_steps.steps(_place(hub, site))
        step = next(step for step in steps if step.lack is next_steps.Lack.KEY)
        sentence = f"{', '.join(lacking)}: what they decide cannot be issued. Each has {step.sentence}"
        yield Finding.mend("signing keys", sentence, step.command)
    closed = [
        code for code in keys.issuing(site) if code not in lacking and not _opens(hub, site.departments[code].uscc)
    ]
    if closed:
        sentence = f"those of {', '.join(closed)} do not open with this passphrase; restore keys and passphrase from one backup"
        yield Finding.mend("signing keys", sentence, "yijian restore --help")
    if not lacking and not closed:
        yield Finding.ok("signing keys", f"{len(keys.issuing(site))} authorities, each key opens")


def _certified(hub: Hub, site: Site) -> Iterator[Finding]:
    software = hub.signer.signers[-1]
    if isinstance(software, SoftwareSigner):
        trust = TrustFolder(hub.settings.folder / "trust")
        keeping = (each for each in hub.signer.signers[:-1] if isinstance(each, KeepsKeys))
        yield from signing.look(_place(hub, site), NextKeys(software, *keeping), trust, hub.clock())


def _place(hub: Hub, site: Site) -> Place:
    return Place(hub.signer, bodies(site), hub.settings.keys_folder / CA)


def _opens(hub: Hub, authority: str) -> bool:
    try:
        for suite in hub.signer.suites(authority):
            hub.signer.public_key(authority, suite)
    except (CertificateError, OSError):
        return False
    return True


def _log(log: SharingLog) -> Finding:
    health = log.health()
    if health.held:
        return Finding.mend("sharing log", "; ".join(health.advice), "yijian log verify")
    if health.advice:
        return Finding.look("sharing log", "; ".join(health.advice), "yijian log verify")
    return Finding.ok(
        "sharing log", f"{health.size} records, {health.unpaired} unpaired, {health.stored_bytes / 1e6:.0f} MB"
    )


def _head(log: SharingLog) -> Finding:
    """The quick look: the last signed head is the root of the entries that it covers. The whole log is `yijian log verify`."""
    try:
        head = notes.read(log.checkpoint())
        holds = log.root(head.size) == head.root
    except (HubError, ValueError) as e:
        return Finding.mend(
            "signed head", f"{type(e).__name__}: it cannot be checked against the entries", "yijian log verify"
        )
    if not holds:
        return Finding.mend(
            "signed head", f"the entries are not those of the head of size {head.size}", "yijian log verify"
        )
    return Finding.ok("signed head", f"of size {head.size}, and the entries are those")


def _backup(hub: Hub) -> Finding:
    last, now = _last_backup(hub.log), hub.clock()
    if last is None:
        return Finding.look("backup", "none is on record", "yijian backup /mnt/elsewhere")
    days = (now - last).total_seconds() / 86400
    sentence = f"the last one was made {days:.1f} days ago"
    return (
        Finding.look("backup", sentence, "yijian backup /mnt/elsewhere")
        if now - last > BACKUP_LOOK
        else Finding.ok("backup", sentence)
    )


def _last_backup(log: SharingLog) -> datetime | None:
    before: int | None = None
    for _ in range(PAGES):
        rows = log.search(phase="admin", limit=PAGE, before_seq=before)
        for row in rows:
            if row.record.get("action") == "backup":
                return row.time
        if len(rows) < PAGE:
            return None
        before = rows[-1].seq
    return None
