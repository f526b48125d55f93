"""`yijian keys`: the hub's own keys, and the ceremony that gives each issuing authority its keys, certificates and seal. It holds no rule.

Passphrases come from `YIJIAN_KEY_PASSPHRASE` or a file, never as an argument: other users of the machine can read those.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.wiring.ceremony.signers import Ceremony, Done

keys_app = typer.Typer(no_args_is_help=True, help="The hub's own keys, and those of the issuing authorities.")


@keys_app.command("create")
def create() -> None:
    """Make the hub's own keys that are not there yet: sealing, index, passphrase, answers, log. Once, before anything else."""
    from hub.settings import Settings
    from hub.wiring import keys

    settings = Settings()
    keys.create(settings.keys_folder)
    typer.echo(
        f"Keys are in {settings.keys_folder}; back the folder up. After publishing, `yijian keys init` makes the authorities' keys."
    )


@keys_app.command("init")
def init(
    csr: Annotated[
        Path | None,
        typer.Option(help="Make no CA of our own: write a request for each key into this folder, for a real CA."),
    ] = None,
) -> None:
    """Give each issuing authority of the published catalog what it lacks: keys, certificates, seal; or requests for a real CA. Safe to run again."""
    from hub.wiring.ceremony import signers

    with _ceremony("init_signing_keys") as ceremony:
        if csr is not None:
            written = signers.requests(ceremony, csr)
            typer.echo(f"{len(written)} requests are in {csr}. Have them signed, then: yijian keys import FOLDER")
            return
        _tell(signers.init(ceremony))
        typer.echo("Root, issuing CA and seal maker are this hub's own, for development: nobody else believes them.")


@keys_app.command("import")
def import_issued(
    path: Annotated[Path, typer.Argument(help="A file or a folder of .pem/.crt/.cer/.der and .p12/.pfx.")],
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password of the containers (.p12, .pfx).")
    ] = None,
) -> None:
    """Take the certificates that a real CA issued for our requests, and keys with certificates in PKCS#12."""
    from hub.wiring.ceremony import importing

    def password() -> str:
        if password_file is None:
            raise typer.BadParameter("A container wants --password-file FILE.")
        return password_file.read_text("utf-8").rstrip("\n")

    with _ceremony("import_signing_certificates") as ceremony:
        _tell(importing.import_files(ceremony, path, password))
        typer.echo(
            "Put the CA's root into trust/roots/ and its revocation lists into trust/crls/, if they are not there."
        )


@keys_app.command("rotate")
def rotate(
    code: Annotated[str, typer.Argument(help="The authority's unified social credit code.")],
    compromised: Annotated[
        bool, typer.Option(help="Somebody else may have the old keys: revoke their certificates from now on.")
    ] = False,
) -> None:
    """New keys for one authority, used from now on. What the old ones signed stays good."""
    from hub.wiring.ceremony import signers

    with _ceremony("rotate_signing_keys", code) as ceremony:
        _tell(signers.rotate(ceremony, code, compromised))


@keys_app.command("list")
def list_keys() -> None:
    """Each authority's keys, their certificates and until when; revocation lists and when they are due. Exit 1 where something is missing."""
    from hub.wiring.ceremony import listing, signers

    with _ceremony("") as ceremony:
        found = list(listing.rows(signers.every(ceremony), signers.bodies(ceremony.site)))
        for row in found:
            typer.echo(row.line())
        for name, due in listing.lists(ceremony.trust):
            typer.echo(f"revocation list {name}: due again {f'{due:%Y-%m-%d}' if due else 'never'}")
    raise typer.Exit(1 if any(row.fault or row.ends is None for row in found) else 0)


@contextmanager
def _ceremony(action: str, target: str = "authorities") -> Iterator[Ceremony]:
    """A ceremony on this hub; `action` is in the sharing log before anything is done."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.sharinglog import Admin, Operator
    from hub.wiring.build import ground
    from hub.wiring.ceremony.opening import ceremony, waiting
    from hub.wiring.signing import outside_of, software_signer

    settings = Settings()
    base = ground(settings)
    try:
        site = base.catalogs.current()
        with base.database.read() as session:
            since = waiting(session, site)
        if action:
            base.log.append(Admin(action, target, who=Operator("hub", "yijian-cli")))
        software = software_signer(base.keys, base.log)
        made = ceremony(settings, software, site, utc_now(), since)
        yield replace(made, outside=outside_of(settings, software, base.log))
    finally:
        base.log.close()
        base.database.close()


def _tell(done: Done) -> None:
    typer.echo(f"New keys: {', '.join(done.keys) or 'none'}.")
    typer.echo(f"New certificates: {', '.join(done.certificates) or 'none'}.")
    typer.echo(f"New seals: {', '.join(done.seals) or 'none'}.")
