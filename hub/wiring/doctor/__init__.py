"""What is missing or wrong with an installation, in sentences, with the command that mends each. It mends nothing."""

from __future__ import annotations

from hub import moments
from hub.errors import HubError
from hub.settings import Settings
from hub.wiring.build import build
from hub.wiring.checking.finding import Finding, State, tally
from hub.wiring.doctor import inside, machine, outside, stamping

__all__ = ["Finding", "State", "examine", "tally"]


async def examine() -> list[Finding]:
    """Examine this process's settings. Opens what a hub opens, asks no department about anybody, uses no authority's key."""
    settings = Settings()
    found = [*_armed(settings.crash_at), *machine.look(settings)]
    try:
        hub = build(settings)
    except HubError as e:
        return [*found, Finding.mend("start", f"{e.code}: {e}", command_after(e.code))]
    try:
        return [*found, *inside.look(hub), *await stamping.look(hub), *await outside.look(hub)]
    finally:
        await hub.close_adapters()
        hub.close()


def command_after(code: str) -> str:
    """What to type after a hub could not be opened."""
    return COMMANDS.get(code, f"grep {code} docs/errors.md")


COMMANDS = {
    "KEYS_MISSING": "yijian keys create",
    "LOG_BEHIND_HEAD": "yijian log import --help",
    "RESTORE_UNFINISHED": "yijian restore --help",
    "STORE_UNAVAILABLE": "yijian settings",
    "CONNECTIONS_UNREADABLE": "yijian settings",
}


def _armed(crash_at: str) -> list[Finding]:
    try:
        said = moments.sentence(crash_at)
    except HubError as e:
        return [Finding.mend("crash point", f"{e.code}: {e}", "unset YIJIAN_CRASH_AT")]
    return [Finding.mend("crash point", said, "unset YIJIAN_CRASH_AT")] if said else []
