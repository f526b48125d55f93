"""What is missing or wrong with an installation, in sentences that say what to do. It mends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.types import Kind
from certificates import suites
from hub import moments
from hub.errors import HubError
from hub.settings import Settings
from hub.store import migrate
from hub.wiring import private
from hub.wiring.build import Hub, build


@dataclass(frozen=True)
class Finding:
    about: str
    well: bool
    sentence: str


async def examine() -> list[Finding]:
    """Examine this process's settings. Opens what a hub opens, asks no department about anybody."""
    settings = Settings()
    armed: list[Finding] = []
    try:
        if said := moments.sentence(settings.crash_at):
            armed.append(Finding("crash point", False, said))
        hub = build(settings)
    except HubError as e:
        return [*armed, Finding("start", False, f"{e.code}: {e}")]
    try:
        return [*armed, *_inside(hub), *await _departments(hub)]
    finally:
        await hub.close_adapters()
        hub.close()


def _inside(hub: Hub) -> list[Finding]:
    found = [Finding("suite", True, f"certificates are signed with {suites.default_suite()}")]
    bare = private.open_to_others(hub.settings)
    advice = f"others on this machine may read {', '.join(bare)}; run `chmod go-rwx` on them"
    found.append(
        Finding("files", not bare, advice if bare else "folder, databases and connections are the hub's alone")
    )
    current, wanted = migrate.current(hub.database), migrate.head()
    found.append(
        Finding("database", current == wanted, f"{hub.database.dialect}, tables {current}, this program wants {wanted}")
    )
    try:
        digest = hub.catalogs.current_digest()
        found.append(Finding("catalog", True, f"published {digest[:12]}…"))
    except HubError as e:
        found.append(Finding("catalog", False, str(e)))
    health = hub.log.health()
    found.append(
        Finding(
            "sharing log",
            not health.advice,
            "; ".join(health.advice) or f"{health.size} records, {health.unpaired} unpaired",
        )
    )
    return found


async def _departments(hub: Hub) -> list[Finding]:
    try:
        site = hub.catalogs.current()
    except HubError:
        return []
    found = []
    for code, department in site.departments.items():
        connected = hub.adapters.get(code)
        if connected is None:
            found.append(
                Finding(department.name, False, f"not connected; add [departments.{code}] to the connections file")
            )
            continue
        advice = await connected.check()
        inbox = department.kind is not Kind.INBOX and site.has_inbox(code)
        well = f"{department.kind.value}{' and inbox' if inbox else ''}, reachable"
        found.append(Finding(department.name, not advice, "; ".join(advice) or well))
    return found
