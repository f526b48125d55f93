"""The commands `accounts …` and `peers …`: who may come in. Each calls `hub.wiring.people`, which logs it; no rule is here."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.sharinglog import Operator
    from hub.wiring.people import Keeper

accounts_app = typer.Typer(no_args_is_help=True, help="Accounts of people.")
peers_app = typer.Typer(no_args_is_help=True, help="Keys of departments' systems and of the platform.")


@accounts_app.command("create")
def accounts_create(
    username: str,
    person: Annotated[str, typer.Option("--name", help="The person's name.")],
    organisation: Annotated[str, typer.Option(help="Department code, or `hub`.")],
    role: Annotated[list[str], typer.Option(help="clerk, reviewer, auditor, catalog_manager or operator.")],
) -> None:
    """Make an account; the password is asked for, never an argument."""
    from hub.clock import utc_now
    from hub.identity.accounts import NewAccount
    from hub.settings import Settings

    password = _password()
    with _keeper() as keeper:
        new = NewAccount(Settings().region, username, person, organisation, role, password)
        keeper.create_account(new, utc_now())
    typer.echo(f"Account {username} made.")


@accounts_app.command("list")
def accounts_list() -> None:
    """User name, name, organisation, roles, state, last login (tab-separated)."""
    from hub.clock import utc_now
    from hub.wiring.people import accounts_of

    with _keeper() as keeper, keeper.database.read() as session:
        for a in accounts_of(session, utc_now()):
            login = a.last_login.isoformat(timespec="seconds") if a.last_login else "-"
            typer.echo("\t".join((a.username, a.name, a.organisation, "、".join(a.roles), a.state, login)))


@accounts_app.command("set-password")
def accounts_set_password(username: str) -> None:
    """Give an account a new password, asked for; it wakes a resting account and ends its sessions."""
    from hub.clock import utc_now

    password = _password()
    with _keeper() as keeper:
        keeper.set_password(username, password, utc_now())
    typer.echo(f"Account {username} has a new password; its sessions are ended.")


@accounts_app.command("disable")
def accounts_disable(username: str) -> None:
    """No login any more; living sessions end at once. Cases keep the name."""
    from hub.clock import utc_now

    with _keeper() as keeper:
        keeper.disable(username, utc_now())
    typer.echo(f"Account {username} is disabled; its sessions are ended.")


@accounts_app.command("enable")
def accounts_enable(username: str) -> None:
    """Undo `accounts disable`, and let an account that rests log in at once."""
    with _keeper() as keeper:
        keeper.enable(username)
    typer.echo(f"Account {username} may log in.")


@peers_app.command("add")
def peers_add(organisation: str, public_key: Annotated[Path, typer.Argument(help="Ed25519 public key, PEM.")]) -> None:
    """Let a department's system, or the platform, in with this key."""
    from hub.clock import utc_now
    from hub.settings import Settings

    with _keeper() as keeper:
        key_id = keeper.add_key(Settings().region, organisation, public_key.read_text(), utc_now())
    typer.echo(f"Key {key_id} registered for {organisation}.")


@peers_app.command("list")
def peers_list() -> None:
    """Key id, organisation, registered, revoked or `-` (tab-separated)."""
    from hub.wiring.people import peers_of

    with _keeper() as keeper, keeper.database.read() as session:
        for key in peers_of(session):
            revoked = key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else "-"
            typer.echo("\t".join((key.id, key.organisation, key.created_at.isoformat(timespec="seconds"), revoked)))


@peers_app.command("revoke")
def peers_revoke(key_id: str) -> None:
    """Let nothing in any more that is signed with this key. See `peers list` for its id."""
    from hub.clock import utc_now

    with _keeper() as keeper:
        keeper.revoke_key(key_id, utc_now())
    typer.echo(f"Key {key_id} is revoked.")


def _password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def _keeper() -> Iterator[Keeper]:
    """The hub's accounts and keys in the hands of whoever runs this command on the hub's machine."""
    from hub.settings import Settings
    from hub.wiring.build import ground
    from hub.wiring.people import Keeper

    base = ground(Settings())
    try:
        yield Keeper(base.database, base.log, shell())
    finally:
        base.log.close()
        base.database.close()


def shell() -> Operator:
    """Whoever runs this command on the hub's machine, as the sharing log names him."""
    from hub.sharinglog import Operator

    return Operator("hub", "yijian-cli", f"shell:{_login_name()}")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unnamed"
