"""`yijian keys`: the hub's own keys, and the ceremony that gives each issuing authority its keys, certificates and seal. It holds no rule.

Passphrases come from `YIJIAN_KEY_PASSPHRASE` or a file, never as an argument: other users of the machine can read those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.wiring.ceremony.signers import Ceremony, Done

_NAMED = 6
"""So many are told by name; `yijian keys list` shows each."""

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
    development: Annotated[
        bool, typer.Option(help="Certify keys by a CA of our own although keys are here that wait for a real one.")
    ] = False,
) -> None:
    """Give each issuing authority of the published catalog what it lacks: keys, certificates, seal; or requests for a real CA. Safe to run again."""
    from hub.wiring.ceremony import next_steps, signers

    if csr is not None and development:
        raise typer.BadParameter("--csr asks a real CA, --development makes one of our own; give one of them.")
    with _ceremony("init_signing_keys") as ceremony:
        if csr is not None:
            written = signers.requests(ceremony, csr)
            typer.echo(f"{len(written)} requests are in {csr}. Have them signed, then: yijian keys import FOLDER")
            return
        _tell(signers.init(ceremony, development=development))
        if signers.place(ceremony).by is next_steps.By.OWN:
            typer.echo(
                "Root, issuing CA and seal maker are this hub's own, for development: nobody else believes them."
            )
        _tell_address()
        _tell_next(ceremony)


@keys_app.command("import")
def import_issued(
    path: Annotated[Path, typer.Argument(help="A file or a folder of .pem/.crt/.cer/.der, .p12/.pfx and .esl/.seal.")],
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password of the containers (.p12, .pfx).")
    ] = None,
) -> None:
    """Take the certificates that a real CA issued for our requests, the seals that a maker made for them, and keys in PKCS#12."""
    from hub.wiring.ceremony import importing

    def password() -> str:
        if password_file is None:
            raise typer.BadParameter("A container wants --password-file FILE.")
        return password_file.read_text("utf-8").rstrip("\n")

    with _ceremony("import_signing_certificates") as ceremony:
        done = importing.import_files(ceremony, path, password)
        _tell(done)
        if not (done.keys or done.certificates or done.seals):
            typer.echo("All of it was here already.")
        if done.left:
            typer.echo(f"Not looked at, by their endings: {', '.join(done.left)}.")
        _tell_address()
        roots = ceremony.trust.folder / "roots"
        typer.echo(
            f"The issuing CAs that came with them are believed here. Put the CA's root ({', '.join(done.roots) or 'ask for it'}) into {roots} and its revocation lists (DER) into {roots.with_name('crls')}, if they are not there."
        )
        _tell_next(ceremony)


@keys_app.command("rotate")
def rotate(
    code: Annotated[str, typer.Argument(help="The authority's unified social credit code.")],
    csr: Annotated[
        Path | None,
        typer.Option(help="For a real CA: make the next keys and write their requests here; those of today sign on."),
    ] = None,
    compromised: Annotated[
        bool, typer.Option(help="Somebody else may have the old keys: they sign and are believed no more from now on.")
    ] = False,
) -> None:
    """New keys for one authority. What the old ones signed stays good."""
    from hub.wiring.ceremony import rotating

    with _ceremony("rotate_signing_keys", code) as ceremony:
        if csr is None:
            _tell(rotating.rotate(ceremony, code, compromised))
            return
        written = rotating.rotate_by_request(ceremony, code, csr, compromised)
        typer.echo(f"{len(written)} requests are in {csr}. Have them signed, then: yijian keys import FOLDER")
        if compromised:
            typer.echo("Nothing is signed for this authority until then. Have its CA revoke the old certificates.")


@keys_app.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Each authority's keys with certificate and seal, what waits and for what, and the revocation lists. Exit 1 where something is lacking."""
    from hub.cli.tabling import table
    from hub.wiring.ceremony import listing, signers

    with _ceremony("") as ceremony:
        place = signers.place(ceremony)
        found = [
            *listing.rows(place),
            *listing.waiting_rows(place, ceremony.next_keys),
            *listing.own_rows(ceremony.vault),
            *listing.list_rows(ceremony.trust),
        ]
        if as_json:
            typer.echo(json.dumps([row.document(ceremony.now) for row in found], ensure_ascii=False))
        else:
            for line in table(listing.HEADS, listing.WIDEST, [row.cells(ceremony.now) for row in found]):
                typer.echo(line)
            for command in dict.fromkeys(row.command for row in found if row.command):
                typer.echo(f"next: {command}")
    raise typer.Exit(1 if any(row.lacking for row in found) else 0)


@contextmanager
def _ceremony(action: str, target: str = "authorities") -> Iterator[Ceremony]:
    """A ceremony on this hub; `action` is in the sharing log before anything is done."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.sharinglog import Admin, Operator
    from hub.wiring.build import ground
    from hub.wiring.ceremony.opening import ceremony, waiting
    from hub.wiring.keyuse import KeyAct, used_for
    from hub.wiring.signing import outside_of, software_signer

    settings = Settings()
    base = ground(settings)
    try:
        site = base.catalogs.current()
        with base.database.read() as session:
            since = waiting(session, site)
        who = Operator("hub", "yijian-cli")
        if action:
            base.log.append(Admin(action, target, who=who))
        software = software_signer(base.keys, base.log)
        made = ceremony(settings, software, site, utc_now(), since)
        with used_for(KeyAct.CEREMONY, action or "list_signing_keys", who):
            yield replace(made, outside=outside_of(settings, software, base.log))
    finally:
        base.log.close()
        base.database.close()


def _tell(done: Done) -> None:
    for what, made in (("keys", done.keys), ("certificates", done.certificates), ("seals", done.seals)):
        more = f" and {len(made) - _NAMED} more" if len(made) > _NAMED else ""
        typer.echo(f"New {what}: {', '.join(made[:_NAMED]) or 'none'}{more}.")


def _tell_next(ceremony: Ceremony) -> None:
    """What is still lacking, and the command that gives it."""
    from hub.wiring.ceremony import next_steps, signers

    for line in next_steps.told(next_steps.steps(signers.place(ceremony))):
        typer.echo(line)


def _tell_address() -> None:
    """Before the first certificate is signed: what it does not name then, it never will."""
    from hub.settings import Settings

    if not Settings().public_url:
        typer.echo(
            "YIJIAN_PUBLIC_URL is not set: certificates will name no status list. Set it before the first is issued."
        )
